"""Charts of the original study."""

from __future__ import annotations

import altair as alt
import pandas as pd

from euromesh.charts import said
from euromesh.charts.shared import WIDTH, Chart, dated, finished, meaning, step
from euromesh.charts.style import CAMPUS, NEW_SITES, OTHERS
from euromesh.routes import ROUTES

RACED = [ROUTES[name].label for name in ("new_medium", "campus")]  # what the original raced


def original_dates(data: pd.DataFrame) -> Chart:
    """The original's dates by scenario. Columns: scenario, route, date."""
    scenarios = ["optimistic", "baseline", "pessimistic"]
    base = alt.Chart(dated(data, "date")).encode(y=alt.Y("scenario:N", sort=scenarios, title=None))
    span = base.mark_line(strokeWidth=2, color=OTHERS).encode(
        x=alt.X("date:T", title=None, axis=alt.Axis(format="%Y")), detail="scenario:N"
    )
    point = base.mark_point(size=110).encode(
        x="date:T", color=alt.Color("route:N", scale=meaning(RACED, [NEW_SITES, CAMPUS]))
    )
    return finished(
        (span + point),
        width=WIDTH - 90,
        height=step(3, 46),
        name="original_dates",
        description=_said_original_dates(data),
    )


def _said_original_dates(data: pd.DataFrame) -> str:
    """The dates of both routes in each scenario."""

    def told(scenario: str, rows: pd.DataFrame) -> str:
        dates = said.each(rows, "route", "date", "in {:%B %Y}".format)
        return said.sentence(f"In the {scenario} scenario deliver:", dates)

    return said.by(dated(data, "date"), "scenario", told)
