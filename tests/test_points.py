"""Sobol points: scipy's own before the scramble, balanced after it, each column on its own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import qmc

from euromesh import params
from euromesh.ensemble import points, sobol
from euromesh.ensemble.points import BITS, sobol_chunks
from euromesh.records import InputError

NAMES = params.library().coordinates
N, SEED = 1024, 5


def test_the_directions_are_those_of_scipy() -> None:
    plain = np.zeros((1, len(NAMES)), dtype=np.uint32)
    for direction in points._directions(len(NAMES), 10):
        plain = np.concatenate([plain, plain ^ direction])
    k = np.arange(N)
    theirs = qmc.Sobol(len(NAMES), scramble=False, bits=BITS).random(N)
    assert np.array_equal(plain[k ^ k >> 1] / 2**BITS, theirs)  # scipy takes them in Gray's order


@pytest.mark.parametrize("n", [2, 64, N])
def test_every_interval_holds_one_point_of_every_coordinate(n: int) -> None:
    found = sobol(NAMES, n, SEED)
    assert (np.sort(np.floor(found * n), axis=0) == np.arange(n)[:, np.newaxis]).all()
    assert ((found > 0) & (found < 1)).all()


def test_every_box_of_the_first_two_coordinates_holds_one_point() -> None:
    """Long, wide or square: the (0, 10, 2)-net that two Sobol coordinates are."""
    found = sobol(NAMES, N, SEED)[:, :2]
    for k in range(11):
        boxes = np.floor(found * [2**k, N >> k])
        assert len(np.unique(boxes, axis=0)) == N


def test_a_column_depends_on_its_place_its_name_and_the_seed_alone() -> None:
    found = sobol(["a", "b", "c"], 64, SEED, 1)
    assert np.array_equal(sobol(["x", "b", "y", "z"], 64, SEED, 1)[:, 1], found[:, 1])
    others = sobol(["b", "a", "c"], 64, SEED, 1), sobol(["a", "b", "c"], 64, SEED, 2)
    assert not any(np.isclose(other, found).all(axis=0)[:2].any() for other in others)


@pytest.mark.parametrize("chunk", [2, 32, 64, 128])
def test_the_chunk_changes_no_bit_and_a_longer_sequence_begins_with_a_shorter(chunk: int) -> None:
    whole = sobol(NAMES, 64, SEED)
    assert np.array_equal(np.concatenate(list(sobol_chunks(NAMES, 64, chunk, SEED))), whole)
    assert np.array_equal(sobol(NAMES, 128, SEED)[:64], whole)


def test_scrambles_are_independent() -> None:
    """The first point is the shift alone: uniform over seeds and names."""
    first = np.concatenate([sobol(NAMES, 2, SEED, block)[0] for block in range(64)])
    counts = np.histogram(first, bins=32, range=(0, 1))[0]
    expected = len(first) / 32
    assert ((counts - expected) ** 2 / expected).sum() < 61  # chi-squared, 31 degrees: 1 in 1,000


@pytest.mark.parametrize(("n", "use"), [(0, 2), (1, 2), (3, 4)])
def test_a_number_that_is_no_power_of_two_is_refused(n: int, use: int) -> None:
    with pytest.raises(InputError, match=f"n must be a power of two of at least 2, got {n}; use"):
        sobol(NAMES, n, SEED)
