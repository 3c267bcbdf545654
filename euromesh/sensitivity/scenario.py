"""Scenario discovery: the box of inputs in which something happens, by PRIM.

The patient rule induction method of Friedman and Fisher (1999), Statistics and Computing 9(2),
doi 10.1023/A:1008894516817, as Bryant and Lempert (2010) use it, Technological Forecasting and
Social Change 77(1), doi 10.1016/j.techfore.2009.08.002. Written here, for neither kept
implementation fits: `ema_workbench` brings over twenty packages, and `prim` is under the GPL and
needs matplotlib. Without pasting, which seldom changes a box much.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from euromesh.ensemble.marginals import Array
from euromesh.params import Value
from euromesh.records import InputError
from euromesh.sensitivity.information import Known

Mask: TypeAlias = NDArray[np.bool_]
ALPHA: Final = 0.05  # of the draws in the box, peeled at a time
LEAST_SHARE: Final = 0.02  # of all draws, in the smallest box
LEVEL: Final = 0.05  # of chance findings among all limits that could be found


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """Closed intervals, one an input; infinite where it is not limited."""

    low: Array
    high: Array

    def holds(self, numbers: Array) -> Mask:
        """Which draws (draws x inputs) lie in the box."""
        some = self.limited
        inside = (numbers[:, some] >= self.low[some]) & (numbers[:, some] <= self.high[some])
        return np.asarray(inside.all(axis=1))

    @property
    def limited(self) -> list[int]:
        """The columns of the inputs that are limited."""
        return np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high)).tolist()

    def without(self, column: int) -> Box:
        """The box with no limit on one input."""
        low, high = self.low.copy(), self.high.copy()
        low[column], high[column] = -np.inf, np.inf
        return Box(low, high)


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a box says where something happens."""

    coverage: float  # of all draws where it happens, the share in the box
    density: float  # of the draws in the box, the share where it happens
    mass: float  # the share of all draws in the box

    @property
    def balance(self) -> float:
        """The harmonic mean of coverage and density."""
        total = self.coverage + self.density
        return 2 * self.coverage * self.density / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Limit:
    """Between which values an input lies in the box, None where there is no end."""

    name: str
    low: Value
    high: Value
    p_value: float  # that chance alone would make the box so dense without this limit


@dataclass(frozen=True, slots=True)
class Scenario:
    """A box in the units of its inputs, by draws that had no part in finding it."""

    limits: tuple[Limit, ...]
    fit: Fit


def discover(known: Known, happens: Mask) -> Scenario:
    """The box in which something happens, from what could be known of draws, and whether it does.

    Found in the first half of the draws: of the boxes on the path of `peeled` the one with the
    largest harmonic mean of coverage and density, less the limits that chance may explain.
    Coverage, density and p-values are those of the second half. Other than one verdict a draw,
    or the same one in every draw, is an `InputError`.
    """
    if happens.shape != (len(known.numbers),):
        raise InputError(
            f"happens must be a verdict a draw, {len(known.numbers)}, got shape {happens.shape}"
        )
    if happens.all() or not happens.any():
        raise InputError(f"happens must vary, got {bool(happens.all())} in every draw")
    half = len(happens) // 2
    x, y = known.numbers[:half], happens[:half]
    box = pruned(max(peeled(x, y), key=lambda one: fit(one, x, y).balance), x, y)
    x, y = known.numbers[half:], happens[half:]
    limits = []
    for column in box.limited:
        ends = (float(end[column]) for end in (box.low, box.high))
        low, high = (known.shown[column](end) if math.isfinite(end) else None for end in ends)
        limits.append(Limit(known.names[column], low, high, p_value(box, column, x, y)))
    return Scenario(tuple(limits), fit(box, x, y))


def peeled(x: Array, y: Mask) -> tuple[Box, ...]:
    """The path of boxes from everything down, each peeled of 5 % of its draws at one end.

    Of all ends the one whose loss raises the density most for each draw that is lost; a value
    shared by more than 5 % goes as a whole. It stops at 2 % of the draws, or where nothing more
    is gained.
    """
    path = [Box(np.full(x.shape[1], -np.inf), np.full(x.shape[1], np.inf))]
    left, hits = np.ascontiguousarray(x.T), y
    while len(hits) > LEAST_SHARE * len(y):
        kept = _without_ends(left)
        size, hit = (np.count_nonzero(some, axis=-1) for some in (kept, kept & hits))
        density = np.divide(hit, size, out=np.zeros(size.shape), where=size > 0)
        gains = (density - hits.mean()) / np.maximum(1, len(hits) - size)
        end, column = np.unravel_index(int(np.argmax(gains)), gains.shape)
        if not gains[end, column] > 0:
            break
        left, hits = left[:, kept[end, column]], hits[kept[end, column]]
        path.append(Box(path[-1].low.copy(), path[-1].high.copy()))
        if end == 0:
            path[-1].low[column] = left[column].min()
        else:
            path[-1].high[column] = left[column].max()
    return tuple(path)


def pruned(box: Box, x: Array, y: Mask) -> Box:
    """The box without limits that chance may explain, the likeliest first.

    A limit stays if its p-value is below 0.05 over all the ends that a search could have chosen.
    """
    p_values = {column: p_value(box, column, x, y) for column in box.limited}
    worst = max(p_values, key=lambda column: p_values[column], default=None)
    if worst is None or p_values[worst] < LEVEL / (2 * x.shape[1]):
        return box
    return pruned(box.without(worst), x, y)


def fit(box: Box, x: Array, y: Mask) -> Fit:
    """Coverage, density and mass of a box over draws."""
    inside = box.holds(x)
    hits = int((inside & y).sum())
    n_inside = max(1, int(inside.sum()))
    return Fit(hits / max(1, int(y.sum())), hits / n_inside, float(inside.mean()))


def p_value(box: Box, column: int, x: Array, y: Mask) -> float:
    """The quasi-p-value of one input's limits, of Bryant and Lempert (2010).

    P(K >= k) of K ~ Binomial(n, p): n draws in the box, k of which hit, p the density of the
    box without these limits.
    """
    inside, wider = box.holds(x), box.without(column).holds(x)
    density = float(y[wider].mean()) if wider.any() else 0.0
    return float(binom.sf(int(y[inside].sum()) - 1, int(inside.sum()), density))


def _without_ends(values: Array) -> Mask:
    """Which draws stay without the low, or high, end of each input: 2 x inputs x draws."""
    n = values.shape[1]
    place = max(1, int(ALPHA * n))
    ends = np.sort(values, axis=1)  # faster than a partition in two places
    low, high = ends[:, [place]], ends[:, [n - 1 - place]]
    kept = np.stack([values >= low, values <= high])
    shared = kept.all(axis=2, keepdims=True)  # by more than 5 %: the end itself goes
    return np.where(shared, np.stack([values > low, values < high]), kept)
