"""The moving frontier: how large the largest run is by a date, and how far behind each route is.

Years are model time. What is never finished has an infinite date and an infinite lag.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from itertools import takewhile
from typing import Final, TypeAlias

import pandas as pd

from euromesh import frontier, routes
from euromesh import params as parameters
from euromesh import units as u
from euromesh.availability import CStar, FinishTime
from euromesh.facts.finishes import (
    FEDERATION,
    RIVALS,
    curve,
    date_of,
    every_route,
    main,
    years,
)
from euromesh.facts.tables import Column, Figure, Run, day, figures, number, table
from euromesh.params import library
from euromesh.records import Params
from euromesh.routes import ROUTES

PER_DECADE: Final = 20
SIZES: Final = tuple(1e24 * 10 ** (step / PER_DECADE) for step in range(6 * PER_DECADE + 1))
MAP_SIZES: Final = tuple(1e23 * 10 ** (step / 5) for step in range(36))  # to 1e30
MAP_PRECISION: Final = 1.001  # of C* on the map
MAP_RIVALS: Final = ("campus", "leased")
MAP_SHARES: Final = (0.01, 0.05, 0.5)  # beside the low, central and high value
DECISIONS_APART: Final = 6  # months, on the map
FIRST_DAY, LAST_DAY = date(2024, 1, 1), date(2036, 1, 1)  # that the page draws
RENEWED: Final = {"owned.renewal": True}  # public machines, for the models after the first
LONG: Final = 30  # models, more than fit before the horizon
LABEL: Final = Column("text")
YES_OR_NO: Final = ("text", "s")
Ends: TypeAlias = tuple[float, float]


# --- the trend -----------------------------------------------------------------------------------


@figures
def frontier_pace(run: Run) -> dict[str, Figure]:
    """The trend where it can be checked: on the day of the decision, and at a known ceiling."""
    known, origin = run.params.frontier, routes.decision_date(run.params)
    growth = known.growth_per_year
    decided = frontier.since(known.largest_on, 0.0, run.params)
    by = u.years_between(u.last_day(known.largest_on), u.last_day(known.feasible_by))
    passed = frontier.passing_years(known.feasible_flop, known.largest_flop, growth)
    ratio = known.feasible_flop / known.largest_flop
    return {
        "frontier.trend_at_decision": number(growth**decided, "factor", ".0f"),
        "frontier.trend_passes_feasible_date": day(origin, float(passed) - decided),
        "frontier.growth_to_feasible": number(ratio ** (1 / by), "factor", ".1f"),
        "frontier.doubling_months": number(growing_months(2.0, growth), "months", ".1f"),
    }


@table(
    low=Column("months", ".1f"),
    central=Column("months", ".1f", "frontier.class_lag_months"),
    high=Column("months", ".1f"),
)
def class_lag(run: Run) -> list[tuple[float, ...]]:
    """The longest lag within the class ratio, at the ends of growth and on the trend."""
    slow, fast = growth_ends()
    known = run.params.frontier
    growths = (fast, known.growth_per_year, slow)
    return [tuple(growing_months(known.class_ratio, growth) for growth in growths)]


@table(
    date=Column("date", "%b %Y"),
    low=Column("FLOP", ".1e"),
    central=Column("FLOP", ".1e"),
    high=Column("FLOP", ".1e"),
    in_class=Column("FLOP", ".1e"),
)
def trend(run: Run) -> list[tuple[str, float, float, float, float]]:
    """The largest run by date, with the ends of its growth, and the size that B asks for.

    The first day of every year that is drawn or raced, and the day of the largest known run: there
    the ends part.
    """
    known = run.params.frontier
    start = u.last_day(known.largest_on)
    years = range(FIRST_DAY.year, int(run.params.race.horizon[:4]) + 2)
    days = sorted({start, *(date(year, 1, 1) for year in years)})
    return [_at_day(run.params, one, u.years_between(start, one)) for one in days]


def _at_day(params: Params, one: date, years: float) -> tuple[str, float, float, float, float]:
    known, (slow, fast) = params.frontier, growth_ends()
    low, central, high = (
        float(frontier.frontier_flop(years, known.largest_flop, growth))
        for growth in (slow, known.growth_per_year, fast)
    )
    ends = (low, high) if years > 0 else (central, central)
    return one.isoformat(), ends[0], central, ends[1], central / known.class_ratio


@table(run=Column("text"), date=Column("date", "%b %Y"), flop=Column("FLOP", ".1e"))
def known_runs(run: Run) -> list[tuple[str, str, float]]:
    """The reference run and the largest known one."""
    known = run.params.frontier
    return [
        ("reference run", u.last_day(known.reference_on).isoformat(), known.reference_flop),
        ("largest known run", u.last_day(known.largest_on).isoformat(), known.largest_flop),
    ]


def growth_ends() -> Ends:
    """Low and high end of the growth of the frontier, a year."""
    known = library().parameters["frontier.growth_per_year"]
    return float(known.low or 0), float(known.high or 0)


def growing_months(factor: float, growth: float) -> float:
    """Months in which the frontier grows by a factor."""
    return float(frontier.passing_years(factor, 1.0, growth)) * u.MONTHS_PER_YEAR


# --- the target on every route -------------------------------------------------------------------


@table(
    every_route,
    route=LABEL,
    finished=Column("date", "%b %Y"),
    lag_months=Column("months", ".0f", "frontier.central_lag_months.{row}", "months behind"),
    gap=Column("factor", ",.0f", "frontier.gap.{row}", "times as large"),
    gap_low=Column("factor", ",.0f", "frontier.gap_low.{row}"),
    gap_high=Column("factor", ",.0f", "frontier.gap_high.{row}"),
    gap_if_stopped=Column("factor", ".0f", "frontier.gap_if_stopped.{row}"),
    largest_flop=Column("FLOP", ".1e", "frontier.largest_flop_at.{row}"),
    in_class_flop=Column("FLOP", ".1e", "frontier.within_class_flop.{row}"),
    effective=Column("factor", ".0f", "frontier.effective_over_reference.{row}"),
    is_a=Column(*YES_OR_NO, "frontier.is_a.{row}", "A"),
    is_b=Column(*YES_OR_NO, "frontier.is_b.{row}", "B"),
    is_c=Column(*YES_OR_NO, "frontier.is_c.{row}", "C"),
)
def standing(run: Run, row: str) -> tuple[object, ...]:
    """The target on the day a route finishes it: lag, gap, and the definitions that it meets."""
    p, known = run.params, run.params.frontier
    made = frontier.Run(main(p).training_flop, years(run, row))
    found = frontier.standing(made, p)
    stopped = known.largest_flop / made.flop if math.isfinite(made.years) else u.NEVER
    met = (found.is_a, found.is_b, found.is_c)
    return (
        ROUTES[row].label,
        date_of(p, made.years),
        lag(made, p),
        found.gap,
        *(_gap(made, growth, p) for growth in growth_ends()),
        stopped,
        found.frontier_flop,
        found.frontier_flop / known.class_ratio,
        found.effective_over_reference,
        *(_word(holds, made.years) for holds in met),
    )


@table(
    lambda _: ["growth_low", "growth_high"],
    lag_months=Column("months", ".0f", "frontier.lag_months_if.{row}"),
)
def lag_by_growth(run: Run, row: str) -> tuple[float]:
    """The lag of the public machines at either end of the growth of the frontier."""
    p = _at_end(run, "frontier.growth_per_year", row)
    return (lag(of_target(FEDERATION, p), p),)


@table(
    lambda _: ["progress_low", "progress_high"],
    effective=Column("factor", ".0f", "frontier.effective_if.{row}"),
)
def effective_by_progress(run: Run, row: str) -> tuple[float]:
    """What the run of the public machines equals at either end of algorithmic progress."""
    p = _at_end(run, "frontier.algorithmic_progress_per_year", row)
    return (frontier.standing(of_target(FEDERATION, p), p).effective_over_reference,)


def _at_end(run: Run, key: str, row: str) -> Params:
    """The run with a parameter at the end that a row is named by."""
    return run.changed(parameters.ends({key: row.rpartition("_")[2]}))


def of_target(name: str, params: Params) -> frontier.Run:
    """The run of the target of the race on a route."""
    done = routes.finish_date_years(ROUTES[name](params), main(params), params)
    return frontier.Run(main(params).training_flop, done)


def lag(run: frontier.Run, params: Params) -> float:
    """Months since the frontier passed a run; of a run that is never finished, for ever."""
    if math.isinf(run.years) or not run.flop:
        return u.NEVER
    return frontier.lag_months(run, params, params.frontier.growth_per_year)


def _gap(run: frontier.Run, growth: float, params: Params) -> float:
    """How many times larger the frontier's run is at a growth."""
    after = frontier.since(params.frontier.largest_on, run.years, params)
    largest = frontier.frontier_flop(after, params.frontier.largest_flop, growth)
    return float(frontier.gap(run.flop, largest))


def _word(holds: bool, years: float) -> str:
    return "never" if math.isinf(years) else "yes" if holds else "no"


# --- the largest runs of every route -------------------------------------------------------------


@table(
    every_route,
    route=LABEL,
    flop=Column("FLOP", ".1e"),
    date=Column("date", "%b %Y"),
    years=Column("years", ".2f"),
    lag_months=Column("months", ".0f"),
    lag_low=Column("months", ".0f"),
    lag_high=Column("months", ".0f"),
)
def largest_runs(run: Run, row: str) -> list[tuple[object, ...]]:
    """The largest run that a route has finished by each date, with its lag over growth.

    Twenty sizes a decade up to the first that it never finishes, and the size of the last day that
    is drawn.
    """
    p, label = run.params, ROUTES[row].label
    end = u.years_between(routes.decision_date(p), LAST_DAY)
    return [
        (label, one.flop, date_of(p, one.years), one.years, *_lags(one, p))
        for one in _scanned(curve(run, row), end)
    ]


def _scanned(finish: FinishTime, end: float) -> Iterator[frontier.Run]:
    """The finished runs, with the largest of a model time, and one that is never finished."""
    done = finished_runs(finish)
    yield from (run for run in done if run.years < end)
    largest = routes.largest_run(finish, end)
    if largest >= SIZES[0]:
        yield frontier.Run(largest, end)
    yield from (run for run in done if run.years >= end)
    yield from (frontier.Run(flop, u.NEVER) for flop in SIZES[len(done) : len(done) + 1])


def finished_runs(finish: FinishTime) -> list[frontier.Run]:
    """The runs of a scan that a route finishes, the smallest first; larger ones never are."""
    runs = (frontier.Run(flop, finish(flop)) for flop in SIZES)
    return list(takewhile(lambda run: math.isfinite(run.years), runs))


def _lags(run: frontier.Run, params: Params) -> tuple[float, float, float]:
    """The lag on the trend, and the least and the most over the range of growth."""
    if math.isinf(run.years):
        return (u.NEVER,) * 3
    ends = [frontier.lag_months(run, params, growth) for growth in growth_ends()]
    return lag(run, params), min(ends), max(ends)


@table(
    every_route,
    route=LABEL,
    flop=Column("FLOP", ".1e", "frontier.nearest_flop.{row}", "run, FLOP"),
    date=Column("date", "%B %Y", "frontier.nearest_date.{row}", "finished"),
    lag_months=Column("months", ".0f", "frontier.nearest_lag_months.{row}", "months behind"),
    class_growth=Column(
        "factor", ".1f", "frontier.class_growth.{row}", "B if growth a year is below"
    ),
)
def nearest_runs(run: Run, row: str) -> tuple[str, float, str, float, float]:
    """Of each route the run that comes nearest to the frontier, and what growth takes one in."""
    every = run.rows("largest_runs", row)
    scanned = every[every["flop"].isin(SIZES)]  # the last day that is drawn is nobody's finish
    best, *_ = scanned.sort_values("lag_months", kind="stable").to_dict("records")
    pairs = zip(scanned["flop"], scanned["years"], strict=True)
    done = [one for one in map(frontier.Run._make, pairs) if math.isfinite(one.years)]
    growth = frontier.fastest_in_class(done, run.params)
    flop = best["flop"] if done else u.NEVER
    return best["route"], flop, best["date"], best["lag_months"], growth


# --- C* ------------------------------------------------------------------------------------------


@table(lambda _: RIVALS, lag_months=Column("months", ".0f", "frontier.c_star_lag_months.{row}"))
def c_star_lags(run: Run, row: str) -> tuple[float]:
    """How far behind the public machines are with C* of their race against a rival."""
    ours, other = (curve(run, name) for name in (FEDERATION, row))
    return (_crossing(ours, other, run.params)[2],)


@table(
    rival=LABEL,
    share=Column("fraction", ".1%"),
    decided=Column("date", "%b %Y"),
    flop=Column("FLOP", ".1e"),
    at_least=Column("flag"),
    lag_months=Column("months", ".0f"),
)
def c_star_map(run: Run) -> list[tuple[object, ...]]:
    """C* of the public machines by rival, share granted and day of the decision, and its lag.

    C* is 0 where the rival leads from the smallest run. Days are those before the horizon.
    """
    horizon = u.last_day(run.params.race.horizon)
    return [row for one in decision_days() if one < horizon for row in _decided(run, one)]


def _decided(run: Run, one: date) -> Iterator[tuple[object, ...]]:
    """The tiles of one day of the decision."""
    dated = {"race.decision_date": one.isoformat()}
    others = {name: _curve(name, run.changed(dated)) for name in MAP_RIVALS}
    for share in shares():
        granted = run.changed({**dated, "owned.share": share})
        ours = _curve(FEDERATION, granted)
        for name, other in others.items():
            found = _crossing(ours, other, granted)
            yield ROUTES[name].label, share, one.isoformat(), *found


def _curve(name: str, params: Params) -> FinishTime:
    return routes.finish_curve(ROUTES[name](params), params)


def _crossing(ours: FinishTime, other: FinishTime, params: Params) -> tuple[float, bool, float]:
    """C* of two curves, whether it is a bound, and the lag of that run when it is finished."""
    found = coarse_c_star(ours, other)
    done = ours(found.flop) if found.flop else u.NEVER
    return found.flop, found.at_least, lag(frontier.Run(found.flop, done), params)


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


def shares() -> list[float]:
    """The shares of the map: round ones, and the ends and centre of the range of `owned.share`."""
    known = library().parameters["owned.share"]
    return sorted({*MAP_SHARES, *(float(v or 0) for v in (known.low, known.value, known.high))})


def decision_days() -> list[date]:
    """The days of the map: every half year over the range of `race.decision_date`."""
    known = library().parameters["race.decision_date"]
    apart = pd.DateOffset(months=DECISIONS_APART)
    return [one.date() for one in pd.date_range(str(known.low), str(known.high), freq=apart)]


# --- a programme of several models ---------------------------------------------------------------


@table(
    every_route,
    route=LABEL,
    model=Column("number", "d"),
    date=Column("date", "%B %Y", "frontier.generation_{model}_date.{row}"),
    flop=Column("FLOP", ".1e", "frontier.generation_{model}_flop.{row}"),
    lag_months=Column("months", ".0f", "frontier.generation_{model}_lag_months.{row}"),
)
def programme(run: Run, row: str) -> list[tuple[object, ...]]:
    """Date, size and lag of each model of a programme on a route; public machines are renewed."""
    p, label = run.changed(RENEWED), ROUTES[row].label
    return [
        (label, model, date_of(p, made.years), made.flop or u.NEVER, lag(made, p))
        for model, made in enumerate(_models(row, p), start=1)
    ]


@table(
    date=Column("date", "%B %Y", "frontier.last_unrenewed_date.owned"),
    flop=Column("FLOP", ".1e", "frontier.last_unrenewed_flop.owned"),
    renewed_flop=Column("FLOP", ".1e", "frontier.last_unrenewed_renewed_flop.owned"),
)
def renewal(run: Run) -> list[tuple[str, float, float]]:
    """The last model of a programme whose machines are not renewed, and one with renewal then."""
    bare = run.changed({"owned.renewal": False, "programme.n_generations": LONG})
    done = [one for one in _models(FEDERATION, bare) if math.isfinite(one.years)]
    if not done:
        return [("never", u.NEVER, u.NEVER)]
    last = done[-1]
    start = last.years - bare.programme.training_months / u.MONTHS_PER_YEAR
    renewed = run.changed(RENEWED)
    flop = routes.run_between(ROUTES[FEDERATION](renewed), start, last.years, renewed)
    return [(date_of(bare, last.years), last.flop, flop)]


def _models(name: str, params: Params) -> list[frontier.Run]:
    """The models of a programme on a route."""
    made = routes.generations(ROUTES[name](params), main(params), params)
    return [frontier.Run(one.training_flop, one.finish_years) for one in made]
