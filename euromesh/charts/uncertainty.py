"""Charts of uncertainty: odds over time, what drives them, and how fast an estimate settles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from euromesh.charts import marks, said
from euromesh.charts.style import FEDERATION, INK, MUTED, PAPER

HEIGHT: Final = 340
NAMES: Final = 172  # pixels of the longest name at the end of a line
ROW: Final = 45  # pixels of a row: a name, and a line for each of two outcomes
ABOVE: Final = -13  # of a name, from the middle of its row
LINES: Final = (1, 12)  # of the outcomes, below it
COLOURS: Final = (FEDERATION, MUTED)
SHAPES: Final = ("circle", "diamond")
ERRORS: Final = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05)  # lines of the grid
GAP: Final = 0.25  # between the names of two lines, a factor of 1.3 in the error
HALO: Final[marks.Look] = {"stroke": PAPER, "strokeWidth": 4, "color": PAPER}
HOLLOW: Final[marks.Look] = {"filled": False, "fill": PAPER, "strokeWidth": 1.5}
ORDERS: Final[dict[str, marks.Look]] = {"first": {"size": 30, **HOLLOW}, "total": {"size": 60}}
TITLE: Final = "share of the draws that has finished"
NOTHING: Final = "Nothing to show: no outcome varies."


def curves(odds: pd.DataFrame) -> marks.Chart:
    """The share of the draws in which each route has finished, by date. Table: odds_over_time.

    Beside the name of each line stands the share that never comes.
    """
    data = marks.dated(odds, "date")
    y = alt.Y("share:Q").title(None).scale(domain=[0, 1])
    y = y.axis(format=".0%", grid=True, tickCount=5)
    names = marks.beside(marks.apart(data, "share", (0.0, 1.0), HEIGHT))
    right: marks.Look = {"align": "right", "dx": NAMES - 10}
    shares = alt.Chart(names).mark_text(color=INK, **right)
    head = alt.Chart(names.head(1)).mark_text(dy=-10, text="never", color=MUTED, **right)
    title = alt.Chart(pd.DataFrame({"text": [TITLE]})).encode(x=alt.value(0), y=alt.value(0))
    x = alt.X("date:T")
    chart = alt.layer(
        *marks.named_lines(data, names, y),
        shares.encode(x=x, y=alt.Y("share:Q"), text=alt.Text("never:Q", format=".0%")),
        head.encode(x=x, y=alt.value(0)),
        title.mark_text(align="left", dy=-10, color=MUTED).encode(text="text:N"),
    )
    half = said.reached(data, "route", "date", "share", 1 / 2).dropna()
    order = half.sort_values("date", kind="stable")["route"].tolist()
    never = marks.last(data).sort_values("never", kind="stable")
    told = said.text(
        said.sentence("Half of the draws have finished in this order:", "; ".join(order)),
        said.each("Of all draws these never finish:", never, "route", "never", "in {:.0%}"),
    )
    return marks.finished(chart, "odds_over_time", told, beside=NAMES, height=HEIGHT)


# --- rows with a line for each of two outcomes ---------------------------------------------------


def tornado(held: pd.DataFrame) -> marks.Chart:
    """Probabilities with one input held at either end: P10 hollow, P90 filled. Table: tornado.

    A dotted line stands where nothing is held.
    """
    if held.empty:
        return _nothing("tornado")
    data = held.assign(input=held["name"] + ", " + held["range"])
    order, outcomes = data["input"].unique().tolist(), data["outcome"].unique().tolist()
    colour = alt.Color("outcome:N", legend=None).scale(marks.meaning(outcomes, COLOURS))
    x = _shares("low", "probability for the public machines", domain=[0, 1])
    heads = {"low": "odds, input low", "high": "odds, input high", "swing": "swing"}
    tips = [
        *(alt.Tooltip(f"{name}:N") for name in ("input", "outcome")),
        *(alt.Tooltip(f"{end}:Q", title=head, format=".0%") for end, head in heads.items()),
    ]
    means: list[Any] = []
    layers: list[Any] = []
    for place, outcome in enumerate(outcomes):
        found = data[data["outcome"] == outcome]
        mean = alt.Chart(found.head(1)).encode(x=alt.X("mean:Q"), color=colour)
        side: marks.Look = {"align": "left" if found["mean"].iloc[0] < 1 / 2 else "right"}
        name = mean.mark_text(**side, dy=-8 - marks.LINE * place, fontWeight=600)
        means += [
            mean.mark_rule(strokeDash=marks.DOTS),
            name.encode(y=alt.value(0), text="outcome:N"),
        ]
        base = alt.Chart(found).encode(y=marks.rows("input", order).axis(None), tooltip=tips)
        look: marks.Look = {"color": COLOURS[place], "yOffset": LINES[place]}
        layers += [
            base.mark_rule(strokeWidth=4, opacity=0.4, **look).encode(x=x, x2="high:Q"),
            base.mark_point(size=34, **look, **HOLLOW).encode(x=x),
            base.mark_point(size=46, **look).encode(x=alt.X("high:Q")),
        ]
    widest = data.sort_values("swing", ascending=False).drop_duplicates("outcome")
    ends = widest["low"].map("from {:.0%}".format) + widest["high"].map(" to {:.0%}".format)
    bars = widest.assign(named=widest["outcome"] + " (" + widest["input"] + ")", ends=ends)
    told = said.text(
        said.each("With nothing held the probability is:", widest, "outcome", "mean", "at {:.0%}"),
        said.each("The widest bars go:", bars, "named", "ends"),
    )
    return _rows([*means, *layers], "input", order, "tornado", told)


def orders(name: str, *tables: pd.DataFrame) -> marks.Chart:
    """Sobol indices with their intervals: total order filled, first order hollow.

    Tables: date_orders and win_orders, or input_orders. The largest totals first; an outcome that
    never varies is left out.
    """
    indices = pd.concat(tables)
    data = indices[indices.groupby("outcome")["total"].transform("max") > 0]
    if data.empty:
        return _nothing(name)
    total = data.groupby("name", sort=False)["total"].max()
    order = total.sort_values(ascending=False, kind="stable").index.tolist()
    outcomes = data["outcome"].unique().tolist()
    colours, shapes = (marks.meaning(outcomes, looks) for looks in (COLOURS, SHAPES))
    domain = [
        min(0.0, *data["first_low"], *data["total_low"]),
        max(*data["first_high"], *data["total_high"]),
    ]
    layers = []
    for outcome, shift in zip(outcomes, LINES, strict=False):
        base = alt.Chart(data[data["outcome"] == outcome]).encode(
            y=marks.rows("name", order).axis(None), color=alt.Color("outcome:N", scale=colours)
        )
        for index, look in ORDERS.items():
            width = 2 if index == "total" else 1
            low, high = f"{index}_low:Q", f"{index}_high:Q"
            layers += [
                base.mark_rule(strokeWidth=width, yOffset=shift).encode(x=alt.X(low), x2=high),
                base.mark_point(yOffset=shift, **look).encode(
                    x=_shares(index, "share of the variance", domain=domain, nice=False),
                    shape=alt.Shape("outcome:N", scale=shapes),
                    tooltip=["name:N", "outcome:N", f"{index}:Q", low, high],
                ),
            ]
    largest = data.sort_values("total", ascending=False).groupby("outcome").head(3)
    head = "The largest total orders for {} are:"
    told = said.by(largest, "outcome", head, said.each, "name", "total", "with {:.0%}")
    return _rows(layers, "name", order, name, told)


def _shares(column: str, title: str, **scale: Any) -> alt.X:
    """A share on an axis in percent."""
    x = alt.X(f"{column}:Q").title(title).scale(**scale)
    return x.axis(format=".0%", grid=True, values=[0, 0.2, 0.4, 0.6, 0.8, 1])


def _rows(
    layers: Sequence[Any], column: str, order: list[str], name: str, told: str
) -> marks.Chart:
    """The layers under the names of their rows, which stand above: a phone has room for them."""
    base = alt.Chart(pd.DataFrame({column: order})).encode(
        y=marks.rows(column, order).axis(None), x=alt.value(0), text=f"{column}:N"
    )
    names = [base.mark_text(align="left", dy=ABOVE, **look) for look in (HALO, {"color": INK})]
    return marks.finished(alt.layer(*layers, *names), name, told, height=ROW * len(order))


def _nothing(name: str) -> marks.Chart:
    """What stands where a run has nothing to show."""
    words = alt.Chart(pd.DataFrame({"text": [""]})).mark_text(
        text=NOTHING, align="left", color=MUTED
    )
    placed = words.encode(x=alt.value(0), y=alt.value(12))
    return marks.finished(placed, name, said.NOTHING, height=40)


# --- how fast an estimate settles ----------------------------------------------------------------


def convergence(settling: pd.DataFrame) -> marks.Chart:
    """The standard error by the number of draws, a line a way; our estimates stand on top.

    Table: settling. Beside the name of a way stands how many times as many draws it needs.
    """
    data = settling[settling["error"] > 0]
    if data.empty:
        return _nothing("convergence")
    ways, draws = data["way"].unique().tolist(), sorted(data["draws"].unique().tolist())
    x = alt.X("draws:Q").title("draws").scale(type="log", nice=False)
    x = x.axis(values=draws, format=",.0f")
    y = alt.Y("error:Q").title("standard error").scale(type="log", nice=False, padding=8)
    y = y.axis(format="~%", values=list(ERRORS), grid=True)
    dashes = marks.meaning(ways, (marks.DOTS, [7, 4], [1, 0]))
    colours = marks.meaning(ways, (MUTED, MUTED, INK))
    base = alt.Chart(data).encode(x=x, y=y, color=alt.Color("way:N", scale=colours, legend=None))
    known = base.transform_filter("isValid(datum.estimate)")
    estimate = alt.Text("estimate:Q", format=".1%")
    most = data[data["draws"] == draws[-1]]
    ends = most.assign(
        error=np.exp(marks.spread(np.log(most["error"]), GAP)),
        text=most["way"] + most["times"].map(": {:.0f}×".format),
    )
    names = alt.Chart(ends).mark_text(align="left", dx=8, color=INK)
    chart = alt.layer(
        base.mark_line().encode(strokeDash=alt.StrokeDash("way:N", scale=dashes, legend=None)),
        known.mark_point(size=60),
        *(
            known.transform_filter(alt.FieldOneOfPredicate("draws", draws[row::2]))
            .mark_text(dy=dy, color=INK)
            .encode(y=alt.value(0), text=estimate)
            for row, dy in ((0, -8), (1, -22))
        ),
        names.encode(x=x, y=y, text="text:N"),
    )
    head = f"With {draws[-1]:,.0f} draws the standard error is:"
    told = said.text(said.each(head, most, "way", "error", "{:.2%}"))
    return marks.finished(chart, "convergence", told, beside=200, height=230)
