"""Lines of the routes over time, with the name of each at its end."""

from __future__ import annotations

from typing import Final

import altair as alt
import pandas as pd

from euromesh.charts.penalty import spread
from euromesh.charts.race import route_colour, route_dash
from euromesh.charts.style import INK

LINE: Final = 17  # pixels from one name to the next
LEADER: Final = pd.Timedelta(days=150)  # from the end of a line to its name


def years() -> alt.X:
    """Dates on an axis with every second year."""
    axis = alt.Axis(format="%Y", tickCount=alt.TimeIntervalStep(interval="year", step=2))
    return alt.X("date:T", title=None, axis=axis, scale=alt.Scale(nice=False))


def last(data: pd.DataFrame) -> pd.DataFrame:
    """The last row of each route."""
    return data.loc[data.groupby("route", sort=False)["date"].idxmax()] if len(data) else data


def apart(heights: pd.Series[float], span: tuple[float, float], pixels: int) -> pd.Series[float]:
    """Heights for names that do not cover each other, within what is drawn so many pixels high."""
    if heights.empty:
        return heights
    return spread(heights.clip(*span), LINE * (span[1] - span[0]) / pixels)


def beside(data: pd.DataFrame, column: str, heights: pd.Series[float]) -> pd.DataFrame:
    """The last row of each route, moved to where its name stands."""
    ends = last(data)
    return ends.assign(date=ends["date"] + LEADER, **{column: heights})


def named_lines(data: pd.DataFrame, names: pd.DataFrame, y: alt.Y) -> list[alt.Chart]:
    """A line a route, and a thin leader to its name. Columns: route, date, and that of `y`."""
    base = alt.Chart(data).encode(x=years(), y=y, color=route_colour())
    lines = base.mark_line(clip=True).encode(strokeDash=route_dash())
    leaders = alt.Chart(pd.concat([last(data), names])).mark_line(strokeWidth=0.8, tooltip=None)
    texts = alt.Chart(names).mark_text(align="left", dx=4, color=INK)
    where = {"x": alt.X("date:T"), "y": y}
    return [
        lines,
        leaders.encode(**where, color=route_colour()),
        texts.encode(**where, text="route:N"),
    ]
