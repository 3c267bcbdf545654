"""Distributions through stated quantiles: P10 and P90, and P50 where a family has a third argument.

A fit gives the arguments of its family; a `ValueError` says in a sentence why there are none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator
from scipy import stats
from scipy.optimize import brentq, root
from scipy.special import betainc, expit, logit

from euromesh.params.forms import Form

Array = NDArray[np.float64]
LEVELS: Final = np.asarray([0.1, 0.5, 0.9])
Z: Final = stats.norm.ppf(LEVELS)
MISSED: Final = 1e-9  # of a probability: a root of the beta's equations that is none


class Between(Form):
    """Numbers of which two are ends, the first the smaller."""

    ends: ClassVar[tuple[str, str]] = ("low", "high")

    @model_validator(mode="after")
    def _rises(self) -> Self:
        low, high = (getattr(self, end) for end in self.ends)
        if not low < high:
            raise ValueError(f"{' must be < '.join(self.ends)}, got {low:g} and {high:g}")
        return self


class Quantiles(Between):
    """A family of two arguments by P10 and P90."""

    ends = ("p10", "p90")
    p10: float
    p90: float


class ThreeQuantiles(Quantiles):
    """A triangular distribution by P10, P50 and P90."""

    p50: float


class BetweenQuantiles(Quantiles):
    """A beta by P10 and P90, on [0, 1] unless it says otherwise."""

    low: float = 0.0
    high: float = 1.0


Arguments = dict[str, float]


def normal(p10: float, p90: float) -> Arguments:
    """By location and scale, the mean and the standard deviation."""
    mean, sd = _line(Z, p10, p90)
    return {"mean": mean, "sd": sd}


def lognormal(p10: float, p90: float) -> Arguments:
    """The normal through the logarithms: median = exp(mean), sigma = sd."""
    if p10 <= 0:
        raise ValueError(f"P10 must be > 0 for a lognormal, got {p10:g}")
    mean, sigma = _line(Z, math.log(p10), math.log(p90))
    return {"median": math.exp(mean), "sigma": sigma}


def uniform(p10: float, p90: float) -> Arguments:
    """P10 and P90 lie a tenth of the width, which is (P90 - P10) / 0.8, from the ends."""
    low, width = _line(LEVELS, p10, p90)
    return {"low": low, "high": low + width}


def triangular(p10: float, p90: float, p50: float) -> Arguments:
    """The three quantiles exactly, by those t_p(u) on [0, 1] with mode p; p is the root of

        (t_p(0.5) - t_p(0.1)) / (t_p(0.9) - t_p(0.1)) = (P50 - P10) / (P90 - P10).

    The left side never falls with p and goes from (3 - sqrt 5) / 2 = 0.382 to 0.618: a P50
    outside these parts of the way from P10 to P90 is refused.
    """

    def skew(peak: float) -> float:
        first, middle, last = stats.triang.ppf(LEVELS, peak).tolist()
        return float((middle - first) / (last - first))

    part, (least, most) = (p50 - p10) / (p90 - p10), (skew(0.0), skew(1.0))
    if not least <= part <= most:
        ends = [f"{p10 + (p90 - p10) * end:.6g}" for end in (least, most)]
        raise ValueError(f"P50 must be in [{', '.join(ends)}] for a triangular, got {p50:g}")
    peak = brentq(lambda p: skew(p) - part, 0.0, 1.0, xtol=1e-15)
    low, width = _line(stats.triang.ppf(LEVELS, peak), p10, p90)
    return {"low": low, "mode": low + peak * width, "high": low + width}


def beta(p10: float, p90: float, low: float = 0.0, high: float = 1.0) -> Arguments:
    """The a and b with I(a, b; y10) = 0.1 and I(a, b; y90) = 0.9, y = (x - low) / (high - low).

    The search is for ln a and ln b. It starts from the normal through both quantiles on the logit
    scale: a = m s and b = (1 - m) s with m = expit(mean) and 1 / a + 1 / b = sd^2.
    """
    if not low < p10 < p90 < high:
        ends = f"{low:g} < P10 < P90 < {high:g}"
        raise ValueError(f"{ends} must hold for a beta, got {p10:g} and {p90:g}")
    y = np.asarray([(end - low) / (high - low) for end in (p10, p90)])

    def missed(logs: Array) -> Array:
        a, b = np.exp(logs)
        return np.asarray(betainc(a, b, y) - LEVELS[[0, 2]])

    middle, sd = _line(Z, *logit(y).tolist())
    mean = float(expit(middle))
    total = 1 / (mean * (1 - mean) * sd**2)
    found = root(missed, np.log([mean * total, (1 - mean) * total]), tol=1e-14)
    if not np.max(np.abs(missed(found.x))) < MISSED:
        raise ValueError(f"no beta on [{low:g}, {high:g}] was found through {p10:g} and {p90:g}")
    a, b = np.exp(found.x).tolist()
    return {"a": a, "b": b, "low": low, "high": high}


def _line(unit: Array, p10: float, p90: float) -> tuple[float, float]:
    """Location l and scale s with l + s t = x at P10 and P90, t the quantiles of the unit."""
    first, _, last = unit.tolist()
    scale = (p90 - p10) / (last - first)
    return p10 - scale * first, scale


Fit = tuple[type[Form], Callable[..., Arguments]]  # what a file writes, and the fit to it
FITS: Final[Mapping[str, Fit]] = {
    "beta": (BetweenQuantiles, beta),
    "lognormal": (Quantiles, lognormal),
    "normal": (Quantiles, normal),
    "triangular": (ThreeQuantiles, triangular),
    "uniform": (Quantiles, uniform),
}
