"""What chance decides in a draw, and what is held because somebody has set it."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from collections import Counter
from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from scipy.special import ndtr, ndtri

from euromesh import ensemble, params, routes, sensitivity
from euromesh.ensemble import chance, inputs
from euromesh.ensemble.inputs import coordinates
from euromesh.ensemble.marginals import Array
from euromesh.facts import of
from euromesh.params import Value
from euromesh.records import Params
from euromesh.records.tree import value_of
from euromesh.runs import GOLDEN
from euromesh.sensitivity import RaceModel
from tests.strategies import with_value
from tests.test_ensemble import LIBRARY, SEED, Z90, N, column

CENTRAL = params.load()
ROWS = CENTRAL.grid_lead_times
SEVEN = sorted({row.region for row in ROWS.values() if row.of_original_seven})
REGIONS = sorted({row.region for row in ROWS.values()})
AHEAD = [row for row, project in CENTRAL.projects.items() if project.stage != "energised"]
WAITS = {f"grid_lead_times.{row}.drawn_years" for row in ROWS}
SLIPS = {
    "gigafactory.slip_years",
    *(f"projects.{row}.slip_years" for row in AHEAD),
    *(
        f"clusters.{k}.slip_years"
        for k, c in CENTRAL.clusters.items()
        if c.raced and c.status != "running"
    ),
    *(f"machines.{k}.slip_years" for k, m in CENTRAL.machines.items() if m.status != "operating"),
}
FLAGS = {
    "owned.granted": "owned.never_granted",
    **{f"{r}.built": f"{r}.never_built" for r in routes.ROUTES if f"{r}.built" in LIBRARY},
    **{f"projects.{row}.built": "signed.project_never_built" for row in AHEAD},
}
CHANCE = {*WAITS, *SLIPS, *FLAGS, "campus.region"}
CHANCE |= {"new_medium.lost_sites", "new_medium.lost_phase"}
SLIP = {"slip.probability": 0.3, "slip.median_years": 0.6, "slip.sigma": 0.9}
TARGET = "llama_405b"
VARIED = {key for ids in coordinates().values() for key in ids}


def sampled(**changes: Any) -> ensemble.Draws:
    """Draws around the central parameters with overrides, `__` for the dots of an id."""
    changed = {key.replace("__", "."): value for key, value in changes.items()}
    return ensemble.sample(params.load(overrides=changed), N, SEED)


def sampled_few(given: Params) -> list[Params]:
    return list(ensemble.sample(given, 64, SEED))


def wait(draws: ensemble.Draws, row: str) -> Array:
    return column(draws, f"grid_lead_times.{row}.drawn_years")


def points(seed: int = SEED) -> Array:
    return ensemble.sobol(range(ensemble.n_coordinates()), 64, seed)


def everywhere(place: float) -> Params:
    """The draw with every coordinate in one place."""
    return at(dict.fromkeys(coordinates(), place))


def at(places: Mapping[str, float]) -> Params:
    """The draw with every coordinate in the middle but some, by name."""
    point = [[places.get(name, 0.5) for name in params.library().coordinates]]
    return ensemble.draws_at(CENTRAL, np.array(point))[0]


@pytest.fixture(scope="module")
def draws() -> ensemble.Draws:
    return sampled()


def test_a_drawn_wait_has_the_lognormal_quantiles_of_its_row(draws: ensemble.Draws) -> None:
    for name, row in ROWS.items():
        lead = LIBRARY[f"grid_lead_times.{name}.lead_years"]
        ratio = lead.high / lead.low  # type: ignore[operator]
        found = np.quantile(wait(draws, name), (0.1, 0.5, 0.9))
        expected = row.lead_years * ratio ** np.array([-0.5, 0, 0.5])
        assert found == pytest.approx(expected, rel=0.04), name


def test_a_draw_uses_the_correlation_of_its_own() -> None:
    """z = sqrt(rho) z_0 + sqrt(1 - rho) e, rho as the same draw has it."""
    local = "grid_lead_times.iberia_1000mw.drawn_years"
    (name,) = (key for key, ids in coordinates().items() if local in ids)
    for place, common, own in itertools.product((0.1, 0.9), (0.2, 0.7), (0.4, 0.95)):
        draw = at({"grid.correlation": place, "grid.common_delay": common, name: own})
        rho, row = draw.grid.correlation, draw.grid_lead_times["iberia_1000mw"]
        assert rho == pytest.approx(0.2 if place < 0.5 else 0.8)
        z = math.sqrt(rho) * ndtri(common) + math.sqrt(1 - rho) * ndtri(own)
        assert row.drawn_years == pytest.approx(6 * math.exp(z * math.log(9 / 4) / (2 * Z90)))
        other = draw.grid_lead_times["france_40mw"]
        z = math.sqrt(rho) * ndtri(common)
        assert other.drawn_years == pytest.approx(3 * math.exp(z * math.log(5 / 1.5) / (2 * Z90)))


def test_a_slip_follows_the_law_of_its_own_draw() -> None:
    for p, m, s in itertools.product((0.1, 0.9), repeat=3):
        places = {"slip.probability": p, "slip.median_years": m, "slip.sigma": s}
        draw = at({**places, "machines.herder.slip_years": 0.9})
        law = draw.slip
        assert (law.probability, law.median_years) == pytest.approx(
            (0.2 if p < 0.5 else 0.6, 0.3 if m < 0.5 else 1.5)
        )
        years = law.median_years * math.exp(law.sigma * ndtri(1 - 0.1 / law.probability))
        assert draw.machines["herder"].slip_years == pytest.approx(years)
        assert draw.projects["sines_full"].slip_years == 0.0 or law.probability > 0.5


@given(
    u=st.floats(1e-9, 1 - 1e-9),
    probability=st.floats(0, 1),
    median=st.floats(0.01, 10),
    sigma=st.floats(0.01, 2),
)
def test_the_law_of_a_slip_is_the_inverse_of_its_distribution(
    u: float, probability: float, median: float, sigma: float
) -> None:
    """P(slip <= s) = 1 - p + p Phi(ln(s / m) / sigma)."""
    slip = float(chance.slip_years(*map(np.asarray, (u, probability, median, sigma))))
    on_time = 1 - probability
    if u <= on_time:
        assert slip == 0
        return
    assume(u - on_time > 1e-6)
    reached = on_time + probability * ndtr(math.log(slip / median) / sigma)
    assert reached == pytest.approx(u, abs=1e-8)


def test_flags_are_true_as_often_as_their_probability_says_and_independent_as_slips_are() -> None:
    fixed = sampled(**dict.fromkeys(FLAGS.values(), 0.35), **SLIP)
    flags = np.array([column(fixed, key) for key in FLAGS])
    assert flags.mean(axis=1) == pytest.approx(np.full(len(FLAGS), 0.65), abs=1 / N)
    for events in (flags, np.array([column(fixed, key) > 0 for key in sorted(SLIPS)])):
        apart = np.corrcoef(events)[np.triu_indices(len(events), 1)]
        assert abs(apart).max() < 0.1
        assert abs(apart.mean()) < 0.005


def test_flags_follow_the_probability_of_their_own_draw(draws: ensemble.Draws) -> None:
    for key, never in FLAGS.items():
        built, odds = column(draws, key), column(draws, never)
        assert built.mean() == pytest.approx(1 - odds.mean(), abs=0.02), key
        often = odds > np.median(odds)
        for part in (often, ~often):
            assert built[part].mean() == pytest.approx(1 - odds[part].mean(), abs=0.03), key


def test_as_many_filings_are_lost_as_the_draw_says_whichever_they_are(
    draws: ensemble.Draws,
) -> None:
    lost = column(draws, "new_medium.lost_sites")
    n_sites, never = column(draws, "new_medium.n_sites"), column(draws, "new_medium.never_built")
    assert (lost <= n_sites).all()
    assert (lost - n_sites * never).mean() == pytest.approx(0, abs=0.05)
    variance = n_sites * never * (1 - never)
    assert ((lost - n_sites * never) ** 2).mean() == pytest.approx(variance.mean(), rel=0.05)
    phase = column(draws, "new_medium.lost_phase")
    assert np.quantile(phase, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=0.01)


def test_a_campus_stands_in_each_of_the_seven_regions_as_often(draws: ensemble.Draws) -> None:
    counts = Counter(draw.campus.region for draw in draws)
    assert sorted(counts) == SEVEN
    assert list(counts.values()) == pytest.approx([N / 7] * 7, abs=2)


@pytest.mark.parametrize(
    ("changes", "region"),
    [
        ({"campus.region": "best"}, "france"),
        ({"campus.region": "best", "campus.grid_mw": 40, "campus.first_tranche_mw": 40}, "nordics"),
        ({"campus.region": "best", "grid_lead_times.germany_1000mw.lead_years": 4}, "germany"),
        ({"campus.region": "best", "grid_lead_times.ireland_1000mw.drawn_years": 1}, "france"),
        ({"campus.region": "best", "grid_lead_times.italy_1000mw.lead_years": 1}, "france"),
        ({"campus.region": "poland"}, "poland"),
    ],
)
def test_the_best_region_has_the_shortest_median_and_a_named_one_stays(
    changes: dict[str, object], region: str
) -> None:
    drawn = ensemble.sample(params.load(overrides=changes), 64, SEED)
    assert {routes.campus_region(draw) for draw in drawn} == {region}


FRANCE, IBERIA = (f"grid_lead_times.{row}_1000mw" for row in ("france", "iberia"))


@pytest.mark.parametrize(
    ("set_", "held"),
    [
        ({f"{FRANCE}.lead_years": 4.0}, {f"{FRANCE}.drawn_years": None}),
        ({f"{IBERIA}.drawn_years": 9.0}, {}),
        ({"gigafactory.slip_years": 2.0, "machines.lumi_ai.slip_years": 0.0}, {}),
        ({"campus.built": False, "projects.luebbenau.built": False, "owned.granted": False}, {}),
        ({"new_medium.lost_phase": 0.5, "new_medium.lost_sites": 3}, {}),
        ({"owned.share": 0.2, "penalty.law": "tax", "mfu_runs.lumi_175b.saturation": 4e-15}, {}),
    ],
)
def test_what_is_set_is_held_fixed_and_the_rest_is_drawn_as_before(
    set_: dict[str, Value], held: dict[str, Value]
) -> None:
    fixed, given_ = {**set_, **held}, params.load(overrides=set_)
    for draw, plain in zip(sampled_few(given_), sampled_few(CENTRAL), strict=True):
        assert {key: value_of(draw, key) for key in fixed} == fixed
        for key in VARIED - fixed.keys():
            assert value_of(draw, key) == value_of(plain, key), key
    by_hand = reduce(lambda tree, change: with_value(tree, *change), set_.items(), CENTRAL)
    for tree in (given_, by_hand):
        assert VARIED - fixed.keys() == {key for one in ensemble.inputs(tree) for key in one.ids}


def test_chance_decides_these_parameters_and_nothing_else() -> None:
    assert set(chance.laws()) == CHANCE
    assert {key for ids in chance.coordinates().values() for key in ids} == CHANCE


def test_every_region_plan_and_flag_has_a_coordinate_of_its_own() -> None:
    found = dict(chance.coordinates())
    assert found.pop(ensemble.COMMON_DELAY) == ()
    shared = [ids for ids in found.values() if len(ids) > 1]
    named = [{ROWS[key.split(".")[1]].region for key in ids} for ids in shared]
    assert sorted(named, key=min) == [{region} for region in REGIONS]
    assert len(found) == len(REGIONS) + len(CHANCE) - len(WAITS)


def test_every_draw_is_a_tree_that_the_validator_takes(draws: ensemble.Draws) -> None:
    adapter = TypeAdapter(Params)
    for draw in (*map(draws.__getitem__, range(16)), everywhere(1e-9), everywhere(1 - 1e-9)):
        text = json.dumps(dataclasses.asdict(draw), allow_nan=False)
        assert adapter.validate_json(text) == draw
        types = {key: type(value_of(draw, key)) for key in CHANCE}
        expected = {key: bool if key in FLAGS else float for key in CHANCE}
        assert types == {**expected, "campus.region": str}


def test_in_the_middle_of_every_coordinate_all_is_built_on_time_after_the_median() -> None:
    middle = everywhere(0.5)
    assert {row.drawn_years for row in middle.grid_lead_times.values()} == {
        row.lead_years for row in ROWS.values()
    }
    assert {value_of(middle, key) for key in SLIPS} == {0.0}
    assert {value_of(middle, key) for key in FLAGS} == {True}


def test_at_the_far_end_of_every_coordinate_all_is_late_and_nothing_is_built() -> None:
    """So that a coordinate means luck: the further out, the worse."""
    last = everywhere(1 - 1e-9)
    for key, row in last.grid_lead_times.items():
        assert row.drawn_years is not None and row.drawn_years > 3 * ROWS[key].lead_years
    assert min(value_of(last, key) for key in SLIPS) > 3
    assert {value_of(last, key) for key in FLAGS} == {False}
    assert last.new_medium.lost_sites > 0.9 * last.new_medium.n_sites


def test_what_one_law_reads_moves_no_other_column() -> None:
    changed, plain = sampled(slip__probability=0.9), ensemble.sample(CENTRAL, N, SEED)
    moved = {key for key in CHANCE if not np.array_equal(column(changed, key), column(plain, key))}
    assert moved == SLIPS


WAIT = "grid_lead_times.france_1000mw.drawn_years"


@pytest.mark.parametrize(
    ("key", "group", "changes"),
    [
        (WAIT, "common delay", {"grid.correlation": 1.0}),
        (WAIT, "grid", {"grid.correlation": 0.0}),
        ("machines.lumi_ai.slip_years", "slip", {}),
        ("projects.sines_full.built", "never built", {}),
        ("owned.granted", "never built", {}),
        ("new_medium.lost_phase", "never built", {}),
        ("campus.region", "grid", {}),
    ],
)
def test_a_group_moves_all_that_its_outcome_hangs_on_and_no_other_does(
    key: str, group: str, changes: dict[str, Value]
) -> None:
    given_ = params.load(overrides=changes)
    own = {one.column for one in ensemble.inputs(given_) if one.group == group}
    moves = np.isin(np.arange(ensemble.n_coordinates()), list(own))

    def values(redrawn: np.ndarray) -> list[object]:
        """With these columns taken from a second sample."""
        at = np.where(redrawn, points(SEED + 1), points())
        return [value_of(draw, key) for draw in ensemble.draws_at(given_, at)]

    assert values(~moves) == values(moves & ~moves) != values(moves)


def pinned(*ids: str) -> Params:
    """The central parameters with some of them set to the values that they have or stand for."""
    return params.load("central", {key: standing(key) for key in ids})


def standing(key: str) -> Value:
    """The value of an id; of a blank the number that it stands for."""
    if key.endswith("drawn_years"):
        return value_of(CENTRAL, key.replace("drawn_years", "lead_years"))
    if key.endswith("slip_years"):
        return routes.slip_years(value_of(CENTRAL, key), CENTRAL)
    return value_of(CENTRAL, key)


def moved(run: Params) -> set[str]:
    return {key for one in inputs(run) for key in one.ids}


def odds(run: Params) -> float:
    """P(owned first), integrated over what is granted or built."""
    plan = ensemble.Plan(run, (TARGET,), 1, 1024, 7)
    return float(ensemble.tally(plan, [0]).sums.first.sum(axis=0)[0, 0]) / 1024 / 2**32


def test_a_value_set_to_the_central_one_is_held_and_nothing_else() -> None:
    every = sorted(moved(CENTRAL))
    assert len(every) > 200
    for held in (every[::2], every[1::2], every):
        assert moved(pinned(*held)) == {*every} - {*held}


def test_a_value_set_to_nothing_is_left_to_chance() -> None:
    blank = [key for key in moved(CENTRAL) if value_of(CENTRAL, key) is None]
    assert len(blank) > 50
    assert params.load("central", dict.fromkeys(blank)) == CENTRAL


@pytest.mark.parametrize(
    ("key", "steps"),
    [
        ("owned.share", (0.0999, 0.1, 0.1001)),
        ("owned.grant_months", (11.99, 12.0, 12.01)),
        ("race.decision_date", ("2026-12-31", "2027-01-01", "2027-01-02")),
    ],
)
def test_a_sweep_through_the_centre_is_smooth(key: str, steps: tuple[float, float, float]) -> None:
    below, at, above = (odds(params.load("central", {key: step})) for step in steps)
    assert at == pytest.approx((below + above) / 2, abs=0.003)
    assert at != odds(CENTRAL), "the value is drawn"


def test_a_grant_that_is_set_is_certain() -> None:
    granted = params.load("central", {"owned.granted": True})
    assert ensemble.outcomes(granted, (TARGET,), points()).chance[0].tolist() == [1.0] * 64
    assert odds(granted) > odds(CENTRAL)


def test_the_mean_of_the_regions_that_is_set_is_the_mean_in_every_draw() -> None:
    """With every lead time held too, all draws of the campus wait as long as the central one."""
    waits = [key for key in moved(CENTRAL) if key.startswith("grid_lead_times.")]
    rest = [key for key in moved(CENTRAL) if key not in {"campus.region", *waits}]
    leads = {key.replace("drawn_years", "lead_years") for key in waits}
    run = pinned("campus.region", *leads, *rest)
    years = ensemble.outcomes(run, (TARGET,), points()[:8]).years[0][2]
    assert years == pytest.approx(RaceModel(CENTRAL, TARGET).finish("campus", CENTRAL), abs=1e-9)


def test_an_input_keeps_its_name_and_is_known_by_it_when_its_first_row_is_held() -> None:
    race = RaceModel(CENTRAL, TARGET)
    for one in (found for found in inputs(CENTRAL) if len(found.ids) > 1):
        first, *others = one.ids
        run = pinned(first)
        left = next(found for found in inputs(run) if found.name == one.name)
        assert left.ids == tuple(others) and left.column == one.column
        found = sensitivity.flips(race.is_before_campus, run, one.name)
        assert found.name == one.name and found.searched[0] is not None
        assert one.name in sensitivity.searchable(run)
        assert np.ptp(sensitivity.known(run, points()[:16]).of([one.name])) > 0


def test_a_run_with_the_first_row_of_a_region_held_has_all_its_flips() -> None:
    row = "grid_lead_times.nordics_1000mw"
    found = of("central", {f"{row}.lead_years": 4.0}).made("flips").numbers()
    assert f"sensitivity.flip.{row}.drawn_years" in {name for name, _ in found}


def test_every_parameter_with_a_range_says_where_it_turns_the_order() -> None:
    ranged = {key for key, one in params.library().parameters.items() if one.low != one.high}
    told = set(json.loads(GOLDEN.read_text(encoding="utf-8"))["numbers"])
    assert {f"sensitivity.flip.{key}" for key in ranged} <= told
    assert len(ranged) > 200


def test_what_moves_with_others_turns_the_order_at_a_value_of_its_own() -> None:
    """One physical h in every chip: one quantile, and the range of each."""
    tables = of("central", {"owned.share": 0.01003})  # so near to a tie that it turns
    told = tables["flips"].set_index("row")["value"]
    (h,) = (one for one in inputs(tables.params) if one.name.endswith(".saturation"))
    race = RaceModel(tables.params, tables.params.race.target)
    (flip,) = sensitivity.flips(race.is_before_campus, tables.params, h.name).flips
    values = sensitivity.values_at(tables.params, h, flip.quantile or 0.0)
    assert {key: told[key] for key in h.ids} == pytest.approx(values, abs=0)
    assert len({*values.values()}) > 3
