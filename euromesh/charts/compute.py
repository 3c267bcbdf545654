"""Charts of the public machines."""

from __future__ import annotations

import altair as alt
import pandas as pd

from euromesh.charts import said
from euromesh.charts.bars import bars
from euromesh.charts.shared import WIDTH, Chart, finished, meaning, step
from euromesh.charts.style import FEDERATION, INK, OTHERS


def hosts(data: pd.DataFrame, n: int) -> Chart:
    """Dense BF16 exaflops of the n largest places, operating and under contract.

    Lines show the range of the sum.
    """
    data = data.assign(rank=(data["status"] != "operating").astype(int))
    sums = data.groupby("city", as_index=False)[["low", "eflops", "high"]].sum()
    sums = sums.nlargest(n, "eflops")
    data = data[data["city"].isin(sums["city"])]
    city = alt.Y("city:N", sort=sums["city"].tolist(), title=None)
    peak = "dense BF16 peak, EFLOP/s"
    colours = meaning(["operating", "under contract"], [FEDERATION, OTHERS])
    drawn = alt.Chart(data).mark_bar().encode(
        y=city,
        x=alt.X("eflops:Q", title=peak),
        color=alt.Color("status:N", scale=colours),
        order=alt.Order("rank:Q"),
        tooltip=["city", "status", alt.Tooltip("eflops:Q", format=".1f")],
    )  # fmt: skip
    ranges = alt.Chart(sums[sums["low"] < sums["high"]]).mark_rule(color=INK, strokeWidth=1.5)
    return finished(
        drawn + ranges.encode(y=city, x=alt.X("low:Q", title=peak), x2="high:Q"),
        name="hosts",
        description=_said_hosts(data, sums),
        width=WIDTH - 90,
        height=step(len(sums), 22),
    )


def _said_hosts(data: pd.DataFrame, sums: pd.DataFrame) -> str:
    """The largest places, contracts counted, and what the largest of them operates."""
    running = data[data["status"] == "operating"].nlargest(1, "eflops")
    peak = "with {:.1f} EFLOP/s".format
    told = said.each(sums.head(5), "city", "eflops", peak)
    return said.text(
        said.sentence("Contracts counted, the largest places by dense BF16 peak are:", told),
        said.sentence("The most operates in", said.each(running, "city", "eflops", peak)),
    )


def chain(data: pd.DataFrame) -> Chart:
    """What is left of the catalogue peak, factor by factor. Columns: stage, eflops."""
    head = "From step to step there is left:"
    return bars(
        data, "stage", "eflops", name="chain", head=head, title="EFLOP/s", form=".1f",
        unit="EFLOP/s",
    )  # fmt: skip
