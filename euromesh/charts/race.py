"""Charts of layer 2 and of the answer page."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from euromesh.charts import marks, said
from euromesh.charts.style import FEDERATION, INK, MUTED, PAPER
from euromesh.facts.tables import NEVER

HEIGHT = 360  # pixels of the chart of what accrues
DRAWN_FROM = 1e24  # FLOP; the chart of what accrues starts here
POINTS = 200  # of a line of it
COLUMNS = ("route", "date", "flop")
SHORT = {"ai_act": "AI Act", "original": "original", "llama_405b": "Llama"}  # of some runs
SPREAD = {  # columns of dates, and what a tooltip calls them
    "planned": "if everything goes to plan",
    "p10": "10 in 100 by",
    "p50": "50 in 100 by",
    "p90": "90 in 100 by",
}


def finish_spread(chances: pd.DataFrame, horizon: str) -> marks.Chart:
    """Finish of each route: median tick, P10 to P90 bar, planned dot; the earliest median first."""
    data = chances.sort_values(["p50", "planned"], kind="stable")
    words = {f"{end}_text": marks.spoken(data[end], "%B %Y") for end in SPREAD}
    label = [_span(*row) for row in data[["p10", "p90", "never"]].itertuples(index=False)]
    data = marks.placed(data.assign(**words, span_label=label), horizon, *SPREAD)
    base = alt.Chart(data).encode(
        y=marks.rows("route").axis(labelFontSize=13),
        color=marks.route_colour(),
        tooltip=["route:N", *(alt.Tooltip(f"{end}_text:N", title=SPREAD[end]) for end in SPREAD)],
    )
    x = alt.X("p10:T").title("the model is finished").scale(padding=10)
    chart = alt.layer(
        base.mark_rule(strokeWidth=7, opacity=0.35, strokeCap="round").encode(
            x=x.axis(format="%Y", tickCount=marks.SECOND), x2="p90:T"
        ),
        base.mark_tick(thickness=2, size=15).encode(x="p50:T"),
        base.mark_point(size=130).encode(x="planned:T"),
        base.mark_text(align="left", dx=-4, dy=16).encode(
            x="p10:T", text="span_label", color=alt.value(MUTED)
        ),
        base.mark_text(align="left", dx=-6, dy=-16, fontWeight=600).encode(
            x="planned:T", text="planned_text", color=alt.value(INK)
        ),
    )
    head = "Half of the draws have finished by the median:"
    half = said.each(head, data, "route", "p50_text", "in {}")
    head = "If everything goes to plan the routes finish:"
    told = said.each(head, data, "route", "planned_text", "in {}")
    return marks.finished(chart, "finish_spread", half, told, beside=130, height=52 * len(data))


def _span(first: str, last: str, never: float) -> str:
    """The years of P10 and P90; where the last is never, the share of the draws that it has."""
    if last != NEVER:
        return f"{first[:4]} to {last[:4]}"
    share = f"never in {never:.0%}"
    return share if first == NEVER else f"{first[:4]}; {share}"


def accrual(data: pd.DataFrame, runs: pd.DataFrame) -> marks.Chart:
    """Cumulative useful FLOP of each route; the size of some runs is marked on the axis."""
    lines = [_line(route, rows) for route, rows in data.groupby("route", sort=False)]
    data = pd.concat(lines, ignore_index=True) if lines else data
    low, top = DRAWN_FROM, float(data["flop"].max())
    decades = {10.0**power for power in range(20, 31) if low <= 10.0**power <= top}
    sizes = sorted(decades | set(runs["flop"]))
    flop = alt.Y("flop:Q").title("useful FLOP since the decision")
    flop = flop.scale(type="log", domain=[low, top], nice=False)
    curves = (
        alt.Chart(data)
        .mark_line(clip=True)
        .encode(
            x=alt.X("date:T").title(None).axis(format="%Y", tickCount=marks.SECOND),
            y=flop.axis(values=sizes, labelExpr=_sizes(runs), labelOverlap=False, grid=True),
            color=marks.route_colour(),
            strokeDash=marks.route_dash(),
        )
    )
    ends = marks.apart(data, "flop", (np.log10(low), np.log10(top)), HEIGHT, log=True)
    chart = alt.layer(curves, *marks.leaders(data, marks.beside(ends), alt.Y("flop:Q")))
    starts = data.drop_duplicates("route").sort_values("date", kind="stable")
    largest = marks.last(data).sort_values("flop", ascending=False, kind="stable")
    told = said.text(
        said.each("The lines start in this order:", starts, "route", "date", "in {:%B %Y}"),
        said.each("At the end of the chart they are at:", largest, "route", "flop", said.FLOP),
    )
    return marks.finished(chart, "accrual", told, beside=150, height=HEIGHT)


def _sizes(runs: pd.DataFrame) -> str:
    """The label of a size on the axis: the short name of a run that has one, else its decade."""
    names = {
        flop: SHORT[row]
        for row, flop in runs[["row", "flop"]].itertuples(index=False)
        if row in SHORT
    }
    told = "".join(f"datum.value == {flop!r} ? '{name}' : " for flop, name in names.items())
    return f"{told}replace(format(datum.value, '~e'), '+', '')"


def _line(route: Any, rows: pd.DataFrame) -> pd.DataFrame:
    """Points of a line on a logarithmic scale, from the day on which it enters the chart.

    Between the days of the table compute accrues evenly.
    """
    days = pd.to_datetime(rows["date"]).to_numpy("datetime64[D]").astype(float)
    flop = rows["flop"].to_numpy()
    times = np.linspace(np.interp(DRAWN_FROM, flop, days), days[-1], POINTS)
    found = np.maximum(np.interp(times, days, flop), DRAWN_FROM)
    dates = pd.to_datetime(np.floor(times), unit="D")
    drawn = marks.brief(pd.DataFrame({"route": route, "date": dates, "flop": found}), *COLUMNS)
    return drawn if flop[-1] > DRAWN_FROM else drawn.head(0)


def promises(data: pd.DataFrame) -> marks.Chart:
    """Dated promises of power; those that the race counts on are filled."""
    promised = zip(data["project"], data["mw"], data["stage"], strict=True)
    named = [f"{name}: {mw:,.0f} MW, {stage}" for name, mw, stage in promised]
    data = marks.dated(data.assign(project=named), "announced", "power")
    order = data.sort_values("power", kind="stable")["project"].tolist()
    base = alt.Chart(data).encode(y=marks.rows("project", order).axis(None))
    end = base.mark_point(size=80, stroke=INK, strokeWidth=1.5)
    filled = alt.condition(alt.datum.raced, alt.value(INK), alt.value(PAPER))
    chart = alt.layer(
        base.mark_rule(strokeWidth=2, color=MUTED).encode(
            x=alt.X("announced:T").title(None).axis(format="%Y", tickCount="year"), x2="power:T"
        ),
        base.mark_tick(color=MUTED, thickness=2, size=9).encode(x="announced:T"),
        end.encode(x="power:T", fill=filled),
        base.mark_text(align="left", dy=-14).encode(x=alt.value(0), text="project"),
    )
    head = "From announcement to power pass"
    told = said.extremes(head, data, "project", "years", "{:.1f} years")
    raced = f"The race counts on {data['raced'].sum()} of {len(data)}." if len(data) else ""
    return marks.finished(chart, "promises", told, raced, height=36 * len(order))


def changes(data: pd.DataFrame, planned: str, horizon: str, most: int) -> marks.Chart:
    """Finish of the public machines after one change each, the largest effects.

    A line starts at the date without a change.
    """
    data = data.assign(label=marks.spoken(data["date"]), central=planned)
    without = data.head(1).assign(route="the public machines", label=marks.spoken(data["central"]))
    data = marks.placed(data, horizon, "date", "central")
    moved = (data["date"] - data["central"]).abs()
    data = data.loc[moved.sort_values(ascending=False, kind="stable").index[:most]]
    order = data.sort_values("date", kind="stable")
    names = order["change"].tolist()
    base = alt.Chart(data).encode(
        y=marks.rows("change", names).axis(None),
        tooltip=[alt.Tooltip("change:N"), alt.Tooltip("label:N", title="finish")],
    )
    x = alt.X("date:T").title("the model is finished").scale(padding=8)
    look: marks.Look = {"color": FEDERATION, "yOffset": 8}
    chart = alt.layer(
        base.mark_rule(strokeWidth=3, opacity=0.4, **look).encode(
            x=x.axis(format="%Y", tickCount="year", labelBound=True), x2="central:T"
        ),
        base.mark_tick(thickness=2, size=12, **look).encode(x="central:T"),
        base.mark_point(size=70, **look).encode(x="date:T"),
        *marks.heads(data, "change", names, -8, "label"),
    )
    month = "in {}"
    told = said.text(
        said.each("The finish without a change:", without, "route", "label", month),
        said.each("After one change each:", order, "change", "label", month),
    )
    return marks.finished(chart, "changes", told, height=36 * len(order))
