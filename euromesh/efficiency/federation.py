"""Places that train together: the net useful FLOP/s of a given set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from euromesh.efficiency.exchange import Pace, compute_utilization, need_some, planned
from euromesh.efficiency.penalty import flop_penalty
from euromesh.efficiency.rounds import (
    quorum_factor,
    round_jitter,
    sites_needed,
    straggler_factor,
    up_share,
)
from euromesh.efficiency.run import ModelSize, Replica, optimal_batch_tokens, step_seconds
from euromesh.fleet import batch_share
from euromesh.records.settings import Penalty, Training


@dataclass(frozen=True, slots=True, kw_only=True)
class Federation:
    """A set of replicas that train one model, and its rates; as it stands here, of nobody."""

    places: tuple[str, ...] = ()
    n_accel: float = 0.0
    utilization: float = 0.0  # U
    penalty: float = 1.0  # kappa
    quorum: float = 1.0  # what is left when too few sites are up
    stragglers: float = 1.0  # what is left after waiting for the slowest
    saturation: float = 1.0  # what the batch gate leaves, mu / mu_1
    step_seconds: float = math.inf
    batch_tokens: float = 0.0
    flop_per_s: float = 0.0  # net: useful FLOP/s of the baseline run

    @property
    def efficiency(self) -> float:
        """U / kappa x quorum x stragglers: net FLOP per useful FLOP of one building."""
        return self.utilization / self.penalty * self.quorum * self.stragglers


IDLE = Federation()


def federate(
    replicas: Sequence[Replica], model: ModelSize, training: Training, penalty: Penalty | None
) -> Federation:
    """Net rate of these replicas together: sum r_i x (mu / mu_1) x U / kappa x quorum x stragglers.

    Without a penalty the run is the baseline itself: one building, kappa 1. The FLOP factor of the
    precision is over all of it.
    """
    need_some("replicas", replicas)
    size = len(replicas)
    batch = float(optimal_batch_tokens(model.n_active, size, training.batch))
    load = math.fsum(r.load for r in replicas)
    left = float(batch_share(load, model.n_active * batch))
    running = math.fsum(r.running_flop_per_s for r in replicas) * left
    step = float(step_seconds(model.n_active, batch, running))
    kappa = 1.0
    if penalty:
        kappa = float(flop_penalty(penalty, model.n_active, size, training.inner_steps))
    jitter = round_jitter(training.step_jitter, training.jitter_correlation, training.inner_steps)
    rates = [r.flop_per_s for r in replicas]
    ups = [up_share(r.goodput, training.stepping_share) for r in replicas]
    up = quorum_factor(rates, ups, sites_needed(size, training.quorum))
    steady = straggler_factor(size, float(jitter))
    used = _utilization(replicas, model, training, step)
    return Federation(
        places=tuple(r.place for r in replicas),
        n_accel=math.fsum(r.n_accel for r in replicas),
        utilization=used,
        penalty=kappa,
        quorum=up,
        stragglers=steady,
        saturation=left,
        step_seconds=step,
        batch_tokens=batch,
        flop_per_s=math.fsum(rates) * left / (kappa * model.flop_factor) * up * steady * used,
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
    return float(compute_utilization(planned(training), pace, slowest))


def effective_replicas(replicas: Sequence[Replica]) -> float:
    """(sum w)^2 / sum w^2: as many equal replicas as have the weights w = r_i / g_i of these."""
    running = [r.running_flop_per_s for r in replicas]
    return math.fsum(running) ** 2 / math.fsum(w * w for w in running)


def equal_tokens_share(replicas: Sequence[Replica]) -> float:
    """M min_i(r_i / g_i) / sum_i (r_i / g_i): what is left if every site gets equally many tokens.

    The step then lasts as long as the slowest site takes for its M-th part of the batch; with
    tokens in proportion to speed nothing is lost.
    """
    running = [r.running_flop_per_s for r in replicas]
    return len(running) * min(running) / math.fsum(running)
