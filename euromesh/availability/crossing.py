"""Up to which size of run one route finishes before another."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

FinishTime = Callable[[float], float]  # FLOP -> model time, infinite when never
POINTS_A_DECADE = 20


@dataclass(frozen=True, slots=True)
class CStar:
    """The largest run up to which the federation finishes first, FLOP."""

    flop: float
    at_least: bool  # the other route had not caught up by the horizon


def c_star(federation: FinishTime, other: FinishTime, least: float, most: float) -> CStar:
    """C* = inf {C : t*_other(C) <= t*_federation(C)}: federation is first for smaller runs.

    Scans [least, most] at 20 points a decade and bisects the first change. It is 0 when the
    other route leads at `least`, and a bound when the federation runs into the horizon, or the
    scan into `most`, before the other route has caught up.
    """

    def leads(flop: float) -> bool:
        return federation(flop) < other(flop)

    if not leads(least):
        return CStar(0.0, at_least=False)
    low = least
    for high in _scan(least, most):
        if not leads(high):
            flop = _bisect(leads, low, high)
            return CStar(flop, at_least=math.isinf(other(flop * (1 + 1e-9))))
        low = high
    return CStar(most, at_least=True)


def _scan(least: float, most: float) -> Iterable[float]:
    """Points after `least` up to `most`, evenly spaced in the logarithm."""
    steps = math.ceil(POINTS_A_DECADE * math.log10(most / least))
    return (least * (most / least) ** (i / steps) for i in range(1, steps + 1))


def _bisect(holds: Callable[[float], bool], low: float, high: float) -> float:
    """The value up to which `holds` is true, to ten digits; true at low, false at high."""
    while high / low > 1 + 1e-10:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
