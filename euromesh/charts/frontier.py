"""Charts of the moving frontier: how large runs become, and how far behind they are."""

from __future__ import annotations

import math
from typing import Final

import altair as alt
import numpy as np
import pandas as pd

from euromesh.charts import marks, said
from euromesh.charts.style import FEDERATION, INK, MUTED, OTHERS, PAPER
from euromesh.facts.frontier import LAST_DAY
from euromesh.facts.tables import NEVER
from euromesh.routes import ROUTES

NAMES: Final = 150  # pixels that the longest name of a route takes, with its leader
HEIGHT: Final = 400
RUNS: Final = (24.0, 32.0)  # powers of ten that the frontier is drawn over
MODELS: Final = (25.0, 30.0)
LAGS: Final = (0.0, 150.0)  # months
TILE: Final = (41, 38)  # pixels
HALO: Final[marks.Look] = {"color": PAPER, "stroke": PAPER, "strokeWidth": 5}


def moving(trend: pd.DataFrame, runs: pd.DataFrame, known: pd.DataFrame) -> marks.Chart:
    """The largest run by date, to the last day: of the frontier with its range, and of every route.

    Tables: trend, largest_runs, known_runs.
    """
    y = _flop_axis(RUNS)
    trend, runs = _drawn(trend), _drawn(runs)
    dots = alt.Chart(marks.dated(known, "date")).mark_point(color=INK, size=45)
    names = marks.beside(marks.apart(runs, "flop", RUNS, HEIGHT, log=True))
    chart = alt.layer(
        *_frontier(trend, y, RUNS),
        *marks.named_lines(runs, names, y),
        dots.encode(x=alt.X("date:T"), y=y, tooltip=["run:N", "flop:Q", "date:T"]),
    )
    lines = trend.tail(1).rename(columns={"central": "the trend", "in_class": "definition B"})
    ends = lines.melt("date", ["the trend", "definition B"])
    head = "By then the largest run that each route has finished is:"
    told = said.text(
        said.each("The chart ends at:", ends, "variable", "value", said.FLOP),
        said.each(head, marks.last(runs), "route", "flop", said.FLOP),
    )
    return marks.finished(chart, "moving_frontier", told, beside=NAMES, height=HEIGHT)


def lags(runs: pd.DataFrame, allowed: pd.DataFrame) -> marks.Chart:
    """How far the largest run of each route is behind, by date, and the lag that B allows.

    The lag that B allows is a line on the trend, shaded over the range of growth. Tables:
    largest_runs, class_lag.
    """
    y = alt.Y("lag_months:Q").title("months behind the trend").scale(domain=LAGS, nice=False)
    y = y.axis(grid=True, values=list(range(0, 151, 12)))
    data = _drawn(runs)
    limit = alt.Chart(allowed)
    central = alt.Y("central:Q")
    shade = limit.mark_rect(color=OTHERS, opacity=0.25, tooltip=None)
    rule = limit.mark_rule(color=MUTED, strokeDash=marks.DOTS)
    name = limit.mark_text(align="right", dx=-6, dy=-8, color=MUTED, text="definition B")
    first = alt.Chart(data[data["route"] == next(iter(ROUTES.values())).label])
    band = first.mark_area(color=FEDERATION, clip=True, tooltip=None)
    chart = alt.layer(
        shade.encode(y=alt.Y("low:Q"), y2="high:Q"),
        rule.encode(y=central),
        name.encode(x=alt.value("width"), y=central),
        band.encode(x=alt.X("date:T"), y=alt.Y("lag_low:Q"), y2="lag_high:Q"),
        *marks.named_lines(data, marks.beside(marks.apart(data, "lag_months", LAGS, HEIGHT)), y),
    )
    lag, months = ("route", "lag_months"), "{:.0f} months"
    nearest = data.loc[data.groupby("route", sort=False)["lag_months"].idxmin()]
    allows, behind = allowed.assign(limit="allows"), "it is behind by:"
    told = said.text(
        said.each(f"Where a route is nearest to the trend {behind}", nearest, *lag, months),
        said.each(f"At the end of the chart {behind}", marks.last(data), *lag, months),
        said.each("Definition B", allows, "limit", "central", months),
    )
    return marks.finished(chart, "frontier_lags", told, beside=NAMES, height=HEIGHT)


def crossings(tiles: pd.DataFrame, target_flop: float) -> marks.Chart:
    """C* over the share granted and the day of the decision, a panel a rival, with its lag.

    Table: c_star_map. C* from the target up stands out.
    """
    sizes = zip(tiles["flop"], tiles["at_least"], strict=True)
    months = tiles["lag_months"].map(lambda lag: "" if math.isinf(lag) else f"{lag:.0f} mo")
    data = tiles.assign(
        share=tiles["share"].map(lambda share: f"{100 * share:g}%"),
        decided=marks.spoken(tiles["decided"]),
        flop_text=[f"{'≥' * bound}{said.power(flop)}" if flop else "none" for flop, bound in sizes],
        lag_text=months,
    ).drop(columns="lag_months")  # an axis has no place for infinity
    found = data[data["flop"] > 0]
    ends = [found["flop"].min(), found["flop"].max()] if len(found) else [1.0, 10.0]
    panels = [
        _panel(data[data["rival"] == rival], rival, ends, target_flop)
        for rival in data["rival"].unique()
    ]
    places = zip(found["share"], found["decided"], strict=True)
    found = found.assign(tile=[f"share {share}, {day}" for share, day in places])
    head = "Against the {} C* goes from"
    told = said.by(found, "rival", head, said.extremes, "tile", "flop", said.FLOP)
    whole: alt.HConcatChart = alt.hconcat(*panels, spacing=14)
    return whole.properties(name="c_star_map", description=told)


def _panel(data: pd.DataFrame, rival: str, ends: list[float], target_flop: float) -> marks.Chart:
    """The tiles against one rival, under its name."""
    base = alt.Chart(data).encode(
        x=alt.X("share:O").sort(None).title("share granted").axis(labelAngle=0),
        y=alt.Y("decided:O", sort=None, title=None),
    )
    size = alt.Opacity("flop:Q").scale(type="log", domain=ends, range=[0.05, 0.5]).legend(None)
    tiles = base.transform_filter("datum.flop > 0").mark_rect(color=FEDERATION)
    look: marks.Look = {"fontSize": 10.5, "tooltip": None, "color": INK}
    large = base.transform_filter(f"datum.flop >= {target_flop!r}")
    small = base.transform_filter(f"datum.flop < {target_flop!r}")
    heading = alt.TitleParams(f"C* against: {rival}", fontSize=12, fontWeight=600, color=INK)
    return alt.layer(
        tiles.encode(opacity=size),
        large.mark_text(dy=-6, fontWeight=600, **look).encode(text="flop_text:N"),
        small.mark_text(dy=-6, **look).encode(text="flop_text:N"),
        base.mark_text(dy=8, **look).encode(text="lag_text:N"),
    ).properties(
        width=data["share"].nunique() * TILE[0],
        height=data["decided"].nunique() * TILE[1],
        title=heading,
    )


def programme(trend: pd.DataFrame, models: pd.DataFrame) -> marks.Chart:
    """The models of a programme on every route, on the frontier with its range.

    Tables: trend, programme. The frontier ends with the year of the last model.
    """
    y = _flop_axis(MODELS)
    data = marks.dated(models[models["date"] != NEVER], "date")
    base = alt.Chart(data).encode(x=alt.X("date:T"), y=y, color=marks.route_colour())
    ends = marks.apart(data, "flop", MODELS, HEIGHT, log=True)
    heights = alt.Chart(marks.last(data).assign(height=ends["flop"]))
    names = heights.encode(x=alt.X("date:T"), y=alt.Y("height:Q"), text="route:N")
    chart = alt.layer(
        *_frontier(_around(trend, data), y, MODELS),
        base.mark_line(clip=True).encode(strokeDash=marks.route_dash()),
        base.mark_point(size=70).encode(tooltip=["route:N", "model:O", "date:T", "flop:Q"]),
        names.mark_text(align="left", dx=9, **HALO),
        names.mark_text(align="left", dx=9, color=INK),
    )
    data, head = data.sort_values("model", kind="stable"), "Model {} of a programme has:"
    told = said.by(data, "model", head, said.each, "route", "flop", said.FLOP)
    return marks.finished(chart, "programme", told, beside=60, height=HEIGHT - 40)


def by_model(models: pd.DataFrame) -> pd.DataFrame:
    """The models of a programme as a table, one row a route. Table: programme."""
    made = marks.spoken(models["date"]) + ", " + models["flop"].map(said.power)
    lags = models["lag_months"].map(lambda months: said.written(months, "{:.0f}".format))
    told = models.assign(made=made.where(models["date"] != NEVER, NEVER), behind=lags)
    wide = told.pivot(index="route", columns="model", values=["made", "behind"])
    heads = {"made": "model {}", "behind": "months behind, {}"}
    numbers = models["model"].unique()
    columns = {head.format(n): wide[name, n] for n in numbers for name, head in heads.items()}
    return pd.DataFrame(columns).loc[models["route"].unique()].reset_index()


# --- pieces --------------------------------------------------------------------------------------


def _drawn(data: pd.DataFrame) -> pd.DataFrame:
    """The rows up to the last day of the page, with their dates; what never comes is left out."""
    return marks.dated(data[data["date"] <= LAST_DAY.isoformat()], "date")


def _around(trend: pd.DataFrame, models: pd.DataFrame) -> pd.DataFrame:
    """The trend from the second year that is drawn to the end of that of the last model."""
    if models.empty:
        return _drawn(trend)
    after = pd.Timestamp(models["date"].max().year + 1, 1, 1)
    days = marks.dated(trend, "date").iloc[1:]
    shown: pd.DataFrame = days[days["date"] <= after]
    return shown


def _flop_axis(powers: tuple[float, float]) -> alt.Y:
    """FLOP on a logarithmic axis, a line a decade."""
    low, high = (10**power for power in powers)
    decades = [10.0**power for power in range(int(powers[0]), int(powers[1]) + 1)]
    y = alt.Y("flop:Q").title("FLOP of a run").scale(type="log", domain=[low, high], nice=False)
    return y.axis(values=decades, labelExpr=marks.DECADES, grid=True)


def _frontier(trend: pd.DataFrame, y: alt.Y, powers: tuple[float, float]) -> list[alt.Chart]:
    """The trend of the largest run, the range of its growth, and the size that B asks for.

    The names of both lines stand where these are near the top.
    """
    base = alt.Chart(trend).encode(x=marks.years())
    band = base.mark_area(color=OTHERS, clip=True, tooltip=None)
    dashed = base.mark_line(color=MUTED, strokeDash=marks.DOTS, strokeWidth=1.5, clip=True)
    layers = [
        band.encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_line(color=INK, clip=True).encode(y=alt.Y("central:Q")),
        dashed.encode(y=alt.Y("in_class:Q")),
    ]
    top = powers[1] - 0.35
    looks: dict[str, marks.Look] = {
        "central": {"text": "trend", "align": "right", "dx": -9},
        "in_class": {"text": "definition B", "align": "left", "dx": 9},
    }
    start = trend["date"].iloc[0]
    days = (trend["date"] - start).dt.days.to_numpy()
    for column, look in looks.items():
        reached = float(np.interp(top, np.log10(trend[column]), days))
        at = pd.DataFrame({"date": [start + pd.Timedelta(days=reached)], "flop": [10**top]})
        name = alt.Chart(at).mark_text(color=INK, **look)
        layers.append(name.encode(x=alt.X("date:T"), y=alt.Y("flop:Q")))
    return layers
