"""What has been computed by when, and up to which size of run one route finishes before another.

Compute accrues over segments of constant rate: there is no month grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from euromesh import units as u

FinishTime = Callable[[float], float]  # FLOP -> model time, infinite when never
POINTS_A_DECADE = 20  # of the scan for C*


@dataclass(frozen=True, slots=True)
class Segment:
    """A span of model time with a constant rate of useful FLOP/s."""

    start_years: float
    end_years: float
    flop_per_s: float
    places: tuple[str, ...] = ()  # that train, those first that give most

    @property
    def flop(self) -> float:
        """Useful FLOP of the whole segment."""
        return self.flop_per_s * (self.end_years - self.start_years) * u.SECONDS_PER_YEAR


def cumulative_flop(accrual: Iterable[Segment], years: float) -> float:
    """F(t) = integral of the rate from the decision date to t, useful FLOP."""
    return math.fsum(
        s.flop_per_s * (min(s.end_years, years) - s.start_years) * u.SECONDS_PER_YEAR
        for s in accrual
        if s.start_years < years
    )


def finish_years(accrual: Iterable[Segment], flop: float) -> float:
    """t*(C) = first t with F(t) >= C; infinite when the horizon comes first."""
    left = flop
    for segment in accrual:
        if segment.flop >= left and segment.flop_per_s > 0:
            return segment.start_years + left / segment.flop_per_s / u.SECONDS_PER_YEAR
        left -= segment.flop
    return u.NEVER


# --- C* ------------------------------------------------------------------------------------------


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

    steps = math.ceil(POINTS_A_DECADE * math.log10(most / least))
    first = before = leads(least)
    low, changes = least, []
    for step in range(1, steps + 1):
        high = least * (most / least) ** (step / steps)
        now = leads(high)
        if now != before:
            changes.append(last_like(low, high, leads, 1e-10))
        if math.isinf(min(federation(high), other(high))):
            break
        low, before = high, now
    if first and not changes:
        return CStar(most, at_least=True)
    flop = changes.pop(0) if first else 0.0
    bound = first and math.isinf(other(flop * (1 + 1e-9)))
    both = (c for c in changes if math.isfinite(max(federation(c / 1.000001), other(c / 1.000001))))
    return CStar(flop, at_least=bound, further=tuple(both))


def last_like(low: float, high: float, holds: Callable[[float], bool], within: float) -> float:
    """The value up to which `holds` stays what it is at `low`, to a relative tolerance.

    Halves the span in the logarithm; low and high are positive.
    """
    at_low = holds(low)
    while high / low > 1 + within:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if holds(middle) == at_low else (low, middle)
    return low
