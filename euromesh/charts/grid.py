"""Charts of waiting: lead times as distributions, and plans against what happened."""

from __future__ import annotations

import altair as alt
import pandas as pd

from euromesh.charts.shared import WIDTH, Chart, dated, finished, meaning, step
from euromesh.charts.style import CAMPUS, INK, MUTED, NEW_SITES, OTHERS, PAPER

LOADS = ["40 MW", "250 MW", "1 GW"]
DASHES = [[1, 0], [7, 4], [1, 0], [7, 4]]
LABELLED = 92  # pixels that the longest label of a region takes


def lead_quantiles(data: pd.DataFrame, description: str) -> Chart:
    """Lead time by region and load: median, P10 to P90, and tails; weak rows have hollow dots.

    Columns: region, load, p05, p10, p50, p90, p95 (years), weak.
    """
    order = data[data["load"] == LOADS[-1]].sort_values("p50")["region"].tolist()
    base = alt.Chart(data).encode(
        y=alt.Y("region:N", sort=order, title=None),
        yOffset=alt.YOffset("load:N", sort=LOADS),
        color=alt.Color("load:N", scale=meaning(LOADS, [NEW_SITES, OTHERS, CAMPUS])),
    )
    tails = base.mark_rule(strokeWidth=1).encode(
        x=alt.X("p05:Q", title="years from application to power"), x2="p95:Q"
    )
    middle = base.mark_rule(strokeWidth=5, opacity=0.45).encode(x="p10:Q", x2="p90:Q")
    point = base.mark_point(size=55).encode(
        x="p50:Q", tooltip=["region", "load", "p10", "p50", "p90"]
    )
    hole = (
        base.transform_filter("datum.weak")
        .mark_point(size=16, tooltip=None)
        .encode(x="p50:Q", color=alt.value(PAPER))
    )
    return finished(
        alt.layer(tails, middle, point, hole),
        width=WIDTH - LABELLED,
        height=step(data["region"].nunique(), 44),
        name="lead_quantiles",
        description=description,
    )


def power_by_year(data: pd.DataFrame, description: str) -> Chart:
    """Probability of power within so many years, by what is filed. At most four choices.

    Columns: years, choice, probability. The first two choices are one campus, the others several
    filings.
    """
    choices = data["choice"].unique().tolist()
    colours = [CAMPUS, CAMPUS, INK, INK][: len(choices)]
    lines = (
        alt.Chart(data)
        .mark_line()
        .encode(
            x=alt.X(
                "years:Q", title="years from application to power", scale=alt.Scale(nice=False)
            ),
            y=alt.Y(
                "probability:Q",
                title="probability of power",
                axis=alt.Axis(format=".0%", values=[0, 0.1, 0.5, 0.9, 1], grid=True),
            ),
            color=alt.Color(
                "choice:N",
                scale=meaning(choices, colours),
                legend=alt.Legend(columns=2, symbolType="stroke", symbolSize=500, labelLimit=300),
            ),
            strokeDash=alt.StrokeDash(
                "choice:N", scale=alt.Scale(domain=choices, range=DASHES[: len(choices)])
            ),
        )
    )
    return finished(lines, width=WIDTH, height=300, name="power_by_year", description=description)


def estimators(data: pd.DataFrame, advertised: float, description: str) -> Chart:
    """The mean wait by every estimator, beside the advertised one. Columns: estimator, years."""
    order = data.sort_values("years")["estimator"].tolist()
    base = alt.Chart(data).encode(
        y=alt.Y("estimator:N", sort=order, title=None),
        x=alt.X(
            "years:Q",
            title="years from application to power, a gigawatt in the seven regions",
            scale=alt.Scale(zero=False, padding=22),
        ),
    )
    point = base.mark_point(size=70, color=CAMPUS)
    text = base.encode(text=alt.Text("years:Q", format=".1f"))
    halo = text.mark_text(align="left", dx=8, stroke=PAPER, strokeWidth=5)
    label = text.mark_text(align="left", dx=8)
    said = alt.Chart(
        pd.DataFrame({"years": [advertised], "label": [f"advertised: {advertised:g}"]})
    )
    line = said.mark_rule(color=MUTED, strokeDash=[3, 3]).encode(x="years:Q")
    name = said.mark_text(align="center", dy=-8).encode(
        x="years:Q", y=alt.value(0), text="label", color=alt.value(MUTED)
    )
    return finished(
        alt.layer(line, point, halo, label, name),
        width=WIDTH - 200,
        height=step(len(order), 24),
        name="estimators",
        description=description,
    )


def milestones(data: pd.DataFrame, description: str) -> Chart:
    """What was planned and what happened, an event a row, in the order of the rows.

    Columns: event, planned_from, planned_on, happened_on (dates; blank where there is none). The
    line from the last planned day to the event is the delay.
    """
    data = dated(data, "planned_from", "planned_on", "happened_on")
    planned = data.dropna(subset=["planned_on"])
    late = data.dropna(subset=["planned_on", "happened_on"])
    late = late[late["happened_on"] > late["planned_on"]]
    happened = data.dropna(subset=["happened_on"])
    y = alt.Y("event:N", sort=data["event"].tolist(), title=None)
    colour = alt.Color("what:N", scale=meaning(["planned", "happened"], [OTHERS, INK]))
    span = (
        alt.Chart(planned.assign(what="planned"))
        .mark_rule(strokeWidth=9, strokeCap="round")
        .encode(
            x=alt.X("planned_from:T", title=None, axis=alt.Axis(format="%Y", tickCount="year")),
            x2="planned_on:T",
            y=y,
            color=colour,
        )
    )
    delay = (
        alt.Chart(late)
        .mark_rule(color=MUTED, strokeDash=[3, 3])
        .encode(x="planned_on:T", x2="happened_on:T", y=y)
    )
    dot = (
        alt.Chart(happened.assign(what="happened"))
        .mark_point(size=70)
        .encode(x="happened_on:T", y=y, color=colour)
    )
    return finished(
        alt.layer(delay, span, dot),
        width=WIDTH - 190,
        height=step(len(data), 28),
        name="milestones",
        description=description,
    )
