"""From a coordinate in (0, 1) to a parameter: its marginal distribution.

A range is read as P10, P50 and P90. The normal score z = ndtri(u) moves the central value by
z / z90 times the distance to P90 above it and to P10 below it, on the parameter's own scale.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from euromesh import units as u
from euromesh.params import Parameter, Shape, Value
from euromesh.records import InputError

Array = NDArray[np.float64]
Drawn: TypeAlias = Callable[[str], Array]  # what the draws make of a parameter, by its id
Z90: Final = 1.2815515655446004  # the normal score of P90
MOST_ROUNDED: Final = 1e4  # a larger count is an estimate, not a number of things to choose
BOUNDS: Final = {**u.BOUNDS, "date": (float(date.min.toordinal()), float(date.max.toordinal()))}


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale on which a value moves: the distance between two values, and a move by a distance."""

    distance: Callable[[float, float], float]
    moved: Callable[[float, Array], Array]


LINEAR: Final = Scale(lambda start, end: end - start, operator.add)
LOG: Final = Scale(lambda start, end: math.log(end / start), lambda start, by: start * np.exp(by))
LOGIT: Final = Scale(
    lambda start, end: math.log(end * (1 - start) / (start * (1 - end))),
    lambda start, by: start / (start + (1 - start) * np.exp(-by)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A number between P10, P50 and P90, in two pieces that meet at the central value.

    x = move(c, (z / z90) d), d the distance from c to P90 where z > 0 and from P10 to c below:
    on the log scale c (high/c)^(z/z90) and c (low/c)^(|z|/z90); x = F^-1(u) where a distribution
    is stated. Then settled on the values that the model takes and clipped.
    """

    low: float
    central: float
    high: float
    scale: Scale
    settled: Callable[[Array], Array]
    least: float
    most: float
    stated: Shape | None

    def at(self, u: Array) -> Array:
        """The quantiles at u, in the unit of the parameter."""
        if self.stated:
            free = self.stated.quantile(u)
        else:
            z = ndtri(u) / Z90
            above = self.scale.distance(self.central, self.high)
            below = self.scale.distance(self.low, self.central)
            free = self.scale.moved(self.central, np.where(z > 0, above, below) * z)
        return self.settled(free).clip(self.least, self.most)


class DateSpread(Spread):
    """A date between P10, P50 and P90, as its day since the calendar began: linear in days."""

    __slots__ = ()

    def value(self, number: float) -> Value:
        """The day as ISO text."""
        return date.fromordinal(int(number)).isoformat()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several names, each as often as its weight says."""

    names: tuple[str, ...]
    weights: tuple[float, ...]

    def at(self, u: Array) -> Array:
        """The place of the name whose span of the summed weights holds u."""
        edges = np.cumsum(self.weights)[:-1] / math.fsum(self.weights)
        return np.searchsorted(edges, u, side="right").astype(np.float64)

    def value(self, number: float) -> Value:
        """The name in that place."""
        return self.names[int(number)]


@dataclass(frozen=True, slots=True)
class Dependent:
    """A number whose law reads what the same draw makes of other parameters."""

    law: Callable[..., Array]  # of u, then of the others
    others: tuple[str, ...]  # their ids, none of which depends on others itself

    def at(self, u: Array, drawn: Drawn) -> Array:
        """The quantiles at u given the others."""
        return self.law(u, *map(drawn, self.others))


class Flag(Dependent):
    """A flag with such a law, 1 for true and 0 for false."""

    __slots__ = ()

    def value(self, number: float) -> Value:
        """The flag itself."""
        return bool(number)


Marginal: TypeAlias = Spread | Choice | Dependent
Coded: TypeAlias = DateSpread | Choice | Flag


def choice(path: str, weights: dict[str, float]) -> Choice:
    """A choice by weights, of which only the ratios matter; none may be negative."""
    if min(weights.values()) < 0 or not any(weights.values()):
        raise InputError(f"{path} must be >= 0 and not all 0, got {weights}")
    return Choice(tuple(weights), tuple(weights.values()))


def spread(parameter: Parameter) -> Spread:
    """The marginal of a parameter with a range: a number or a date.

    Linear for a date, log scale for what is positive and without an upper bound, logit for a
    fraction inside (0, 1), else linear. A small whole count stays whole, and at least one where
    P10 is. A date that names a month allows its last day, as the routes read it.
    """
    unit, (least, most) = parameter.unit, BOUNDS[parameter.unit]
    ends = low, central, high = [
        number(end) for end in (parameter.low, parameter.value, parameter.high)
    ]
    whole = unit == "count" and all(end.is_integer() and end < MOST_ROUNDED for end in ends)
    return (DateSpread if unit == "date" else Spread)(
        low=low,
        central=central,
        high=high,
        scale=_scale(unit, low, high),
        settled=np.rint if whole or unit == "date" else np.asarray,
        least=1.0 if whole and low >= 1 else least,
        most=most,
        stated=parameter.distribution,
    )


def stepped(parameter: Parameter, allowed: Iterable[float]) -> Spread:
    """The marginal of a positive number that must be one of the allowed ones.

    That is the nearest on the log scale.
    """
    known = np.sort(np.asarray(list(allowed)))
    middles = np.sqrt(known[1:] * known[:-1])
    return replace(
        spread(parameter),
        scale=LOG,
        settled=lambda numbers: known[np.searchsorted(middles, numbers)],
        least=known[0],
        most=known[-1],
    )


def number(value: Value) -> float:
    """An end of a range as a number, a date as its day since the calendar began."""
    return float(u.last_day(value).toordinal() if isinstance(value, str) else cast(float, value))


def _scale(unit: str, low: float, high: float) -> Scale:
    """The scale of a unit; a `number` has no bounds, so one is positive if its P10 is."""
    if unit == "fraction" and low > 0 and high < 1:
        return LOGIT
    return LOG if low > 0 and math.isinf(BOUNDS[unit][1]) else LINEAR
