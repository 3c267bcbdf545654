"""What routes compute: on equal terms of power, money or date, and in a programme that goes on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from euromesh import units as u
from euromesh.availability import CStar, FinishTime, c_star, last_like
from euromesh.fleet import Site
from euromesh.records import Params
from euromesh.records.tables import Target
from euromesh.routes.dates import (
    finish_curve,
    finish_date_years,
    flop_between,
    optimal_model,
)
from euromesh.routes.route import Route
from euromesh.routes.sites import horizon_years

SMALLEST_RUN: Final = 1e22  # FLOP; the scan for C* starts here
LARGEST_RUN: Final = 1e30
Weight = Callable[[Site], float]  # of a site in what is made equal


def trimmed(route: Route, weight: Weight, budget: float) -> Route:
    """The earliest sites of a route up to a budget of power or money, the last one in part.

    A route that has less than the budget stays as it is.
    """
    kept: list[Site] = []
    left = budget
    for site in sorted(route.sites, key=lambda s: (s.start_years, s.place)):
        whole = weight(site)
        part = min(1.0, left / whole) if whole > 0 else 1.0
        if part > 0:
            kept.append(replace(site, n_accel=part * site.n_accel))
        left = max(0.0, left - whole)
    return replace(route, sites=tuple(kept))


def peak_weight(route: Route, weight: Weight) -> float:
    """The most that a route holds at one time, in what is made equal."""
    held = (
        math.fsum(weight(s) for s in route.sites if s.start_years <= t < s.end_years)
        for t in {s.start_years for s in route.sites}
    )
    return max(held, default=0.0)


def race_c_star(federation: Route, other: Route, params: Params) -> CStar:
    """C* of two routes, each run compute-optimal for its FLOP."""
    return curves_c_star(finish_curve(federation, params), finish_curve(other, params))


def curves_c_star(federation: FinishTime, other: FinishTime) -> CStar:
    """C* of two finish curves, over every run worth asking about."""
    return c_star(federation, other, SMALLEST_RUN, LARGEST_RUN)


def largest_run(curve: FinishTime, years: float) -> float:
    """The largest compute-optimal run that is finished by a model time, FLOP; 0 where none is."""
    if curve(SMALLEST_RUN) > years:
        return 0.0
    return last_like(SMALLEST_RUN, LARGEST_RUN, lambda flop: curve(flop) <= years, 1e-6)


def run_between(route: Route, start: float, end: float, params: Params) -> float:
    """C with F(end; N(C)) - F(start; N(C)) = C: the compute-optimal run that fills a span, FLOP.

    0 where not even the smallest run fits.
    """

    def fits(flop: float) -> bool:
        return flop_between(route, optimal_model(params, flop), start, end, params) >= flop

    if not fits(SMALLEST_RUN):
        return 0.0
    return last_like(SMALLEST_RUN, LARGEST_RUN, fits, 1e-6)


def least_share(
    make: Callable[[Params], Route],
    target: Target,
    by_years: float,
    params: Params,
    seen: Callable[[Params], Params],
) -> float:
    """The least `owned.share` with which a route finishes a target by a model time; inf if none.

    `seen` wraps the parameters of each trial, so that a caller may note what it reads.
    """

    def late(share: float) -> bool:
        granted = seen(replace(params, owned=replace(params.owned, share=share)))
        return finish_date_years(make(granted), target, granted) > by_years

    if late(1.0):
        return math.inf
    low, high = 0.0, 1.0
    while high - low > 1e-7:
        middle = (low + high) / 2
        low, high = (middle, high) if late(middle) else (low, middle)
    return high


# --- a programme that keeps training: one model after the other on the same route ----------------


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
