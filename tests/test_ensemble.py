"""Draws of the parameters: marginals, order, and what stays fixed."""

import dataclasses
import math
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from euromesh import ensemble, ledger, params, routes, units
from euromesh.ensemble import chance
from euromesh.ensemble.inputs import LEADING, coordinates
from euromesh.ensemble.tally import Plan, points_of
from euromesh.ensemble.tree import value_of
from euromesh.params import Parameter
from euromesh.records import InputError, Params

N, SEED = 4096, 20270101
Z90 = float(ndtri(0.9))
LIBRARY = params.library().parameters
RANGED = {
    key: one
    for key, one in LIBRARY.items()
    if one.low != one.high and not key.startswith(("penalty.weights.", "grid_lead_times."))
}
CHANCE = set(chance.laws())
UNITS = sorted({one.unit for one in RANGED.values()})


@pytest.fixture(scope="module")
def drawn(central: Params) -> list[Params]:
    """One sample of the central parameters."""
    return list(ensemble.sample(central, N, SEED))


def at(given: Params, *places: float) -> list[Params]:
    """Draws with every coordinate in the same place."""
    points = np.tile(np.asarray(places)[:, None], ensemble.n_coordinates())
    return list(ensemble.draws_at(given, points))


def number(value: object) -> float:
    """A drawn value as a number, a date as days: a month by its last one."""
    if isinstance(value, str):
        return float(units.last_day(value).toordinal())
    assert isinstance(value, float)
    return value


def is_whole(one: Parameter) -> bool:
    ends = (one.low, one.value, one.high)
    return one.unit == "count" and all(number(end) % 1 == 0 and number(end) < 1e4 for end in ends)


def score(draw: Params, key: str) -> float:
    """The normal score z behind a value that moves by factors: c (end / c)^(|z| / z90)."""
    one, value = LIBRARY[key], number(value_of(draw, key))
    low, centre, high = (number(end) for end in (one.low, one.value, one.high))
    end, sign = (high, 1) if value > centre else (low, -1)
    return sign * Z90 * math.log(value / centre) / math.log(end / centre)


# --- marginals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS)
def test_a_tenth_of_the_draws_lies_below_low_and_a_tenth_above_high(
    drawn: list[Params], unit: str
) -> None:
    for key, one in ((k, p) for k, p in RANGED.items() if p.unit == unit):
        found = sorted(number(value_of(draw, key)) for draw in drawn)
        ends = [number(end) for end in (one.low, one.value, one.high)]
        width = 0.5 if is_whole(one) or unit == "date" else 0.004 * (ends[2] - ends[0])
        for share, end in zip((0.1, 0.5, 0.9), ends, strict=True):
            assert found[round(share * N)] == pytest.approx(end, abs=width), (key, share)


def test_every_drawn_value_is_one_that_its_unit_allows(drawn: list[Params]) -> None:
    extremes = at(params.load(), 1e-9, 1 - 1e-9)
    for key, one in RANGED.items():
        least, most = units.BOUNDS.get(one.unit, (-math.inf, math.inf))
        values = [number(value_of(draw, key)) for draw in (*drawn, *extremes)]
        assert least <= min(values) <= max(values) <= most, key
        if number(one.low) > 0 and not math.isfinite(most):
            assert min(values) > 0, key


def test_small_whole_counts_stay_whole_and_at_least_one(drawn: list[Params]) -> None:
    whole = [key for key, one in RANGED.items() if is_whole(one)]
    assert {"new_medium.n_sites", "training.inner_steps"} <= set(whole)
    for key in whole:
        values = [value_of(draw, key) for draw in drawn]
        assert all(value % 1 == 0 for value in values), key
        assert min(values) >= min(1, number(LIBRARY[key].low)), key


def test_a_positive_quantity_moves_by_factors_and_a_fraction_by_odds(central: Params) -> None:
    far = at(central, float(ndtr(2 * Z90)))[0]  # twice as far out as P90
    months, mfu = LIBRARY["owned.grant_months"], LIBRARY["mfu_runs.jupiter_32b.mfu"]
    assert far.owned.grant_months == pytest.approx(number(months.high) ** 2 / number(months.value))
    odds = [number(x) / (1 - number(x)) for x in (mfu.value, mfu.high)]
    got = far.mfu_runs["jupiter_32b"].mfu
    assert got / (1 - got) == pytest.approx(odds[1] ** 2 / odds[0])
    assert far.race.decision_date == "2031-01-02"  # 731 days after P90, as P90 is after P50


def test_the_middle_of_every_coordinate_gives_the_parameters_themselves(central: Params) -> None:
    middle = at(central, 0.5)[0]
    mixed = "frontier.growth_per_year"  # stated as a mixture, whose median is its own
    assert middle.frontier.growth_per_year == pytest.approx(4.5, rel=1e-3)
    for key in LIBRARY.keys() - CHANCE - {"penalty.law", mixed}:
        read = number if LIBRARY[key].unit == "date" and key in RANGED else str
        assert read(value_of(middle, key)) == read(value_of(central, key)), key


def test_the_frontier_never_shrinks(drawn: list[Params]) -> None:
    rates = [draw.frontier.growth_per_year for draw in (*drawn, *at(drawn[0], 1e-9))]
    assert 1.0 <= min(rates) < 1.1
    assert max(rates) > number(LIBRARY["frontier.growth_per_year"].high)


def test_the_laws_are_drawn_as_often_as_their_weights_say(drawn: list[Params]) -> None:
    counts = Counter(draw.penalty.law for draw in drawn)
    weights = dataclasses.asdict(drawn[0].penalty.weights)
    assert "none" not in counts
    for law, weight in weights.items():
        assert counts[law] == pytest.approx(N * weight / math.fsum(weights.values()), abs=2)


def test_the_site_of_the_scorecard_has_a_load_with_known_lead_times(drawn: list[Params]) -> None:
    loads = {row.load_mw for row in drawn[0].grid_lead_times.values()}
    assert {draw.costs.site_mw for draw in drawn} == loads


@pytest.mark.parametrize("weight", [-0.1, 0.0])
def test_impossible_weights_are_refused(central: Params, weight: float) -> None:
    fields = dataclasses.fields(central.penalty.weights)
    weights = type(central.penalty.weights)(**{field.name: weight for field in fields})
    penalty = dataclasses.replace(central.penalty, weights=weights)
    with pytest.raises(InputError, match=r"penalty\.weights must be >= 0 and not all 0"):
        ensemble.sample(dataclasses.replace(central, penalty=penalty), 2, SEED)


# --- inputs --------------------------------------------------------------------------------------


def test_every_range_the_law_and_chance_are_inputs_and_nothing_else(central: Params) -> None:
    keys = [key for one in ensemble.inputs(central) for key in one.ids]
    assert sorted(keys) == sorted([*RANGED, "penalty.law", *CHANCE])


def test_the_important_inputs_have_the_first_coordinates(central: Params) -> None:
    found = ensemble.inputs(central)
    names = [one.name for one in found]
    assert {"owned.share", "owned.grant_months", ensemble.COMMON_DELAY} <= {*names[:LEADING]}
    assert names == [name for name in params.library().coordinates if name in coordinates()]
    assert [params.library().coordinates[one.column] for one in found] == names


@pytest.fixture
def listed() -> Iterator[list[str]]:
    """The list of coordinates and the parameters, restored when the test ends."""
    known = params.library()
    names, before = list(known.coordinates), dict(known.parameters)
    yield known.coordinates
    known.coordinates[:] = names
    known.parameters.update(before)
    coordinates.cache_clear()


def give_range(key: str) -> None:
    """A range for a parameter that has none."""
    known = params.library().parameters
    known[key] = dataclasses.replace(known[key], low=100.0, high=150.0)
    coordinates.cache_clear()


NEW = "training.n_layers"


def test_a_new_range_moves_no_other_draw(central: Params, listed: list[str]) -> None:
    before = ensemble.sample(central, 64, SEED)
    plan = Plan(central, (central.race.target,), n_blocks=8, n_points=64, seed=SEED)
    points = next(points_of(plan, 3, 64))
    give_range(NEW)
    listed.append(NEW)
    after = ensemble.sample(central, 64, SEED)
    assert np.array_equal(next(points_of(plan, 3, 64))[:, :-1], points)
    assert after.numbers.shape[1] == before.numbers.shape[1] + 1
    place = [key for one in ensemble.inputs(central) for key in one.ids].index(NEW)
    assert np.array_equal(np.delete(after.numbers, place, axis=1), before.numbers)
    assert len(set(after.numbers[:, place])) > 20


def test_a_range_that_is_gone_keeps_its_coordinate(central: Params, listed: list[str]) -> None:
    before = ensemble.sample(central, 64, SEED).numbers
    known = params.library().parameters
    one = known[listed[0]]
    known[one.id] = dataclasses.replace(one, low=one.value, high=one.value)
    coordinates.cache_clear()
    after = ensemble.sample(central, 64, SEED).numbers
    assert np.array_equal(after, before[:, 1:])


def test_a_range_without_a_coordinate_is_refused(central: Params, listed: list[str]) -> None:
    give_range(NEW)
    message = rf"{NEW} must have a coordinate.* append to params/coordinates.txt, .*: {NEW}$"
    with pytest.raises(InputError, match=message):
        ensemble.inputs(central)


def test_every_input_has_one_group_and_every_group_has_a_parameter(central: Params) -> None:
    for one in ensemble.inputs(central):
        assert {ensemble.group_of(key) for key in one.known_as} == {one.group}
    assert {one.group for one in ensemble.inputs(central)} == set(ensemble.GROUPS.values())
    expected = {"owned.goodput": "compute", "owned.share": "terms", "penalty.law": "layer 1"}
    assert {key: ensemble.group_of(key) for key in expected} == expected


def ensemble_ids() -> list[str]:
    return [key for ids in coordinates().values() for key in ids]


def test_a_parameter_without_a_group_is_named() -> None:
    with pytest.raises(InputError, match=r"weather\.rain belongs to no group: add a pattern"):
        ensemble.group_of("weather.rain")


def test_what_an_override_sets_stays_fixed_and_the_rest_is_drawn_as_before(
    central: Params,
) -> None:
    fixed = {"owned.share": 0.2, "penalty.law": "tax", "mfu_runs.lumi_175b.saturation": 4e-15}
    changed = ensemble.sample(params.load(overrides=fixed), 64, SEED)
    plain = ensemble.sample(central, 64, SEED)
    for draw, before in zip(changed, plain, strict=True):
        assert {key: value_of(draw, key) for key in fixed} == fixed
        for key in {*ensemble_ids()} - fixed.keys():
            assert value_of(draw, key) == value_of(before, key), key


def test_what_a_scenario_sets_stays_fixed() -> None:
    low = params.load("low")
    varied = {key for one in ensemble.inputs(low) for key in one.ids}
    assert not any(key.startswith("grid_lead_times.") for key in varied)
    assert "penalty.law" not in varied
    assert varied < {*RANGED, "penalty.law", *CHANCE}
    laws = {draw.penalty.law for draw in ensemble.sample(low, 16, SEED)}
    assert laws == {low.penalty.law}


def test_coupled_rows_move_together(drawn: list[Params]) -> None:
    keys = [key for key in RANGED if key.endswith(".saturation")]
    assert len(keys) > 5
    for draw in drawn[:64]:
        scores = [score(draw, key) for key in keys]
        assert scores == pytest.approx([scores[0]] * len(keys), abs=1e-6)


def test_inputs_that_are_not_coupled_move_apart(drawn: list[Params]) -> None:
    pair = ("owned.grant_months", "training.wan_gbit_per_s")
    scores = np.array([[score(draw, key) for key in pair] for draw in drawn])
    assert abs(np.corrcoef(scores.T)[0, 1]) < 0.01


# --- the sequence --------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_draws_and_another_seed_others(central: Params) -> None:
    first, again, other = (list(ensemble.sample(central, 8, s)) for s in (SEED, SEED, SEED + 1))
    assert first == again
    assert all(a != b for a, b in zip(first, other, strict=True))


def test_the_draws_of_a_short_sample_begin_a_longer_one(central: Params) -> None:
    long, short = (ensemble.sample(central, n, SEED) for n in (1024, 512))
    assert len(long) == 1024
    assert list(long[:512]) == list(short)
    assert long[-1] == long[1023]


@pytest.mark.parametrize(("n", "use"), [(-4, 2), (0, 2), (1, 2), (3, 4), (1000, 1024)])
def test_a_number_of_draws_that_is_no_power_of_two_is_refused(
    central: Params, n: int, use: int
) -> None:
    message = f"n must be a power of two of at least 2, got {n}; use {use}"
    with pytest.raises(InputError, match=message):
        ensemble.sample(central, n, SEED)


def test_every_draw_passes_the_core(central: Params) -> None:
    ends = at(central, 1e-9, 0.001, 0.1, 0.9, 0.999, 1 - 1e-9)
    for draw in (*ensemble.sample(central, 64, SEED), *ends):
        target = draw.targets["llama_405b"]
        done = routes.finish(routes.owned(draw), target, draw)
        assert done.finish_years >= done.first_compute_years >= 0
    for draw in ends:
        for name in draw.countries:
            assert np.isfinite(ledger.card(draw, name, draw.targets["llama_405b"]).cost_meur)
        for route in routes.ROUTES.values():
            assert routes.finish(route(draw), draw.targets["llama_405b"], draw).finish_years > 0
