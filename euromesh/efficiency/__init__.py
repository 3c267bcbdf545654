"""Layer 1: what low-communication training costs."""

from euromesh.efficiency.exchange import (
    allreduce_seconds,
    compute_utilization,
    exchange_bits,
    fragment_done,
    fragment_ready,
    fragment_stall,
    hiding_bits_per_s,
    measured_utilization,
)
from euromesh.efficiency.federation import (
    IDLE,
    Federation,
    equal_tokens_share,
    federate,
)
from euromesh.efficiency.gates import (
    MemoryGate,
    Replica,
    memory_gate,
    minimal_step_seconds,
    replica_bytes,
)
from euromesh.efficiency.penalty import (
    LAWS,
    flop_penalty,
    inner_steps_factor,
    penalty_from_losses,
)
from euromesh.efficiency.protocol import (
    Pace,
    Protocol,
    planned,
    protocol_hiding_bits_per_s,
    protocol_utilization,
)
from euromesh.efficiency.quorum import at_least_up, quorum_factor, sites_needed, up_distribution
from euromesh.efficiency.run import (
    ModelSize,
    dense,
    optimal_batch_tokens,
    optimal_params,
    step_seconds,
    training_flop,
)
from euromesh.efficiency.stragglers import (
    done_share,
    expected_round_seconds,
    round_jitter,
    straggler_factor,
)
from euromesh.efficiency.topology import Region, Trunk, hierarchical_seconds, ring_seconds

__all__ = [
    "IDLE",
    "LAWS",
    "Federation",
    "MemoryGate",
    "ModelSize",
    "Pace",
    "Protocol",
    "Region",
    "Replica",
    "Trunk",
    "allreduce_seconds",
    "at_least_up",
    "compute_utilization",
    "dense",
    "done_share",
    "equal_tokens_share",
    "exchange_bits",
    "expected_round_seconds",
    "federate",
    "flop_penalty",
    "fragment_done",
    "fragment_ready",
    "fragment_stall",
    "hiding_bits_per_s",
    "hierarchical_seconds",
    "inner_steps_factor",
    "measured_utilization",
    "memory_gate",
    "minimal_step_seconds",
    "optimal_batch_tokens",
    "optimal_params",
    "penalty_from_losses",
    "planned",
    "protocol_hiding_bits_per_s",
    "protocol_utilization",
    "quorum_factor",
    "replica_bytes",
    "ring_seconds",
    "round_jitter",
    "sites_needed",
    "step_seconds",
    "straggler_factor",
    "training_flop",
    "up_distribution",
]
