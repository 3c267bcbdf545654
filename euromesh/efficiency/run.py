"""Size, batch, step time and memory of a training run, and what a place brings to it."""

from __future__ import annotations

from dataclasses import dataclass

from euromesh import units as u
from euromesh.efficiency.exchange import Trunk
from euromesh.elementwise import larger, ratio
from euromesh.records.settings import BatchLaw, Training
from euromesh.units import Values


@dataclass(frozen=True, slots=True)
class ModelSize:
    """The parameters of a model; in a mixture of experts fewer compute a token than there are.

    Memory and exchange count all of them, FLOP, batch, step time and penalty the active ones.
    """

    n_params: float
    n_active: float
    flop_factor: float  # of FLOP that its precision takes, see `precision_factor`


def dense(n_params: float) -> ModelSize:
    """A model in which every parameter computes every token, trained in BF16."""
    return ModelSize(n_params, n_params, 1.0)


def training_flop(n_params: Values, n_tokens: Values) -> Values:
    """C = 6 N D, FLOP, N the active ones (Kaplan et al. 2020; what every source used here does)."""
    return u.FLOP_PER_PARAM_TOKEN * n_params * n_tokens


def optimal_params(flop: Values, tokens_per_param: Values) -> Values:
    """N = sqrt(C / (6 d)) with D = d N: compute-optimal parameters (Hoffmann et al. 2022)."""
    return (flop / (u.FLOP_PER_PARAM_TOKEN * tokens_per_param)) ** 0.5


def optimal_batch_tokens(n_params: Values, n_replicas: Values, law: BatchLaw) -> Values:
    """B = m s c N^a M^b tokens: m times the optimal batch at M replicas (arXiv 2503.09799)."""
    sequences = law.coefficient * n_params**law.n_exponent * n_replicas**law.m_exponent
    return law.multiple * law.sequence_tokens * sequences


def step_seconds(n_params: Values, batch_tokens: Values, running_flop_per_s: Values) -> Values:
    """T = 6 N B / sum_i (r_i / g_i), seconds; infinite without compute."""
    return ratio(training_flop(n_params, batch_tokens), running_flop_per_s)


def minimal_step_seconds(saturation: Values, peak_flop_per_s: Values, mfu_one: Values) -> Values:
    """T_min = 6 / (h q mu_1): the step that no number of accelerators goes below, seconds.

    From T = 6 N B / (n q mu) with mu = mu_1 / (1 + n / (h N B)), as n grows without end; model
    and batch cancel.
    """
    return u.FLOP_PER_PARAM_TOKEN / (saturation * peak_flop_per_s * mfu_one)


# --- places --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One place as the run sees it."""

    place: str
    n_accel: float
    load: float  # on a batch, sum n_i / h_i of its kinds of chip
    flop_per_s: float  # useful, before the batch gate: r
    goodput: float  # the share of the time it is up: g
    hbm_bytes: float
    trunk: Trunk

    @property
    def running_flop_per_s(self) -> float:
        """r / g: useful FLOP/s while the place is up."""
        return self.flop_per_s / self.goodput if self.goodput else 0.0


@dataclass(frozen=True, slots=True)
class MemoryGate:
    """Granted memory against what a replica needs, bytes."""

    granted: float
    needed: float

    @property
    def passed(self) -> bool:
        """Whether the replica fits."""
        return self.granted >= self.needed


def replica_bytes(n_params: Values, training: Training, n_replicas: int, n_accel: Values) -> Values:
    """Memory that one replica takes on n accelerators of a place, bytes.

    Mixed-precision Adam takes 16 bytes a parameter: weights, gradients, master weights and
    moments. Streaming DiLoCo measured what the outer optimiser adds when there are several
    replicas. zero_3 spreads all of it over the place; zero_2 leaves the weights, zero_1 the
    gradients too, whole in each group of `model_parallel` accelerators.
    """
    extra = training.replica_extra_memory if n_replicas > 1 else 0.0
    whole = {"zero_3": 0.0, "zero_2": training.weight_bytes}.get(
        training.sharding, training.weight_bytes + training.gradient_bytes
    )
    copies = larger(1.0, n_accel / training.model_parallel)
    spread = training.bytes_per_param * (1 + extra) - whole
    return n_params * (spread + whole * copies)


def memory_gate(
    replica: Replica, n_params: float, training: Training, n_replicas: int
) -> MemoryGate:
    """Whether a place holds a replica, with the numbers that say so."""
    needed = replica_bytes(n_params, training, n_replicas, replica.n_accel)
    return MemoryGate(replica.hbm_bytes, float(needed))
