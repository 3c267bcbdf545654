"""The points at which a model is asked: quasi-random, without the bad pairs of long sequences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from euromesh.ensemble import sobol
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.points import check_power_of_two
from euromesh.records import InputError

Model: TypeAlias = Callable[[Array], Array]  # points (n x d) to outcomes (s x n)
LEAST: Final = 1024  # points
SAMPLE: Final = 16_384  # draws of the scenario and the value of information


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """n points: a scrambled Sobol sequence in the leading columns, a Latin hypercube in the rest.

    Pairs of later columns of a short Sobol sequence follow each other, scrambled or not, and an
    input would be credited with what its pair does. So the values of each later column stand in
    an order of its own: Latin supercube sampling, Owen (1998), ACM Transactions on Modeling and
    Computer Simulation 8(1), doi 10.1145/272991.273010.
    """

    dimensions: int
    leading: int  # columns of the important inputs, the first ones
    n: int  # a power of two of at least 1024
    seed: int

    def __post_init__(self) -> None:
        check_power_of_two("n", self.n, least=LEAST)
        if not 0 <= self.leading <= self.dimensions:
            limit = self.dimensions
            raise InputError(f"leading must be in [0, {limit}], got {self.leading}")


def points(design: Design) -> Array:
    """The points, n x dimensions, in (0, 1): what a sample is drawn at."""
    return _points(design, 1)


def base_points(design: Design) -> tuple[Array, Array]:
    """Two independent sets of points, n x dimensions each: halves of one of twice the dimension.

    The two columns of an input stand beside each other.
    """
    both = _points(design, 2)
    return both[:, ::2], both[:, 1::2]


def _points(design: Design, times: int) -> Array:
    """Points with some columns an input."""
    seed = np.random.SeedSequence(design.seed)
    found = sobol(range(times * design.dimensions), design.n, design.seed)
    later = found[:, times * design.leading :]
    (one,) = seed.spawn(1)
    later[:] = np.random.default_rng(one).permuted(later, axis=0)
    return found
