"""Draws of the parameters: marginals, order, and what stays fixed."""

import dataclasses
import math
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from euromesh import ensemble, fits, ledger, params, routes, units
from euromesh.ensemble import chance
from euromesh.ensemble.inputs import CHOICES, LEADING, coordinates
from euromesh.ensemble.tally import Plan, points_of
from euromesh.records import InputError, Params
from euromesh.records.tree import value_of

N, SEED = 4096, 20270101
Z90 = float(ndtri(0.9))
LIBRARY = params.library().parameters
HELD = ("training.precision_weights.", "grid_lead_times.", "frontier_runs.")  # no draw moves them
RANGED = {
    key: one for key, one in LIBRARY.items() if one.low != one.high and not key.startswith(HELD)
}
CHANCE = set(chance.laws())


@pytest.fixture(scope="module")
def draws(central: Params) -> ensemble.Draws:
    """One sample of the central parameters."""
    return ensemble.sample(central, N, SEED)


def column(draws: ensemble.Draws, key: str) -> NDArray[np.float64]:
    """What the draws make of a parameter, as they code it."""
    numbers: NDArray[np.float64] = draws.numbers[:, value_of(draws.columns, key)]  # type: ignore[arg-type]
    return numbers


def at(given: Params, *places: float) -> ensemble.Draws:
    """Draws with every coordinate in the same place."""
    points = np.tile(np.asarray(places)[:, None], ensemble.n_coordinates())
    return ensemble.draws_at(given, points)


def number(value: object) -> float:
    """A drawn value as a number, a date as days: a month by its last one."""
    if isinstance(value, str):
        return float(units.last_day(value).toordinal())
    assert isinstance(value, float)
    return value


def ends_of(key: str) -> list[float]:
    one = LIBRARY[key]
    return [number(end) for end in (one.low, one.value, one.high)]


@pytest.mark.parametrize("unit", sorted({one.unit for one in RANGED.values()}))
def test_a_tenth_of_the_draws_lies_below_low_and_above_high_and_all_where_the_unit_allows(
    central: Params, draws: ensemble.Draws, unit: str
) -> None:
    extremes = at(central, 1e-9, 1 - 1e-9)
    least, most = units.BOUNDS.get(unit, (-math.inf, math.inf))
    for key in (key for key, one in RANGED.items() if one.unit == unit):
        ends = low, _, high = ends_of(key)
        whole = unit == "count" and all(end % 1 == 0 and end < 1e4 for end in ends)
        found = np.sort(column(draws, key))
        width = 0.5 if unit == "date" else max(0.5 * whole, 0.004 * (high - low))
        at_shares = found[[round(share * N) for share in (0.1, 0.5, 0.9)]]
        assert at_shares == pytest.approx(ends, abs=width), key
        values = np.append(found, column(extremes, key))
        assert least <= values.min() <= values.max() <= most, key
        assert values.min() > 0 or low <= 0 or math.isfinite(most), key
        if whole:
            assert (values % 1 == 0).all() and values.min() >= min(1, low), key
        assert whole or key not in {"new_medium.n_sites", "training.inner_steps"}


def test_a_positive_quantity_moves_by_factors_and_a_fraction_by_odds(central: Params) -> None:
    far = at(central, float(ndtr(2 * Z90)))[0]  # twice as far out as P90
    _, months, late = ends_of("owned.grant_months")
    assert far.owned.grant_months == pytest.approx(late**2 / months)
    odds = [share / (1 - share) for share in ends_of("owned.share")]
    got = far.owned.share
    assert got / (1 - got) == pytest.approx(odds[2] ** 2 / odds[1])
    assert far.race.decision_date == "2031-01-02"  # 731 days after P90, as P90 is after P50


def test_the_middle_of_every_coordinate_gives_the_parameters_themselves(central: Params) -> None:
    middle = at(central, 0.5)[0]
    mixed = "frontier.growth_per_year"  # stated as a mixture, whose median is its own
    assert middle.frontier.growth_per_year == pytest.approx(4.31, rel=1e-3)
    for key in LIBRARY.keys() - CHANCE - {"penalty.law", *CHOICES, mixed}:
        read = number if LIBRARY[key].unit == "date" and key in RANGED else str
        assert read(value_of(middle, key)) == read(value_of(central, key)), key


def test_the_frontier_never_shrinks(central: Params, draws: ensemble.Draws) -> None:
    key = "frontier.growth_per_year"
    rates = np.append(column(draws, key), column(at(central, 1e-9), key))
    assert 1.0 <= rates.min() < 1.2
    assert rates.max() > ends_of(key)[2]


def test_names_and_steps_are_drawn_as_often_as_they_should(
    central: Params, draws: ensemble.Draws
) -> None:
    weights = fits.law_weights(fits.law_errors(central.losses, central.penalty))
    assert weights["none"] == 0
    counts = np.bincount(column(draws, "penalty.law").astype(int), minlength=len(weights))
    assert counts == pytest.approx(N * np.array([*weights.values()]) / sum(weights.values()), abs=2)
    sites = [lot.n_sites for lot in central.gigafactory_lots.values()]
    lots = np.bincount(column(draws, "gigafactory.lot").astype(int))
    assert lots == pytest.approx(N * np.array(sites) / sum(sites), abs=2)
    runs = {row: one.weight for row, one in central.frontier_runs.items()}
    read = np.bincount(column(draws, "frontier.reading").astype(int), minlength=len(runs))
    assert read == pytest.approx(N * np.array([*runs.values()]) / sum(runs.values()), abs=2)
    loads = {row.load_mw for row in central.grid_lead_times.values()}
    assert {*column(draws, "costs.site_mw")} == loads
    assert {*column(draws, "training.bits_per_param")} <= {4.0, 8.0, 16.0}


def test_the_weights_of_the_laws_follow_the_losses_and_what_the_draws_of_one_rest_on(
    central: Params,
) -> None:
    """A worse last cell costs the law `gap` weight; each id that weighs the laws does so."""
    (before,) = [one for one in ensemble.inputs(central) if one.name == "penalty.law"]
    read = ensemble.behind(ensemble.varied(central), {"penalty.law"})
    for key in (key for key in read if not key.startswith("losses.n4b.")):  # which lacks cells
        other = params.load(overrides={key: 1.01 * number(LIBRARY[key].value)})
        (after,) = [one for one in ensemble.inputs(other) if one.name == "penalty.law"]
        assert after.marginals != before.marginals, key
    worse = params.load(overrides={"losses.n2400m.m8": 2.4})
    (after,) = [one for one in ensemble.inputs(worse) if one.name == "penalty.law"]
    place = before.marginals[0].names.index("gap")
    assert after.marginals[0].weights[place] < before.marginals[0].weights[place]


def test_every_range_the_law_and_chance_are_inputs_and_nothing_else(central: Params) -> None:
    keys = [key for one in ensemble.inputs(central) for key in one.ids]
    assert sorted(keys) == sorted([*RANGED, "penalty.law", *CHOICES, *CHANCE])


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


def give_range(key: str, low: float, high: float) -> None:
    known = params.library().parameters
    known[key] = dataclasses.replace(known[key], low=low, high=high)
    coordinates.cache_clear()


def test_a_new_range_needs_a_coordinate_and_moves_no_other_draw(
    central: Params, listed: list[str]
) -> None:
    new, gone = "training.n_layers", listed[0]
    plan = Plan(central, (central.race.target,), n_blocks=8, n_points=64, seed=SEED)
    before, points = ensemble.sample(central, 64, SEED).numbers, next(points_of(plan, 3))
    give_range(new, 100.0, 150.0)
    message = rf"{new} must have a coordinate.* append to params/coordinates.txt, .*: {new}$"
    with pytest.raises(InputError, match=message):
        ensemble.inputs(central)
    listed.append(new)
    after = ensemble.sample(central, 64, SEED).numbers
    assert np.array_equal(next(points_of(plan, 3))[:, :-1], points)
    place = [key for one in ensemble.inputs(central) for key in one.ids].index(new)
    assert np.array_equal(np.delete(after, place, axis=1), before)
    assert len(set(after[:, place])) > 20
    give_range(gone, value := number(LIBRARY[gone].value), value)  # whose line stays
    assert np.array_equal(ensemble.sample(central, 64, SEED).numbers, after[:, 1:])


def test_every_input_has_one_group_and_every_group_has_a_parameter(central: Params) -> None:
    for one in ensemble.inputs(central):
        assert {ensemble.group_of(key) for key in one.ids or [one.name]} == {one.group}
    assert {one.group for one in ensemble.inputs(central)} == set(ensemble.GROUPS.values())
    with pytest.raises(InputError, match=r"weather\.rain belongs to no group: add a pattern"):
        ensemble.group_of("weather.rain")


def test_what_a_scenario_sets_stays_fixed() -> None:
    low = params.load("low")
    varied = {key for one in ensemble.inputs(low) for key in one.ids}
    assert not any(key.startswith("grid_lead_times.") for key in varied)
    assert not {"penalty.law", "owned.share"} & varied  # the law is the central one


def test_a_seed_gives_the_same_draws_few_or_many_and_another_seed_others(central: Params) -> None:
    first, longer, other = (
        list(ensemble.sample(central, n, s)) for n, s in ((8, SEED), (16, SEED), (8, SEED + 1))
    )
    assert len(longer) == 16 and longer[:8] == first
    assert all(a != b for a, b in zip(first, other, strict=True))


def test_every_draw_passes_the_core(central: Params) -> None:
    ends = at(central, 1e-9, 0.001, 0.1, 0.9, 0.999, 1 - 1e-9)
    for draw in (*ensemble.sample(central, 4, SEED), *ends):
        for name in draw.countries:
            assert np.isfinite(ledger.card(draw, name, draw.targets["llama_405b"]).cost_meur)
        for route in routes.ROUTES.values():
            assert routes.finish(route(draw), draw.targets["llama_405b"], draw).finish_years > 0
