"""Tables of the notebooks: plain HTML without an index, the same bytes on every run."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from euromesh import units as u
from euromesh.facts import Column
from euromesh.facts.tables import WORDS

UNSPOKEN = WORDS | {"count", "factor", "flag", "fraction", "number", "score"}
"""Units that stand in no head: the values show them."""


class Table:
    """A data frame as a page shows it."""

    def __init__(self, data: pd.DataFrame, digits: int) -> None:
        known: dict[str, Column] = data.attrs.get("columns", {})
        names = [str(name) for name in data]
        told = {_head(n, known.get(n)): _told(data[n], known.get(n), digits) for n in names}
        kinds = enumerate(map(pd.api.types.is_numeric_dtype, data.dtypes), start=1)
        self._classes = [f"w{place}" for place, is_number in kinds if not is_number]  # of words
        self._data = pd.DataFrame(told)

    def _repr_html_(self) -> str:
        html = self._data.to_html(index=False, border=0, justify="inherit", classes=self._classes)
        return str(html)

    def __repr__(self) -> str:
        return str(self._data.to_string(index=False))


def table(data: pd.DataFrame, digits: int = 2) -> Table:
    """The rows of a data frame: a column of facts in its own format, with its unit in the head.

    Other floats with so many digits at most, thousands with a comma.
    """
    return Table(data, digits)


def joined(first: pd.DataFrame, *others: pd.DataFrame) -> pd.DataFrame:
    """Tables of facts side by side, by the columns that they share."""
    found, columns = first, dict(first.attrs["columns"])
    for other in others:
        found, columns = found.merge(other), columns | other.attrs["columns"]
    found.attrs["columns"] = columns
    return found


def _head(name: str, column: Column | None) -> str:
    """What stands above a column."""
    if column is None:
        return name
    head = column.head or name.replace("_", " ")
    unit = "" if column.unit in UNSPOKEN or column.unit in head else column.unit
    return f"{head}, {unit}" if unit and not column.head else head


def _told(values: pd.Series[Any], column: Column | None, digits: int) -> pd.Series[Any]:
    """A column as text."""
    if column is None or not column.format:
        return _written(values, digits)
    return values.map(lambda value: _printed(value, column.format))


def _printed(value: Any, spec: str) -> str:
    """A value by its format, a date by strftime; words stay, and what never comes is never.

    Powers of ten are written as 3.8e25.
    """
    if isinstance(value, str):
        is_date = "%" in spec and value[:4].isdigit()
        return u.first_day(value).strftime(spec) if is_date else value
    if value is None or math.isnan(value):
        return ""
    if math.isinf(value):
        return "never"
    return format(value, spec).replace("e+", "e") if value or "e" not in spec else "0"


def _written(column: pd.Series[Any], digits: int) -> pd.Series[Any]:
    """A column as text; its floats share the fewest digits that lose nothing."""
    if not pd.api.types.is_numeric_dtype(column):
        return column.astype(str)
    kept = column.round(digits)
    fewest = next(n for n in range(digits + 1) if kept.equals(kept.round(n)))
    return kept.map(lambda value: f"{value:,.{fewest}f}")
