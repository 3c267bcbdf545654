"""What a scenario or an override has set is held in every draw, whatever its value."""

from __future__ import annotations

import numpy as np
import pytest

from euromesh import ensemble, params, sensitivity
from euromesh.ensemble import inputs
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.tree import value_of
from euromesh.facts import Facts
from euromesh.records import Params
from euromesh.sensitivity import RaceModel

TARGET = "llama_405b"
POINTS = 1024


def pinned(central: Params, *ids: str) -> Params:
    """The central parameters with some of them set to the very values they have."""
    return params.load("central", {key: value_of(central, key) for key in ids})


def moved(run: Params) -> set[str]:
    return {key for one in inputs(run) for key in one.ids}


def points() -> Array:
    return sensitivity.points(sensitivity.design(POINTS, 7))


def odds(run: Params) -> float:
    """P(owned first), integrated over what is granted or built."""
    plan = ensemble.Plan(run, (TARGET,), 1, POINTS, 7)
    return float(ensemble.tally(plan, [0]).sums.first.sum(axis=0)[0, 0]) / POINTS / 2**32


def test_a_value_set_to_the_central_one_is_held_and_nothing_else(central: Params) -> None:
    every = sorted(moved(central))
    assert len(every) > 200
    for held in (every[::2], every[1::2], every):
        assert moved(pinned(central, *held)) == {*every} - {*held}


@pytest.mark.parametrize(
    ("key", "steps"),
    [
        ("owned.share", (0.0999, 0.1, 0.1001)),
        ("owned.grant_months", (11.99, 12.0, 12.01)),
        ("race.decision_date", ("2026-12-31", "2027-01-01", "2027-01-02")),
    ],
)
def test_a_sweep_through_the_centre_is_smooth(
    central: Params, key: str, steps: tuple[float, float, float]
) -> None:
    below, at, above = (odds(params.load("central", {key: step})) for step in steps)
    assert at == pytest.approx((below + above) / 2, abs=0.003)
    assert at != odds(central), "the value is drawn"


def test_a_grant_that_is_set_is_certain(central: Params) -> None:
    granted = params.load("central", {"owned.granted": True})
    assert ensemble.outcomes(granted, (TARGET,), points()).chance[0].tolist() == [1.0] * POINTS
    assert odds(granted) > odds(central)


def test_the_mean_of_the_regions_that_is_set_is_the_mean_in_every_draw(central: Params) -> None:
    """With every lead time held too, all draws of the campus wait as long as the central one."""
    waits = [key for key in moved(central) if key.startswith("grid_lead_times.")]
    rest = [key for key in moved(central) if key not in {"campus.region", *waits}]
    leads = {key.replace("drawn_years", "lead_years") for key in waits}
    run = pinned(central, "campus.region", *leads, *rest)
    years = ensemble.outcomes(run, (TARGET,), points()[:8]).years[0][2]
    assert years == pytest.approx(RaceModel(central, TARGET).finish("campus", central), abs=1e-9)


def test_an_input_keeps_its_name_and_is_known_by_it_when_its_first_row_is_held(
    central: Params,
) -> None:
    race = RaceModel(central, TARGET)
    for one in (found for found in inputs(central) if len(found.ids) > 1):
        first, *others = one.ids
        run = pinned(central, first)
        left = next(found for found in inputs(run) if found.name == one.name)
        assert left.ids == tuple(others) and left.column == one.column
        found = sensitivity.flips(race.is_before_campus, run, one.name)
        assert found.name == one.name and found.searched[0] is not None
        assert one.name in sensitivity.searchable(run)
        assert np.ptp(sensitivity.known(run, points()[:16]).of([one.name])) > 0


def test_a_run_with_the_first_row_of_a_region_held_has_all_its_flips() -> None:
    row = "grid_lead_times.nordics_1000mw"
    found = Facts("central", {f"{row}.lead_years": 4.0}).made("flips").numbers()
    assert f"sensitivity.flip.{row}.drawn_years" in {name for name, _ in found}
