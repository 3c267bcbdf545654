"""Layer 2: when compute accrues, when a run finishes, and up to which size federation is first.

Compute accrues in segments of constant rate between the times at which a site starts or
retires, so every date is exact: there is no month grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from euromesh import units as u
from euromesh.elementwise import exp
from euromesh.fleet import Site
from euromesh.units import Values

FinishTime = Callable[[float], float]  # FLOP -> model time, infinite when never
POINTS_A_DECADE = 20


@dataclass(frozen=True, slots=True)
class Segment:
    """A span of model time with a constant rate of useful FLOP/s."""

    start_years: float
    end_years: float
    flop_per_s: float

    @property
    def flop(self) -> float:
        """Useful FLOP of the whole segment."""
        return self.flop_per_s * (self.end_years - self.start_years) * u.SECONDS_PER_YEAR


@dataclass(frozen=True, slots=True)
class CStar:
    """The largest run up to which the federation finishes first, FLOP."""

    flop: float
    at_least: bool  # the other route had not caught up by the horizon


def expected_slip_years(probability: Values, median_years: Values, sigma: Values) -> Values:
    """p m exp(sigma^2 / 2): mean of a Bernoulli(p) times a lognormal slip, years."""
    return probability * median_years * exp(sigma**2 / 2)


def segments(
    sites: Sequence[Site], rate: Callable[[Sequence[Site]], float], horizon_years: float
) -> tuple[Segment, ...]:
    """The segments of constant rate from the decision date to the horizon."""
    return tuple(each_segment(sites, rate, horizon_years))


def each_segment(
    sites: Sequence[Site], rate: Callable[[Sequence[Site]], float], horizon_years: float
) -> Iterator[Segment]:
    """The segments of constant rate from the decision date to the horizon, one by one.

    `rate` gives the useful FLOP/s of the sites that are up; it is called once a segment, when
    that segment is asked for.
    """
    for start, end in pairwise(change_times(sites, horizon_years)):
        yield Segment(start, end, rate([s for s in sites if s.start_years <= start < s.end_years]))


def change_times(sites: Iterable[Site], horizon_years: float) -> list[float]:
    """Sorted model times in [0, horizon] at which the set of sites changes."""
    ends = {0.0, horizon_years}
    for site in sites:
        ends |= {site.start_years, site.end_years}
    return sorted(t for t in ends if 0.0 <= t <= horizon_years)


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


def first_compute_years(accrual: Iterable[Segment]) -> float:
    """The first model time at which anything is computed; infinite when never."""
    return next((s.start_years for s in accrual if s.flop_per_s > 0), u.NEVER)


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
