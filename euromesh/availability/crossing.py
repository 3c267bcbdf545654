"""Up to which size of run one route finishes before another."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

FinishTime = Callable[[float], float]  # FLOP -> model time, infinite when never
POINTS_A_DECADE = 20


@dataclass(frozen=True, slots=True)
class CStar:
    """The largest run up to which the federation finishes first, FLOP."""

    flop: float
    at_least: bool  # the other route had not caught up by the horizon
    further: tuple[float, ...] = ()  # larger runs at which the lead changes again


def c_star(federation: FinishTime, other: FinishTime, least: float, most: float) -> CStar:
    """C* = inf {C : t*_other(C) <= t*_federation(C)}: federation is first for smaller runs.

    Scans [least, most] at 20 points a decade and bisects every change of the lead. It is 0 when
    the other route leads at `least`, and a bound when the federation runs into the horizon, or
    the scan into `most`, before the other route has caught up. Where neither finishes, nobody
    leads, and no larger run is looked at.
    """

    def leads(flop: float) -> bool:
        return federation(flop) < other(flop)

    def anyone(flop: float) -> bool:
        return math.isfinite(min(federation(flop), other(flop)))

    first = leads(least)
    changes = list(_changes(leads, anyone, least, most))
    if not first:
        return CStar(0.0, at_least=False, further=_met(changes, federation, other))
    if not changes:
        return CStar(most, at_least=True)
    flop = changes[0]
    return CStar(
        flop,
        at_least=math.isinf(other(flop * (1 + 1e-9))),
        further=_met(changes[1:], federation, other),
    )


def _met(changes: Iterable[float], one: FinishTime, other: FinishTime) -> tuple[float, ...]:
    """The changes at which both routes finish, so that the one overtakes the other."""
    return tuple(c for c in changes if math.isfinite(max(one(c / 1.000001), other(c / 1.000001))))


def _changes(
    leads: Callable[[float], bool], anyone: Callable[[float], bool], least: float, most: float
) -> Iterator[float]:
    """Every run of the scan at which the lead changes, until nobody finishes."""
    low, before = least, leads(least)
    for high in _scan(least, most):
        now = leads(high)
        if now != before:
            yield last_like(low, high, leads, 1e-10)
        if not anyone(high):
            return
        low, before = high, now


def _scan(least: float, most: float) -> Iterable[float]:
    """Points after `least` up to `most`, evenly spaced in the logarithm."""
    steps = math.ceil(POINTS_A_DECADE * math.log10(most / least))
    return (least * (most / least) ** (i / steps) for i in range(1, steps + 1))


def last_like(low: float, high: float, holds: Callable[[float], bool], within: float) -> float:
    """The value up to which `holds` stays what it is at `low`, to a relative tolerance.

    Halves the span in the logarithm; low and high are positive.
    """
    at_low = holds(low)
    while high / low > 1 + within:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if holds(middle) == at_low else (low, middle)
    return low
