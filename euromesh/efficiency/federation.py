"""Which places train together, and how fast: gates, best subset, net useful FLOP/s."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from euromesh import units as u
from euromesh.efficiency.exchange import compute_utilization, exchange_bits
from euromesh.efficiency.penalty import flop_penalty
from euromesh.efficiency.run import optimal_batch_tokens, step_seconds
from euromesh.elementwise import ratio
from euromesh.fleet import half_mfu_accel, mfu_at
from euromesh.records.settings import Penalty, Training
from euromesh.units import Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One place as the run sees it."""

    place: str
    n_accel: float
    flop_per_s: float  # useful, before the batch gate
    running_flop_per_s: float  # the same while it is up: r / g
    hbm_bytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """A set of replicas that train one model, and its rates."""

    places: tuple[str, ...]
    n_accel: float
    utilization: float  # U
    penalty: float  # kappa
    saturation: float  # what the batch gate leaves, mu / mu_1
    step_seconds: float
    batch_tokens: float
    flop_per_s: float  # net: useful FLOP/s of the baseline run


IDLE = Federation(
    places=(),
    n_accel=0.0,
    utilization=0.0,
    penalty=1.0,
    saturation=1.0,
    step_seconds=math.inf,
    batch_tokens=0.0,
    flop_per_s=0.0,
)


def replica_bytes(n_params: Values, training: Training, n_replicas: int) -> Values:
    """Memory that one replica needs: bytes per parameter, more for the outer optimiser's state.

    16 bytes a parameter for mixed-precision Adam; Streaming DiLoCo measured the extra share.
    """
    extra = training.replica_extra_memory if n_replicas > 1 else 0.0
    return n_params * training.bytes_per_param * (1 + extra)


def federate(
    replicas: Sequence[Replica], n_params: float, training: Training, penalty: Penalty | None
) -> Federation:
    """Net rate of these replicas together: sum r_i x (mu / mu_1) x U / kappa.

    Without a penalty the run is the baseline itself: one building, kappa 1.
    """
    return _with_exchange(_unhindered(replicas, n_params, training, penalty), n_params, training)


def best_federation(
    replicas: Sequence[Replica], n_params: float, training: Training, penalty: Penalty | None
) -> Federation:
    """The fastest federation over every number of members.

    For a fixed M the net rate never falls as the gross rate grows, so the best M members are
    those with the greatest gross rate; the batch gate makes that a ratio, which `_fastest`
    maximises exactly. Places whose granted memory cannot hold a replica stay out. The rate
    without exchange bounds the rate with it, so the search ends when the next bound is lower.
    """
    best = IDLE
    teams = [
        _unhindered(chosen, n_params, training, penalty)
        for chosen in _candidates(replicas, n_params, training)
    ]
    for team in sorted(teams, key=lambda team: -team.flop_per_s):
        if team.flop_per_s <= best.flop_per_s:
            break
        best = max(best, _with_exchange(team, n_params, training), key=lambda f: f.flop_per_s)
    return best


def _candidates(
    replicas: Sequence[Replica], n_params: float, training: Training
) -> Iterator[list[Replica]]:
    """The replicas with the greatest gross rate, for every number that memory allows."""
    for size in range(1, len(replicas) + 1):
        needed = replica_bytes(n_params, training, size)
        able = [r for r in replicas if r.hbm_bytes >= needed and r.flop_per_s > 0]
        if len(able) < size:
            return
        batch = optimal_batch_tokens(n_params, size, training.batch)
        yield _fastest(able, size, float(half_mfu_accel(training.saturation, n_params, batch)))


def _unhindered(
    replicas: Sequence[Replica], n_params: float, training: Training, penalty: Penalty | None
) -> Federation:
    """The federation as if no exchange made it wait: U = 1."""
    size = len(replicas)
    batch = float(optimal_batch_tokens(n_params, size, training.batch))
    n_accel = math.fsum(r.n_accel for r in replicas)
    left = float(mfu_at(1.0, n_accel, half_mfu_accel(training.saturation, n_params, batch)))
    running = math.fsum(r.running_flop_per_s for r in replicas) * left
    kappa = flop_penalty(penalty, n_params, size, training.inner_steps) if penalty else 1.0
    return Federation(
        places=tuple(r.place for r in replicas),
        n_accel=n_accel,
        utilization=1.0,
        penalty=float(kappa),
        saturation=left,
        step_seconds=float(step_seconds(n_params, batch, running)),
        batch_tokens=batch,
        flop_per_s=math.fsum(r.flop_per_s for r in replicas) * left / float(kappa),
    )


def _fastest(replicas: Sequence[Replica], size: int, n_half: float) -> list[Replica]:
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


def _with_exchange(team: Federation, n_params: float, training: Training) -> Federation:
    """The same federation under the planned protocol; a single site has nothing to exchange."""
    size = len(team.places)
    if size == 1:
        return team
    fragments = int(training.n_fragments)
    used = compute_utilization(
        step_seconds=team.step_seconds,
        fragment_bits=exchange_bits(n_params, training.bits_per_param, size, fragments),
        wan_bits_per_s=training.wan_gbit_per_s * u.GIGA,
        inner_steps=training.inner_steps,
        n_fragments=fragments,
        overlap_steps=training.overlap_steps,
        n_layers=int(training.n_layers),
    )
    rate = team.flop_per_s * float(used)
    return replace(team, utilization=float(used), flop_per_s=rate)
