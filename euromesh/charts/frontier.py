"""Charts of the moving frontier: how large runs become, and how far behind they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from euromesh.charts import said
from euromesh.charts.penalty import spread
from euromesh.charts.race import route_colour, route_dash
from euromesh.charts.shared import WIDTH, Chart, dated, finished
from euromesh.charts.style import FEDERATION, INK, MUTED, OTHERS, PAPER
from euromesh.routes import ROUTES

FIRST: Final = next(iter(ROUTES.values())).label
NAMES: Final = 150  # pixels that the longest name of a route takes, with its leader
HEIGHT: Final = 400
LINE: Final = 17  # pixels from one name to the next
LEADER: Final = pd.Timedelta(days=130)  # from the end of a line to its name
RUNS: Final = (25.0, 32.0)  # powers of ten that the frontier is drawn over
MODELS: Final = (25.0, 30.0)
LAGS: Final = (0.0, 150.0)  # months
DASH: Final = [2, 3]
TILE: Final = (41, 38)  # pixels
HALO: Final[dict[str, Any]] = {
    "color": PAPER,
    "stroke": PAPER,
    "strokeWidth": 4,
    "strokeOpacity": 0.8,
}
FILL: Final = [0.05, 0.5]  # opacity of the smallest and the largest C*


def moving(trend: pd.DataFrame, runs: pd.DataFrame, known: pd.DataFrame) -> Chart:
    """The largest run by date: of the frontier with its range, and of every route.

    Columns: trend: date, low, central, high, in_class; runs: route, date, flop; known: run, date,
    flop.
    """
    y = _flop_axis(RUNS)
    points = alt.Chart(dated(known, "date")).mark_point(color=INK, size=45)
    dots = points.encode(x=alt.X("date:T"), y=y, tooltip=["run:N", "flop:Q", "date:T"])
    heights = np.log10(_last(runs)["flop"])
    lines = _named_lines(dated(runs, "date"), y, 10 ** _apart(heights, RUNS))
    return finished(
        alt.layer(*_frontier(trend, y, RUNS), *lines, dots),
        width=WIDTH - NAMES,
        height=HEIGHT,
        name="moving_frontier",
        description=_said_moving(trend, runs),
    )


def _said_moving(trend: pd.DataFrame, runs: pd.DataFrame) -> str:
    """The trend at the end, and the largest run of every route by then."""
    lines = trend.tail(1).rename(columns={"central": "the trend", "in_class": "definition B"})
    ends = lines.melt("date", ["the trend", "definition B"])
    largest = said.each(said.last(runs, "route", "date"), "route", "flop", said.flop)
    return said.text(
        said.sentence("The chart ends at:", said.each(ends, "variable", "value", said.flop)),
        said.sentence("By then the largest run that each route has finished is:", largest),
    )


def lags(data: pd.DataFrame, limit: pd.DataFrame) -> Chart:
    """How far the largest run of each route is behind, by date, and the lag that B allows.

    Columns: data: route, date, lag, lag_low, lag_high (months); limit: low, central, high.
    """
    y = alt.Y(
        "lag:Q",
        title="months behind the trend",
        scale=alt.Scale(domain=LAGS, nice=False),
        axis=alt.Axis(grid=True, values=list(range(0, 151, 12))),
    )
    data = dated(data, "date")
    first = alt.Chart(data[data["route"] == FIRST])
    band = first.mark_area(color=FEDERATION, clip=True, tooltip=None).encode(
        x=alt.X("date:T"), y=alt.Y("lag_low:Q"), y2="lag_high:Q"
    )
    allowed = alt.Chart(limit)
    inside = allowed.mark_rect(color=OTHERS, opacity=0.25, tooltip=None).encode(
        y=alt.Y("low:Q"), y2="high:Q"
    )
    rule = allowed.mark_rule(color=MUTED, strokeDash=DASH).encode(y=alt.Y("central:Q"))
    name = allowed.mark_text(align="left", dx=6, dy=-8, color=MUTED).encode(
        x=alt.value(0), y=alt.Y("central:Q"), text=alt.value("definition B")
    )
    lines = _named_lines(data, y, _apart(_last(data)["lag"], LAGS))
    return finished(
        alt.layer(inside, rule, name, band, *lines),
        width=WIDTH - NAMES,
        height=HEIGHT,
        name="frontier_lags",
        description=_said_lags(data, limit),
    )


def _said_lags(data: pd.DataFrame, limit: pd.DataFrame) -> str:
    """How near every route comes, where it ends, and what B allows."""
    months = "{:.0f} months".format
    nearest = data.loc[data.groupby("route", sort=False)["lag"].idxmin()] if len(data) else data
    near, ends = (
        said.each(rows, "route", "lag", months)
        for rows in (nearest, said.last(data, "route", "date"))
    )
    allowed = said.each(limit.assign(limit="allows"), "limit", "central", months)
    return said.text(
        said.sentence("Where a route is nearest to the trend it is behind by:", near),
        said.sentence("At the end of the chart it is behind by:", ends),
        said.sentence("Definition B", allowed),
    )


def crossings(data: pd.DataFrame, target_flop: float) -> Chart:
    """C* over the share granted and the day of the decision, a panel a rival, with its lag.

    Columns: rival, share, decided (words, in order), flop, flop_text, lag_text. C* from the
    target up stands out.
    """
    sizes = data.loc[data["flop"] > 0, "flop"]
    ends = [sizes.min(), sizes.max()] if len(sizes) else [1.0, 10.0]
    panels = [
        _panel(data[data["rival"] == rival], rival, ends, target_flop)
        for rival in data["rival"].unique()
    ]
    whole: alt.HConcatChart = alt.hconcat(*panels, spacing=14)
    return whole.properties(name="c_star_map", description=_said_crossings(data))


def _said_crossings(data: pd.DataFrame) -> str:
    """The smallest and the largest C* against each rival, with the tiles that hold them."""
    found = data[data["flop"] > 0]
    named = found.assign(tile="share " + found["share"] + ", " + found["decided"])

    def told(rival: str, tiles: pd.DataFrame) -> str:
        span = said.extremes(tiles, "tile", "flop", said.flop)
        return said.sentence(f"Against the {rival} C* goes from", span)

    return said.by(named, "rival", told)


def _panel(data: pd.DataFrame, rival: str, ends: Sequence[float], target_flop: float) -> Chart:
    """The tiles against one rival, under its name."""
    base = alt.Chart(data).encode(
        x=alt.X("share:O", sort=None, title="share granted", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("decided:O", sort=None, title=None),
    )
    scale = alt.Scale(type="log", domain=list(ends), range=FILL)
    fill = base.transform_filter("datum.flop > 0").mark_rect(color=FEDERATION)
    tiles = fill.encode(opacity=alt.Opacity("flop:Q", scale=scale, legend=None))
    size: dict[str, Any] = {"fontSize": 10.5, "tooltip": None}
    large = base.transform_filter(f"datum.flop >= {target_flop!r}")
    small = base.transform_filter(f"datum.flop < {target_flop!r}")
    texts = [
        large.mark_text(dy=-6, fontWeight=600, color=INK, **size).encode(text="flop_text:N"),
        small.mark_text(dy=-6, color=INK, **size).encode(text="flop_text:N"),
        base.mark_text(dy=8, color=INK, **size).encode(text="lag_text:N"),
    ]
    columns, rows = data["share"].nunique(), data["decided"].nunique()
    return alt.layer(tiles, *texts).properties(
        width=columns * TILE[0], height=rows * TILE[1], title=_heading(rival)
    )


def _heading(rival: str) -> alt.TitleParams:
    return alt.TitleParams(f"C* against: {rival}", fontSize=12, fontWeight=600, color=INK)


def programme(trend: pd.DataFrame, data: pd.DataFrame) -> Chart:
    """The models of a programme on every route, on the frontier with its range.

    Columns: trend: date, low, central, high, in_class; data: route, model, date, flop.
    """
    y = _flop_axis(MODELS)
    data = dated(data, "date")
    base = alt.Chart(data).encode(x=alt.X("date:T"), y=y, color=route_colour())
    lines = base.mark_line(clip=True).encode(strokeDash=route_dash())
    points = base.mark_point(size=70).encode(tooltip=["route:N", "model:O", "date:T", "flop:Q"])
    last = _last(data)
    heights = 10 ** _apart(np.log10(last["flop"]), MODELS)
    base = alt.Chart(last.assign(height=heights)).encode(
        x=alt.X("date:T"), y=alt.Y("height:Q"), text="route:N"
    )
    names = [base.mark_text(align="left", dx=9, **look) for look in (HALO, {"color": INK})]
    return finished(
        alt.layer(*_frontier(trend, y, MODELS), lines, points, *names),
        width=WIDTH - 60,
        height=HEIGHT - 40,
        name="programme",
        description=_said_programme(data),
    )


def _said_programme(data: pd.DataFrame) -> str:
    """The size of every model, by its place in the programme."""

    def told(model: str, rows: pd.DataFrame) -> str:
        sizes = said.each(rows, "route", "flop", said.flop)
        return said.sentence(f"Model {model} of a programme has:", sizes)

    return said.by(data.sort_values("model", kind="stable"), "model", told)


# --- pieces --------------------------------------------------------------------------------------


def _flop_axis(powers: tuple[float, float]) -> alt.Y:
    """FLOP on a logarithmic axis, a line a decade."""
    low, high = (10**power for power in powers)
    return alt.Y(
        "flop:Q",
        title="FLOP of a run",
        scale=alt.Scale(type="log", domain=[low, high], nice=False),
        axis=alt.Axis(
            values=[10.0**power for power in range(int(powers[0]), int(powers[1]) + 1)],
            labelExpr="'1e' + format(log(datum.value) / LN10, '.0f')",
            grid=True,
        ),
    )


def _years() -> alt.X:
    axis = alt.Axis(format="%Y", tickCount=alt.TimeIntervalStep(interval="year", step=2))
    return alt.X("date:T", title=None, axis=axis, scale=alt.Scale(nice=False))


def _frontier(trend: pd.DataFrame, y: alt.Y, powers: tuple[float, float]) -> list[alt.Chart]:
    """The trend of the largest run, the range of its growth, and the size that B asks for."""
    data = dated(trend, "date")
    base = alt.Chart(data).encode(x=_years())
    band = base.mark_area(color=OTHERS, clip=True, tooltip=None).encode(
        y=alt.Y("low:Q"), y2="high:Q"
    )
    line = base.mark_line(color=INK, clip=True).encode(y=alt.Y("central:Q"))
    dashed = base.mark_line(color=MUTED, strokeDash=DASH, strokeWidth=1.5, clip=True)
    in_class = dashed.encode(y=alt.Y("in_class:Q"))
    return [band, line, in_class, *_frontier_names(data, powers)]


def _frontier_names(trend: pd.DataFrame, powers: tuple[float, float]) -> list[alt.Chart]:
    """The names of both lines, where they are near the top."""
    height = powers[1] - 0.35
    looks: dict[str, dict[str, Any]] = {
        "central": {"text": "trend", "align": "right", "dx": -9},
        "in_class": {"text": "definition B", "align": "left", "dx": 9},
    }
    names = []
    for column, look in looks.items():
        at = pd.DataFrame({"date": [_when(trend, column, height)], "flop": [10**height]})
        mark = alt.Chart(at).mark_text(color=INK, **look)
        names.append(mark.encode(x=alt.X("date:T"), y=alt.Y("flop:Q")))
    return names


def _when(trend: pd.DataFrame, column: str, power: float) -> pd.Timestamp:
    """The day on which a column of the trend reaches a power of ten; its last day at most."""
    start = trend["date"].iloc[0]
    days = (trend["date"] - start).dt.days.to_numpy()
    reached = float(np.interp(power, np.log10(trend[column]), days))
    return pd.Timestamp(start) + pd.Timedelta(days=reached)


def _last(data: pd.DataFrame) -> pd.DataFrame:
    """The last row of each route."""
    return data.loc[data.groupby("route")["date"].idxmax()]


def _apart(heights: pd.Series[float], span: tuple[float, float]) -> pd.Series[float]:
    """Heights for names that do not cover each other, within what is drawn."""
    if heights.empty:
        return heights
    return spread(heights.clip(*span), LINE * (span[1] - span[0]) / HEIGHT)


def _named_lines(data: pd.DataFrame, y: alt.Y, heights: pd.Series[float]) -> list[alt.Chart]:
    """A line a route, with its name at the end and a thin leader where the name had to move."""
    column = str(y.shorthand).removesuffix(":Q")
    last = _last(data)
    moved = last.assign(date=last["date"] + LEADER, **{column: heights})
    base = alt.Chart(data).encode(x=_years(), y=y, color=route_colour())
    lines = base.mark_line(clip=True).encode(strokeDash=route_dash())
    leaders = alt.Chart(pd.concat([last, moved])).mark_line(strokeWidth=0.8, tooltip=None)
    names = alt.Chart(moved).mark_text(align="left", dx=4, color=INK)
    where = {"x": alt.X("date:T"), "y": y}
    return [
        lines,
        leaders.encode(**where, color=route_colour()),
        names.encode(**where, text="route:N"),
    ]
