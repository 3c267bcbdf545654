"""Operations that read the same for floats and for arrays.

Floats go to `math`; anything that offers `__array_namespace__` (numpy 2 and its like) goes to
its own namespace. Nothing is imported for arrays, so the equations run where numpy is absent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from euromesh.units import Values

V = TypeVar("V", bound="Values")


def larger(a: V, b: V) -> V:
    """max(a, b), element by element."""
    xp = _namespace(a, b)
    return max(a, b) if xp is None else xp.maximum(a, b)


def smaller(a: V, b: V) -> V:
    """min(a, b), element by element."""
    xp = _namespace(a, b)
    return min(a, b) if xp is None else xp.minimum(a, b)


def where(condition: Any, a: V, b: V) -> V:
    """a where the condition holds, b elsewhere."""
    xp = _namespace(condition)
    return (a if condition else b) if xp is None else xp.where(condition, a, b)


def everywhere(condition: Any) -> bool:
    """Whether a condition holds, for a float or in every element of an array."""
    return bool(condition.all() if hasattr(condition, "all") else condition)


def anywhere(condition: Any) -> bool:
    """Whether a condition holds, for a float or in some element of an array."""
    return bool(condition.any() if hasattr(condition, "any") else condition)


def least(a: Values) -> float:
    """The least element; a float itself."""
    return float(a.min() if hasattr(a, "min") else a)


def greatest(a: Values) -> float:
    """The greatest element; a float itself."""
    return float(a.max() if hasattr(a, "max") else a)


def rounded(a: V) -> V:
    """The nearest whole number, a half to the even one."""
    xp = _namespace(a)
    return cast(V, float(round(cast(float, a))) if xp is None else xp.rint(a))


def floor(a: V) -> V:
    """The greatest whole number that is not above."""
    xp = _namespace(a)
    return cast(V, float(math.floor(a)) if xp is None else xp.floor(a))


def total(values: Sequence[V]) -> V:
    """The sum of some values, of floats without rounding in between."""
    return cast(V, math.fsum(values) if _namespace(*values) is None else sum(values))


def ratio(a: Values, b: Values) -> Values:
    """a / b for b >= 0, with a / 0 = infinity for a > 0 and 0 / 0 = 0."""
    xp = _namespace(a, b)
    if xp is None:
        return a / b if b else (math.inf if a else 0.0)
    if not anywhere(b == 0):
        return a / b
    safe = xp.where(b == 0, 1.0, b)
    quotient: Values = xp.where(b == 0, xp.where(a == 0, 0.0, math.inf), a / safe)
    return quotient


def element(index: Any, values: Sequence[Any]) -> Any:
    """The value in a place; of the place of every draw, from values that may be arrays of draws."""
    xp = _namespace(index)
    if xp is None:
        return values[index]
    if _namespace(*values) is None:
        return xp.take(xp.asarray(values), index)
    found = values[0]
    for place in range(1, len(values)):
        found = xp.where(index == place, values[place], found)
    return found


@dataclass(frozen=True, slots=True)
class Named:
    """The name of every draw: some names, and the place of one of them in each draw."""

    names: Sequence[str]
    index: Any


def pick(name: Any, value: Callable[[str], Any]) -> Any:
    """The value of a name; of the name of every draw."""
    if isinstance(name, Named):
        return element(name.index, [value(one) for one in name.names])
    return value(name)


def exp(x: Values) -> Values:
    """e to the power x."""
    xp = _namespace(x)
    return math.exp(x) if xp is None else xp.exp(x)


def log(x: Values) -> Values:
    """Natural logarithm."""
    xp = _namespace(x)
    return math.log(x) if xp is None else xp.log(x)


def _namespace(*values: Any) -> Any:
    """The array namespace of the first array among the values; None when all are floats."""
    for value in values:
        if hasattr(value, "__array_namespace__"):
            return value.__array_namespace__()
    return None
