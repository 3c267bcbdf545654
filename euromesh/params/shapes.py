"""Distributions of a number: each a model of its arguments over a distribution of scipy.

quantile(u) is the least x with cdf(x) >= u, 0 < u < 1. Both take arrays and treat every element
alone, so a part of an array gives the same bits as the whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, Self

import numpy as np
from pydantic import Field, model_validator
from scipy import stats
from scipy.optimize import elementwise
from scipy.special import expit, logit

from euromesh.params.forms import Form
from euromesh.params.shape_fits import Array, Between

TAIL: Final = 1e-15  # a mixture is not looked for nearer than this to 0 and 1
LEVELS: Final = expit(np.linspace(logit(TAIL / 10), -logit(TAIL / 10), 513))  # of its table


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
        told = zip(*self._seen, strict=True)
        return _listed([f"{x:,.6g} ({share:.3g})" for x, share in told], "or")

    @cached_property
    def _seen(self) -> tuple[Array, Array]:
        """The values, rising, and the share of each."""
        weights = np.asarray(self.weights or [1.0] * len(self.values))
        order = np.argsort(self.values, kind="stable")
        return np.asarray(self.values)[order], (weights / math.fsum(weights))[order]

    @cached_property
    def _heights(self) -> Array:
        """The cdf at each value, 1 at the last."""
        return np.append(np.cumsum(self._seen[1])[:-1], 1.0)

    def quantile(self, u: Array) -> Array:
        """The least value at which the summed shares are u or more."""
        return self._seen[0][np.searchsorted(self._heights[:-1], u)]

    def cdf(self, x: Array) -> Array:
        """The summed shares of the values up to x."""
        below: Array = np.append(0.0, self._heights)[np.searchsorted(self._seen[0], x, "right")]
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
        places = np.sort(np.concatenate([shape.quantile(LEVELS) for _, shape in self._shared]))
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
