"""Break the headline: the value of every parameter at which a verdict flips.

Every other parameter stands at its central value. A parameter with a range is searched along its
own marginal, from the middle through P10 and P90 out to the quantiles 0.001 and 0.999, so that
whole counts stay whole and dates are days; one without a range along what `_without_range` says;
a choice or a flag through all its alternatives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from functools import partial
from itertools import chain, pairwise
from typing import Final, NamedTuple, TypeAlias

from scipy.optimize import bisect
from scipy.special import ndtr, ndtri

from euromesh import units as u
from euromesh.ensemble import Input, inputs
from euromesh.ensemble.marginals import MOST_ROUNDED, Choice, spread
from euromesh.ensemble.tree import value_of
from euromesh.params import Parameter, Value, library
from euromesh.params.texts import nearest
from euromesh.records import InputError, Params
from euromesh.sensitivity.settings import HIGH, LOW, MIDDLE, value_at, values_at, with_values

Verdict: TypeAlias = Callable[[Params], bool]
Asked: TypeAlias = Callable[[Mapping[str, Value]], bool | None]  # of values, by id
Values: TypeAlias = Callable[[float], Mapping[str, Value]]  # at a position, by id
OUTER: Final = 0.999  # the quantile at which the search ends, and 1 - 0.999
STEPS: Final = 6  # scanned on either side of the middle
TOLERANCE: Final = 1e-6  # of a position
FACTOR: Final = 10.0  # how far a number without a range or bounds is searched
NAMING: Final = ("grid_lead_times.*.load_mw", "grid_lead_times.*.of_original_seven")
DAYS: Final = 3652  # how far a date without a range is searched


@dataclass(frozen=True, slots=True)
class Flip:
    """A value at which the verdict is another one than at the central parameters."""

    value: Value  # of the first parameter that the input moves; None of an input without any
    quantile: float | None  # of its own marginal; None where it has none, or where it is a name

    @property
    def is_within_range(self) -> bool:
        """Whether it lies between P10 and P90."""
        return self.quantile is not None and LOW <= self.quantile <= HIGH


@dataclass(frozen=True, slots=True)
class Search:
    """What was searched, and the flips nearest to the centre: at most one on either side.

    A side stops at its outer end, past its first flip, or before what the model refuses.
    """

    name: str
    central: Value
    searched: tuple[Value, ...]  # every alternative, or where either side of the search stopped
    flips: tuple[Flip, ...]

    @property
    def nearest(self) -> Flip:
        """The flip nearest to the centre; a name or a flag is at the centre."""
        return min(self.flips, key=lambda flip: abs((flip.quantile or MIDDLE) - MIDDLE))

    @property
    def flips_within_range(self) -> bool:
        """Whether the verdict flips between P10 and P90; never within its evidence otherwise."""
        return any(flip.is_within_range for flip in self.flips)


@dataclass(frozen=True, slots=True)
class Line:
    """The values of an input along a search: position 0 is its middle, -reach and reach its ends.

    The position is the normal score of the input's marginal where it has one.
    """

    name: str
    shown: str  # the id whose value speaks for it
    values: Values
    reach: float
    ranged: bool

    def value(self, position: float) -> Value:
        """The value of the parameter that speaks for the input."""
        return self.values(position).get(self.shown)

    def flip(self, position: float) -> Flip:
        """The flip at a position."""
        return Flip(self.value(position), float(ndtr(position)) if self.ranged else None)


def searchable(params: Params) -> tuple[str, ...]:
    """What `flips` can search: every input, then every other number, date, choice and flag.

    Left out are texts, empty values, zeros that have neither a range nor bounds, and what names
    a row of the lead times.
    """
    found = inputs(params)
    moved = {key for one in found for key in (one.name, *one.ids)}
    others = (key for key in library().parameters if key not in moved)
    return (*(one.name for one in found), *(key for key in others if _is_searchable(params, key)))


def flips(verdict: Verdict, params: Params, name: str) -> Search:
    """Where a verdict flips along one input, or parameter that no draw varies, by name.

    The verdict is asked at 6 positions on either side, outwards; between the last that agrees
    with the central one and the first that does not, a bisection of the verdict finds the
    flipped value to 1e-6 of a normal score. Infinite dates need no care, for only the sign is
    used; a verdict that flips and flips back within one step is missed. A value that the model
    refuses beside the central ones ends the search on its side, and `searched` says where.
    """
    moved = next((one for one in inputs(params) if name in (one.name, *one.ids)), None)
    asked = partial(_differs, verdict, params, verdict(params))
    names = _alternatives(params, name, moved)
    if not names:
        return _along(asked, params, _line(params, name, moved))
    answers = {one: asked({name: one}) for one in names}
    taken = tuple(one for one, flipped in answers.items() if flipped is not None)
    found = tuple(Flip(one, None) for one in taken if answers[one])
    return Search(name, value_of(params, name), taken, found)


def _differs(
    verdict: Verdict, params: Params, before: bool, values: Mapping[str, Value]
) -> bool | None:
    """Whether the verdict is another one at some values; None where the model refuses them."""
    try:
        return verdict(with_values(params, values)) != before
    except InputError:
        return None


def _along(asked: Asked, params: Params, line: Line) -> Search:
    def at(position: float) -> bool | None:
        return asked(line.values(position))

    sides = [_Side(0.0, ()), _Side(0.0, ())]
    if not at(0.0):  # else the value in force stands off its own line, as where somebody set it
        sides = [_side(at, reach) for reach in (-line.reach, line.reach)]
    found = chain.from_iterable(side.flips for side in sides)
    central = None if line.value(0.0) is None else value_of(params, line.shown)
    ends = tuple(line.value(side.end) for side in sides)
    return Search(line.name, central, ends, tuple(line.flip(one) for one in found))


class _Side(NamedTuple):
    """One side of a search: the last position that was asked, and that of the first flip."""

    end: float
    flips: tuple[float, ...]


def _side(at: Callable[[float], bool | None], reach: float) -> _Side:
    """The search from 0 towards an end; a flip is given on its far side."""
    steps = [reach * k / STEPS for k in range(STEPS + 1)]
    for near, far in pairwise(steps):
        answer = at(far)
        if answer is None:
            return _Side(near, ())
        if answer:
            root = bisect(lambda x: 1.0 if at(x) else -1.0, near, far, xtol=TOLERANCE)
            return _Side(far, (root + math.copysign(TOLERANCE, reach),))
    return _Side(reach, ())


# --- lines ---------------------------------------------------------------------------------------


def _line(params: Params, name: str, moved: Input | None) -> Line:
    if moved:
        return _input_line(params, moved)
    if not _is_searchable(params, name):
        got = value_of(params, name)
        raise InputError(f"{name} has no values to search, got {got!r}; see searchable")
    return _parameter_line(params, library().parameters[name])


def _input_line(params: Params, one: Input) -> Line:
    reach = float(ndtri(OUTER))
    return Line(one.name, one.shown, lambda z: values_at(params, one, float(ndtr(z))), reach, True)


def _parameter_line(params: Params, parameter: Parameter) -> Line:
    """The line of a parameter that no draw varies: its own range, if it has one."""
    key = parameter.id
    if not _has_range(parameter):
        value = _without_range(parameter, value_of(params, key))
        return Line(key, key, lambda x: {key: value(x)}, 1.0, False)
    found = partial(value_at, params, spread(parameter), common=MIDDLE)
    return Line(key, key, lambda z: {key: found(float(ndtr(z)))}, float(ndtri(OUTER)), True)


def _without_range(parameter: Parameter, central: Value) -> Callable[[float], Value]:
    """Values for positions from -1 to 1 of a parameter without a range.

    A date ten years either way, a number with two bounds from one to the other, any other
    number by a factor of ten.
    """
    if isinstance(central, str):
        day = u.last_day(central).toordinal()
        return lambda x: date.fromordinal(day + round(x * DAYS)).isoformat()
    assert isinstance(central, float)
    low, high = u.BOUNDS[parameter.unit]
    if math.isfinite(low) and math.isfinite(high):
        return lambda x: central + abs(x) * ((high if x > 0 else low) - central)
    whole = parameter.unit == "count" and central.is_integer() and central < MOST_ROUNDED
    return lambda x: float(round(central * FACTOR**x)) if whole else central * FACTOR**x


# --- what there is to search ---------------------------------------------------------------------


def _has_range(parameter: Parameter) -> bool:
    return parameter.low != parameter.high or parameter.distribution is not None


def _is_searchable(params: Params, key: str) -> bool:
    """Whether a parameter that no draw varies has other values to try."""
    parameter, value = library().parameters[key], value_of(params, key)
    if any(fnmatchcase(key, pattern) for pattern in NAMING):
        return False
    if value is None or _has_range(parameter):
        return value is not None
    if parameter.unit in u.BOUNDS:
        return bool(value) or math.isfinite(u.BOUNDS[parameter.unit][1])
    return parameter.unit in ("choice", "date", "flag")


def _alternatives(params: Params, name: str, moved: Input | None) -> tuple[Value, ...]:
    """The other values of a choice or a flag; none of anything else."""
    if name not in library().parameters:
        if moved is None:
            known = nearest(name, library().parameters)
            raise InputError(f"{name} is neither an input nor a parameter{known}")
        return ()
    kind, value = library().spec(name), value_of(params, name)
    if kind.unit == "flag":
        return (not value,)
    drawn = moved.marginals[0] if moved and moved.marginals else None
    names = drawn.names if isinstance(drawn, Choice) else ()
    return tuple(one for one in kind.choices or names if one != value)
