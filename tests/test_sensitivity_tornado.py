"""One input at a time: places, the central parameters with one moved, bars of probabilities."""

import importlib
import math
from dataclasses import fields

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtri

from euromesh import ensemble, params, routes, sensitivity
from euromesh.availability import sigma_of
from euromesh.ensemble import Input, chance
from euromesh.ensemble.marginals import Choice
from euromesh.ensemble.tree import value_of
from euromesh.params import Value
from euromesh.records import Params

Array = NDArray[np.float64]
SEED = 20270101
LIBRARY = params.library().parameters
CENTRAL = params.load()
INPUTS = {one.name: one for one in ensemble.inputs(CENTRAL)}
LATE = next(name for name in INPUTS if name.startswith("machines.") and name.endswith("slip_years"))
WAIT = next(name for name in INPUTS if name.startswith("grid_lead_times.germany"))
RACE = sensitivity.RaceModel(CENTRAL, "llama_405b")
DRAWN = sensitivity.points(sensitivity.design(1024, SEED))[:128]
NEAR = RACE.near(DRAWN)
module = importlib.import_module("euromesh.sensitivity.model")


def at(name: str, quantile: float) -> dict[str, Value]:
    return sensitivity.values_at(CENTRAL, INPUTS[name], quantile)


def points(n: int = 1024, d: int = 3) -> Array:
    return sensitivity.points(sensitivity.Design(dimensions=d, leading=d, n=n, seed=SEED))


def test_a_range_is_put_at_the_ends_that_the_parameter_states_and_a_flag_both_ways() -> None:
    one = LIBRARY["owned.grant_months"]
    for name, told in (
        (one.id, {"P10": pytest.approx(one.low), "P90": pytest.approx(one.high)}),
        ("owned.granted", {"true": True, "false": False}),
    ):
        places = sensitivity.places(INPUTS[name])
        assert {place.label: at(name, place.quantile)[name] for place in places} == told


@pytest.mark.parametrize("name", ["owned.share", "penalty.law", LATE, WAIT, "training.saturation"])
def test_every_other_parameter_stays_at_its_central_value(name: str) -> None:
    changed = sensitivity.with_values(CENTRAL, at(name, 0.9))
    moved = {key for key in LIBRARY if value_of(changed, key) != value_of(CENTRAL, key)}
    assert moved and moved <= set(INPUTS[name].ids)


def test_a_slip_reads_the_central_law_of_slips_and_one_coordinate_moves_all_its_ids() -> None:
    law = CENTRAL.slip
    z = ndtri((0.95 - (1 - law.probability)) / law.probability)
    assert at(LATE, 0.95)[LATE] == pytest.approx(law.median_years * math.exp(law.sigma * z))
    assert at(LATE, 0.01) == {LATE: 0.0}
    together = at("training.saturation", 0.1)
    assert len(together) > 5
    assert together == pytest.approx({key: LIBRARY[key].low for key in together})


def test_the_common_delay_moves_every_lead_time_and_a_local_one_those_of_its_region() -> None:
    common, local = at(ensemble.COMMON_DELAY, 0.9), at(WAIT, 0.9)
    rho, z = CENTRAL.grid.correlation, float(ndtri(0.9))
    drawn = {key for key in chance.laws() if key.startswith("grid_lead_times.")}
    assert common.keys() <= drawn and local.keys() < common.keys()
    for found, weight in ((common, rho), (local, 1 - rho)):
        for key, years in found.items():
            one = LIBRARY[key.replace("drawn_years", "lead_years")]
            sigma = sigma_of(one.low, one.high)  # type: ignore[arg-type]
            median = CENTRAL.grid_lead_times[key.split(".")[1]].lead_years
            assert years == pytest.approx(median * math.exp(sigma * math.sqrt(weight) * z))


def test_a_choice_goes_through_the_names_that_are_ever_drawn() -> None:
    weighed = CENTRAL.penalty.weights
    weights = {law.name: getattr(weighed, law.name) for law in fields(weighed)}
    drawn = {law: weight for law, weight in weights.items() if weight > 0}
    places = sensitivity.places(INPUTS["penalty.law"])
    assert [place.label for place in places] == list(drawn)
    assert [at("penalty.law", place.quantile)["penalty.law"] for place in places] == list(drawn)
    shares = np.array(list(drawn.values())) / sum(drawn.values())
    assert [place.quantile for place in places] == pytest.approx(np.cumsum(shares) - shares / 2)


def changed(**values: object) -> Params:
    return params.load(overrides={key.replace("__", "."): value for key, value in values.items()})


def test_the_race_is_that_of_the_routes_on_the_clock_of_the_central_decision() -> None:
    later = changed(race__decision_date="2028-01-01")
    owned, postponed = (
        routes.finish_date_years(routes.ROUTES["owned"](of), of.targets["llama_405b"], of)
        for of in (CENTRAL, later)
    )
    assert RACE.finish("owned", CENTRAL) == owned
    assert RACE.finish("owned", later) == pytest.approx(postponed + 365 / 365.25)
    assert RACE.is_before_campus(CENTRAL) and not RACE.is_first(CENTRAL)
    assert not RACE.is_before_campus(changed(owned__granted=False, campus__built=False))
    others = ("campus", "signed", "gigafactory", "leased", "on_site")
    assert RACE.is_first(changed(**{f"{name}__built": False for name in others}))


def likely(points: Array) -> Array:
    """Whether u_0 + u_1 > 1, and u_0 + 2 u_1."""
    return np.stack([points[:, 0] + points[:, 1] > 1, points[:, 0] + 2 * points[:, 1]])


def test_the_probability_given_an_input_at_p10_is_that_of_all_others_drawn() -> None:
    names = ("first", "second", "none")
    inputs = [Input(name, (), column, ()) for column, name in enumerate(names)]
    wins, sums = sensitivity.held_bars(likely, points(), inputs)
    first, _, none = wins
    assert first.outcomes == pytest.approx((0.1, 0.9), abs=0.002)
    assert first.swing == pytest.approx(0.8, abs=0.002)
    assert first.swing_se == pytest.approx(math.sqrt(0.8 * 0.2 / 1023), rel=0.01)
    assert (none.swing, none.swing_se) == (0, 0)
    assert [tuple(one.name for one in bars) for bars in (wins, sums)] == [names] * 2
    assert [one.swing for one in sums] == pytest.approx([0.8, 1.6, 0], abs=1e-9)
    assert [one.swing_se for one in sums] == pytest.approx([0, 0, 0], abs=1e-9)


def test_the_swing_of_several_places_is_between_the_two_that_differ_most() -> None:
    three = Input("x", ("x",), 0, (Choice(("a", "b", "c"), (0.4, 0.4, 0.2)),))  # 0.2, 0.6, 0.9
    ((one,),) = sensitivity.held_bars(lambda p: (p[:, :1].T - 0.5) ** 2, points(), [three])
    assert one.outcomes == pytest.approx((0.09, 0.01, 0.16))
    assert one.swing == pytest.approx(0.16 - 0.01)


def held(name: str, place: float) -> Array:
    found = DRAWN.copy()
    found[:, INPUTS[name].column] = place
    return found


@pytest.mark.parametrize("name", [*list(INPUTS)[::8], "owned.granted", "leased.built", WAIT])
def test_a_race_near_known_points_is_the_race_at_the_new_ones(name: str) -> None:
    at_p95 = held(name, 0.95)
    assert np.array_equal(NEAR.finishes(at_p95), RACE.finishes(at_p95))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("owned.granted", []), ("owned.share", ["owned"]), (WAIT, ["new_medium", "campus"])],
)
def test_a_race_near_known_points_races_the_routes_that_read_what_moved(
    name: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    raced, years = [], module._years
    monkeypatch.setattr(module, "_years", lambda *at: raced.append(at[1]) or years(*at))
    NEAR.finishes(held(name, 0.95))
    assert raced == expected
