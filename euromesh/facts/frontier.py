"""The moving frontier: how large the largest run is by a date, and how far behind each route is.

Years are model time. What is never finished has an infinite date and an infinite lag.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from itertools import takewhile
from statistics import fmean
from typing import Final

import numpy as np
import pandas as pd

from euromesh import frontier, routes
from euromesh import params as parameters
from euromesh import units as u
from euromesh.availability import CStar, FinishTime
from euromesh.facts import tables as t
from euromesh.facts.changes import OWNED
from euromesh.facts.draws import drawn
from euromesh.facts.finishes import FEDERATION, RIVALS, by_route, curve, date_of, main, years
from euromesh.facts.tables import Column, Figure, Run, day, figures, keyed, number, table
from euromesh.params import library
from euromesh.records import Params
from euromesh.routes import ROUTES

PER_DECADE: Final = 20
SIZES: Final = tuple(1e24 * 10 ** (step / PER_DECADE) for step in range(6 * PER_DECADE + 1))
MAP_SIZES: Final = tuple(1e23 * 10 ** (step / 5) for step in range(36))  # to 1e30
MAP_PRECISION: Final = 1.001  # of C* on the map
MAP_RIVALS: Final = ("campus", "leased")
FIRST_DAY, LAST_DAY = date(2024, 1, 1), date(2036, 1, 1)  # that the page draws
RENEWED: Final = {"owned.renewal": True}  # public machines, for the models after the first
LAG, YES_OR_NO = Column("months", ".1f"), Column("text", "s")
GROWN, FASTEST = Column("factor", ",.0f"), Column("factor", ".1f")


@figures
def frontier_pace(run: Run) -> dict[str, Figure]:
    """The trend where it can be checked: on the day of the decision, and at a known ceiling."""
    known, origin = run.params.frontier, routes.decision_date(run.params)
    growth, record = known.growth_per_year, frontier.largest(run.params)
    decided = frontier.since(record.released_on, 0.0, run.params)
    by = u.years_between(u.last_day(record.released_on), u.last_day(known.feasible_by))
    passed = frontier.passing_years(known.feasible_flop, record.flop, growth)
    ratio = known.feasible_flop / record.flop
    return {
        "frontier.largest_name": Figure(record.name, "text", "s"),
        "frontier.largest_flop": number(record.flop, "FLOP", ".1e"),
        "frontier.largest_on": Figure(u.last_day(record.released_on).isoformat(), "date", "%B %Y"),
        "frontier.trend_at_decision": number(growth**decided, "factor", ".1f"),
        "frontier.trend_passes_feasible_date": day(origin, float(passed) - decided),
        "frontier.growth_to_feasible": number(ratio ** (1 / by), "factor", ".1f"),
        "frontier.doubling_months": number(growing_months(2.0, growth), "months", ".1f"),
    }


@table(low=LAG, central=LAG.keyed("frontier.class_lag_months"), high=LAG)
def class_lag(run: Run) -> list[tuple[float, ...]]:
    """The longest lag within the class ratio, at the ends of growth and on the trend."""
    known, (slow, fast) = run.params.frontier, growth_ends()
    growths = (fast, known.growth_per_year, slow)
    return [tuple(growing_months(known.class_ratio, growth) for growth in growths)]


@table(date=t.MONTH, low=t.FLOP, central=t.FLOP, high=t.FLOP, in_class=t.FLOP)
def trend(run: Run) -> Iterator[tuple[str, float, float, float, float]]:
    """The largest run by date, with the ends of its growth, and the size that B asks for.

    The first day of every year that is drawn or raced, and the day of the largest known run: there
    the ends part.
    """
    known, record, (slow, fast) = run.params.frontier, frontier.largest(run.params), growth_ends()
    start = u.last_day(record.released_on)
    years = range(FIRST_DAY.year, int(run.params.race.horizon[:4]) + 2)
    for one in sorted({start, *(date(year, 1, 1) for year in years)}):
        after = u.years_between(start, one)
        low, central, high = (
            float(frontier.frontier_flop(after, record.flop, growth))
            for growth in (slow, known.growth_per_year, fast)
        )
        ends = (low, high) if after > 0 else (central, central)
        yield one.isoformat(), ends[0], central, ends[1], central / known.class_ratio


@table(
    lambda p: p.frontier_runs,
    run=t.TEXT.headed("run"),
    date=t.MONTH,
    flop=t.FLOP.headed("FLOP"),
    n_accel=Column("count", ",.0f", head="accelerators"),
    over_reference=Column("factor", ".3g").keyed(
        "frontier.run_over_reference.{row}", "times the size in A"
    ),
    date_owned=t.DAY.keyed("frontier.run_date_owned.{row}", "public machines finish that size"),
    date_award=t.DAY.keyed("frontier.run_date_award.{row}", "the award alone"),
)
def known_runs(run: Run, row: str) -> tuple[object, ...]:
    """A known run, and when the public machines finish one of its size, or the award alone does."""
    p, known = run.params, run.params.frontier_runs[row]
    award = run.changed(parameters.ends(OWNED["award"]))
    return (
        known.name,
        u.last_day(known.released_on).isoformat(),
        *(known.flop, known.n_accel or math.nan),
        known.flop / p.frontier.reference_flop,
        date_of(p, curve(run, FEDERATION)(known.flop)),
        date_of(award, routes.finish_curve(ROUTES[FEDERATION](award), award)(known.flop)),
    )


@table(
    lambda p: [row for row, known in p.frontier_runs.items() if known.weight],
    run=t.TEXT.headed("largest known run"),
    date=t.MONTH,
    flop=t.FLOP.headed("FLOP"),
    weight=t.SHARE,
    lag_months=t.MONTHS.keyed("frontier.lag_months_by.{row}", "public machines behind, months"),
)
def readings(run: Run, row: str) -> tuple[object, ...]:
    """How far behind the target of the public machines is, if this run is the largest known."""
    every, known = run.params.frontier_runs, run.params.frontier_runs[row]
    made = frontier.Run(main(run.params).training_flop, years(run, FEDERATION))
    return (
        known.name,
        u.last_day(known.released_on).isoformat(),
        *(known.flop, known.weight / math.fsum(one.weight for one in every.values())),
        lag(made, run.changed({"frontier.reading": row})),
    )


def growth_ends() -> tuple[float, float]:
    """Low and high end of the growth of the frontier, a year."""
    known = library().parameters["frontier.growth_per_year"]
    return float(known.low or 0), float(known.high or 0)


def growing_months(factor: float, growth: float) -> float:
    """Months in which the frontier grows by a factor."""
    return float(frontier.passing_years(factor, 1.0, growth)) * u.MONTHS_PER_YEAR


# --- the target on every route -------------------------------------------------------------------


@by_route(
    finished=t.MONTH,
    lag_months=t.MONTHS.keyed("frontier.central_lag_months.{row}", "months behind"),
    gap=GROWN.keyed("frontier.gap.{row}", "times as large"),
    **keyed("frontier.*.{row}", gap_low=GROWN, gap_high=GROWN, gap_if_stopped=t.TIMES),
    largest_flop=t.FLOP.keyed("frontier.largest_flop_at.{row}"),
    in_class_flop=t.FLOP.keyed("frontier.within_class_flop.{row}"),
    effective=t.TIMES.keyed("frontier.effective_over_reference.{row}"),
    **{f"is_{a}": YES_OR_NO.keyed(f"frontier.is_{a}.{{row}}", a.upper()) for a in "abc"},
)
def standing(run: Run, row: str, _: str) -> tuple[object, ...]:
    """The target on the day a route finishes it: lag, gap, and the definitions that it meets."""
    p, known, record = run.params, run.params.frontier, frontier.largest(run.params)
    made = frontier.Run(main(p).training_flop, years(run, row))
    found = frontier.standing(made, p)
    after = frontier.since(record.released_on, made.years, p)
    ends = (frontier.frontier_flop(after, record.flop, growth) for growth in growth_ends())
    met = [("no", "yes")[holds] for holds in (found.is_a, found.is_b, found.is_c)]
    finished = math.isfinite(made.years)
    return (
        date_of(p, made.years),
        lag(made, p),
        found.gap,
        *(float(frontier.gap(made.flop, largest)) for largest in ends),
        record.flop / made.flop if finished else u.NEVER,
        found.frontier_flop,
        found.frontier_flop / known.class_ratio,
        found.effective_over_reference,
        *(met if finished else ["never"] * 3),
    )


@by_route(
    **keyed("frontier.*.{row}", lag_p10=t.MONTHS, lag_p90=t.MONTHS, gap_p10=GROWN, gap_p90=GROWN),
    odds_b=t.SHARE.keyed("frontier.odds_b.{row}", "odds of B"),
    odds_b_se=Column("fraction", ".2%", "frontier.odds_b.{row}_se", "error"),
)
def standing_drawn(run: Run, row: str, _: str) -> tuple[float, ...]:
    """The target finished on plan, over draws of the largest known run and of the growth."""
    made = frontier.Run(main(run.params).training_flop, years(run, row))
    if math.isinf(made.years):
        return (*[u.NEVER] * 4, 0.0, 0.0)
    seen = [_ahead(made, one, run.params) for one in drawn(run)]
    lags, gaps, met = zip(*seen, strict=True)
    ends = (np.quantile(one, (0.1, 0.9)) for one in (lags, gaps))
    odds = fmean(met)
    return (
        *(float(end) for pair in ends for end in pair),
        odds,
        (odds * (1 - odds) / len(met)) ** 0.5,
    )


def _ahead(made: frontier.Run, drawn: Params, params: Params) -> tuple[float, float, bool]:
    """Lag in months, gap, and whether B is met, by the frontier of a draw."""
    record, known = frontier.largest(drawn), drawn.frontier
    after = frontier.since(record.released_on, made.years, params)
    lagged = frontier.lag_years(made.flop, after, record.flop, known.growth_per_year)
    apart = frontier.gap(
        made.flop, frontier.frontier_flop(after, record.flop, known.growth_per_year)
    )
    return float(lagged) * u.MONTHS_PER_YEAR, float(apart), bool(apart <= known.class_ratio)


@table(
    lambda _: ["growth_low", "growth_high"],
    lag_months=t.MONTHS.keyed("frontier.lag_months_if.{row}"),
)
def lag_by_growth(run: Run, row: str) -> tuple[float]:
    """The lag of the public machines at either end of the growth of the frontier."""
    p = _at_end(run, "frontier.growth_per_year", row)
    return (lag(of_target(FEDERATION, p), p),)


@table(
    lambda _: ["progress_low", "progress_high"],
    effective=t.TIMES.keyed("frontier.effective_if.{row}"),
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


def lag(run: frontier.Run, params: Params, growth: float | None = None) -> float:
    """Months since the frontier passed a run; of a run that is never finished, for ever.

    The frontier grows at its central rate where no other growth is given.
    """
    if math.isinf(run.years) or not run.flop:
        return u.NEVER
    central = params.frontier.growth_per_year
    return frontier.lag_months(run, params, central if growth is None else growth)


# --- the largest runs of every route -------------------------------------------------------------


@by_route(
    flop=t.FLOP,
    date=t.MONTH,
    years=Column("years", ".2f"),
    **dict.fromkeys(["lag_months", "lag_low", "lag_high"], t.MONTHS),
)
def largest_runs(run: Run, row: str, _: str) -> Iterator[tuple[object, ...]]:
    """The largest run that a route has finished by each date, with its lag over growth.

    Twenty sizes a decade up to the first that it never finishes, and the size of the last day that
    is drawn.
    """
    p = run.params
    end = u.years_between(routes.decision_date(p), LAST_DAY)
    for one in _scanned(curve(run, row), end):
        ends = [lag(one, p, growth) for growth in growth_ends()]
        yield one.flop, date_of(p, one.years), one.years, lag(one, p), min(ends), max(ends)


def _scanned(finish: FinishTime, end: float) -> Iterator[frontier.Run]:
    """The finished runs, with the largest of a model time, and one that is never finished."""
    runs = (frontier.Run(flop, finish(flop)) for flop in SIZES)
    done = list(takewhile(lambda run: math.isfinite(run.years), runs))  # larger ones never are
    largest = routes.largest_run(finish, end)
    last = [frontier.Run(largest, end)] if largest >= SIZES[0] else []
    yield from sorted([*done, *last], key=lambda run: (run.years, run not in last))
    yield from (frontier.Run(flop, u.NEVER) for flop in SIZES[len(done) : len(done) + 1])


@by_route(
    flop=t.FLOP.keyed("frontier.nearest_flop.{row}", "run, FLOP"),
    date=t.DAY.keyed("frontier.nearest_date.{row}", "finished"),
    lag_months=t.MONTHS.keyed("frontier.nearest_lag_months.{row}", "months behind"),
    class_growth=FASTEST.keyed("frontier.class_growth.{row}", "B if growth a year is below"),
)
def nearest_runs(run: Run, row: str, _: str) -> tuple[float, str, float, float]:
    """Of each route the run that comes nearest to the frontier, and what growth takes one in."""
    every = run.rows("largest_runs", row)
    scanned = every[every["flop"].isin(SIZES)]  # the last day that is drawn is nobody's finish
    best = scanned.sort_values("lag_months", kind="stable").to_dict("records")[0]
    finished = scanned[np.isfinite(scanned["years"])][["flop", "years"]]
    done = [frontier.Run(*one) for one in finished.itertuples(index=False)]
    growth = frontier.fastest_in_class(done, run.params)
    return best["flop"] if done else u.NEVER, best["date"], best["lag_months"], growth


@table(lambda _: RIVALS, lag_months=t.MONTHS.keyed("frontier.c_star_lag_months.{row}"))
def c_star_lags(run: Run, row: str) -> tuple[float]:
    """How far behind the public machines are with C* of their race against a rival."""
    ours, other = (curve(run, name) for name in (FEDERATION, row))
    return (_crossing(ours, other, run.params)[2],)


@table(
    rival=t.TEXT,
    share=Column("fraction", ".1%"),
    decided=t.MONTH,
    flop=t.FLOP,
    at_least=t.FLAG,
    lag_months=t.MONTHS,
)
def c_star_map(run: Run) -> Iterator[tuple[object, ...]]:
    """C* of the public machines by rival, share granted and day of the decision, and its lag.

    C* is 0 where the rival leads from the smallest run. Shares are round ones and those of the
    range of `owned.share`; days every half year of that of the decision, before the horizon.
    """
    known, day = (library().parameters[key] for key in ("owned.share", "race.decision_date"))
    ends = (float(share or 0) for share in (known.low, known.value, known.high))
    shares = sorted({0.01, 0.05, 0.5, *ends})
    days = pd.date_range(str(day.low), str(day.high), freq=pd.DateOffset(months=6))
    for decided in days[days < pd.Timestamp(u.last_day(run.params.race.horizon))]:
        dated = {"race.decision_date": f"{decided:%Y-%m-%d}"}
        late = run.changed(dated)
        others = {name: routes.finish_curve(ROUTES[name](late), late) for name in MAP_RIVALS}
        for share in shares:
            granted = run.changed({**dated, "owned.share": share})
            ours = routes.finish_curve(ROUTES[FEDERATION](granted), granted)
            for name, other in others.items():
                found = _crossing(ours, other, granted)
                yield ROUTES[name].label, share, *dated.values(), *found


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


# --- a programme of several models ---------------------------------------------------------------


@by_route(
    model=Column("number", "d"),
    **keyed("frontier.generation_{model}_*.{row}", date=t.DAY, flop=t.FLOP, lag_months=t.MONTHS),
)
def programme(run: Run, row: str, _: str) -> list[tuple[object, ...]]:
    """Date, size and lag of each model of a programme on a route; public machines are renewed."""
    p = run.changed(RENEWED)
    return [
        (model, date_of(p, made.years), made.flop or u.NEVER, lag(made, p))
        for model, made in enumerate(_models(row, p), start=1)
    ]


@table(**keyed("frontier.last_unrenewed_*.owned", date=t.DAY, flop=t.FLOP, renewed_flop=t.FLOP))
def renewal(run: Run) -> list[tuple[str, float, float]]:
    """The last model of a programme whose machines are not renewed, and one with renewal then.

    It asks for more models than fit before the horizon.
    """
    bare = run.changed({"owned.renewal": False, "programme.n_generations": 30})
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
