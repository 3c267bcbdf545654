"""The rival penalty laws beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import altair as alt
import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from euromesh.charts import said
from euromesh.charts.shared import Chart
from euromesh.charts.style import FEDERATION, INK, MUTED, OTHERS, PAPER

PANEL: Final = 84  # pixels; four stand in a page 620 wide, with the names of the laws beside them
HEIGHT: Final = 270
LINE: Final = 15  # pixels from one label to the next
MARGIN: Final = 0.08  # of kappa, above and below what is drawn
POINT: Final = 45


@dataclass(frozen=True, slots=True)
class Frame:
    """What one panel spans; all panels span the same."""

    most: float  # replicas
    low: float  # kappa
    high: float
    y_title: str

    @property
    def x(self) -> alt.X:
        """Replicas, doubling."""
        doublings = [2**k for k in range(1 + int(np.log2(self.most)))]
        return alt.X(
            "n_replicas:Q",
            title="replicas M",
            scale=alt.Scale(type="log", base=2, domain=[1, self.most], nice=False),
            axis=alt.Axis(values=doublings, format="d", labelFlush=False),
        )

    def y(self, column: str) -> alt.Y:
        """A column of penalties."""
        scale = alt.Scale(domain=[self.low, self.high], nice=False)
        return alt.Y(f"{column}:Q", title=self.y_title, scale=scale, axis=alt.Axis(format=".1f"))

    def beside(self, points: pd.DataFrame) -> pd.DataFrame:
        """The same points with heights for labels that do not cover each other."""
        gap = LINE * (self.high - self.low) / HEIGHT
        return points.assign(kappa=spread(points["kappa"], gap))


def penalties(data: pd.DataFrame, measured: pd.DataFrame, central: str) -> alt.HConcatChart:
    """kappa against the number of replicas: the measured points, then one panel a model size.

    `data`: size (the heading of its panel), law, n_replicas, kappa, low and high, which are drawn
    for the central law and may be blank, and measured: nobody has measured more replicas at that
    size, so the part beyond is shaded. `measured`: name, n_replicas, kappa; they stand beside the
    central law in a panel of their own.
    """
    data, central = data.assign(law=data["law"].map(_spoken)), _spoken(central)
    most = float(data["n_replicas"].max())
    seen = measured[measured["n_replicas"] <= most]
    drawn = pd.concat([data["kappa"], data["low"], data["high"], seen["kappa"]])
    low, high = drawn.min() - MARGIN, drawn.max() + MARGIN
    sizes = list(dict.fromkeys(data["size"]))
    frame = Frame(most, low, high, "FLOP penalty κ")
    ours = data[(data["size"] == sizes[0]) & (data["law"] == central)]
    panels = [_panel([*_laws(frame, ours, central), *_points(frame, seen)], "measured")]
    for size in sizes:
        frame = Frame(most, low, high, "")
        lines = data[data["size"] == size]
        layers = [*_unmeasured(frame, lines["measured"].max()), *_laws(frame, lines, central)]
        layers += _law_names(frame, lines, central) if size == sizes[-1] else []
        panels.append(_panel(layers, size))
    whole: alt.HConcatChart = alt.hconcat(*panels, spacing=8)
    return whole.properties(
        name="penalties_by_size", description=_said_penalties(data, seen, central)
    )


def _said_penalties(data: pd.DataFrame, measured: pd.DataFrame, central: str) -> str:
    """The laws at the right end of the last panel, and the range of what was measured."""
    laws = said.last(data[data["size"].isin(data["size"].tail(1))], "law", "n_replicas")
    factor = "{:.2f}".format
    ours = said.each(laws[laws["law"] == central], "law", "kappa", "at {:.2f}".format)
    at = laws.head(1)["n_replicas"].map("With {:.0f} replicas the penalty goes from".format)
    return said.text(
        said.sentence(at.sum(), said.extremes(laws, "law", "kappa", factor)),
        said.sentence("Our central law is", ours),
        said.sentence("Measured were", said.extremes(measured, "name", "kappa", factor)),
    )


def _spoken(law: str) -> str:
    return law.replace("_", " ")


def spread(heights: pd.Series, gap: float) -> pd.Series:
    """Heights moved at least `gap` apart: in the same order, and as little as squares allow."""
    rising = heights.sort_values()
    steps = gap * np.arange(len(rising))
    return pd.Series(isotonic_regression(rising.to_numpy() - steps).x + steps, index=rising.index)


def _panel(layers: list[alt.Chart], size: str) -> Chart:
    """The layers under the heading of their size."""
    heading = alt.TitleParams(size, anchor="start", frame="group", fontSize=12, color=INK, offset=6)
    return alt.layer(*layers).properties(width=PANEL, height=HEIGHT, title=heading)


def _unmeasured(frame: Frame, start: float) -> list[alt.Chart]:
    """The part of a panel where nobody has measured."""
    base = alt.Chart(pd.DataFrame({"n_replicas": [start], "end": [frame.most]}))
    area = base.mark_rect(color=OTHERS, opacity=0.2, tooltip=None).encode(x=frame.x, x2="end:Q")
    text = base.mark_text(
        text=["not measured", "at this size"],
        align="left",
        baseline="top",
        dx=3,
        fontSize=10,
        color=MUTED,
    )
    return [area, text.encode(x=frame.x, y=alt.value(4))]


def _laws(frame: Frame, lines: pd.DataFrame, central: str) -> list[alt.Chart]:
    """One line a law; the central one heavy, with its range."""
    others = alt.Chart(lines[lines["law"] != central]).mark_line(color=MUTED, strokeWidth=1.5)
    ours = alt.Chart(lines[lines["law"] == central]).encode(x=frame.x)
    return [
        ours.mark_area(color=FEDERATION, tooltip=None).encode(y=frame.y("low"), y2="high:Q"),
        others.encode(x=frame.x, y=frame.y("kappa"), detail="law:N"),
        ours.mark_line(color=FEDERATION, strokeWidth=3).encode(y=frame.y("kappa")),
    ]


def _points(frame: Frame, seen: pd.DataFrame) -> list[alt.Chart]:
    """The measured penalties, hollow; the last of each name is named."""
    hollow = alt.Chart(seen).mark_point(fill=PAPER, stroke=INK, strokeWidth=1.5, size=POINT)
    points = hollow.encode(x=frame.x, y=frame.y("kappa"), tooltip=["name", "n_replicas", "kappa"])
    last = frame.beside(seen.loc[seen.groupby("name")["n_replicas"].idxmax()])
    return [points, *_text(frame, last, "name", INK)]


def _law_names(frame: Frame, lines: pd.DataFrame, central: str) -> list[alt.Chart]:
    """The name of each law at the end of its line."""
    last = frame.beside(lines.loc[lines.groupby("law")["n_replicas"].idxmax()])
    ours = last["law"] == central
    return [
        *_text(frame, last[~ours], "law", MUTED),
        *_text(frame, last[ours], "law", FEDERATION),
    ]


def _text(frame: Frame, data: pd.DataFrame, column: str, colour: str) -> list[alt.Chart]:
    """Labels to the right of their points, on a halo of paper."""
    base = alt.Chart(data).encode(x=frame.x, y=frame.y("kappa"), text=f"{column}:N")
    return [
        base.mark_text(
            align="left", dx=7, color=PAPER, stroke=PAPER, strokeWidth=3, strokeJoin="round"
        ),
        base.mark_text(align="left", dx=7, color=colour),
    ]
