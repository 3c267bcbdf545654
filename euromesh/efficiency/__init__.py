"""Layer 1: what low-communication training costs."""

from euromesh.efficiency.exchange import (
    Pace,
    Protocol,
    Trunk,
    allreduce_seconds,
    compute_utilization,
    exchange_bits,
    fragment_done,
    fragment_ready,
    fragment_stall,
    hiding_bits_per_s,
    hierarchical_seconds,
    planned,
    ring_seconds,
)
from euromesh.efficiency.federation import (
    IDLE,
    Federation,
    effective_replicas,
    equal_tokens_share,
    federate,
)
from euromesh.efficiency.penalty import (
    LAWS,
    UNPRICED,
    Losses,
    curve_parts,
    flop_penalty,
    gap_factor,
    inner_steps_factor,
    law_penalty,
    penalty_from_losses,
    precision_factor,
    replicas_by_rhythm,
    tokens_factor,
)
from euromesh.efficiency.rounds import (
    at_least_up,
    done_share,
    expected_round_seconds,
    quorum_factor,
    round_jitter,
    sites_needed,
    straggler_factor,
    up_distribution,
    up_share,
)
from euromesh.efficiency.run import (
    MemoryGate,
    ModelSize,
    Replica,
    dense,
    memory_gate,
    minimal_step_seconds,
    optimal_batch_tokens,
    optimal_params,
    replica_bytes,
    step_seconds,
    training_flop,
)
