"""From a coordinate in (0, 1) to a parameter: its marginal distribution.

A range is read as P10, P50 and P90. The normal score z = ndtri(u) moves the central value by
z / z90 times the distance to P90 above it and to P10 below it, on the parameter's own scale.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import accumulate
from typing import Final, TypeAlias

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


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale on which a value moves: the distance between two values, and a move by a distance."""

    distance: Callable[[float, float], float]
    moved: Callable[[float, Array], Array]


def _log_distance(start: float, end: float) -> float:
    return math.log(end / start)


def _log_moved(start: float, by: Array) -> Array:
    moved: Array = start * np.exp(by)
    return moved


def _linear_distance(start: float, end: float) -> float:
    return end - start


def _logit_distance(start: float, end: float) -> float:
    return math.log(end * (1 - start) / (start * (1 - end)))


def _logit_moved(start: float, by: Array) -> Array:
    moved: Array = start / (start + (1 - start) * np.exp(-by))
    return moved


LINEAR: Final = Scale(_linear_distance, operator.add)
LOG: Final = Scale(_log_distance, _log_moved)
LOGIT: Final = Scale(_logit_distance, _logit_moved)


def _as_is(numbers: Array) -> Array:
    return numbers


def _nearest(allowed: tuple[float, ...], numbers: Array) -> Array:
    """The nearest allowed value on the log scale."""
    known = np.asarray(allowed)
    nearest: Array = known[np.searchsorted(np.sqrt(known[1:] * known[:-1]), numbers)]
    return nearest


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
    stated: Shape | None = None

    def at(self, u: Array) -> Array:
        """The quantiles at u, in the unit of the parameter."""
        return self.settled(self._free(u)).clip(self.least, self.most)

    def _free(self, u: Array) -> Array:
        if self.stated:
            return self.stated.quantile(u)
        z = ndtri(u) / Z90
        above = self.scale.distance(self.central, self.high)
        below = self.scale.distance(self.low, self.central)
        return self.scale.moved(self.central, np.where(z > 0, above, below) * z)


@dataclass(frozen=True, slots=True)
class DateSpread:
    """A date between P10, P50 and P90: linear in days, as 'YYYY-MM-DD'."""

    days: Spread  # since the calendar began

    def at(self, u: Array) -> Array:
        """The quantiles at u, days since the calendar began."""
        return self.days.at(u)

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
        edges = np.asarray(list(accumulate(self.weights))[:-1]) / math.fsum(self.weights)
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


@dataclass(frozen=True, slots=True)
class Flag(Dependent):
    """A flag with such a law, 1 for true and 0 for false."""

    def value(self, number: float) -> Value:
        """The flag itself."""
        return bool(number)


Marginal: TypeAlias = Spread | DateSpread | Choice | Dependent
Coded: TypeAlias = DateSpread | Choice | Flag


def choice(path: str, weights: dict[str, float]) -> Choice:
    """A choice by weights, of which only the ratios matter; none may be negative."""
    if min(weights.values()) < 0 or not any(weights.values()):
        raise InputError(f"{path} must be >= 0 and not all 0, got {weights}")
    return Choice(tuple(weights), tuple(weights.values()))


def spread(parameter: Parameter) -> Spread | DateSpread:
    """The marginal of a parameter with a range: a number or a date."""
    return _date_spread(parameter) if parameter.unit == "date" else number_spread(parameter)


def number_spread(parameter: Parameter) -> Spread:
    """The marginal of a number.

    Log scale for what is positive and without an upper bound, logit for a fraction inside
    (0, 1), else linear. A small whole count stays whole, and at least one where P10 is.
    """
    low, central, high = (number(end) for end in _ends(parameter))
    least, most = u.BOUNDS[parameter.unit]
    whole = parameter.unit == "count" and _is_whole(low, central, high)
    return Spread(
        low=low,
        central=central,
        high=high,
        scale=_scale(parameter.unit, low, high),
        settled=np.rint if whole else _as_is,
        least=1.0 if whole and low >= 1 else least,
        most=most,
        stated=parameter.distribution,
    )


def stepped(parameter: Parameter, allowed: tuple[float, ...]) -> Spread:
    """The marginal of a positive number that must be one of the allowed ones: the nearest."""
    low, central, high = (number(end) for end in _ends(parameter))
    return Spread(
        low=low,
        central=central,
        high=high,
        scale=LOG,
        settled=partial(_nearest, tuple(sorted(allowed))),
        least=min(allowed),
        most=max(allowed),
        stated=parameter.distribution,
    )


def number(value: Value) -> float:
    """The end of a range as a number; a date has to be counted first."""
    if isinstance(value, float):
        return value
    raise TypeError(f"a range is of numbers or dates, got {value!r}")


def _date_spread(parameter: Parameter) -> DateSpread:
    """The marginal of a date; one that names a month allows its last day, as the routes read it."""
    low, central, high = (u.last_day(str(end)).toordinal() for end in _ends(parameter))
    days = Spread(
        low=low,
        central=central,
        high=high,
        scale=LINEAR,
        settled=np.rint,
        least=date.min.toordinal(),
        most=date.max.toordinal(),
    )
    return DateSpread(days)


def _ends(parameter: Parameter) -> tuple[Value, Value, Value]:
    return parameter.low, parameter.value, parameter.high


def _is_whole(*ends: float) -> bool:
    return all(end.is_integer() and end < MOST_ROUNDED for end in ends)


def _scale(unit: str, low: float, high: float) -> Scale:
    """The scale of a unit; a `number` has no bounds, so one is positive if its P10 is."""
    if unit == "fraction" and low > 0 and high < 1:
        return LOGIT
    return LOG if low > 0 and math.isinf(u.BOUNDS[unit][1]) else LINEAR
