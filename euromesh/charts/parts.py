"""Charts that take the race apart: the parts of every date, equal terms, and C* of every pair."""

from __future__ import annotations

from typing import Final

import altair as alt
import pandas as pd

from euromesh import units as u
from euromesh.charts import marks, said
from euromesh.charts.style import INK, MUTED, OTHERS, RULE
from euromesh.facts.tables import NEVER

DAYS_PER_MONTH: Final = u.DAYS_PER_YEAR / u.MONTHS_PER_YEAR
WAITS: Final = (MUTED, OTHERS, RULE)  # of the parts before the last, which has its route's colour
SHAPES: Final = ("circle", "square", "triangle-up", "diamond")
LABELLED: Final = 140  # pixels that the longest name of a route takes
ROW: Final = 46  # pixels, of a row of the matrix
FINISHED: Final = [alt.Tooltip("route"), alt.Tooltip("terms"), alt.Tooltip("label", title="finish")]
BEFORE: Final = [
    alt.Tooltip("row:N", title="first"),
    alt.Tooltip("column:N", title="before"),
    alt.Tooltip("text:N", title="up to a run of, FLOP"),
]


def parts(data: pd.DataFrame) -> marks.Chart:
    """What every finish date is made of: waits in grey, compute in the colour of its route.

    The label of the last part says how long the route computes.
    """
    data = _spans(data)
    order = data["part"].unique().tolist()
    base = alt.Chart(data).encode(y=marks.rows("route"))
    bars = base.mark_bar(height=17, cornerRadius=0).encode(
        x=alt.X("start:T").title(None).scale(padding=8).axis(format="%Y", tickCount="year"),
        x2="end:T",
        tooltip=["route", "part", "length"],
    )
    compute = alt.FieldOneOfPredicate(field="part", oneOf=order[len(WAITS) :])
    waits = marks.meaning(order, WAITS)
    colour = alt.Color("part:N", scale=waits, legend=alt.Legend(columns=2))
    chart = alt.layer(
        bars.transform_filter({"not": compute}).encode(color=colour),
        bars.transform_filter(compute).encode(color=marks.route_colour()),
        base.mark_text(align="left", dx=6, fontWeight=600).encode(x="end:T", text="label"),
    ).resolve_scale(color="independent")
    height = 34 * data["route"].nunique()
    return marks.finished(chart, "parts", _told(data), beside=LABELLED, height=height)


def _spans(data: pd.DataFrame) -> pd.DataFrame:
    """The parts in the order of the finish, the last of each route with its label."""
    ends = data.groupby("route")["end"].transform("last")
    data = data.loc[ends.sort_values(kind="stable").index]
    never = data["end"] == NEVER
    computes = (data["part"] == "compute") | never
    days = data["days"].map("{:.0f} days".format).mask(never, NEVER)
    months = (data["days"] / DAYS_PER_MONTH).map("{:.1f} months".format)
    return marks.dated(
        data.assign(
            end=data["end"].mask(never, data["start"]),
            label=days.where(computes, ""),
            length=months.mask(never, "never ends"),
        ),
        "start",
        "end",
    )


def _told(data: pd.DataFrame) -> str:
    """How long each route computes, and which part before takes longest."""
    computes, waits = data[data["label"] != ""], data[data["label"] == ""]
    longest = waits.sort_values("days", ascending=False, kind="stable").head(1)
    named = longest.assign(named="the " + longest["route"] + " (" + longest["part"] + ")")
    return said.text(
        said.each("In the order of their finish they compute:", computes, "route", "label"),
        said.each("The longest part before takes:", named, "named", "length"),
    )


def equal_terms(data: pd.DataFrame, horizon: str) -> marks.Chart:
    """Finish of every route as planned and on equal terms, a shape each."""
    data = data.sort_values("planned", kind="stable")
    planned = data.drop_duplicates("route").assign(terms="as planned")
    dates = [planned.assign(date=planned["planned"]), data.assign(terms="equal " + data["terms"])]
    data = pd.concat(dates)
    data = marks.placed(data.assign(label=marks.spoken(data["date"])), horizon, "date")
    terms = data["terms"].unique().tolist()
    finish = alt.X("date:T").title("the model is finished").scale(padding=14)
    base = alt.Chart(data).encode(
        y=marks.rows("route"),
        yOffset=alt.YOffset("terms:N", sort=terms),
        x=finish.axis(format="%Y", tickCount=marks.SECOND, grid=True, labelBound=True),
    )
    shape = alt.Shape(
        "terms:N",
        scale=marks.meaning(terms, SHAPES),
        legend=alt.Legend(columns=2, symbolFillColor=MUTED, symbolStrokeWidth=0),
    )
    point = base.mark_point(size=70)
    never = base.transform_filter(alt.datum.label == NEVER)
    chart = alt.layer(
        point.encode(color=marks.route_colour(), shape=shape, tooltip=FINISHED),
        never.mark_text(align="right", dx=-9, color=MUTED).encode(text="label"),
    )
    first = data[data["label"] != NEVER].sort_values("date", kind="stable")
    told = []
    for one in terms:
        head = f"The first three, {one}, are:"
        found = first[first["terms"] == one].head(3)
        told.append(said.each(head, found, "route", "label", "in {}") or f"{head} nobody.")
    height = 44 * data["route"].nunique()
    return marks.finished(chart, "equal_terms", *told, beside=LABELLED, height=height)


def c_stars(data: pd.DataFrame) -> marks.Chart:
    """C* of every pair of routes: the largest run that the row finishes before the column.

    ≥ marks a bound, a star a lead that changes again. The name of a row stands above its cells,
    so that a phone has room for them.
    """
    wins = data["first"].value_counts()
    cells = zip(data["lead"], data["lead_bound"], data["again"], strict=True)
    text = [
        f"{'≥' * bound}{said.power(flop)}{'*' * again}" if flop else "–"
        for flop, bound, again in cells
    ]
    data = data.assign(row=data["first"], column=data["second"], text=text)
    columns = sorted(data["column"].unique(), key=lambda name: -wins.get(name, 0))
    order = sorted(data["row"].unique(), key=lambda name: -wins[name])
    data = data.sort_values("row", key=lambda names: names.map(order.index), kind="stable")
    y = marks.rows("row", order).axis(None)
    x = alt.X("column:N").sort(columns).title(None).scale(paddingInner=0.04, paddingOuter=0)
    base = alt.Chart(data).encode(
        y=y, x=x.axis(orient="top", labelAngle=-90, labelOverlap=False, domain=False, ticks=False)
    )
    lead = alt.Color("lead:Q").scale(type="log", range=[RULE, OTHERS], nice=False).legend(None)
    tiles = base.transform_filter(alt.datum.lead > 0).mark_rect(height=24, yOffset=ROW / 5)
    names = alt.Chart(data.drop_duplicates("row")).encode(y=y, x=alt.value(0), text="row")
    chart = alt.layer(
        tiles.encode(color=lead, tooltip=BEFORE),
        base.mark_text(dy=ROW / 5, color=INK).encode(text="text"),
        names.mark_text(align="left", dy=-ROW / 4, color=MUTED),
    )
    most, head = data[data["row"].isin(order[:1])], "The {} finish first, before:"
    told = said.by(most, "row", head, said.each, "column", "text", "up to {} FLOP")
    return marks.finished(chart, "c_stars", told, height=ROW * len(order))
