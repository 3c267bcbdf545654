"""When compute accrues and when a run finishes.

Compute accrues in segments of constant rate between the times at which a site starts or
retires, so every date is exact: there is no month grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from euromesh import units as u
from euromesh.fleet import Site


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


def segments(
    sites: Sequence[Site], rate: Callable[[Sequence[Site]], float], horizon_years: float
) -> tuple[Segment, ...]:
    """The segments of constant rate from the decision date to the horizon."""
    return tuple(each_segment(sites, rate, 0.0, horizon_years))


def each_segment(
    sites: Sequence[Site],
    rate: Callable[[Sequence[Site]], float],
    start_years: float,
    end_years: float,
) -> Iterator[Segment]:
    """The segments of constant rate of a span of model time, one by one.

    `rate` gives the useful FLOP/s of the sites that are up; it is called once a segment, when
    that segment is asked for.
    """
    for start, end in pairwise(change_times(sites, start_years, end_years)):
        yield Segment(start, end, rate([s for s in sites if s.start_years <= start < s.end_years]))


def change_times(sites: Iterable[Site], start_years: float, end_years: float) -> list[float]:
    """Sorted model times at which the set of sites changes in a span, with its two ends."""
    ends = {start_years, end_years}
    for site in sites:
        ends |= {site.start_years, site.end_years}
    return sorted(t for t in ends if start_years <= t <= end_years)


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
