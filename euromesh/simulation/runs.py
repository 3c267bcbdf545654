"""The run by its rounds, and the mean of it without simulation.

All sites that are up start a round together and the slowest ends it: a max-plus recurrence,
s_{n+1} = s_n + max over the sites that are up + stall. With fewer than K sites up the round is
idle and contributes nothing. Nothing is carried from round to round but the time, so the
recurrence is a cumulative sum over rounds that are worked out all at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from euromesh import units as u
from euromesh.efficiency import at_least_up, expected_round_seconds, quorum_factor
from euromesh.records import InputError
from euromesh.simulation.draws import Bools, Draws, Floats, blocks, side_by_side
from euromesh.simulation.plan import RunPlan

MOST_ROUNDS: Final = 1e8  # more are refused: the quorum is then hardly ever met
BLOCK_ROUNDS: Final = 1024  # drawn at a time
WEEK_HOURS: Final = 168.0

# --- without simulation --------------------------------------------------------------------------


def mean_round_seconds(plan: RunPlan) -> float:
    """E[duration]: idle P(too few up) + E[slowest that is up; quorum] + stall P(quorum), seconds.

    Rounds are memoryless and sites independent, so one round has the stationary probabilities
    `plan.up`, with outages and job chain in one number.
    """
    computing = expected_round_seconds(
        compute_seconds=plan.compute_seconds,
        jitter=plan.jitter,
        up=plan.up,
        needed=plan.needed,
        idle_seconds=plan.idle_seconds,
    )
    return computing + plan.stall_seconds * at_least_up(plan.up, plan.needed)


def mean_round_work(plan: RunPlan) -> float:
    """E[work] = sum_i share_i a_i P(at least K-1 of the others up), in full rounds."""
    rates = [share * up for share, up in zip(plan.shares, plan.up, strict=True)]
    return math.fsum(rates) * quorum_factor(rates, plan.up, plan.needed)


def closed_days(plan: RunPlan) -> float:
    """rounds_of_work E[duration] / E[work], days.

    Time and work are sums over a stationary sequence, so their ratio tends to that of the means;
    the error falls with the number of rounds.
    """
    rounds = plan.rounds_of_work / mean_round_work(plan)
    return rounds * mean_round_seconds(plan) / u.SECONDS_PER_DAY


def textbook_days(plan: RunPlan, exchange_seconds: float) -> float:
    """rounds_of_work (max_i c_i + exchange), days: synchronous training without mishaps.

    `exchange_seconds` is the time that every round waits for the network, `ring_seconds` for a
    ring that computation does not hide. Jitter, outages, jobs and the quorum are left out.
    """
    per_round = max(plan.compute_seconds) + exchange_seconds
    return plan.rounds_of_work * per_round / u.SECONDS_PER_DAY


# --- round by round ------------------------------------------------------------------------------


def counting(plan: RunPlan, up: Bools) -> Bools:
    """Whether a round counts: at least K sites are up. Sites lie on the last axis."""
    present: Bools = up @ np.ones(up.shape[-1]) >= plan.needed
    return present


def round_seconds(plan: RunPlan, drawn: Draws) -> Floats:
    """max_{i up} x_i + stall, or the idle time without quorum: seconds, (replicate, round)."""
    slowest = reduce(np.maximum, np.moveaxis(drawn.up * drawn.compute, -1, 0))
    return np.where(counting(plan, drawn.up), slowest + plan.stall_seconds, plan.idle_seconds)


def round_work(plan: RunPlan, drawn: Draws) -> Floats:
    """sum_{i up} share_i, or 0 without quorum: full rounds, (replicate, round)."""
    return np.where(counting(plan, drawn.up), drawn.up @ np.array(plan.shares), 0.0)


def round_ends(plan: RunPlan, drawn: Draws) -> Floats:
    """s_{n+1}: seconds from the start of the run to the end of every round."""
    return np.cumsum(round_seconds(plan, drawn), axis=-1)


def run_days(plans: Sequence[RunPlan], n_replicates: int, seed: int) -> Floats:
    """Days until the contributions reach `rounds_of_work`: plans x replicates.

    The plans differ in their jobs alone. The last round counts in proportion to the part of its
    work that was still missing. A quorum that is hardly ever met is an `InputError`.
    """
    for plan in plans:
        rounds = plan.rounds_of_work / max(mean_round_work(plan), 1e-300)
        if rounds > MOST_ROUNDS:
            raise InputError(
                f"needed must let a run end within {MOST_ROUNDS:.0e} rounds, got {plan.needed} of "
                f"{len(plan.places)} sites and {rounds:.1e} rounds: lower the quorum"
            )
    days = np.full((len(plans), n_replicates), np.nan)
    seconds, work = np.zeros((2, *days.shape, 1))
    for drawn in side_by_side(plans, n_replicates, BLOCK_ROUNDS, seed):
        for k in np.flatnonzero(np.isnan(days).any(axis=1)).tolist():
            target = plans[k].rounds_of_work
            ends = np.hstack([seconds[k], seconds[k] + round_ends(plans[k], drawn[k])])
            done = np.cumsum(round_work(plans[k], drawn[k]), axis=-1)
            done = np.hstack([work[k], work[k] + done])
            here = np.isnan(days[k]) & (done[:, -1] >= target)
            days[k, here] = _reached(target, done[here], ends[here]) / u.SECONDS_PER_DAY
            seconds[k], work[k] = ends[:, -1:], done[:, -1:]
        if not np.isnan(days).any():
            break
    return days


def _reached(target: float, done: Floats, ends: Floats) -> Floats:
    """When the work reaches the target, on the straight line through the round that does it."""
    last = np.argmax(done >= target, axis=-1)[:, np.newaxis]
    before, after = (np.take_along_axis(done, n, axis=-1) for n in (last - 1, last))
    start, end = (np.take_along_axis(ends, n, axis=-1) for n in (last - 1, last))
    when: NDArray[np.float64] = start + (end - start) * (target - before) / (after - before)
    return when[:, 0]


# --- the first week ------------------------------------------------------------------------------


def first_week(plan: RunPlan, seed: int) -> pd.DataFrame:
    """Spans of one state: place, start_hours, end_hours, state; the last ones end after 168 hours.

    A site is `training`, `down` (outage, handover or queue) or `waiting` (up without quorum). It
    takes part in whole rounds, so a short handover shows as a whole round or not at all.
    """
    n_rounds, hours = 1, np.zeros(1)
    while hours[-1] < WEEK_HOURS:
        drawn = next(blocks(plan, 1, n_rounds, seed))
        hours = np.append(0.0, round_ends(plan, drawn)[0]) / u.SECONDS_PER_HOUR
        n_rounds *= 2
    up, starts = drawn.up[0], hours[:-1]
    states = np.where(counting(plan, up)[:, np.newaxis], "training", "waiting")
    shown = pd.DataFrame(np.where(up, states, "down")[starts < WEEK_HOURS], columns=plan.places)
    spans = shown.assign(start_hours=starts[starts < WEEK_HOURS]).melt(
        "start_hours", var_name="place", value_name="state"
    )
    place, state = spans["place"], spans["state"]
    spans = spans[(place != place.shift()) | (state != state.shift())]
    ends = spans.groupby("place", sort=False)["start_hours"].shift(-1, fill_value=WEEK_HOURS)
    return spans.assign(end_hours=ends)[["place", "start_hours", "end_hours", "state"]]
