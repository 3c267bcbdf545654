"""Break the headline: the least change of what we assume that turns it, alone and in pairs.

Distances are in normal scores of the inputs' own ranges, so that P10 and P90 are as far from the
middle for every input. What flips is the order on plan of the public machines and the campus;
of the inputs that matter most also whether their odds against it reach a half.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Final

import numpy as np
from scipy.special import ndtr, ndtri

from euromesh import routes, sensitivity
from euromesh.ensemble import Input
from euromesh.ensemble.chance import flags
from euromesh.ensemble.columns import Columns, varied
from euromesh.ensemble.marginals import Array, Choice, Flag
from euromesh.ensemble.outcomes import odds_built
from euromesh.facts.finishes import FEDERATION
from euromesh.facts.naming import named, query, written
from euromesh.facts.tables import NAME, TEXT, Column, Figure, Run, figures, number, table
from euromesh.facts.turns import moving, searches
from euromesh.facts.uncertainty import Drawn, note_all, sampled
from euromesh.params import Value
from euromesh.records import InputError
from euromesh.records.tree import with_values
from euromesh.sensitivity.flips import OUTER
from euromesh.sensitivity.model import CAMPUS, OWNED, years_if_built
from euromesh.sensitivity.settings import MIDDLE

MOST: Final = 10  # inputs that are looked at more closely
POINTS: Final = 2048  # at which one is held
TRIALS: Final = 7  # halvings of a quantile
REACH: Final = float(ndtri(OUTER))
WANTED: Final = 0.8  # odds of coming before the campus
LEAST_PART: Final = 0.05  # of a pair's way that each of the two must go
SHARES: Final = (0.001, 1.0)
SHARE_TRIALS: Final = 10
PAIR: Final = (FEDERATION, "campus")
SCORE: Final = Column("number", ".2f")


@dataclass(frozen=True, slots=True)
class Turn:
    """A change that turns the order on plan: values by id in words, and how far off they are."""

    values: Mapping[str, Value]
    distance: float

    @property
    def told(self) -> str:
        """The change in words."""
        return " and ".join(f"{named(key)} {written(key, one)}" for key, one in self.values.items())

    @property
    def query(self) -> str:
        """The change as the address of the explorer writes it."""
        return query(self.values)


def important(run: Run) -> list[Input]:
    """The inputs with a range that move the odds against the campus most by themselves."""
    drawn = sampled(run)
    inputs = {
        name: one
        for name, one in drawn.inputs.items()
        if one.marginals and not isinstance(one.marginals[0], Choice | Flag)
    }
    won: Array = (drawn.finishes[OWNED] < drawn.finishes[CAMPUS]).astype(float)
    effects = drawn.effects(won[np.newaxis])
    read = moving(run)
    known = [name for name, one in inputs.items() if {name, *one.ids} & read]
    return [inputs[n] for n in sorted(known, key=lambda n: -float(effects[n][0]))[:MOST]]


# --- one at a time -------------------------------------------------------------------------------


@table(input=NAME, told=TEXT, query=TEXT, distance=SCORE, beyond=Column("fraction", ".1%"))
def singles(run: Run) -> Iterator[tuple[object, ...]]:
    """Every input that turns the order on plan by itself, the nearest first.

    How far off in normal scores, and the odds that it lies beyond.
    """
    for turn in _singles(run):
        (key,) = turn.values
        yield key, turn.told, turn.query, turn.distance, float(ndtr(-turn.distance))


def _singles(run: Run) -> list[Turn]:
    found = []
    for one in searches(run):
        for flip in one.flips:
            if flip.quantile is not None and flip.value is not None:
                found.append(Turn({one.name: flip.value}, abs(float(ndtri(flip.quantile)))))
    return sorted(found, key=lambda turn: turn.distance)


@table(input=NAME, name=TEXT, value=TEXT, quantile=Column("fraction", ".1%"), query=TEXT)
def halves(run: Run) -> Iterator[tuple[object, ...]]:
    """Where the odds against the campus cross a half, of the inputs that matter most."""
    drawn = sampled(run)
    points = drawn.points[:POINTS]
    race = drawn.race.near(points)
    for one in important(run):
        is_held = np.arange(points.shape[1]) == one.column

        def odds(quantile: float, is_held: Array = is_held) -> float:
            ours, theirs = race.finishes(np.where(is_held, quantile, points), PAIR)
            return float((ours < theirs).mean())

        at = _crossing(odds)
        value = None if at is None else sensitivity.values_at(race.params, one, at).get(one.shown)
        known = at is not None and value is not None
        told = written(one.name, value) if known else "never"
        turn = Turn({one.name: value}, 0.0).query if known else ""
        yield one.name, named(one.name), told, math.nan if at is None else at, turn


def _crossing(odds: Callable[[float], float]) -> float | None:
    """The quantile between the middle and either end at which the odds cross a half."""
    high = odds(MIDDLE) >= 0.5

    def crossed(way: float, part: float) -> bool:
        return (odds(float(ndtr(part * way))) >= 0.5) != high

    for way in (REACH, -REACH):
        if crossed(way, 1.0):
            return float(ndtr(_nearest(partial(crossed, way), 1.0) * way))
    return None


# --- two at a time -------------------------------------------------------------------------------


@table(told=TEXT, query=TEXT, distance=SCORE)
def pairs(run: Run) -> Iterator[tuple[str, str, float]]:
    """Every pair of the inputs that matter most that turns the order on plan, the nearest first.

    Each pair moves in the direction in which it shortens the lead most.
    """
    for turn in _pairs(run):
        yield turn.told, turn.query, turn.distance


def _pairs(run: Run) -> list[Turn]:
    note_all(run)
    drawn = sampled(run)
    inputs = important(run)
    slopes = {one.name: _slope(drawn, one) for one in inputs}
    found = (_turn(drawn, pair, slopes) for pair in combinations(inputs, 2))
    return sorted(filter(None, found), key=lambda turn: turn.distance)


def _lead(drawn: Drawn, values: Mapping[str, Value]) -> float:
    """Years by which the public machines come before the campus; never counts as the horizon."""
    race = drawn.race
    changed = with_values(race.params, values)
    end = routes.horizon_years(race.params)
    ours, theirs = (min(end, race.finish(name, changed)) for name in PAIR)
    return theirs - ours


def _at(drawn: Drawn, one: Input, score: float) -> dict[str, Value]:
    return sensitivity.values_at(drawn.race.params, one, float(ndtr(score)))


def _slope(drawn: Drawn, one: Input) -> float:
    """What the lead gains from P10 to P90 of an input."""
    try:
        low, high = (_lead(drawn, _at(drawn, one, score)) for score in (-1.28, 1.28))
    except InputError:
        return 0.0
    return high - low


def _turn(drawn: Drawn, pair: tuple[Input, Input], slopes: Mapping[str, float]) -> Turn | None:
    """The nearest change of a pair that turns the order, along its steepest direction."""
    steep = math.hypot(*(slopes[one.name] for one in pair)) or math.inf
    sign = -1.0 if _lead(drawn, {}) > 0 else 1.0
    way = [sign * slopes[one.name] / steep for one in pair]
    if min(map(abs, way)) < LEAST_PART:  # one of them does it all
        return None

    def values(radius: float) -> dict[str, Value]:
        parts = (_at(drawn, one, radius * part) for one, part in zip(pair, way, strict=True))
        return {key: value for part in parts for key, value in part.items()}

    def turned(radius: float) -> bool:
        try:
            return (_lead(drawn, values(radius)) > 0) != (sign < 0)
        except InputError:
            return False

    if not turned(REACH):
        return None
    radius = _nearest(turned, REACH)
    found = values(radius)
    return Turn({one.name: found[one.shown] for one in pair if one.shown in found}, radius)


def _nearest(turned: Callable[[float], bool], far: float) -> float:
    """The least radius at which an order has turned, from one at which it has."""
    near = 0.0
    for _ in range(TRIALS):
        middle = (near + far) / 2
        near, far = (near, middle) if turned(middle) else (middle, far)
    return far


@figures
def easiest(run: Run) -> dict[str, Figure]:
    """The least change that turns the order on plan, of one input and of two."""
    alone, both = _singles(run)[:1], _pairs(run)[:1]
    return {
        "sensitivity.easiest_flip": Figure(alone[0].told if alone else "never", "text", "s"),
        "sensitivity.easiest_flip_odds": number(
            float(ndtr(-alone[0].distance)) if alone else 0.0, "fraction", ".1%"
        ),
        "sensitivity.easiest_pair": Figure(both[0].told if both else "never", "text", "s"),
    }


# --- backwards -----------------------------------------------------------------------------------


@figures
def share_for_odds(run: Run) -> dict[str, Figure]:
    """The least share, given in every draw, that beats the campus with the odds, given a grant."""
    drawn = sampled(run)
    params, points = drawn.race.params, drawn.points[:POINTS]
    rival = Columns(varied(params), points)
    campus = years_if_built(rival, "campus", drawn.race.target)
    chance = odds_built(rival, *flags()["campus"])

    def reached(share: float) -> bool:
        given = Columns(varied(with_values(params, {"owned.share": share})), points)
        ours = years_if_built(given, FEDERATION, drawn.race.target)
        won = np.isfinite(ours) * (1 - chance * (campus <= ours))
        return bool(np.mean(won) >= WANTED)

    least, most = SHARES
    found = math.inf if not reached(most) else most
    for _ in range(SHARE_TRIALS if math.isfinite(found) else 0):
        middle = math.sqrt(least * most)
        least, most = (least, middle) if reached(middle) else (middle, most)
        found = most
    return {
        "owned.share_for_odds_80_if_granted": number(found, "fraction", ".1%"),
        "race.wanted_odds": number(WANTED, "fraction", ".0%"),
    }
