"""The data frames of the page on uncertainty: odds over time, and what drives and turns them.

Every frame has rows in every run: where something never varies, a row says so, or it is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd

from euromesh import ensemble, routes, sensitivity
from euromesh import units as u
from euromesh.blocks import tally_in_threads
from euromesh.ensemble import Input, Outcomes, Plan, Tally
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.tally import BEFORE_DAYS
from euromesh.params import Value, library
from euromesh.records import InputError, Params
from euromesh.routes import ROUTES
from euromesh.sensitivity import Bar, Facts, Race, Scenario, Search
from euromesh.sensitivity.race import CAMPUS, OWNED

BLOCKS: Final = 16
QUARTER: Final = 91  # days
BINS: Final = 5  # of a coordinate, to see which ones move an outcome
VERDICTS: Final = ("before the campus", "first of all")
NEVER, DASH = "never", "–"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many draws a page can afford."""

    blocks_of: tuple[int, ...]  # points of a block, as the run grows
    sample: int
    base: int  # points at which inputs are held or exchanged; 0: none


ARRAYS: Final = Sizes((16, 64, 256, 1024), 8192, 1024)
SCALAR: Final = Sizes((4, 16), 256, 0)  # where the scalar core races a route, a draw at a time


def sizes(params: Params) -> Sizes:
    """What a run can afford: little where arrays cannot race every route."""
    arrays = all(ensemble.raced_as_arrays(name, params) for name in ROUTES)
    return ARRAYS if arrays else SCALAR


# --- dates over time -----------------------------------------------------------------------------


def tallies(params: Params, seed: int) -> list[tuple[Plan, Tally]]:
    """Runs of growing size towards the target of the race; each holds the draws of the last."""
    made = []
    for points in sizes(params).blocks_of:
        plan = Plan(params, (params.race.target,), BLOCKS, points, seed)
        made.append((plan, tally_in_threads(plan, range(BLOCKS))))
    return made


def curves(plan: Plan, tally: Tally) -> pd.DataFrame:
    """The share of the draws in which a route has finished, by quarters.

    Columns: route, date, share, never (the share that never finishes).
    """
    decided = routes.decision_date(plan.params)
    last = plan.n_bins - 2 - BEFORE_DAYS
    rows = []
    for kind, days in zip(ROUTES.values(), tally.days[0], strict=True):
        shares, never = ensemble.cumulative_share(days), ensemble.never_share(days)
        for day in [*range(0, last, QUARTER), last]:
            when = decided + timedelta(days=day)
            rows.append((kind.label, when, float(shares[BEFORE_DAYS + day]), never))
    return pd.DataFrame(rows, columns=["route", "date", "share", "never"])


def convergence(runs: Sequence[tuple[Plan, Tally]], drawn: Drawn) -> pd.DataFrame:
    """P(owned before campus) and its standard error by the number of draws, and those of others.

    Columns: draws, way, error (a fraction), estimate (of our way alone).
    """
    before = drawn.before_campus()
    rows = []
    for plan, tally in runs:
        found = ensemble.estimate(tally.sums.before[:, 0, OWNED, CAMPUS], plan.n_points)
        tossed = float(np.sqrt(found.value * (1 - found.value) / plan.n_draws))
        alone = float(before.std() / np.sqrt(plan.n_draws))
        rows += [
            (plan.n_draws, "independent, coins tossed", tossed, None),
            (plan.n_draws, "independent", alone, None),
            (plan.n_draws, "ours", found.se, found.value),
        ]
    return pd.DataFrame(rows, columns=["draws", "way", "error", "estimate"])


# --- draws that several tables share -------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Draws of the race to its target, and what could be known of each."""

    race: Race
    points: Array
    found: Outcomes
    known: Facts

    @property
    def finishes(self) -> Array:
        """Finish of what is built in the draw, routes x draws, years."""
        years: Array = self.found.finish_years[0]
        return years

    def before_campus(self) -> Array:
        """P(owned before campus) of every draw: p_a (1 - p_b [t_b <= t_a])."""
        (years,), chance = self.found.years, self.found.chance
        ours = chance[OWNED] * np.isfinite(years[OWNED])
        before: Array = ours * (1 - chance[CAMPUS] * (years[CAMPUS] <= years[OWNED]))
        return before

    def inputs(self) -> dict[str, Input]:
        """What the draws vary, by name."""
        return {one.name: one for one in ensemble.inputs(self.race.params)}

    def movers(self, outcomes: Array, most: int) -> list[str]:
        """The inputs that move outcomes (k x draws) most by themselves, on average over fifths."""
        effect = {name: _effect(self.points[:, one.column], outcomes)
                  for name, one in self.inputs().items()}
        return sorted(effect, key=lambda name: -effect[name])[:most]


def draw(params: Params, groups: Sequence[str], seed: int) -> Drawn:
    """Some draws, and the facts of the inputs that belong to some groups."""
    n, race = sizes(params).sample, Race(params, params.race.target)
    least = max(n, sensitivity.LEAST)
    points = sensitivity.points(sensitivity.design(least, seed))[:n]
    known = sensitivity.facts(params, points)
    kept = [k for k, name in enumerate(known.names) if ensemble.group_of(name) in groups]
    facts = Facts(
        tuple(known.names[k] for k in kept),
        known.numbers[:, kept],
        tuple(known.shown[k] for k in kept),
    )
    return Drawn(race, points, ensemble.outcomes(params, (race.target,), points), facts)


def _effect(column: Array, outcomes: Array) -> float:
    """The largest share of an outcome's variance that the means over fifths of a column explain."""
    fifth = np.floor(column * BINS).astype(np.int64)
    counts = np.maximum(1, np.bincount(fifth, minlength=BINS))
    found = [0.0]
    for row in outcomes:
        means = np.bincount(fifth, weights=row, minlength=BINS) / counts
        if row.std() > 0:
            found.append(float((means[fifth] - row.mean()).std() / row.std()))
    return max(found)
