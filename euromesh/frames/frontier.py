"""The data frames of the page on the moving frontier, and the scan of runs behind them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import takewhile
from typing import Any, Final

import pandas as pd

from euromesh import frontier, routes
from euromesh import units as u
from euromesh.availability import CStar, FinishTime
from euromesh.frontier import Run, lag_months
from euromesh.params import library
from euromesh.records import Params
from euromesh.routes import ROUTES

PER_DECADE: Final = 20
SIZES: Final = tuple(1e24 * 10 ** (step / PER_DECADE) for step in range(6 * PER_DECADE + 1))
MAP_SIZES: Final = tuple(1e23 * 10 ** (step / 5) for step in range(36))  # to 1e30
MAP_PRECISION: Final = 1.001  # of C* on the map
MONTHS: Final = u.MONTHS_PER_YEAR
NEVER: Final = "never"
SHARES: Final = (0.01, 0.05, 0.5)  # of the map, beside the low, central and high value
DECISIONS_APART: Final = 6  # months, on the map
FEDERATION, *_ = ROUTES


def finished_runs(curve: FinishTime, sizes: Iterable[float] = SIZES) -> list[Run]:
    """The runs of a scan that a route finishes, the smallest first; larger ones never are."""
    runs = (Run(flop, curve(flop)) for flop in sizes)
    return list(takewhile(lambda run: math.isfinite(run.years), runs))


# --- frames --------------------------------------------------------------------------------------


def definitions(params: Params) -> pd.DataFrame:
    """The target as every route finishes it, and the definitions of frontier-class that it meets.

    Columns: route, finished, months behind, times as large, A, B, C; words throughout.
    """
    target = params.targets[params.race.target]
    rows = []
    for kind in ROUTES.values():
        done = routes.finish_date_years(kind(params), target, params)
        rows.append((kind.label, _month(done, params), *_standing_words(done, params)))
    heads = ["route", "finished", "months behind", "times as large", "A", "B", "C"]
    return pd.DataFrame(rows, columns=heads)


def _standing_words(done: float, params: Params) -> list[str]:
    if math.isinf(done):
        return [NEVER] * 5
    found = frontier.standing(Run(params.targets[params.race.target].training_flop, done), params)
    met = ("yes" if holds else "no" for holds in (found.is_a, found.is_b, found.is_c))
    return [f"{found.lag_months:.0f}", f"{found.gap:,.0f}", *met]


def trend(params: Params, first: date, last: date) -> pd.DataFrame:
    """The largest run by date: on the trend, at the ends of its growth, and the class below it.

    The ends part on the day of the largest known run. Columns: date, low, central, high, in_class.
    """
    known, (slow, fast) = params.frontier, growth_ends()
    start = u.last_day(known.largest_on)
    rows = []
    for day in (first, start, last):
        years = u.years_between(start, day)
        low, central, high = (
            frontier.frontier_flop(years, known.largest_flop, growth)
            for growth in (slow, known.growth_per_year, fast)
        )
        ends = (low, high) if years > 0 else (central, central)
        rows.append((day, ends[0], central, ends[1], central / known.class_ratio))
    return pd.DataFrame(rows, columns=["date", "low", "central", "high", "in_class"])


def growth_ends() -> tuple[float, float]:
    """Low and high end of the growth of the frontier, a year."""
    known = library().parameters["frontier.growth_per_year"]
    return float(known.low or 0), float(known.high or 0)


def class_lag(params: Params) -> pd.DataFrame:
    """The longest lag within the class ratio, months, at the ends of growth and on the trend.

    Columns: low, central, high; one row.
    """
    slow, fast = growth_ends()
    growths = (fast, params.frontier.growth_per_year, slow)
    ratio = params.frontier.class_ratio
    row = [float(frontier.passing_years(ratio, 1.0, growth)) * MONTHS for growth in growths]
    return pd.DataFrame([row], columns=["low", "central", "high"])


def known_runs(params: Params) -> pd.DataFrame:
    """The reference run and the largest known one. Columns: run, date, flop."""
    known = params.frontier
    rows = [
        ("reference run", u.last_day(known.reference_on), known.reference_flop),
        ("largest known run", u.last_day(known.largest_on), known.largest_flop),
    ]
    return pd.DataFrame(rows, columns=["run", "date", "flop"])


def largest_runs(params: Params, last: date) -> pd.DataFrame:
    """The largest run that each route has finished by each date, and how far it is behind.

    Columns: route, date, flop, years (model time), lag, lag_low, lag_high (months; at the ends of
    growth). A route that finishes nothing by the last date has no rows.
    """
    end = u.years_between(routes.decision_date(params), last)
    growths = (params.frontier.growth_per_year, *growth_ends())
    rows = [
        (kind.label, _day(run.years, params), *run, *_lags(run, params, growths))
        for kind in ROUTES.values()
        for run in _until(routes.finish_curve(kind(params), params), end)
    ]
    heads = ["route", "date", "flop", "years", "lag", "lag_low", "lag_high"]
    return pd.DataFrame(rows, columns=heads)


def _until(curve: FinishTime, end: float) -> Iterator[Run]:
    """The finished runs up to a model time, and the largest run of that time."""
    done = [run for run in finished_runs(curve) if run.years < end]
    yield from done
    largest = routes.largest_run(curve, end)
    if largest >= SIZES[0]:
        yield Run(largest, end)


def _lags(run: Run, params: Params, growths: Iterable[float]) -> list[float]:
    central, *ends = (lag_months(run, params, growth) for growth in growths)
    return [central, min(ends), max(ends)]


def nearest_runs(data: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Of each route the run that comes nearest to the frontier, and what growth would take it in.

    Columns: route, run, finished, months behind, B if growth is below; words throughout.
    """
    rows = []
    for kind in ROUTES.values():
        mine = data[data["route"] == kind.label]
        runs = [Run(*pair) for pair in zip(mine["flop"], mine["years"], strict=True)]
        rows.append((kind.label, *_nearest_words(runs, params)))
    heads = ["route", "run", "finished", "months behind", "B if growth is below"]
    return pd.DataFrame(rows, columns=heads)


def _nearest_words(runs: Sequence[Run], params: Params) -> list[str]:
    if not runs:
        return [NEVER] * 4
    best = frontier.nearest(runs, params)
    lag = lag_months(best, params, params.frontier.growth_per_year)
    growth = frontier.fastest_in_class(runs, params)
    return [flop_text(best.flop), _month(best.years, params), f"{lag:.0f}", f"{growth:.2f}"]


def crossings(
    params: Params, rivals: Iterable[str], shares: Sequence[float], decided: Sequence[date]
) -> pd.DataFrame:
    """C* of the public machines by rival, share granted and day of the decision, and its lag.

    Columns: rival, share, decided (words, in order), flop, flop_text, lag, lag_text. C* is 0, and
    the lag not a number, where the rival leads from the smallest run.
    """
    rows = []
    for day in decided:
        dated = replace(params, race=replace(params.race, decision_date=day.isoformat()))
        others = {n: routes.finish_curve(ROUTES[n](dated), dated) for n in rivals}
        for share in shares:
            granted = replace(dated, owned=replace(dated.owned, share=share))
            ours = routes.finish_curve(ROUTES[FEDERATION](granted), granted)
            rows += [
                (
                    ROUTES[n].label,
                    f"{100 * share:g}%",
                    f"{day:%b %Y}",
                    *_crossing(ours, other, granted),
                )
                for n, other in others.items()
            ]
    heads = ["rival", "share", "decided", "flop", "flop_text", "lag", "lag_text"]
    return pd.DataFrame(rows, columns=heads)


def _crossing(ours: FinishTime, other: FinishTime, params: Params) -> tuple[float, str, float, str]:
    """C* of two curves and the lag of that run on the day it is finished."""
    found = coarse_c_star(ours, other)
    if not found.flop:
        return 0.0, "none", math.nan, ""
    run = Run(found.flop, ours(found.flop))
    lag = lag_months(run, params, params.frontier.growth_per_year)
    sign = "≥" if found.at_least else ""
    return found.flop, sign + flop_text(found.flop), lag, f"{lag:.0f} mo"


def coarse_c_star(ours: FinishTime, other: FinishTime) -> CStar:
    """C* to a thousandth, from a scan of five sizes a decade that stops where the lead is lost.

    A lead that is lost and won again between two sizes is not seen; `routes.curves_c_star` is
    finer and slower.
    """
    led = list(takewhile(lambda flop: ours(flop) < other(flop), MAP_SIZES))
    if not led:
        return CStar(0.0, at_least=False)
    if len(led) == len(MAP_SIZES):
        return CStar(led[-1], at_least=True)
    low, high = MAP_SIZES[len(led) - 1 : len(led) + 1]
    while high / low > MAP_PRECISION:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if ours(middle) < other(middle) else (low, middle)
    return CStar(low, at_least=math.isinf(other(high)))


def programme(params: Params) -> pd.DataFrame:
    """The models of a programme on every route. Columns: route, model, date, flop, lag (months).

    A model that is never finished has no row.
    """
    growth, target = params.frontier.growth_per_year, params.targets[params.race.target]
    rows = []
    for kind in ROUTES.values():
        for model, made in enumerate(routes.generations(kind(params), target, params), start=1):
            run = Run(made.training_flop, made.finish_years)
            if math.isfinite(run.years):
                lag = lag_months(run, params, growth)
                rows.append((kind.label, model, _day(run.years, params), run.flop, lag))
    return pd.DataFrame(rows, columns=["route", "model", "date", "flop", "lag"])


def programme_table(data: pd.DataFrame) -> pd.DataFrame:
    """The models of a programme, one row a route: month and size of each, and its lag; words."""
    made = {(route, model): cells for route, model, *cells in data.itertuples(index=False)}
    models = sorted({model for _, model in made})
    rows = [
        (kind.label, *(cell for n in models for cell in _made(made.get((kind.label, n)))))
        for kind in ROUTES.values()
    ]
    heads = [head for n in models for head in (f"model {n}", f"months behind, {n}")]
    return pd.DataFrame(rows, columns=["route", *heads])


def _made(cells: list[Any] | None) -> tuple[str, str]:
    """A model of one route: its month and size, and how far it is behind."""
    if cells is None:
        return NEVER, NEVER
    day, flop, lag = cells
    return f"{day:%b %Y}, {flop_text(flop)}", f"{lag:.0f}"


def shares() -> list[float]:
    """The shares of the map: round ones, and the ends and centre of the range of `owned.share`."""
    known = library().parameters["owned.share"]
    return sorted({*SHARES, *(float(v or 0) for v in (known.low, known.value, known.high))})


def decision_days() -> list[date]:
    """The days of the map: every half year over the range of `race.decision_date`."""
    known = library().parameters["race.decision_date"]
    days = pd.date_range(
        str(known.low), str(known.high), freq=pd.DateOffset(months=DECISIONS_APART)
    )
    return [day.date() for day in days]


def flop_text(flop: float) -> str:
    """A count of FLOP in a table or a tile: 3.8e25."""
    return f"{flop:.1e}".replace("e+", "e")


def _day(years: float, params: Params) -> date:
    return u.date_after(routes.decision_date(params), years)


def _month(years: float, params: Params) -> str:
    return NEVER if math.isinf(years) else f"{_day(years, params):%b %Y}"
