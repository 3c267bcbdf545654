"""A route against a run: what trains, when it finishes, and which route is first."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, cast

from euromesh import search
from euromesh import units as u
from euromesh.availability import FinishTime, Segment, finish_years
from euromesh.efficiency import (
    IDLE,
    Federation,
    ModelSize,
    Replica,
    dense,
    effective_replicas,
    federate,
    flop_penalty,
    optimal_params,
    precision_factor,
)
from euromesh.fleet import Site, site_flop_per_s
from euromesh.records import Params
from euromesh.records.tables import Target
from euromesh.routes import terms
from euromesh.routes.places import able_sites, replicas, trunks, up_at
from euromesh.routes.route import Route
from euromesh.routes.sites import horizon_years

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
    """The model of a target, in the precision of the run."""
    return _trained(params, target_size(params, target))


def target_size(params: Params, target: Target) -> ModelSize:
    """The model of a target: its own, else a dense one that is compute-optimal for its FLOP."""
    if target.n_params is None:
        return _optimal_size(params, target.training_flop)
    return ModelSize(target.n_params, target.n_active or target.n_params, 1.0)


def target_params(params: Params, target: Target) -> float:
    """N of a target: the parameters that compute a token."""
    return target_size(params, target).n_active


def optimal_model(params: Params, flop: float) -> ModelSize:
    """The dense model that is compute-optimal for a run, in the precision of the run."""
    return _trained(params, _optimal_size(params, flop))


def _optimal_size(params: Params, flop: float) -> ModelSize:
    return dense(cast(float, optimal_params(flop, params.training.tokens_per_param)))


def _trained(params: Params, size: ModelSize) -> ModelSize:
    factor = precision_factor(params.penalty, params.training, size.n_active)
    return replace(size, flop_factor=cast(float, factor))


def accrual(route: Route, model: ModelSize, params: Params) -> tuple[Segment, ...]:
    """Segments of net useful FLOP/s of a route that trains a model, and the places that do."""
    return tuple(_between(route, model, 0.0, horizon_years(params), params))


def flop_between(route: Route, model: ModelSize, start: float, end: float, params: Params) -> float:
    """F(end; N) - F(start; N): useful FLOP that a route computes in a span of model time."""
    return math.fsum(s.flop for s in _between(route, model, start, end, params))


def finish_date_years(route: Route, target: Target, params: Params) -> float:
    """t*(C) of a target, model time; what comes after it is not computed."""
    return _finish_years(route, target_model(params, target), target.training_flop, params)


def _finish_years(route: Route, model: ModelSize, flop: float, params: Params) -> float:
    sites = able_sites(route.sites, model, params)
    draw, found = _draw(sites, route, model, params, horizon_years(params)), [u.NEVER]
    search.finish(draw, [flop / u.SECONDS_PER_YEAR], found)
    return found[0]


def _between(
    route: Route, model: ModelSize, start: float, end: float, params: Params
) -> Iterator[Segment]:
    sites = able_sites(route.sites, model, params)
    if not sites:
        yield Segment(start, end, 0.0)
        return
    draw = _draw(sites, route, model, params, end)
    for begun, ended, team in search.segments(draw, start):
        places = zip(_names(sites), draw.roster.places, strict=True)
        up = [one for one in places if one[1].member > 0] if team.flop_per_s else []
        up.sort(key=lambda one: team.price * one[1].load - one[1].flop_per_s)
        yield Segment(begun, ended, team.flop_per_s, tuple(name for name, _ in up))


def _names(sites: list[Site]) -> list[str]:
    return sorted({site.place for site in sites})


def _draw(
    sites: list[Site], route: Route, model: ModelSize, params: Params, end: float
) -> search.Draw:
    """The sites of a route as they are searched, until a model time."""
    number = {name: at for at, name in enumerate(_names(sites))}
    rows = [
        search.Site(
            place=number[site.place],
            start=site.start_years,
            end=site.end_years,
            n_accel=site.n_accel,
            load=site.load,
            flop_per_s=site_flop_per_s(site),
            hbm_bytes=site.n_accel * site.hbm_bytes,
            goodput=site.goodput,
            copies=1.0,
        )
        for site in sites
        if site.start_years < site.end_years
    ]
    known, plain = trunks(params), params.training.wan_gbit_per_s * u.GIGA
    cities = {site.place: site.city for site in sites}
    rates = [known[c].bits_per_s if (c := cities[name]) in known else plain for name in number]
    setting = terms.Setting(model, params.training, route.penalty(params))
    return terms.draw(setting, rows, rates, end)


def finish(route: Route, target: Target, params: Params) -> Finish:
    """When a route finishes a target, and the federation that trains at that moment."""
    model = target_model(params, target)
    accrued = accrual(route, model, params)
    done = finish_date_years(route, target, params)
    fastest = max(accrued, key=lambda segment: segment.flop_per_s)
    moment = fastest.end_years if math.isinf(done) else done
    there = next(segment for segment in accrued if segment.end_years >= moment).places
    up = {r.place: r for r in replicas(up_at(route, moment), params)}
    members = [up[place] for place in there]
    penalty = route.penalty(params)
    team = federate(members, model, params.training, penalty) if members else IDLE
    first = next((s.start_years for s in accrued if s.flop_per_s > 0), u.NEVER)
    return Finish(done, first, moment, team)


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
        "after the penalty": gated * team.efficiency,
        "after the precision": team.flop_per_s,
    }


def effective_finish_years(route: Route, target: Target, params: Params) -> float:
    """t*(C) of the same teams if the penalty counted their effective number of replicas."""
    model, penalty = target_model(params, target), route.penalty(params)
    steps = params.training.inner_steps

    def counted(segment: Segment) -> Segment:
        middle = (segment.start_years + segment.end_years) / 2
        up = replicas(up_at(route, middle), params)
        members = [one for one in up if one.place in segment.places]
        if not members or penalty is None:
            return segment
        whole, part = (
            float(flop_penalty(penalty, model.n_active, n, steps))
            for n in (len(members), effective_replicas(members))
        )
        return replace(segment, flop_per_s=segment.flop_per_s * whole / part)

    return finish_years(map(counted, accrual(route, model, params)), target.training_flop)


def finish_curve(route: Route, params: Params) -> FinishTime:
    """t*(C) of a compute-optimal run of C FLOP, model time; it remembers what it was asked."""
    return cache(lambda flop: _finish_years(route, optimal_model(params, flop), flop, params))


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
