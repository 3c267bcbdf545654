"""Places that train together: the net useful FLOP/s of a given set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from euromesh.efficiency.checks import need_some
from euromesh.efficiency.gates import Replica
from euromesh.efficiency.penalty import flop_penalty
from euromesh.efficiency.protocol import Pace, planned, protocol_utilization
from euromesh.efficiency.quorum import quorum_factor, sites_needed
from euromesh.efficiency.run import ModelSize, optimal_batch_tokens, step_seconds
from euromesh.efficiency.stragglers import round_jitter, straggler_factor
from euromesh.fleet import half_mfu_accel, mfu_at
from euromesh.records.settings import Penalty, Training


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """A set of replicas that train one model, and its rates."""

    places: tuple[str, ...]
    n_accel: float
    utilization: float  # U
    penalty: float  # kappa
    quorum: float  # what is left when too few sites are up
    stragglers: float  # what is left after waiting for the slowest
    saturation: float  # what the batch gate leaves, mu / mu_1
    step_seconds: float
    batch_tokens: float
    flop_per_s: float  # net: useful FLOP/s of the baseline run

    @property
    def efficiency(self) -> float:
        """U / kappa x quorum x stragglers: net FLOP per useful FLOP of one building."""
        return self.utilization / self.penalty * self.quorum * self.stragglers


IDLE = Federation(
    places=(),
    n_accel=0.0,
    utilization=0.0,
    penalty=1.0,
    quorum=1.0,
    stragglers=1.0,
    saturation=1.0,
    step_seconds=math.inf,
    batch_tokens=0.0,
    flop_per_s=0.0,
)


def federate(
    replicas: Sequence[Replica], model: ModelSize, training: Training, penalty: Penalty | None
) -> Federation:
    """Net rate of these replicas together: sum r_i x (mu / mu_1) x U / kappa x quorum x stragglers.

    Without a penalty the run is the baseline itself: one building, kappa 1.
    """
    need_some("replicas", replicas)
    size = len(replicas)
    batch = float(optimal_batch_tokens(model.n_active, size, training.batch))
    n_accel = math.fsum(r.n_accel for r in replicas)
    left = float(mfu_at(1.0, n_accel, half_mfu_accel(training.saturation, model.n_active, batch)))
    running = math.fsum(r.running_flop_per_s for r in replicas) * left
    step = float(step_seconds(model.n_active, batch, running))
    kappa = flop_penalty(penalty, model.n_active, size, training.inner_steps) if penalty else 1.0
    up, steady = _presence(replicas, training)
    used = _utilization(replicas, model, training, step)
    gross = math.fsum(r.flop_per_s for r in replicas) * left
    return Federation(
        places=tuple(r.place for r in replicas),
        n_accel=n_accel,
        utilization=used,
        penalty=float(kappa),
        quorum=up,
        stragglers=steady,
        saturation=left,
        step_seconds=step,
        batch_tokens=batch,
        flop_per_s=gross / float(kappa) * up * steady * used,
    )


def _utilization(
    replicas: Sequence[Replica], model: ModelSize, training: Training, step: float
) -> float:
    """U of the planned protocol at the pace of the slowest trunk.

    A single site has nothing to exchange. A ring takes 2 (M - 1) turns, each with one latency.
    """
    if len(replicas) == 1:
        return 1.0
    pace = Pace(
        n_params=model.n_params,
        n_replicas=len(replicas),
        step_seconds=step,
        latency_seconds=max(r.trunk.latency_seconds for r in replicas),
    )
    slowest = min(r.trunk.bits_per_s for r in replicas)
    return float(protocol_utilization(planned(training), pace, slowest))


def equal_tokens_share(replicas: Sequence[Replica]) -> float:
    """M min_i(r_i / g_i) / sum_i (r_i / g_i): what is left if every site gets equally many tokens.

    The step then lasts as long as the slowest site takes for its M-th part of the batch; with
    tokens in proportion to speed nothing is lost.
    """
    need_some("replicas", replicas)
    running = [r.running_flop_per_s for r in replicas]
    return len(running) * min(running) / math.fsum(running)


def _presence(replicas: Sequence[Replica], training: Training) -> tuple[float, float]:
    """What quorum and stragglers leave."""
    size = len(replicas)
    jitter = round_jitter(training.step_jitter, training.jitter_correlation, training.inner_steps)
    rates, goodputs = [r.flop_per_s for r in replicas], [r.goodput for r in replicas]
    up = quorum_factor(rates, goodputs, sites_needed(size, training.quorum))
    return up, straggler_factor(size, float(jitter))
