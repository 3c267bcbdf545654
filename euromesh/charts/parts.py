"""Charts that take the race apart: the parts of every date, equal terms, and C* of every pair."""

from __future__ import annotations

from typing import Final

import altair as alt
import pandas as pd

from euromesh.charts import said
from euromesh.charts.race import route_colour
from euromesh.charts.shared import WIDTH, Chart, dated, finished, meaning, step
from euromesh.charts.style import INK, MUTED, OTHERS, RULE

WAITS: Final = (INK, MUTED, RULE)  # of the parts before the last, which has its route's colour
SHAPES: Final = ("circle", "square", "triangle-up", "diamond")
LABELLED: Final = 140  # pixels that the longest name of a route takes
ROW: Final = 46  # pixels, of a row of the matrix
CELL: Final = 24  # and of a cell in it


def parts(data: pd.DataFrame) -> Chart:
    """What every finish date is made of: waits in grey, compute in the colour of its route.

    Columns: route, part, start, end (dates), label (at the end of the last part), length (text).
    """
    data = dated(data, "start", "end")
    order = data["part"].unique().tolist()
    base = alt.Chart(data).encode(y=alt.Y("route:N", sort=None, title=None))
    x = alt.X(
        "start:T", title=None, scale=alt.Scale(padding=8), axis=alt.Axis(format="%Y", tickCount=6)
    )
    bars = base.mark_bar(height=17, cornerRadius=0).encode(
        x=x, x2="end:T", tooltip=["route", "part", "length"]
    )
    compute = alt.FieldOneOfPredicate(field="part", oneOf=order[len(WAITS) :])
    waits = meaning(order[: len(WAITS)], WAITS[: len(order)])
    return finished(
        alt.layer(
            bars.transform_filter({"not": compute}).encode(
                color=alt.Color("part:N", scale=waits, legend=alt.Legend(columns=2))
            ),
            bars.transform_filter(compute).encode(color=route_colour()),
            base.mark_text(align="left", dx=6, fontWeight=600).encode(x="end:T", text="label"),
        ).resolve_scale(color="independent"),
        width=WIDTH - LABELLED,
        height=step(data["route"].nunique(), 34),
        name="parts",
        description=_said_parts(data),
    )


def _said_parts(data: pd.DataFrame) -> str:
    """How long each route computes, and which part before takes longest."""
    last = data.groupby("route", sort=False).tail(1)
    waits = data[data["label"] == ""]
    days = (waits["end"] - waits["start"]).groupby(waits["route"], sort=False)
    longest = waits.loc[days.idxmax()] if len(waits) else waits
    named = longest.assign(named="the " + longest["route"] + " (" + longest["part"] + ")")
    return said.text(
        said.sentence(
            "In the order of their finish they compute:", said.each(last, "route", "label")
        ),
        said.sentence("The longest part before takes:", said.each(named, "named", "length")),
    )


def equal_terms(data: pd.DataFrame) -> Chart:
    """Finish of every route on several terms, a shape each. Columns: route, terms, date, label."""
    terms = data["terms"].unique().tolist()
    base = alt.Chart(dated(data, "date")).encode(
        y=alt.Y("route:N", sort=None, title=None),
        yOffset=alt.YOffset("terms:N", sort=terms),
        x=alt.X(
            "date:T",
            title="the model is finished",
            scale=alt.Scale(padding=14),
            axis=alt.Axis(format="%Y", tickCount=6, grid=True),
        ),
    )
    shape = alt.Shape(
        "terms:N",
        scale=alt.Scale(domain=terms, range=SHAPES[: len(terms)]),
        legend=alt.Legend(columns=2, symbolFillColor=MUTED, symbolStrokeWidth=0),
    )
    never = base.transform_filter(alt.datum.label == "never")
    return finished(
        alt.layer(
            base.mark_point(size=70).encode(
                color=route_colour(), shape=shape, tooltip=["route", "terms", "label"]
            ),
            never.mark_text(align="right", dx=-9, color=MUTED).encode(text="label"),
        ),
        width=WIDTH - LABELLED,
        height=step(data["route"].nunique(), 44),
        name="equal_terms",
        description=_said_equal_terms(data),
    )


def _said_equal_terms(data: pd.DataFrame) -> str:
    """The first three on each of the terms."""

    def told(terms: str, rows: pd.DataFrame) -> str:
        done = rows[rows["label"] != "never"].sort_values("date", kind="stable")
        return said.sentence(
            f"The first three, {terms}, are:",
            said.each(done.head(3), "route", "label", "in {}".format) or "nobody",
        )

    return said.by(data, "terms", told)


def c_stars(data: pd.DataFrame) -> Chart:
    """C* of every pair of routes, the row before the column. Columns: row, column, flop, text.

    The name of a row stands above its cells, so that a phone has room for them.
    """
    rows, columns = data["row"].unique().tolist(), data["column"].unique().tolist()
    y = alt.Y("row:N", sort=rows, title=None, axis=None)
    base = alt.Chart(data).encode(
        y=y,
        x=alt.X(
            "column:N",
            sort=columns,
            title=None,
            scale=alt.Scale(paddingInner=0.04, paddingOuter=0),
            axis=alt.Axis(
                orient="top", labelAngle=-90, labelOverlap=False, domain=False, ticks=False
            ),
        ),
    )
    shade = alt.Scale(type="log", range=[RULE, OTHERS], nice=False)
    cells = base.transform_filter(alt.datum.flop > 0).mark_rect(height=CELL, yOffset=ROW / 5)
    names = alt.Chart(data.drop_duplicates("row")).encode(y=y, x=alt.value(0), text="row")
    return finished(
        alt.layer(
            cells.encode(color=alt.Color("flop:Q", scale=shade, legend=None)),
            base.mark_text(dy=ROW / 5, color=INK).encode(text="text"),
            names.mark_text(align="left", dy=-ROW / 4, color=MUTED),
        ),
        width=WIDTH,
        height=step(len(rows), ROW),
        name="c_stars",
        description=_said_c_stars(data),
    )


def _said_c_stars(data: pd.DataFrame) -> str:
    """The largest runs that the first row finishes before its rivals."""
    head = data.head(1)["row"]
    cells = data[data["row"].isin(head)]
    told = said.each(cells, "column", "text", "up to {} FLOP".format)
    return said.text(*(said.sentence(f"The {row} finish first, before:", told) for row in head))
