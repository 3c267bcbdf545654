"""The run as a max-plus recurrence: s_{n+1} = s_n + max over the sites that are up + stall.

All sites that are up start a round together and the slowest ends it. With fewer than K sites up
the round is idle and contributes nothing. Nothing is carried from round to round but the time, so
the recurrence is a cumulative sum over rounds that are worked out all at once.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from euromesh import units as u
from euromesh.records.base import InputError
from euromesh.simulation.closed import mean_round_work
from euromesh.simulation.draws import Bools, Draws, Floats, blocks
from euromesh.simulation.plan import RunPlan

MOST_ROUNDS: Final = 1e8  # more are refused: the quorum is then hardly ever met


def counting(plan: RunPlan, up: Bools) -> Bools:
    """Whether a round counts: at least K sites are up. Sites lie on the last axis."""
    present: Bools = np.count_nonzero(up, axis=-1) >= plan.needed
    return present


def round_seconds(plan: RunPlan, drawn: Draws) -> Floats:
    """max_{i up} x_i + stall, or the idle time without quorum: seconds, (replicate, round)."""
    slowest = np.max(drawn.compute, axis=-1, initial=0.0, where=drawn.up)
    return np.where(counting(plan, drawn.up), slowest + plan.stall_seconds, plan.idle_seconds)


def round_work(plan: RunPlan, drawn: Draws) -> Floats:
    """sum_{i up} share_i, or 0 without quorum: full rounds, (replicate, round)."""
    return np.where(counting(plan, drawn.up), drawn.up @ np.array(plan.shares), 0.0)


def round_ends(plan: RunPlan, drawn: Draws) -> Floats:
    """s_{n+1}: seconds from the start of the run to the end of every round."""
    return np.cumsum(round_seconds(plan, drawn), axis=-1)


def run_days(plan: RunPlan, n_replicates: int, seed: int) -> Floats:
    """Days until the contributions reach `rounds_of_work`, one value a replicate.

    The last round counts in proportion to the part of its work that was still missing.
    """
    _check_feasible(plan)
    days = np.full(n_replicates, np.nan)
    seconds, work = np.zeros((2, n_replicates, 1))
    for drawn in blocks(plan, n_replicates, seed=seed):
        ends = np.hstack([seconds, seconds + round_ends(plan, drawn)])
        done = np.hstack([work, work + np.cumsum(round_work(plan, drawn), axis=-1)])
        here = np.isnan(days) & (done[:, -1] >= plan.rounds_of_work)
        days[here] = _reached(plan.rounds_of_work, done[here], ends[here]) / u.SECONDS_PER_DAY
        if not np.isnan(days).any():
            break
        seconds, work = ends[:, -1:], done[:, -1:]
    return days


def _reached(target: float, done: Floats, ends: Floats) -> Floats:
    """When the work reaches the target, on the straight line through the round that does it."""
    last = np.argmax(done >= target, axis=-1)[:, np.newaxis]
    before, after = (np.take_along_axis(done, n, axis=-1) for n in (last - 1, last))
    start, end = (np.take_along_axis(ends, n, axis=-1) for n in (last - 1, last))
    when: NDArray[np.float64] = start + (end - start) * (target - before) / (after - before)
    return when[:, 0]


def _check_feasible(plan: RunPlan) -> None:
    rounds = plan.rounds_of_work / max(mean_round_work(plan), 1e-300)
    if rounds > MOST_ROUNDS:
        raise InputError(
            f"needed must let a run end within {MOST_ROUNDS:.0e} rounds, got {plan.needed} of "
            f"{len(plan.places)} sites and {rounds:.1e} rounds: lower the quorum"
        )
