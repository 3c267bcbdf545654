"""Size, batch and step time of a training run."""

from __future__ import annotations

from dataclasses import dataclass

from euromesh import units as u
from euromesh.elementwise import ratio
from euromesh.records.settings import BatchLaw
from euromesh.units import Values


@dataclass(frozen=True, slots=True)
class ModelSize:
    """The parameters of a model; in a mixture of experts fewer compute a token than there are.

    Memory and exchange count all of them, FLOP, batch, step time and penalty the active ones.
    """

    n_params: float
    n_active: float


def dense(n_params: float) -> ModelSize:
    """A model in which every parameter computes every token."""
    return ModelSize(n_params, n_params)


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
