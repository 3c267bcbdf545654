"""Layer 1: what low-communication training costs."""

from euromesh.efficiency.exchange import (
    allreduce_seconds,
    compute_utilization,
    exchange_bits,
    fragment_done,
    measured_utilization,
)
from euromesh.efficiency.federation import (
    IDLE,
    Federation,
    Replica,
    best_federation,
    federate,
    replica_bytes,
)
from euromesh.efficiency.penalty import (
    LAWS,
    flop_penalty,
    inner_steps_factor,
    penalty_from_losses,
)
from euromesh.efficiency.run import (
    optimal_batch_tokens,
    optimal_params,
    step_seconds,
    training_flop,
)

__all__ = [
    "IDLE",
    "LAWS",
    "Federation",
    "Replica",
    "allreduce_seconds",
    "best_federation",
    "compute_utilization",
    "exchange_bits",
    "federate",
    "flop_penalty",
    "fragment_done",
    "inner_steps_factor",
    "measured_utilization",
    "optimal_batch_tokens",
    "optimal_params",
    "penalty_from_losses",
    "replica_bytes",
    "step_seconds",
    "training_flop",
]
