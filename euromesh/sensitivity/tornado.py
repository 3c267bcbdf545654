"""One input at a time at P10 and P90 while all others are drawn: the tornado of a probability.

A choice goes through its names and a flag through both its values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from euromesh.ensemble import Input
from euromesh.ensemble.marginals import Array
from euromesh.sensitivity.points import Model
from euromesh.sensitivity.settings import places


@dataclass(frozen=True, slots=True)
class Bar:
    """What holding one input does to an expected outcome."""

    name: str
    outcomes: tuple[float, ...]  # at each of its places
    swing: float  # the largest less the smallest
    swing_se: float


def held_bars(model: Model, points: Array, inputs: Sequence[Input]) -> tuple[tuple[Bar, ...], ...]:
    """The bars of expected outcomes, each input held at its places while all others are drawn.

    E[Y | u_i = 0.1] and E[Y | u_i = 0.9], for a 0/1 outcome its probability: the tornado of a
    probability, which has no central run. The same points serve every place, so the swing has
    the error of the mean of pairwise differences, sd(Y' - Y'') / sqrt(n) as for independent
    points: rather wide for a balanced sequence. Bars by outcome, then by input.
    """
    bars = []
    for one in inputs:
        is_held = np.arange(points.shape[1]) == one.column
        found = [model(np.where(is_held, place.quantile, points)) for place in places(one)]
        bars.append([_bar(one.name, rows) for rows in np.stack(found, axis=1)])
    return tuple(zip(*bars, strict=True))


def _bar(name: str, rows: Array) -> Bar:
    """The bar of outcomes at each place (places x n)."""
    differences = [one - other for one, other in combinations(rows, 2)]
    widest = max(differences, key=lambda difference: abs(float(difference.mean())))
    error = float(widest.std(ddof=1)) / math.sqrt(len(widest))
    return Bar(name, tuple(rows.mean(axis=1).tolist()), abs(float(widest.mean())), error)
