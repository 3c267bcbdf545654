"""The rival penalty laws beside what was measured."""

from __future__ import annotations

from typing import Final

import altair as alt
import numpy as np
import pandas as pd

from euromesh.charts import marks, said
from euromesh.charts.style import FEDERATION, INK, MUTED, OTHERS, PAPER

PANEL: Final = 205  # pixels; two stand in a page 620 wide, with names beside them
HEIGHT: Final = 270
LINE: Final = 15  # pixels from one label to the next
MARGIN: Final = 0.08  # of kappa, above and below what is drawn


def penalties(data: pd.DataFrame, measured: pd.DataFrame, central: str) -> alt.HConcatChart:
    """kappa against the number of replicas: the measured points, then the largest model.

    `data`: size, law, n_replicas, kappa, low and high, which are drawn
    for the central law and may be blank, and measured: nobody has measured more replicas at that
    size, so the part beyond is shaded. `measured`: name, n_replicas, kappa; they stand beside the
    central law of the smallest size.
    """
    data, central = data.assign(law=data["law"].str.replace("_", " ")), central.replace("_", " ")
    most = float(data["n_replicas"].max())
    seen = measured[measured["n_replicas"] <= most]
    drawn = pd.concat([data["kappa"], data["low"], data["high"], seen["kappa"]])
    span = [drawn.min() - MARGIN, drawn.max() + MARGIN]
    gap = LINE * (span[1] - span[0]) / HEIGHT
    x = alt.X("n_replicas:Q").title("replicas M")
    x = x.scale(type="log", base=2, domain=[1, most], nice=False)
    x = x.axis(values=[2**k for k in range(1 + int(np.log2(most)))], format="d", labelFlush=False)
    y = alt.Y("kappa:Q").scale(domain=span, nice=False).axis(format=".1f")
    sizes = data["size"].unique().tolist()
    ours = data[(data["size"] == sizes[0]) & (data["law"] == central)]
    ours = ours[ours["n_replicas"] <= seen["n_replicas"].max()]
    hollow = alt.Chart(seen).mark_point(fill=PAPER, stroke=INK, strokeWidth=1.5, size=45)
    points = hollow.encode(tooltip=["name", "n_replicas", "kappa"])
    names = _names(_ends(seen, "name", gap), "name", INK)
    lines = data[data["size"] == sizes[-1]]
    ends = _ends(lines, "law", gap)
    is_ours = ends["law"] == central
    layers = {
        "measured, smaller models": [*_laws(ours, central), points, *names],
        f"{sizes[-1]}, by law": [
            *_unmeasured(lines["measured"].max(), most),
            *_laws(lines, central),
            *_names(ends[~is_ours], "law", MUTED),
            *_names(ends[is_ours], "law", FEDERATION),
        ],
    }
    panels: list[alt.LayerChart | alt.FacetChart] = []
    for size, layer in layers.items():
        heading = alt.TitleParams(
            size, anchor="start", frame="group", fontSize=12, color=INK, offset=6
        )
        whole = alt.layer(*layer).encode(x=x, y=y.title("FLOP penalty κ" if not panels else ""))
        panels.append(whole.properties(width=PANEL, height=HEIGHT, title=heading))
    return alt.hconcat(*panels, spacing=8).properties(
        name="penalties_by_size", description=_told(lines, seen, central)
    )


def _told(lines: pd.DataFrame, measured: pd.DataFrame, central: str) -> str:
    """The laws at the right end of the last panel, and the range of what was measured."""
    laws = marks.last(lines, "law")
    head = f"With {laws['n_replicas'].iloc[0]:.0f} replicas the penalty goes from"
    ours = laws[laws["law"] == central]
    return said.text(
        said.extremes(head, laws, "law", "kappa", "{:.2f}"),
        said.each("Our central law is", ours, "law", "kappa", "at {:.2f}"),
        said.extremes("Measured were", measured, "name", "kappa", "{:.2f}"),
    )


def _unmeasured(start: float, most: float) -> list[alt.Chart]:
    """The part of a panel where nobody has measured."""
    base = alt.Chart(pd.DataFrame({"n_replicas": [start], "end": [most]}))
    area = base.mark_rect(color=OTHERS, opacity=0.2, tooltip=None)
    text = base.mark_text(text="not measured", align="left", baseline="top", dx=4, color=MUTED)
    return [
        area.encode(x2="end:Q", y=alt.value(0), y2=alt.value(HEIGHT)),
        text.encode(y=alt.value(4)),
    ]


def _laws(lines: pd.DataFrame, central: str) -> list[alt.Chart]:
    """One line a law; the central one heavy, with its range."""
    others = alt.Chart(lines[lines["law"] != central]).mark_line(color=MUTED, strokeWidth=1.5)
    ours = alt.Chart(lines[lines["law"] == central])
    band = ours.mark_area(color=FEDERATION, tooltip=None)
    return [
        band.encode(y=alt.Y("low:Q"), y2="high:Q"),
        others.encode(detail="law:N"),
        ours.mark_line(color=FEDERATION, strokeWidth=3),
    ]


def _ends(points: pd.DataFrame, column: str, gap: float) -> pd.DataFrame:
    """The last point of each, at heights at which their labels do not cover each other."""
    ends = marks.last(points, column)
    return ends.assign(kappa=marks.spread(ends["kappa"], gap))


def _names(ends: pd.DataFrame, column: str, colour: str) -> list[alt.Chart]:
    """Labels to the right of their points, on a halo of paper."""
    base = alt.Chart(ends).encode(text=f"{column}:N")
    halo: marks.Look = {"stroke": PAPER, "strokeWidth": 3, "strokeJoin": "round"}
    return [
        base.mark_text(align="left", dx=7, color=PAPER, **halo),
        base.mark_text(align="left", dx=7, color=colour),
    ]
