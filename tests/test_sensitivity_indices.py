"""Sobol indices: points, estimators against analytic values and scipy's, ranks and intervals."""

import importlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from euromesh import ensemble, sensitivity
from euromesh.ensemble.inputs import coordinates
from euromesh.records import InputError, Params

Array = NDArray[np.float64]
Model = Callable[[Array], Array]
SEED = 20270101
XYZ = {"x": [0], "y": [1], "z": [2]}
module = importlib.import_module("euromesh.sensitivity.indices")


def design(dimensions: int, n: int, seed: int = SEED, leading: int = 0) -> sensitivity.Design:
    return sensitivity.Design(dimensions=dimensions, leading=leading, n=n, seed=seed)


def ishigami(points: Array) -> Array:
    """sin X + 7 sin^2 Y + 0.1 Z^4 sin X, with X, Y, Z uniform in (-pi, pi)."""
    x, y, z = math.tau * points[:, :3].T - math.pi
    found: Array = (np.sin(x) * (1 + 0.1 * z**4) + 7 * np.sin(y) ** 2)[np.newaxis]
    return found


def ishigami_parts() -> tuple[float, float, float]:
    """Shares of the variance: of X alone, of Y alone, of X and Z together beyond X."""
    x = (1 + 0.1 * math.pi**4 / 5) ** 2 / 2
    y, xz = 49 / 8, 8 * 0.01 * math.pi**8 / 225
    return x / (x + y + xz), y / (x + y + xz), xz / (x + y + xz)


def g_function(weights: Sequence[float]) -> tuple[Model, list[float], list[float]]:
    """prod (|4u - 2| + a) / (1 + a) with its first and total indices: Saltelli et al. 2010."""
    a = np.asarray(weights)

    def model(points: Array) -> Array:
        found: Array = np.prod((np.abs(4 * points - 2) + a) / (1 + a), axis=1)[np.newaxis]
        return found

    parts = 1 / (3 * (1 + a) ** 2)
    whole = np.prod(1 + parts) - 1
    return model, list(parts / whole), list(parts * np.prod(1 + parts) / (1 + parts) / whole)


def values(found: Mapping[str, sensitivity.Estimate]) -> list[float]:
    return [one.value for one in found.values()]


def table(n: int, d: int, s: int = 1) -> sensitivity.Evaluations:
    """Outcomes that mean nothing, of d sets."""
    rng = np.random.default_rng(SEED)
    shapes = ((s, n), (s, n), (d, s, n))
    return sensitivity.Evaluations(tuple(map(str, range(d))), *(rng.normal(size=k) for k in shapes))


# --- points --------------------------------------------------------------------------------------


def test_no_two_inputs_follow_each_other_as_two_columns_of_one_sequence_do() -> None:
    d, n = ensemble.n_coordinates(), 1024
    single = ensemble.sobol(d, n, np.random.SeedSequence(SEED))
    dealt = sensitivity.points(design(d, n, leading=6))
    worst = [np.abs(np.corrcoef(p.T) - np.eye(d)).max() for p in (single, dealt)]
    assert worst[0] > 0.3
    assert worst[1] < 0.17  # the largest of 26,565 correlations of independent columns: 0.13


def test_every_column_is_balanced_and_a_and_b_are_independent() -> None:
    a, b = sensitivity.base_points(design(5, 1024, leading=2))
    for column in (*a.T, *b.T):
        assert sorted(np.floor(column * 1024)) == list(range(1024))
    assert np.abs(np.corrcoef(a.T, b.T) - np.eye(10)).max() < 0.12


def test_the_leading_columns_are_those_of_the_sequence_and_the_others_stand_in_another_order() -> (
    None
):
    sequence = ensemble.sobol(40, 1024, np.random.SeedSequence(SEED))
    found = sensitivity.points(design(40, 1024, leading=3))
    assert np.array_equal(found[:, :3], sequence[:, :3])
    for column, other in zip(found.T[3:], sequence.T[3:], strict=True):
        assert not np.array_equal(column, other)
        assert np.array_equal(np.sort(column), np.sort(other))


def test_points_depend_on_the_seed_alone() -> None:
    first, again = (sensitivity.points(design(4, 1024)) for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, sensitivity.points(design(4, 1024, seed=SEED + 1)))


@pytest.mark.parametrize(("n", "use"), [(0, 1024), (512, 1024), (1000, 1024), (1025, 2048)])
def test_a_number_of_points_that_is_no_power_of_two_or_too_small_is_refused(
    n: int, use: int
) -> None:
    message = f"n must be a power of two of at least 1024, got {n}; use {use}"
    with pytest.raises(InputError, match=message):
        design(3, n)


def test_more_leading_columns_than_there_are_is_refused() -> None:
    with pytest.raises(InputError, match=r"leading must be in \[0, 3\], got 4"):
        design(3, 1024, leading=4)


# --- estimates -----------------------------------------------------------------------------------


def test_the_indices_of_ishigami_are_the_analytic_ones() -> None:
    x, y, xz = ishigami_parts()
    sets = {**XYZ, "xz": [0, 2], "all": [0, 1, 2]}
    found = sensitivity.evaluate(ishigami, sets, design(3, 2**14, leading=3))
    (one,) = sensitivity.indices(found, SEED)
    assert values(one.first) == pytest.approx([x, y, 0, x + xz, 1], abs=0.01)
    assert values(one.total) == pytest.approx([x + xz, y, xz, x + xz, 1], abs=0.01)


def test_the_indices_of_a_product_are_the_analytic_ones() -> None:
    model, first, total = g_function([0, 0.5, 3, 9, 99, 99])
    sets = {f"x{k}": [k] for k in range(6)}
    found = sensitivity.evaluate(model, sets, design(6, 2**14, leading=6))
    (one,) = sensitivity.indices(found, SEED)
    assert values(one.first) == pytest.approx(first, abs=0.01)
    assert values(one.total) == pytest.approx(total, abs=0.01)
    assert one.top(3) == ("x0", "x1", "x2")


def test_the_estimates_are_those_of_scipy_for_every_outcome() -> None:
    found = table(1024, 3, s=2)
    mine = sensitivity.indices(found, SEED)
    for k, one in enumerate(mine):
        rows = {"f_A": found.f_a[[k]], "f_B": found.f_b[[k]], "f_AB": found.f_ab[:, [k]]}
        theirs = stats.sobol_indices(func=rows, n=1024)  # type: ignore[arg-type]
        assert values(one.first) == pytest.approx(theirs.first_order.ravel(), abs=1e-12)
        assert values(one.total) == pytest.approx(theirs.total_order.ravel(), abs=1e-12)


def test_two_sets_of_columns_that_are_one_input_are_swapped_together() -> None:
    def same(points: Array) -> Array:
        return ((points[:, 0] > 0.5) ^ (points[:, 1] > 0.5)).astype(float)[np.newaxis]

    sets = {"pair": [0, 1], "one": [0], "none": [2]}
    (one,) = sensitivity.indices(sensitivity.evaluate(same, sets, design(3, 1024)), SEED)
    assert values(one.first) == pytest.approx([1, 0, 0], abs=0.1)
    assert values(one.total) == pytest.approx([1, 1, 0], abs=0.1)
    assert one.total["none"] == sensitivity.Estimate(0, 0, 0)


# --- intervals -----------------------------------------------------------------------------------


def test_a_resample_that_draws_every_point_once_is_the_estimate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_counts", lambda rng, size, n: np.ones((size, n)))
    (one,) = sensitivity.indices(table(1024, 3), SEED)
    for estimate in (*one.first.values(), *one.total.values()):
        assert (estimate.low, estimate.high) == pytest.approx([estimate.value] * 2, abs=1e-12)


def test_a_resample_is_the_estimate_from_points_drawn_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = table(1024, 3, s=2)
    drawn = np.random.default_rng(SEED).integers(1024, size=1024)
    counts = np.bincount(drawn, minlength=1024).astype(float)
    monkeypatch.setattr(module, "_counts", lambda rng, size, n: np.tile(counts, (size, 1)))
    first, total = module.resampled(found, 1, 1, np.random.SeedSequence(SEED))[:, 0]
    a, b, ab = found.f_a[1], found.f_b[1], found.f_ab[:, 1]
    centre = np.mean([a, b])
    variance = np.var([a[drawn], b[drawn]])
    products = (b[drawn] - centre) * (ab - a)[:, drawn]
    assert first == pytest.approx(products.mean(axis=1) / variance, abs=1e-12)
    squares = (a - ab)[:, drawn] ** 2
    assert total == pytest.approx(squares.mean(axis=1) / 2 / variance, abs=1e-12)


def test_the_ends_of_an_interval_leave_a_fortieth_of_the_resamples_on_either_side() -> None:
    found = table(1024, 3, s=2)
    seeds = np.random.SeedSequence(SEED).spawn(2)
    for k, one in enumerate(sensitivity.indices(found, SEED)):
        resamples = module.resampled(found, k, 1000, seeds[k])
        low, high = np.percentile(resamples, [2.5, 97.5], axis=1)
        assert [e.low for e in one.first.values()] == pytest.approx(low[0])
        assert [e.high for e in one.total.values()] == pytest.approx(high[1])


def test_the_bootstrap_of_ishigami_agrees_with_that_of_scipy() -> None:
    found = sensitivity.evaluate(ishigami, XYZ, design(3, 1024, leading=3))
    mine = module.resampled(found, 0, 2000, np.random.SeedSequence(SEED))
    rows = {"f_A": found.f_a, "f_B": found.f_b, "f_AB": found.f_ab}
    theirs = stats.sobol_indices(func=rows, n=1024).bootstrap(n_resamples=1000)  # type: ignore[arg-type]
    for own, other in zip(mine, (theirs.first_order, theirs.total_order), strict=True):
        assert own.std(axis=0, ddof=1) == pytest.approx(other.standard_error, rel=0.1)
        ends = np.percentile(own, [2.5, 97.5], axis=0)
        interval = np.stack(other.confidence_interval)
        assert np.all(np.abs(ends - interval) < 0.25 * np.ptp(interval, axis=0))


def test_the_intervals_hold_the_analytic_values_as_often_as_they_say() -> None:
    x, y, xz = ishigami_parts()
    truth = np.array([x, y, 0, x + xz, y, xz])
    held = []
    for seed in range(20):
        found = sensitivity.evaluate(ishigami, XYZ, design(3, 1024, seed))
        (one,) = sensitivity.indices(found, seed)
        estimates = (*one.first.values(), *one.total.values())
        held += [e.low <= t <= e.high for e, t in zip(estimates, truth, strict=True)]
    assert np.mean(held) > 0.95 - 0.05


def test_a_resample_without_variance_has_indices_of_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_but_the_last(rng: object, size: int, n: int) -> Array:
        return n * np.eye(n)[[-1] * size]

    monkeypatch.setattr(module, "_counts", none_but_the_last)
    rare = np.eye(1, 1024)  # one point differs from all others
    found = replace(table(1024, 1), f_a=rare, f_b=rare, f_ab=rare[np.newaxis])
    (one,) = sensitivity.indices(found, SEED)
    assert (one.first["0"].low, one.first["0"].high) == (0, 0)


def test_a_thousand_resamples_of_64_inputs_take_less_than_five_seconds() -> None:
    found = table(8192, 64)
    start = time.process_time()
    sensitivity.indices(found, SEED)
    assert time.process_time() - start < 5


# --- ranks ---------------------------------------------------------------------------------------


def test_ranks_are_places_in_the_pool_of_a_and_b_and_ties_share_one() -> None:
    a, b = np.array([[1.0, math.inf]]), np.array([[3.0, math.inf]])
    swapped = np.array([[[3.0, 2.0]], [[0.0, math.inf]]])
    found = sensitivity.ranked(sensitivity.Evaluations(("x", "y"), a, b, swapped))
    assert found.f_a.tolist() == [[0.125, 0.75]]
    assert found.f_b.tolist() == [[0.375, 0.75]]
    assert found.f_ab.tolist() == [[[0.375, 0.25]], [[0.0, 0.75]]]


def test_an_outcome_of_two_values_keeps_its_indices() -> None:
    def win(points: Array) -> Array:
        return (points[:, 0] + points[:, 1] ** 2 > 0.6).astype(float)[np.newaxis]

    found = sensitivity.evaluate(win, XYZ, design(3, 1024))
    plain, ranks = (sensitivity.indices(one, SEED)[0] for one in (found, sensitivity.ranked(found)))
    for ours, theirs in ((plain.first, ranks.first), (plain.total, ranks.total)):
        assert values(ours) == pytest.approx(values(theirs), abs=1e-12)


def test_never_is_as_good_as_any_late_date() -> None:
    def finish(never: float) -> list[sensitivity.Indices]:
        def model(points: Array) -> Array:
            found: Array = np.where(points[:, 0] < 0.7, points[:, 1], never)[np.newaxis]
            return found

        found = sensitivity.evaluate(model, XYZ, design(3, 1024))
        return list(sensitivity.indices(sensitivity.ranked(found), SEED))

    assert finish(math.inf) == finish(1e6)


def test_the_ranks_of_a_set_do_not_depend_on_the_other_sets() -> None:
    few, many = (
        sensitivity.ranked(sensitivity.evaluate(ishigami, sets, design(3, 1024)))
        for sets in ({"x": [0]}, XYZ)
    )
    assert np.array_equal(few.f_ab[0], many.f_ab[0])


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


# --- the race ------------------------------------------------------------------------------------


def test_the_groups_of_the_race_are_all_its_inputs_once(central: Params) -> None:
    found = sensitivity.groups(central)
    columns = [column for group in found.values() for column in group]
    assert sorted(columns) == [one.column for one in ensemble.inputs(central)]
    assert set(found) <= set(ensemble.GROUPS.values())
    place = list(coordinates()).index("penalty.law")
    assert sensitivity.singles(central, ["penalty.law"]) == {"penalty.law": [place]}


def test_the_points_of_the_race_have_its_coordinates(central: Params) -> None:
    found = sensitivity.design(1024, SEED)
    assert found.dimensions == ensemble.n_coordinates()
    names = [one.name for one in ensemble.inputs(central)][: found.leading]
    assert {"owned.share", "owned.granted", "grid.common_delay"} <= set(names)


def test_the_outcomes_of_the_race_are_its_finishes_and_verdicts(central: Params) -> None:
    race = sensitivity.RaceModel(central, "llama_405b")
    points = sensitivity.points(sensitivity.design(1024, SEED))[::16]
    finishes = ensemble.drawn_finishes(central, points, "llama_405b")
    owned, campus = finishes[0], finishes[2]
    found = race.outcomes(points)
    assert np.array_equal(found[:2], [owned, campus])
    assert found[2].tolist() == [float(a < b) for a, b in zip(owned, campus, strict=True)]
    assert found[3].tolist() == [float(f[0] < f[1:].min()) for f in finishes.T]
    assert np.array_equal(race.verdicts(points), found[2:])
    assert 0 < found[3].sum() < found[2].sum() < len(points)
    built = race.finishes_if_built(points)
    done = np.isfinite(finishes)
    assert np.array_equal(built[done], finishes[done])
    assert np.isfinite(built[~done]).any()


def test_a_tie_and_never_against_never_are_no_win() -> None:
    finishes = np.full((7, 3), math.inf)
    finishes[[0, 2], 0], finishes[0, 1] = 2.0, 2.0
    found = sensitivity.outcomes_of(finishes)
    assert found[2:].tolist() == [[0, 1, 0], [0, 1, 0]]
