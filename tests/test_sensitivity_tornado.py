"""One input at a time: places, central parameters with one input moved, and the bars of both."""

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import ndtri

from euromesh import ensemble, params, routes, sensitivity
from euromesh.availability import sigma_of
from euromesh.ensemble import chance
from euromesh.ensemble.tree import value_of
from euromesh.records import Params

Array = NDArray[np.float64]
SEED = 20270101
LIBRARY = params.library().parameters
CENTRAL = params.load()
INPUTS = {one.name: one for one in ensemble.inputs(CENTRAL)}
LATE = next(name for name in INPUTS if name.startswith("machines.") and name.endswith("slip_years"))
WAIT = next(name for name in INPUTS if name.startswith("grid_lead_times.germany"))


def bar(outcome: object, name: str, of: Params = CENTRAL) -> sensitivity.Bar:
    return sensitivity.central_bar(outcome, of, INPUTS[name])  # type: ignore[arg-type]


def ends(found: sensitivity.Bar) -> list[tuple[str, float]]:
    return [(end.label, end.outcome) for end in found.ends]


def points(n: int = 1024, d: int = 3) -> Array:
    return sensitivity.points(sensitivity.Design(dimensions=d, leading=d, n=n, seed=SEED))


# --- the central parameters with one input moved -------------------------------------------------


def test_a_range_is_put_at_the_ends_that_the_parameter_states() -> None:
    one = LIBRARY["owned.grant_months"]
    found = bar(lambda p: p.owned.grant_months, one.id)
    assert dict(ends(found)) == pytest.approx({"P10": one.low, "P90": one.high})
    assert [end.value for end in found.ends] == [end.outcome for end in found.ends]
    assert found.swing == pytest.approx(18) and found.swing_se == 0


@pytest.mark.parametrize("name", ["owned.share", "penalty.law", LATE, WAIT, "training.saturation"])
def test_every_other_parameter_stays_at_its_central_value(name: str) -> None:
    one = INPUTS[name]
    changed = sensitivity.with_values(CENTRAL, sensitivity.values_at(CENTRAL, one, 0.9))
    moved = {key for key in LIBRARY if value_of(changed, key) != value_of(CENTRAL, key)}
    assert moved and moved <= set(one.ids)


def test_a_slip_reads_the_central_law_of_slips_and_one_coordinate_moves_all_its_ids() -> None:
    law = CENTRAL.slip
    found = sensitivity.values_at(CENTRAL, INPUTS[LATE], 0.95)[LATE]
    z = ndtri((0.95 - (1 - law.probability)) / law.probability)
    assert found == pytest.approx(law.median_years * math.exp(law.sigma * z))
    assert sensitivity.values_at(CENTRAL, INPUTS[LATE], 0.01) == {LATE: 0.0}
    together = sensitivity.values_at(CENTRAL, INPUTS["training.saturation"], 0.1)
    assert len(together) > 5
    assert together == pytest.approx({key: LIBRARY[key].low for key in together})


def test_the_common_delay_moves_every_lead_time_and_a_local_one_those_of_its_region() -> None:
    rows = CENTRAL.grid_lead_times
    common = sensitivity.values_at(CENTRAL, INPUTS[ensemble.COMMON_DELAY], 0.9)
    local = sensitivity.values_at(CENTRAL, INPUTS[WAIT], 0.9)
    rho, z = CENTRAL.grid.correlation, float(ndtri(0.9))
    drawn = {key for key in chance.laws() if key.startswith("grid_lead_times.")}
    assert common.keys() <= drawn and local.keys() < common.keys()
    for found, weight in ((common, rho), (local, 1 - rho)):
        for key, years in found.items():
            row = rows[key.split(".")[1]]
            one = LIBRARY[key.replace("drawn_years", "lead_years")]
            sigma = sigma_of(one.low, one.high)  # type: ignore[arg-type]
            wait = row.lead_years * math.exp(sigma * math.sqrt(weight) * z)
            assert years == pytest.approx(wait)


def test_a_choice_goes_through_the_names_that_are_ever_drawn() -> None:
    found = bar(lambda p: float(len(p.penalty.law)), "penalty.law")
    drawn = [end.label for end in found.ends]
    weighed = CENTRAL.penalty.weights
    assert drawn == [one.name for one in fields(weighed) if getattr(weighed, one.name) > 0]
    assert [end.value for end in found.ends] == drawn
    assert found.swing == len(max(drawn, key=len)) - len(min(drawn, key=len))
    weights = [getattr(weighed, law) for law in drawn]
    middles = np.cumsum(weights) - np.array(weights) / 2
    quantiles = [place.quantile for place in sensitivity.places(INPUTS["penalty.law"])]
    assert quantiles == pytest.approx(middles / sum(weights))


def test_a_flag_goes_both_ways_and_never_at_one_end_is_an_endless_swing() -> None:
    found = bar(lambda p: float(p.owned.granted), "owned.granted")
    told = [(end.label, end.value, end.outcome) for end in found.ends]
    assert told == [("true", True, 1.0), ("false", False, 0.0)]
    assert bar(lambda p: 1.0 if p.owned.granted else math.inf, "owned.granted").swing == math.inf
    assert bar(lambda p: math.inf, "owned.granted").swing == 0


@settings(max_examples=40)
@given(quantile=st.floats(0.001, 0.999), name=st.sampled_from(sorted(INPUTS)))
def test_the_core_takes_every_input_anywhere(quantile: float, name: str) -> None:
    race = sensitivity.RaceModel(CENTRAL, "llama_405b")
    changed = sensitivity.with_values(
        CENTRAL, sensitivity.values_at(CENTRAL, INPUTS[name], quantile)
    )
    assert race.finish("owned", changed) > 0 and race.finish("campus", changed) > 0


# --- the race by the scalar core -----------------------------------------------------------------


def changed(**values: object) -> Params:
    return params.load(overrides={key.replace("__", "."): value for key, value in values.items()})


def test_the_race_is_that_of_the_routes_on_the_clock_of_the_central_decision() -> None:
    race = sensitivity.RaceModel(CENTRAL, "llama_405b")
    later = changed(race__decision_date="2028-01-01")
    (owned, campus), (postponed, _) = (
        [routes.finish_date_years(routes.ROUTES[name](of), of.targets["llama_405b"], of)
         for name in ("owned", "campus")] for of in (CENTRAL, later)
    )  # fmt: skip
    assert race.finish("owned", CENTRAL) == owned
    assert race.finish("owned", later) == pytest.approx(postponed + 365 / 365.25)
    assert race.lead_months(CENTRAL) == pytest.approx(12 * (campus - owned))
    assert race.is_before_campus(CENTRAL) and not race.is_first(CENTRAL)
    others = ("campus", "signed", "gigafactory", "leased", "on_site")
    assert race.is_first(changed(**{f"{name}__built": False for name in others}))


def test_who_never_finishes_is_endlessly_behind_and_two_who_never_do_are_level() -> None:
    race = sensitivity.RaceModel(CENTRAL, "llama_405b")
    neither = changed(owned__granted=False, campus__built=False)
    assert race.lead_months(changed(owned__granted=False)) == -math.inf
    assert race.lead_months(changed(campus__built=False)) == math.inf
    assert race.lead_months(neither) == 0 and not race.is_before_campus(neither)


# --- held while all others are drawn -------------------------------------------------------------


def likely(points: Array) -> Array:
    """Whether u_0 + u_1 > 1, and u_0 + 2 u_1."""
    return np.stack([points[:, 0] + points[:, 1] > 1, points[:, 0] + 2 * points[:, 1]])


COLUMNS = {
    name: sensitivity.Column(number, (sensitivity.Place("P10", 0.1), sensitivity.Place("P90", 0.9)))
    for name, number in (("first", 0), ("second", 1), ("none", 2))
}


def test_the_probability_given_an_input_at_p10_is_that_of_all_others_drawn() -> None:
    wins, sums = sensitivity.held_bars(likely, points(), COLUMNS)
    first, _, none = wins
    assert dict(ends(first)) == pytest.approx({"P10": 0.1, "P90": 0.9}, abs=0.002)
    assert first.swing == pytest.approx(0.8, abs=0.002)
    assert first.swing_se == pytest.approx(math.sqrt(0.8 * 0.2 / 1023), rel=0.01)
    assert (none.swing, none.swing_se) == (0, 0)
    assert [[one.name for one in bars] for bars in (wins, sums)] == [list(COLUMNS)] * 2
    assert [one.swing for one in sums] == pytest.approx([0.8, 1.6, 0], abs=1e-9)
    assert [one.swing_se for one in sums] == pytest.approx([0, 0, 0], abs=1e-9)


def test_the_swing_of_several_places_is_between_the_two_that_differ_most() -> None:
    held = tuple(sensitivity.Place(str(u), u) for u in (0.2, 0.9, 0.5))
    ((one,),) = sensitivity.held_bars(
        lambda p: p[:, :1].T ** 2, points(), {"x": sensitivity.Column(0, held)}
    )
    assert [end.label for end in one.ends] == ["0.2", "0.9", "0.5"]
    assert one.swing == pytest.approx(0.81 - 0.04)


def test_the_probabilities_of_the_race_are_those_of_draws_with_one_coordinate_held() -> None:
    race = sensitivity.RaceModel(CENTRAL, "llama_405b")
    drawn = sensitivity.points(sensitivity.design(1024, SEED))[:128]
    columns = sensitivity.columns_of([INPUTS["owned.granted"], INPUTS["owned.share"]])
    (granted, share), _ = sensitivity.held_bars(race.verdicts, drawn, columns)
    assert dict(ends(granted))["false"] == 0
    assert share.ends[0].outcome < share.ends[1].outcome
    held = drawn.copy()
    held[:, INPUTS["owned.share"].column] = 0.9
    assert share.ends[1].outcome == race.outcomes(held)[2].mean()
