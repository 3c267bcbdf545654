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
