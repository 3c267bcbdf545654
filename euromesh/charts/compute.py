"""Charts of the public machines."""

from __future__ import annotations

import altair as alt
import pandas as pd

from euromesh.charts.shared import WIDTH, Chart, finished, meaning, step
from euromesh.charts.style import FEDERATION, OTHERS


def hosts(data: pd.DataFrame, description: str) -> Chart:
    """Dense BF16 exaflops by place: operating and under contract.

    Columns: city, status (`operating` or `under contract`), eflops.
    """
    data = data.assign(rank=(data["status"] != "operating").astype(int))
    order = data.groupby("city")["eflops"].sum().sort_values(ascending=False).index.tolist()
    return finished(
        (
            alt.Chart(data)
            .mark_bar()
            .encode(
                y=alt.Y("city:N", sort=order, title=None),
                x=alt.X("eflops:Q", title="dense BF16 peak, EFLOP/s"),
                color=alt.Color(
                    "status:N",
                    scale=meaning(["operating", "under contract"], [FEDERATION, OTHERS]),
                ),
                order=alt.Order("rank:Q"),
                tooltip=["city", "status", alt.Tooltip("eflops:Q", format=".1f")],
            )
        ),
        name="hosts",
        description=description,
        width=WIDTH - 90,
        height=step(len(order)),
    )


def chain(data: pd.DataFrame, description: str) -> Chart:
    """What is left of the catalogue peak, factor by factor. Columns: stage, eflops."""
    base = alt.Chart(data).encode(
        y=alt.Y("stage:N", sort=None, title=None),
        x=alt.X(
            "eflops:Q",
            title="EFLOP/s",
            scale=alt.Scale(domainMax=float(data["eflops"].max()) * 1.2),
        ),
    )
    bars = base.mark_bar(color=FEDERATION)
    labels = base.mark_text(align="left", dx=5).encode(text=alt.Text("eflops:Q", format=".1f"))
    return finished(
        (bars + labels),
        width=WIDTH - 170,
        height=step(len(data), 30),
        name="chain",
        description=description,
    )
