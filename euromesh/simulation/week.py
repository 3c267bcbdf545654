"""The first week of a simulated run, site by site."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from euromesh import units as u
from euromesh.simulation.draws import Bools, Floats, first_rounds
from euromesh.simulation.plan import RunPlan
from euromesh.simulation.recurrence import counting, round_ends

WEEK_HOURS: Final = 168.0
COLUMNS: Final = ("place", "start_hours", "end_hours", "state")


def first_week(plan: RunPlan, seed: int) -> pd.DataFrame:
    """Spans of one state: place, start_hours, end_hours, state; the last ones end after 168 hours.

    A site is `training`, `down` (outage, handover or queue) or `waiting` (up without quorum). It
    takes part in whole rounds, so a short handover shows as a whole round or not at all.
    """
    up, ends = _rounds_of_a_week(plan, seed)
    starts = np.concatenate([[0.0], ends[:-1]]) / u.SECONDS_PER_HOUR
    inside = starts < WEEK_HOURS
    states = np.where(
        up, np.where(counting(plan, up), "training", "waiting")[:, np.newaxis], "down"
    )
    rows = [
        (place, *span)
        for place, column in zip(plan.places, states[inside].T, strict=True)
        for span in _spans(starts[inside], column)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _spans(starts: Floats, states: NDArray[np.str_]) -> list[tuple[float, float, str]]:
    """Start, end and state of every run of equal states."""
    first = np.concatenate([[True], states[1:] != states[:-1]])
    edges = [*starts[first].tolist(), WEEK_HOURS]
    return list(zip(edges[:-1], edges[1:], states[first].tolist(), strict=True))


def _rounds_of_a_week(plan: RunPlan, seed: int) -> tuple[Bools, Floats]:
    """Which sites are up in the rounds of a week at least, and when each ends, seconds."""
    n_rounds = 1
    while True:
        drawn = first_rounds(plan, 1, n_rounds=n_rounds, seed=seed)
        ends = round_ends(plan, drawn)[0]
        if ends[-1] >= WEEK_HOURS * u.SECONDS_PER_HOUR:
            return drawn.up[0], ends
        n_rounds *= 2
