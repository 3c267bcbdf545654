"""What a scenario or an override has set is held in every draw, whatever its value."""

from __future__ import annotations

import numpy as np
import pytest

from euromesh import ensemble, params, sensitivity
from euromesh.ensemble import Input, inputs
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


def odds(run: Params) -> float:
    """P(owned first), integrated over what is granted or built."""
    plan = ensemble.Plan(run, (TARGET,), 1, POINTS, 7)
    return float(ensemble.tally(plan, [0]).sums.first.sum(axis=0)[0, 0]) / POINTS / 2**32


# numbers, dates, flags, choices, counts, and what chance decides
KINDS = (
    "owned.share",
    "owned.goodput",
    "race.decision_date",
    "owned.granted",
    "leased.built",
    "projects.campus_ia_first.built",
    "penalty.law",
    "campus.region",
    "new_medium.lost_sites",
    "new_medium.lost_phase",
    "gigafactory.n_accel",
    "slip.probability",
    "machines.lumi_ai.slip_years",
    "gigafactory.slip_years",
    "frontier.growth_per_year",
)


@pytest.mark.parametrize("key", KINDS)
def test_a_value_set_to_the_central_one_is_held_and_nothing_else(central: Params, key: str) -> None:
    assert moved(central) - moved(pinned(central, key)) == {key}


def test_every_input_can_be_held(central: Params) -> None:
    every = sorted(moved(central))
    assert moved(pinned(central, *every)) == set()
    assert len(every) > 200


def test_a_scenario_that_names_the_central_value_holds_it(central: Params) -> None:
    low = params.load("low")
    assert "penalty.law" in low.held and "owned.share" in low.held
    assert not {"owned.share", "penalty.law"} & moved(low)


@pytest.mark.parametrize(
    ("key", "steps"),
    [
        ("owned.share", (0.0999, 0.1, 0.1001)),
        ("owned.grant_months", (11.99, 12.0, 12.01)),
        ("race.decision_date", ("2026-12-31", "2027-01-01", "2027-01-02")),
        ("new_sites.commissioning_months", (5.99, 6.0, 6.01)),
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
    points = sensitivity.points(sensitivity.design(POINTS, 7))
    assert ensemble.outcomes(granted, (TARGET,), points).chance[0].tolist() == [1.0] * POINTS
    assert odds(granted) > odds(central)


def test_the_mean_of_the_regions_that_is_set_is_the_mean_in_every_draw(central: Params) -> None:
    """With every lead time held too, all draws of the campus wait as long as the central one."""
    waits = [key for key in moved(central) if key.startswith("grid_lead_times.")]
    rest = [key for key in moved(central) if key not in {"campus.region", *waits}]
    leads = {key.replace("drawn_years", "lead_years") for key in waits}
    run = pinned(central, "campus.region", *leads, *rest)
    points = sensitivity.points(sensitivity.design(POINTS, 7))[:8]
    years = ensemble.outcomes(run, (TARGET,), points).years[0][2]
    assert years == pytest.approx(RaceModel(central, TARGET).finish("campus", central), abs=1e-9)


# --- a coordinate that moves several rows --------------------------------------------------------


def several(central: Params) -> list[Input]:
    return [one for one in inputs(central) if len(one.ids) > 1]


def test_an_input_keeps_its_name_and_is_asked_for_by_it_when_its_first_row_is_held(
    central: Params,
) -> None:
    race = RaceModel(central, TARGET)
    for one in several(central):
        first, *others = one.ids
        run = pinned(central, first)
        left = next(found for found in inputs(run) if found.name == one.name)
        assert left.ids == tuple(others) and left.column == one.column
        found = sensitivity.flips(race.is_before_campus, run, one.name)
        assert found.name == one.name and found.searched[0] is not None
        assert one.name in sensitivity.searchable(run)


@pytest.mark.parametrize(
    "key",
    ["grid_lead_times.nordics_1000mw.lead_years", "grid_lead_times.iberia_1000mw.lead_years"],
)
def test_a_run_with_the_first_row_of_a_region_held_has_all_its_flips(key: str) -> None:
    found = {name for name, _ in Facts("central", {key: 4.0}).made("flips").numbers()}
    name = key.replace("lead_years", "drawn_years")
    assert f"sensitivity.flip.{name}" in found


def test_what_is_known_of_a_held_row_is_those_of_the_next(central: Params) -> None:
    one = several(central)[0]
    run = pinned(central, one.ids[0])
    points = sensitivity.points(sensitivity.design(POINTS, 7))[:16]
    known = sensitivity.known(run, points)
    assert np.ptp(known.of([one.name])) > 0
