"""Tables of the notebooks: plain HTML without an index, the same bytes on every run."""

from __future__ import annotations

from typing import Any

import pandas as pd


class Table:
    """A data frame as a page shows it."""

    def __init__(self, data: pd.DataFrame, digits: int) -> None:
        self._class = "words" if data.select_dtypes("number").empty else None
        self._data = data.apply(_written, digits=digits)

    def _repr_html_(self) -> str:
        html = self._data.to_html(index=False, border=0, justify="inherit", classes=self._class)
        return str(html)

    def __repr__(self) -> str:
        return str(self._data.to_string(index=False))


def table(data: pd.DataFrame, digits: int = 2) -> Table:
    """The rows of a data frame: floats with so many digits at most, thousands with a comma."""
    return Table(data, digits)


def _written(column: pd.Series[Any], digits: int) -> pd.Series[Any]:
    """A column as text; its floats share the fewest digits that lose nothing."""
    if not pd.api.types.is_numeric_dtype(column):
        return column.astype(str)
    kept = column.round(digits)
    fewest = next(n for n in range(digits + 1) if kept.equals(kept.round(n)))
    return kept.map(lambda value: f"{value:,.{fewest}f}")
