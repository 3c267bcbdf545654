"""Over draws: the odds by date, what drives them, how fast they settle, and what is worth knowing.

What a table says it rests on is what the finishes of its routes read in some of the draws.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import numpy as np
from scipy.stats import norm, rankdata

from euromesh import ensemble, routes, sensitivity
from euromesh.ensemble import Input, Outcomes, Plan
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.months import months_late
from euromesh.ensemble.tally import BEFORE_DAYS, points_of, wins
from euromesh.facts.chances import days_of, note, tallied
from euromesh.facts.draws import SEED
from euromesh.facts.finishes import FEDERATION, every_route
from euromesh.facts.naming import ENDS, GROUPS, named, range_of
from euromesh.facts.tables import NAME, SHARE, TEXT, Column, Figure, Run, figures, number, table
from euromesh.facts.watch import plain
from euromesh.params import library
from euromesh.records import Params
from euromesh.routes import ROUTES
from euromesh.sensitivity import Bar, Estimate, Evaluations, Indices, Known, RaceModel
from euromesh.sensitivity.model import CAMPUS, OWNED
from euromesh.sensitivity.points import LEAST, SAMPLE

BLOCKS: Final = 16
GROWING: Final = (8, 64, 512)  # points of a block, as a run grows to the published one
HELD_POINTS: Final = 8192  # at which inputs are held at the ends of their range
SCREENED: Final = 11  # inputs that are held, to find the widest bars
SHOWN: Final = 10
FIFTHS: Final = 5
TOGETHER: Final = 32  # inputs at a time, for the sake of memory
ASKED: Final = ("owned.goodput", "penalty.law", "training.batch.multiple", "training.precision")
BASE_POINTS: Final = 2048  # of the indices, twice and once more for every set
SINGLES: Final = 8  # inputs that have indices of their own
MOST_WORTH: Final = 5  # facts of a kind that are named
BEFORE, FIRST = VERDICTS = ("before the campus", "first of all")
PUBLISHED: Final = {  # the table and the row of each of them
    BEFORE: ("befores", "one == 'owned' and other == 'campus'"),
    FIRST: ("firsts", "route == 'owned'"),
}
FINISH, WIN = "owned finish", "owned first"
OUTCOMES: Final = {FINISH: "date of the public machines", WIN: "first of all"}  # of the indices
ODDS: Final[dict[str, Any]] = dict.fromkeys(("low", "high", "mean", "swing"), SHARE)
NONE: Final = Estimate(0.0, 0.0, 0.0)  # of what no draw varies


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Draws of the race to its target, and what could be known of each."""

    race: RaceModel
    points: Array
    found: Outcomes
    known: Known
    inputs: dict[str, Input]  # what the draws vary, by name

    @property
    def finishes(self) -> Array:
        """Finish of what is built in the draw, routes x draws, years."""
        years: Array = self.found.finish_years[0]
        return years

    def effects(self, outcomes: Array) -> dict[str, Array]:
        """What each input moves of some outcomes (k x draws) by itself, from 0 to 1, by its name.

        The part of an outcome's spread that the means over fifths of a column follow.
        """
        spread, found = outcomes.std(axis=1), dict[str, Array]()
        names = list(self.inputs)
        for some in (names[at : at + TOGETHER] for at in range(0, len(names), TOGETHER)):
            fifths = self.points[:, [self.inputs[name].column for name in some]] * FIFTHS // 1
            within = (fifths[:, :, None] == range(FIFTHS)).reshape(len(fifths), -1).astype(float)
            means = (outcomes @ within / within.sum(axis=0)).reshape(len(outcomes), -1, FIFTHS)
            moved = means.std(axis=2).T / np.where(spread > 0, spread, np.inf)
            found |= zip(some, moved, strict=True)
        return found

    def movers(self, outcomes: Array, most: int) -> list[str]:
        """The inputs that move one of some outcomes (k x draws) most by themselves."""
        largest = {name: float(found.max()) for name, found in self.effects(outcomes).items()}
        moving = [name for name, effect in largest.items() if effect > 0]
        return sorted(moving, key=lambda name: -largest[name])[:most]


def draw(params: Params, n: int) -> Drawn:
    """Some draws, and what could be known of the inputs that a finish can read."""
    race = RaceModel(params, params.race.target)
    points = sensitivity.points(sensitivity.design(n, SEED))
    found = ensemble.outcomes(params, (race.target,), points)
    known = sensitivity.known(params, points)
    shown = dict(zip(known.names, known.shown, strict=True))
    kept = [name for name in known.names if ensemble.group_of(name) in GROUPS]
    of_race = Known(tuple(kept), known.of(kept), tuple(shown[name] for name in kept))
    return Drawn(race, points, found, of_race, {one.name: one for one in ensemble.inputs(params)})


def sampled(run: Run) -> Drawn:
    """The sample of a run, drawn once; who asks for it rests on the finishes of all routes."""
    note_all(run)
    return _sampled(run)


def held(run: Run, name: str) -> tuple[Array, ...]:
    """Finish of every route, routes x draws, with an input held at each of its places."""

    def made(_: Params) -> tuple[Array, ...]:
        drawn = _sampled(run)
        points = drawn.points[:HELD_POINTS]
        near = run.once("a race near the sample", lambda _: drawn.race.near(points))
        return sensitivity.held(near.finishes, points, drawn.inputs[name])

    return run.once(f"finishes with {name} held", made)


def note_all(run: Run) -> None:
    """Note what the finishes of all routes read."""
    note(run, run.params.race.target, *ROUTES)


def _sampled(run: Run) -> Drawn:
    return run.once("a sample", lambda params: draw(plain(params), SAMPLE))


@table(every_route, route=TEXT, date=Column("date", "%b %Y"), share=SHARE, never=SHARE)
def odds_over_time(run: Run, row: str) -> list[tuple[object, ...]]:
    """The share of the draws in which a route has finished, by quarters, and that of never."""
    note(run, run.params.race.target, row)
    (plan, _), days = tallied(run), days_of(run, row)
    decided = routes.decision_date(plain(run.params))
    shares, never = ensemble.cumulative_share(days), ensemble.never_share(days)
    last = plan.n_bins - 2 - BEFORE_DAYS
    return [
        (ROUTES[row].label, (decided + timedelta(days=at)).isoformat(), share, never)
        for at in [*range(0, last, 91), last]
        for share in [float(shares[BEFORE_DAYS + at])]
    ]


@table(
    draws=Column("draws", ",d"),
    way=TEXT,
    error=Column("fraction", ".2%"),
    estimate=Column("fraction", ".1%"),
    times=Column("factor", ".1f"),
)
def settling(run: Run) -> Iterator[tuple[object, ...]]:
    """P(owned before campus) by the number of draws, its error, and that of independent draws.

    Whether a route is built is tossed like a coin in the first way; its odds count in the others.
    The estimate is that of our way alone; times are as many draws for our error.
    """
    drawn = sampled(run)
    (years,), chance = drawn.found.years, drawn.found.chance
    late = chance[CAMPUS] * (years[CAMPUS] <= years[OWNED])
    counted = float((chance[OWNED] * np.isfinite(years[OWNED]) * (1 - late)).std())
    for n, odds, se in [
        *_growing(plain(run.params)),
        (tallied(run)[0].n_draws, *_published(run, BEFORE)),
    ]:
        ways = {
            "independent draws": math.sqrt(odds * (1 - odds) / n),
            "independent, odds counted": counted / math.sqrt(n),
            "Sobol blocks, odds counted": se,
        }
        for way, error in ways.items():
            times = (error / se) ** 2 if se else math.nan
            yield n, way, error, odds if error is se else math.nan, times


def _growing(params: Params) -> Iterator[tuple[int, float, float]]:
    """Draws, P(owned before campus) and its error, from ever more of the first points of blocks."""
    plan = Plan(params, (params.race.target,), BLOCKS, max(GROWING), SEED)
    points = np.concatenate([part for k in range(BLOCKS) for part in points_of(plan, k)])
    years, built, chance = ensemble.outcomes(params, plan.targets, points)
    for n in GROWING:
        parts = [slice(start, start + n) for start in range(0, len(points), plan.n_points)]
        of_blocks = [Outcomes(years[..., at], built[:, at], chance[:, at]) for at in parts]
        sums = np.array([wins(found)[0][0, OWNED, CAMPUS] for found in of_blocks])
        grown = ensemble.estimate(sums, n)
        yield BLOCKS * n, grown.value, grown.se


def _published(run: Run, verdict: str) -> tuple[float, float]:
    """The published probability of a verdict, and its standard error."""
    name, row = PUBLISHED[verdict]
    found = run[name].query(f"{row} and target == '{run.params.race.target}'")
    ((odds, se),) = found[["odds", "se"]].to_numpy().tolist()
    return odds, se


@table(input=NAME, name=TEXT, range=TEXT, outcome=TEXT, **ODDS, se=Column("fraction", ".1%"))
def tornado(run: Run) -> Iterator[tuple[object, ...]]:
    """How likely the public machines win with one input held at either end, all others drawn.

    The probability at P10 and at P90, of a choice the least and the largest; the published one,
    nothing held. The widest bars, and those that are asked for; the widest first.
    """
    drawn = sampled(run)
    names = drawn.movers(sensitivity.outcomes_of(drawn.finishes)[2:], SCREENED)
    if not names:
        return
    names += [name for name in ASKED if name in drawn.inputs and name not in names]
    bars = {name: _bars(held(run, name)) for name in names}
    widest = sorted(names, key=lambda name: -max(bar.swing for bar in bars[name]))
    means = [_published(run, verdict)[0] for verdict in VERDICTS]
    for name in (one for one in widest if one in ASKED or one in widest[:SHOWN]):
        words = (name, named(name), range_of(drawn.race.params, name))
        for verdict, mean, bar in zip(VERDICTS, means, bars[name], strict=True):
            at = bar.outcomes
            ends = at if len(at) == len(ENDS) else (min(at), max(at))
            yield *words, verdict, *ends, mean, bar.swing, bar.swing_se


def _bars(finishes: Sequence[Array]) -> list[Bar]:
    """The bars of both verdicts, from finishes at every place of an input."""
    verdicts = (sensitivity.outcomes_of(one)[2:] for one in finishes)
    return [sensitivity.bar(rows) for rows in zip(*verdicts, strict=True)]


@figures
def tornado_error(run: Run) -> dict[str, Figure]:
    """The largest error of a bar, whose ends are counted in fewer draws than the published odds."""
    note_all(run)
    largest = run["tornado"]["se"].max()
    error = 0.0 if math.isnan(largest) else float(largest)
    return {"sensitivity.tornado_se": number(error, "fraction", ".1%")}


def _order_columns(first: str = "", total: str = "") -> dict[str, Any]:
    """First and total order with their intervals; those that have the stem of a key are numbers."""
    return {
        f"{order}{end}": Column("fraction", ".0%", stem and f"sensitivity.{stem}.{{row}}{end}")
        for order, stem in (("first", first), ("total", total))
        for end in ("", "_low", "_high")
    }


def groups_of_race(_: Params) -> Sequence[str]:
    """The groups of inputs that a finish can read, as their numbers are called."""
    return [group.replace(" ", "_") for group in GROUPS]


@table(groups_of_race, name=TEXT, outcome=TEXT, **_order_columns("first_order", "total_order"))
def date_orders(run: Run, row: str) -> tuple[object, ...]:
    """What a group of inputs explains of the variance of the rank of the date.

    The date is that of the public machines; never has the last rank. Zero where nothing varies.
    """
    note(run, run.params.race.target, FEDERATION)
    return GROUPS[row.replace("_", " ")], OUTCOMES[FINISH], *_orders(run, FINISH, row)


@table(groups_of_race, name=TEXT, outcome=TEXT, **_order_columns("", "win_total_order"))
def win_orders(run: Run, row: str) -> tuple[object, ...]:
    """What a group of inputs explains of whether the public machines are first of all."""
    note_all(run)
    return GROUPS[row.replace("_", " ")], OUTCOMES[WIN], *_orders(run, WIN, row)


@table(name=TEXT, outcome=TEXT, **_order_columns())
def input_orders(run: Run) -> list[tuple[object, ...]]:
    """The same of the single inputs that move either outcome most; none where nothing varies."""
    note_all(run)
    return [
        (named(name), label, *_orders(run, outcome, name))
        for outcome, label in OUTCOMES.items()
        for name in _indices(run, outcome).total
        if name not in GROUPS
    ]


def _orders(run: Run, outcome: str, name: str) -> Iterator[float]:
    """First and total order of an input or a group, each with the ends of its interval."""
    found = _indices(run, outcome)
    for orders in (found.first, found.total):
        one = orders.get(name) or orders.get(name.replace("_", " "), NONE)
        yield from (one.value, one.low, one.high)


def indices_of(found: Evaluations, outcome: str) -> Indices:
    """The indices of an outcome, as ranks; empty where it never varies."""
    row = [sensitivity.OUTCOMES.index(outcome)]
    one = replace(found, f_a=found.f_a[row], f_b=found.f_b[row], f_ab=found.f_ab[:, row])
    if len(np.unique(np.concatenate([one.f_a, one.f_b]))) == 1:
        return Indices({}, {})
    return sensitivity.indices(sensitivity.ranked(one), SEED)[0]


def _indices(run: Run, outcome: str) -> Indices:
    """The indices of the groups, and of some single inputs, from the same points for all."""

    def made(params: Params) -> Evaluations:
        drawn, known = _sampled(run), sensitivity.groups(plain(params))
        found = sensitivity.outcomes_of(drawn.finishes)
        ranks = rankdata([found[sensitivity.OUTCOMES.index(name)] for name in OUTCOMES], axis=1)
        single = {k: [drawn.inputs[k].column] for k in drawn.movers(ranks, SINGLES)}
        sets = {name: known[name] for name in GROUPS if name in known} | single
        design = sensitivity.design(BASE_POINTS, SEED)
        near = drawn.race.near(sensitivity.base_points(design)[0])
        return sensitivity.evaluate(near.outcomes, sets, design)

    found = run.once("points with their inputs exchanged", made)
    return run.once(f"indices of {outcome}", lambda _: indices_of(found, outcome))


@figures
def layer_of_distance(run: Run) -> dict[str, Figure]:
    """What layer 1 alone explains of the variance of the rank of the date."""
    found = run.rows("date_orders", "layer_1").iloc[0]
    se = (found["first_high"] - found["first_low"]) / (2 * norm.ppf(0.975))
    stem = "efficiency.share_of_date_variance"
    return {
        stem: number(max(0.0, found["first"]), "fraction", ".0%"),
        f"{stem}_se": number(se, "fraction", ".0%"),
    }


@table(
    input=NAME,
    name=Column("text", head="known first"),
    kind=Column("text", head="what it is"),
    months=Column("months", ".1f", "voi.{input}", "months saved"),
    se=Column("months", ".1f", "voi.{input}_se", "standard error"),
)
def information(run: Run) -> Iterator[tuple[object, ...]]:
    """What it saves to know a fact before the choice of a route: the largest of each kind.

    Then what it saves to know all of them.
    """
    drawn, known, kinds = sampled(run), library().parameters, Counter[str]()
    worth = sensitivity.utilities(drawn.finishes, routes.horizon_years(plain(run.params)))
    gains = {
        name: sensitivity.partial_information(drawn.known.of([name]), worth)
        for name in drawn.known.names
    }
    for name, gain in sorted(gains.items(), key=lambda found: (-found[1].value, found[0])):
        kind = "event" if name in known and known[name].unit == "flag" else "number"
        kinds[kind] += gain.value > 0
        if gain.value > 0 and kinds[kind] <= MOST_WORTH:
            yield name, named(name), kind, gain.value, gain.se
    perfect = sensitivity.perfect_information(worth)
    yield "perfect", "everything", "all", perfect.value, perfect.se


@figures
def month_grid(run: Run) -> dict[str, Figure]:
    """How much later dates are when they are stepped by months, over all routes."""
    note_all(run)
    params = plain(run.params)
    at = sensitivity.points(sensitivity.design(LEAST, SEED))[:64]
    late: Any = months_late(params, at, params.race.target)
    mean = float(np.nanmean(late)) if np.isfinite(late).any() else 0.0
    return {"sensitivity.month_grid_months_late": number(mean, "months", ".1f")}
