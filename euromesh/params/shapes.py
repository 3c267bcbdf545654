"""Distributions of a number: each a model of its arguments over a distribution of scipy.

quantile(u) is the least x with cdf(x) >= u, 0 < u < 1. Both take arrays and treat every element
alone, so a part of an array gives the same bits as the whole. A family may also be stated through
P10 and P90, and P50 where it has a third argument: a fit gives its arguments, and a `ValueError`
says in a sentence why there are none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator
from scipy import stats
from scipy.optimize import brentq, elementwise, root
from scipy.special import betainc, expit, logit

from euromesh.params.forms import Form

Array = NDArray[np.float64]
LEVELS: Final = np.asarray([0.1, 0.5, 0.9])
Z: Final = stats.norm.ppf(LEVELS)
MISSED: Final = 1e-9  # of a probability: a root of the beta's equations that is none
TAIL: Final = 1e-15  # a mixture is not looked for nearer than this to 0 and 1
TABLE: Final = expit(np.linspace(logit(TAIL / 10), -logit(TAIL / 10), 513))  # of its table


class Between(Form):
    """Numbers of which two are ends, the first the smaller."""

    ends: ClassVar[tuple[str, str]] = ("low", "high")

    @model_validator(mode="after")
    def _rises(self) -> Self:
        low, high = (getattr(self, end) for end in self.ends)
        if not low < high:
            raise ValueError(f"{' must be < '.join(self.ends)}, got {low:g} and {high:g}")
        return self


class Shape(Form):
    """A distribution by the arguments that a file writes, which are its fields."""

    @cached_property
    def _law(self) -> Any:
        """The distribution of scipy."""
        raise NotImplementedError

    @property
    def words(self) -> str:
        """Its name and arguments, as 'lognormal with median 2 and sigma 0.3'."""
        told = [f"{name} {getattr(self, name):,.6g}" for name in type(self).model_fields]
        return f"{type(self).__name__.lower()} with {_listed(told, 'and')}"

    def quantile(self, u: Array) -> Array:
        """The least x with cdf(x) >= u."""
        return np.asarray(self._law.ppf(u))

    def cdf(self, x: Array) -> Array:
        """P(X <= x)."""
        return np.asarray(self._law.cdf(x))


class Normal(Shape):
    """x = mean + sd z, z standard normal."""

    mean: float
    sd: float = Field(gt=0)

    @cached_property
    def _law(self) -> Any:
        return stats.norm(self.mean, self.sd)


class Lognormal(Shape):
    """x = median exp(sigma z), z standard normal."""

    median: float = Field(gt=0)
    sigma: float = Field(gt=0)

    @cached_property
    def _law(self) -> Any:
        return stats.lognorm(self.sigma, scale=self.median)


class Uniform(Between, Shape):
    """Every value from low to high alike."""

    low: float
    high: float

    @cached_property
    def _law(self) -> Any:
        return stats.uniform(self.low, self.high - self.low)


class Triangular(Between, Shape):
    """A density that rises from 0 at low to the mode and falls to 0 at high."""

    low: float
    mode: float
    high: float

    @model_validator(mode="after")
    def _has_mode(self) -> Self:
        if not self.low <= self.mode <= self.high:
            raise ValueError(f"mode must be in [{self.low:g}, {self.high:g}], got {self.mode:g}")
        return self

    @cached_property
    def _law(self) -> Any:
        width = self.high - self.low
        return stats.triang((self.mode - self.low) / width, self.low, width)


class Beta(Between, Shape):
    """low + (high - low) y, y of density y^(a - 1) (1 - y)^(b - 1) / B(a, b)."""

    a: float = Field(gt=0)
    b: float = Field(gt=0)
    low: float = 0.0
    high: float = 1.0

    @cached_property
    def _law(self) -> Any:
        return stats.beta(self.a, self.b, self.low, self.high - self.low)


class Empirical(Shape):
    """One of several values, each as often as its weight says, alike if not said.

    Own: scipy's discrete distributions are of whole numbers.
    """

    values: list[float] = Field(min_length=2)
    weights: list[float] = Field(default_factory=list)

    @model_validator(mode="after")
    def _has_weights(self) -> Self:
        n = len(self.values)
        if self.weights and (len(self.weights) != n or min(self.weights) <= 0):
            raise ValueError(f"weights must be > 0, one for each of {n} values")
        return self

    @property
    def words(self) -> str:
        """The values with their shares."""
        values, heights = self._steps
        told = zip(values, np.diff(heights, prepend=0), strict=True)
        return _listed([f"{x:,.6g} ({share:.3g})" for x, share in told], "or")

    @cached_property
    def _steps(self) -> tuple[Array, Array]:
        """The values, rising, and the cdf at each, 1 at the last."""
        weights = np.asarray(self.weights or [1.0] * len(self.values))
        order = np.argsort(self.values, kind="stable")
        heights = np.cumsum((weights / math.fsum(weights))[order])
        return np.asarray(self.values)[order], np.append(heights[:-1], 1.0)

    def quantile(self, u: Array) -> Array:
        """The least value at which the summed shares are u or more."""
        values, heights = self._steps
        return values[np.searchsorted(heights[:-1], u)]

    def cdf(self, x: Array) -> Array:
        """The summed shares of the values up to x."""
        values, heights = self._steps
        below: Array = np.append(0.0, heights)[np.searchsorted(values, x, "right")]
        return below


class Part(Form):
    """What one source says, and how much it counts: of the weights only the ratios matter."""

    shape: Shape
    weight: float = Field(gt=0)
    source: str = ""  # a key, or nothing


class Mixture(Shape):
    """Sources that disagree: one of the parts is right, each as often as its weight says.

    F(x) = sum_k w_k F_k(x) with weights of sum 1. Own: scipy's mixture takes no values that were
    seen, and its root finder, without a table of F, would slow a draw by a fifth.
    """

    parts: list[Part] = Field(min_length=2)

    @property
    def words(self) -> str:
        """The parts with their shares."""
        told = [f"{share:.3g} of {shape.words}" for share, shape in self._shared]
        return f"mixture: {'; '.join(told)}"

    def cdf(self, x: Array) -> Array:
        """The mean of the parts' cdf by weight."""
        below = np.zeros_like(x, dtype=np.float64)
        for share, shape in self._shared:
            below = below + share * shape.cdf(x)
        return below

    def quantile(self, u: Array) -> Array:
        """The root of F(x) = u by Chandrupatla's method, between two places of a table of F.

        F there is u to the last digits of a float. Where F jumps over u, x is the place of the
        jump.
        """
        wanted = np.clip(u, TAIL, 1 - TAIL)
        places, heights = self._table
        right = np.searchsorted(heights, wanted)
        between = places[right - 1], places[right]
        found = elementwise.find_root(self._above, between, args=(wanted,))
        return np.where(found.f_x < 0, found.bracket[1], found.x)

    def _above(self, x: Array, u: Array) -> Array:
        return self.cdf(x) - u

    @cached_property
    def _shared(self) -> Sequence[tuple[float, Shape]]:
        """The parts, each with its share of 1."""
        total = math.fsum(one.weight for one in self.parts)
        return [(one.weight / total, one.shape) for one in self.parts]

    @cached_property
    def _table(self) -> tuple[Array, Array]:
        """Places and F there, both rising, that enclose every root: the parts' own quantiles.

        Rising to the last digit, so that a search among them hangs on no other element.
        """
        places = np.sort(np.concatenate([shape.quantile(TABLE) for _, shape in self._shared]))
        places = np.concatenate([[np.nextafter(places[0], -math.inf)], places])
        heights = self.cdf(places)
        rising = heights[1:] > np.maximum.accumulate(heights)[:-1]
        kept = np.concatenate([[True], rising])
        return places[kept], heights[kept]


_FAMILIES: Final = (Beta, Empirical, Lognormal, Normal, Triangular, Uniform)
SINGLE: Final[Mapping[str, type[Shape]]] = {one.__name__.lower(): one for one in _FAMILIES}


def _listed(told: Iterable[str], joint: str) -> str:
    """'a, b and c'."""
    *first, last = told
    return f"{', '.join(first)} {joint} {last}" if first else last


# --- through quantiles ---------------------------------------------------------------------------


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
