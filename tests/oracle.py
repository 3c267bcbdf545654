"""The race once more, slow and plain: what the search of the package is held against.

Teams are chosen from records of places, candidate by candidate, and compute accrues from one change
of the sites to the next, whether it matters or not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TypeAlias

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
from euromesh.fleet import half_mfu_accel
from euromesh.records.settings import Penalty, Training

Chosen: TypeAlias = list[Replica]


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
            n_half = float(half_mfu_accel(training.saturation, model.n_active, batch))
            yield _fastest(alone if size == 1 else together, size, n_half)


def _fastest(replicas: Sequence[Replica], size: int, n_half: float) -> Chosen:
    """The `size` replicas with the greatest sum r / (n_h + sum n) (Dinkelbach's iteration)."""
    price = 0.0
    while True:
        worth = {r.place: r.flop_per_s - price * r.n_accel for r in replicas}
        ranked = sorted(replicas, key=lambda r: (-worth[r.place], r.place))[:size]
        gross = math.fsum(r.flop_per_s for r in ranked)
        reached = float(ratio(gross, n_half + math.fsum(r.n_accel for r in ranked)))
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
