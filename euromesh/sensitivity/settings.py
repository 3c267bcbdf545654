"""One input at a time: the central parameters, or points, with it set to a place of its marginal.

A range is put at P10 and P90; a choice goes through its names and a flag through both its values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

import numpy as np

from euromesh.ensemble import COMMON_DELAY, Input, inputs
from euromesh.ensemble.marginals import Array, Choice, Coded, Dependent, Flag, Marginal
from euromesh.params import Value
from euromesh.records import Params
from euromesh.records.tree import value_of
from euromesh.sensitivity.points import Model

LOW, HIGH, MIDDLE = 0.1, 0.9, 0.5  # the ends and the middle of a range, as quantiles
EDGE: Final = 2.0**-31  # so near to 0 or 1 that a flag is true or false


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a marginal, as a reader names it: P10, P90, one of several names, true, false."""

    label: str
    quantile: float


def places(one: Input) -> tuple[Place, ...]:
    """Where an input is put: P10 and P90 of a range, a flag both ways, and every name of a choice.

    The names are those that are ever drawn, each in the middle of its span.
    """
    first = one.marginals[0] if one.marginals else None
    if isinstance(first, Flag):
        return Place("true", EDGE), Place("false", 1 - EDGE)
    if not isinstance(first, Choice):
        return Place("P10", LOW), Place("P90", HIGH)
    edges = np.cumsum([0.0, *first.weights]) / np.sum(first.weights)
    spans = zip(first.names, pairwise(edges.tolist()), strict=True)
    return tuple(Place(name, (start + end) / 2) for name, (start, end) in spans if end > start)


def values_at(params: Params, one: Input, quantile: float) -> dict[str, Value]:
    """What an input makes of its parameters at a quantile of its marginal, by id.

    A law of chance reads the central values of its parameters, and the other coordinate of a
    lead time stands in its middle: the common delay moves all lead times at once.
    """
    if one.ids:
        moved = zip(one.ids, one.marginals, strict=True)
        return {key: value_at(params, m, quantile, MIDDLE) for key, m in moved}
    return {
        key: value_at(params, marginal, MIDDLE, quantile)
        for other in inputs(params)
        for key, marginal in zip(other.ids, other.marginals, strict=True)
        if isinstance(marginal, Dependent) and COMMON_DELAY in marginal.others
    }


def value_at(params: Params, marginal: Marginal, own: float, common: float) -> Value:
    """What a marginal makes of its own quantile, and a lead time of the common delay's."""

    def drawn(key: str) -> Array:
        return np.asarray([common if key == COMMON_DELAY else value_of(params, key)])

    u = np.asarray([own])
    found = marginal.at(u, drawn) if isinstance(marginal, Dependent) else marginal.at(u)
    number = float(found[0])
    return marginal.value(number) if isinstance(marginal, Coded) else number


# --- held while all others are drawn -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bar:
    """What holding one input does to an expected outcome."""

    outcomes: tuple[float, ...]  # at each of its places
    swing: float  # the largest less the smallest
    swing_se: float


def held(model: Model, points: Array, one: Input) -> tuple[Array, ...]:
    """What a model makes of points with an input held at each of its places, as `places` has them.

    All others are drawn, from the same points at every place.
    """
    is_held = np.arange(points.shape[1]) == one.column
    return tuple(model(np.where(is_held, place.quantile, points)) for place in places(one))


def bar(rows: Sequence[Array]) -> Bar:
    """The bar of an outcome over draws (n) at each place of an input.

    E[Y | u_i = 0.1] and E[Y | u_i = 0.9], for a 0/1 outcome its probability: the tornado of a
    probability, which has no central run. The same points serve every place, so the swing has
    the error of the mean of pairwise differences, sd(Y' - Y'') / sqrt(n) as for independent
    points: rather wide for a balanced sequence.
    """
    differences = [one - other for one, other in combinations(np.stack(rows), 2)]
    widest = max(differences, key=lambda difference: abs(float(difference.mean())))
    error = float(widest.std(ddof=1)) / math.sqrt(len(widest))
    return Bar(tuple(float(row.mean()) for row in rows), abs(float(widest.mean())), error)
