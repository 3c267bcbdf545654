"""The rival penalty laws beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import altair as alt
import numpy as np
import pandas as pd

from euromesh.charts import marks, said
from euromesh.charts.style import FEDERATION, INK, MUTED, OTHERS, PAPER

PANEL: Final = 84  # pixels; four stand in a page 620 wide, with the names of the laws beside them
HEIGHT: Final = 270
LINE: Final = 15  # pixels from one label to the next
MARGIN: Final = 0.08  # of kappa, above and below what is drawn


@dataclass(frozen=True, slots=True)
class Frame:
    """What one panel spans; all panels span the same."""

    most: float  # replicas
    low: float  # kappa
    high: float
    y_title: str = ""

    @property
    def x(self) -> alt.X:
        """Replicas, doubling."""
        x = alt.X("n_replicas:Q").title("replicas M")
        x = x.scale(type="log", base=2, domain=[1, self.most], nice=False)
        doublings = [2**k for k in range(1 + int(np.log2(self.most)))]
        return x.axis(values=doublings, format="d", labelFlush=False)

    def y(self, column: str = "kappa") -> alt.Y:
        """A column of penalties."""
        y = alt.Y(f"{column}:Q").title(self.y_title).axis(format=".1f")
        return y.scale(domain=[self.low, self.high], nice=False)

    def beside(self, points: pd.DataFrame) -> pd.DataFrame:
        """The same points with heights for labels that do not cover each other."""
        gap = LINE * (self.high - self.low) / HEIGHT
        return points.assign(kappa=marks.spread(points["kappa"], gap))


def penalties(data: pd.DataFrame, measured: pd.DataFrame, central: str) -> alt.HConcatChart:
    """kappa against the number of replicas: the measured points, then one panel a model size.

    `data`: size (the heading of its panel), law, n_replicas, kappa, low and high, which are drawn
    for the central law and may be blank, and measured: nobody has measured more replicas at that
    size, so the part beyond is shaded. `measured`: name, n_replicas, kappa; they stand beside the
    central law in a panel of their own.
    """
    data, central = data.assign(law=data["law"].str.replace("_", " ")), central.replace("_", " ")
    most = float(data["n_replicas"].max())
    seen = measured[measured["n_replicas"] <= most]
    drawn = pd.concat([data["kappa"], data["low"], data["high"], seen["kappa"]])
    span = (most, drawn.min() - MARGIN, drawn.max() + MARGIN)
    sizes = list(dict.fromkeys(data["size"]))
    first = Frame(*span, "FLOP penalty κ")
    ours = data[(data["size"] == sizes[0]) & (data["law"] == central)]
    panels = [_panel([*_laws(first, ours, central), *_points(first, seen)], "measured")]
    frame = Frame(*span)
    for size in sizes:
        lines = data[data["size"] == size]
        layers = [*_unmeasured(frame, lines["measured"].max()), *_laws(frame, lines, central)]
        if size == sizes[-1]:
            ends = frame.beside(marks.last(lines, "law"))
            ours = ends["law"] == central
            layers += _text(frame, ends[~ours], "law", MUTED)
            layers += _text(frame, ends[ours], "law", FEDERATION)
        panels.append(_panel(layers, size))
    whole: alt.HConcatChart = alt.hconcat(*panels, spacing=8)
    return whole.properties(name="penalties_by_size", description=_told(data, seen, central))


def _told(data: pd.DataFrame, measured: pd.DataFrame, central: str) -> str:
    """The laws at the right end of the last panel, and the range of what was measured."""
    laws = marks.last(data[data["size"] == data["size"].iloc[-1]], "law")
    factor = "{:.2f}".format
    ours = said.each(laws[laws["law"] == central], "law", "kappa", "at {:.2f}".format)
    return said.text(
        (
            f"With {laws['n_replicas'].iloc[0]:.0f} replicas the penalty goes from",
            said.extremes(laws, "law", "kappa", factor),
        ),
        ("Our central law is", ours),
        ("Measured were", said.extremes(measured, "name", "kappa", factor)),
    )


def _panel(layers: list[alt.Chart], size: str) -> marks.Chart:
    """The layers under the heading of their size."""
    heading = alt.TitleParams(size, anchor="start", frame="group", fontSize=12, color=INK, offset=6)
    return alt.layer(*layers).properties(width=PANEL, height=HEIGHT, title=heading)


def _unmeasured(frame: Frame, start: float) -> list[alt.Chart]:
    """The part of a panel where nobody has measured."""
    base = alt.Chart(pd.DataFrame({"n_replicas": [start], "end": [frame.most]}))
    area = base.mark_rect(color=OTHERS, opacity=0.2, tooltip=None).encode(x=frame.x, x2="end:Q")
    words = ["not measured", "at this size"]
    text = base.mark_text(text=words, align="left", baseline="top", dx=3, fontSize=10, color=MUTED)
    return [area, text.encode(x=frame.x, y=alt.value(4))]


def _laws(frame: Frame, lines: pd.DataFrame, central: str) -> list[alt.Chart]:
    """One line a law; the central one heavy, with its range."""
    others = alt.Chart(lines[lines["law"] != central]).mark_line(color=MUTED, strokeWidth=1.5)
    ours = alt.Chart(lines[lines["law"] == central]).encode(x=frame.x)
    return [
        ours.mark_area(color=FEDERATION, tooltip=None).encode(y=frame.y("low"), y2="high:Q"),
        others.encode(x=frame.x, y=frame.y(), detail="law:N"),
        ours.mark_line(color=FEDERATION, strokeWidth=3).encode(y=frame.y()),
    ]


def _points(frame: Frame, seen: pd.DataFrame) -> list[alt.Chart]:
    """The measured penalties, hollow; the last of each name is named."""
    hollow = alt.Chart(seen).mark_point(fill=PAPER, stroke=INK, strokeWidth=1.5, size=45)
    points = hollow.encode(x=frame.x, y=frame.y(), tooltip=["name", "n_replicas", "kappa"])
    return [points, *_text(frame, frame.beside(marks.last(seen, "name")), "name", INK)]


def _text(frame: Frame, data: pd.DataFrame, column: str, colour: str) -> list[alt.Chart]:
    """Labels to the right of their points, on a halo of paper."""
    base = alt.Chart(data).encode(x=frame.x, y=frame.y(), text=f"{column}:N")
    halo = base.mark_text(
        align="left", dx=7, color=PAPER, stroke=PAPER, strokeWidth=3, strokeJoin="round"
    )
    return [halo, base.mark_text(align="left", dx=7, color=colour)]
