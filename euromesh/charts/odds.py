"""The chart of the answer page: by when each route has finished, as odds out of 100."""

from __future__ import annotations

from typing import Final

import altair as alt
import pandas as pd

from euromesh.charts.shared import WIDTH, Chart, finished, step
from euromesh.charts.style import INK, MUTED, PAPER, PERIODS

DARK: Final = 2  # so many periods take light letters
ROW: Final = 54  # pixels
BAR: Final = 22
BESIDE_THE_TICK: Final = (  # the middle of a part; of its larger half where the tick stands
    "abs(datum.start + datum.end - 100) > 6 ? (datum.start + datum.end) / 2 : "
    "datum.start + datum.end > 100 ? (50 + datum.end) / 2 : (datum.start + 50) / 2"
)
LEAST: Final = 4  # in 100: a narrower part has no room for its number


def odds(data: pd.DataFrame, description: str) -> Chart:
    """One bar a route, stacked by period; the number in a part is its odds out of 100.

    Columns: route, period, start, end (in 100), told (in words), likely (a text); the rows in the
    order of the routes, the periods in theirs, never last.
    """
    periods, routes = data["period"].unique().tolist(), data["route"].unique().tolist()
    base = alt.Chart(data).encode(
        y=alt.Y("route:N", sort=routes, title=None, axis=None),
        tooltip=[alt.Tooltip("route:N"), alt.Tooltip("told:N", title="odds")],
    )
    x = alt.X(
        "start:Q",
        title="odds out of 100",
        scale=alt.Scale(domain=[0, 100], nice=False),
        axis=alt.Axis(values=[0, 25, 50, 75, 100]),
    )
    never = alt.datum.period == periods[-1]
    shades = alt.Scale(domain=periods, range=[*PERIODS[: len(periods) - 1], PAPER])
    legend = alt.Legend(columns=3, symbolType="square", symbolStrokeColor=MUTED)
    bars = base.mark_bar(
        height=BAR, cornerRadius=0, yOffset=ROW / 6, stroke=MUTED, strokeWidth=0.6
    ).encode(
        x=x,
        x2="end:Q",
        color=alt.Color("period:N", sort=periods, scale=shades, legend=legend),
    )
    sized = base.transform_calculate(
        size="datum.end - datum.start", middle=BESIDE_THE_TICK
    ).transform_filter(alt.datum.size >= LEAST)
    numbers = sized.mark_text(yOffset=ROW / 6).encode(
        x=alt.X("middle:Q"),
        text=alt.Text("size:Q", format=".0f"),
        color=alt.condition(
            alt.FieldOneOfPredicate("period", periods[:DARK]),
            alt.value(PAPER),
            alt.value(INK),
        ),
    )
    half = base.mark_tick(color=INK, thickness=1.5, size=BAR + 8, yOffset=ROW / 6)
    heads = alt.Chart(data.drop_duplicates("route")).encode(y=alt.Y("route:N", sort=routes))
    return finished(
        alt.layer(
            bars,
            numbers,
            half.transform_filter(never).encode(x=alt.datum(50)),
            heads.mark_text(
                align="left", baseline="bottom", dy=-ROW / 9, color=INK, fontWeight=600
            ).encode(x=alt.value(0), text="route:N"),
            heads.mark_text(align="right", baseline="bottom", dy=-ROW / 9, color=MUTED).encode(
                x=alt.value("width"), text="likely:N"
            ),
        ),
        width=WIDTH,
        height=step(len(routes), ROW),
        name="odds",
        description=description,
    )
