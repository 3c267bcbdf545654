"""Charts of uncertainty: odds over time, what drives them, and how fast an estimate settles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias

import altair as alt
import numpy as np
import pandas as pd

from euromesh.charts import said
from euromesh.charts.ends import apart, beside, last, named_lines
from euromesh.charts.penalty import spread
from euromesh.charts.shared import WIDTH, Chart, dated, finished, meaning, step
from euromesh.charts.style import FEDERATION, INK, MUTED, PAPER

Look: TypeAlias = dict[str, Any]
Layer: TypeAlias = alt.Chart | alt.LayerChart
HEIGHT: Final = 340
LINE: Final = 17  # pixels from one name to the next
NAMES: Final = 172  # pixels of the longest name at the end of a line
ROW: Final = 45  # pixels of a row: a name, and a line for each of two outcomes
ABOVE: Final = -13  # of a name, from the middle of its row
LINES: Final = (1, 12)  # of the outcomes, below it
COLOURS: Final = (FEDERATION, MUTED)
SHAPES: Final = ("circle", "diamond")
DASH: Final = [2, 3]
GAP: Final = 0.25  # between the names of two lines, a factor of 1.3 in the error
HALO: Final[Look] = {"stroke": PAPER, "strokeWidth": 4, "color": PAPER}
HOLLOW: Final[Look] = {"filled": False, "fill": PAPER, "strokeWidth": 1.5}
ORDERS: Final[dict[str, Look]] = {"first": {"size": 30, **HOLLOW}, "total": {"size": 60}}
TITLE: Final = "share of the draws that has finished"
NOTHING: Final = "Nothing to show: no outcome varies."


def curves(odds: pd.DataFrame) -> Chart:
    """The share of the draws in which each route has finished, by date. Table: odds_over_time."""
    data = dated(odds, "date")
    y = alt.Y(
        "share:Q",
        title=None,
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%", grid=True, tickCount=5),
    )
    names = beside(data, "share", apart(last(data)["share"], (0.0, 1.0), HEIGHT))
    title = alt.Chart(pd.DataFrame({"text": [TITLE]})).encode(x=alt.value(0), y=alt.value(0))
    heading = title.mark_text(align="left", dy=-10, color=MUTED).encode(text="text:N")
    return finished(
        alt.layer(*named_lines(data, names, y), *_nevers(names), heading),
        width=WIDTH - NAMES,
        height=HEIGHT,
        name="odds_over_time",
        description=_said_curves(data),
    )


def _nevers(names: pd.DataFrame) -> list[alt.Chart]:
    """Beside the name of each line the share that never comes."""
    look: Look = {"align": "right", "dx": NAMES - 10}
    x = alt.X("date:T")
    head = alt.Chart(names.head(1)).mark_text(dy=-10, text="never", color=MUTED, **look)
    shares = alt.Chart(names).mark_text(color=INK, **look)
    return [
        shares.encode(x=x, y=alt.Y("share:Q"), text=alt.Text("never:Q", format=".0%")),
        head.encode(x=x, y=alt.value(0)),
    ]


def _said_curves(data: pd.DataFrame) -> str:
    """The order in which half of the draws have finished, and the share that never does."""
    half = said.reached(data, "route", "date", "share", 1 / 2).dropna()
    order = half.sort_values("date", kind="stable")["route"].tolist()
    ends = last(data).sort_values("never", kind="stable")
    shares = said.each(ends, "route", "never", "in {:.0%}".format)
    return said.text(
        said.sentence("Half of the draws have finished in this order:", "; ".join(order)),
        said.sentence("Of all draws these never finish:", shares),
    )


# --- rows with a line for each of two outcomes ---------------------------------------------------


def tornado(held: pd.DataFrame) -> Chart:
    """Probabilities with one input held at either end: P10 hollow, P90 filled. Table: tornado."""
    if held.empty:
        return _nothing("tornado")
    data = held.assign(input=held["name"] + ", " + held["range"])
    rows, outcomes = data["input"].unique().tolist(), data["outcome"].unique().tolist()
    layers = _means(data, outcomes)
    for outcome, colour, shift in zip(outcomes, COLOURS, LINES, strict=False):
        base = _row(data[data["outcome"] == outcome], "input", rows)
        layers += _bars(base, {"color": colour, "yOffset": shift})
    return _rows(layers, "input", rows, "tornado", _said_tornado(data))


def _bars(base: alt.Chart, look: Look) -> list[alt.Chart]:
    """A bar a row with a dot at either end."""
    x = _shares("low", "probability for the public machines", alt.Scale(domain=[0, 1]))
    tips = ["input:N", "outcome:N", *(f"{end}:Q" for end in ("low", "high", "swing", "se"))]
    return [
        base.mark_rule(strokeWidth=4, opacity=0.4, **look).encode(x=x, x2="high:Q", tooltip=tips),
        base.mark_point(size=34, **look, **HOLLOW).encode(x=x, tooltip=tips),
        base.mark_point(size=46, **look).encode(x=alt.X("high:Q"), tooltip=tips),
    ]


def _said_tornado(data: pd.DataFrame) -> str:
    """For each outcome where nothing is held, and the input with the widest bar."""
    widest = data.sort_values("swing", ascending=False).drop_duplicates("outcome")
    share = "at {:.0%}".format
    ends = widest["low"].map("from {:.0%}".format) + widest["high"].map(" to {:.0%}".format)
    bars = widest.assign(named=widest["outcome"] + " (" + widest["input"] + ")", ends=ends)
    held = said.each(widest, "outcome", "mean", share)
    return said.text(
        said.sentence("With nothing held the probability is:", held),
        said.sentence("The widest bars go:", said.each(bars, "named", "ends")),
    )


def _means(data: pd.DataFrame, outcomes: Sequence[str]) -> list[Layer]:
    """A line at the probability where nothing is held, with the name of its outcome."""
    colour = alt.Color("outcome:N", scale=meaning(outcomes, COLOURS[: len(outcomes)]), legend=None)
    layers: list[Layer] = []
    for place, row in enumerate(data.drop_duplicates("outcome").to_dict("records")):
        base = alt.Chart(pd.DataFrame([row])).encode(x=alt.X("mean:Q"), color=colour)
        align: Literal["left", "right"] = "left" if row["mean"] < 1 / 2 else "right"
        name = base.mark_text(align=align, dy=-8 - LINE * place, fontWeight=600)
        layers += [
            base.mark_rule(strokeDash=DASH),
            name.encode(y=alt.value(0), text="outcome:N"),
        ]
    return layers


def orders(name: str, *tables: pd.DataFrame) -> Chart:
    """Sobol indices with their intervals: total order filled, first order hollow.

    Tables: date_orders and win_orders, or input_orders. The largest totals first; an outcome that
    never varies is left out.
    """
    indices = pd.concat(tables)
    varies = indices.groupby("outcome")["total"].transform("max") > 0
    data = indices[varies]
    if data.empty:
        return _nothing(name)
    total = data.groupby("name", sort=False)["total"].max()
    rows = total.sort_values(ascending=False, kind="stable").index.tolist()
    outcomes = data["outcome"].unique().tolist()
    n = len(outcomes)
    colour = alt.Color("outcome:N", scale=meaning(outcomes, COLOURS[:n]))
    shape = alt.Shape("outcome:N", scale=alt.Scale(domain=outcomes, range=SHAPES[:n]))
    ends = [min(0.0, *data["first_low"], *data["total_low"])]
    ends.append(max(*data["first_high"], *data["total_high"]))
    layers: list[Layer] = []
    for outcome, shift in zip(outcomes, LINES, strict=False):
        base = _row(data[data["outcome"] == outcome], "name", rows).encode(color=colour)
        for order, look in ORDERS.items():
            layers += _interval(base, order, ends, shape, {"yOffset": shift, **look})
    return _rows(layers, "name", rows, name, _said_orders(data))


def _interval(
    base: alt.Chart, order: str, ends: list[float], shape: alt.Shape, look: Look
) -> list[alt.Chart]:
    """An index of each row as a point, with its interval as a line."""
    low, high = f"{order}_low:Q", f"{order}_high:Q"
    x = _shares(order, "share of the variance", alt.Scale(domain=ends, nice=False))
    span = base.mark_rule(strokeWidth=2 if order == "total" else 1, yOffset=look["yOffset"])
    tips = ["name:N", "outcome:N", f"{order}:Q", low, high]
    return [
        span.encode(x=alt.X(low), x2=high),
        base.mark_point(**look).encode(x=x, shape=shape, tooltip=tips),
    ]


def _said_orders(data: pd.DataFrame) -> str:
    """For each outcome the largest total orders."""

    def told(outcome: str, rows: pd.DataFrame) -> str:
        largest = said.each(rows.head(3), "name", "total", "with {:.0%}".format)
        return said.sentence(f"The largest total orders for {outcome} are:", largest)

    return said.by(data.sort_values("total", ascending=False), "outcome", told)


def _shares(column: str, title: str, scale: alt.Scale) -> alt.X:
    values = [0, 0.2, 0.4, 0.6, 0.8, 1]
    return alt.X(
        f"{column}:Q",
        title=title,
        scale=scale,
        axis=alt.Axis(format=".0%", grid=True, values=values),
    )


def _row(data: pd.DataFrame, column: str, rows: Sequence[str]) -> alt.Chart:
    made: alt.Chart = alt.Chart(data).encode(
        y=alt.Y(f"{column}:N", sort=list(rows), title=None, axis=None)
    )
    return made


def _rows(layers: Sequence[Layer], column: str, rows: Sequence[str], name: str, told: str) -> Chart:
    """The layers under the names of their rows, which stand above: a phone has room for them."""
    base = _row(pd.DataFrame({column: rows}), column, rows).encode(
        x=alt.value(0), text=f"{column}:N"
    )
    names = [base.mark_text(align="left", dy=ABOVE, **look) for look in (HALO, {"color": INK})]
    return finished(
        alt.layer(*layers, *names),
        width=WIDTH,
        height=step(len(rows), ROW),
        name=name,
        description=told,
    )


def _nothing(name: str) -> Chart:
    """What stands where a run has nothing to show."""
    words = alt.Chart(pd.DataFrame({"text": [""]})).mark_text(
        text=NOTHING, align="left", color=MUTED
    )
    placed = words.encode(x=alt.value(0), y=alt.value(12))
    return finished(placed, width=WIDTH, height=40, name=name, description=said.NOTHING)


# --- how fast an estimate settles ----------------------------------------------------------------


def convergence(settling: pd.DataFrame) -> Chart:
    """The standard error by the number of draws, a line a way; our estimates stand on top.

    Table: settling. Beside the name of a way stands how many times as many draws it needs.
    """
    data = settling[settling["error"] > 0]
    if data.empty:
        return _nothing("convergence")
    ways, draws = data["way"].unique().tolist(), sorted(data["draws"].unique().tolist())
    axis = alt.Axis(values=draws, format=",.0f")
    x = alt.X("draws:Q", title="draws", scale=alt.Scale(type="log", nice=False), axis=axis)
    y = alt.Y(
        "error:Q",
        title="standard error",
        scale=alt.Scale(type="log", nice=False, padding=8),
        axis=alt.Axis(format=".1%", values=[0.001, 0.002, 0.005, 0.01, 0.02, 0.05], grid=True),
    )
    dashes = alt.Scale(domain=ways, range=[DASH, [7, 4], [1, 0]][: len(ways)])
    colours = meaning(ways, [MUTED, MUTED, INK][: len(ways)])
    base = alt.Chart(data).encode(x=x, y=y, color=alt.Color("way:N", scale=colours, legend=None))
    lines = base.mark_line().encode(strokeDash=alt.StrokeDash("way:N", scale=dashes, legend=None))
    known = base.transform_filter("isValid(datum.estimate)")
    text = known.mark_text(dy=-8, color=INK).encode(
        y=alt.value(0), text=alt.Text("estimate:Q", format=".1%")
    )
    return finished(
        alt.layer(lines, known.mark_point(size=60), text, _ways(data, x, y)),
        width=WIDTH - 200,
        height=230,
        name="convergence",
        description=_said_convergence(data),
    )


def _said_convergence(data: pd.DataFrame) -> str:
    """The error of every way at the largest number of draws."""
    most = data[data["draws"] == data["draws"].max()]
    told = said.each(most, "way", "error", "{:.2%}".format)
    head = most.head(1)["draws"].map("With {:,.0f} draws the standard error is:".format)
    return said.text(said.sentence(head.sum(), told))


def _ways(data: pd.DataFrame, x: alt.X, y: alt.Y) -> alt.Chart:
    """The name of each way at the end of its line, with the times as many draws that it needs."""
    last = data[data["draws"] == data["draws"].max()]
    apart = np.exp(spread(np.log(last["error"]), GAP))
    text = last["way"] + last["times"].map(": {:.0f}×".format)
    names = alt.Chart(last.assign(error=apart, text=text)).mark_text(align="left", dx=8, color=INK)
    named: alt.Chart = names.encode(x=x, y=y, text="text:N")
    return named
