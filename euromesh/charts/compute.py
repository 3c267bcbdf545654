"""Charts of the public machines."""

from __future__ import annotations

import altair as alt
import pandas as pd

from euromesh.charts import said
from euromesh.charts.shared import WIDTH, Chart, finished, meaning, step
from euromesh.charts.style import FEDERATION, INK, OTHERS


def hosts(data: pd.DataFrame) -> Chart:
    """Dense BF16 exaflops by place, operating and under contract, with the range of the sum.

    Columns: city, status (`operating` or `under contract`), low, eflops, high.
    """
    data = data.assign(rank=(data["status"] != "operating").astype(int))
    sums = data.groupby("city", as_index=False)[["low", "eflops", "high"]].sum()
    order = sums.sort_values("eflops", ascending=False)["city"].tolist()
    city = alt.Y("city:N", sort=order, title=None)
    peak = "dense BF16 peak, EFLOP/s"
    bars = (
        alt.Chart(data)
        .mark_bar()
        .encode(
            y=city,
            x=alt.X("eflops:Q", title=peak),
            color=alt.Color(
                "status:N", scale=meaning(["operating", "under contract"], [FEDERATION, OTHERS])
            ),
            order=alt.Order("rank:Q"),
            tooltip=["city", "status", alt.Tooltip("eflops:Q", format=".1f")],
        )
    )
    ranges = alt.Chart(sums[sums["low"] < sums["high"]]).encode(y=city)
    return finished(
        bars
        + ranges.mark_rule(color=INK, strokeWidth=1.5).encode(
            x=alt.X("low:Q", title=peak), x2="high:Q"
        ),
        name="hosts",
        description=_said_hosts(data),
        width=WIDTH - 90,
        height=step(len(order), 22),
    )


def _said_hosts(data: pd.DataFrame) -> str:
    """The largest places, contracts counted, and what the largest of them operates."""
    sums = data.groupby("city")["eflops"].sum().reset_index()
    largest = sums.nlargest(5, "eflops")
    running = data[data["status"] == "operating"].nlargest(1, "eflops")
    peak = "with {:.1f} EFLOP/s".format
    told = said.each(largest, "city", "eflops", peak)
    return said.text(
        said.sentence("Contracts counted, the largest places by dense BF16 peak are:", told),
        said.sentence("The most operates in", said.each(running, "city", "eflops", peak)),
    )
