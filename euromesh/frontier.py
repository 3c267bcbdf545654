"""The moving frontier: how large the largest run is by a date, and how far behind one is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from euromesh import units as u
from euromesh.elementwise import log, ratio
from euromesh.records import Params
from euromesh.records.tables import FrontierRun
from euromesh.units import Values


def frontier_flop(years: Values, largest_flop: Values, growth_per_year: Values) -> Values:
    """C_F = C_0 G^t: size of the largest run t years after the largest known one, FLOP."""
    return largest_flop * growth_per_year**years


def gap(flop: Values, frontier: Values) -> Values:
    """C_F / C: how many times larger the frontier's run is."""
    return frontier / flop


def passing_years(flop: Values, largest_flop: Values, growth: Values) -> Values:
    """ln(C / C_0) / ln G: years from the largest known run until the frontier has a size.

    Infinite where it does not grow.
    """
    return ratio(log(flop / largest_flop), log(growth))


def lag_years(flop: Values, years: Values, largest_flop: Values, growth: Values) -> Values:
    """t - ln(C / C_0) / ln G: years since the frontier passed a run of this size.

    `years` is the finish of the run, counted from the date of the largest known run.
    """
    return years - passing_years(flop, largest_flop, growth)


def effective_flop(flop: Values, years: Values, progress_per_year: Values) -> Values:
    """C s^t: FLOP that the reference date would have needed for the same quality."""
    return flop * progress_per_year**years


def class_growth(flop: Values, years: Values, largest_flop: Values, class_ratio: Values) -> Values:
    """(C ratio / C_0)^(1/t): growth a year at which a run is just within the class ratio.

    `years` is the finish of the run, counted from the date of the largest known run; positive.
    """
    return (flop * class_ratio / largest_flop) ** (1 / years)


# --- runs of a route -----------------------------------------------------------------------------


class Run(NamedTuple):
    """A run that a route finishes: its size, and the model time of its finish."""

    flop: float
    years: float


def largest(params: Params) -> FrontierRun:
    """The largest known run, C_0 of the day t_0, by the reading of the parameters."""
    return params.frontier_runs[params.frontier.reading]


def since(day: str, years: float, params: Params) -> float:
    """Years from a day to a model time."""
    return years - u.years_between(u.first_day(params.race.decision_date), u.last_day(day))


def lag_months(run: Run, params: Params, growth: float) -> float:
    """Months since a frontier that grows so fast passed the size of a run."""
    known = largest(params)
    after = since(known.released_on, run.years, params)
    return float(lag_years(run.flop, after, known.flop, growth)) * u.MONTHS_PER_YEAR


def fastest_in_class(runs: Iterable[Run], params: Params) -> float:
    """The fastest growth of the frontier at which one of the runs is within the class ratio."""
    known, class_ratio = largest(params), params.frontier.class_ratio
    growths = [
        float(class_growth(run.flop, years, known.flop, class_ratio))
        for run in runs
        if (years := since(known.released_on, run.years, params)) > 0
    ]
    return max(growths, default=u.NEVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A run beside the frontier of the day it is finished, and the definitions that it meets."""

    frontier_flop: float  # the largest run of that day
    gap: float
    effective_over_reference: float
    is_a: bool  # as large as the reference run
    is_b: bool  # within the class ratio of the largest run of that day
    is_c: bool  # the reference's quality, after algorithmic progress


def standing(run: Run, params: Params) -> Standing:
    """How a run stands to the frontier of the day it is finished."""
    known, record = params.frontier, largest(params)
    after = since(record.released_on, run.years, params)
    ahead = float(frontier_flop(after, record.flop, known.growth_per_year))
    later = since(known.reference_on, run.years, params)
    effective = float(effective_flop(run.flop, later, known.algorithmic_progress_per_year))
    return Standing(
        frontier_flop=ahead,
        gap=float(gap(run.flop, ahead)),
        effective_over_reference=effective / known.reference_flop,
        is_a=run.flop >= known.reference_flop,
        is_b=run.flop >= ahead / known.class_ratio,
        is_c=effective >= known.reference_flop,
    )
