"""Charts of the moving frontier: how large runs become, and how far behind they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from euromesh.charts import said
from euromesh.charts.ends import apart, beside, last, named_lines, years
from euromesh.charts.race import route_colour, route_dash
from euromesh.charts.shared import WIDTH, Chart, dated, finished, spoken
from euromesh.charts.style import FEDERATION, INK, MUTED, OTHERS, PAPER
from euromesh.facts.frontier import LAST_DAY
from euromesh.facts.tables import NEVER
from euromesh.routes import ROUTES

FIRST: Final = next(iter(ROUTES.values())).label
NAMES: Final = 150  # pixels that the longest name of a route takes, with its leader
HEIGHT: Final = 400
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
    """The largest run by date, to the last day: of the frontier with its range, and of every route.

    Tables: trend, largest_runs, known_runs.
    """
    y = _flop_axis(RUNS)
    trend, runs = drawn(trend), drawn(runs)
    points = alt.Chart(dated(known, "date")).mark_point(color=INK, size=45)
    dots = points.encode(x=alt.X("date:T"), y=y, tooltip=["run:N", "flop:Q", "date:T"])
    heights = 10 ** apart(np.log10(last(runs)["flop"]), RUNS, HEIGHT)
    lines = named_lines(runs, beside(runs, "flop", heights), y)
    return finished(
        alt.layer(*_frontier(trend, y, RUNS), *lines, dots),
        width=WIDTH - NAMES,
        height=HEIGHT,
        name="moving_frontier",
        description=_said_moving(trend, runs),
    )


def drawn(data: pd.DataFrame) -> pd.DataFrame:
    """The rows up to the last day of the page, with their dates; what never comes is left out."""
    return dated(data[data["date"] <= LAST_DAY.isoformat()], "date")


def _said_moving(trend: pd.DataFrame, runs: pd.DataFrame) -> str:
    """The trend at the end, and the largest run of every route by then."""
    lines = trend.tail(1).rename(columns={"central": "the trend", "in_class": "definition B"})
    ends = lines.melt("date", ["the trend", "definition B"])
    largest = said.each(last(runs), "route", "flop", said.flop)
    return said.text(
        said.sentence("The chart ends at:", said.each(ends, "variable", "value", said.flop)),
        said.sentence("By then the largest run that each route has finished is:", largest),
    )


def lags(runs: pd.DataFrame, allowed: pd.DataFrame) -> Chart:
    """How far the largest run of each route is behind, by date, and the lag that B allows.

    Tables: largest_runs, class_lag.
    """
    y = alt.Y(
        "lag_months:Q",
        title="months behind the trend",
        scale=alt.Scale(domain=LAGS, nice=False),
        axis=alt.Axis(grid=True, values=list(range(0, 151, 12))),
    )
    data = drawn(runs)
    first = alt.Chart(data[data["route"] == FIRST])
    band = first.mark_area(color=FEDERATION, clip=True, tooltip=None).encode(
        x=alt.X("date:T"), y=alt.Y("lag_low:Q"), y2="lag_high:Q"
    )
    heights = apart(last(data)["lag_months"], LAGS, HEIGHT)
    lines = named_lines(data, beside(data, "lag_months", heights), y)
    return finished(
        alt.layer(*_allowed(alt.Chart(allowed)), band, *lines),
        width=WIDTH - NAMES,
        height=HEIGHT,
        name="frontier_lags",
        description=_said_lags(data, allowed),
    )


def _allowed(base: alt.Chart) -> list[alt.Chart]:
    """The lag that B allows: a line on the trend, shaded over the range of growth."""
    inside = base.mark_rect(color=OTHERS, opacity=0.25, tooltip=None)
    rule = base.mark_rule(color=MUTED, strokeDash=DASH).encode(y=alt.Y("central:Q"))
    name = base.mark_text(align="left", dx=6, dy=-8, color=MUTED, text="definition B")
    return [
        inside.encode(y=alt.Y("low:Q"), y2="high:Q"),
        rule,
        name.encode(x=alt.value(0), y=alt.Y("central:Q")),
    ]


def _said_lags(data: pd.DataFrame, allowed: pd.DataFrame) -> str:
    """How near every route comes, where it ends, and what B allows."""
    months = "{:.0f} months".format
    by_route = data.groupby("route", sort=False)["lag_months"]
    nearest = data.loc[by_route.idxmin()] if len(data) else data
    near, ends = (said.each(rows, "route", "lag_months", months) for rows in (nearest, last(data)))
    limit = said.each(allowed.assign(limit="allows"), "limit", "central", months)
    return said.text(
        said.sentence("Where a route is nearest to the trend it is behind by:", near),
        said.sentence("At the end of the chart it is behind by:", ends),
        said.sentence("Definition B", limit),
    )


def crossings(tiles: pd.DataFrame, target_flop: float) -> Chart:
    """C* over the share granted and the day of the decision, a panel a rival, with its lag.

    Table: c_star_map. C* from the target up stands out.
    """
    data = _in_words(tiles)
    sizes = data.loc[data["flop"] > 0, "flop"]
    ends = [sizes.min(), sizes.max()] if len(sizes) else [1.0, 10.0]
    panels = [
        _panel(data[data["rival"] == rival], rival, ends, target_flop)
        for rival in data["rival"].unique()
    ]
    whole: alt.HConcatChart = alt.hconcat(*panels, spacing=14)
    return whole.properties(name="c_star_map", description=_said_crossings(data))


def _in_words(tiles: pd.DataFrame) -> pd.DataFrame:
    """The tiles with what is written on them and beside them."""
    sizes = zip(tiles["flop"], tiles["at_least"], strict=True)
    lags = tiles["lag_months"].map(lambda lag: "" if math.isinf(lag) else f"{lag:.0f} mo")
    return tiles.assign(
        share=tiles["share"].map(lambda share: f"{100 * share:g}%"),
        decided=spoken(tiles["decided"]),
        flop_text=[_size(flop, at_least) for flop, at_least in sizes],
        lag_text=lags,
    ).drop(columns="lag_months")  # an axis has no place for infinity


def _size(flop: float, at_least: bool) -> str:
    return f"{'≥' if at_least else ''}{said.power(flop)}" if flop else "none"


def _said_crossings(data: pd.DataFrame) -> str:
    """The smallest and the largest C* against each rival, with the tiles that hold them."""
    found = data[data["flop"] > 0]
    places = zip(found["share"], found["decided"], strict=True)
    named = found.assign(tile=[f"share {share}, {decided}" for share, decided in places])

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


def programme(trend: pd.DataFrame, models: pd.DataFrame) -> Chart:
    """The models of a programme on every route, on the frontier with its range.

    Tables: trend, programme. The frontier ends with the year of the last model.
    """
    y = _flop_axis(MODELS)
    data = dated(models[models["date"] != NEVER], "date")
    base = alt.Chart(data).encode(x=alt.X("date:T"), y=y, color=route_colour())
    lines = base.mark_line(clip=True).encode(strokeDash=route_dash())
    points = base.mark_point(size=70).encode(tooltip=["route:N", "model:O", "date:T", "flop:Q"])
    ends = last(data)
    heights = 10 ** apart(np.log10(ends["flop"]), MODELS, HEIGHT)
    base = alt.Chart(ends.assign(height=heights)).encode(
        x=alt.X("date:T"), y=alt.Y("height:Q"), text="route:N"
    )
    names = [base.mark_text(align="left", dx=9, **look) for look in (HALO, {"color": INK})]
    return finished(
        alt.layer(*_frontier(_around(trend, data), y, MODELS), lines, points, *names),
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


def _around(trend: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    """The trend from the second year that is drawn to the end of that of the last model."""
    if models.empty:
        return drawn(trend)
    after = pd.Timestamp(models["date"].max().year + 1, 1, 1)
    days = dated(trend, "date").iloc[1:]
    shown: pd.DataFrame = days[days["date"] <= after]
    return shown


def by_model(models: pd.DataFrame) -> pd.DataFrame:
    """The models of a programme as a table, one row a route. Table: programme."""
    made = spoken(models["date"]) + ", " + models["flop"].map(said.power)
    lags = models["lag_months"].map(lambda months: said.written(months, "{:.0f}".format))
    told = models.assign(made=made.where(models["date"] != NEVER, NEVER), behind=lags)
    wide = told.pivot(index="route", columns="model", values=["made", "behind"])
    heads = {"made": "model {}", "behind": "months behind, {}"}
    numbers = models["model"].unique()
    columns = {head.format(n): wide[name, n] for n in numbers for name, head in heads.items()}
    return pd.DataFrame(columns).loc[models["route"].unique()].reset_index()


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


def _frontier(trend: pd.DataFrame, y: alt.Y, powers: tuple[float, float]) -> list[alt.Chart]:
    """The trend of the largest run, the range of its growth, and the size that B asks for."""
    base = alt.Chart(trend).encode(x=years())
    band = base.mark_area(color=OTHERS, clip=True, tooltip=None).encode(
        y=alt.Y("low:Q"), y2="high:Q"
    )
    line = base.mark_line(color=INK, clip=True).encode(y=alt.Y("central:Q"))
    dashed = base.mark_line(color=MUTED, strokeDash=DASH, strokeWidth=1.5, clip=True)
    in_class = dashed.encode(y=alt.Y("in_class:Q"))
    return [band, line, in_class, *_frontier_names(trend, powers)]


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
