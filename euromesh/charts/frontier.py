"""Charts of the moving frontier: how large runs become, and how far behind they are."""

from __future__ import annotations

from typing import Final

import altair as alt
import numpy as np
import pandas as pd

from euromesh.charts import marks, said
from euromesh.charts.style import DASHED, DOTS, FEDERATION, INK, MUTED, OTHERS, PAPER, SOLID
from euromesh.facts.frontier import LAST_DAY
from euromesh.facts.tables import NEVER
from euromesh.routes import ROUTES

NAMES: Final = 150  # pixels that the longest name of a route takes, with its leader
HEIGHT: Final = 400
RUNS: Final = (24.0, 32.0)  # powers of ten that the frontier is drawn over
MODELS: Final = (25.0, 30.0)
LAGS: Final = (0.0, 150.0)  # months


def moving(trend: pd.DataFrame, runs: pd.DataFrame, known: pd.DataFrame) -> marks.Chart:
    """The largest run by date, to the last day: of the frontier with its range, and of every route.

    Tables: trend, largest_runs, known_runs.
    """
    y = _flop_axis(RUNS)
    trend, runs = _drawn(trend), marks.brief(_drawn(runs), "route", "date", "flop")
    known = marks.dated(known, "date")
    dots = alt.Chart(known).mark_point(color=INK, size=45)
    highest = alt.Chart(known.nlargest(1, "flop"))
    name = highest.mark_text(color=INK, lineBreak=" ", baseline="bottom", dy=-marks.LINE - 8)
    names = marks.beside(marks.apart(runs, "flop", RUNS, HEIGHT, log=True))
    chart = alt.layer(
        *_frontier(trend, y, RUNS),
        *marks.named_lines(runs, names, y),
        dots.encode(x=alt.X("date:T"), y=y, tooltip=["run:N", "flop:Q", "date:T"]),
        name.encode(x=alt.X("date:T"), y=y, text="run:N"),
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
    data = marks.brief(_drawn(runs), "route", "date", "lag_months", "lag_low", "lag_high")
    limit = alt.Chart(allowed)
    central = alt.Y("central:Q")
    shade = limit.mark_rect(color=OTHERS, opacity=0.25, tooltip=None)
    rule = limit.mark_rule(color=MUTED, strokeDash=DOTS)
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
    """C* over the share granted, a colour a rival, for the first and the last day of decision.

    Table: c_star_map. A dotted line marks the target; hollow points are bounds.
    """
    data, colours, dashes = _two_days(tiles)
    x = alt.X("share:Q").title("share granted of each public machine")
    x = x.scale(type="log", nice=False, padding=8)
    y = alt.Y("flop:Q").title("C*, FLOP").scale(type="log")
    decades = [10.0**power for power in range(20, 31)]
    legend = alt.Legend(columns=1, symbolType="stroke", symbolSize=500, labelLimit=320)
    base = alt.Chart(data).encode(
        x=x.axis(values=sorted(tiles["share"].unique()), format="~%"),
        y=y.axis(labelExpr=marks.DECADES, values=decades, grid=True),
        color=alt.Color("line:N", scale=colours, legend=legend),
    )
    tips = ["line:N", alt.Tooltip("share:Q", format="~%"), alt.Tooltip("flop:Q", format=".1e")]
    hollow = base.transform_filter(alt.datum.at_least).mark_point(size=14, tooltip=None)
    target = alt.Chart(pd.DataFrame({"flop": [target_flop]}))
    chart = alt.layer(
        target.mark_rule(strokeDash=DOTS).encode(y="flop:Q"),
        base.mark_line().encode(strokeDash=alt.StrokeDash("line:N", scale=dashes)),
        base.mark_point(size=55).encode(tooltip=tips),
        hollow.encode(color=alt.value(PAPER)),
    )
    shares, head = data.assign(at=data["share"].map("share {:.1%}".format)), "Against the {} C* is"
    told = said.by(shares, "line", head, said.extremes, "at", "flop", said.FLOP)
    return marks.finished(chart, "c_star_map", told, height=HEIGHT - 100)


def _two_days(tiles: pd.DataFrame) -> tuple[pd.DataFrame, alt.Scale, alt.Scale]:
    """The rows of the first and the last day of decision, and the looks of their lines."""
    tiles = tiles[tiles["flop"] > 0].drop(columns="lag_months")
    days = sorted(tiles["decided"].unique())
    data = tiles[tiles["decided"].isin([*days[:1], *days[-1:]])]
    data = data.assign(line=data["rival"] + ", decided " + marks.spoken(data["decided"]))
    data = data.sort_values(["rival", "decided", "share"])
    names = data.drop_duplicates("line")
    colours = marks.meaning(names["line"], names["rival"].map(marks.COLOUR_OF))
    dashes = names["decided"].map(lambda day: SOLID if day == days[0] else DASHED)
    return data, colours, marks.meaning(names["line"], dashes)


def programme(trend: pd.DataFrame, models: pd.DataFrame) -> marks.Chart:
    """The models of a programme on every route, on the frontier with its range.

    Tables: trend, programme. The frontier ends with the year of the last model.
    """
    y = _flop_axis(MODELS)
    data = marks.dated(models[models["date"] != NEVER], "date")
    base = alt.Chart(data).encode(x=alt.X("date:T"), y=y, color=marks.route_colour())
    names = marks.beside(marks.apart(data, "flop", MODELS, HEIGHT, log=True))
    names["date"] = names["date"].max()  # one column, behind the last model of all
    chart = alt.layer(
        *_frontier(_around(trend, data), y, MODELS),
        base.mark_line(clip=True).encode(strokeDash=marks.route_dash()),
        base.mark_point(size=70).encode(tooltip=["route:N", "model:O", "date:T", "flop:Q"]),
        *marks.leaders(data, names, y),
    )
    data, head = data.sort_values("model", kind="stable"), "Model {} of a programme has:"
    told = said.by(data, "model", head, said.each, "route", "flop", said.FLOP)
    return marks.finished(chart, "programme", told, beside=NAMES, height=HEIGHT - 40)


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
    dashed = base.mark_line(color=MUTED, strokeDash=DOTS, strokeWidth=1.5, clip=True)
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
