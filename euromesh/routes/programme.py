"""A programme that keeps training: one model after the other on the same route."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from euromesh import units as u
from euromesh.availability import last_like
from euromesh.records import Params
from euromesh.records.tables import Target
from euromesh.routes.dates import (
    LARGEST_RUN,
    SMALLEST_RUN,
    finish_date_years,
    flop_between,
    optimal_model,
)
from euromesh.routes.route import Route
from euromesh.routes.sites import horizon_years


@dataclass(frozen=True, slots=True)
class Generation:
    """One model of a programme: when it is finished, and how large its run was."""

    finish_years: float
    training_flop: float


def generations(route: Route, first: Target, params: Params) -> Iterator[Generation]:
    """The first finishes the target; each after it trains for `programme.training_months`.

    A generation whose predecessor never finishes, or that would end past the horizon, never
    finishes and computes nothing.
    """
    done = Generation(finish_date_years(route, first, params), first.training_flop)
    yield done
    for _ in range(round(params.programme.n_generations) - 1):
        done = _next(route, done.finish_years, params)
        yield done


def _next(route: Route, start: float, params: Params) -> Generation:
    end = start + params.programme.training_months / u.MONTHS_PER_YEAR
    in_time = end <= horizon_years(params)
    flop = run_between(route, start, end, params) if in_time else 0.0
    return Generation(end, flop) if flop else Generation(u.NEVER, 0.0)


def run_between(route: Route, start: float, end: float, params: Params) -> float:
    """C with F(end; N(C)) - F(start; N(C)) = C: the compute-optimal run that fills a span, FLOP.

    0 where not even the smallest run fits.
    """

    def fits(flop: float) -> bool:
        return flop_between(route, optimal_model(params, flop), start, end, params) >= flop

    if not fits(SMALLEST_RUN):
        return 0.0
    return last_like(SMALLEST_RUN, LARGEST_RUN, fits, 1e-6)
