"""Charts that take the race apart: the parts of every date, equal terms, and C* of every pair."""

from __future__ import annotations

from typing import Final

import altair as alt
import pandas as pd

from euromesh import units as u
from euromesh.charts import said
from euromesh.charts.race import route_colour
from euromesh.charts.shared import WIDTH, Chart, dated, finished, meaning, placed, spoken, step
from euromesh.charts.style import INK, MUTED, OTHERS, RULE
from euromesh.facts.tables import NEVER

LAST: Final = "compute"  # the part that ends with the finish
DAYS_PER_MONTH: Final = u.DAYS_PER_YEAR / u.MONTHS_PER_YEAR
WAITS: Final = (INK, MUTED, RULE)  # of the parts before the last, which has its route's colour
SHAPES: Final = ("circle", "square", "triangle-up", "diamond")
LABELLED: Final = 140  # pixels that the longest name of a route takes
ROW: Final = 46  # pixels, of a row of the matrix
CELL: Final = 24  # and of a cell in it


def parts(data: pd.DataFrame) -> Chart:
    """What every finish date is made of: waits in grey, compute in the colour of its route.

    The label of the last part says how long the route computes.
    """
    data = _spans(data)
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


def _spans(data: pd.DataFrame) -> pd.DataFrame:
    """The parts in the order of the finish, the last of each route with its label."""
    ends = data.groupby("route")["end"].transform("last")
    data = data.loc[ends.sort_values(kind="stable").index]
    never = data["end"] == NEVER
    last = (data["part"] == LAST) | never
    days = data["days"].map("{:.0f} days".format).mask(never, NEVER)
    months = (data["days"] / DAYS_PER_MONTH).map("{:.1f} months".format)
    return dated(
        data.assign(
            end=data["end"].mask(never, data["start"]),
            label=days.where(last, ""),
            length=months.mask(never, "never ends"),
        ),
        "start",
        "end",
    )


def _said_parts(data: pd.DataFrame) -> str:
    """How long each route computes, and which part before takes longest."""
    last, waits = data[data["label"] != ""], data[data["label"] == ""]
    longest = waits.sort_values("days", ascending=False, kind="stable").head(1)
    named = longest.assign(named="the " + longest["route"] + " (" + longest["part"] + ")")
    return said.text(
        said.sentence(
            "In the order of their finish they compute:", said.each(last, "route", "label")
        ),
        said.sentence("The longest part before takes:", said.each(named, "named", "length")),
    )


def equal_terms(data: pd.DataFrame, horizon: str) -> Chart:
    """Finish of every route as planned and on equal terms, a shape each."""
    data = _on_terms(data.sort_values("planned", kind="stable"), horizon)
    terms = data["terms"].unique().tolist()
    base = alt.Chart(data).encode(
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


def _on_terms(data: pd.DataFrame, horizon: str) -> pd.DataFrame:
    """A row for every date: as planned, and on each of the terms."""
    planned = data.drop_duplicates("route").assign(terms="as planned")
    data = pd.concat(
        [
            planned.assign(date=planned["planned"]),
            data.assign(terms="equal " + data["terms"]),
        ]
    )
    return placed(data.assign(label=spoken(data["date"])), horizon, "date")


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
    """C* of every pair of routes: the largest run that the row finishes before the column.

    ≥ marks a bound, a star a lead that changes again. The name of a row stands above its cells,
    so that a phone has room for them.
    """
    wins = data["first"].value_counts()
    data = data.assign(row=data["first"], column=data["second"], text=_c_star_text(data))
    columns = sorted(data["column"].unique(), key=lambda name: -wins.get(name, 0))
    rows = sorted(data["row"].unique(), key=lambda name: -wins[name])
    data = data.sort_values("row", key=lambda names: names.map(rows.index), kind="stable")
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
    cells = base.transform_filter(alt.datum.lead > 0).mark_rect(height=CELL, yOffset=ROW / 5)
    names = alt.Chart(data.drop_duplicates("row")).encode(y=y, x=alt.value(0), text="row")
    return finished(
        alt.layer(
            cells.encode(color=alt.Color("lead:Q", scale=shade, legend=None)),
            base.mark_text(dy=ROW / 5, color=INK).encode(text="text"),
            names.mark_text(align="left", dy=-ROW / 4, color=MUTED),
        ),
        width=WIDTH,
        height=step(len(rows), ROW),
        name="c_stars",
        description=_said_c_stars(data),
    )


def _c_star_text(data: pd.DataFrame) -> list[str]:
    cells = zip(data["lead"], data["lead_bound"], data["again"], strict=True)
    return [
        f"{'≥' * bound}{said.power(flop)}{'*' * again}" if flop else "–"
        for flop, bound, again in cells
    ]


def _said_c_stars(data: pd.DataFrame) -> str:
    """The largest runs that the first row finishes before its rivals."""
    head = data.head(1)["row"]
    cells = data[data["row"].isin(head)]
    told = said.each(cells, "column", "text", "up to {} FLOP".format)
    return said.text(*(said.sentence(f"The {row} finish first, before:", told) for row in head))
