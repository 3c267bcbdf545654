"""What notebooks show beside charts: tables without an index, and the code behind an equation."""

from __future__ import annotations

import ast
import inspect
import math
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from euromesh import units as u
from euromesh.facts import Column
from euromesh.facts.tables import WORDS

UNSPOKEN = WORDS | {"count", "factor", "flag", "fraction", "number", "score"}
"""Units that stand in no head: the values show them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A text, and how a page shows it."""

    text: str
    mime: str
    page: str

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.text, self.mime: self.page}

    def __repr__(self) -> str:
        return self.text


def table(data: pd.DataFrame, digits: int = 2) -> Shown:
    """The rows of a data frame: a column of facts in its own format, with its unit in the head.

    Other floats with so many digits at most, thousands with a comma.
    """
    known: dict[str, Column] = data.attrs.get("columns", {})
    names = [str(name) for name in data]
    told = pd.DataFrame(
        {head(n, known.get(n)): _told(data[n], known.get(n), digits) for n in names}
    )
    kinds = enumerate(map(pd.api.types.is_numeric_dtype, data.dtypes), start=1)
    words = [f"w{place}" for place, is_number in kinds if not is_number]
    html = told.to_html(index=False, border=0, justify="inherit", classes=words)
    return Shown(told.to_string(index=False), "text/html", html)


def joined(first: pd.DataFrame, *others: pd.DataFrame) -> pd.DataFrame:
    """Tables of facts side by side, by the columns that they share."""
    found, columns = first, dict(first.attrs["columns"])
    for other in others:
        found, columns = found.merge(other), columns | other.attrs["columns"]
    found.attrs["columns"] = columns
    return found


def head(name: str, column: Column | None) -> str:
    """What stands above a column."""
    if column is None:
        return name
    head = column.head or name.replace("_", " ")
    unit = "" if column.unit in UNSPOKEN or column.unit in head else column.unit
    return f"{head}, {unit}" if unit and not column.head else head


def _told(values: pd.Series[Any], column: Column | None, digits: int) -> pd.Series[Any]:
    """A column as text; floats without a format share the fewest digits that lose nothing."""
    if column is not None and column.unit == "flag":
        return values.map({True: "yes", False: "no"})
    if column is not None and column.format:
        return values.map(lambda value: _printed(value, column.format))
    if not pd.api.types.is_numeric_dtype(values):
        return values.astype(str)
    kept = values.round(digits)
    fewest = next(n for n in range(digits + 1) if kept.equals(kept.round(n)))
    return kept.map(f"{{:,.{fewest}f}}".format)


def _printed(value: Any, spec: str) -> str:
    """A value by its format, a date by strftime; words stay, and what never comes is never.

    Powers of ten are written as 3.8e25, and what is negative with a minus sign.
    """
    if isinstance(value, str):
        is_date = "%" in spec and value[:4].isdigit()
        return u.first_day(value).strftime(spec) if is_date else value
    if value is None or math.isnan(value):
        return ""
    if math.isinf(value):
        return "never"
    text = format(value, spec).replace("e+", "e").replace("-", "−")
    return text if value or "e" not in spec else "0"


def code(*functions: Callable[..., Any]) -> Shown:
    """The source of some functions, each without its docstring and its decorators."""
    text = "\n\n\n".join(map(_source, functions))
    return Shown(text, "text/markdown", f"```python\n{text}\n```")


def _source(function: Callable[..., Any]) -> str:
    lines = textwrap.dedent(inspect.getsource(inspect.unwrap(function))).splitlines()
    made = ast.parse("\n".join(lines)).body[0]
    assert isinstance(made, ast.FunctionDef)
    if ast.get_docstring(made):
        docstring = made.body[0]
        end = docstring.end_lineno or 0
        end += end < len(lines) and not lines[end]  # a nested function stands apart from it
        del lines[docstring.lineno - 1 : end]
    return "\n".join(lines[made.lineno - 1 :])
