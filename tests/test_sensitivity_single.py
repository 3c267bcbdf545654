"""One input at a time: places, bars, the race with one moved, and where a verdict flips."""

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from euromesh import ensemble, fits, params, routes, sensitivity
from euromesh.availability import sigma_of
from euromesh.ensemble import Input, chance
from euromesh.ensemble.marginals import Choice
from euromesh.params import Value
from euromesh.records import InputError, Params
from euromesh.records.tree import value_of, with_values

Array = NDArray[np.float64]
SEED = 20270101
LIBRARY = params.library().parameters
CENTRAL = params.load()
INPUTS = {one.name: one for one in ensemble.inputs(CENTRAL)}
SATURATION = "mfu_runs.blackwell_planned.saturation"  # of all chips
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


@pytest.mark.parametrize("name", ["owned.share", "penalty.law", LATE, WAIT, SATURATION])
def test_every_other_parameter_stays_at_its_central_value(name: str) -> None:
    changed = with_values(CENTRAL, at(name, 0.95))
    moved = {key for key in LIBRARY if value_of(changed, key) != value_of(CENTRAL, key)}
    assert moved and moved <= set(INPUTS[name].ids)


def test_a_slip_reads_the_central_law_of_slips_and_one_coordinate_moves_all_its_ids() -> None:
    law = CENTRAL.slip
    z = ndtri((0.95 - (1 - law.probability)) / law.probability)
    assert at(LATE, 0.95)[LATE] == pytest.approx(law.median_years * math.exp(law.sigma * z))
    assert at(LATE, 0.01) == {LATE: 0.0}
    together = at(SATURATION, 0.1)
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
    weights = fits.law_weights(fits.law_errors(CENTRAL.losses, CENTRAL.penalty))
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
    every = [RACE.finish(name, CENTRAL) for name in routes.ROUTES]
    assert RACE.is_before_campus(CENTRAL) and RACE.is_first(CENTRAL) == (owned == min(every))
    assert not RACE.is_first(changed(owned__grant_months=60.0))
    assert not RACE.is_before_campus(changed(owned__granted=False, campus__built=False))
    built = [flag for flag, _ in chance.flags().values() if flag.endswith(".built")]
    assert RACE.is_first(params.load(overrides=dict.fromkeys(built, False)))


def likely(points: Array) -> Array:
    """Whether u_0 + u_1 > 1, and u_0 + 2 u_1."""
    return np.stack([points[:, 0] + points[:, 1] > 1, points[:, 0] + 2 * points[:, 1]])


def test_the_probability_given_an_input_at_p10_is_that_of_all_others_drawn() -> None:
    found = [sensitivity.held(likely, points(), Input("x", (), column, ())) for column in range(3)]
    wins, sums = ([sensitivity.bar([at[row] for at in one]) for one in found] for row in (0, 1))
    first, _, none = wins
    assert first.outcomes == pytest.approx((0.1, 0.9), abs=0.002)
    assert first.swing == pytest.approx(0.8, abs=0.002)
    assert first.swing_se == pytest.approx(math.sqrt(0.8 * 0.2 / 1023), rel=0.01)
    assert (none.swing, none.swing_se) == (0, 0)
    assert [one.swing for one in sums] == pytest.approx([0.8, 1.6, 0], abs=1e-9)
    assert [one.swing_se for one in sums] == pytest.approx([0, 0, 0], abs=1e-9)


def test_the_swing_of_several_places_is_between_the_two_that_differ_most() -> None:
    three = Input("x", ("x",), 0, (Choice(("a", "b", "c"), (0.4, 0.4, 0.2)),))  # 0.2, 0.6, 0.9
    one = sensitivity.bar(sensitivity.held(lambda p: (p[:, 0] - 0.5) ** 2, points(), three))
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
    raced, years = [], module.years_if_built
    monkeypatch.setattr(module, "years_if_built", lambda *at: raced.append(at[1]) or years(*at))
    NEAR.finishes(held(name, 0.95))
    assert raced == expected


MONTHS = "owned.grant_months"  # 12, from 6 to 24
Z90 = float(ndtri(0.9))


def below(key: str, limit: Any) -> Callable[[Params], bool]:
    return lambda p: bool(value_of(p, key) < limit)


def search(verdict: Callable[[Params], bool], name: str) -> sensitivity.Search:
    return sensitivity.flips(verdict, CENTRAL, name)


def only(found: sensitivity.Search) -> sensitivity.Flip:
    (flip,) = found.flips
    return flip


TOGETHER = INPUTS[SATURATION].ids[1]  # one coordinate moves several parameters
RUN = "targets.llama_405b.training_flop"
FLOP = value_of(CENTRAL, RUN)
FRACTION, COUNT = "cases.intellect_1.published", "training.n_layers"  # without a range
SOME = value_of(CENTRAL, COUNT) + 2


@pytest.mark.parametrize(
    ("name", "verdict", "flips", "within"),
    [
        (MONTHS, below(MONTHS, 15), [15], True),
        (MONTHS, below(MONTHS, 40), [40], False),
        (MONTHS, lambda p: p.owned.grant_months > 4, [4], False),
        (MONTHS, lambda p: 8 < p.owned.grant_months < 15, [8, 15], True),  # on either side
        (MONTHS, lambda p: not 20 < p.owned.grant_months < 40, [20], True),  # and back
        (MONTHS, lambda p: p.owned.grant_months < 9, [9], True),  # it becomes true
        ("new_medium.n_sites", below("new_medium.n_sites", 30), [30], True),
        ("race.decision_date", below("race.decision_date", "2028-03-15"), ["2028-03-15"], True),
        ("training.bits_per_param", below("training.bits_per_param", 12), [16], True),
        (RUN, below(RUN, 3 * FLOP), [3 * FLOP], False),
        (FRACTION, below(FRACTION, 0.999), [0.999], False),
        (COUNT, below(COUNT, SOME), [SOME], False),
    ],
)
def test_a_verdict_flips_at_a_value_that_exists_within_the_range_or_beyond(
    name: str, verdict: Callable[[Params], bool], flips: list[Value], within: bool
) -> None:
    found = search(verdict, name)
    values = [flip.value for flip in found.flips]
    is_whole = name not in (MONTHS, RUN, FRACTION)
    assert values == (flips if is_whole else pytest.approx(flips, rel=1e-4))
    assert found.flips_within_range == within
    if name == MONTHS:
        places = [float(ndtr(Z90 * math.log2(value / 12))) for value in flips]
        assert [flip.quantile for flip in found.flips] == pytest.approx(places, abs=1e-5)
        told = with_values(CENTRAL, {MONTHS: values[0]})
        assert verdict(told) != verdict(CENTRAL), "the value that is told is on the far side"


@pytest.mark.parametrize("key", [TOGETHER, "grid_lead_times.italy_40mw.lead_years"])
def test_what_goes_together_or_is_never_drawn_is_searched_along_its_own_ends(key: str) -> None:
    found = search(lambda p: value_of(p, key) > LIBRARY[key].low, key)
    assert found.name == (SATURATION if key == TOGETHER else key)
    assert only(found).quantile == pytest.approx(0.1, abs=1e-5)


def test_the_search_ends_at_one_in_a_thousand_a_factor_of_ten_or_a_bound() -> None:
    reach = float(ndtri(0.999)) / Z90
    ends = {MONTHS: (12 * 2**-reach, 12 * 2**reach), RUN: (FLOP / 10, 10 * FLOP), FRACTION: (0, 1)}
    for name, searched in ends.items():
        found = search(lambda p: True, name)
        assert found.flips == () and found.searched == pytest.approx(searched)


def test_what_an_override_holds_is_searched_along_its_own_range() -> None:
    held = sensitivity.flips(below(MONTHS, 15), params.load(overrides={MONTHS: 13.0}), MONTHS)
    place = ndtr(Z90 * math.log2(15 / 12))
    assert (held.central, only(held).quantile) == (13, pytest.approx(place, abs=1e-5))


def test_what_chance_decides_is_searched_along_its_law() -> None:
    """And not from a central value off that line: a blank slip."""
    found = search(lambda p: (value_of(p, LATE) or 0) < 1.5, LATE)
    law = CENTRAL.slip
    inside = float(ndtr(math.log(1.5 / law.median_years) / law.sigma))
    assert found.central is None
    assert only(found).value == pytest.approx(1.5, rel=1e-4)
    assert only(found).quantile == pytest.approx(1 - law.probability * (1 - inside), abs=1e-5)
    assert search(lambda p: value_of(p, LATE) is None, LATE).flips == ()


def test_the_common_delay_has_a_place_but_no_value() -> None:
    row = "grid_lead_times.germany_1000mw"
    median = value_of(CENTRAL, f"{row}.lead_years")
    found = search(
        lambda p: (value_of(p, f"{row}.drawn_years") or 0) <= 1.2 * median, ensemble.COMMON_DELAY
    )
    assert (found.central, only(found).value, found.searched) == (None, None, (None, None))
    assert 0.5 < (only(found).quantile or 0) < 0.999


def test_a_choice_lists_the_names_that_flip_and_a_flag_its_other_value() -> None:
    law = search(lambda p: p.penalty.law not in ("tax", "none"), "penalty.law")
    assert [flip.value for flip in law.flips] == ["tax", "none"]
    assert set(law.searched) == set(params.library().spec("penalty.law").choices) - {law.central}
    flag = search(lambda p: p.campus.tranches, "campus.tranches")
    turned = (sensitivity.Flip(False, None),)
    assert flag == sensitivity.Search("campus.tranches", True, (False,), turned)
    region = search(lambda p: p.campus.region != "nordics", "campus.region")
    assert only(region).value == "nordics" and len(region.searched) == 7


def test_a_value_that_the_model_refuses_ends_the_search_on_its_side() -> None:
    def verdict(p: Params) -> bool:
        if p.owned.grant_months > 20:
            raise InputError("too many months")
        return p.owned.grant_months > 8

    found = search(verdict, MONTHS)
    step = float(ndtri(0.999)) / 6 / Z90
    assert only(found).value == pytest.approx(8, rel=1e-5)
    assert found.searched[1] == pytest.approx(12 * 2**step)

    def refuses(p: Params) -> bool:
        if p.penalty.law == "tax":
            raise InputError("no tax")
        return p.penalty.law != "none"

    names = search(refuses, "penalty.law")
    assert "tax" not in names.searched and [flip.value for flip in names.flips] == ["none"]


def test_every_input_and_number_can_be_searched_but_no_text() -> None:
    found = sensitivity.searchable(CENTRAL)
    assert len(found) == len(set(found))
    assert {*INPUTS, RUN, "owned.contracted", "training.sharding"} <= set(found)
    assert not {"owned.left_out", "race.target", "owned.leased_sites"} & set(found)
    always = [search(lambda p: True, name) for name in found[:: len(found) // 30]]
    assert all(one.flips == () and one.searched for one in always)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("owned.shares", "owned.shares is neither an input nor a parameter; did you mean owned."),
        ("race.target", "race.target has no values to search, got 'llama_405b'; see searchable"),
        ("owned.left_out", "owned.left_out has no values to search, got None"),
    ],
)
def test_what_cannot_be_searched_is_refused(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        search(lambda p: True, name)


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("owned.share", RACE.is_before_campus),
        ("race.decision_date", lambda p: RACE.finish("owned", p) < 3),
    ],
)
def test_the_headline_flips_at_the_value_that_is_told_and_not_just_before(
    name: str, verdict: Callable[[Params], bool]
) -> None:
    flip = only(search(verdict, name))
    assert flip.quantile is not None
    inward = math.copysign(1e-4, 0.5 - flip.quantile)
    told = with_values(CENTRAL, {name: flip.value})
    nearer = sensitivity.values_at(CENTRAL, INPUTS[name], flip.quantile + inward)
    assert not verdict(told)
    assert verdict(with_values(CENTRAL, nearer))
