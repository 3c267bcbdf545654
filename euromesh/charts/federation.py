"""Charts of the federation: its network, its members, and whom it could do without."""

from __future__ import annotations

import altair as alt
import pandas as pd

from euromesh.charts import said
from euromesh.charts.shared import WIDTH, Chart, finished, meaning, step
from euromesh.charts.style import FEDERATION, MUTED, OTHERS

METHODS = ["data-parallel", "DiLoCo", "streaming, 16 bits", "streaming, 8 bits", "planned"]
METHOD_COLOURS = [OTHERS, MUTED, FEDERATION, FEDERATION, FEDERATION]
METHOD_DASHES = [[1, 0], [1, 0], [2, 3], [6, 3], [1, 0]]
FASTEST = 3000  # Gbit/s drawn
BUSY = 0.95  # of the compute: nearly all


def utilization(data: pd.DataFrame, known: pd.DataFrame) -> Chart:
    """Compute utilisation against the rate of a site, with the rates that are known or assumed.

    Columns: gbit_per_s, method, utilization; of `known`: gbit_per_s, label.
    """
    x = alt.X(
        "gbit_per_s:Q",
        title="achieved per site, Gbit/s",
        scale=alt.Scale(type="log", domain=[1, FASTEST], nice=False, clamp=True),
        axis=alt.Axis(values=[1, 3, 10, 30, 100, 300, 1000], format=",d"),
    )
    lines = (
        alt.Chart(data)
        .mark_line(clip=True)
        .encode(
            x=x,
            y=alt.Y("utilization:Q", title="compute utilisation", axis=alt.Axis(format="%")),
            color=alt.Color(
                "method:N",
                scale=meaning(METHODS, METHOD_COLOURS),
                legend=alt.Legend(columns=2, offset=36),
            ),
            strokeDash=alt.StrokeDash(
                "method:N", scale=alt.Scale(domain=METHODS, range=METHOD_DASHES)
            ),
        )
    )
    marks = alt.Chart(known)
    rules = marks.mark_rule(color=OTHERS, strokeDash=[2, 3]).encode(x=x)
    names = [
        alt.Chart(known.iloc[row::2])
        .mark_text(dy=dy, color=MUTED, fontSize=11)
        .encode(x=x, y=alt.value(0), text="label")
        for row, dy in ((0, -8), (1, -22))  # neighbours in two rows: a phone has no room for one
    ]
    return finished(
        alt.layer(rules, lines, *names),
        width=WIDTH,
        height=320,
        name="utilization",
        description=_said_utilization(data),
    )


def _said_utilization(data: pd.DataFrame) -> str:
    """The rate from which each method keeps nearly all compute busy."""
    rates = said.reached(data, "method", "gbit_per_s", "utilization", BUSY)
    told = said.each(rates, "method", "gbit_per_s", "from {:.0f} Gbit/s".format)
    head = f"At {FASTEST} Gbit/s a site or less, {BUSY:.0%} of the compute stays busy with:"
    return said.text(said.sentence(head, told))


def subset(data: pd.DataFrame) -> Chart:
    """Net rate of the best federation of every size. Columns: sites, eflops."""
    best = data["eflops"] == data["eflops"].max()
    base = alt.Chart(data.assign(best=best)).encode(
        y=alt.Y("sites:O", title="sites in the run"),
        x=alt.X(
            "eflops:Q",
            title="rate in baseline FLOP, EFLOP/s",
            scale=alt.Scale(domainMax=float(data["eflops"].max()) * 1.15),
            axis=alt.Axis(tickCount=5),
        ),
    )
    bars = base.mark_bar().encode(
        color=alt.condition(alt.datum.best, alt.value(FEDERATION), alt.value(OTHERS))
    )
    labels = base.mark_text(align="left", dx=5).encode(text=alt.Text("eflops:Q", format=".2f"))
    return finished(
        (bars + labels),
        width=WIDTH - 50,
        height=step(len(data), 20),
        name="subset",
        description=_said_subset(data),
    )


def _said_subset(data: pd.DataFrame) -> str:
    """The best number of sites, and both ends."""
    rate = "{:.2f} EFLOP/s".format
    named = data.assign(named=data["sites"].map("{} in the run".format))
    ends = named[data["sites"].isin([data["sites"].min(), data["sites"].max()])]
    span = said.extremes(named, "named", "eflops", rate)
    return said.text(
        said.sentence("By the number of sites the rate goes from", span),
        said.sentence("At the ends of the chart are:", said.each(ends, "named", "eflops", rate)),
    )


def without(data: pd.DataFrame) -> Chart:
    """What the best federation of the others loses of the rate. Columns: place, loss."""
    base = alt.Chart(data).encode(
        y=alt.Y("place:N", sort=data["place"].tolist(), title=None),
        x=alt.X(
            "loss:Q",
            title="rate lost without it",
            scale=alt.Scale(domain=[0, float(data["loss"].max()) * 1.25]),
            axis=alt.Axis(format=".0%", tickCount=4),
        ),
    )
    bars = base.mark_bar(color=FEDERATION)
    labels = base.mark_text(align="left", dx=5).encode(text=alt.Text("loss:Q", format=".1%"))
    return finished(
        (bars + labels),
        width=WIDTH - 150,
        height=step(len(data), 22),
        name="without",
        description=_said_without(data),
    )


def _said_without(data: pd.DataFrame) -> str:
    """The places that matter least and most."""
    lost = said.extremes(data, "place", "loss", "{:.1%}".format)
    return said.text(said.sentence("Without one place the rate falls by", lost))
