"""Charts of uncertainty: odds over time, what drives them, and how fast an estimate settles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import altair as alt
import numpy as np
import pandas as pd

from euromesh.charts.penalty import spread
from euromesh.charts.race import route_colour, route_dash
from euromesh.charts.shared import WIDTH, Chart, dated, finished, meaning, step
from euromesh.charts.style import FEDERATION, INK, MUTED, PAPER

HEIGHT: Final = 340
LINE: Final = 17  # pixels from one name to the next
NAMES: Final = 186  # pixels of the longest name at the end of a line
LEADER: Final = pd.Timedelta(days=150)  # from the end of a line to its name
ROW: Final = 42  # pixels of a row: a name, and a line for each of two outcomes
ABOVE: Final = -13  # of a name, from the middle of its row
LINES: Final = (2, 13)  # of the outcomes, below it
COLOURS: Final = (FEDERATION, MUTED)
SHAPES: Final = ("circle", "diamond")
DASH: Final = [2, 3]
NOTHING: Final = "Nothing to show: no outcome varies here, or a route is raced a draw at a time."


def curves(data: pd.DataFrame, description: str) -> Chart:
    """The share of the draws in which each route has finished, by date.

    Columns: route, date, share, never (written beside the name).
    """
    data = dated(data, "date")
    y = alt.Y(
        "share:Q",
        title="draws that have finished",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%", grid=True, tickCount=5),
    )
    axis = alt.Axis(format="%Y", tickCount=alt.TimeIntervalStep(interval="year", step=2))
    x = alt.X("date:T", title=None, axis=axis, scale=alt.Scale(nice=False))
    lines = (
        alt.Chart(data).mark_line().encode(x=x, y=y, color=route_colour(), strokeDash=route_dash())
    )
    return finished(
        alt.layer(lines, *_ends(data)),
        width=WIDTH - NAMES,
        height=HEIGHT,
        name="odds_over_time",
        description=description,
    )


def _ends(data: pd.DataFrame) -> list[alt.Chart]:
    """The name of each line with the share that never comes, and a thin leader to it."""
    last = data.loc[data.groupby("route", sort=False)["date"].idxmax()]
    apart = spread(last["share"], LINE / HEIGHT)
    moved = last.assign(date=last["date"] + LEADER, share=apart)
    moved["text"] = moved["route"] + moved["never"].map(", never in {:.0%}".format)
    leaders = alt.Chart(pd.concat([last, moved])).mark_line(strokeWidth=0.8, tooltip=None)
    names = alt.Chart(moved).mark_text(align="left", dx=4, color=INK)
    where = {"x": alt.X("date:T"), "y": alt.Y("share:Q")}
    return [leaders.encode(**where, color=route_colour()), names.encode(**where, text="text:N")]


# --- rows with a line for each of two outcomes ---------------------------------------------------


def tornado(data: pd.DataFrame, description: str) -> Chart:
    """Probabilities with one input held at either end; P10 is hollow, P90 filled.

    Columns: input, outcome, low, high, mean, swing, se.
    """
    if data.empty:
        return _nothing("tornado", description)
    rows, outcomes = data["input"].unique().tolist(), data["outcome"].unique().tolist()
    x = alt.X(
        "low:Q",
        title="probability for the public machines",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%"),
    )
    layers = [_means(data)]
    for outcome, colour, shift in zip(outcomes, COLOURS, LINES, strict=False):
        base = _row(data[data["outcome"] == outcome], "input", rows)
        tips = ["input:N", "outcome:N", *(f"{name}:Q" for name in ("low", "high", "swing", "se"))]
        bar = base.mark_rule(color=colour, strokeWidth=4, opacity=0.4, yOffset=shift)
        low = base.mark_point(color=colour, filled=False, fill=PAPER, size=34, yOffset=shift)
        high = base.mark_point(color=colour, size=46, yOffset=shift)
        layers += [
            bar.encode(x=x, x2="high:Q", tooltip=tips),
            low.encode(x=x, tooltip=tips),
            high.encode(x=alt.X("high:Q"), tooltip=tips),
        ]
    return _rows(layers, data, "input", rows, "tornado", description)


def _means(data: pd.DataFrame) -> alt.LayerChart:
    """A line at the probability where nothing is held, with the name of its outcome."""
    means = data.drop_duplicates("outcome")[["outcome", "mean"]]
    means = means.assign(text=means["outcome"] + means["mean"].map(" {:.0%}".format))
    outcomes = means["outcome"].tolist()
    colour = alt.Color("outcome:N", scale=meaning(outcomes, COLOURS[: len(outcomes)]), legend=None)
    base = alt.Chart(means).encode(x=alt.X("mean:Q"), color=colour)
    name = base.mark_text(dy=-8, fontWeight=600).encode(y=alt.value(0), text="text:N")
    return alt.layer(base.mark_rule(strokeDash=DASH), name)


def orders(data: pd.DataFrame, name: str, description: str) -> Chart:
    """Sobol indices with their intervals: total order filled, first order hollow.

    Columns: name, outcome, order (total, first), value, low, high. The largest totals first.
    """
    if data.empty:
        return _nothing(name, description)
    total = data[data["order"] == "total"].groupby("name", sort=False)["value"].max()
    rows = total.sort_values(ascending=False, kind="stable").index.tolist()
    outcomes = data["outcome"].unique().tolist()
    n = len(outcomes)
    colour = alt.Color("outcome:N", scale=meaning(outcomes, COLOURS[:n]))
    shape = alt.Shape("outcome:N", scale=alt.Scale(domain=outcomes, range=SHAPES[:n]))
    x = alt.X(
        "value:Q",
        title="share of the variance",
        scale=alt.Scale(domain=[min(0.0, float(data["low"].min())), 1]),
        axis=alt.Axis(format=".0%", grid=True),
    )
    layers = []
    for outcome, shift in zip(outcomes, LINES, strict=False):
        for order, size in (("total", 60), ("first", 22)):
            found = data[(data["outcome"] == outcome) & (data["order"] == order)]
            base = _row(found, "name", rows).encode(color=colour)
            span = base.mark_rule(strokeWidth=2 if order == "total" else 1, yOffset=shift)
            look = {"fill": PAPER} if order == "first" else {}
            point = base.mark_point(size=size, yOffset=shift, **look)
            layers += [
                span.encode(x=alt.X("low:Q"), x2="high:Q"),
                point.encode(x=x, shape=shape, tooltip=["name:N", "order:N", "value:Q"]),
            ]
    return _rows(layers, data, "name", rows, name, description)


def _row(data: pd.DataFrame, column: str, rows: Sequence[str]) -> alt.Chart:
    made: alt.Chart = alt.Chart(data).encode(
        y=alt.Y(f"{column}:N", sort=list(rows), title=None, axis=None)
    )
    return made


def _rows(
    layers: Sequence[alt.Chart | alt.LayerChart],
    data: pd.DataFrame,
    column: str,
    rows: Sequence[str],
    name: str,
    description: str,
) -> Chart:
    """The layers under the names of their rows, which stand above: a phone has room for them."""
    heads = _row(data.drop_duplicates(column), column, rows).mark_text(
        align="left", dy=ABOVE, color=INK
    )
    return finished(
        alt.layer(*layers, heads.encode(x=alt.value(0), text=f"{column}:N")),
        width=WIDTH,
        height=step(len(rows), ROW),
        name=name,
        description=description,
    )


def _nothing(name: str, description: str) -> Chart:
    """What stands where a run has nothing to show."""
    said = alt.Chart(pd.DataFrame({"text": [NOTHING]})).mark_text(align="left", color=MUTED)
    placed = said.encode(x=alt.value(0), y=alt.value(20), text="text:N")
    return finished(placed, width=WIDTH, height=40, name=name, description=description)


# --- how fast an estimate settles ----------------------------------------------------------------


def convergence(data: pd.DataFrame, description: str) -> Chart:
    """The standard error by the number of draws, a line a way; estimates stand at the dots.

    Columns: draws, way, error, estimate (blank but of one way).
    """
    ways = data["way"].unique().tolist()
    draws = sorted(data["draws"].unique().tolist())
    x = alt.X(
        "draws:Q",
        title="draws",
        scale=alt.Scale(type="log", nice=False),
        axis=alt.Axis(values=draws, format=",.0f"),
    )
    y = alt.Y(
        "error:Q",
        title="standard error",
        scale=alt.Scale(type="log"),
        axis=alt.Axis(format=".1%", values=[0.001, 0.002, 0.005, 0.01, 0.02, 0.05], grid=True),
    )
    dashes = alt.Scale(domain=ways, range=[DASH, [7, 4], [1, 0]][: len(ways)])
    colours = meaning(ways, [MUTED, MUTED, INK][: len(ways)])
    base = alt.Chart(data).encode(x=x, y=y, color=alt.Color("way:N", scale=colours, legend=None))
    lines = base.mark_line().encode(strokeDash=alt.StrokeDash("way:N", scale=dashes, legend=None))
    known = base.transform_filter("isValid(datum.estimate)")
    last = data[data["draws"] == max(draws)]
    apart = np.exp(spread(np.log(last["error"]), 0.22))
    names = alt.Chart(last.assign(error=apart)).mark_text(align="left", dx=8, color=INK)
    return finished(
        alt.layer(
            lines,
            known.mark_point(size=60),
            known.mark_text(dy=16, color=INK).encode(text=alt.Text("estimate:Q", format=".1%")),
            names.encode(x=x, y=y, text="way:N"),
        ),
        width=WIDTH - 170,
        height=230,
        name="convergence",
        description=description,
    )
