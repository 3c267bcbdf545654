"""Charts of layer 2 and of the answer page."""

from __future__ import annotations

from collections import Counter

import altair as alt
import numpy as np
import pandas as pd

from euromesh import units as u
from euromesh.charts import said
from euromesh.charts.penalty import spread
from euromesh.charts.shared import WIDTH, Chart, dated, finished, meaning, step
from euromesh.charts.style import COLOURS, FEDERATION, INK, MUTED, OTHERS, PAPER
from euromesh.routes import ROUTES

LABELS = [kind.label for kind in ROUTES.values()]
HEIGHT = 360  # pixels of the chart of what accrues
LINE = 15  # pixels from one label to the next
SPREAD = {  # columns of dates, and what a tooltip calls them
    "central": "if everything goes to plan",
    "first": "10 in 100 by",
    "median": "50 in 100 by",
    "last": "90 in 100 by",
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


def finish_spread(data: pd.DataFrame) -> Chart:
    """Finish of each route: central dot, P10 to P90 bar, median tick; the order of the rows.

    Columns: route; first, median, central, last (dates), each in words too, as first_text; label,
    span_label (texts).
    """
    data = dated(data, *SPREAD)
    base = alt.Chart(data).encode(
        y=alt.Y("route:N", sort=None, title=None, axis=alt.Axis(labelFontSize=13)),
        color=route_colour(),
        tooltip=["route:N", *(alt.Tooltip(f"{end}_text:N", title=SPREAD[end]) for end in SPREAD)],
    )
    span = base.mark_rule(strokeWidth=7, opacity=0.35, strokeCap="round").encode(
        x=alt.X(
            "first:T",
            title="the model is finished",
            scale=alt.Scale(padding=10),
            axis=alt.Axis(format="%Y", tickCount=6),
        ),
        x2="last:T",
    )
    point = base.mark_point(size=130).encode(x="central:T")
    middle = base.mark_tick(thickness=2, size=15).encode(x="median:T")
    return finished(
        alt.layer(
            span,
            middle,
            point,
            base.mark_text(align="left", dx=-4, dy=16).encode(
                x="first:T", text="span_label", color=alt.value(MUTED)
            ),
            base.mark_text(align="left", dx=-6, dy=-16, fontWeight=600).encode(
                x="central:T", text="label", color=alt.value(INK)
            ),
        ),
        width=WIDTH - 130,
        height=step(len(data), 52),
        name="finish_spread",
        description=_said_finish_spread(data),
    )


def _said_finish_spread(data: pd.DataFrame) -> str:
    """The planned and the likely finish of every route, in their order."""
    planned, likely = (
        said.each(data, "route", f"{end}_text", "in {}".format) for end in ("central", "median")
    )
    return said.text(
        said.sentence("If everything goes to plan the routes finish in this order:", planned),
        said.sentence("Half of the draws have finished by the median:", likely),
    )


def accrual(data: pd.DataFrame, targets: pd.DataFrame) -> Chart:
    """Cumulative useful FLOP of each route. Columns: date, route, flop; targets: flop, label."""
    data = dated(data, "date")
    low, top = float(data["flop"].min()), float(data["flop"].max())
    scale = alt.Scale(type="log", domain=[low, top], nice=False)
    decades = [10.0**power for power in range(20, 31) if low <= 10.0**power <= top]
    axis = alt.Axis(
        values=decades, grid=True, labelExpr="'1e' + format(log(datum.value) / LN10, '.0f')"
    )
    lines = (
        alt.Chart(data)
        .mark_line(clip=True)
        .encode(
            x=alt.X("date:T", title=None, axis=alt.Axis(format="%Y", tickCount=6)),
            y=alt.Y("flop:Q", title="useful FLOP since the decision", scale=scale, axis=axis),
            color=route_colour(),
            strokeDash=route_dash(),
        )
    )
    marks = alt.Chart(targets)
    rules = marks.mark_rule(color=OTHERS, strokeDash=[2, 3]).encode(y="flop:Q")
    names = marks.encode(x=alt.value("width"), y="flop:Q", text="label")
    return finished(
        alt.layer(
            rules,
            lines,
            names.mark_text(align="right", dy=-7, stroke=PAPER, strokeWidth=3),
            names.mark_text(align="right", dy=-7, color=MUTED),
            _line_ends(data, top / low),
        ).resolve_scale(color="independent"),
        width=WIDTH - 140,
        height=HEIGHT,
        name="accrual",
        description=_said_accrual(data),
    )


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
    """Dated promises of power; those that the race counts on are filled.

    Columns: project, announced, power (dates), raced.
    """
    order = data.sort_values("power")["project"].tolist()
    data = dated(data, "announced", "power")
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
    waits = data.assign(years=(data["power"] - data["announced"]).dt.days / u.DAYS_PER_YEAR)
    span = said.extremes(waits, "project", "years", "{:.1f} years".format)
    counted = f"The race counts on {data['raced'].sum()} of {len(data)}." if len(data) else ""
    return said.text(said.sentence("From announcement to power pass", span), counted)


def changes(data: pd.DataFrame) -> Chart:
    """Finish of the public machines after one change each.

    Columns: change; date, central (dates); label, central_label (texts).
    """
    order = data.sort_values("date")["change"].tolist()
    data = dated(data, "date", "central")
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
        description=_said_changes(data),
    )


def _said_changes(data: pd.DataFrame) -> str:
    """The finish as planned and after each change, the earliest first."""
    planned = data.head(1).assign(named="the public machines")
    order, month = data.sort_values("date", kind="stable"), "in {}".format
    without = said.each(planned, "named", "central_label", month)
    return said.text(
        said.sentence("The finish without a change:", without),
        said.sentence("After one change each:", said.each(order, "change", "label", month)),
    )
