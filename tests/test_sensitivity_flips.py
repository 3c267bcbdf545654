"""Where a verdict flips: hand-worked thresholds, every kind of parameter, and the race itself."""

import dataclasses
import importlib
import math
from collections.abc import Callable
from datetime import date

import pytest
from scipy.special import ndtr, ndtri

from euromesh import ensemble, params, sensitivity
from euromesh.ensemble.tree import value_of
from euromesh.params import Value, shapes
from euromesh.records import InputError, Params

LIBRARY = params.library().parameters
CENTRAL = params.load()
MONTHS = "owned.grant_months"  # 12, from 6 to 24
Z90 = float(ndtri(0.9))
module = importlib.import_module("euromesh.sensitivity.flips")
RACE = sensitivity.RaceModel(CENTRAL, "llama_405b")


def below(key: str, limit: float) -> Callable[[Params], bool]:
    return lambda p: bool(value_of(p, key) < limit)


def search(verdict: Callable[[Params], bool], name: str) -> sensitivity.Search:
    return sensitivity.flips(verdict, CENTRAL, name)


def only(found: sensitivity.Search) -> sensitivity.Flip:
    (flip,) = found.flips
    return flip


def number(flip: sensitivity.Flip) -> float:
    assert isinstance(flip.value, float)
    return flip.value


# --- along a range -------------------------------------------------------------------------------


def test_a_flip_inside_the_range_is_found_with_its_place_in_it() -> None:
    found = search(below(MONTHS, 15), MONTHS)
    flip = only(found)
    assert 15 <= number(flip) == pytest.approx(15, rel=1e-5)
    assert flip.quantile == pytest.approx(ndtr(Z90 * math.log2(15 / 12)), abs=1e-5)
    assert flip.is_within_range and found.flips_within_range
    assert found.central == 12


def test_a_flip_beyond_the_range_is_found_and_told_apart() -> None:
    found = search(below(MONTHS, 40), MONTHS)
    assert only(found).value == pytest.approx(40, rel=1e-5)
    assert 0.9 < (only(found).quantile or 0) < 0.999
    assert not found.flips_within_range


def test_a_flip_below_the_range_is_not_in_it() -> None:
    found = search(lambda p: p.owned.grant_months > 4, MONTHS)
    assert 0.001 < (only(found).quantile or 0) < 0.1
    assert not only(found).is_within_range


def test_what_an_override_holds_is_searched_along_its_own_range() -> None:
    held = params.load(overrides={MONTHS: 13.0})
    found = sensitivity.flips(below(MONTHS, 15), held, MONTHS)
    assert found.central == 13
    assert only(found).quantile == pytest.approx(ndtr(Z90 * math.log2(15 / 12)), abs=1e-5)


def test_a_stated_distribution_is_the_line_of_its_parameter() -> None:
    stated = dataclasses.replace(LIBRARY[MONTHS], distribution=shapes.Uniform(0, 50))
    line = module._parameter_line(CENTRAL, stated)
    assert line.value(0.0) == pytest.approx(25)
    assert line.value(Z90) == pytest.approx(45)


def test_the_search_ends_at_one_in_a_thousand() -> None:
    found = search(below(MONTHS, 70), MONTHS)
    reach = float(ndtri(0.999)) / Z90
    assert found.flips == ()
    assert found.searched == pytest.approx((12 * 2**-reach, 12 * 2**reach))


def test_a_verdict_that_flips_on_either_side_gives_both_nearest_flips() -> None:
    found = search(lambda p: 8 < p.owned.grant_months < 15, MONTHS)
    assert [flip.value for flip in found.flips] == pytest.approx([8, 15], rel=1e-5)
    assert found.flips[0].quantile == pytest.approx(ndtr(-Z90 * math.log2(12 / 8)), abs=1e-5)


def test_a_verdict_that_flips_back_is_found_where_it_first_flips() -> None:
    found = search(lambda p: not 20 < p.owned.grant_months < 40, MONTHS)
    assert only(found).value == pytest.approx(20, rel=1e-5)


def test_a_verdict_that_is_false_flips_where_it_becomes_true() -> None:
    found = search(lambda p: p.owned.grant_months < 9, MONTHS)
    assert 9 > number(only(found)) == pytest.approx(9, rel=1e-5)


def test_a_count_flips_at_a_whole_number_and_a_date_at_a_day() -> None:
    sites = only(search(below("new_medium.n_sites", 30), "new_medium.n_sites"))
    assert sites.value == 30
    day = only(search(lambda p: p.race.decision_date < "2028-03-15", "race.decision_date"))
    assert day.value == "2028-03-15" and day.is_within_range


def test_a_width_in_bits_flips_at_one_that_exists() -> None:
    found = search(below("training.bits_per_param", 12), "training.bits_per_param")
    assert only(found).value == 16


def test_parameters_that_follow_each_other_are_searched_together() -> None:
    rows = ensemble.inputs(CENTRAL)
    one = next(row for row in rows if row.name == "training.saturation")
    other = one.ids[1]
    low = LIBRARY[other].low
    assert isinstance(low, float)
    found = search(lambda p: value_of(p, other) > low, other)
    assert found.name == one.name
    assert only(found).quantile == pytest.approx(0.1, abs=1e-5)


def test_what_chance_decides_is_searched_along_its_law() -> None:
    slip = next(k for k in LIBRARY if k.startswith("machines.") and _is_drawn_slip(k))
    found = search(lambda p: (value_of(p, slip) or 0) < 1.5, slip)
    law = CENTRAL.slip
    inside = float(ndtr(math.log(1.5 / law.median_years) / law.sigma))
    assert found.central is None
    assert only(found).value == pytest.approx(1.5, rel=1e-4)
    assert only(found).quantile == pytest.approx(1 - law.probability * (1 - inside), abs=1e-5)


def _is_drawn_slip(key: str) -> bool:
    return key.endswith(".slip_years") and key in {
        k for i in ensemble.inputs(CENTRAL) for k in i.ids
    }


def test_a_central_value_off_its_own_line_has_no_flips() -> None:
    """A blank slip, or a share that somebody has set, is not where the search would start."""
    slip = next(k for k in LIBRARY if k.startswith("machines.") and _is_drawn_slip(k))
    found = search(lambda p: value_of(p, slip) is None, slip)
    assert found.flips == ()


def test_the_common_delay_has_a_place_but_no_value() -> None:
    row = "grid_lead_times.germany_1000mw"
    median = value_of(CENTRAL, f"{row}.lead_years")
    found = search(
        lambda p: (value_of(p, f"{row}.drawn_years") or 0) <= 1.2 * median, ensemble.COMMON_DELAY
    )
    assert (found.central, only(found).value, found.searched) == (None, None, (None, None))
    assert 0.5 < (only(found).quantile or 0) < 0.999


def test_a_range_that_no_draw_moves_is_searched_along_its_own_ends() -> None:
    key = "penalty.weights.tax"
    low = LIBRARY[key].low
    assert isinstance(low, float)
    flip = only(search(lambda p: p.penalty.weights.tax > low, key))
    assert flip.quantile == pytest.approx(0.1, abs=1e-5)


# --- without a range -----------------------------------------------------------------------------


def fixed(unit: str, accepts: Callable[[Value], bool]) -> str:
    """A parameter of a unit that has no range and whose central value is accepted."""
    return next(
        key
        for key, one in LIBRARY.items()
        if one.unit == unit and one.low == one.high and accepts(one.value)
    )


def test_a_number_without_a_range_is_searched_by_a_factor_of_ten() -> None:
    key = "targets.llama_405b.training_flop"
    central = value_of(CENTRAL, key)
    flip = only(search(below(key, 3 * central), key))
    assert flip.value == pytest.approx(3 * central, rel=1e-4)
    assert flip.quantile is None and not flip.is_within_range
    assert search(below(key, 11 * central), key).searched == pytest.approx(
        (central / 10, 10 * central)
    )


def test_a_number_with_two_bounds_is_searched_from_one_to_the_other() -> None:
    key = fixed("fraction", lambda value: isinstance(value, float) and 0 < value < 1)
    found = search(lambda p: value_of(p, key) < 0.999, key)
    assert found.searched == (0, 1)
    assert only(found).value == pytest.approx(0.999, rel=1e-4)


def test_a_whole_count_without_a_range_stays_whole() -> None:
    key = fixed("count", lambda value: isinstance(value, float) and 4 < value < 100)
    central = value_of(CENTRAL, key)
    assert only(search(below(key, central + 2), key)).value == central + 2


def test_a_date_without_a_range_is_searched_ten_years_either_way() -> None:
    key = fixed("date", lambda value: isinstance(value, str) and len(value) == 10)
    central = date.fromisoformat(value_of(CENTRAL, key))
    limit = central.replace(year=central.year + 3, day=1).isoformat()
    found = search(lambda p: value_of(p, key) < limit, key)
    assert only(found).value == limit
    ends = [date.fromisoformat(str(end)) for end in search(lambda p: True, key).searched]
    assert [(end - central).days for end in ends] == [-3652, 3652]


def test_a_choice_lists_the_names_that_flip_and_a_flag_its_other_value() -> None:
    law = search(lambda p: p.penalty.law not in ("tax", "none"), "penalty.law")
    assert [flip.value for flip in law.flips] == ["tax", "none"]
    assert set(law.searched) == set(params.library().spec("penalty.law").choices) - {law.central}
    flag = search(lambda p: p.campus.tranches, "campus.tranches")
    assert flag == sensitivity.Search(
        "campus.tranches", True, (False,), (sensitivity.Flip(False, None),)
    )
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


# --- what can be searched ------------------------------------------------------------------------


def test_every_input_and_number_can_be_searched_but_no_text() -> None:
    found = sensitivity.searchable(CENTRAL)
    assert len(found) == len(set(found))
    assert {one.name for one in ensemble.inputs(CENTRAL)} <= set(found)
    assert {"targets.llama_405b.training_flop", "owned.contracted", "training.sharding"} <= set(
        found
    )
    assert not {"owned.left_out", "race.target", "owned.leased_sites"} & set(found)
    always = [search(lambda p: True, name) for name in found[:: len(found) // 100]]
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


# --- the race ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["owned.share", MONTHS, "race.decision_date", "owned.goodput"])
def test_the_headline_flips_at_the_value_that_is_told_and_not_just_before(name: str) -> None:
    flip = only(search(RACE.is_before_campus, name))
    one = next(one for one in ensemble.inputs(CENTRAL) if one.name == name)
    assert flip.quantile is not None
    inward = math.copysign(1e-4, 0.5 - flip.quantile)
    told = sensitivity.with_values(CENTRAL, {name: flip.value})
    nearer = sensitivity.values_at(CENTRAL, one, flip.quantile + inward)
    assert not RACE.is_before_campus(told)
    assert RACE.is_before_campus(sensitivity.with_values(CENTRAL, nearer))


def test_the_headline_flips_where_nothing_is_granted_and_not_by_the_law() -> None:
    assert only(search(RACE.is_before_campus, "owned.granted")).value is False
    assert search(RACE.is_before_campus, "penalty.law").flips == ()


def test_the_owned_machines_become_first_with_a_little_more_of_them() -> None:
    flip = only(search(RACE.is_first, "owned.share"))
    assert CENTRAL.owned.share < number(flip) < 1 and flip.is_within_range
