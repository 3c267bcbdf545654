"""The slip of dated plans: Bernoulli(probability) times a lognormal."""

from __future__ import annotations

from euromesh.availability.waits import Lognormal
from euromesh.elementwise import exp
from euromesh.units import Values


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
