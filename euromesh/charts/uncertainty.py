"""Charts of uncertainty: odds over time, what drives them, and how fast an estimate settles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import altair as alt
import pandas as pd

from euromesh.charts import marks, said
from euromesh.charts.style import DOTS, FEDERATION, INK, MUTED, PAPER

HEIGHT: Final = 340
NAMES: Final = 172  # pixels of the longest name at the end of a line
PANEL: Final = 290  # pixels; two stand side by side
ROW: Final = 34  # pixels of a row: a name, and below it what is drawn
ABOVE: Final = -7  # of a name, from the middle of its row
LOW: Final[marks.Look] = {"color": FEDERATION, "yOffset": 8}
ERRORS: Final = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05)  # lines of the grid
HOLLOW: Final[marks.Look] = {"filled": False, "fill": PAPER, "strokeWidth": 1.5}
ORDERS: Final[dict[str, marks.Look]] = {"first": {"size": 30, **HOLLOW}, "total": {"size": 60}}
TITLE: Final = "share of the draws that has finished"
NOTHING: Final = "Nothing to show: no outcome varies."


def curves(odds: pd.DataFrame) -> marks.Chart:
    """The share of the draws in which each route has finished, by date. Table: odds_over_time.

    Beside the name of each line stands the share that never comes.
    """
    data = marks.dated(marks.brief(odds, "route", "date", "share", "never"), "date")
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


# --- rows, a panel an outcome --------------------------------------------------------------------


def tornado(held: pd.DataFrame) -> marks.Chart:
    """Probabilities with one input held at either end: P10 hollow, P90 filled. Table: tornado.

    A tick stands where nothing is held; what an outcome does not depend on is left out.
    """
    held = held[held["swing"] > 0]
    if held.empty:
        return _nothing("tornado")
    data = held.assign(input=held["name"] + ", " + held["range"])
    x = _shares("low", "probability for the public machines", domain=[0, 1])
    heads = {"low": "probability, input low", "high": "probability, input high", "swing": "swing"}
    tips = [
        *(alt.Tooltip(f"{name}:N") for name in ("input", "outcome")),
        *(alt.Tooltip(f"{end}:Q", title=head, format=".0%") for end, head in heads.items()),
    ]

    def bars(base: alt.Chart) -> marks.Layers:
        base = base.encode(tooltip=tips)
        return [
            base.mark_rule(strokeWidth=4, opacity=0.4, **LOW).encode(x=x, x2="high:Q"),
            base.mark_tick(thickness=2, size=12, **LOW).encode(x=alt.X("mean:Q")),
            base.mark_point(size=40, **LOW, **HOLLOW).encode(x=x),
            base.mark_point(size=46, **LOW).encode(x=alt.X("high:Q")),
        ]

    widest = data.sort_values("swing", ascending=False).drop_duplicates("outcome")
    ends = widest["low"].map("from {:.0%}".format) + widest["high"].map(" to {:.0%}".format)
    named = widest.assign(named=widest["outcome"] + " (" + widest["input"] + ")", ends=ends)
    told = said.text(
        said.each("With nothing held the probability is:", widest, "outcome", "mean", "at {:.0%}"),
        said.each("The widest bars go:", named, "named", "ends"),
    )
    return _panels(data, "input", "swing", bars, "tornado", told)


def orders(name: str, *tables: pd.DataFrame) -> marks.Chart:
    """Sobol indices with their intervals: total order filled, first order hollow.

    Tables: date_orders and win_orders. The largest totals first; an outcome that never varies is
    left out.
    """
    indices = pd.concat(tables)
    data = indices[indices.groupby("outcome")["total"].transform("max") > 0]
    if data.empty:
        return _nothing(name)
    domain = [
        min(0.0, *data["first_low"], *data["total_low"]),
        max(*data["first_high"], *data["total_high"]),
    ]

    def intervals(base: alt.Chart) -> marks.Layers:
        layers = []
        for index, look in ORDERS.items():
            low, high = f"{index}_low:Q", f"{index}_high:Q"
            x = _shares(index, "share of the variance", domain=domain, nice=False)
            width = 2 if index == "total" else 1
            point = base.mark_point(**look, **LOW)
            layers += [
                base.mark_rule(strokeWidth=width, **LOW).encode(x=alt.X(low), x2=high),
                point.encode(x=x, tooltip=["name:N", "outcome:N", f"{index}:Q", low, high]),
            ]
        return layers

    largest = data.sort_values("total", ascending=False).groupby("outcome").head(3)
    head = "The largest total orders for {} are:"
    told = said.by(largest, "outcome", head, said.each, "name", "total", "with {:.0%}")
    return _panels(data, "name", "total", intervals, name, told)


def _panels(
    data: pd.DataFrame,
    column: str,
    size: str,
    drawn: Callable[[alt.Chart], marks.Layers],
    name: str,
    told: str,
) -> marks.Chart:
    """A panel an outcome under its name: a row for each of a column, the largest first."""
    panels: list[alt.LayerChart | alt.FacetChart] = []
    for outcome, found in data.groupby("outcome", sort=False):
        found = found.sort_values(size, ascending=False, kind="stable")
        order = found[column].tolist()
        base = alt.Chart(found).encode(y=marks.rows(column, order).axis(None))
        layers = [*drawn(base), *marks.heads(found, column, order, ABOVE)]
        heading = alt.TitleParams(str(outcome), anchor="start", fontSize=12, color=INK)
        panel = alt.layer(*layers)
        panels.append(panel.properties(width=PANEL, height=ROW * len(order), title=heading))
    whole: alt.HConcatChart = alt.hconcat(*panels, spacing=24)
    return whole.properties(name=name, description=told)


def _shares(column: str, title: str, **scale: Any) -> alt.X:
    """A share on an axis in percent."""
    x = alt.X(f"{column}:Q").title(title).scale(**scale)
    return x.axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1])


def _nothing(name: str) -> marks.Chart:
    """What stands where a run has nothing to show."""
    words = alt.Chart(pd.DataFrame({"text": [""]})).mark_text(
        text=NOTHING, align="left", color=MUTED
    )
    placed = words.encode(x=alt.value(0), y=alt.value(12))
    return marks.finished(placed, name, said.NOTHING, height=40)


# --- how fast an estimate settles ----------------------------------------------------------------


def convergence(settling: pd.DataFrame) -> marks.Chart:
    """The standard error by the number of draws, a line a way; points on ours.

    Table: settling. Beside the name of a way stands how many times as many draws it needs.
    """
    data = settling[settling["error"] > 0]
    if data.empty:
        return _nothing("convergence")
    draws = sorted(data["draws"].unique().tolist())
    most = data[data["draws"] == draws[-1]]
    more = most[most["times"] > 1].set_index("way")["times"].map(": {:.0f}× the draws".format)
    data = data.assign(line=data["way"] + data["way"].map(more).fillna(""))
    ways = data["line"].unique().tolist()
    x = alt.X("draws:Q").title("draws").scale(type="log", nice=False, padding=16)
    x = x.axis(values=draws, format=".3~s", labelOverlap=False)
    y = alt.Y("error:Q").title("standard error").scale(type="log", nice=False, padding=8)
    y = y.axis(format="~%", values=list(ERRORS), grid=True)
    dashes = marks.meaning(ways, (DOTS, [7, 4], [1, 0]))
    colours = marks.meaning(ways, (MUTED, MUTED, INK))
    legend = alt.Legend(columns=1, symbolType="stroke", symbolSize=500, labelLimit=320)
    base = alt.Chart(data).encode(x=x, y=y, color=alt.Color("line:N", scale=colours, legend=legend))
    chart = alt.layer(
        base.mark_line().encode(strokeDash=alt.StrokeDash("line:N", scale=dashes)),
        base.transform_filter("isValid(datum.estimate)").mark_point(size=60),
    )
    head = f"With {draws[-1]:,.0f} draws the standard error is:"
    told = said.text(said.each(head, most, "way", "error", "{:.2%}"))
    return marks.finished(chart, "convergence", told, height=230)
