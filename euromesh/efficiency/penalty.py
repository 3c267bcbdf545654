"""The FLOP penalty kappa: FLOP needed over FLOP of a baseline run of equal loss.

The published laws disagree. They stand side by side under their names and are never averaged;
`penalty.law` picks the one a run uses. Every law is a function (penalty, N, M) of losses, and
brings the irreducible loss and the exponent by which these become FLOP.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, cast

from euromesh.elementwise import larger, log, pick, ratio, where
from euromesh.records.settings import Law, MiriLaw, Penalty, ShrinkingLaw, Training
from euromesh.units import Values


class Losses(NamedTuple):
    """What a law says of M replicas at one size, in units of the loss of its baseline."""

    ratio: Values  # L_M / L_0
    floor: Values  # E / L_0
    alpha: Values  # exponent of N in L - E


PenaltyLaw = Callable[[Penalty, Values, Values], Losses]
LAWS: Final[dict[Law, PenaltyLaw]] = {}
UNPRICED: Final = {"muloco": "no loss of several replicas was published in numbers"}  # and why


def rival(function: PenaltyLaw) -> PenaltyLaw:
    """Enter a function among the laws, under its name."""
    LAWS[cast(Law, function.__name__)] = function
    return function


def penalty_from_losses(
    loss: Values, baseline_loss: Values, alpha: Values, irreducible: Values
) -> Values:
    """kappa = ((loss_M - E) / (loss_0 - E))^(2 / abs(alpha_M)), as C grows with N^2 at D = 20 N."""
    excess = (loss - irreducible) / (baseline_loss - irreducible)
    return excess ** (2 / larger(alpha, -alpha))


def law_penalty(law: Law, penalty: Penalty, n_params: Values, n_replicas: Values) -> Values:
    """kappa of one law, by its own irreducible loss and exponent."""
    found = LAWS[law](penalty, n_params, n_replicas)
    return penalty_from_losses(found.ratio, 1.0, found.alpha, found.floor)


@rival
def joint(penalty: Penalty, n_params: Values, n_replicas: Values) -> Losses:
    """The joint loss law against the data-parallel law (arXiv 2503.09799, table of laws)."""
    law = penalty.joint
    loss = law.a * n_params**law.alpha * n_replicas**law.beta
    return Losses(loss / (law.baseline_a * n_params**law.baseline_alpha), 0.0, law.alpha)


@rival
def joint_vs_one(penalty: Penalty, n_params: Values, n_replicas: Values) -> Losses:
    """The joint loss law against itself at M = 1: M^beta (arXiv 2503.09799)."""
    return Losses(n_replicas**penalty.joint.beta, 0.0, penalty.joint.alpha)


@rival
def tax(penalty: Penalty, n_params: Values, n_replicas: Values) -> Losses:
    """kappa = M^t through Epoch AI's two factors, read as losses by alpha of the joint law."""
    alpha = penalty.joint.alpha
    return Losses(n_replicas ** (penalty.tax_exponent * abs(alpha) / 2), 0.0, alpha)


@rival
def none(penalty: Penalty, n_params: Values, n_replicas: Values) -> Losses:
    """No penalty: what the streaming papers report at two replicas and small models."""
    return Losses(n_replicas**0.0, 0.0, penalty.joint.alpha)


@rival
def irreducible(penalty: Penalty, n_params: Values, n_replicas: Values) -> Losses:
    """loss = A N^alpha M^beta + E against M = 1; fitted to the published table of losses."""
    law = penalty.irreducible
    excess = law.a * n_params**law.alpha
    one = excess + law.e
    return Losses((excess * n_replicas**law.beta + law.e) / one, law.e / one, law.alpha)


@rival
def shrinking(penalty: Penalty, n_params: Values, n_replicas: Values) -> Losses:
    """M^beta(N) against M = 1 with beta = beta_ref (N / n_ref)^decay, alpha of the joint law."""
    beta = exponent_at(penalty.shrinking, n_params)
    return Losses(n_replicas**beta, 0.0, penalty.joint.alpha)


@rival
def gap(penalty: Penalty, n_params: Values, n_replicas: Values) -> Losses:
    """L_M - L_1 = a (N / n_ref)^decay (M - 1)^c nats above L_1 = A N^alpha + E; both fitted."""
    law = penalty.gap
    one = law.one_a * n_params**law.alpha + law.e
    rise = law.a * (n_params / law.n_ref) ** law.decay * (n_replicas - 1) ** law.m_exponent
    return Losses(1 + rise / one, law.e / one, law.alpha)


@rival
def miri(penalty: Penalty, n_params: Values, n_replicas: Values) -> Losses:
    """M^beta(N) above E + A N^-alpha + B D^-beta, D = 20 N (R. Rahman's simulator, MIRI).

    alpha is the slope of ln (L - E) in ln N at that size, divided by the range of what the
    published exponents make of it.
    """
    law = penalty.miri
    of_size, of_tokens = curve_parts(law, n_params)
    excess = of_size + of_tokens
    slope = (law.alpha * of_size + law.beta * of_tokens) / excess
    one = excess + law.e
    ratio = n_replicas ** exponent_at(law, n_params)
    return Losses(ratio, law.e / one, slope / law.amplification)


def exponent_at(law: ShrinkingLaw, n_params: Values) -> Values:
    """beta = beta_ref (N / n_ref)^decay of a loss that goes as M^beta."""
    return law.beta_ref * (n_params / law.n_ref) ** law.decay


def curve_parts(law: MiriLaw, n_params: Values) -> tuple[Values, Values]:
    """A N^-alpha and B D^-beta in nats, what size and tokens leave above E; D = 20 N."""
    n_tokens = law.tokens_per_param * n_params
    return law.a * n_params**-law.alpha, law.b * n_tokens**-law.beta


def tokens_factor(law: MiriLaw, n_params: Values, loss_ratio: Values) -> Values:
    """D' / D = (1 - (L_M - L_1) / (B D^-beta))^(-1/beta): a loss bought back in tokens.

    At fixed N, where FLOP go with D; L_1 = E + A N^-alpha + B D^-beta. Infinite where the tokens
    have less to give.
    """
    of_size, of_tokens = curve_parts(law, n_params)
    rise = (loss_ratio - 1) * (law.e + of_size + of_tokens)
    return ratio(1.0, larger(1 - rise / of_tokens, 0.0)) ** (1 / law.beta)


def gap_factor(penalty: Penalty, n_params: Values, gap: Values) -> Values:
    """((L (1 + g) - E) / (L - E))^(2 / abs(alpha)): FLOP that make up for a loss higher by g.

    L, E and alpha are those of the run's own law, in one building.
    """

    def by_law(law: Law) -> Values:
        one = LAWS[law](penalty, n_params, 1.0)
        return penalty_from_losses(1 + gap, 1.0, one.alpha, one.floor)

    return cast(Values, pick(penalty.law, by_law))


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


def replicas_by_rhythm(n_replicas: Values, inner_steps: Values, reference: Values) -> Values:
    """M^(ln H / ln H_ref): what M replicas at H count for in the law `miri`, whose exponent is so.

    At H_ref that is M. The factor is its authors' choice, without data.
    """
    return n_replicas ** (log(inner_steps) / log(reference))


def flop_penalty(
    penalty: Penalty, n_params: Values, n_replicas: Values, inner_steps: Values
) -> Values:
    """kappa of a federated run: law times the factors for H, compression and staleness.

    A single replica exchanges nothing, so it pays its law alone; `miri` has its own H.
    """
    reference, counted = penalty.reference_inner_steps, n_replicas
    exchange: Values = penalty.compression_factor * penalty.staleness_factor
    if penalty.law == "miri":
        counted = replicas_by_rhythm(n_replicas, inner_steps, reference)
    else:
        rhythm = inner_steps_factor(inner_steps, reference, penalty.inner_steps_exponent)
        exchange = exchange * rhythm
    law = law_penalty(penalty.law, penalty, n_params, counted)
    return law * where(n_replicas > 1, exchange, 1.0)
