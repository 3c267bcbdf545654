"""The race once more, slow and plain: what the search of the package is held against.

Teams are chosen from records of places, candidate by candidate, and compute accrues from one change
of the sites to the next, whether it matters or not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from euromesh import routes
from euromesh import units as u
from euromesh.availability import Segment, finish_years
from euromesh.efficiency import (
    IDLE,
    Federation,
    ModelSize,
    Replica,
    federate,
    memory_gate,
    optimal_batch_tokens,
)
from euromesh.elementwise import ratio
from euromesh.ensemble import draws_at
from euromesh.fleet import Site
from euromesh.records import Params
from euromesh.records.settings import Penalty, Training
from euromesh.records.tables import Target
from euromesh.routes import ROUTES, Route

Chosen: TypeAlias = list[Replica]
Rate: TypeAlias = Callable[[Sequence[Site]], float]  # useful FLOP/s of the sites that are up
FLAGS = {name: "granted" if name == "owned" else "built" for name in ROUTES if name != "new_medium"}


def drawn_years(
    params: Params, targets: Sequence[str], name: str, points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Finish of one route if it is built, on the clock of `params`, years: targets x draws."""
    origin = routes.decision_date(params)
    years = np.empty((len(targets), len(points)))
    for column, drawn in enumerate(draws_at(params, points)):
        decided = u.years_between(origin, routes.decision_date(drawn))
        raised = _raised(name, drawn)
        route = ROUTES[name](raised)
        for row, target in enumerate(targets):
            years[row, column] = decided + date_years(route, raised.targets[target], raised)
    return years


def _raised(name: str, drawn: Params) -> Params:
    """The draw with the route built."""
    if name not in FLAGS:
        return drawn
    topic: Any = {name: replace(getattr(drawn, name), **{FLAGS[name]: True})}
    return replace(drawn, **topic)


def date_years(route: Route, target: Target, params: Params) -> float:
    """t*(C) of a target, model time."""
    model = routes.target_model(params, target)
    penalty = None if route.one_building else params.penalty

    def rate(up: Sequence[Site]) -> float:
        places = routes.replicas(up, params)
        return best_federation(places, model, params.training, penalty).flop_per_s

    able = routes.able_sites(route.sites, model, params)
    accrual = each_segment(able, rate, routes.horizon_years(params))
    return finish_years(accrual, target.training_flop)


def segments(sites: Sequence[Site], rate: Rate, horizon_years: float) -> tuple[Segment, ...]:
    """The segments of constant rate from the decision date to the horizon."""
    return tuple(each_segment(sites, rate, horizon_years))


def each_segment(sites: Sequence[Site], rate: Rate, horizon_years: float) -> Iterator[Segment]:
    """The same one by one; the rate is asked for once a segment."""
    times = {0.0, horizon_years}
    for site in sites:
        times |= {site.start_years, site.end_years}
    for start, end in pairwise(sorted(t for t in times if 0.0 <= t <= horizon_years)):
        yield Segment(start, end, rate([s for s in sites if s.start_years <= start < s.end_years]))


def best_federation(
    replicas: Sequence[Replica], model: ModelSize, training: Training, penalty: Penalty | None
) -> Federation:
    """The fastest federation over every number of members.

    For a fixed M, one trunk speed and one goodput the net rate never falls as the gross rate
    grows, so the best M members are those with the greatest gross rate; the batch gate makes that
    a ratio, which `_fastest` maximises exactly. Unequal trunks: the same for each trunk speed as
    a floor. Unequal goodputs: from the fastest and the steadiest team of every size, members are
    added and dropped while that helps, which is no proof. Sites share one latency. Places whose
    memory cannot hold a replica stay out.
    """
    if len({r.goodput for r in replicas}) > 1:
        return _searched(replicas, model, training, penalty)
    found = (
        federate(team, model, training, penalty) for team in _candidates(replicas, model, training)
    )
    return max(found, key=lambda federation: federation.flop_per_s, default=IDLE)


def _candidates(
    replicas: Sequence[Replica], model: ModelSize, training: Training
) -> Iterator[Chosen]:
    """For every trunk speed as a floor and every size, the replicas of greatest gross rate."""
    for floor in sorted({r.trunk.bits_per_s for r in replicas}):
        wide = [r for r in replicas if r.trunk.bits_per_s >= floor and r.flop_per_s > 0]
        alone, together = (
            [r for r in wide if memory_gate(r, model.n_params, training, size).passed]
            for size in (1, 2)
        )
        most = min(int(training.most_replicas), max(len(together), min(1, len(alone))))
        for size in range(1, most + 1):
            batch = optimal_batch_tokens(model.n_active, size, training.batch)
            yield _fastest(alone if size == 1 else together, size, model.n_active * float(batch))


def _fastest(replicas: Sequence[Replica], size: int, param_tokens: float) -> Chosen:
    """The `size` replicas with the greatest sum r / (N B + sum n / h) (Dinkelbach's iteration)."""
    price = 0.0
    while True:
        worth = {r.place: r.flop_per_s - price * r.load for r in replicas}
        ranked = sorted(replicas, key=lambda r: (-worth[r.place], r.place))[:size]
        gross = math.fsum(r.flop_per_s for r in ranked)
        reached = float(ratio(gross, param_tokens + math.fsum(r.load for r in ranked)))
        if reached <= price * (1 + 1e-12):
            return ranked
        price = reached


def _searched(
    replicas: Sequence[Replica], model: ModelSize, training: Training, penalty: Penalty | None
) -> Federation:
    """The best that improvement reaches from the greatest rates, and the greatest goodputs."""
    steady = sorted(replicas, key=lambda r: (-r.goodput, r.place))
    starts = [
        *_candidates(replicas, model, training),
        *(steady[:size] for size in range(1, len(steady) + 1)),
    ]
    found = (
        _improved(team, replicas, model, training, penalty)
        for team in starts
        if _fits(team, model, training)
    )
    return max(found, key=lambda federation: federation.flop_per_s, default=IDLE)


def _fits(team: Chosen, model: ModelSize, training: Training) -> bool:
    """Whether a team is no larger than allowed and every member holds a replica."""
    return len(team) <= training.most_replicas and all(
        memory_gate(r, model.n_params, training, len(team)).passed for r in team
    )


def _improved(
    chosen: Chosen,
    replicas: Sequence[Replica],
    model: ModelSize,
    training: Training,
    penalty: Penalty | None,
) -> Federation:
    """The federation after the best single change, again and again until none helps."""
    best = federate(chosen, model, training, penalty)
    while True:
        tried = [
            (federate(team, model, training, penalty), team)
            for team in _neighbours(chosen, replicas)
            if _fits(team, model, training)
        ]
        found, team = max(tried, key=lambda pair: pair[0].flop_per_s, default=(IDLE, chosen))
        if found.flop_per_s <= best.flop_per_s * (1 + 1e-12):
            return best
        best, chosen = found, team


def _neighbours(chosen: Chosen, replicas: Sequence[Replica]) -> Iterator[Chosen]:
    """Every set that adds or drops one member."""
    inside = {r.place for r in chosen}
    outside = [r for r in replicas if r.place not in inside and r.flop_per_s > 0]
    kept = [[r for r in chosen if r is not gone] for gone in chosen]
    yield from ([*chosen, one] for one in outside)
    yield from (rest for rest in kept if rest)
