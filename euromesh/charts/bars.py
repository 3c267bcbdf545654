"""Bars that are read from their labels."""

from __future__ import annotations

import altair as alt
import pandas as pd

from euromesh.charts.shared import WIDTH, Chart, finished, step
from euromesh.charts.style import FEDERATION


def bars(
    data: pd.DataFrame,
    label: str,
    value: str,
    *,
    name: str,
    description: str,
    title: str,
    form: str,
    top: float,
    margin: int,
) -> Chart:
    """A bar a row, in the order of the table, with its value beside it; the axis ends at `top`."""
    base = alt.Chart(data).encode(
        y=alt.Y(f"{label}:N", sort=None, title=None),
        x=alt.X(f"{value}:Q", title=title, scale=alt.Scale(domainMax=top if len(data) else 1.0)),
    )
    text = alt.Text(f"{value}:Q", format=form)
    return finished(
        base.mark_bar(color=FEDERATION) + base.mark_text(align="left", dx=5).encode(text=text),
        name=name,
        description=description,
        width=WIDTH - margin,
        height=step(len(data), 30 if len(data) < 12 else 22),
    )
