"""Charts of uncertainty: odds over time, what drives them, and how fast an estimate settles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias

import altair as alt
import numpy as np
import pandas as pd

from euromesh.charts import said
from euromesh.charts.penalty import spread
from euromesh.charts.race import route_colour, route_dash
from euromesh.charts.shared import WIDTH, Chart, dated, finished, meaning, step
from euromesh.charts.style import FEDERATION, INK, MUTED, PAPER

Look: TypeAlias = dict[str, Any]
Layer: TypeAlias = alt.Chart | alt.LayerChart
HEIGHT: Final = 340
LINE: Final = 17  # pixels from one name to the next
NAMES: Final = 172  # pixels of the longest name at the end of a line
LEADER: Final = pd.Timedelta(days=150)  # from the end of a line to its name
ROW: Final = 45  # pixels of a row: a name, and a line for each of two outcomes
ABOVE: Final = -13  # of a name, from the middle of its row
LINES: Final = (1, 12)  # of the outcomes, below it
COLOURS: Final = (FEDERATION, MUTED)
SHAPES: Final = ("circle", "diamond")
DASH: Final = [2, 3]
GAP: Final = 0.25  # between the names of two lines, a factor of 1.3 in the error
HALO: Final[Look] = {"stroke": PAPER, "strokeWidth": 4, "color": PAPER}
HOLLOW: Final[Look] = {"filled": False, "fill": PAPER, "strokeWidth": 1.5}
TITLE: Final = "share of the draws that has finished"
NOTHING: Final = ["Nothing to show: no outcome varies,", "or a route is raced a draw at a time."]


def curves(data: pd.DataFrame) -> Chart:
    """The share of the draws in which each route has finished, by date.

    Columns: route, date, share, never (written beside the name).
    """
    data = dated(data, "date")
    y = alt.Y(
        "share:Q",
        title=None,
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format=".0%", grid=True, tickCount=5),
    )
    axis = alt.Axis(format="%Y", tickCount=alt.TimeIntervalStep(interval="year", step=2))
    x = alt.X("date:T", title=None, axis=axis, scale=alt.Scale(nice=False))
    lines = alt.Chart(data).encode(x=x, y=y, color=route_colour(), strokeDash=route_dash())
    title = alt.Chart(pd.DataFrame({"text": [TITLE]})).encode(x=alt.value(0), y=alt.value(0))
    heading = title.mark_text(align="left", dy=-10, color=MUTED).encode(text="text:N")
    return finished(
        alt.layer(lines.mark_line(), *_ends(data), heading),
        width=WIDTH - NAMES,
        height=HEIGHT,
        name="odds_over_time",
        description=_said_curves(data),
    )


def _said_curves(data: pd.DataFrame) -> str:
    """The order in which half of the draws have finished, and the share that never does."""
    half = said.reached(data, "route", "date", "share", 1 / 2).dropna()
    order = half.sort_values("date", kind="stable")["route"].tolist()
    ends = said.last(data, "route", "date").sort_values("never", kind="stable")
    shares = said.each(ends, "route", "never", "in {:.0%}".format)
    return said.text(
        said.sentence("Half of the draws have finished in this order:", "; ".join(order)),
        said.sentence("Of all draws these never finish:", shares),
    )


def _ends(data: pd.DataFrame) -> list[alt.Chart]:
    """The name of each line, a thin leader to it, and the share that never comes."""
    last = data.loc[data.groupby("route", sort=False)["date"].idxmax()]
    apart = spread(last["share"], LINE / HEIGHT)
    moved = last.assign(date=last["date"] + LEADER, share=apart)
    leaders = alt.Chart(pd.concat([last, moved])).mark_line(strokeWidth=0.8, tooltip=None)
    where: Look = {"x": alt.X("date:T"), "y": alt.Y("share:Q")}
    names = alt.Chart(moved).encode(**where)
    shares = names.mark_text(align="right", dx=NAMES - 10, color=INK)
    head = alt.Chart(moved.head(1)).mark_text(
        align="right", dx=NAMES - 10, dy=-10, text="never", color=MUTED
    )
    return [
        leaders.encode(**where, color=route_colour()),
        names.mark_text(align="left", dx=4, color=INK).encode(text="route:N"),
        shares.encode(text=alt.Text("never:Q", format=".0%")),
        head.encode(x=where["x"], y=alt.value(0)),
    ]


# --- rows with a line for each of two outcomes ---------------------------------------------------


def tornado(data: pd.DataFrame) -> Chart:
    """Probabilities with one input held at either end; P10 is hollow, P90 filled.

    Columns: input, outcome, low, high, mean, swing, se.
    """
    if data.empty:
        return _nothing("tornado")
    rows, outcomes = data["input"].unique().tolist(), data["outcome"].unique().tolist()
    title = "probability for the public machines"
    x = _shares("low", title, alt.Scale(domain=[0, 1]))
    layers = _means(data, outcomes)
    for outcome, colour, shift in zip(outcomes, COLOURS, LINES, strict=False):
        base = _row(data[data["outcome"] == outcome], "input", rows)
        bar = base.mark_rule(color=colour, strokeWidth=4, opacity=0.4, yOffset=shift)
        low = base.mark_point(color=colour, size=34, yOffset=shift, **HOLLOW)
        high = base.mark_point(color=colour, size=46, yOffset=shift)
        tips = ["input:N", "outcome:N", *(f"{end}:Q" for end in ("low", "high", "swing", "se"))]
        layers += [
            bar.encode(x=x, x2="high:Q", tooltip=tips),
            low.encode(x=x, tooltip=tips),
            high.encode(x=alt.X("high:Q"), tooltip=tips),
        ]
    return _rows(layers, "input", rows, "tornado", _said_tornado(data))


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


def orders(data: pd.DataFrame, name: str) -> Chart:
    """Sobol indices with their intervals: total order filled, first order hollow.

    Columns: name, outcome, order (total, first), value, low, high. The largest totals first.
    """
    if data.empty:
        return _nothing(name)
    total = data[data["order"] == "total"].groupby("name", sort=False)["value"].max()
    rows = total.sort_values(ascending=False, kind="stable").index.tolist()
    outcomes = data["outcome"].unique().tolist()
    ends = [min(0.0, float(data["low"].min())), float(data["high"].max())]
    x = _shares("value", "share of the variance", alt.Scale(domain=ends, nice=False))
    n = len(outcomes)
    colour = alt.Color("outcome:N", scale=meaning(outcomes, COLOURS[:n]))
    shape = alt.Shape("outcome:N", scale=alt.Scale(domain=outcomes, range=SHAPES[:n]))
    tips = ["name:N", "order:N", "value:Q", "low:Q", "high:Q"]
    layers: list[Layer] = []
    for outcome, shift in zip(outcomes, LINES, strict=False):
        found = data[data["outcome"] == outcome]
        for order, look in (("first", {"size": 30, **HOLLOW}), ("total", {"size": 60})):
            base = _row(found[found["order"] == order], "name", rows)
            base = base.encode(color=colour)
            span = base.mark_rule(strokeWidth=2 if order == "total" else 1, yOffset=shift)
            point = base.mark_point(yOffset=shift, **look)
            layers += [
                span.encode(x=alt.X("low:Q"), x2="high:Q"),
                point.encode(x=x, shape=shape, tooltip=tips),
            ]
    return _rows(layers, "name", rows, name, _said_orders(data))


def _said_orders(data: pd.DataFrame) -> str:
    """For each outcome the largest total orders."""
    total = data[data["order"] == "total"].sort_values("value", ascending=False)

    def told(outcome: str, rows: pd.DataFrame) -> str:
        largest = said.each(rows.head(3), "name", "value", "with {:.0%}".format)
        return said.sentence(f"The largest total orders for {outcome} are:", largest)

    return said.by(total, "outcome", told)


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


def convergence(data: pd.DataFrame) -> Chart:
    """The standard error by the number of draws, a line a way; our estimates stand on top.

    Columns: draws, way, error, estimate (blank but of our way), times (written beside the name).
    """
    data = data[data["error"] > 0]
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
