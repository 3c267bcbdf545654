"""Sobol indices of groups of inputs and of single ones, with bootstrap intervals.

First order: the share of an outcome's variance that a set of inputs explains alone. Total order:
the share that is left once all others are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from euromesh.ensemble.marginals import Array
from euromesh.records import InputError
from euromesh.sensitivity.points import Design, Model, base_points

RESAMPLES: Final = 1000
AT_ONCE: Final = 250  # of them, which a processor keeps at hand
ENDS: Final = (2.5, 97.5)  # of an interval, per cent


@dataclass(frozen=True, slots=True, eq=False)
class Evaluations:
    """Outcomes at the base points A and B, and at A with the columns of each set from B."""

    names: tuple[str, ...]  # of the d sets
    f_a: Array  # outcomes x n
    f_b: Array  # outcomes x n
    f_ab: Array  # d x outcomes x n


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and the ends of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Indices:
    """Sobol indices of one outcome, by the name of the set of inputs."""

    first: Mapping[str, Estimate]
    total: Mapping[str, Estimate]


def evaluate(model: Model, sets: Mapping[str, Sequence[int]], design: Design) -> Evaluations:
    """The outcomes that the indices of some sets of columns need: n (d + 2) evaluations."""
    a, b = base_points(design)
    columns = np.arange(design.dimensions)
    swapped = [model(np.where(np.isin(columns, moved), b, a)) for moved in sets.values()]
    return Evaluations(tuple(sets), model(a), model(b), np.asarray(swapped))


def ranked(found: Evaluations) -> Evaluations:
    """The same with every outcome replaced by its rank: its place among those at A and B.

    h(y) = (#{< y} + #{<= y}) / 2 of the 2n pooled ones, so that "never", infinite, has a place
    and ties share one. An outcome of two values keeps its indices, and those of a set do not
    depend on which other sets are asked for. An outcome that is no number is an `InputError`.
    """
    if any(np.isnan(f).any() for f in (found.f_a, found.f_b, found.f_ab)):
        raise InputError("outcomes must be numbers, got nan; use infinity for never")
    a, b, ab = (np.array(f, dtype=np.float64) for f in (found.f_a, found.f_b, found.f_ab))
    for k, pool in enumerate(np.sort(np.concatenate([a, b], axis=1), axis=1)):
        for y in (a[k], b[k], ab[:, k]):
            y[:] = (np.searchsorted(pool, y) + np.searchsorted(pool, y, "right")) / (2 * len(pool))
    return replace(found, f_a=a, f_b=b, f_ab=ab)


def indices(found: Evaluations, seed: int) -> tuple[Indices, ...]:
    """First and total order of every set, one `Indices` an outcome.

    S_i = mean(f_B (f_ABi - f_A)) / V and T_i = mean((f_A - f_ABi)^2) / 2V: Saltelli et al. 2010,
    Computer Physics Communications 181, doi 10.1016/j.cpc.2009.09.018, Table 2 (b) and (f), as in
    `scipy.stats.sobol_indices`, whose own intervals have no seed. An estimate near 0 may be
    negative.

    The intervals are percentiles of `RESAMPLES` bootstrap resamples of the n points. They take
    quasi-random points for independent ones, so they are rather wide where the balance helps.
    An outcome that is infinite, or the same at all points, is an `InputError`.
    """
    _check(found)
    made = []
    seeds = np.random.SeedSequence(seed).spawn(len(found.f_a))
    for a, b, ab, own in zip(found.f_a, found.f_b, found.f_ab.swapaxes(0, 1), seeds, strict=True):
        centre = (a.mean() + b.mean()) / 2
        a, b, ab = a - centre, b - centre, ab - centre
        terms = np.vstack([b * (ab - a), (a - ab) ** 2 / 2, a + b, a**2 + b**2])
        counts = _counts(np.random.default_rng(own), len(a))
        made.append(_indices(found.names, counts @ terms.T / len(a)))
    return tuple(made)


def _indices(names: Sequence[str], means: Array) -> Indices:
    """The indices from the means of the terms, of all points in the first row, then of resamples.

    0 where a resample has no variance.
    """
    variance = (means[:, -1] / 2 - (means[:, -2] / 2) ** 2)[:, np.newaxis]
    orders = means[:, :-2] / np.where(variance > 0, variance, np.inf)
    ends = zip(orders[0], *np.percentile(orders[1:], ENDS, axis=0), strict=True)
    found = [Estimate(*map(float, one)) for one in ends]
    d = len(names)
    return Indices(*(dict(zip(names, some, strict=True)) for some in (found[:d], found[d:])))


def _counts(rng: np.random.Generator, n: int) -> Array:
    """How often each of n points is drawn: once in the first row, then resample by resample."""
    counts = np.ones((1 + RESAMPLES, n))
    for some in np.split(counts[1:], RESAMPLES // AT_ONCE):
        drawn = rng.integers(n, size=some.shape) + n * np.arange(AT_ONCE)[:, np.newaxis]
        some[:] = np.bincount(drawn.ravel(), minlength=some.size).reshape(some.shape)
    return counts


def _check(found: Evaluations) -> None:
    values = np.concatenate([found.f_a, found.f_b], axis=1)
    if not (np.isfinite(values).all() and np.isfinite(found.f_ab).all()):
        raise InputError("outcomes must be finite, got nan or infinity; take ranked outcomes")
    for k, row in enumerate(values):
        if row.min() == row.max():
            raise InputError(f"outcome {k} must vary, got {row[0]:g} at every point")
