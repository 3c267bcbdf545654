"""What a tally says: probabilities with their standard errors, and quantiles of dates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from euromesh import units as u
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.tally import BEFORE_DAYS, ONE, Whole
from euromesh.records import InputError

LEAST_BLOCKS: Final = 8  # independent scramblings for a standard error


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over blocks and its standard error, from the scatter of the blocks."""

    value: float
    se: float


def estimate(sums: Whole, n_points: int) -> Estimate:
    """The probability behind the sums of blocks of n points each.

    The blocks are independent scramblings, so their scatter holds whatever the balance of a
    block brings. An `InputError` where it is wider than plain draws could make it: the blocks
    then disagree for a reason that no error bar tells. Fewer than 8 blocks give no error.
    """
    blocks = len(sums)
    if blocks < LEAST_BLOCKS:
        raise InputError(f"a standard error needs at least {LEAST_BLOCKS} blocks, got {blocks}")
    means = sums / (n_points * ONE)
    value = math.fsum(means) / blocks
    variance = math.fsum((means - value) ** 2) / (blocks - 1) / blocks
    found = Estimate(value, math.sqrt(variance))
    plain = math.sqrt(0.25 / (blocks * n_points))  # of independent draws of a toss-up, the widest
    if found.se > 2 * plain:
        raise InputError(
            f"the blocks disagree: {value:.4f} has an error of {found.se:.4f}, and independent "
            f"draws would give {plain:.4f}; use other points or more blocks"
        )
    return found


def quantile_years(days: Whole, fraction: float) -> float:
    """The first day by which a part of the draws has finished, model time; infinite when never.

    `days` are the sums of one target and route by day.
    """
    if not days.any():
        return u.NEVER
    day = int(np.argmax(np.cumsum(days) >= fraction * days.sum()))
    return u.NEVER if day == len(days) - 1 else (day - BEFORE_DAYS) / u.DAYS_PER_YEAR


def odds_by(days: Whole, years: float) -> float:
    """The part of the draws in which a route has finished by the end of a day, model time."""
    place = BEFORE_DAYS + math.floor(years * u.DAYS_PER_YEAR + 1e-6)
    return float(cumulative_share(days)[min(place, len(days) - 2)]) if place >= 0 else 0.0


def never_share(days: Whole) -> float:
    """The part of the draws in which a route never finishes."""
    return float(days[-1] / days.sum())


def if_ever(days: Whole) -> Whole:
    """The same sums over the draws in which a route finishes at all."""
    return np.append(days[:-1], 0)


def cumulative_share(days: Whole) -> Array:
    """The part of the draws that has finished by the end of every day, without the last bin."""
    shares: Array = np.cumsum(days)[:-1] / days.sum()
    return shares
