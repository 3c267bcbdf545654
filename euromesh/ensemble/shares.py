"""How much of an outcome's variance a group of inputs explains alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import rankdata

from euromesh.ensemble.draws import check_power_of_two, draws_at, sobol
from euromesh.ensemble.inputs import FIRST, GROUPS, inputs, n_coordinates
from euromesh.ensemble.marginals import Array
from euromesh.params.values import nearest
from euromesh.records import InputError, Params

Outcome = Callable[[Params], float]  # infinite where something never happens
SCRAMBLINGS: Final = 8


@dataclass(frozen=True, slots=True)
class Share:
    """A first-order Sobol index and its standard error."""

    value: float
    se: float


def first_order_share(outcome: Outcome, params: Params, group: str, n: int, seed: int) -> Share:
    """First-order Sobol index of a group of inputs, by name: see `share_of`."""
    if group not in GROUPS.values():
        known = nearest(group, GROUPS.values())
        raise InputError(f"unknown group {group!r}{known}")
    members = [key for one in inputs(params) if one.group == group for key in one.known_as]
    return share_of(outcome, params, members, n, seed)


def share_of(outcome: Outcome, params: Params, ids: Collection[str], n: int, seed: int) -> Share:
    """First-order Sobol index of the inputs that hold these ids, by pick-freeze on ranks.

    Y is the outcome at a point A of all inputs, Y' at a second point B whose columns of the
    group are A's; A and B are the halves of one Sobol sequence of twice the dimension. The
    outcomes are replaced by their ranks among all 2n (ties: the average), so "never" has a
    place. 2n evaluations, from 8 independent scramblings of n/8 points.

    The standard error is the jackknife over the scramblings, which are independent of each
    other whatever the balance inside each. A bootstrap of the n pairs would take quasi-random
    points for independent ones: it quotes twice the error where the balance helps, and far too
    little where two columns are badly balanced against each other. With 8 blocks the error is
    itself uncertain: (value - truth) / se is about Student's t of 7 degrees of freedom.
    """
    check_power_of_two("n", n, least=2 * SCRAMBLINGS)
    frozen = _columns(params, ids)
    seeds = np.random.SeedSequence(seed).spawn(SCRAMBLINGS)
    pairs = [_pairs(outcome, params, frozen, n // SCRAMBLINGS, one) for one in seeds]
    first, second = np.moveaxis(_ranks(np.asarray(pairs)), 1, 0)
    left_out = [
        _index(*(np.delete(y, k, axis=0) for y in (first, second))) for k in range(SCRAMBLINGS)
    ]
    return Share(_index(first, second), _jackknife_error(left_out))


def _columns(params: Params, ids: Collection[str]) -> list[int]:
    """The columns of the inputs that hold the ids, or of those without ids by name."""
    known = {key: one.column for one in inputs(params) for key in one.known_as}
    unknown = [key for key in ids if key not in known]
    if unknown:
        key = unknown[0]
        raise InputError(f"{key} is not an input of these parameters{nearest(key, known)}")
    return sorted({known[key] for key in ids})


def _pairs(
    outcome: Outcome, params: Params, frozen: list[int], n: int, seed: np.random.SeedSequence
) -> Array:
    """Y and Y' at n points: two rows."""
    first, second = _halves(sobol(2 * n_coordinates(), n, seed), seed)
    second[:, frozen] = first[:, frozen]
    rows = [[outcome(drawn) for drawn in draws_at(params, points)] for points in (first, second)]
    return np.asarray(rows, dtype=np.float64)


def _halves(points: Array, seed: np.random.SeedSequence) -> tuple[Array, Array]:
    """The points A and B: the important inputs take the first columns, the rest is dealt out.

    A few pairs of later columns are strongly correlated in short Sobol sequences, scrambled or
    not. Dealt anew in every scrambling, no such pair stays with the same two inputs.
    """
    kept = 2 * len(FIRST)
    (one,) = seed.spawn(1)
    rest = kept + np.random.default_rng(one).permutation(points.shape[1] - kept)
    dealt = points[:, np.concatenate([np.arange(kept), rest])]
    return dealt[:, ::2], dealt[:, 1::2]


def _ranks(outcomes: Array) -> Array:
    """Ranks over the pooled sample, average ranks for ties; shape kept."""
    if np.isnan(outcomes).any():
        raise InputError("outcome must be a number in every draw, got nan; use infinity for never")
    if outcomes.min() == outcomes.max():
        raise InputError(f"outcome must vary, got {outcomes.flat[0]:g} in every draw")
    ranks: Array = rankdata(outcomes).reshape(outcomes.shape)
    return ranks


def _index(y: Array, again: Array) -> float:
    """S = (mean(Y Y') - m^2) / (mean((Y^2 + Y'^2) / 2) - m^2), m = mean((Y + Y') / 2).

    Janon et al. (2014), ESAIM: Probability and Statistics 18, doi 10.1051/ps/2013040.
    """
    mean_squared = ((y + again) / 2).mean() ** 2
    shared = (y * again).mean() - mean_squared
    return float(shared / (((y**2 + again**2) / 2).mean() - mean_squared))


def _jackknife_error(left_out: list[float]) -> float:
    """sqrt((G - 1) / G sum (S_k - mean S)^2) = sqrt((G - 1) var S_k), S_k without block k of G."""
    return math.sqrt((len(left_out) - 1) * float(np.var(left_out)))
