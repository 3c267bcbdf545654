"""Delays as distributions: lead times from application to power, and the slip of dated plans."""

from __future__ import annotations

from euromesh.elementwise import exp
from euromesh.units import Values


def expected_slip_years(probability: Values, median_years: Values, sigma: Values) -> Values:
    """p m exp(sigma^2 / 2): mean of a Bernoulli(p) times a lognormal slip, years."""
    return probability * median_years * exp(sigma**2 / 2)
