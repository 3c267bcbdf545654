"""Sobol indices of groups of inputs and of single ones, with bootstrap intervals.

First order: the share of an outcome's variance that a set of inputs explains alone. Total order:
the share that is left once all others are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy import stats

from euromesh.ensemble.marginals import Array
from euromesh.records import InputError
from euromesh.sensitivity.points import Design, Model, base_points

RESAMPLES: Final = 1000
LEVEL: Final = 0.95  # of an interval
CHUNK: Final = 250  # resamples at a time


@dataclass(frozen=True, slots=True, eq=False)
class Evaluations:
    """Outcomes at the base points A and B, and at A with the columns of each set from B."""

    names: tuple[str, ...]  # of the d sets
    f_a: Array  # outcomes x n
    f_b: Array  # outcomes x n
    f_ab: Array  # d x outcomes x n


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and the ends of its interval at `LEVEL`."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Indices:
    """Sobol indices of one outcome, by the name of the set of inputs."""

    first: Mapping[str, Estimate]
    total: Mapping[str, Estimate]

    def top(self, k: int) -> tuple[str, ...]:
        """The names of the k sets with the largest total order, the largest first."""
        return tuple(sorted(self.total, key=lambda name: -self.total[name].value)[:k])


def evaluate(model: Model, sets: Mapping[str, Sequence[int]], design: Design) -> Evaluations:
    """The outcomes that the indices of some sets of columns need: n (d + 2) evaluations."""
    a, b = base_points(design)
    swapped = [model(_swapped(a, b, columns)) for columns in sets.values()]
    return Evaluations(tuple(sets), model(a), model(b), np.asarray(swapped))


def ranked(found: Evaluations) -> Evaluations:
    """The same with every outcome replaced by its rank: its place among those at A and B.

    h(y) = (#{< y} + #{<= y}) / 2 of the 2n pooled ones, so that "never", infinite, has a place
    and ties share one. An outcome of two values keeps its indices, and those of a set do not
    depend on which other sets are asked for. An outcome that is no number is an `InputError`.
    """
    if any(np.isnan(f).any() for f in (found.f_a, found.f_b, found.f_ab)):
        raise InputError("outcomes must be numbers, got nan; use infinity for never")
    pools = np.sort(np.concatenate([found.f_a, found.f_b], axis=1), axis=1)
    a, b = _ranks(found.f_a, pools), _ranks(found.f_b, pools)
    return replace(found, f_a=a, f_b=b, f_ab=np.asarray([_ranks(f, pools) for f in found.f_ab]))


def indices(found: Evaluations, seed: int) -> tuple[Indices, ...]:
    """First and total order of every set, one `Indices` an outcome.

    S_i = mean(f_B (f_ABi - f_A)) / V and T_i = mean((f_A - f_ABi)^2) / 2V: Saltelli et al. 2010,
    Computer Physics Communications 181, doi 10.1016/j.cpc.2009.09.018, Table 2 (b) and (f), by
    `scipy.stats.sobol_indices`. An estimate near 0 may be negative.

    The intervals are percentiles of `RESAMPLES` bootstrap resamples of the n points. They take
    quasi-random points for independent ones, so they are rather wide where the balance helps.
    An outcome that is infinite, or the same at all points, is an `InputError`.
    """
    _check(found)
    n = found.f_a.shape[1]
    twice = np.concatenate([found.f_ab, found.f_ab[:1]])  # scipy fails at one set and one outcome
    whole = stats.sobol_indices(func={"f_A": found.f_a, "f_B": found.f_b, "f_AB": twice}, n=n)
    shape = (len(found.f_a), len(twice))
    orders = (whole.first_order, whole.total_order)
    values = np.stack([order.reshape(shape)[:, :-1] for order in orders])
    seeds = np.random.SeedSequence(seed).spawn(len(found.f_a))
    return tuple(
        _indices(found.names, values[:, k], resampled(found, k, RESAMPLES, seed))
        for k, seed in enumerate(seeds)
    )


def resampled(found: Evaluations, k: int, n_resamples: int, seed: np.random.SeedSequence) -> Array:
    """Bootstrap resamples of the indices of outcome k: 2 (first, total) x resamples x sets.

    Every index is a ratio of means over the points, so a resample is a product of its counts
    with the terms of the points.
    """
    terms = _terms(found, k)
    rng = np.random.default_rng(seed)
    chunks = [min(CHUNK, n_resamples - start) for start in range(0, n_resamples, CHUNK)]
    means = np.concatenate([_counts(rng, size, len(terms)) @ terms for size in chunks])
    return _from_means(means / len(terms))


def _indices(names: Sequence[str], values: Array, resamples: Array) -> Indices:
    tails = (50 * (1 - LEVEL), 50 * (1 + LEVEL))
    low, high = np.percentile(resamples, tails, axis=1)
    first, total = (
        {name: Estimate(*map(float, one)) for name, *one in zip(names, *rows, strict=True)}
        for rows in zip(values, low, high, strict=True)
    )
    return Indices(first, total)


def _terms(found: Evaluations, k: int) -> Array:
    """What the indices average over the points: n x (2d + 2), outcomes less their mean.

    For every set f_B (f_AB - f_A), then (f_A - f_AB)^2 / 2; then f_A + f_B and f_A^2 + f_B^2.
    """
    centre = (found.f_a[k].mean() + found.f_b[k].mean()) / 2
    a, b, ab = found.f_a[k] - centre, found.f_b[k] - centre, found.f_ab[:, k] - centre
    return np.column_stack([(b * (ab - a)).T, ((a - ab) ** 2).T / 2, a + b, a**2 + b**2])


def _from_means(means: Array) -> Array:
    """The indices from the means of the terms; 0 where a resample has no variance, as in scipy."""
    variance = (means[:, -1] / 2 - (means[:, -2] / 2) ** 2)[:, np.newaxis]
    first, total = np.split(means[:, :-2], 2, axis=1)
    safe = np.where(variance > 0, variance, np.inf)
    return np.stack([first / safe, total / safe])


def _counts(rng: np.random.Generator, size: int, n: int) -> Array:
    """How often each of n points is drawn in each of some resamples: size x n."""
    drawn = rng.integers(n, size=(size, n)) + n * np.arange(size)[:, np.newaxis]
    counts = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
    return counts.astype(np.float64)


def _swapped(a: Array, b: Array, columns: Sequence[int]) -> Array:
    """A with some columns from B."""
    mixed = a.copy()
    mixed[:, columns] = b[:, columns]
    return mixed


def _ranks(outcomes: Array, pools: Array) -> Array:
    """The places of outcomes (s x n) in sorted pools (s x 2n), from 0 to 1."""
    return np.asarray([_midranks(y, pool) for y, pool in zip(outcomes, pools, strict=True)])


def _midranks(y: Array, pool: Array) -> Array:
    below, upto = (np.searchsorted(pool, y, side) for side in ("left", "right"))
    return (below + upto) / (2 * len(pool))


def _check(found: Evaluations) -> None:
    values = np.concatenate([found.f_a, found.f_b], axis=1)
    if not (np.isfinite(values).all() and np.isfinite(found.f_ab).all()):
        raise InputError("outcomes must be finite, got nan or infinity; take ranked outcomes")
    for k, row in enumerate(values):
        if row.min() == row.max():
            raise InputError(f"outcome {k} must vary, got {row[0]:g} at every point")
