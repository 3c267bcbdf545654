"""Routes on equal terms: the same power, the same money, the same date."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from euromesh.availability import FinishTime, cumulative_flop, last_like
from euromesh.efficiency import ModelSize
from euromesh.fleet import Site
from euromesh.records import Params
from euromesh.records.tables import Target
from euromesh.routes.dates import LARGEST_RUN, SMALLEST_RUN, accrual, finish_date_years
from euromesh.routes.route import Route

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
    starts = {s.start_years for s in route.sites}
    held = (
        math.fsum(weight(s) for s in route.sites if s.start_years <= t < s.end_years)
        for t in starts
    )
    return max(held, default=0.0)


def flop_by(route: Route, model: ModelSize, years: float, params: Params) -> float:
    """F(t; N): useful FLOP that a route has computed by a model time for a model of N."""
    return cumulative_flop(accrual(route, model, params), years)


def largest_run(curve: FinishTime, years: float) -> float:
    """The largest compute-optimal run that is finished by a model time, FLOP; 0 where none is."""
    if curve(SMALLEST_RUN) > years:
        return 0.0
    return last_like(SMALLEST_RUN, LARGEST_RUN, lambda flop: curve(flop) <= years, 1e-6)


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
