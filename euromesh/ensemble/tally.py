"""What a block of draws adds to a run: whole numbers only, so that sums have one value.

A block is one independently scrambled Sobol sequence; its seed follows from the run's seed and
its own index. Blocks may be made in any order, anywhere, and their tallies added in any order.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from euromesh import routes
from euromesh import units as u
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.outcomes import Outcomes, outcomes_of_parts
from euromesh.ensemble.points import check_power_of_two, sobol_chunks
from euromesh.params import library
from euromesh.records import InputError, Params
from euromesh.routes import ROUTES

Whole = NDArray[np.int64]
ONE: Final = 2**32  # a probability of one, in the units in which probabilities are added
BEFORE_DAYS: Final = 1461  # the first bin lies so many days before the decision date
CHUNK: Final = 2048  # points made at a time: more take more memory, in every thread


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run draws: everything its result depends on."""

    params: Params
    targets: tuple[str, ...]
    n_blocks: int
    n_points: int  # of every block, a power of two
    seed: int

    def __post_init__(self) -> None:
        check_power_of_two("points", self.n_points, least=2)
        if self.n_blocks < 1:
            raise InputError(f"blocks must be at least 1, got {self.n_blocks}")
        unknown = [name for name in self.targets if name not in self.params.targets]
        if unknown or not self.targets:
            known = ", ".join(self.params.targets)
            raise InputError(f"targets must be some of {known}, got {self.targets}")

    @property
    def n_draws(self) -> int:
        """Draws of the whole run."""
        return self.n_blocks * self.n_points

    @property
    def n_bins(self) -> int:
        """Days from the first bin to the horizon; the last bin holds what never finishes."""
        return BEFORE_DAYS + int(routes.horizon_years(self.params) * u.DAYS_PER_YEAR) + 2


class BlockSums(NamedTuple):
    """Sums over the draws of each block, in units of 1 / `ONE`."""

    before: Whole  # blocks x targets x routes x routes: P(the first finishes before the second)
    first: Whole  # blocks x targets x routes: P(a route finishes before every other)


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """What some blocks add up to."""

    blocks: Whole  # their indices, in order
    days: Whole  # targets x routes x bins: P(a route finishes on a day), in units of 1 / `ONE`
    sums: BlockSums

    def __add__(self, other: Tally) -> Tally:
        blocks = np.concatenate([self.blocks, other.blocks])
        twice = sorted(set(self.blocks.tolist()) & set(other.blocks.tolist()))
        if twice:
            raise InputError(f"blocks {twice} are there twice")
        order = np.argsort(blocks)
        pairs = zip(self.sums, other.sums, strict=True)
        sums = BlockSums(*(np.concatenate(pair)[order] for pair in pairs))
        return Tally(blocks[order], self.days + other.days, sums)

    def digest(self) -> str:
        """SHA-256 of every number."""
        made = hashlib.sha256()
        for array in (self.blocks, self.days, *self.sums):
            made.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
        return made.hexdigest()


def tally_block(plan: Plan, index: int) -> Tally:
    """The tally of one block."""
    shape = (len(plan.targets), len(ROUTES))
    days = np.zeros((*shape, plan.n_bins), dtype=np.int64)
    sums = BlockSums(*(np.zeros((1, *s), dtype=np.int64) for s in ((*shape, len(ROUTES)), shape)))
    for found in outcomes_of_parts(plan.params, plan.targets, points_of(plan, index)):
        days += _days(plan, found)
        for total, more in zip(sums, wins(found), strict=True):
            total += more
    return Tally(np.array([index]), days, sums)


def tally(plan: Plan, blocks: Iterable[int]) -> Tally:
    """The tally of some blocks, one after the other."""
    return reduce(Tally.__add__, (tally_block(plan, index) for index in blocks))


def points_of(plan: Plan, index: int) -> Iterator[Array]:
    """The points of a block, some at a time."""
    return sobol_chunks(library().coordinates, plan.n_points, CHUNK, plan.seed, index)


def _days(plan: Plan, found: Outcomes) -> Whole:
    """Sums by target, route and day of the finish; the last bin takes what never comes."""
    *shape, n_draws = found.years.shape
    last, rows = plan.n_bins - 1, math.prod(shape)
    day = np.floor(found.years * u.DAYS_PER_YEAR + 1e-6) + BEFORE_DAYS
    bins = day.clip(0, last - 1).astype(np.int64).reshape(rows, n_draws)
    bins += plan.n_bins * np.arange(rows)[:, np.newaxis]
    built = np.where(np.isfinite(found.years), np.rint(found.chance * ONE), 0.0)
    days = np.bincount(bins.ravel(), built.ravel(), minlength=rows * plan.n_bins)
    days = days.reshape(*shape, plan.n_bins)
    days[..., last] = n_draws * ONE - days.sum(axis=-1)
    return days.astype(np.int64)  # exact: whole numbers below 2^53, those of 2^21 draws


def wins(found: Outcomes) -> tuple[Whole, Whole]:
    """Summed over the draws, whether a route is built left to its probability in that draw.

    P(a before b) = p_a (1 - p_b [t_b <= t_a]), and P(a first) takes that product over all b.
    """
    years, chance = found.years, found.chance
    shape = years.shape[:2]
    before = np.zeros((*shape, len(ROUTES)), dtype=np.int64)
    first = np.zeros(shape, dtype=np.int64)
    for a in range(len(ROUTES)):
        alone = chance[a] * np.isfinite(years[:, a])
        kept = 1 - chance * (years <= years[:, [a]])
        kept[:, a] = 1  # a route does not stand in its own way
        before[:, a] = _whole(alone[:, np.newaxis] * kept)
        before[:, a, a] = 0
        every = reduce(np.multiply, np.moveaxis(kept, 1, 0), alone)  # one b after the other
        first[:, a] = _whole(every)
    return before, first


def _whole(probability: Array) -> Whole:
    """The sum over draws, every draw rounded to the unit, so the sum has one value."""
    units: Whole = np.rint(probability * ONE).sum(axis=-1).astype(np.int64)
    return units
