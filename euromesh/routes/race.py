"""A route against a run: what trains, when it finishes, and which route is first."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from euromesh import units as u
from euromesh.availability import (
    CStar,
    FinishTime,
    Segment,
    c_star,
    each_segment,
    finish_years,
    first_compute_years,
)
from euromesh.efficiency import (
    Federation,
    ModelSize,
    Replica,
    Trunk,
    best_federation,
    dense,
    memory_gate,
    optimal_params,
)
from euromesh.fleet import Site, site_flop_per_s
from euromesh.records import Params
from euromesh.records.tables import Link, Target
from euromesh.routes.route import Route
from euromesh.routes.sites import horizon_years

SMALLEST_RUN: Final = 1e22  # FLOP; the scan for C* starts here
LARGEST_RUN: Final = 1e30
YEARS: Final = (2028, 2030, 2032, 2035)  # at whose ends odds and compute are given


@dataclass(frozen=True, slots=True)
class Finish:
    """When a route finishes a run, in model time, and what it trained with at the end."""

    finish_years: float
    first_compute_years: float
    at_years: float  # the finish, or the fastest moment of a run that never finishes
    federation: Federation  # what trains at that moment

    @property
    def compute_days(self) -> float:
        """Days from the first compute to the finish."""
        if math.isinf(self.finish_years):
            return u.NEVER
        return (self.finish_years - self.first_compute_years) * u.DAYS_PER_YEAR


def target_model(params: Params, target: Target) -> ModelSize:
    """The model of a target: its own, else a dense one that is compute-optimal for its FLOP."""
    if target.n_params is None:
        return optimal_model(params, target.training_flop)
    return ModelSize(target.n_params, target.n_active or target.n_params)


def target_params(params: Params, target: Target) -> float:
    """N of a target: the parameters that compute a token."""
    return target_model(params, target).n_active


def optimal_model(params: Params, flop: float) -> ModelSize:
    """The dense model that is compute-optimal for a run."""
    return dense(float(optimal_params(flop, params.training.tokens_per_param)))


def accrual(route: Route, model: ModelSize, params: Params) -> tuple[Segment, ...]:
    """Segments of net useful FLOP/s of a route that trains a model."""
    return tuple(_accruing(route, model, params))


def flop_between(route: Route, model: ModelSize, start: float, end: float, params: Params) -> float:
    """F(end; N) - F(start; N): useful FLOP that a route computes in a span of model time."""
    return math.fsum(s.flop for s in _between(route, model, start, end, params))


def finish_date_years(route: Route, target: Target, params: Params) -> float:
    """t*(C) of a target, model time; what comes after it is not computed."""
    model = target_model(params, target)
    return finish_years(_accruing(route, model, params), target.training_flop)


def _accruing(route: Route, model: ModelSize, params: Params) -> Iterator[Segment]:
    return _between(route, model, 0.0, horizon_years(params), params)


def _between(
    route: Route, model: ModelSize, start: float, end: float, params: Params
) -> Iterator[Segment]:
    return each_segment(
        able_sites(route.sites, model, params),
        lambda sites: federation_of(sites, route, model, params).flop_per_s,
        start,
        end,
    )


def able_sites(sites: Sequence[Site], model: ModelSize, params: Params) -> list[Site]:
    """The sites of places whose memory, all of it up, holds at least one replica."""
    able = {
        r.place
        for r in replicas(sites, params)
        if memory_gate(r, model.n_params, params.training, 1).passed
    }
    return [site for site in sites if site.place in able]


def federation_of(
    sites: Iterable[Site], route: Route, model: ModelSize, params: Params
) -> Federation:
    """The best federation of the sites that are up; one building is its own baseline."""
    penalty = None if route.one_building else params.penalty
    return best_federation(replicas(sites, params), model, params.training, penalty)


def replicas(sites: Iterable[Site], params: Params) -> list[Replica]:
    """Sites grouped by place: what stands in one place trains as one replica."""
    by_place: dict[str, list[Site]] = defaultdict(list)
    for site in sites:
        by_place[site.place].append(site)
    trunks = {link.city: _trunk(link, params) for link in params.links.values()}
    plain = Trunk(params.training.wan_gbit_per_s * u.GIGA, params.training.wan_latency_seconds)
    return [
        _replica(place, group, trunks.get(place, plain))
        for place, group in sorted(by_place.items())
    ]


def finish(route: Route, target: Target, params: Params) -> Finish:
    """When a route finishes a target, and the federation that trains at that moment."""
    model = target_model(params, target)
    accrued = accrual(route, model, params)
    done = finish_years(accrued, target.training_flop)
    fastest = max(accrued, key=lambda segment: segment.flop_per_s)
    moment = fastest.end_years if math.isinf(done) else done
    federation = federation_of(up_at(route, moment), route, model, params)
    return Finish(done, first_compute_years(accrued), moment, federation)


def up_at(route: Route, years: float) -> list[Site]:
    """The sites that compute in the moment before a model time."""
    return [s for s in route.sites if s.start_years < years <= s.end_years]


def fleet(route: Route, done: Finish, model: ModelSize, params: Params) -> list[Replica]:
    """The places that could train at the finish: up, and able to hold a replica alone."""
    return replicas(able_sites(up_at(route, done.at_years), model, params), params)


def stages(route: Route, done: Finish) -> dict[str, float]:
    """FLOP/s left of the granted peak at the finish, factor by factor."""
    team = done.federation
    chosen = [s for s in up_at(route, done.at_years) if s.place in team.places]
    gated = math.fsum(site_flop_per_s(s) for s in chosen) * team.saturation
    return {
        "granted peak": math.fsum(s.n_accel * s.peak_flop_per_s for s in chosen),
        "after MFU and goodput": gated / team.saturation,
        "after the batch gate": gated,
        "after the exchange": gated * team.utilization,
        "after stragglers": gated * team.utilization * team.stragglers,
        "after the quorum": gated * team.utilization * team.stragglers * team.quorum,
        "after the penalty": team.flop_per_s,
    }


def finish_time(route: Route, params: Params, flop: float) -> float:
    """t*(C) of a compute-optimal run of C FLOP, model time."""
    return finish_years(_accruing(route, optimal_model(params, flop), params), flop)


def finish_curve(route: Route, params: Params) -> FinishTime:
    """t*(C) of a route as a function that remembers what it was asked."""
    return cache(lambda flop: finish_time(route, params, flop))


def race_c_star(federation: Route, other: Route, params: Params) -> CStar:
    """C* of two routes, each run compute-optimal for its FLOP."""
    return curves_c_star(finish_curve(federation, params), finish_curve(other, params))


def curves_c_star(federation: FinishTime, other: FinishTime) -> CStar:
    """C* of two finish curves, over every run worth asking about."""
    return c_star(federation, other, SMALLEST_RUN, LARGEST_RUN)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the years from the decision to the finish are made of; they sum to it."""

    institutional_years: float
    grid_years: float
    set_up_years: float  # commissioning, building, porting
    compute_years: float


def parts(route: Route, done: Finish) -> Parts:
    """The parts of a finish date, by the first site that computes."""
    first = done.first_compute_years
    if math.isinf(first):
        return Parts(route.institutional_years, route.grid_years, u.NEVER, u.NEVER)
    institutional = min(route.institutional_years, first)  # a site that joins may be sooner
    grid = min(route.grid_years, first - institutional)
    return Parts(
        institutional_years=institutional,
        grid_years=grid,
        set_up_years=first - institutional - grid,
        compute_years=done.compute_days / u.DAYS_PER_YEAR,
    )


def _replica(place: str, sites: Sequence[Site], trunk: Trunk) -> Replica:
    return Replica(
        place=place,
        n_accel=math.fsum(s.n_accel for s in sites),
        flop_per_s=math.fsum(site_flop_per_s(s) for s in sites),
        goodput=_common_goodput(sites),
        hbm_bytes=math.fsum(s.n_accel * s.hbm_bytes for s in sites),
        trunk=trunk,
    )


def _common_goodput(sites: Sequence[Site]) -> float:
    """Goodput of one place: its sites', weighted by their rate where they differ."""
    if len({s.goodput for s in sites}) == 1:
        return sites[0].goodput
    useful = math.fsum(site_flop_per_s(s) for s in sites)
    running = math.fsum(site_flop_per_s(s) / s.goodput for s in sites if s.goodput)
    return useful / running if running else 0.0


def _trunk(link: Link, params: Params) -> Trunk:
    """The rate that a site achieves, where its link allows that, and the common latency."""
    rate = min(params.training.wan_gbit_per_s, link.gbit_per_s) * u.GIGA
    return Trunk(rate, params.training.wan_latency_seconds)
