"""The objects of `search.draw` as rows of arrays: a record each."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from euromesh import search

Places: TypeAlias = NDArray[np.intp]  # by their numbers


def rows_of(made: Any) -> np.dtype[Any]:
    """The fields of a class of `search` as those of a row."""
    kinds = {"int": np.intp, "float": np.float64}
    return np.dtype([(one.name, kinds[str(one.type)]) for one in fields(made)])


RUN: Final = rows_of(search.Run)
FRAGMENT: Final = rows_of(search.Fragment)
SITE: Final = rows_of(search.Site)
SIZE: Final = rows_of(search.Size)
PLACE: Final = rows_of(search.Place)
KIND: Final = rows_of(search.Kind)


def filled(rows: Any, **columns: Any) -> Any:
    """Rows with these numbers in their fields, every field given."""
    for name in rows.dtype.names:
        rows[name] = columns[name]
    return rows
