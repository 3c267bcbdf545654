"""The data frames of the page on uncertainty: odds over time, and what drives and turns them.

Where a run varies nothing, or is raced a draw at a time, a frame is empty or a row says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from euromesh import ensemble, routes, sensitivity
from euromesh.blocks import published, tally_in_threads
from euromesh.ensemble import Input, Outcomes, Plan, Tally
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.tally import BEFORE_DAYS
from euromesh.frames.naming import ENDS, GROUPS, named, not_done, range_of
from euromesh.params import library
from euromesh.records import Params
from euromesh.routes import ROUTES
from euromesh.sensitivity import Bar, Evaluations, Facts, Indices, RaceModel
from euromesh.sensitivity.model import CAMPUS, OWNED
from euromesh.sensitivity.points import LEAST, SAMPLE

BLOCKS: Final = 16
QUARTER: Final = 91  # days
FIFTHS: Final = 5  # of a coordinate, to see which ones move an outcome
SCREENED: Final = 11  # inputs that are held at their ends, to find the widest bars
VERDICTS: Final = ("before the campus", "first of all")
SHARED: Final = {  # outcomes of the indices
    "owned finish": "date of the public machines",
    "owned first": "first of all",
}


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many draws a page can afford."""

    blocks_of: tuple[int, ...]  # points of a block, as the run grows to the published one
    sample: int
    held: int  # points at which inputs are held; 0: none
    base: int  # points at which they are exchanged; 0: none


ARRAYS: Final = Sizes((8, 64, 512), SAMPLE, 8192, 1024)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Draws of the race to its target, and what could be known of each."""

    race: RaceModel
    seed: int
    points: Array
    found: Outcomes
    known: Facts

    @property
    def finishes(self) -> Array:
        """Finish of what is built in the draw, routes x draws, years."""
        years: Array = self.found.finish_years[0]
        return years

    @property
    def base(self) -> int:
        """Points at which inputs are exchanged."""
        return ARRAYS.base

    def inputs(self) -> dict[str, Input]:
        """What the draws vary, by name."""
        return {one.name: one for one in ensemble.inputs(self.race.params)}

    def movers(self, outcomes: Array, most: int) -> list[str]:
        """The inputs that move some outcomes (k x draws) most by themselves."""
        effects = {
            one.name: _effect(self.points[:, one.column], outcomes)
            for one in ensemble.inputs(self.race.params)
        }
        moving = [name for name, effect in effects.items() if effect > 0]
        return sorted(moving, key=lambda name: -effects[name])[:most]


def draw(params: Params, groups: Sequence[str], seed: int) -> Drawn:
    """Some draws, and the facts of the inputs that belong to some groups."""
    n, race = ARRAYS.sample, RaceModel(params, params.race.target)
    points = sensitivity.points(sensitivity.design(max(n, LEAST), seed))[:n]
    known = sensitivity.facts(params, points)
    kept = [k for k, name in enumerate(known.names) if ensemble.group_of(name) in groups]
    names, shown = tuple(known.names[k] for k in kept), tuple(known.shown[k] for k in kept)
    facts = Facts(names, known.numbers[:, kept], shown)
    found = ensemble.outcomes(params, (race.target,), points)
    return Drawn(race, seed, points, found, facts)


def _effect(column: Array, outcomes: Array) -> float:
    """The largest part of an outcome's spread that the means over fifths of a column follow."""
    fifth = np.floor(column * FIFTHS).astype(np.int64)
    spreads = [0.0]
    for row in outcomes:
        means = np.bincount(fifth, row, FIFTHS) / np.maximum(1, np.bincount(fifth, None, FIFTHS))
        if row.std() > 0:
            spreads.append(float(means.std() / row.std()))
    return max(spreads)


# --- dates over time -----------------------------------------------------------------------------


def tallies(params: Params, seed: int) -> list[tuple[Plan, Tally]]:
    """Runs of growing size towards the target of the race, each the beginning of the next.

    The last is that of the published probabilities.
    """
    made = []
    for points in ARRAYS.blocks_of:
        plan = Plan(params, (params.race.target,), BLOCKS, points, seed)
        made.append((plan, tally_in_threads(plan, range(BLOCKS))))
    return [*made, published(params, [params.race.target], seed)]


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
            share = float(shares[BEFORE_DAYS + day])
            rows.append((kind.label, decided + timedelta(days=day), share, never))
    return pd.DataFrame(rows, columns=["route", "date", "share", "never"])


def convergence(runs: Sequence[tuple[Plan, Tally]], drawn: Drawn) -> pd.DataFrame:
    """P(owned before campus) by the number of draws, its error, and that of independent draws.

    Whether a route is built is tossed like a coin in the first way; its odds count in the others.
    Columns: draws, way, error, estimate (of our way alone), times (as many draws for our error).
    """
    heads = ["draws", "way", "error", "estimate", "times"]
    if not drawn.base:
        return pd.DataFrame([], columns=heads)
    (years,), chance = drawn.found.years, drawn.found.chance
    late = chance[CAMPUS] * (years[CAMPUS] <= years[OWNED])
    counted = float((chance[OWNED] * np.isfinite(years[OWNED]) * (1 - late)).std())
    rows = []
    for plan, tally in runs:
        ours = ensemble.estimate(tally.sums.before[:, 0, OWNED, CAMPUS], plan.n_points)
        n, tossed = plan.n_draws, math.sqrt(ours.value * (1 - ours.value))
        ways = (("independent draws", tossed), ("independent, odds counted", counted))
        errors = [(way, sd / math.sqrt(n), math.nan) for way, sd in ways]
        errors.append(("Sobol blocks, odds counted", ours.se, ours.value))
        rows += [(n, *row, (row[1] / ours.se) ** 2 if ours.se else math.nan) for row in errors]
    return pd.DataFrame(rows, columns=heads)


# --- what drives the odds ------------------------------------------------------------------------


def tornado(drawn: Drawn, published: tuple[Plan, Tally], most: int) -> pd.DataFrame:
    """How likely the public machines win with one input held at either end, all others drawn.

    Columns: input (its name and range), outcome, low, high (the probability at P10 and at P90; of
    a choice the least and the largest), mean (the published one, nothing held), swing, se. The
    widest bars first.
    """
    heads = ["input", "outcome", "low", "high", "mean", "swing", "se"]
    verdicts, n = sensitivity.outcomes_of(drawn.finishes)[2:], ARRAYS.held
    found = [drawn.inputs()[name] for name in drawn.movers(verdicts, SCREENED if n else 0)]
    if not found:
        return pd.DataFrame([], columns=heads)
    names = {one.name: f"{named(one.name)}, {range_of(drawn.race.params, one)}" for one in found}
    columns = sensitivity.columns_of(found)
    bars = sensitivity.held_bars(drawn.race.verdicts, drawn.points[:n], columns)
    rows = [
        (names[bar.name], outcome, *_span(bar), mean, bar.swing, bar.swing_se)
        for outcome, mean, group in zip(VERDICTS, _odds(*published), bars, strict=True)
        for bar in group
    ]
    return _widest(pd.DataFrame(rows, columns=heads), most)


def _odds(plan: Plan, tally: Tally) -> tuple[float, float]:
    """The probabilities of both `VERDICTS`."""
    sums = tally.sums.before[:, 0, OWNED, CAMPUS], tally.sums.first[:, 0, OWNED]
    before, first = (ensemble.estimate(one, plan.n_points).value for one in sums)
    return before, first


def _widest(bars: pd.DataFrame, most: int) -> pd.DataFrame:
    """The rows of the inputs with the widest bars, the widest first."""
    swings = bars.groupby("input")["swing"].max().sort_values(ascending=False)
    order = {name: place for place, name in enumerate(swings.index[:most])}
    kept = bars[bars["input"].isin(order)]
    return kept.sort_values("input", key=lambda name: name.map(order), kind="stable")


def _span(bar: Bar) -> tuple[float, float]:
    """The outcome at P10 and at P90; of more than two places the least and the largest."""
    found = [end.outcome for end in bar.ends]
    return (found[0], found[-1]) if len(found) == len(ENDS) else (min(found), max(found))


def orders(drawn: Drawn, groups: Sequence[str], most: int) -> pd.DataFrame:
    """First and total order of groups of inputs, and of the inputs that move most by themselves.

    Columns: kind (group, input), name, outcome, order, value, low, high. Of the date of the public
    machines its rank, so that never has a place. An outcome that never varies has no rows.
    """
    heads = ["kind", "name", "outcome", "order", "value", "low", "high"]
    if not drawn.base:
        return pd.DataFrame([], columns=heads)
    race = drawn.race
    known = sensitivity.groups(race.params)
    sets = {name: known[name] for name in groups if name in known}
    outcomes = sensitivity.outcomes_of(drawn.finishes)
    ranks = rankdata([outcomes[sensitivity.OUTCOMES.index(name)] for name in SHARED], axis=1)
    single = sensitivity.singles(race.params, drawn.movers(ranks, most))
    design = sensitivity.design(drawn.base, drawn.seed)
    made = sensitivity.evaluate(race.outcomes, {**sets, **single}, design)
    rows = [
        ("group", GROUPS.get(name, name), *row) if name in sets else ("input", named(name), *row)
        for outcome, one in _varying(made)
        for name, *row in _order_rows(outcome, sensitivity.indices(one, drawn.seed)[0])
    ]
    return pd.DataFrame(rows, columns=heads)


def _varying(made: Evaluations) -> Iterator[tuple[str, Evaluations]]:
    """The outcomes that vary, as ranks, each by itself."""
    for name, shown in SHARED.items():
        row = [sensitivity.OUTCOMES.index(name)]
        one = replace(made, f_a=made.f_a[row], f_b=made.f_b[row], f_ab=made.f_ab[:, row])
        if len(np.unique(np.concatenate([one.f_a, one.f_b]))) > 1:
            yield shown, sensitivity.ranked(one)


def _order_rows(
    outcome: str, found: Indices
) -> Iterator[tuple[str, str, str, float, float, float]]:
    for order, by_name in (("total", found.total), ("first", found.first)):
        for name, one in by_name.items():
            yield name, outcome, order, one.value, one.low, one.high


def information(drawn: Drawn, most: int) -> pd.DataFrame:
    """What it saves to know a fact before the choice of a route: events, and other inputs.

    Columns: known first, what it is, months saved, standard error. The largest of each, the
    largest first.
    """
    heads = ["known first", "what it is", "months saved", "standard error"]
    if not drawn.base:
        return not_done(heads)
    horizon = routes.horizon_years(drawn.race.params)
    worth = sensitivity.utilities(drawn.finishes, horizon)
    rows = []
    for name in drawn.known.names:
        gain = sensitivity.partial_information(drawn.known.of([name]), worth)
        is_event = name in library().parameters and library().spec(name).unit == "flag"
        if gain.value > 0:
            rows.append((named(name), "event" if is_event else "number", gain.value, gain.se))
    found = pd.DataFrame(rows, columns=heads).sort_values("months saved", ascending=False)
    return found.groupby("what it is").head(most)
