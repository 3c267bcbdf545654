"""Charts of layer 2 and of the answer page."""

from __future__ import annotations

from collections import Counter

import altair as alt
import pandas as pd

from euromesh.charts.shared import WIDTH, Chart, dated, end_labels, finished, meaning, step
from euromesh.charts.style import CAMPUS, COLOURS, FEDERATION, INK, MUTED, NEW_SITES, OTHERS
from euromesh.routes import ROUTES

LABELS = [kind.label for kind in ROUTES.values()]
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


def finish_dates(data: pd.DataFrame, description: str) -> Chart:
    """Finish date of each route with its range.

    Columns: route; first, central, last (dates); label, first_label, last_label (texts).
    """
    data = dated(data, "first", "central", "last")
    base = alt.Chart(data).encode(
        y=alt.Y("route:N", sort=None, title=None, axis=alt.Axis(labelFontSize=13)),
        color=route_colour(),
    )
    span = base.mark_rule(strokeWidth=7, opacity=0.35, strokeCap="round").encode(
        x=alt.X(
            "first:T",
            title="the model is finished",
            axis=alt.Axis(format="%Y", labelSeparation=8),
        ),
        x2="last:T",
    )
    point = base.mark_point(size=130).encode(
        x="central:T", tooltip=["route", alt.Tooltip("central:T", format="%B %Y")]
    )
    label = base.mark_text(dy=-17, fontWeight=600).encode(
        x="central:T", text="label", color=alt.value(INK)
    )
    early = base.mark_text(dy=17, align="left").encode(
        x="first:T", text="first_label", color=alt.value(MUTED)
    )
    late = base.mark_text(dy=17, align="right").encode(
        x="last:T", text="last_label", color=alt.value(MUTED)
    )
    return finished(
        alt.layer(span, point, label, early, late),
        width=WIDTH - 110,
        height=step(len(data), 62),
        name="finish_dates",
        description=description,
    )


def accrual(data: pd.DataFrame, targets: pd.DataFrame, description: str) -> Chart:
    """Cumulative useful FLOP of each route. Columns: date, route, flop; targets: flop, label."""
    top = float(data["flop"].max())
    scale = alt.Scale(type="log", domain=[1e24, top], clamp=True)
    decades = [10.0**power for power in range(24, 31) if 10.0**power <= top]
    axis = alt.Axis(
        values=decades, grid=True, labelExpr="'1e' + format(log(datum.value) / LN10, '.0f')"
    )
    lines = (
        alt.Chart(dated(data, "date"))
        .mark_line(clip=True)
        .encode(
            x=alt.X("date:T", title=None, axis=alt.Axis(format="%Y", labelSeparation=8)),
            y=alt.Y("flop:Q", title="useful FLOP since the decision", scale=scale, axis=axis),
            color=route_colour(),
            strokeDash=route_dash(),
        )
    )
    marks = alt.Chart(targets)
    rules = marks.mark_rule(color=OTHERS, strokeDash=[2, 3]).encode(y="flop:Q")
    names = marks.mark_text(align="right", dy=-7).encode(
        x=alt.value("width"), y="flop:Q", text="label"
    )
    return finished(
        alt.layer(rules, lines, names, end_labels(dated(data, "date"), "date", "flop", "route")),
        width=WIDTH - 130,
        height=340,
        name="accrual",
        description=description,
    )


def lead_times(data: pd.DataFrame, description: str) -> Chart:
    """Lead times with their ranges. Columns: region, load, low, central, high (years)."""
    order = data[data["load"] == "1 GW"].sort_values("central")["region"].tolist()
    loads = ["40 MW", "250 MW", "1 GW"]
    base = alt.Chart(data).encode(
        y=alt.Y("region:N", sort=order, title=None),
        yOffset=alt.YOffset("load:N", sort=loads),
        color=alt.Color("load:N", scale=meaning(loads, [NEW_SITES, OTHERS, CAMPUS])),
    )
    span = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title="years from application to power"), x2="high:Q"
    )
    point = base.mark_point(size=45).encode(x="central:Q")
    return finished(
        (span + point),
        width=WIDTH - 120,
        height=step(len(order), 38),
        name="lead_times",
        description=description,
    )


def promises(data: pd.DataFrame, description: str) -> Chart:
    """Dated promises of power. Columns: project, announced, power (dates), mw."""
    order = data.sort_values("power")["project"].tolist()
    data = dated(data, "announced", "power")
    base = alt.Chart(data).encode(y=alt.Y("project:N", sort=order, title=None))
    span = base.mark_rule(strokeWidth=2, color=CAMPUS).encode(
        x=alt.X("announced:T", title=None, axis=alt.Axis(format="%Y")), x2="power:T"
    )
    start = base.mark_tick(color=CAMPUS, thickness=2, size=9).encode(x="announced:T")
    end = base.mark_point(color=CAMPUS).encode(
        x="power:T",
        size=alt.Size(
            "mw:Q",
            scale=alt.Scale(range=[30, 400]),
            legend=alt.Legend(title="MW", values=[100, 1000, 3000]),
        ),
    )
    return finished(
        (span + start + end),
        width=WIDTH - 190,
        height=step(len(order), 24),
        name="promises",
        description=description,
    )


def changes(data: pd.DataFrame, central: str, description: str) -> Chart:
    """Finish of the public machines after one change each. Columns: change, date."""
    data = dated(data.assign(central=central), "date", "central")
    order = data.sort_values("date")["change"].tolist()
    base = alt.Chart(data).encode(y=alt.Y("change:N", sort=order, title=None))
    span = base.mark_rule(strokeWidth=3, color=FEDERATION, opacity=0.4).encode(
        x=alt.X("date:T", title="the model is finished", axis=alt.Axis(format="%b %Y")),
        x2="central:T",
    )
    point = base.mark_point(size=70, color=FEDERATION).encode(x="date:T")
    return finished(
        alt.layer(span, point),
        width=WIDTH - 190,
        height=step(len(order), 24),
        name="changes",
        description=description,
    )
