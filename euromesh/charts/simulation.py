"""Charts of the simulated run."""

from __future__ import annotations

import altair as alt
import pandas as pd

from euromesh.charts import said
from euromesh.charts.shared import WIDTH, Chart, finished, meaning, step
from euromesh.charts.style import FEDERATION, INK, MUTED, OTHERS, RULE

HOURS = 168
STATES = ["training", "down", "waiting"]
STATE_COLOURS = [FEDERATION, OTHERS, RULE]


def week(data: pd.DataFrame) -> Chart:
    """What each site does in a week, one row a place.

    Columns: place, start_hours, end_hours, state; places keep the order of the table.
    """
    order = data["place"].drop_duplicates().tolist()
    hours = alt.X(
        "start_hours:Q",
        title="hours",
        scale=alt.Scale(domain=[0, HOURS], nice=False),
        axis=alt.Axis(values=list(range(0, HOURS + 1, 24))),
    )
    edges = [alt.Tooltip(f"{edge}_hours:Q", format=".1f") for edge in ("start", "end")]
    spans = (
        alt.Chart(data)
        .mark_bar(cornerRadiusEnd=0, height={"band": 0.72})
        .encode(
            x=hours,
            x2="end_hours:Q",
            y=alt.Y("place:N", sort=order, title=None),
            color=alt.Color("state:N", scale=meaning(STATES, STATE_COLOURS)),
            tooltip=["place", "state", *edges],
        )
    )
    return finished(
        spans,
        width=WIDTH - 130,
        height=step(len(order), 24),
        name="week",
        description=_said_week(data),
    )


def _said_week(data: pd.DataFrame) -> str:
    """The share of the hours of all sites in each state."""
    hours = (data["end_hours"] - data["start_hours"]).groupby(data["state"]).sum()
    shares = (hours / hours.sum()).rename("share").rename_axis("state").reset_index()
    told = said.each(shares, "state", "share", "{:.0%} of the hours".format)
    return said.text(said.sentence("Over the week the sites are:", told))


def days(data: pd.DataFrame) -> Chart:
    """Days to the target, simulated and in closed form.

    Columns: way, low, median, high, closed; ways keep the order of the table.
    """
    order = data["way"].tolist()
    base = alt.Chart(data).encode(y=alt.Y("way:N", sort=order, title=None))
    days_axis = alt.X(
        "low:Q",
        title="days to the target",
        scale=alt.Scale(zero=False, padding=24),
        axis=alt.Axis(tickCount=6),
    )
    span = base.mark_rule(strokeWidth=7, opacity=0.35, strokeCap="round", color=FEDERATION).encode(
        x=days_axis, x2="high:Q"
    )
    point = base.mark_point(size=90, color=FEDERATION).encode(x="median:Q")
    closed = base.mark_tick(color=INK, thickness=2, size=24, opacity=1).encode(x="closed:Q")
    label = base.mark_text(dy=-20, fontWeight=600).encode(
        x="median:Q", text=alt.Text("median:Q", format=".0f")
    )
    key = (
        alt.Chart(data.tail(1).assign(text="closed form"))
        .mark_text(dy=20, color=MUTED)
        .encode(x="closed:Q", y=alt.Y("way:N", sort=order), text="text")
    )
    return finished(
        alt.layer(span, closed, point, label, key),
        width=WIDTH - 130,
        height=step(len(order), 62),
        name="days",
        description=_said_days(data),
    )


def _said_days(data: pd.DataFrame) -> str:
    """Days by the way of running, simulated and in closed form."""
    days = "{:.0f} days".format
    simulated, closed = (said.each(data, "way", column, days) for column in ("median", "closed"))
    return said.text(
        said.sentence("In the median of the simulated runs the target takes:", simulated),
        said.sentence("In closed form it takes:", closed),
    )
