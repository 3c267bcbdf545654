"""What accelerators do less as more of them share one batch."""

from __future__ import annotations

import math

import altair as alt
import pandas as pd

from euromesh.charts import said
from euromesh.charts.shared import WIDTH, Chart, finished
from euromesh.charts.style import FEDERATION, INK, PAPER


def scaling(points: pd.DataFrame, curves: pd.DataFrame) -> Chart:
    """MFU against accelerators: published points and the curve fitted through them, by run.

    `points`: run, n_accel, mfu. `curves`: run, n_accel, mfu, low, high. Beyond the last point of
    its run a curve is dashed: nobody has measured there.
    """
    ends = points.groupby("run")["n_accel"].max()
    last = curves["run"].map(ends)
    fitted = alt.Chart(curves).mark_area(color=FEDERATION, tooltip=None)
    layers = [
        fitted.encode(x=_accelerators(curves), y=_mfu("low"), y2="high:Q", detail="run:N"),
        _line(curves[curves["n_accel"] <= last], curves, dash=[1, 0]),
        _line(curves[curves["n_accel"] >= last], curves, dash=[5, 5]),
        *_published(points, curves),
    ]
    return finished(
        alt.layer(*layers),
        width=WIDTH - 70,
        height=280,
        name="scaling",
        description=_said_scaling(points),
    )


def _said_scaling(points: pd.DataFrame) -> str:
    """The MFU at the first and the last published point of each run."""
    named = points.assign(at=points["n_accel"].map("{:,.0f} accelerators".format))

    def told(run: str, rows: pd.DataFrame) -> str:
        ends = said.each(rows.iloc[[0, -1]], "at", "mfu", "reach an MFU of {:.1%}".format)
        return said.sentence(f"For {run}:", ends)

    return said.by(named.sort_values("n_accel"), "run", told)


def _accelerators(curves: pd.DataFrame) -> alt.X:
    """Accelerators, a decade a tick."""
    first, last = float(curves["n_accel"].min()), float(curves["n_accel"].max())
    decades = [10**k for k in range(math.ceil(math.log10(first)), 1 + int(math.log10(last)))]
    scale = alt.Scale(type="log", domain=[first, last], nice=False)
    axis = alt.Axis(values=decades, format=",d")
    return alt.X("n_accel:Q", title="accelerators", scale=scale, axis=axis)


def _mfu(column: str) -> alt.Y:
    """A column of MFU, from zero."""
    axis = alt.Axis(format="%", tickCount=6)
    return alt.Y(f"{column}:Q", title="MFU, of the dense BF16 peak", axis=axis)


def _line(part: pd.DataFrame, curves: pd.DataFrame, dash: list[int]) -> alt.Chart:
    """A part of each fitted curve."""
    line = alt.Chart(part).mark_line(color=FEDERATION, strokeDash=dash)
    drawn: alt.Chart = line.encode(x=_accelerators(curves), y=_mfu("mfu"), detail="run:N")
    return drawn


def _published(points: pd.DataFrame, curves: pd.DataFrame) -> list[alt.Chart]:
    """The published points, hollow, and the name of each run below its first."""
    x, y = _accelerators(curves), _mfu("mfu")
    hollow = alt.Chart(points).mark_point(fill=PAPER, stroke=INK, strokeWidth=1.5, size=60)
    first = alt.Chart(points.loc[points.groupby("run")["n_accel"].idxmin()])
    name = first.mark_text(align="left", dx=-4, dy=19, fontWeight=600, tooltip=None)
    return [
        hollow.encode(x=x, y=y, tooltip=["run", "n_accel", alt.Tooltip("mfu:Q", format=".1%")]),
        name.encode(x=x, y=y, text="run:N"),
    ]
