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


def _namespace(*values: Any) -> Any:
    """The array namespace of the first array among the values; None when all are floats."""
    for value in values:
        if hasattr(value, "__array_namespace__"):
            return value.__array_namespace__()
    return None


def _either(of_floats: Callable[..., Any], of_arrays: str) -> Callable[..., Any]:
    """A function of floats, or element by element that of the arrays' own namespace."""

    def operation(*values: Any) -> Any:
        xp = _namespace(*values)
        return of_floats(*values) if xp is None else getattr(xp, of_arrays)(*values)

    return operation


def _of_all(method: str, kind: type) -> Callable[[Any], Any]:
    """A function that leaves a float or a flag as it is, and calls a method of an array."""
    return lambda a: kind(getattr(a, method)() if hasattr(a, method) else a)


larger: Callable[[V, V], V] = _either(max, "maximum")
smaller: Callable[[V, V], V] = _either(min, "minimum")
exp: Callable[[V], V] = _either(math.exp, "exp")
log: Callable[[V], V] = _either(math.log, "log")
floor: Callable[[V], V] = _either(lambda a: float(math.floor(a)), "floor")
rounded: Callable[[V], V] = _either(lambda a: float(round(a)), "rint")  # a half to the even one
everywhere: Callable[[Any], bool] = _of_all("all", bool)
anywhere: Callable[[Any], bool] = _of_all("any", bool)
least: Callable[[Values], float] = _of_all("min", float)
greatest: Callable[[Values], float] = _of_all("max", float)


def where(condition: Any, a: V, b: V) -> V:
    """a where the condition holds, b elsewhere."""
    xp = _namespace(condition)
    return (a if condition else b) if xp is None else xp.where(condition, a, b)


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


def pick(name: Any, value: Callable[[Any], Any]) -> Any:
    """The value of a name; of the name of every draw."""
    if isinstance(name, Named):
        return element(name.index, [value(one) for one in name.names])
    return value(name)
