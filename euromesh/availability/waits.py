"""Waiting as distributions: of one region, a region at random, the first of several, late plans.

The lead time of region k is central_k exp(sigma_k z_k) years from application to firm power, with
z_k = sqrt(rho) z_0 + sqrt(1 - rho) e_k: rho is the part of the spread that every region shares.
Below the laws stand the ways to state "the mean wait of the regions" as one number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from statistics import NormalDist, fmean, median
from typing import Final

from euromesh.elementwise import exp
from euromesh.units import Values

NORMAL: Final = NormalDist()
SPREAD_P10_P90: Final = 2 * NORMAL.inv_cdf(0.9)  # 2.563 standard deviations
FARTHEST: Final = 8.0  # standard deviations of z_0 on either side; 1e-15 lies beyond
COARSEST, FINEST = 0.1, 0.002  # steps of the integral over z_0


def sigma_of(low: float, high: float) -> float:
    """sigma = ln(high/low)/2.563 of a lognormal with this P10 and P90, both above 0."""
    return math.log(high / low) / SPREAD_P10_P90


@dataclass(frozen=True, slots=True)
class Lognormal:
    """A lead time m exp(sigma z), z standard normal; median m >= 0 in years, sigma >= 0."""

    median: float
    sigma: float

    @property
    def mean(self) -> float:
        """m exp(sigma^2 / 2), years."""
        return self.median * math.exp(self.sigma**2 / 2)

    @property
    def mode(self) -> float:
        """m exp(-sigma^2): the likeliest lead time, years."""
        return self.median * math.exp(-(self.sigma**2))

    def quantile(self, p: float) -> float:
        """The lead time that a part p of all cases stays below, 0 < p < 1, years."""
        return self.median * math.exp(self.sigma * NORMAL.inv_cdf(p))

    def cdf(self, years: float) -> float:
        """P(lead time <= years)."""
        return NORMAL.cdf(self.score(years))

    def score(self, years: float) -> float:
        """z = ln(years/m)/sigma: the normal score at which the lead time is this long."""
        if not self.median or not self.sigma or years <= 0:
            return math.inf if years >= self.median else -math.inf
        return (math.log(years) - math.log(self.median)) / self.sigma


def mixture_cdf(laws: Sequence[Lognormal], years: float) -> float:
    """P(lead time <= years) of a region drawn at random: the mean of the cdf, whatever rho."""
    return math.fsum(law.cdf(years) for law in laws) / len(laws)


def mixture_quantile(laws: Sequence[Lognormal], p: float) -> float:
    """The quantile p of a region drawn at random, 0 < p < 1, years, to nine digits.

    It lies between the least and the greatest quantile p of the regions.
    """
    ends = [law.quantile(p) for law in laws]
    return _solved(lambda years: mixture_cdf(laws, years), p, min(ends), max(ends))


def first_of_cdf(laws: Sequence[Lognormal], rho: float, years: float) -> float:
    """P(the first of all regions has power within so many years), 0 <= rho <= 1.

    1 - integral of phi(z) prod_k [1 - Phi((a_k - sqrt(rho) z)/sqrt(1 - rho))] dz with the
    scores a_k of the regions. The rule of `_nodes` is exact to 1e-8 up to rho = 0.999996; at
    rho = 1 all share one z, and the region with the greatest score is first.
    """
    scores = [law.score(years) for law in laws]
    if rho == 1:
        return NORMAL.cdf(max(scores))
    shared, own = math.sqrt(rho), math.sqrt(1 - rho)
    still = (
        weight * math.prod(NORMAL.cdf((shared * z - score) / own) for score in scores)
        for z, weight in _nodes(rho)
    )
    return 1 - math.fsum(still)


def first_of_quantile(laws: Sequence[Lognormal], rho: float, p: float) -> float:
    """The quantile p of the first of correlated lead times, 0 < p < 1, years, to seven digits.

    By bisection between min_k q_k(p/n), where the n regions together reach p at most, and
    min_k q_k(p), where one of them has reached it.
    """
    low = min(law.quantile(p / len(laws)) for law in laws)
    high = min(law.quantile(p) for law in laws)
    return _solved(lambda years: first_of_cdf(laws, rho, years), p, low, high)


@lru_cache(maxsize=8)
def _nodes(rho: float) -> tuple[tuple[float, float], ...]:
    """Places and weights of the trapezium rule for phi(z) dz, the weights adding up to 1.

    In z_0 the integrand changes over sqrt((1 - rho)/rho); a step no longer than that leaves
    exp(-2 pi^2), 3e-9, of the rule's error.
    """
    width = math.sqrt((1 - rho) / rho) if rho else math.inf
    count = math.ceil(FARTHEST / max(FINEST, min(COARSEST, width)))
    places = [FARTHEST * index / count for index in range(-count, count + 1)]
    heights = [NORMAL.pdf(z) for z in places]
    total = math.fsum(heights)
    return tuple((z, height / total) for z, height in zip(places, heights, strict=True))


def _solved(cdf: Callable[[float], float], p: float, low: float, high: float) -> float:
    """The least value at which a cdf is p or more, between two that enclose it."""
    while high - low > 1e-10 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if cdf(middle) >= p else (middle, high)
    return high


# --- late plans: Bernoulli(probability) times a lognormal -----------------------------------------


def expected_slip_years(probability: Values, median_years: Values, sigma: Values) -> Values:
    """p m exp(sigma^2 / 2): mean of a Bernoulli(p) times a lognormal slip, years."""
    return probability * median_years * exp(sigma**2 / 2)


def slip_quantile_years(
    probability: float, median_years: float, sigma: float, quantile: float
) -> float:
    """The quantile of the slip, 0 < quantile < 1, years.

    0 up to 1 - p, the plans that are on time; above it the quantile (quantile - 1 + p)/p of the
    lognormal.
    """
    on_time = 1 - probability
    if quantile <= on_time:
        return 0.0
    return Lognormal(median_years, sigma).quantile((quantile - on_time) / probability)


# --- one number for several regions --------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The lead time of one region: its law, its stated P10 and P90 in years, and its standing."""

    law: Lognormal
    low: float
    high: float
    weak: bool  # stated with low confidence


def three_point(waits: Sequence[Wait], ends: float, centre: float) -> float:
    """Mean of ends (P10 + P90) + centre x central, years."""
    return fmean(ends * (wait.low + wait.high) + centre * wait.law.median for wait in waits)


def _centrals(waits: Sequence[Wait]) -> list[float]:
    return [wait.law.median for wait in waits]


ESTIMATORS: Final[Mapping[str, Callable[[Sequence[Wait]], float]]] = {
    "mean_of_centrals": lambda waits: fmean(_centrals(waits)),
    "median_of_centrals": lambda waits: median(_centrals(waits)),
    "trimmed_mean": lambda waits: fmean(sorted(_centrals(waits))[1:-1]),
    "geometric_mean": lambda waits: math.prod(_centrals(waits)) ** (1 / len(waits)),
    "mean_of_modes": lambda waits: fmean(wait.law.mode for wait in waits),
    "mean_of_means": lambda waits: fmean(wait.law.mean for wait in waits),
    "mean_of_midpoints": partial(three_point, ends=1 / 2, centre=0),
    "triangular": partial(three_point, ends=1 / 3, centre=1 / 3),
    "pert": partial(three_point, ends=1 / 6, centre=4 / 6),
    "swanson": partial(three_point, ends=0.3, centre=0.4),
    "median_at_random": lambda waits: mixture_quantile([wait.law for wait in waits], 0.5),
    "mean_without_weak": lambda waits: fmean(_centrals([w for w in waits if not w.weak])),
}
"""Ways to read "the mean wait", years. A central value is a median; the trimmed mean leaves out the
least and the greatest. The triangular law and PERT take P10 and P90 for the least and the greatest;
Swanson's weights are meant for P10, P50 and P90 of a skewed law."""
