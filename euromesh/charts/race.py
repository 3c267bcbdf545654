"""Charts of layer 2 and of the answer page."""

from __future__ import annotations

from collections import Counter
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from euromesh.charts import said
from euromesh.charts.penalty import spread
from euromesh.charts.shared import (
    WIDTH,
    Chart,
    dated,
    finished,
    meaning,
    placed,
    spoken,
    step,
)
from euromesh.charts.style import COLOURS, FEDERATION, INK, MUTED, OTHERS, PAPER
from euromesh.facts.tables import NEVER
from euromesh.routes import ROUTES

LABELS = [kind.label for kind in ROUTES.values()]
HEIGHT = 360  # pixels of the chart of what accrues
LINE = 15  # pixels from one label to the next
DRAWN_FROM = 1e24  # FLOP; the chart of what accrues starts here
POINTS = 400  # of a line of it
SPREAD = {  # columns of dates, and what a tooltip calls them
    "planned": "if everything goes to plan",
    "p10": "10 in 100 by",
    "p50": "50 in 100 by",
    "p90": "90 in 100 by",
}
DASHES = ([1, 0], [6, 4], [2, 3])  # of the first, second and third route of a family


def route_colour(legend: alt.Legend | None = None) -> alt.Color:
    """The colour of a route: that of its family, the same in every chart. Column: route."""
    colours = [COLOURS[kind.family] for kind in ROUTES.values()]
    return alt.Color("route:N", scale=meaning(LABELS, colours), legend=legend)


def route_dash() -> alt.StrokeDash:
    """The dash of a route, which tells it from others of its family. Column: route."""
    seen: Counter[str] = Counter()
    dashes = []
    for kind in ROUTES.values():
        dashes.append(DASHES[seen[kind.family]])
        seen[kind.family] += 1
    return alt.StrokeDash("route:N", scale=alt.Scale(domain=LABELS, range=dashes), legend=None)


def finish_spread(chances: pd.DataFrame, horizon: str) -> Chart:
    """Finish of each route: planned dot, P10 to P90 bar, median tick; the first route first."""
    data = _spread(chances.sort_values("planned", kind="stable"), horizon)
    base = alt.Chart(data).encode(
        y=alt.Y("route:N", sort=None, title=None, axis=alt.Axis(labelFontSize=13)),
        color=route_colour(),
        tooltip=["route:N", *(alt.Tooltip(f"{end}_text:N", title=SPREAD[end]) for end in SPREAD)],
    )
    span = base.mark_rule(strokeWidth=7, opacity=0.35, strokeCap="round").encode(
        x=alt.X(
            "p10:T",
            title="the model is finished",
            scale=alt.Scale(padding=10),
            axis=alt.Axis(format="%Y", tickCount=6),
        ),
        x2="p90:T",
    )
    return finished(
        alt.layer(
            span,
            base.mark_tick(thickness=2, size=15).encode(x="p50:T"),
            base.mark_point(size=130).encode(x="planned:T"),
            base.mark_text(align="left", dx=-4, dy=16).encode(
                x="p10:T", text="span_label", color=alt.value(MUTED)
            ),
            base.mark_text(align="left", dx=-6, dy=-16, fontWeight=600).encode(
                x="planned:T", text="planned_text", color=alt.value(INK)
            ),
        ),
        width=WIDTH - 130,
        height=step(len(data), 52),
        name="finish_spread",
        description=_said_finish_spread(data),
    )


def _spread(data: pd.DataFrame, horizon: str) -> pd.DataFrame:
    """The dates of every route in words, and where they stand."""
    words = {f"{end}_text": spoken(data[end], "%B %Y") for end in SPREAD}
    span_label = [_span(*row) for row in data[["p10", "p90", "never"]].itertuples(index=False)]
    return placed(data.assign(**words, span_label=span_label), horizon, *SPREAD)


def _span(first: str, last: str, never: float) -> str:
    """The years of P10 and P90; where the last is never, the share of the draws that it has."""
    if last != NEVER:
        return f"{first[:4]} to {last[:4]}"
    share = f"never in {never:.0%}"
    return share if first == NEVER else f"{first[:4]}; {share}"


def _said_finish_spread(data: pd.DataFrame) -> str:
    """The planned and the likely finish of every route, in their order."""
    planned, likely = (
        said.each(data, "route", f"{end}_text", "in {}".format) for end in ("planned", "p50")
    )
    return said.text(
        said.sentence("If everything goes to plan the routes finish in this order:", planned),
        said.sentence("Half of the draws have finished by the median:", likely),
    )


def accrual(data: pd.DataFrame, runs: pd.DataFrame) -> Chart:
    """Cumulative useful FLOP of each route, and the size of some runs."""
    lines = [_line(route, rows) for route, rows in data.groupby("route", sort=False)]
    data = pd.concat(lines, ignore_index=True) if lines else data
    low, top = DRAWN_FROM, float(data["flop"].max())
    scale = alt.Scale(type="log", domain=[low, top], nice=False)
    decades = [10.0**power for power in range(20, 31) if low <= 10.0**power <= top]
    axis = alt.Axis(
        values=decades, grid=True, labelExpr="'1e' + format(log(datum.value) / LN10, '.0f')"
    )
    curves = (
        alt.Chart(data)
        .mark_line(clip=True)
        .encode(
            x=alt.X("date:T", title=None, axis=alt.Axis(format="%Y", tickCount=6)),
            y=alt.Y("flop:Q", title="useful FLOP since the decision", scale=scale, axis=axis),
            color=route_colour(),
            strokeDash=route_dash(),
        )
    )
    marks = alt.Chart(runs[["run", "flop"]])
    rules = marks.mark_rule(color=OTHERS, strokeDash=[2, 3]).encode(y="flop:Q")
    names = marks.encode(x=alt.value("width"), y="flop:Q", text="run")
    return finished(
        alt.layer(
            rules,
            curves,
            names.mark_text(align="right", dy=-7, stroke=PAPER, strokeWidth=3),
            names.mark_text(align="right", dy=-7, color=MUTED),
            _line_ends(data, top / low),
        ).resolve_scale(color="independent"),
        width=WIDTH - 140,
        height=HEIGHT,
        name="accrual",
        description=_said_accrual(data),
    )


def _line(route: Any, rows: pd.DataFrame) -> pd.DataFrame:
    """Points of a line on a logarithmic scale, from the day on which it enters the chart.

    Between the days of the table compute accrues evenly.
    """
    days = pd.to_datetime(rows["date"]).to_numpy("datetime64[D]").astype(float)
    flop = rows["flop"].to_numpy()
    times = np.linspace(np.interp(DRAWN_FROM, flop, days), days[-1], POINTS)
    found = np.maximum(np.interp(times, days, flop), DRAWN_FROM)
    dates = pd.to_datetime(np.floor(times), unit="D")
    drawn = pd.DataFrame({"route": route, "date": dates, "flop": found})
    return drawn if flop[-1] > DRAWN_FROM else drawn.head(0)


def _said_accrual(data: pd.DataFrame) -> str:
    """When each line starts, and its height at the end."""
    starts = data.drop_duplicates("route").sort_values("date", kind="stable")
    ends = said.last(data, "route", "date").sort_values("flop", ascending=False, kind="stable")
    began = said.each(starts, "route", "date", "in {:%B %Y}".format)
    return said.text(
        said.sentence("The lines start in this order:", began),
        said.sentence(
            "At the end of the chart they are at:", said.each(ends, "route", "flop", said.flop)
        ),
    )


def _line_ends(data: pd.DataFrame, span: float) -> alt.Chart:
    """The name of each line at its last point, moved until no name covers another."""
    last = data.loc[data.groupby("route")["date"].idxmax()]
    apart = spread(np.log10(last["flop"]), LINE * np.log10(span) / HEIGHT)
    colours = [
        MUTED if kind.family == "others" else COLOURS[kind.family] for kind in ROUTES.values()
    ]
    written: alt.Chart = (
        alt.Chart(last.assign(flop=10**apart, name=last["route"]))
        .mark_text(align="left", dx=6, fontWeight=600)
        .encode(
            x="date:T",
            y="flop:Q",
            text="route:N",
            color=alt.Color("name:N", scale=meaning(LABELS, colours), legend=None),
        )
    )
    return written


def promises(data: pd.DataFrame) -> Chart:
    """Dated promises of power; those that the race counts on are filled."""
    named = [
        f"{name}: {mw:,.0f} MW, {stage}"
        for name, mw, stage in zip(data["project"], data["mw"], data["stage"], strict=True)
    ]
    data = dated(data.assign(project=named), "announced", "power")
    order = data.sort_values("power", kind="stable")["project"].tolist()
    base = alt.Chart(data).encode(y=alt.Y("project:N", sort=order, title=None, axis=None))
    span = base.mark_rule(strokeWidth=2, color=MUTED).encode(
        x=alt.X("announced:T", title=None, axis=alt.Axis(format="%Y")),
        x2="power:T",
    )
    start = base.mark_tick(color=MUTED, thickness=2, size=9).encode(x="announced:T")
    end = base.mark_point(size=80, stroke=INK, strokeWidth=1.5).encode(
        x="power:T", fill=alt.condition(alt.datum.raced, alt.value(INK), alt.value(PAPER))
    )
    name = base.mark_text(align="left", dy=-14).encode(x=alt.value(0), text="project")
    return finished(
        alt.layer(span, start, end, name),
        width=WIDTH,
        height=step(len(order), 36),
        name="promises",
        description=_said_promises(data),
    )


def _said_promises(data: pd.DataFrame) -> str:
    """The shortest and the longest promise, and how many the race counts on."""
    span = said.extremes(data, "project", "years", "{:.1f} years".format)
    counted = f"The race counts on {data['raced'].sum()} of {len(data)}." if len(data) else ""
    return said.text(said.sentence("From announcement to power pass", span), counted)


def changes(data: pd.DataFrame, planned: str, horizon: str, most: int) -> Chart:
    """Finish of the public machines after one change each, the largest effects."""
    data = data.assign(label=spoken(data["date"]), central=planned)
    central_label = spoken(data["central"].head(1))
    data = placed(data, horizon, "date", "central")
    moved = (data["date"] - data["central"]).abs()
    data = data.loc[moved.sort_values(ascending=False, kind="stable").index[:most]]
    order = data.sort_values("date", kind="stable")["change"].tolist()
    later = alt.datum.date >= alt.datum.central
    base = alt.Chart(data).encode(
        y=alt.Y("change:N", sort=order, title=None),
        tooltip=[alt.Tooltip("change:N"), alt.Tooltip("label:N", title="finish")],
    )
    span = base.mark_rule(strokeWidth=3, color=FEDERATION, opacity=0.4).encode(
        x=alt.X(
            "date:T",
            title="the model is finished",
            scale=alt.Scale(padding=62),
            axis=alt.Axis(format="%Y", tickCount="year"),
        ),
        x2="central:T",
    )
    point = base.mark_point(size=70, color=FEDERATION).encode(x="date:T")
    text = base.encode(x="date:T", text="label")
    return finished(
        alt.layer(
            span,
            point,
            text.transform_filter(later).mark_text(align="left", dx=8),
            text.transform_filter(~later).mark_text(align="right", dx=-8),
        ),
        width=WIDTH - 140,
        height=step(len(order), 26),
        name="changes",
        description=_said_changes(data, *central_label),
    )


def _said_changes(data: pd.DataFrame, *planned: str) -> str:
    """The finish as planned and after each change, the earliest first."""
    order, month = data.sort_values("date", kind="stable"), "in {}".format
    without = "".join(f"the public machines {said.written(day, month)}" for day in planned)
    return said.text(
        said.sentence("The finish without a change:", without),
        said.sentence("After one change each:", said.each(order, "change", "label", month)),
    )
