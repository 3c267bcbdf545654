"""Scenario discovery: the box of inputs in which something happens, by PRIM.

The patient rule induction method of Friedman and Fisher (1999), Statistics and Computing 9(2),
doi 10.1023/A:1008894516817, as Bryant and Lempert (2010) use it, Technological Forecasting and
Social Change 77(1), doi 10.1016/j.techfore.2009.08.002. Written here, for neither kept
implementation fits: `ema_workbench` brings over twenty packages, and `prim` is under the GPL and
needs matplotlib. Without pasting, which seldom changes a box much.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from euromesh.ensemble.marginals import Array
from euromesh.params import Value
from euromesh.records import InputError
from euromesh.sensitivity.known import Known

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
        inside = (numbers >= self.low) & (numbers <= self.high)
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
    base: float  # the share of all draws where it happens


def discover(known: Known, happens: Mask) -> Scenario:
    """The box in which something happens, from what could be known of draws, and whether it does.

    Found in the first half of the draws: of the boxes on the path of `peeled` the one with the
    largest harmonic mean of coverage and density, less the limits that chance may explain.
    Coverage, density and p-values are those of the second half.
    """
    _check(known, happens)
    half = len(happens) // 2
    found, held = slice(half), slice(half, None)
    x, y = known.numbers[found], happens[found]
    box = pruned(max(peeled(x, y), key=lambda one: fit(one, x, y).balance), x, y)
    x, y = known.numbers[held], happens[held]
    limits = tuple(_limit(known, box, column, p_value(box, column, x, y)) for column in box.limited)
    return Scenario(limits, fit(box, x, y), float(happens.mean()))


def peeled(x: Array, y: Mask) -> tuple[Box, ...]:
    """The path of boxes from everything down, each peeled of 5 % of its draws at one end.

    Of all ends the one whose loss raises the density most for each draw that is lost; a value
    shared by more than 5 % goes as a whole. It stops at 2 % of the draws, or where nothing more
    is gained.
    """
    path = [Box(np.full(x.shape[1], -np.inf), np.full(x.shape[1], np.inf))]
    left, hits = np.ascontiguousarray(x.T), y
    while left.shape[1] > LEAST_SHARE * len(y):
        peel = _best_peel(left, hits)
        if peel is None:
            break
        column, kept, is_low = peel
        left, hits = left[:, kept], hits[kept]
        path.append(_narrowed(path[-1], column, left[column], is_low))
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


def _best_peel(left: Array, hits: Mask) -> tuple[int, Mask, bool] | None:
    """The column, the draws that stay, and whether the low end goes; None where nothing gains."""
    signed = ((left, True), (-left, False))
    found = [_gains(values, hits) for values, _ in signed]
    gains = np.stack([gain for gain, _ in found])
    side, column = np.unravel_index(int(np.argmax(gains)), gains.shape)
    if not gains[side, column] > 0:
        return None
    return int(column), found[side][1][column], signed[side][1]


def _gains(values: Array, hits: Mask) -> tuple[Array, Mask]:
    """What peeling the low end of each input gains (inputs x draws), and the draws that stay."""
    n = values.shape[1]
    place = max(1, int(ALPHA * n))
    cut = np.partition(values, place, axis=1)[:, place, np.newaxis]
    kept = np.where(values.min(axis=1, keepdims=True) < cut, values >= cut, values > cut)
    size = kept.sum(axis=1)
    density = np.divide(
        kept @ hits.astype(np.float64), size, out=np.zeros(len(size)), where=size > 0
    )
    return (density - hits.mean()) / np.maximum(1, n - size), kept


def _narrowed(box: Box, column: int, values: Array, is_low: bool) -> Box:
    """The box around the draws that stay, at the end that was peeled."""
    end = replace(box, low=box.low.copy(), high=box.high.copy())
    if is_low:
        end.low[column] = values.min()
    else:
        end.high[column] = values.max()
    return end


def _limit(known: Known, box: Box, column: int, chance: float) -> Limit:
    shown = known.shown[column]
    low, high = (
        shown(float(end[column])) if np.isfinite(end[column]) else None
        for end in (box.low, box.high)
    )
    return Limit(known.names[column], low, high, chance)


def _check(known: Known, happens: Mask) -> None:
    if happens.shape != (len(known.numbers),):
        raise InputError(
            f"happens must be a verdict a draw, {len(known.numbers)}, got shape {happens.shape}"
        )
    if happens.all() or not happens.any():
        raise InputError(f"happens must vary, got {bool(happens.all())} in every draw")
