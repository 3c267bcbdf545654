"""One input at a time at P10 and P90: of the central answer, and of a probability.

A choice goes through its names and a flag through both its values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np

from euromesh.ensemble import Input
from euromesh.ensemble.marginals import Array
from euromesh.params import Value
from euromesh.records import Params
from euromesh.sensitivity.points import Model
from euromesh.sensitivity.settings import Place, places, values_at, with_values

Outcome: TypeAlias = Callable[[Params], float]


@dataclass(frozen=True, slots=True)
class End:
    """One end of a bar: where the input stands, and what that makes of the outcome."""

    label: str  # P10, P90, a name, true or false
    value: Value  # of the input's first parameter; None where it has none or others are drawn
    outcome: float


@dataclass(frozen=True, slots=True)
class Bar:
    """What one input does to an outcome, all others at their centre or drawn."""

    name: str
    ends: tuple[End, ...]
    swing: float  # the largest less the smallest outcome
    swing_se: float  # 0 of a single run


@dataclass(frozen=True, slots=True)
class Column:
    """A coordinate of the points, and the places where it is held."""

    number: int
    places: tuple[Place, ...]


def central_bar(outcome: Outcome, params: Params, one: Input) -> Bar:
    """The bar of an input around the central answer: every other parameter at its central value.

    Infinite outcomes, never, give an infinite swing, or none where all are.
    """
    ends = tuple(_end(outcome, params, one, place) for place in places(one))
    found = [end.outcome for end in ends]
    same = min(found) == max(found)
    return Bar(one.name, ends, 0.0 if same else max(found) - min(found), 0.0)


def held_bars(
    model: Model, points: Array, columns: Mapping[str, Column]
) -> tuple[tuple[Bar, ...], ...]:
    """The bars of expected outcomes, each input held at its places while all others are drawn.

    E[Y | u_i = 0.1] and E[Y | u_i = 0.9], for a 0/1 outcome its probability: the tornado of a
    probability, which has no central run. The same points serve every place, so the swing has
    the error of the mean of pairwise differences, sd(Y' - Y'') / sqrt(n) as for independent
    points: rather wide for a balanced sequence. Bars by outcome, then by input.
    """
    bars = [_held(model, points, name, column) for name, column in columns.items()]
    return tuple(zip(*bars, strict=True))


def columns_of(found: Sequence[Input]) -> dict[str, Column]:
    """The coordinates of some inputs and their places, by name."""
    return {one.name: Column(one.column, places(one)) for one in found}


def _end(outcome: Outcome, params: Params, one: Input, place: Place) -> End:
    values = values_at(params, one, place.quantile)
    return End(place.label, values.get(one.shown), outcome(with_values(params, values)))


def _held(model: Model, points: Array, name: str, column: Column) -> list[Bar]:
    """The bar of one input for every outcome."""
    held = [model(_fixed(points, column.number, place.quantile)) for place in column.places]
    return [_bar(name, column.places, rows) for rows in np.stack(held, axis=1)]


def _bar(name: str, at: Sequence[Place], rows: Array) -> Bar:
    """The bar of outcomes at each place (places x n)."""
    ends = [
        End(place.label, None, float(mean))
        for place, mean in zip(at, rows.mean(axis=1), strict=True)
    ]
    pairs = combinations(range(len(rows)), 2)
    differences = [rows[i] - rows[j] for i, j in pairs]
    widest = max(differences, key=lambda difference: abs(float(difference.mean())))
    error = float(widest.std(ddof=1)) / math.sqrt(rows.shape[1])
    return Bar(name, tuple(ends), abs(float(widest.mean())), error)


def _fixed(points: Array, column: int, place: float) -> Array:
    """The points with one column held."""
    fixed = points.copy()
    fixed[:, column] = place
    return fixed
