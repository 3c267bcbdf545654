"""Distributions of a number: each by its quantile function and its cumulative distribution.

The two are inverse to each other: quantile(u) is the least x with cdf(x) >= u, 0 < u < 1. Both take
arrays and treat every element alone, so a part of an array gives the same bits as the whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import accumulate
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import elementwise
from scipy.special import betainc, betaincinv, expit, logit, ndtr, ndtri

Array = NDArray[np.float64]
TAIL: Final = 1e-15  # a mixture is not looked for nearer than this to 0 and 1
LEVELS: Final = expit(np.linspace(logit(TAIL / 10), -logit(TAIL / 10), 513))  # of its table


@dataclass(frozen=True, slots=True)
class _Named:
    """A family by its arguments, which are its fields."""

    @property
    def words(self) -> str:
        """Its name and arguments, as 'lognormal with median 2 and sigma 0.3'."""
        told = [f"{one.name} {getattr(self, one.name):,.6g}" for one in fields(self)]
        return f"{type(self).__name__.lower()} with {_listed(told, 'and')}"


@dataclass(frozen=True, slots=True)
class Normal(_Named):
    """x = mean + sd z, z standard normal; sd > 0."""

    mean: float
    sd: float

    def quantile(self, u: Array) -> Array:
        """Mean + sd ndtri(u)."""
        x: Array = self.mean + self.sd * ndtri(u)
        return x

    def cdf(self, x: Array) -> Array:
        """Phi((x - mean) / sd)."""
        return np.asarray(ndtr((x - self.mean) / self.sd))


@dataclass(frozen=True, slots=True)
class Lognormal(_Named):
    """x = median exp(sigma z), z standard normal; both above 0."""

    median: float
    sigma: float

    def quantile(self, u: Array) -> Array:
        """Median exp(sigma ndtri(u))."""
        x: Array = self.median * np.exp(self.sigma * ndtri(u))
        return x

    def cdf(self, x: Array) -> Array:
        """Phi(ln(x / median) / sigma) above 0, else 0."""
        above = np.where(x > 0, x, self.median)
        return np.where(x > 0, ndtr(np.log(above / self.median) / self.sigma), 0.0)


@dataclass(frozen=True, slots=True)
class Uniform(_Named):
    """Every value from low to high alike; low < high."""

    low: float
    high: float

    def quantile(self, u: Array) -> Array:
        """Low + (high - low) u."""
        return self.low + (self.high - self.low) * u

    def cdf(self, x: Array) -> Array:
        """(x - low) / (high - low), in [0, 1]."""
        return np.clip((x - self.low) / (self.high - self.low), 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Triangular(_Named):
    """A density that rises from 0 at low to the mode and falls to 0 at high; low < high."""

    low: float
    mode: float
    high: float

    def quantile(self, u: Array) -> Array:
        """With p = cdf(mode), t = sqrt(u p) up to it and 1 - sqrt((1 - u)(1 - p)) above it."""
        return self.low + (self.high - self.low) * unit_triangle(self._peak, u)

    def cdf(self, x: Array) -> Array:
        """With t = (x - low) / (high - low), t^2 / p up to the mode, 1 - (1 - t)^2 / (1 - p)."""
        p = self._peak
        t = np.clip((x - self.low) / (self.high - self.low), 0.0, 1.0)
        above = 1 - (1 - t) ** 2 / ((1 - p) or 1.0)
        return np.where(t < p, t**2 / (p or 1.0), above)

    @property
    def _peak(self) -> float:
        return (self.mode - self.low) / (self.high - self.low)


def unit_triangle(peak: float, u: Array) -> Array:
    """Quantiles of the triangular distribution on [0, 1] whose mode, and cdf there, is the peak."""
    return np.where(u <= peak, np.sqrt(u * peak), 1 - np.sqrt((1 - u) * (1 - peak)))


@dataclass(frozen=True, slots=True)
class Beta(_Named):
    """low + (high - low) y, y of density y^(a - 1) (1 - y)^(b - 1) / B(a, b); a, b > 0."""

    a: float
    b: float
    low: float
    high: float

    def quantile(self, u: Array) -> Array:
        """Low + (high - low) I^-1(a, b; u), I the regularised incomplete beta function."""
        x: Array = self.low + (self.high - self.low) * betaincinv(self.a, self.b, u)
        return x

    def cdf(self, x: Array) -> Array:
        """I(a, b; (x - low) / (high - low))."""
        y = np.clip((x - self.low) / (self.high - self.low), 0.0, 1.0)
        return np.asarray(betainc(self.a, self.b, y))


@dataclass(frozen=True, slots=True)
class Empirical:
    """One of several values, each as often as its weight says; nothing between them."""

    values: tuple[float, ...]  # increasing
    weights: tuple[float, ...]  # of which only the ratios matter

    @property
    def words(self) -> str:
        """The values with their shares."""
        told = zip(_shares(self.weights), self.values, strict=True)
        return _listed([f"{x:,.6g} ({share:.3g})" for share, x in told], "or")

    @property
    def _heights(self) -> Array:
        return np.asarray([*list(accumulate(_shares(self.weights)))[:-1], 1.0])

    def quantile(self, u: Array) -> Array:
        """The least value at which the summed shares are u or more."""
        return np.asarray(self.values)[np.searchsorted(self._heights[:-1], u)]

    def cdf(self, x: Array) -> Array:
        """The summed shares of the values up to x."""
        heights = np.concatenate([[0.0], self._heights])
        below: Array = heights[np.searchsorted(np.asarray(self.values), x, side="right")]
        return below


Single: TypeAlias = Normal | Lognormal | Uniform | Triangular | Beta | Empirical


@dataclass(frozen=True, slots=True)
class Part:
    """What one source says, and how much it counts."""

    shape: Single
    weight: float  # > 0; only the ratios matter
    source: str  # a key, or nothing


@dataclass(frozen=True, slots=True)
class Mixture:
    """Sources that disagree: one of the parts is right, each as often as its weight says.

    F(x) = sum_k w_k F_k(x) with weights of sum 1.
    """

    parts: tuple[Part, ...]

    @property
    def words(self) -> str:
        """The parts with their shares."""
        told = [f"{share:.3g} of {one.shape.words}" for share, one in self._shared()]
        return f"mixture: {'; '.join(told)}"

    def cdf(self, x: Array) -> Array:
        """The mean of the parts' cdf by weight."""
        below = np.zeros_like(x, dtype=np.float64)
        for share, one in self._shared():
            below = below + share * one.shape.cdf(x)
        return below

    def quantile(self, u: Array) -> Array:
        """The root of F(x) = u by Chandrupatla's method, between two places of a table of F.

        F there is u to the last digits of a float. Where F jumps over u, x is the place of the
        jump.
        """
        wanted = np.clip(u, TAIL, 1 - TAIL)
        places, heights = self._table()
        right = np.searchsorted(heights, wanted)
        between = places[right - 1], places[right]
        found = elementwise.find_root(self._above, between, args=(wanted,))
        return np.where(found.f_x < 0, found.bracket[1], found.x)

    def _above(self, x: Array, u: Array) -> Array:
        return self.cdf(x) - u

    def _shared(self) -> Iterable[tuple[float, Part]]:
        """The parts, each with its share of 1."""
        return zip(_shares([one.weight for one in self.parts]), self.parts, strict=True)

    def _table(self) -> tuple[Array, Array]:
        """Places and F there, both rising, that enclose every root: the parts' own quantiles.

        Rising to the last digit, so that a search among them hangs on no other element.
        """
        places = np.sort(np.concatenate([part.shape.quantile(LEVELS) for part in self.parts]))
        places = np.concatenate([[np.nextafter(places[0], -math.inf)], places])
        heights = self.cdf(places)
        rising = heights[1:] > np.maximum.accumulate(heights)[:-1]
        kept = np.concatenate([[True], rising])
        return places[kept], heights[kept]


Shape: TypeAlias = Single | Mixture


def _shares(weights: Sequence[float]) -> list[float]:
    """Weights as parts of 1."""
    total = math.fsum(weights)
    return [weight / total for weight in weights]


def _listed(told: Sequence[str], joint: str) -> str:
    """'a, b and c'."""
    return f" {joint} ".join([", ".join(told[:-1]), told[-1]] if told[1:] else told)
