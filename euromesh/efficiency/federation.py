"""Which places train together, and how fast: gates, best subset, net useful FLOP/s."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

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
    n_replicas = len(replicas)
    batch = float(optimal_batch_tokens(n_params, n_replicas, training.batch))
    n_accel = math.fsum(r.n_accel for r in replicas)
    left = float(mfu_at(1.0, n_accel, half_mfu_accel(training.saturation, n_params, batch)))
    running = math.fsum(r.running_flop_per_s for r in replicas) * left
    step = float(step_seconds(n_params, batch, running))
    used = _utilization(n_replicas, n_params, step, training)
    kappa = (
        float(flop_penalty(penalty, n_params, n_replicas, training.inner_steps))
        if penalty is not None
        else 1.0
    )
    return Federation(
        places=tuple(r.place for r in replicas),
        n_accel=n_accel,
        utilization=used,
        penalty=kappa,
        saturation=left,
        step_seconds=step,
        batch_tokens=batch,
        flop_per_s=math.fsum(r.flop_per_s for r in replicas) * left * used / kappa,
    )


def best_federation(
    replicas: Sequence[Replica], n_params: float, training: Training, penalty: Penalty | None
) -> Federation:
    """The fastest federation over every number of members.

    For a fixed M the net rate never falls as the gross rate grows, so the best M members are
    those with the greatest gross rate; the batch gate makes that a ratio, which `_fastest`
    maximises exactly. Places whose granted memory cannot hold a replica stay out.
    """
    best = IDLE
    for n_replicas in range(1, len(replicas) + 1):
        needed = replica_bytes(n_params, training, n_replicas)
        able = [r for r in replicas if r.hbm_bytes >= needed and r.flop_per_s > 0]
        if len(able) < n_replicas:
            break
        batch = optimal_batch_tokens(n_params, n_replicas, training.batch)
        n_half = float(half_mfu_accel(training.saturation, n_params, batch))
        chosen = _fastest(able, n_replicas, n_half)
        best = max(best, federate(chosen, n_params, training, penalty), key=lambda f: f.flop_per_s)
    return best


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


def _utilization(n_replicas: int, n_params: float, step: float, training: Training) -> float:
    """U of the planned protocol; 1 for a single site, which has nothing to exchange."""
    if n_replicas == 1:
        return 1.0
    fragments = int(training.n_fragments)
    bits = exchange_bits(n_params, training.bits_per_param, n_replicas, fragments)
    used = compute_utilization(
        step_seconds=step,
        fragment_bits=bits,
        wan_bits_per_s=training.wan_gbit_per_s * u.GIGA,
        inner_steps=training.inner_steps,
        n_fragments=fragments,
        overlap_steps=training.overlap_steps,
        n_layers=int(training.n_layers),
    )
    return float(used)
