"""Bars that are read from their labels."""

from __future__ import annotations

import altair as alt
import pandas as pd

from euromesh.charts import said
from euromesh.charts.shared import WIDTH, Chart, finished, step
from euromesh.charts.style import FEDERATION

LABELS = 170  # pixels for the names of the bars
FEW = 12  # bars up to which each has more room


def bars(
    data: pd.DataFrame, label: str, value: str, *, name: str, head: str, title: str, form: str,
    unit: str = "",
) -> Chart:  # fmt: skip
    """A bar a row, in the order of the table, its value beside it; the head begins its text."""
    told = said.each(data, label, value, f"{{:{form}}} {unit}".rstrip().format)
    room = alt.Scale(domainMax=float(data[value].max()) * 1.15 if len(data) else 1.0)
    base = alt.Chart(data).encode(
        y=alt.Y(f"{label}:N", sort=None, title=None),
        x=alt.X(f"{value}:Q", title=title, scale=room, axis=alt.Axis(tickCount=6)),
        text=alt.Text(f"{value}:Q", format=form),
    )
    return finished(
        base.mark_bar(color=FEDERATION) + base.mark_text(align="left", dx=5),
        name=name,
        description=said.text(said.sentence(head, told)),
        width=WIDTH - LABELS,
        height=step(len(data), 30 if len(data) <= FEW else 22),
    )
