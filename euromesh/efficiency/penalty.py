"""The FLOP penalty kappa: FLOP needed over FLOP of a baseline run of equal loss.

The published laws disagree. They stand side by side under their names and are never averaged;
`penalty.law` picks the one a run uses. Every law is a function (penalty, N, M) -> kappa.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from euromesh.elementwise import larger, pick, where
from euromesh.records.settings import Law, Penalty, Training
from euromesh.units import Values

PenaltyLaw = Callable[[Penalty, Values, Values], Values]
LAWS: Final[dict[Law, PenaltyLaw]] = {}


def rival(function: PenaltyLaw) -> PenaltyLaw:
    """Enter a function among the laws, under its name: that of a weight."""
    LAWS[function.__name__] = function
    return function


def penalty_from_losses(
    loss: Values, baseline_loss: Values, alpha: Values, irreducible: Values
) -> Values:
    """kappa = ((loss_M - E) / (loss_0 - E))^(2 / abs(alpha_M)), as C grows with N^2 at D = 20 N."""
    excess = (loss - irreducible) / (baseline_loss - irreducible)
    return excess ** (2 / larger(alpha, -alpha))


@rival
def joint(penalty: Penalty, n_params: Values, n_replicas: Values) -> Values:
    """The joint loss law against the data-parallel law (arXiv 2503.09799, table of laws)."""
    law = penalty.joint
    loss = law.a * n_params**law.alpha * n_replicas**law.beta
    baseline = law.baseline_a * n_params**law.baseline_alpha
    return penalty_from_losses(loss, baseline, law.alpha, 0.0)


@rival
def joint_vs_one(penalty: Penalty, n_params: Values, n_replicas: Values) -> Values:
    """The joint loss law against itself at M = 1: M^(2 beta / |alpha|) (arXiv 2503.09799)."""
    return n_replicas ** (2 * penalty.joint.beta / abs(penalty.joint.alpha))


@rival
def tax(penalty: Penalty, n_params: Values, n_replicas: Values) -> Values:
    """M^t against data-parallel, through Epoch AI's factors at few and at many nodes."""
    return n_replicas**penalty.tax_exponent


@rival
def none(penalty: Penalty, n_params: Values, n_replicas: Values) -> Values:
    """No penalty: what the streaming papers report at two replicas and small models."""
    return n_replicas**0.0


@rival
def irreducible(penalty: Penalty, n_params: Values, n_replicas: Values) -> Values:
    """loss = A N^alpha M^beta + E against M = 1; refitted from the published loss table."""
    law = penalty.irreducible
    one = law.a * n_params**law.alpha + law.e
    many = law.a * n_params**law.alpha * n_replicas**law.beta + law.e
    return penalty_from_losses(many, one, law.alpha, law.e)


@rival
def shrinking(penalty: Penalty, n_params: Values, n_replicas: Values) -> Values:
    """M^beta(N) against M = 1 with beta = beta_ref (N / n_ref)^decay, alpha of the joint law."""
    law = penalty.shrinking
    beta = law.beta_ref * (n_params / law.n_ref) ** law.decay
    return n_replicas ** (2 * beta / abs(penalty.joint.alpha))


def gap_factor(penalty: Penalty, n_params: Values, gap: Values) -> Values:
    """(1 + g)^(2 / |alpha|): FLOP that make up for a loss higher by the part g, at E = 0."""
    return penalty_from_losses(1 + gap, 1.0, penalty.joint.alpha, 0.0)


def precision_factor(penalty: Penalty, training: Training, n_params: Values) -> Values:
    """FLOP of a run in its precision over those in BF16: its loss gap and its restarts.

    Every route pays it, one building too; 1 in BF16.
    """
    gaps = {"bf16": 0.0, "fp8": training.fp8_loss_gap, "nvfp4": training.nvfp4_loss_gap}
    gap = pick(training.precision, gaps.__getitem__)
    kept = pick(
        training.precision, lambda name: 1.0 if name == "bf16" else training.low_precision_kept
    )
    return cast(Values, gap_factor(penalty, n_params, gap) / kept)


def inner_steps_factor(inner_steps: Values, reference: Values, exponent: Values) -> Values:
    """(H / H_ref)^x: FLOP factor of exchanging less often than the laws' own runs did.

    The exponent carries DiLoCo's perplexity rise from H = 50 to H = 1000 (arXiv 2311.08105).
    """
    return (inner_steps / reference) ** exponent


def flop_penalty(
    penalty: Penalty, n_params: Values, n_replicas: Values, inner_steps: Values
) -> Values:
    """kappa of a federated run: law times the factors for H, compression and staleness.

    A single replica exchanges nothing, so it pays its law alone.
    """
    law = LAWS[penalty.law](penalty, n_params, n_replicas)
    rhythm = inner_steps_factor(
        inner_steps, penalty.reference_inner_steps, penalty.inner_steps_exponent
    )
    exchange = rhythm * penalty.compression_factor * penalty.staleness_factor
    return law * where(n_replicas > 1, exchange, 1.0)
