"""Break the headline: the value of every parameter at which a verdict flips.

Every other parameter stands at its central value. A parameter with a range is searched along its
own marginal, from the middle through P10 and P90 out to the quantiles 0.001 and 0.999, so that
whole counts stay whole and dates are days; one without a range along what `_free` says;
a choice or a flag through all its alternatives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final, TypeAlias

from scipy.optimize import bisect
from scipy.special import ndtr, ndtri

from euromesh import units as u
from euromesh.ensemble import Input, inputs
from euromesh.ensemble.marginals import MOST_ROUNDED, Choice, spread
from euromesh.params import Parameter, Value, library
from euromesh.params.texts import nearest
from euromesh.records import InputError, Params
from euromesh.records.tree import value_of, with_values
from euromesh.sensitivity.settings import HIGH, LOW, MIDDLE, value_at, values_at

Verdict: TypeAlias = Callable[[Params], bool]
Differs: TypeAlias = Callable[[Mapping[str, Value]], bool | None]  # None: the model refuses
OUTER: Final = 0.999  # the quantile at which the search ends, and 1 - 0.999
STEPS: Final = 6  # scanned on either side of the middle
TOLERANCE: Final = 1e-6  # of a position
FACTOR: Final = 10.0  # how far a number without a range or bounds is searched


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
    values: Callable[[float], Mapping[str, Value]]  # at a position, by id
    ranged: bool


def searchable(params: Params) -> tuple[str, ...]:
    """What `flips` can search: every input, then every other number, choice, flag and range.

    Left out are texts, empty values, and zeros that have neither a range nor bounds.
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
    moved = next((one for one in inputs(params, name) if name in (one.name, *one.ids)), None)
    before = verdict(params)

    def differs(values: Mapping[str, Value]) -> bool | None:
        if all(value_of(params, key) == value for key, value in values.items()):
            return False
        try:
            return verdict(with_values(params, values)) != before
        except InputError:
            return None

    names = _alternatives(params, name, moved)
    if not names:
        return _along(differs, params, _line(params, name, moved))
    answers = {one: differs({name: one}) for one in names}
    taken = tuple(one for one, flipped in answers.items() if flipped is not None)
    found = tuple(Flip(one, None) for one in taken if answers[one])
    return Search(name, value_of(params, name), taken, found)


def _along(differs: Differs, params: Params, line: Line) -> Search:
    def at(position: float) -> bool | None:
        return differs(line.values(position))

    def shown(position: float) -> Value:
        return line.values(position).get(line.shown)

    reach = float(ndtri(OUTER)) if line.ranged else 1.0
    sides: list[tuple[float, float | None]] = [(0.0, None)] * 2
    if not at(0.0):  # else the value in force stands off its own line, as where somebody set it
        sides = [_side(at, -reach), _side(at, reach)]
    central = None if shown(0.0) is None else value_of(params, line.shown)
    ends = tuple(shown(end) for end, _ in sides)
    found = (x for _, x in sides if x is not None)
    told = tuple(Flip(shown(x), float(ndtr(x)) if line.ranged else None) for x in found)
    return Search(line.name, central, ends, told)


def _side(at: Callable[[float], bool | None], reach: float) -> tuple[float, float | None]:
    """The last position that was asked on the way to an end, and a flip, on its far side."""
    for near, far in pairwise(reach * k / STEPS for k in range(STEPS + 1)):
        answer = at(far)
        if answer is None:
            return near, None
        if answer:
            root = bisect(lambda x: 1.0 if at(x) else -1.0, near, far, xtol=TOLERANCE)
            return far, root + math.copysign(TOLERANCE, reach)
    return reach, None


def _line(params: Params, name: str, moved: Input | None) -> Line:
    if moved:
        values = partial(values_at, params, moved)
        return Line(moved.name, moved.shown, lambda z: values(float(ndtr(z))), True)
    if not _is_searchable(params, name):
        got = value_of(params, name)
        raise InputError(f"{name} has no values to search, got {got!r}; see searchable")
    return _own_line(params, library().parameters[name])


def _own_line(params: Params, parameter: Parameter) -> Line:
    """The line of a parameter that no draw varies: its own range, if it has one."""
    key = parameter.id
    if not _has_range(parameter):
        free = _free(parameter, value_of(params, key))
        return Line(key, key, lambda x: {key: free(x)}, False)
    value = partial(value_at, params, spread(parameter), common=MIDDLE)
    return Line(key, key, lambda z: {key: value(float(ndtr(z)))}, True)


def _free(parameter: Parameter, central: Value) -> Callable[[float], Value]:
    """Values for positions from -1 to 1 of a number without a range.

    One with two bounds goes from one to the other, any other by a factor of ten.
    """
    assert isinstance(central, float)
    low, high = u.BOUNDS[parameter.unit]
    if math.isfinite(low) and math.isfinite(high):
        return lambda x: central + abs(x) * ((high if x > 0 else low) - central)
    whole = parameter.unit == "count" and central.is_integer() and central < MOST_ROUNDED
    return lambda x: float(round(central * FACTOR**x)) if whole else central * FACTOR**x


def _has_range(parameter: Parameter) -> bool:
    return parameter.low != parameter.high or parameter.distribution is not None


def _is_searchable(params: Params, key: str) -> bool:
    """Whether a parameter that no draw varies has other values to try."""
    parameter, value = library().parameters[key], value_of(params, key)
    if value is None or _has_range(parameter):
        return value is not None
    if parameter.unit in u.BOUNDS:
        return bool(value) or math.isfinite(u.BOUNDS[parameter.unit][1])
    return parameter.unit in ("choice", "flag")


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
