"""Charts of the federation: its network, its speed, its members, and a run by the hour."""

from __future__ import annotations

from typing import Final

import altair as alt
import numpy as np
import pandas as pd

from euromesh import units as u
from euromesh.charts import marks, said
from euromesh.charts.style import DOTS, FEDERATION, INK, MUTED, OTHERS, PAPER, RULE

METHODS: Final = {  # in words, with colour and dashes
    "data_parallel": ("data-parallel", OTHERS, [1, 0]),
    "diloco": ("DiLoCo", MUTED, [1, 0]),
    "streaming_16": ("streaming, 16 bits", FEDERATION, DOTS),
    "streaming_8": ("streaming, 8 bits", FEDERATION, [6, 3]),
    "planned": ("planned", FEDERATION, [1, 0]),
}
WAYS: Final = {"reserved": "nodes reserved", "long": "long jobs", "short": "short jobs"}
STATES: Final = {"training": FEDERATION, "down": OTHERS, "waiting": RULE}
FASTEST: Final = 3000  # Gbit/s drawn
RIGHT: Final[marks.Look] = {"orient": "right", "tickCount": 6}
BUSY: Final = 0.95  # of the compute: nearly all
HOURS: Final = 168


# --- network -------------------------------------------------------------------------------------


def utilization(data: pd.DataFrame, known: pd.DataFrame) -> marks.Chart:
    """Compute utilisation against the rate of a site, with the rates that are known or assumed.

    Columns: method, gbit_per_s, utilization; of `known`, the slowest first: label, gbit_per_s.
    A dotted line stands at each known rate; the names of neighbours in two rows, for want of room.
    """
    words, *looks = zip(*METHODS.values(), strict=True)
    data = marks.brief(data, "method", "gbit_per_s", "utilization")
    data = data.assign(method=[METHODS[method][0] for method in data["method"]])
    colours, dashes = (marks.meaning(words, look) for look in looks)
    x = alt.X("gbit_per_s:Q").title("achieved per site, Gbit/s")
    x = x.scale(type="log", domain=[1, FASTEST], nice=False, clamp=True)
    x = x.axis(values=[1, 3, 10, 30, 100, 300, 1000], format=",d")
    legend = alt.Legend(columns=2, offset=36, symbolSize=500)
    lines = (
        alt.Chart(data)
        .mark_line(clip=True)
        .encode(
            x=x,
            y=alt.Y("utilization:Q").title("compute utilisation").axis(format="%"),
            color=alt.Color("method:N", scale=colours, legend=legend),
            strokeDash=alt.StrokeDash("method:N", scale=dashes),
        )
    )
    layers = [alt.Chart(known).mark_rule(color=OTHERS, strokeDash=DOTS).encode(x=x)]
    for row, dy in ((0, -8), (1, -22)):
        names = alt.Chart(known.iloc[row::2]).mark_text(dy=dy, color=MUTED, fontSize=11)
        layers.append(names.encode(x=x, y=alt.value(0), text="label"))
    rates = said.reached(data, "method", "gbit_per_s", "utilization", BUSY)
    head = f"At {FASTEST} Gbit/s a site or less, {BUSY:.0%} of the compute stays busy with:"
    told = said.each(head, rates, "method", "gbit_per_s", "from {:.0f} Gbit/s")
    chart = alt.layer(*layers, lines)
    return marks.finished(chart, "utilization", told, height=320)


# --- speed ---------------------------------------------------------------------------------------


def scaling(points: pd.DataFrame, curves: pd.DataFrame) -> marks.Chart:
    """MFU against how many accelerators share a batch: published points and fitted curves, by run.

    `points`: run, n_accel, crowding, mfu. `curves`: run, crowding, mfu, low, high. Beyond the last
    point of its run a curve is dashed: nobody has measured there.
    """
    points, curves = (
        data.assign(run=data["run"].map(_named), crowd=data["crowding"] * u.EXA)
        for data in (points, curves)
    )
    curves = marks.brief(curves, "run", "crowd", "mfu", "low", "high")
    seen = curves["run"].map(points.groupby("run")["crowd"].max())
    first, last = float(curves["crowd"].min()), float(curves["crowd"].max())
    x = alt.X("crowd:Q").title("accelerators for 10¹⁸ parameters × batch tokens")
    x = x.scale(type="log", domain=[first, last], nice=False)
    x = x.axis(values=[10**k for k in range(6) if first <= 10**k <= last], format=",d")
    low, mfu = (
        alt.Y(f"{end}:Q").title("MFU, of the dense BF16 peak").axis(format="%", **RIGHT)
        for end in ("low", "mfu")
    )
    fitted, beyond = (
        alt.Chart(part).mark_line(color=FEDERATION, strokeDash=dash)
        for part, dash in (
            (curves[curves["crowd"] <= seen], [1, 0]),
            (curves[curves["crowd"] >= seen], [5, 5]),
        )
    )
    band = alt.Chart(curves).mark_area(color=FEDERATION, tooltip=None)
    hollow = alt.Chart(points).mark_point(fill=PAPER, stroke=INK, strokeWidth=1.5, size=60)
    tips = ["run", "n_accel", alt.Tooltip("mfu:Q", format=".1%")]
    starts = curves.loc[curves.groupby("run")["crowd"].idxmin()]
    names = alt.Chart(starts).mark_text(align="right", dx=-6, tooltip=None)
    layers = [
        band.encode(y=low, y2="high:Q", detail="run:N"),
        fitted.encode(y=mfu, detail="run:N"),
        beyond.encode(y=mfu, detail="run:N"),
        hollow.encode(y=mfu, tooltip=tips),
        names.encode(y=mfu, text="run:N"),
    ]
    at = points.assign(at=points["n_accel"].map("{:,.0f} accelerators".format))
    runs = at.sort_values("crowd").groupby("run")
    ends = pd.concat([runs.head(1), runs.tail(1)])
    told = said.by(ends, "run", "For {}:", said.each, "at", "mfu", "reach an MFU of {:.1%}")
    chart = alt.layer(*(layer.encode(x=x) for layer in layers))
    return marks.finished(chart, "scaling", told, beside=150, height=280)


def _named(run: str) -> str:
    """The machine, the size and the precision of a published run: JUPITER, 32B, FP8."""
    return ", ".join(run.split("_")).upper()


# --- members -------------------------------------------------------------------------------------


def subset(data: pd.DataFrame) -> marks.Chart:
    """Net rate of the best federation of every size. Columns: sites, eflops."""
    best = np.where(data["eflops"] == data["eflops"].max(), FEDERATION, OTHERS)
    chart = marks.bars(
        data.assign(colour=best),
        alt.Y("sites:O", title="sites in the run"),
        alt.X("eflops:Q").title("rate in baseline FLOP, EFLOP/s").axis(tickCount=5),
        ".2f",
        color=alt.Color("colour:N", scale=None),
    )
    rate = "{:.2f} EFLOP/s"
    named = data.assign(named=data["sites"].map("{} in the run".format))
    ends = named[data["sites"].isin([data["sites"].min(), data["sites"].max()])]
    told = said.text(
        said.extremes("By the number of sites the rate goes from", named, "named", "eflops", rate),
        said.each("At the ends of the chart are:", ends, "named", "eflops", rate),
    )
    return marks.finished(chart, "subset", told, beside=50, height=20 * len(data))


def without(data: pd.DataFrame) -> marks.Chart:
    """What the best federation of the others loses of the rate. Columns: place, loss."""
    data = data.sort_values("loss", ascending=False, kind="stable")
    x = alt.X("loss:Q").title("rate lost without it").axis(format=".0%", tickCount=4)
    told = said.extremes("Without one place the rate falls by", data, "place", "loss", "{:.1%}")
    chart = marks.bars(data, marks.rows("place"), x, ".1%")
    return marks.finished(chart, "without", told, beside=150, height=22 * len(data))


def chain(data: pd.DataFrame) -> marks.Chart:
    """What is left of the catalogue peak, factor by factor. Columns: stage, eflops."""
    x = alt.X("eflops:Q").title("EFLOP/s").axis(tickCount=6)
    head = "From step to step there is left:"
    told = said.each(head, data, "stage", "eflops", "{:.1f} EFLOP/s")
    chart = marks.bars(data, marks.rows("stage"), x, ".1f")
    return marks.finished(chart, "chain", told, beside=170, height=30 * len(data))


# --- a run by the hour ---------------------------------------------------------------------------


def week(data: pd.DataFrame) -> marks.Chart:
    """What each site does in a week, one row a place.

    Columns: place, start_hours, end_hours, state; places keep the order of the table.
    """
    data = marks.brief(data, "place", "state", "start_hours", "end_hours")
    order = data["place"].drop_duplicates().tolist()
    x = alt.X("start_hours:Q").title("days").scale(domain=[0, HOURS], nice=False)
    states = alt.Color("state:N", scale=marks.meaning(STATES, STATES.values()))
    edges = [alt.Tooltip(f"{edge}_hours:Q", format=".1f") for edge in ("start", "end")]
    spans = (
        alt.Chart(data)
        .mark_bar(cornerRadiusEnd=0, height={"band": 0.72})
        .encode(
            x=x.axis(values=list(range(0, HOURS + 1, 24)), labelExpr="datum.value / 24"),
            x2="end_hours:Q",
            y=marks.rows("place", order),
            color=states.legend(columns=2),
            tooltip=["place", "state", *edges],
        )
    )
    hours = (data["end_hours"] - data["start_hours"]).groupby(data["state"]).sum()
    shares = (hours / hours.sum()).rename("share").rename_axis("state").reset_index()
    head = "Over the week the sites are:"
    told = said.each(head, shares, "state", "share", "{:.0%} of the hours")
    return marks.finished(spans, "week", told, beside=130, height=24 * len(order))


def days(data: pd.DataFrame) -> marks.Chart:
    """Days to the target, simulated and in closed form.

    Columns: row (the way of holding nodes), low, median, high, closed; the order is the table's.
    """
    data = data.assign(way=data["row"].map(WAYS))
    base = alt.Chart(data).encode(y=marks.rows("way"))
    x = alt.X("low:Q").title("days to Llama").scale(zero=False, padding=24).axis(tickCount=4)
    span = base.mark_rule(strokeWidth=7, opacity=0.35, strokeCap="round", color=FEDERATION)
    label = base.mark_text(dy=-20, fontWeight=600)
    key = alt.Chart(data.tail(1)).mark_text(dy=20, color=MUTED, text="closed form")
    chart = alt.layer(
        span.encode(x=x, x2="high:Q"),
        base.mark_tick(color=INK, thickness=2, size=24, opacity=1).encode(x="closed:Q"),
        base.mark_point(size=90, color=FEDERATION).encode(x="median:Q"),
        label.encode(x="median:Q", text=alt.Text("median:Q", format=".0f")),
        key.encode(x="closed:Q", y=alt.Y("way:N", sort=None)),
    )
    head = "In the median of the simulated runs the target takes:"
    told = said.each(head, data, "way", "median", "{:.0f} days")
    closed = said.each("In closed form it takes:", data, "way", "closed", "{:.0f} days")
    return marks.finished(chart, "days", told, closed, beside=130, height=62 * len(data))
