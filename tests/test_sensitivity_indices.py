"""Sobol indices: points, estimators against analytic values and scipy's, ranks and intervals."""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from euromesh import ensemble, sensitivity
from euromesh.records import InputError, Params
from tests import bench

Array = NDArray[np.float64]
SEED = 20270101


def design(dimensions: int, n: int, seed: int = SEED, leading: int = 0) -> sensitivity.Design:
    return sensitivity.Design(dimensions=dimensions, leading=leading, n=n, seed=seed)


def ishigami(points: Array) -> Array:
    found: Array = bench.ishigami(math.tau * points[:, :3] - math.pi)[np.newaxis]
    return found


X, Y, *_, XZ = bench.ISHIGAMI  # of the variance: X alone, Y alone, X and Z together beyond X


def values(found: Mapping[str, sensitivity.Estimate]) -> list[float]:
    return [one.value for one in found.values()]


def table(n: int, d: int, s: int = 1) -> sensitivity.Evaluations:
    """Outcomes that mean nothing, of d sets."""
    rng = np.random.default_rng(SEED)
    shapes = ((s, n), (s, n), (d, s, n))
    return sensitivity.Evaluations(tuple(map(str, range(d))), *(rng.normal(size=k) for k in shapes))


def test_no_two_inputs_follow_each_other_as_two_columns_of_one_sequence_do() -> None:
    d, n = ensemble.n_coordinates(), 1024
    single = ensemble.sobol(range(d), n, SEED)
    dealt = sensitivity.points(design(d, n, leading=6))
    worst = [np.abs(np.corrcoef(p.T) - np.eye(d)).max() for p in (single, dealt)]
    assert np.array_equal(dealt, sensitivity.points(design(d, n, leading=6)))
    assert not np.array_equal(dealt, sensitivity.points(design(d, n, SEED + 1, leading=6)))
    assert worst[0] > 0.3
    assert worst[1] < 0.17  # the largest of 26,565 correlations of independent columns: 0.13


def test_a_and_b_are_independent_and_the_leading_columns_in_order() -> None:
    a, b = sensitivity.base_points(design(5, 1024, leading=2))
    assert np.abs(np.corrcoef(a.T, b.T) - np.eye(10)).max() < 0.12
    sequence = ensemble.sobol(range(40), 1024, SEED)
    found = sensitivity.points(design(40, 1024, leading=3))
    assert np.array_equal(found[:, :3], sequence[:, :3])
    assert not (found[:, 3:] == sequence[:, 3:]).all(axis=0).any()
    assert np.array_equal(np.sort(found, axis=0), np.sort(sequence, axis=0))


@pytest.mark.parametrize(
    ("n", "leading", "message"),
    [
        (512, 0, "n must be a power of two of at least 1024, got 512; use 1024"),
        (1025, 0, "n must be a power of two of at least 1024, got 1025; use 2048"),
        (1024, 4, r"leading must be in \[0, 3\], got 4"),
    ],
)
def test_a_design_that_cannot_be_drawn_is_refused(n: int, leading: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        design(3, n, leading=leading)


def test_the_indices_of_ishigami_are_the_analytic_ones() -> None:
    """And those of a second outcome, X itself."""
    sets = {"x": [0], "y": [1], "z": [2], "xz": [0, 2], "all": [0, 1, 2]}

    def both(points: Array) -> Array:
        return np.vstack([ishigami(points), points[:, 0]])

    found = sensitivity.evaluate(both, sets, design(3, 2**14, leading=3))
    one, other = sensitivity.indices(found, SEED)
    assert values(one.first) == pytest.approx([X, Y, 0, X + XZ, 1], abs=0.01)
    assert values(one.total) == pytest.approx([X + XZ, Y, XZ, X + XZ, 1], abs=0.01)
    for order in (other.first, other.total):
        assert values(order) == pytest.approx([1, 0, 0, 1, 1], abs=0.01)


def test_estimates_and_their_intervals_are_those_of_scipy() -> None:
    """Of scipy's intervals, which have no seed, the mean width is compared and every middle."""
    found = table(1024, 3, s=2)
    func = {"f_A": found.f_a, "f_B": found.f_b, "f_AB": found.f_ab}
    theirs, ours = stats.sobol_indices(func=func, n=1024), sensitivity.indices(found, SEED)
    assert ours == sensitivity.indices(found, SEED) != sensitivity.indices(found, SEED + 1)
    drawn = theirs.bootstrap(n_resamples=2000)
    for of, order, resampled in (
        ("first", theirs.first_order, drawn.first_order),
        ("total", theirs.total_order, drawn.total_order),
    ):
        one = [[*getattr(outcome, of).values()] for outcome in ours]
        assert np.array([[e.value for e in row] for row in one]) == pytest.approx(order, rel=1e-9)
        ends = np.array([[(e.low, e.high) for e in row] for row in one])
        expected = np.percentile(resampled.bootstrap_distribution, [2.5, 97.5], axis=-1)
        widths = np.diff(ends)[..., 0] / np.diff(expected, axis=0)[0]
        assert widths.mean() == pytest.approx(1, abs=0.1)
        assert ends.mean(axis=-1) == pytest.approx(expected.mean(axis=0), abs=0.02)


def test_a_resample_without_variance_has_indices_of_zero() -> None:
    rare = np.eye(1, 1024)  # one point differs from all others, and more than a third lack it
    found = replace(table(1024, 1), f_a=rare, f_b=rare, f_ab=rare[np.newaxis])
    (one,) = sensitivity.indices(found, SEED)
    assert (one.first["0"].low, one.total["0"].low) == (0, 0)


def test_ranks_are_places_in_the_pool_of_a_and_b_and_ties_share_one() -> None:
    a, b = np.array([[1.0, math.inf]]), np.array([[3.0, math.inf]])
    swapped = np.array([[[3.0, 2.0]], [[0.0, math.inf]]])
    found = sensitivity.ranked(sensitivity.Evaluations(("x", "y"), a, b, swapped))
    assert found.f_a.tolist() == [[0.125, 0.75]]
    assert found.f_b.tolist() == [[0.375, 0.75]]
    assert found.f_ab.tolist() == [[[0.375, 0.25]], [[0.0, 0.75]]]


def test_outcomes_that_cannot_be_shared_are_refused() -> None:
    found = table(1024, 2)
    endless, undefined = found.f_a.copy(), found.f_a.copy()
    endless[0, 0], undefined[0, 0] = math.inf, math.nan
    with pytest.raises(InputError, match="must be finite.*take ranked outcomes"):
        sensitivity.indices(replace(found, f_a=endless), SEED)
    with pytest.raises(InputError, match="got nan; use infinity for never"):
        sensitivity.ranked(replace(found, f_b=undefined))
    same = np.full((1, 1024), 3.0)
    with pytest.raises(InputError, match="outcome 0 must vary, got 3 at every point"):
        sensitivity.indices(replace(found, f_a=same, f_b=same), SEED)


def test_the_groups_of_the_race_are_all_its_inputs_once(central: Params) -> None:
    found = sensitivity.groups(central)
    columns = [column for group in found.values() for column in group]
    assert sorted(columns) == [one.column for one in ensemble.inputs(central)]
    assert set(found) <= set(ensemble.GROUPS.values())
    whole = sensitivity.design(1024, SEED)
    assert whole.dimensions == ensemble.n_coordinates()
    leading = {one.name for one in ensemble.inputs(central)[: whole.leading]}
    assert leading >= {"owned.share", "owned.granted", "grid.common_delay"}


def test_the_outcomes_of_the_race_are_its_finishes_and_verdicts_and_a_tie_is_no_win(
    central: Params,
) -> None:
    race = sensitivity.RaceModel(central, "llama_405b")
    points = sensitivity.points(sensitivity.design(1024, SEED))[::16]
    finishes = ensemble.outcomes(central, ["llama_405b"], points).finish_years[0]
    found = race.outcomes(points)
    assert np.array_equal(found[:2], finishes[[0, 2]])
    assert found[2].tolist() == [float(f[0] < f[2]) for f in finishes.T]
    assert found[3].tolist() == [float(f[0] < f[1:].min()) for f in finishes.T]
    assert np.array_equal(race.verdicts(points), found[2:])
    assert 0 < found[3].sum() < found[2].sum() < len(points)
    ties = np.full((7, 3), math.inf)  # never against never is none
    ties[[0, 2], 0], ties[0, 1] = 2.0, 2.0
    assert sensitivity.outcomes_of(ties)[2:].tolist() == [[0, 1, 0], [0, 1, 0]]
