"""Over draws: the odds by date, what drives them, how fast they settle, and what is worth knowing.

What a table says it rests on is what the finishes of its routes read in some of the draws.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import numpy as np
from scipy.stats import rankdata

from euromesh import blocks, ensemble, routes, sensitivity
from euromesh.ensemble import Input, Outcomes, Plan
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.months import months_late
from euromesh.ensemble.tally import BEFORE_DAYS
from euromesh.facts.chances import days_of, note, tallied
from euromesh.facts.draws import SEED
from euromesh.facts.finishes import FEDERATION, every_route
from euromesh.facts.naming import ENDS, GROUPS, named, range_of
from euromesh.facts.tables import Column, Columns, Figure, Run, figures, number, table
from euromesh.facts.watch import plain
from euromesh.params import library
from euromesh.records import Params
from euromesh.routes import ROUTES
from euromesh.sensitivity import Bar, Estimate, Evaluations, Gain, Indices, Known, RaceModel
from euromesh.sensitivity.model import CAMPUS, OWNED
from euromesh.sensitivity.points import LEAST, SAMPLE

BLOCKS: Final = 16
GROWING: Final = (8, 64, 512)  # points of a block, as a run grows to the published one
HELD_POINTS: Final = 8192  # at which inputs are held at the ends of their range
SCREENED: Final = 11  # inputs that are held, to find the widest bars
BARS: Final = 10  # inputs whose bars are shown
BASE_POINTS: Final = 2048  # of the indices, twice and once more for every set
SINGLES: Final = 8  # inputs that have indices of their own
MOST_WORTH: Final = 5  # facts of a kind that are named
STEPPED: Final = 64  # draws on a month grid
QUARTER: Final = 91  # days
FIFTHS: Final = 5  # of a coordinate, to see which ones move an outcome
NORMAL_95: Final = 1.959963984540054  # standard errors on either side of a 95 % interval
BEFORE, FIRST = VERDICTS = ("before the campus", "first of all")
PUBLISHED: Final = {  # the table and the row of each of them
    BEFORE: ("befores", {"one": FEDERATION, "other": "campus"}),
    FIRST: ("firsts", {"route": FEDERATION}),
}
FINISH, WIN = "owned finish", "owned first"
OUTCOMES: Final = {FINISH: "date of the public machines", WIN: "first of all"}  # of the indices
NONE: Final = Estimate(0.0, 0.0, 0.0)  # of what no draw varies

# --- a sample that several tables are made from --------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Draws of the race to its target, and what could be known of each."""

    race: RaceModel
    points: Array
    found: Outcomes
    known: Known

    @property
    def finishes(self) -> Array:
        """Finish of what is built in the draw, routes x draws, years."""
        years: Array = self.found.finish_years[0]
        return years

    def inputs(self) -> dict[str, Input]:
        """What the draws vary, by name."""
        return {one.name: one for one in ensemble.inputs(self.race.params)}

    def movers(self, outcomes: Array, most: int) -> list[str]:
        """The inputs that move some outcomes (k x draws) most by themselves."""
        effects = {
            name: _effect(self.points[:, one.column], outcomes)
            for name, one in self.inputs().items()
        }
        moving = [name for name, effect in effects.items() if effect > 0]
        return sorted(moving, key=lambda name: -effects[name])[:most]


def draw(params: Params, n: int) -> Drawn:
    """Some draws, and what could be known of the inputs that a finish can read."""
    race = RaceModel(params, params.race.target)
    points = sensitivity.points(sensitivity.design(n, SEED))
    found = ensemble.outcomes(params, (race.target,), points)
    return Drawn(race, points, found, _of_race(sensitivity.known(params, points)))


def _of_race(known: Known) -> Known:
    kept = [k for k, name in enumerate(known.names) if ensemble.group_of(name) in GROUPS]
    names, shown = tuple(known.names[k] for k in kept), tuple(known.shown[k] for k in kept)
    return Known(names, known.numbers[:, kept], shown)


def _effect(column: Array, outcomes: Array) -> float:
    """The largest part of an outcome's spread that the means over fifths of a column follow."""
    fifth = np.floor(column * FIFTHS).astype(np.int64)
    spreads = [0.0]
    for row in outcomes:
        means = np.bincount(fifth, row, FIFTHS) / np.maximum(1, np.bincount(fifth, None, FIFTHS))
        if row.std() > 0:
            spreads.append(float(means.std() / row.std()))
    return max(spreads)


def sampled(run: Run) -> Drawn:
    """The sample of a run, drawn once; who asks for it rests on the finishes of all routes."""
    note_all(run)
    return _sampled(run)


def note_all(run: Run) -> None:
    """Note what the finishes of all routes read."""
    note(run, run.params.race.target, *ROUTES)


def _sampled(run: Run) -> Drawn:
    return run.once("a sample", lambda params: draw(plain(params), SAMPLE))


# --- dates over time -----------------------------------------------------------------------------


@table(
    every_route,
    route=Column("text"),
    date=Column("date", "%b %Y"),
    share=Column("fraction", ".0%"),
    never=Column("fraction", ".0%"),
)
def odds_over_time(run: Run, row: str) -> list[tuple[object, ...]]:
    """The share of the draws in which a route has finished, by quarters, and that of never."""
    note(run, run.params.race.target, row)
    (plan, _), days = tallied(run), days_of(run, row)
    decided = routes.decision_date(plain(run.params))
    shares, never = ensemble.cumulative_share(days), ensemble.never_share(days)
    last = plan.n_bins - 2 - BEFORE_DAYS
    return [
        (ROUTES[row].label, (decided + timedelta(days=at)).isoformat(), share, never)
        for at in [*range(0, last, QUARTER), last]
        for share in [float(shares[BEFORE_DAYS + at])]
    ]


@table(
    draws=Column("draws", ",d"),
    way=Column("text"),
    error=Column("fraction", ".2%"),
    estimate=Column("fraction", ".1%"),
    times=Column("factor", ".1f"),
)
def settling(run: Run) -> Iterator[tuple[object, ...]]:
    """P(owned before campus) by the number of draws, its error, and that of independent draws.

    Whether a route is built is tossed like a coin in the first way; its odds count in the others.
    The estimate is that of our way alone; times are as many draws for our error.
    """
    counted = _counted_spread(sampled(run))
    for n, odds, se in _growing(run):
        ways = {
            "independent draws": math.sqrt(odds * (1 - odds) / n),
            "independent, odds counted": counted / math.sqrt(n),
            "Sobol blocks, odds counted": se,
        }
        for way, error in ways.items():
            times = (error / se) ** 2 if se else math.nan
            yield n, way, error, odds if error is se else math.nan, times


def _growing(run: Run) -> Iterator[tuple[int, float, float]]:
    """Draws, P(owned before campus) and its error, from few draws to the published ones."""
    target = run.params.race.target
    for points in GROWING:
        plan = Plan(plain(run.params), (target,), BLOCKS, points, SEED)
        sums = blocks.tallied(plan, range(BLOCKS)).sums.before[:, 0, OWNED, CAMPUS]
        found = ensemble.estimate(sums, points)
        yield plan.n_draws, found.value, found.se
    plan, _ = tallied(run)
    yield plan.n_draws, *_published(run, BEFORE)


def _counted_spread(drawn: Drawn) -> float:
    """The standard deviation of a draw's odds that the public machines beat the campus."""
    (years,), chance = drawn.found.years, drawn.found.chance
    late = chance[CAMPUS] * (years[CAMPUS] <= years[OWNED])
    return float((chance[OWNED] * np.isfinite(years[OWNED]) * (1 - late)).std())


def _published(run: Run, verdict: str) -> tuple[float, float]:
    """The published probability of a verdict, and its standard error."""
    name, cells = PUBLISHED[verdict]
    wanted = {**cells, "target": run.params.race.target}
    (found,) = (one for one in run[name].to_dict("records") if wanted.items() <= one.items())
    return found["odds"], found["se"]


# --- what drives the odds ------------------------------------------------------------------------


@table(
    input=Column("name"),
    name=Column("text"),
    range=Column("text"),
    outcome=Column("text"),
    low=Column("fraction", ".0%"),
    high=Column("fraction", ".0%"),
    mean=Column("fraction", ".0%"),
    swing=Column("fraction", ".0%"),
    se=Column("fraction", ".1%"),
)
def tornado(run: Run) -> list[tuple[object, ...]]:
    """How likely the public machines win with one input held at either end, all others drawn.

    The probability at P10 and at P90, of a choice the least and the largest; the published one,
    nothing held; the widest bars first.
    """
    drawn, inputs = sampled(run), sampled(run).inputs()
    names = drawn.movers(sensitivity.outcomes_of(drawn.finishes)[2:], SCREENED)
    if not names:
        return []
    points = drawn.points[:HELD_POINTS]
    moved = [inputs[name] for name in names]
    held = sensitivity.held_bars(drawn.race.near(points).verdicts, points, moved)
    bars = {name: both for name, *both in zip(names, *held, strict=True)}
    widest = sorted(names, key=lambda name: -max(bar.swing for bar in bars[name]))
    means = [_published(run, verdict)[0] for verdict in VERDICTS]
    return [
        (*_words(drawn, name), verdict, *_span(bar), mean, bar.swing, bar.swing_se)
        for name in widest[:BARS]
        for verdict, mean, bar in zip(VERDICTS, means, bars[name], strict=True)
    ]


def _words(drawn: Drawn, name: str) -> tuple[str, str, str]:
    """An input, its name and its range."""
    return name, named(name), range_of(drawn.race.params, name)


def _span(bar: Bar) -> tuple[float, float]:
    """The outcome at P10 and at P90; of more than two places the least and the largest."""
    found = bar.outcomes
    return (found[0], found[-1]) if len(found) == len(ENDS) else (min(found), max(found))


def _order_columns(first: str = "", total: str = "") -> Columns:
    """First and total order with their intervals; those that have the stem of a key are numbers."""
    return {
        f"{order}{end}": Column("fraction", ".0%", stem and f"sensitivity.{stem}.{{row}}{end}")
        for order, stem in (("first", first), ("total", total))
        for end in ("", "_low", "_high")
    }


def groups_of_race(_: Params) -> Sequence[str]:
    """The groups of inputs that a finish can read, as their numbers are called."""
    return [group.replace(" ", "_") for group in GROUPS]


@table(
    groups_of_race,
    name=Column("text"),
    outcome=Column("text"),
    **_order_columns("first_order", "total_order"),
)
def date_orders(run: Run, row: str) -> tuple[object, ...]:
    """What a group of inputs explains of the variance of the rank of the date.

    The date is that of the public machines; never has the last rank. Zero where nothing varies.
    """
    note(run, run.params.race.target, FEDERATION)
    return _group_orders(run, row, FINISH)


@table(
    groups_of_race,
    name=Column("text"),
    outcome=Column("text"),
    **_order_columns("", "win_total_order"),
)
def win_orders(run: Run, row: str) -> tuple[object, ...]:
    """What a group of inputs explains of whether the public machines are first of all."""
    note_all(run)
    return _group_orders(run, row, WIN)


@table(name=Column("text"), outcome=Column("text"), **_order_columns())
def input_orders(run: Run) -> list[tuple[object, ...]]:
    """The same of the single inputs that move either outcome most; none where nothing varies."""
    note_all(run)
    return [
        (named(name), label, *_cells(found, name))
        for outcome, label in OUTCOMES.items()
        for found in [_indices(run, outcome)]
        for name in found.total
        if name not in GROUPS
    ]


def _group_orders(run: Run, row: str, outcome: str) -> tuple[object, ...]:
    group = row.replace("_", " ")
    return GROUPS[group], OUTCOMES[outcome], *_cells(_indices(run, outcome), group)


def _cells(found: Indices, name: str) -> Iterator[float]:
    """First and total order of a set, each with the ends of its interval."""
    for orders in (found.first, found.total):
        one = orders.get(name, NONE)
        yield from (one.value, one.low, one.high)


def _indices(run: Run, outcome: str) -> Indices:
    return run.once(f"indices of {outcome}", lambda _: indices_of(_evaluated(run), outcome))


def indices_of(found: Evaluations, outcome: str) -> Indices:
    """The indices of an outcome, as ranks; empty where it never varies."""
    row = [sensitivity.OUTCOMES.index(outcome)]
    one = replace(found, f_a=found.f_a[row], f_b=found.f_b[row], f_ab=found.f_ab[:, row])
    if len(np.unique(np.concatenate([one.f_a, one.f_b]))) == 1:
        return Indices({}, {})
    return sensitivity.indices(sensitivity.ranked(one), SEED)[0]


def _evaluated(run: Run) -> Evaluations:
    """The outcomes that the indices of the groups, and of some single inputs, need."""

    def made(params: Params) -> Evaluations:
        drawn, known = _sampled(run), sensitivity.groups(plain(params))
        found = sensitivity.outcomes_of(drawn.finishes)
        ranks = rankdata([found[sensitivity.OUTCOMES.index(name)] for name in OUTCOMES], axis=1)
        single = {k: [drawn.inputs()[k].column] for k in drawn.movers(ranks, SINGLES)}
        sets = {name: known[name] for name in GROUPS if name in known} | single
        design = sensitivity.design(BASE_POINTS, SEED)
        near = drawn.race.near(sensitivity.base_points(design)[0])
        return sensitivity.evaluate(near.outcomes, sets, design)

    return run.once("points with their inputs exchanged", made)


@figures
def layer_of_distance(run: Run) -> dict[str, Figure]:
    """What layer 1 alone explains of the variance of the rank of the date."""
    (found,) = run.rows("date_orders", "layer_1").to_dict("records")
    se = (found["first_high"] - found["first_low"]) / (2 * NORMAL_95)
    stem = "efficiency.share_of_date_variance"
    return {
        stem: number(max(0.0, found["first"]), "fraction", ".0%"),
        f"{stem}_se": number(se, "fraction", ".0%"),
    }


# --- what to know --------------------------------------------------------------------------------


@table(
    input=Column("name"),
    name=Column("text", head="known first"),
    kind=Column("text", head="what it is"),
    months=Column("months", ".1f", "voi.{input}", "months saved"),
    se=Column("months", ".1f", "voi.{input}_se", "standard error"),
)
def information(run: Run) -> Iterator[tuple[object, ...]]:
    """What it saves to know a fact before the choice of a route: the largest of each kind.

    Then what it saves to know all of them.
    """
    drawn = sampled(run)
    worth = sensitivity.utilities(drawn.finishes, routes.horizon_years(plain(run.params)))
    gains = {
        name: sensitivity.partial_information(drawn.known.of([name]), worth)
        for name in drawn.known.names
    }
    for name in _worth_most(gains):
        yield name, named(name), _kind(name), gains[name].value, gains[name].se
    perfect = sensitivity.perfect_information(worth)
    yield "perfect", "everything", "all", perfect.value, perfect.se


def _worth_most(gains: dict[str, Gain]) -> list[str]:
    """The facts of each kind that save most, the largest first; none that saves nothing."""
    best = sorted(gains, key=lambda name: (-gains[name].value, name))
    saving = [name for name in best if gains[name].value > 0]
    of_kind = ([name for name in saving if _kind(name) == kind] for kind in ("event", "number"))
    kept = {name for names in of_kind for name in names[:MOST_WORTH]}
    return [name for name in saving if name in kept]


def _kind(name: str) -> str:
    is_event = name in library().parameters and library().spec(name).unit == "flag"
    return "event" if is_event else "number"


@figures
def month_grid(run: Run) -> dict[str, Figure]:
    """How much later dates are when they are stepped by months, over all routes."""
    note_all(run)
    params = plain(run.params)
    at = sensitivity.points(sensitivity.design(LEAST, SEED))[:STEPPED]
    late: Any = months_late(params, at, params.race.target)
    mean = float(np.nanmean(late)) if np.isfinite(late).any() else 0.0
    return {"sensitivity.month_grid_months_late": number(mean, "months", ".1f")}
