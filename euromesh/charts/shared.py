"""Pieces that several charts share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeAlias

import altair as alt
import pandas as pd

from euromesh.facts.tables import NEVER

Chart: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart

WIDTH = 620


def finished(chart: Any, *, name: str, description: str, width: int, height: int) -> Chart:
    """The chart with its name, its alternative text (the finding) and its size."""
    done: Chart = chart.properties(name=name, description=description, width=width, height=height)
    return done


def dated(data: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The same table with these columns as dates that a chart can place."""
    return data.assign(**{name: pd.to_datetime(data[name]) for name in columns})


def placed(data: pd.DataFrame, horizon: str, *columns: str) -> pd.DataFrame:
    """The same table with these columns as dates; what never comes stands at the horizon."""
    ends = {name: data[name].replace(NEVER, horizon) for name in columns}
    return dated(data.assign(**ends), *columns)


def spoken(days: pd.Series[Any], spec: str = "%b %Y") -> pd.Series[Any]:
    """Dates in words, and never as it is."""
    return days.map(lambda day: day if day == NEVER else f"{date.fromisoformat(day):{spec}}")


def meaning(domain: Sequence[str], colours: Sequence[str]) -> alt.Scale:
    """A colour scale that names its categories."""
    return alt.Scale(domain=list(domain), range=list(colours))


def step(rows: int, pixels: int = 26) -> int:
    """Height of a chart with one row a category."""
    return rows * pixels
