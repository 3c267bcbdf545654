"""The race over draws gives the dates of the oracle, draw by draw, route by route."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, qmc

from euromesh import efficiency, ensemble, params, routes
from euromesh.elementwise import Named
from euromesh.ensemble import Outcomes
from euromesh.ensemble.columns import Columns, varied
from euromesh.ensemble.inputs import coordinates
from euromesh.ensemble.race import presence
from euromesh.records import InputError, Params
from euromesh.routes import ROUTES
from tests.oracle import drawn_years

TARGETS = ("llama_405b", "run_1e26")
CLOSE = 1e-9  # years
each_route = pytest.mark.parametrize("name", ROUTES)


def points(n: int, seed: int) -> NDArray[np.float64]:
    return ensemble.sobol(range(ensemble.n_coordinates()), n, seed)


def in_the_corners(n: int, seed: int) -> NDArray[np.float64]:
    """Points far out in most directions, where ranges end and gates close."""
    rng = np.random.default_rng(seed)
    return rng.choice([1e-6, 0.02, 0.5, 0.98, 1 - 1e-6], size=(n, ensemble.n_coordinates()))


@lru_cache
def raced(scenario: str) -> tuple[Params, NDArray[np.float64], Outcomes]:
    """What the arrays make of some ordinary and some extreme draws."""
    loaded = params.load(scenario)
    n = 64 if scenario == "central" else 8
    at = np.concatenate([points(n, seed=7), in_the_corners(n // 2, seed=8)])
    return loaded, at, ensemble.outcomes(loaded, TARGETS, at)


def assert_same(one: NDArray[np.float64], other: NDArray[np.float64]) -> None:
    """Equal to the tolerance, and never in the same places."""
    assert (np.isinf(one) == np.isinf(other)).all()
    finite = np.isfinite(one)
    assert np.abs(one[finite] - other[finite]).max(initial=0.0) < CLOSE


@each_route
@pytest.mark.parametrize("scenario", ["central", "eurohpc_only", "on_site_gas", "low"])
def test_every_date_is_that_of_the_oracle(scenario: str, name: str) -> None:
    loaded, at, found = raced(scenario)
    expected = drawn_years(loaded, TARGETS, name, at)
    assert_same(expected, found.years[:, list(ROUTES).index(name)])


@pytest.mark.parametrize(
    "changes",
    [
        {"training.sharding": "zero_1"},
        {"training.wan_gbit_per_s": 900.0},
        {"training.wan_gbit_per_s": 300.0, "training.overlap_steps": 0, "owned.share": 0.9},
        {"owned.goodput": 1.0, "training.quorum": 1.0},
        {"owned.share": 0},
        {"owned.goodput": 0, "new_sites.goodput": 0},
        {"leased.n_sites": 3, "campus.tranches": False, "campus.region": "best"},
        {"training.most_replicas": 3},
        {"training.inner_steps": 15, "training.overlap_steps": 7},
        {"new_medium.lost_sites": 25.0, "new_medium.n_sites": 25.0},
        {"training.step_jitter": 0.9},
        {"owned.contracted": False, "owned.porting.beside": False},
        {"owned.replica_of": "machine", "links.kajaani.gbit_per_s": 0.3},
        {"owned.replica_of": "city"},
        {"links.kajaani.gbit_per_s": 0.3, "links.bologna.gbit_per_s": 2},
        {"campus.grid_mw": 250.0, "campus.first_tranche_mw": 250.0},
        {"projects.luebbenau.country": "at"},
        {"projects.campus_ia_first.raced": False, "projects.sines_full.built": False},
        {f"projects.{key}.raced": False for key in params.load().projects},
        {"owned.machine_set": "eurohpc", "owned.left_out": "jupiter_booster", "owned.share": 1.0},
        {"accelerators.v100_32gb.on_sale": "2032-01", "new_sites.hardware_lead_years": 9.0},
        {"slip.probability": 0.95, "slip.median_years": 6.0},
    ],
)
def test_so_it_is_where_somebody_has_changed_the_parameters(changes: dict[str, object]) -> None:
    loaded = params.load(overrides=changes)
    at = np.concatenate([points(8, seed=3), in_the_corners(4, seed=4)])
    found = ensemble.outcomes(loaded, TARGETS, at)
    for row, name in enumerate(ROUTES):
        assert_same(drawn_years(loaded, TARGETS, name, at), found.years[:, row])


def test_collapsed_ranges_give_the_central_dates(central: Params) -> None:
    """Every coordinate at its middle, chance included, is one draw again and again."""
    at = np.full((5, ensemble.n_coordinates()), 0.5)
    found = ensemble.outcomes(central, TARGETS, at).years
    assert (found == found[..., :1]).all()
    (drawn,) = ensemble.draws_at(central, at[:1])
    for row, name in enumerate(ROUTES):
        route = ROUTES[name](drawn)
        for column, target in enumerate(TARGETS):
            done = routes.finish_date_years(route, drawn.targets[target], drawn)
            assert found[column, row, 0] == pytest.approx(done, abs=CLOSE)


def test_what_the_core_refuses_the_arrays_refuse() -> None:
    for changes, words in (
        ({"training.inner_steps": 12.0}, "n_fragments must be at most inner_steps = 12, got 15"),
        ({"race.horizon": "2027-03"}, "race.horizon must come after"),
    ):
        loaded = params.load(overrides=changes)
        with pytest.raises(InputError, match=words):
            ensemble.outcomes(loaded, TARGETS, points(64, seed=1))


@pytest.mark.parametrize(
    "changes",
    [{"owned.leased_sites": 1.0}, {"owned.leased_sites": 3.0}, {"owned.renewal": True}],
)
def test_let_halls_and_renewed_machines_are_raced_alike(changes: dict[str, object]) -> None:
    """Halls have a goodput of their own, and stand in only some of the draws."""
    loaded = params.load(overrides=changes)
    at = np.concatenate([points(16, seed=5), in_the_corners(8, seed=6)])
    found = ensemble.outcomes(loaded, TARGETS[:1], at).years[:, 0]
    assert_same(drawn_years(loaded, TARGETS[:1], "owned", at), found)


def test_the_draws_beside_it_change_no_bit_of_a_draw(central: Params) -> None:
    at = points(256, seed=9)
    whole = ensemble.outcomes(central, TARGETS, at).years
    some = np.random.default_rng(1).permutation(256)[:37]
    assert (ensemble.outcomes(central, TARGETS, at[some]).years == whole[..., some]).all()


def test_a_draw_says_how_probable_it_was_that_a_route_is_built(central: Params) -> None:
    at = points(512, seed=2)
    found = ensemble.outcomes(central, TARGETS[:1], at)
    drawn = ensemble.draws_at(central, at)
    for column in (0, 100, 511):
        one = drawn[column]
        assert found.chance[0, column] == 1 - one.owned.never_granted
        assert found.chance[2, column] == 1 - one.campus.never_built
        assert found.built[0, column] == one.owned.granted
        assert found.built[list(ROUTES).index("on_site"), column] == one.on_site.built
    assert (found.chance[1] == 1).all() and found.built[1].all()
    assert found.built.mean(axis=1) == pytest.approx(found.chance.mean(axis=1), abs=0.06)
    never = ensemble.outcomes(params.load(overrides={"campus.built": False}), TARGETS[:1], at)
    assert (never.chance[2] == 0).all() and np.isinf(never.finish_years[0, 2]).all()
    assert np.isfinite(never.years[0, 2]).any()


# --- columns and terms ---------------------------------------------------------------------------


def test_columns_are_the_draws(central: Params) -> None:
    at = points(8, seed=1)
    columns = Columns(varied(central), at)
    drawn = ensemble.draws_at(central, at)
    seen, law = columns.params(), columns.params().penalty.law
    assert isinstance(law, Named)
    for row in range(8):
        one = drawn[row]
        assert columns.number("owned.share")[row] == one.owned.share
        assert seen.training.batch.multiple[row] == one.training.batch.multiple  # type: ignore[index]
        assert law.names[law.index[row]] == one.penalty.law
    assert seen.training.n_layers == central.training.n_layers
    assert columns.params("owned.granted").owned.granted is True
    assert columns.params().owned.granted is not True
    assert set(columns.of.columns) >= set(coordinates()) - {"grid.common_delay"}


def test_the_quorum_is_a_binomial_tail() -> None:
    goodput, quorum = np.array([0.87, 0.5, 1.0, 0.99]), np.array([0.75, 1.0, 0.75, 0.0])
    found = presence.quorum_factors(goodput, quorum, 64)
    for row, (up, part) in enumerate(zip(goodput, quorum, strict=True)):
        for size in (1, 2, 3, 12, 64):
            needed = efficiency.sites_needed(size, part)
            tail = binom.sf(needed - 2, size - 1, up) if size > 1 else 1.0
            assert found[row, size - 1] == pytest.approx(tail, abs=1e-13)


def test_the_straggler_factor_is_interpolated_to_rounding() -> None:
    jitter = np.concatenate([qmc.Halton(1, rng=1).random(40)[:, 0] * 0.25, [0.0, 0.25, 0.6]])
    found = presence.straggler_factors(jitter, 40)
    expected = [[efficiency.straggler_factor(m, float(x)) for m in range(1, 41)] for x in jitter]
    assert np.abs(found / np.asarray(expected) - 1).max() < 1e-12
