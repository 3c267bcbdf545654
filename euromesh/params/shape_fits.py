"""Distributions through stated quantiles: P10 and P90, and P50 where a family has a third argument.

A `ValueError` says in a sentence why there is none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from scipy.optimize import brentq, root
from scipy.special import betainc, expit, logit

from euromesh.params.shapes import (
    Array,
    Beta,
    Lognormal,
    Normal,
    Single,
    Triangular,
    Uniform,
    unit_triangle,
)

Fit = Callable[[float, float, float], Single]  # of P10, P50 and P90, the first below the last
Z90: Final = 1.2815515655446004  # the normal score of P90
LEVELS: Final = np.asarray([0.1, 0.5, 0.9])
MISSED: Final = 1e-9  # of a probability: a root of the beta's equations that is none


def normal(p10: float, p50: float, p90: float) -> Normal:
    """Mean = (P10 + P90) / 2, sd = (P90 - P10) / (2 z90), z90 the normal score of P90."""
    return Normal((p10 + p90) / 2, (p90 - p10) / (2 * Z90))


def lognormal(p10: float, p50: float, p90: float) -> Lognormal:
    """Median = sqrt(P10 P90), sigma = ln(P90 / P10) / (2 z90)."""
    if p10 <= 0:
        raise ValueError(f"P10 must be > 0 for a lognormal, got {p10:g}")
    return Lognormal(math.sqrt(p10) * math.sqrt(p90), math.log(p90 / p10) / (2 * Z90))


def uniform(p10: float, p50: float, p90: float) -> Uniform:
    """P10 and P90 lie a tenth of the width, which is (P90 - P10) / 0.8, from the ends."""
    margin = (p90 - p10) / 8
    return Uniform(p10 - margin, p90 + margin)


def triangular(p10: float, p50: float, p90: float) -> Triangular:
    """The three quantiles exactly, by those t_p(u) on [0, 1] with mode p; p is the root of

        (t_p(0.5) - t_p(0.1)) / (t_p(0.9) - t_p(0.1)) = (P50 - P10) / (P90 - P10),

    the width is w = (P90 - P10) / (t_p(0.9) - t_p(0.1)), low = P10 - w t_p(0.1) and
    mode = low + p w. The left side never falls with p and goes from (3 - sqrt 5) / 2 = 0.382 to
    0.618: a P50 outside these parts of the way from P10 to P90 is refused.
    """
    part, (least, most) = (p50 - p10) / (p90 - p10), (_skew(0.0), _skew(1.0))
    if not least <= part <= most:
        ends = [f"{p10 + (p90 - p10) * end:.6g}" for end in (least, most)]
        raise ValueError(f"P50 must be in [{', '.join(ends)}] for a triangular, got {p50:g}")
    peak = brentq(lambda p: _skew(p) - part, 0.0, 1.0, xtol=1e-15)
    first, _, last = unit_triangle(peak, LEVELS)
    width = float((p90 - p10) / (last - first))
    low = p10 - width * float(first)
    return Triangular(low, low + peak * width, low + width)


def _skew(peak: float) -> float:
    """How far from P10 to P90 the median of a triangular distribution lies."""
    first, middle, last = unit_triangle(peak, LEVELS)
    return float((middle - first) / (last - first))


def beta(p10: float, p50: float, p90: float) -> Beta:
    """On [0, 1]: the a and b at which I(a, b; P10) = 0.1 and I(a, b; P90) = 0.9."""
    return beta_between(p10, p90, 0.0, 1.0)


def beta_between(p10: float, p90: float, low: float, high: float) -> Beta:
    """The same on [low, high], in y = (x - low) / (high - low).

    The search is for ln a and ln b. It starts from the normal through both quantiles on the logit
    scale: a = m s and b = (1 - m) s with m = expit(mean) and 1 / a + 1 / b = sd^2.
    """
    if not low < p10 < p90 < high:
        ends = f"{low:g} < P10 < P90 < {high:g}"
        raise ValueError(f"{ends} must hold for a beta, got {p10:g} and {p90:g}")
    y = [(end - low) / (high - low) for end in (p10, p90)]

    def missed(logs: Array) -> Array:
        a, b = np.exp(logs).tolist()
        return np.asarray([betainc(a, b, y[0]) - 0.1, betainc(a, b, y[1]) - 0.9])

    found = root(missed, _start(*logit(y).tolist()), tol=1e-14)
    if not np.max(np.abs(missed(found.x))) < MISSED:
        raise ValueError(f"no beta on [{low:g}, {high:g}] was found through {p10:g} and {p90:g}")
    a, b = np.exp(found.x).tolist()
    return Beta(a, b, low, high)


def _start(low: float, high: float) -> Array:
    """ln a and ln b to start from, by the logits of P10 and P90."""
    mean, sd = float(expit((low + high) / 2)), (high - low) / (2 * Z90)
    total = 1 / (mean * (1 - mean) * sd**2)
    return np.log([mean * total, (1 - mean) * total])


FITS: Final[Mapping[str, Fit]] = {
    "beta": beta,
    "lognormal": lognormal,
    "normal": normal,
    "triangular": triangular,
    "uniform": uniform,
}
