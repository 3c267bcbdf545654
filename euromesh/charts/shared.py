"""Pieces that several charts share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import altair as alt
import pandas as pd

Chart: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart

WIDTH = 620


def meaning(domain: Sequence[str], colours: Sequence[str]) -> alt.Scale:
    """A colour scale that names its categories."""
    return alt.Scale(domain=list(domain), range=list(colours))


def step(rows: int, pixels: int = 26) -> int:
    """Height of a chart with one row a category."""
    return rows * pixels


def end_labels(data: pd.DataFrame, x: str, y: str, label: str, **mark: Any) -> alt.Chart:
    """The name of each line, written at its last point."""
    last = data.loc[data.groupby(label)[x].idxmax()]
    return (
        alt.Chart(last)
        .mark_text(align="left", dx=6, **mark)
        .encode(x=alt.X(x), y=alt.Y(y), text=alt.Text(label))
    )
