"""Charts of the public machines."""

from __future__ import annotations

import altair as alt
import pandas as pd

from euromesh.charts import marks, said
from euromesh.charts.style import FEDERATION, INK, OTHERS


def hosts(data: pd.DataFrame, n: int) -> marks.Chart:
    """Dense BF16 exaflops of the n largest places, operating and under contract.

    Lines show the range of the sum.
    """
    data = data.assign(rank=(data["status"] != "operating").astype(int))
    sums = data.groupby("city", as_index=False)[["low", "eflops", "high"]].sum()
    sums = sums.nlargest(n, "eflops")
    data = data[data["city"].isin(sums["city"])]
    city, title = marks.rows("city", sums["city"].tolist()), "dense BF16 peak, EFLOP/s"
    colours = marks.meaning(["operating", "under contract"], [FEDERATION, OTHERS])
    drawn = (
        alt.Chart(data)
        .mark_bar()
        .encode(
            y=city,
            x=alt.X("eflops:Q", title=title),
            color=alt.Color("status:N", scale=colours),
            order=alt.Order("rank:Q"),
            tooltip=["city", "status", alt.Tooltip("eflops:Q", format=".1f")],
        )
    )
    ranges = alt.Chart(sums[sums["low"] < sums["high"]]).mark_rule(color=INK, strokeWidth=1.5)
    running = data[data["status"] == "operating"].nlargest(1, "eflops")
    peak = "with {:.1f} EFLOP/s"
    head = "Contracts counted, the largest places by dense BF16 peak are:"
    told = said.each(head, sums.head(5), "city", "eflops", peak)
    most = said.each("The most operates in", running, "city", "eflops", peak)
    chart = drawn + ranges.encode(y=city, x=alt.X("low:Q", title=title), x2="high:Q")
    return marks.finished(chart, "hosts", told, most, beside=90, height=22 * len(sums))
