"""Layer 2: delays, accrual, finish dates, and up to which size federation is first."""

from euromesh.availability.accrual import (
    Segment,
    change_times,
    cumulative_flop,
    each_segment,
    finish_years,
    first_compute_years,
    segments,
)
from euromesh.availability.crossing import CStar, FinishTime, c_star
from euromesh.availability.delays import expected_slip_years

__all__ = [
    "CStar",
    "FinishTime",
    "Segment",
    "c_star",
    "change_times",
    "cumulative_flop",
    "each_segment",
    "expected_slip_years",
    "finish_years",
    "first_compute_years",
    "segments",
]
