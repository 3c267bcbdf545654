"""Charts of the original study."""

from __future__ import annotations

from typing import Final

import altair as alt
import pandas as pd

from euromesh.charts import said
from euromesh.charts.shared import WIDTH, Chart, dated, finished, meaning, step
from euromesh.charts.style import CAMPUS, NEW_SITES, OTHERS
from euromesh.routes import ROUTES

RACED: Final = {"mesh": ROUTES["new_medium"].label, "campus": ROUTES["campus"].label}


def original_dates(data: pd.DataFrame) -> Chart:
    """The original's dates of both routes, by scenario."""
    long = data.rename(columns=RACED).melt("row", [*RACED.values()], "route", "date")
    base = alt.Chart(dated(long, "date")).encode(y=alt.Y("row:N", sort=None, title=None))
    span = base.mark_line(strokeWidth=2, color=OTHERS).encode(
        x=alt.X("date:T", title=None, axis=alt.Axis(format="%Y")), detail="row:N"
    )
    colours = meaning([*RACED.values()], [NEW_SITES, CAMPUS])
    point = base.mark_point(size=110).encode(x="date:T", color=alt.Color("route:N", scale=colours))
    return finished(
        span + point,
        width=WIDTH - 90,
        height=step(3, 46),
        name="original_dates",
        description=said.by(dated(long, "date"), "row", _told),
    )


def _told(scenario: str, rows: pd.DataFrame) -> str:
    """The dates of both routes in a scenario."""
    dates = said.each(rows, "route", "date", "in {:%B %Y}".format)
    return said.sentence(f"In the {scenario} scenario deliver:", dates)
