"""Operations that read the same for floats and for arrays.

Floats go to `math`; anything that offers `__array_namespace__` (numpy 2 and its like) goes to
its own namespace. Nothing is imported for arrays, so the equations run where numpy is absent.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from euromesh.units import Values


def larger(a: Values, b: Values) -> Values:
    """max(a, b), element by element."""
    xp = _namespace(a, b)
    return max(a, b) if xp is None else xp.maximum(a, b)


def smaller(a: Values, b: Values) -> Values:
    """min(a, b), element by element."""
    xp = _namespace(a, b)
    return min(a, b) if xp is None else xp.minimum(a, b)


def where(condition: Any, a: Values, b: Values) -> Values:
    """a where the condition holds, b elsewhere."""
    xp = _namespace(condition, a, b)
    return (a if condition else b) if xp is None else xp.where(condition, a, b)


def everywhere(condition: Any) -> bool:
    """Whether a condition holds, for a float or in every element of an array."""
    return bool(condition.all() if hasattr(condition, "all") else condition)


def ratio(a: Values, b: Values) -> Values:
    """a / b for b >= 0, with a / 0 = infinity for a > 0 and 0 / 0 = 0."""
    xp = _namespace(a, b)
    if xp is None:
        return a / b if b else (math.inf if a else 0.0)
    safe = xp.where(b == 0, 1.0, b)
    quotient: Values = xp.where(b == 0, xp.where(a == 0, 0.0, math.inf), a / safe)
    return quotient


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
