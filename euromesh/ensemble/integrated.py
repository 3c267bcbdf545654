"""P(owned before campus) with the campus's own lead time integrated, not drawn.

Given everything else in a draw, the lead times of the campus's loads are lognormal in one normal
score z, the sum of the common and the local delay, which the public machines do not read. The
larger z is the later the campus finishes, so it is beaten from some z* on, and the draw's answer
is a probability instead of 0 or 1. (Where waiting brings a newer chip it may finish weeks sooner;
that has not been seen to move an answer.)
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from scipy.optimize import elementwise
from scipy.special import ndtr

from euromesh.ensemble.chance import COMMON_DELAY, flags
from euromesh.ensemble.columns import Columns
from euromesh.ensemble.marginals import Array, Dependent
from euromesh.ensemble.outcomes import DrawnRace
from euromesh.ensemble.race import finishes
from euromesh.records import InputError

FARTHEST: Final = 6.0  # of z; beyond lies one draw in a thousand million
CLOSE: Final = 1e-6  # of z


def owned_before_campus(race: DrawnRace, points: Array) -> Array:
    """P(the public machines finish before the campus | everything but its lead time): n.

    p_o (1 - p_c P(t_c(z) <= t_o)), p_o and p_c the probabilities that each is granted or built.
    The points' coordinates of the common delay and of the local ones are not read. An
    `InputError` where more than one target is raced.
    """
    if len(race.targets) != 1:
        raise InputError(f"one target is needed, got {race.targets}")
    columns = Columns(race.of, points)
    ours = finishes("owned", columns, race.targets, "owned.granted")[0]
    chance = [_chance(columns, name) for name in ("owned", "campus")]
    beaten = np.zeros(len(points))
    done = np.flatnonzero(np.isfinite(ours))
    beaten[done] = ndtr(-_tie(race, points[done], ours[done]))
    found: Array = chance[0] * np.where(np.isfinite(ours), 1 - chance[1] * (1 - beaten), 0.0)
    return found


def _chance(columns: Columns, name: str) -> Any:
    flag, never = flags()[name]
    return 1 - columns.number(never) if columns.varies(flag) else columns.number(flag)


def _tie(race: DrawnRace, points: Array, ours: Array) -> Array:
    """The score z* at which the campus finishes with the public machines; the end if it never does.

    The root of a monotone function, by Chandrupatla's method: several draws at a time.
    """

    def late(z: Array, row: Array) -> Array:
        """By how much the campus is late, years; bounded, for it may never finish."""
        rows = row.astype(np.intp)
        columns = _at_score(race, points[rows], z)
        theirs = finishes("campus", columns, race.targets, "campus.built")[0]
        found: Array = np.clip(theirs - ours[rows], -1e3, 1e3)
        return found

    rows = np.arange(len(points), dtype=np.float64)
    ends = [np.full(len(points), end) for end in (-FARTHEST, FARTHEST)]
    below, above = (late(end, rows) for end in ends)
    tie = np.where(below > 0, -FARTHEST, FARTHEST)
    inside = np.flatnonzero((below <= 0) & (above > 0))
    if len(inside):
        bracket = (ends[0][inside], ends[1][inside])
        found = elementwise.find_root(
            late, bracket, args=(rows[inside],), tolerances={"xatol": CLOSE}
        )
        tie[inside] = found.x
    return tie


def _at_score(race: DrawnRace, points: Array, z: Array) -> Columns:
    """The draws with every lead time at a score: m exp(sigma z), whatever the correlation."""
    columns = Columns(race.of, points)
    half = np.full(len(points), 0.5)
    alone = np.ones(len(points))
    for key, marginal in race.of.marginals.items():
        if isinstance(marginal, Dependent) and COMMON_DELAY in marginal.others:
            columns.made[key] = marginal.law(half, alone, ndtr(z))
    return columns
