"""The moving frontier: how large the largest run is by a date, and how far behind one is."""

from __future__ import annotations

from euromesh.elementwise import log
from euromesh.units import Values


def frontier_flop(years: Values, largest_flop: Values, growth_per_year: Values) -> Values:
    """C_F = C_0 G^t: size of the largest run t years after the largest known one, FLOP."""
    return largest_flop * growth_per_year**years


def gap(flop: Values, frontier: Values) -> Values:
    """C_F / C: how many times larger the frontier's run is."""
    return frontier / flop


def lag_years(flop: Values, years: Values, largest_flop: Values, growth: Values) -> Values:
    """t - ln(C / C_0) / ln G: years since the frontier passed a run of this size.

    `years` is the finish of the run, counted from the date of the largest known run.
    """
    return years - log(flop / largest_flop) / log(growth)


def effective_flop(flop: Values, years: Values, progress_per_year: Values) -> Values:
    """C s^t: FLOP that the reference date would have needed for the same quality."""
    return flop * progress_per_year**years
