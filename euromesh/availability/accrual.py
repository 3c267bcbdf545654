"""What has been computed by when, from segments of constant rate: there is no month grid."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from euromesh import units as u


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


def first_compute_years(accrual: Iterable[Segment]) -> float:
    """The first model time at which anything is computed; infinite when never."""
    return next((s.start_years for s in accrual if s.flop_per_s > 0), u.NEVER)
