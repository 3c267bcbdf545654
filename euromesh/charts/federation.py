"""Charts of the federation: its network, its speed, its members, and a run by the hour."""

from __future__ import annotations

from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from euromesh.charts import said
from euromesh.charts.bars import bars
from euromesh.charts.shared import WIDTH, Chart, finished, meaning, step
from euromesh.charts.style import FEDERATION, INK, MUTED, OTHERS, PAPER, RULE

METHODS: Final = {  # in words, with colour and dashes
    "data_parallel": ("data-parallel", OTHERS, [1, 0]),
    "diloco": ("DiLoCo", MUTED, [1, 0]),
    "streaming_16": ("streaming, 16 bits", FEDERATION, [2, 3]),
    "streaming_8": ("streaming, 8 bits", FEDERATION, [6, 3]),
    "planned": ("planned", FEDERATION, [1, 0]),
}
WAYS: Final = {"reserved": "nodes reserved", "long": "long jobs", "short": "short jobs"}
STATES: Final = {"training": FEDERATION, "down": OTHERS, "waiting": RULE}
FASTEST: Final = 3000  # Gbit/s drawn
BUSY: Final = 0.95  # of the compute: nearly all
HOURS: Final = 168


# --- network -------------------------------------------------------------------------------------


def utilization(data: pd.DataFrame, known: pd.DataFrame) -> Chart:
    """Compute utilisation against the rate of a site, with the rates that are known or assumed.

    Columns: method, gbit_per_s, utilization; of `known`, the slowest first: label, gbit_per_s.
    """
    words, colours, dashes = map(list, zip(*METHODS.values(), strict=True))
    data = data.assign(method=data["method"].map(dict(zip(METHODS, words, strict=True))))
    x = alt.X(
        "gbit_per_s:Q",
        title="achieved per site, Gbit/s",
        scale=alt.Scale(type="log", domain=[1, FASTEST], nice=False, clamp=True),
        axis=alt.Axis(values=[1, 3, 10, 30, 100, 300, 1000], format=",d"),
    )
    lines = alt.Chart(data).mark_line(clip=True)
    lines = lines.encode(
        x=x,
        y=alt.Y("utilization:Q", title="compute utilisation", axis=alt.Axis(format="%")),
        color=alt.Color(
            "method:N", scale=meaning(words, colours), legend=alt.Legend(columns=2, offset=36)
        ),
        strokeDash=alt.StrokeDash("method:N", scale=alt.Scale(domain=words, range=dashes)),
    )
    return finished(
        alt.layer(*_known(known, x), lines),
        width=WIDTH,
        height=320,
        name="utilization",
        description=_said_utilization(data),
    )


def _known(known: pd.DataFrame, x: alt.X) -> list[alt.Chart]:
    """A dotted line at each rate; the names of neighbours in two rows, for want of room."""
    rules = alt.Chart(known).mark_rule(color=OTHERS, strokeDash=[2, 3]).encode(x=x)
    names = [
        alt.Chart(known.iloc[row::2])
        .mark_text(dy=dy, color=MUTED, fontSize=11)
        .encode(x=x, y=alt.value(0), text="label")
        for row, dy in ((0, -8), (1, -22))
    ]
    return [rules, *names]


def _said_utilization(data: pd.DataFrame) -> str:
    """The rate from which each method keeps nearly all compute busy."""
    rates = said.reached(data, "method", "gbit_per_s", "utilization", BUSY)
    told = said.each(rates, "method", "gbit_per_s", "from {:.0f} Gbit/s".format)
    head = f"At {FASTEST} Gbit/s a site or less, {BUSY:.0%} of the compute stays busy with:"
    return said.text(said.sentence(head, told))


# --- speed ---------------------------------------------------------------------------------------


def scaling(points: pd.DataFrame, curves: pd.DataFrame) -> Chart:
    """MFU against accelerators: published points and the curve fitted through them, by run.

    `points`: run, n_accel, mfu. `curves`: run, n_accel, mfu, low, high. Beyond the last point of
    its run a curve is dashed: nobody has measured there.
    """
    points, curves = (data.assign(run=data["run"].map(_named)) for data in (points, curves))
    last = curves["run"].map(points.groupby("run")["n_accel"].max())
    fitted = alt.Chart(curves).mark_area(color=FEDERATION, tooltip=None)
    first = points.loc[points.groupby("run")["n_accel"].idxmin()]
    layers = [
        fitted.encode(y=_mfu("low"), y2="high:Q", detail="run:N"),
        _line(curves[curves["n_accel"] <= last], dash=[1, 0]),
        _line(curves[curves["n_accel"] >= last], dash=[5, 5]),
        alt.Chart(points)
        .mark_point(fill=PAPER, stroke=INK, strokeWidth=1.5, size=60)
        .encode(y=_mfu("mfu"), tooltip=["run", "n_accel", alt.Tooltip("mfu:Q", format=".1%")]),
        alt.Chart(first)
        .mark_text(align="left", dx=-4, dy=19, fontWeight=600, tooltip=None)
        .encode(y=_mfu("mfu"), text="run:N"),
    ]
    return finished(
        alt.layer(*(layer.encode(x=_accelerators(curves)) for layer in layers)),
        width=WIDTH - 70,
        height=280,
        name="scaling",
        description=_said_scaling(points),
    )


def _named(run: str) -> str:
    """The machine and the size of a published run: JUPITER, 32B."""
    return ", ".join(run.split("_")[:2]).upper()


def _said_scaling(points: pd.DataFrame) -> str:
    """The MFU at the first and the last published point of each run."""
    named = points.assign(at=points["n_accel"].map("{:,.0f} accelerators".format))

    def told(run: str, rows: pd.DataFrame) -> str:
        ends = said.each(rows.iloc[[0, -1]], "at", "mfu", "reach an MFU of {:.1%}".format)
        return said.sentence(f"For {run}:", ends)

    return said.by(named.sort_values("n_accel"), "run", told)


def _accelerators(curves: pd.DataFrame) -> alt.X:
    """Accelerators, a decade a tick."""
    first, last = float(curves["n_accel"].min()), float(curves["n_accel"].max())
    decades = [10**k for k in range(6) if first <= 10**k <= last]
    scale = alt.Scale(type="log", domain=[first, last], nice=False)
    axis = alt.Axis(values=decades, format=",d")
    return alt.X("n_accel:Q", title="accelerators", scale=scale, axis=axis)


def _mfu(column: str) -> alt.Y:
    """A column of MFU, from zero."""
    axis = alt.Axis(format="%", tickCount=6)
    return alt.Y(f"{column}:Q", title="MFU, of the dense BF16 peak", axis=axis)


def _line(part: pd.DataFrame, dash: list[int]) -> alt.Chart:
    """A part of each fitted curve."""
    line = alt.Chart(part).mark_line(color=FEDERATION, strokeDash=dash)
    drawn: alt.Chart = line.encode(y=_mfu("mfu"), detail="run:N")
    return drawn


# --- members -------------------------------------------------------------------------------------


def subset(data: pd.DataFrame) -> Chart:
    """Net rate of the best federation of every size. Columns: sites, eflops."""
    best = np.where(data["eflops"] == data["eflops"].max(), FEDERATION, OTHERS)
    drawn = _bars(
        data.assign(colour=best),
        alt.Y("sites:O", title="sites in the run"),
        alt.X("eflops:Q", title="rate in baseline FLOP, EFLOP/s", axis=alt.Axis(tickCount=5)),
        ".2f",
    )
    rate = "{:.2f} EFLOP/s".format
    named = data.assign(named=data["sites"].map("{} in the run".format))
    ends = named[data["sites"].isin([data["sites"].min(), data["sites"].max()])]
    told = said.text(
        said.sentence(
            "By the number of sites the rate goes from",
            said.extremes(named, "named", "eflops", rate),
        ),
        said.sentence("At the ends of the chart are:", said.each(ends, "named", "eflops", rate)),
    )
    return finished(
        drawn, width=WIDTH - 50, height=step(len(data), 20), name="subset", description=told
    )


def without(data: pd.DataFrame) -> Chart:
    """What the best federation of the others loses of the rate. Columns: place, loss."""
    axis = alt.Axis(format=".0%", tickCount=4)
    drawn = _bars(
        data.assign(colour=FEDERATION),
        alt.Y("place:N", sort=None, title=None),
        alt.X("loss:Q", title="rate lost without it", axis=axis),
        ".1%",
    )
    lost = said.extremes(data, "place", "loss", "{:.1%}".format)
    told = said.text(said.sentence("Without one place the rate falls by", lost))
    return finished(
        drawn, width=WIDTH - 150, height=step(len(data), 22), name="without", description=told
    )


def chain(data: pd.DataFrame) -> Chart:
    """What is left of the catalogue peak, factor by factor. Columns: stage, eflops."""
    head = "From step to step there is left:"
    return bars(
        data, "stage", "eflops", name="chain", head=head, title="EFLOP/s", form=".1f",
        unit="EFLOP/s",
    )  # fmt: skip


def _bars(data: pd.DataFrame, y: alt.Y, x: alt.X, form: str) -> Chart:
    """A bar a row in its colour, with its value behind it."""
    value = str(x.shorthand)
    most = float(data[value.removesuffix(":Q")].max()) * 1.25
    base = alt.Chart(data).encode(y=y, x=x.scale(domain=[0, most]))
    bars = base.mark_bar().encode(color=alt.Color("colour:N", scale=None))
    labels = base.mark_text(align="left", dx=5).encode(text=alt.Text(value, format=form))
    return alt.layer(bars, labels)


# --- a run by the hour ---------------------------------------------------------------------------


def week(data: pd.DataFrame) -> Chart:
    """What each site does in a week, one row a place.

    Columns: place, start_hours, end_hours, state; places keep the order of the table.
    """
    order = data["place"].drop_duplicates().tolist()
    scale = alt.Scale(domain=[0, HOURS], nice=False)
    axis = alt.Axis(values=list(range(0, HOURS + 1, 24)))
    edges = [alt.Tooltip(f"{edge}_hours:Q", format=".1f") for edge in ("start", "end")]
    spans = alt.Chart(data).mark_bar(cornerRadiusEnd=0, height={"band": 0.72})
    spans = spans.encode(
        x=alt.X("start_hours:Q", title="hours", scale=scale, axis=axis),
        x2="end_hours:Q",
        y=alt.Y("place:N", sort=order, title=None),
        color=alt.Color("state:N", scale=meaning(list(STATES), list(STATES.values()))),
        tooltip=["place", "state", *edges],
    )
    hours = (data["end_hours"] - data["start_hours"]).groupby(data["state"]).sum()
    shares = (hours / hours.sum()).rename("share").rename_axis("state").reset_index()
    told = said.each(shares, "state", "share", "{:.0%} of the hours".format)
    return finished(
        spans,
        width=WIDTH - 130,
        height=step(len(order), 24),
        name="week",
        description=said.text(said.sentence("Over the week the sites are:", told)),
    )


def days(data: pd.DataFrame) -> Chart:
    """Days to the target, simulated and in closed form.

    Columns: row (the way of holding nodes), low, median, high, closed; the order is the table's.
    """
    data = data.assign(way=data["row"].map(WAYS))
    base = alt.Chart(data).encode(y=alt.Y("way:N", sort=None, title=None))
    axis: dict[str, Any] = {"scale": alt.Scale(zero=False, padding=24), "title": "days to Llama"}
    span = base.mark_rule(strokeWidth=7, opacity=0.35, strokeCap="round", color=FEDERATION)
    point = base.mark_point(size=90, color=FEDERATION).encode(x="median:Q")
    closed = base.mark_tick(color=INK, thickness=2, size=24, opacity=1).encode(x="closed:Q")
    label = base.mark_text(dy=-20, fontWeight=600)
    key = alt.Chart(data.tail(1)).mark_text(dy=20, color=MUTED, text="closed form")
    layers = [
        span.encode(x=alt.X("low:Q", axis=alt.Axis(tickCount=6), **axis), x2="high:Q"),
        closed,
        point,
        label.encode(x="median:Q", text=alt.Text("median:Q", format=".0f")),
        key.encode(x="closed:Q", y=alt.Y("way:N", sort=None)),
    ]
    return finished(
        alt.layer(*layers),
        width=WIDTH - 130,
        height=step(len(data), 62),
        name="days",
        description=_said_days(data),
    )


def _said_days(data: pd.DataFrame) -> str:
    """Days by the way of holding nodes, simulated and in closed form."""
    told = "{:.0f} days".format
    simulated, closed = (said.each(data, "way", column, told) for column in ("median", "closed"))
    return said.text(
        said.sentence("In the median of the simulated runs the target takes:", simulated),
        said.sentence("In closed form it takes:", closed),
    )
