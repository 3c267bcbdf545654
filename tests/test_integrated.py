"""The campus's lead time integrated: the same probability as drawn, with a smaller error."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtri

from euromesh import ensemble, params
from euromesh.ensemble.columns import Columns
from euromesh.ensemble.integrated import _at_score
from euromesh.ensemble.race import finishes
from euromesh.records import InputError, Params

TARGET = "llama_405b"
BLOCKS = range(8)


def points(n: int, seed: int) -> NDArray[np.float64]:
    return ensemble.sobol(range(ensemble.n_coordinates()), n, seed)


def test_it_is_the_mean_over_many_lead_times(central: Params) -> None:
    race = ensemble.drawn_race(central, [TARGET])
    at, scores = points(16, 4), ndtri((np.arange(2000) + 0.5) / 2000)
    columns = Columns(race.of, at)
    ours = finishes("owned", columns, [TARGET], "owned.granted")[0]
    never = ("owned.never_granted", "campus.never_built")
    granted, built = (1 - columns.drawn(key) for key in never)
    expected = []
    for row in range(16):
        many = _at_score(race, np.repeat(at[row : row + 1], 2000, axis=0), scores)
        sooner = (finishes("campus", many, [TARGET], "campus.built")[0] <= ours[row]).mean()
        expected.append(granted[row] * (1 - built[row] * sooner) * np.isfinite(ours[row]))
    found = ensemble.owned_before_campus(race, at)
    assert found == pytest.approx(np.array(expected), abs=5e-4)
    assert found.min() > 0 or (ours == np.inf).any()


def test_it_agrees_with_the_draws_and_its_error_is_smaller(central: Params) -> None:
    race = ensemble.drawn_race(central, [TARGET])
    plan = ensemble.Plan(central, (TARGET,), len(BLOCKS), 512, seed=3)
    drawn = ensemble.estimate(ensemble.tally(plan, BLOCKS).sums.before[:, 0, 0, 2], 512)
    means = [ensemble.owned_before_campus(race, points(512, seed)).mean() for seed in BLOCKS]
    error = np.std(means, ddof=1) / np.sqrt(len(means))
    assert abs(np.mean(means) - drawn.value) < 4 * np.hypot(error, drawn.se)
    assert error < drawn.se


def test_no_draw_of_a_delay_is_read(central: Params) -> None:
    race = ensemble.drawn_race(central, [TARGET])
    one, other = points(32, 1), points(32, 1)
    delays = [
        column
        for key, column in race.of.columns.items()
        if key.startswith("grid_lead_times.") or key == ensemble.COMMON_DELAY
    ]
    other[:, delays] = points(32, 2)[:, delays]
    found = [ensemble.owned_before_campus(race, at) for at in (one, other)]
    assert (found[0] == found[1]).all()


def test_a_campus_that_is_never_built_is_always_beaten_and_two_targets_are_refused(
    central: Params,
) -> None:
    race = ensemble.drawn_race(params.load(overrides={"campus.built": False}), [TARGET])
    columns = Columns(race.of, points(32, 1))
    done = np.isfinite(finishes("owned", columns, [TARGET], "owned.granted")[0])
    expected = np.where(done, 1 - columns.drawn("owned.never_granted"), 0.0)
    assert ensemble.owned_before_campus(race, points(32, 1)) == pytest.approx(expected)
    with pytest.raises(InputError, match="one target is needed"):
        ensemble.owned_before_campus(
            ensemble.drawn_race(central, [TARGET, "run_1e26"]), points(2, 1)
        )
