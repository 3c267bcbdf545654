"""Where a verdict flips: hand-worked thresholds, every kind of parameter, and the race itself."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
from scipy.special import ndtr, ndtri

from euromesh import ensemble, params, sensitivity
from euromesh.ensemble.tree import value_of
from euromesh.params import Value
from euromesh.records import InputError, Params

LIBRARY = params.library().parameters
CENTRAL = params.load()
MONTHS = "owned.grant_months"  # 12, from 6 to 24
Z90 = float(ndtri(0.9))
INPUTS = {one.name: one for one in ensemble.inputs(CENTRAL)}
RACE = sensitivity.RaceModel(CENTRAL, "llama_405b")


def below(key: str, limit: Any) -> Callable[[Params], bool]:
    return lambda p: bool(value_of(p, key) < limit)


def search(verdict: Callable[[Params], bool], name: str) -> sensitivity.Search:
    return sensitivity.flips(verdict, CENTRAL, name)


def only(found: sensitivity.Search) -> sensitivity.Flip:
    (flip,) = found.flips
    return flip


TOGETHER = INPUTS["training.saturation"].ids[1]  # one coordinate moves several parameters
RUN = "targets.llama_405b.training_flop"
FLOP = value_of(CENTRAL, RUN)
FRACTION, COUNT = (  # without a range
    next(
        key
        for key, one in LIBRARY.items()
        if one.unit == unit and one.low == one.high and isinstance(one.value, float)
        if least < one.value < most
    )
    for unit, least, most in (("fraction", 0, 1), ("count", 4, 100))
)
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
        told = sensitivity.with_values(CENTRAL, {MONTHS: values[0]})
        assert verdict(told) != verdict(CENTRAL), "the value that is told is on the far side"


@pytest.mark.parametrize("key", [TOGETHER, "penalty.weights.tax"])
def test_what_goes_together_or_is_never_drawn_is_searched_along_its_own_ends(key: str) -> None:
    found = search(lambda p: value_of(p, key) > LIBRARY[key].low, key)
    assert found.name == ("training.saturation" if key == TOGETHER else key)
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
    drawn = {key for one in INPUTS.values() for key in one.ids}
    slip = next(k for k in LIBRARY if re.fullmatch(r"machines\..*\.slip_years", k) and k in drawn)
    found = search(lambda p: (value_of(p, slip) or 0) < 1.5, slip)
    law = CENTRAL.slip
    inside = float(ndtr(math.log(1.5 / law.median_years) / law.sigma))
    assert found.central is None
    assert only(found).value == pytest.approx(1.5, rel=1e-4)
    assert only(found).quantile == pytest.approx(1 - law.probability * (1 - inside), abs=1e-5)
    assert search(lambda p: value_of(p, slip) is None, slip).flips == ()


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


@pytest.mark.parametrize("name", ["owned.share", "race.decision_date"])
def test_the_headline_flips_at_the_value_that_is_told_and_not_just_before(name: str) -> None:
    flip = only(search(RACE.is_before_campus, name))
    assert flip.quantile is not None
    inward = math.copysign(1e-4, 0.5 - flip.quantile)
    told = sensitivity.with_values(CENTRAL, {name: flip.value})
    nearer = sensitivity.values_at(CENTRAL, INPUTS[name], flip.quantile + inward)
    assert not RACE.is_before_campus(told)
    assert RACE.is_before_campus(sensitivity.with_values(CENTRAL, nearer))
    assert only(search(RACE.is_before_campus, "owned.granted")).value is False
    assert search(RACE.is_before_campus, "penalty.law").flips == ()
