"""The alternative text of a chart: its finding in sentences, made from the table that it draws.

A sentence whose rows are missing is left out; a chart without rows says that it has none. What
comes at no time is "never" in a table, or blank.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeAlias

import pandas as pd

Form: TypeAlias = Callable[[Any], str]

FLOP: Final = "{:.1e} FLOP"  # the size of a run
NOTHING: Final = "Nothing to show: this run has no rows for the chart."
NEVER: Final = (math.inf, "never")


def text(*sentences: str) -> str:
    """The sentences that have something to say."""
    return " ".join(filter(None, sentences)) or NOTHING


def sentence(head: str, rest: str) -> str:
    """A head and what it is about; nothing where that is nothing."""
    return f"{head} {rest}." if rest else ""


def by(data: pd.DataFrame, column: str, head: str, told: Callable[..., str], *asked: str) -> str:
    """A sentence on the rows of each value of a column, which its head names, in their order."""
    groups = data.groupby(column, sort=False)
    return text(*(told(head.format(name), found, *asked) for name, found in groups))


def each(head: str, data: pd.DataFrame, label: str, value: str, form: str = "{}") -> str:
    """Every row in its order: its name and its value by this form."""
    rows = zip(data[label], data[value], strict=True)
    told = (f"{name} {written(found, partial(power, form=form))}" for name, found in rows)
    return sentence(head, "; ".join(told))


def extremes(head: str, data: pd.DataFrame, label: str, value: str, form: str) -> str:
    """The smallest and the largest row: the value by this form and the name of each."""
    known = data.dropna(subset=value).sort_values(value, kind="stable")
    ends = pd.concat([known.head(1), known.tail(1)])
    rows = zip(ends[label], ends[value], strict=True)
    return sentence(head, " to ".join(f"{power(found, form)} ({name})" for name, found in rows))


def reached(data: pd.DataFrame, line: str, x: str, y: str, level: float) -> pd.DataFrame:
    """Where every line first has a level, between its points: a row a line, blank where never."""
    found: dict[Any, Any] = {}
    for name, rows in data.groupby(line, sort=False):
        points = list(zip(rows[x], rows[y], strict=True))
        pairs = zip([points[0], *points], points, strict=False)  # the first point has none before
        found[name] = next(
            (
                x0 + (level - y0) / (y1 - y0) * (x1 - x0) if y1 > y0 else x1
                for (x0, y0), (x1, y1) in pairs
                if y1 >= level
            ),
            None,
        )
    return pd.DataFrame({line: list(found), x: list(found.values())})


def power(value: float, form: str = "{:.1e}") -> str:
    """A value by a form in which a power of ten is written as 3.8e25."""
    return form.format(value).replace("e+", "e")


def written(value: Any, form: Form) -> str:
    """A value in words; what is blank or without end is never."""
    return "never" if pd.isna(value) or value in NEVER else form(value)
