"""Blocks of draws: whole numbers with one sum, probabilities with honest errors, dates by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from euromesh import ensemble, params, routes
from euromesh.ensemble import Outcomes, Plan, Tally
from euromesh.ensemble.tally import BEFORE_DAYS, ONE, _days, points_of, wins
from euromesh.records import InputError, Params
from euromesh.routes import ROUTES

TARGETS = ("llama_405b", "run_1e26")
OWNED, CAMPUS = 0, list(ROUTES).index("campus")


@pytest.fixture(scope="module")
def plan(central: Params) -> Plan:
    return Plan(central, TARGETS, n_blocks=8, n_points=512, seed=11)


@pytest.fixture(scope="module")
def whole(plan: Plan) -> Tally:
    return ensemble.tally(plan, range(plan.n_blocks))


# --- one value -----------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [64, 256, 4096])
def test_the_chunk_changes_no_bit(plan: Plan, chunk: int) -> None:
    one = ensemble.tally_block(plan, 3, chunk)
    assert one.digest() == ensemble.tally_block(plan, 3).digest()


def test_the_order_of_the_blocks_changes_no_bit(plan: Plan, whole: Tally) -> None:
    later, sooner = ensemble.tally(plan, [6, 4, 7, 5]), ensemble.tally(plan, [1, 3, 0, 2])
    assert (later + sooner).digest() == whole.digest()
    assert (later + sooner).blocks.tolist() == list(range(8))


def test_a_seed_gives_other_draws_and_so_does_a_block(plan: Plan, whole: Tally) -> None:
    other = ensemble.tally(replace(plan, seed=12), range(8))
    assert other.digest() != whole.digest()
    first, second = (next(points_of(plan, block, 8)) for block in (0, 1))
    assert not np.isin(first, second).any()


def test_a_block_there_twice_is_refused(plan: Plan) -> None:
    one = ensemble.tally_block(plan, 0)
    with pytest.raises(InputError, match=r"blocks \[0\] are there twice"):
        one + one


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"n_points": 500}, "points must be a power of two"),
        ({"n_blocks": 0}, "blocks must be at least 1, got 0"),
        ({"targets": ("llama",)}, "targets must be some of ai_act, .*got"),
        ({"targets": ()}, "targets must be some of"),
    ],
)
def test_a_plan_that_cannot_be_drawn_is_refused(
    plan: Plan, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        replace(plan, **changes)


@pytest.mark.parametrize(("chunk", "words"), [(0, "power of two"), (2**21, "at most 1048576")])
def test_a_chunk_that_would_not_add_up_is_refused(plan: Plan, chunk: int, words: str) -> None:
    with pytest.raises(InputError, match=f"chunk must be .*{words}"):
        ensemble.tally_block(plan, 0, chunk)


# --- what it counts ------------------------------------------------------------------------------


def test_the_sums_are_those_of_the_outcomes(plan: Plan) -> None:
    """By hand, draw by draw: a route not built is never before another, nor ahead of one."""
    found = ensemble.outcomes(plan.params, TARGETS, next(points_of(plan, 0, 512)))
    tally = ensemble.tally_block(plan, 0)
    years, chance = found.years[0], found.chance
    before = first = 0.0
    for draw in range(512):
        alone = chance[OWNED, draw] * bool(np.isfinite(years[OWNED, draw]))
        behind = [years[r, draw] <= years[OWNED, draw] for r in range(len(ROUTES))]
        before += alone * (1 - chance[CAMPUS, draw] * behind[CAMPUS])
        rivals = [1 - chance[r, draw] * behind[r] for r in range(1, len(ROUTES))]
        first += alone * float(np.prod(rivals))
    assert tally.sums.before[0, 0, OWNED, CAMPUS] / ONE == pytest.approx(before, abs=1e-6)
    assert tally.sums.first[0, 0, OWNED] / ONE == pytest.approx(first, abs=1e-6)


def outcomes_of(years: list[float], chance: float = 1.0) -> Outcomes:
    """Draws in which the first route finishes at some years, and every other at 5 years."""
    found = np.full((1, len(ROUTES), len(years)), 5.0)
    found[0, OWNED] = years
    shape = found.shape[1:]
    return Outcomes(found, np.ones(shape, dtype=bool), np.full(shape, chance))


def test_a_finish_is_counted_on_its_day(central: Params) -> None:
    """On a day's edge, a millisecond before it, before the first bin, at the horizon, and never."""
    plan = Plan(central, ("llama_405b",), 1, 8, 0)
    horizon = routes.horizon_years(central)
    years = [400 / 365.25, 400.99 / 365.25, 401 / 365.25, -10.0, horizon, np.inf, 0.0, 1.0]
    days = _days(plan, outcomes_of(years, chance=0.75))[0, OWNED]
    expected = {
        BEFORE_DAYS + 400: 2, BEFORE_DAYS + 401: 1, 0: 1, BEFORE_DAYS: 1, BEFORE_DAYS + 365: 1,
        BEFORE_DAYS + int(horizon * 365.25): 1,
    }  # fmt: skip
    for day, count in expected.items():
        assert days[day] == count * 0.75 * ONE, day
    assert days[-1] == (1 + 7 * 0.25) * ONE
    assert days.sum() == 8 * ONE and (days >= 0).all()


def test_the_days_are_those_of_the_dates(plan: Plan) -> None:
    found = ensemble.outcomes(plan.params, TARGETS, next(points_of(plan, 0, 512)))
    days = ensemble.tally_block(plan, 0).days
    origin = routes.decision_date(plan.params)
    for row in range(len(ROUTES)):
        for day in (date(2028, 7, 1), date(2031, 1, 1), date(2038, 5, 5)):
            years = (day - origin).days / 365.25
            before = found.chance[row][found.years[0, row] < years].sum()
            counted = days[0, row, : BEFORE_DAYS + (day - origin).days].sum() / ONE
            assert counted == pytest.approx(before, abs=1e-6), (row, day)


def test_a_tie_is_no_win(plan: Plan) -> None:
    before, first = wins(outcomes_of([5.0, 4.0, 6.0, np.inf]))
    assert before[0, OWNED, CAMPUS] == ONE
    assert before[0, CAMPUS, OWNED] == 2 * ONE
    assert (first[0, OWNED], first[0, CAMPUS]) == (ONE, 0)


def test_a_flag_that_another_date_reads_stays_drawn() -> None:
    """A hall joins the public machines where it is built: then both hang on one event."""
    loaded = params.load("one_leased_site")
    at = next(points_of(Plan(loaded, TARGETS[:1], 1, 16, 3), 0, 16))
    found = ensemble.outcomes(loaded, TARGETS[:1], at)
    leased = list(ROUTES).index("leased")
    assert set(found.chance[leased]) == {0.0, 1.0}
    assert (found.chance[leased] == found.built[leased]).all()
    assert (found.chance[OWNED] < 1).all()


def test_every_draw_falls_on_one_day_or_on_never(plan: Plan, whole: Tally) -> None:
    assert (whole.days.sum(axis=-1) == plan.n_draws * ONE).all()
    assert whole.days.shape == (len(TARGETS), len(ROUTES), plan.n_bins)
    assert (whole.days >= 0).all()


def test_the_larger_run_is_never_sooner(whole: Tally) -> None:
    shares = [ensemble.cumulative_share(row) for row in whole.days[:, OWNED]]
    assert (shares[0] >= shares[1]).all()


def test_flags_drawn_and_flags_left_to_their_probability_agree(plan: Plan, whole: Tally) -> None:
    """The second counts the same event with less noise."""
    at = np.concatenate([next(points_of(plan, block, 512)) for block in range(8)])
    years = ensemble.outcomes(plan.params, TARGETS, at).finish_years[0]
    drawn = (years[OWNED] < years[CAMPUS]).mean()
    found = ensemble.estimate(whole.sums.before[:, 0, OWNED, CAMPUS], plan.n_points)
    assert drawn == pytest.approx(found.value, abs=4 * np.sqrt(0.25 / 4096))


def test_plain_monte_carlo_gives_the_same_probability(plan: Plan, whole: Tally) -> None:
    at = np.random.default_rng(5).random((4096, ensemble.n_coordinates()))
    years = ensemble.outcomes(plan.params, TARGETS, at).finish_years[0]
    plain = (years[OWNED] < years[CAMPUS]).mean()
    found = ensemble.estimate(whole.sums.before[:, 0, OWNED, CAMPUS], plan.n_points)
    assert plain == pytest.approx(found.value, abs=4 * np.sqrt(0.25 / 4096))
    assert found.se < np.sqrt(0.25 / 4096) / 2


# --- estimates -----------------------------------------------------------------------------------


def test_an_estimate_is_the_mean_and_the_scatter_of_the_blocks() -> None:
    sums = np.array([45, 55] * 4) * ONE
    found = ensemble.estimate(sums, 100)
    assert found.value == pytest.approx(0.5)
    assert found.se == pytest.approx(np.std([0.45, 0.55] * 4, ddof=1) / np.sqrt(8))


def test_seven_blocks_give_no_error() -> None:
    with pytest.raises(InputError, match="at least 8 blocks, got 7"):
        ensemble.estimate(np.full(7, 50) * ONE, 100)


def test_blocks_that_disagree_give_no_number() -> None:
    sums = np.array([5, 95] * 4) * ONE
    with pytest.raises(InputError, match="the blocks disagree"):
        ensemble.estimate(sums, 100)


def test_two_seeds_and_twice_the_draws_agree_within_the_quoted_error(plan: Plan) -> None:
    def before(of: Plan) -> ensemble.Estimate:
        sums = ensemble.tally(of, range(of.n_blocks)).sums.before
        return ensemble.estimate(sums[:, 0, OWNED, CAMPUS], of.n_points)

    one = before(plan)
    for other in (replace(plan, seed=99), replace(plan, n_points=1024)):
        again = before(other)
        assert abs(one.value - again.value) < 3.5 * np.hypot(one.se, again.se)


def test_quantiles_are_the_first_day_by_which_a_part_has_finished() -> None:
    days = np.zeros(BEFORE_DAYS + 1000, dtype=np.int64)
    days[BEFORE_DAYS + np.array([100, 200, 300])] = (1, 2, 3)
    days[-1] = 4
    for part, day in {0.1: 100, 0.11: 200, 0.3: 200, 0.6: 300}.items():
        assert ensemble.quantile_years(days, part) * 365.25 == pytest.approx(day)
    assert ensemble.quantile_years(days, 0.61) == np.inf
    assert ensemble.never_share(days) == pytest.approx(0.4)
    assert ensemble.quantile_years(ensemble.if_ever(days), 0.5) * 365.25 == pytest.approx(200)
    assert ensemble.quantile_years(np.zeros(9, dtype=np.int64), 0.5) == np.inf


# --- once a route is built -----------------------------------------------------------------------


def test_once_it_is_granted_is_a_run_in_which_it_is_granted(central: Params) -> None:
    """P(first | granted) = P(first) / P(granted): what decides the grant moves nothing else."""
    granted = params.load(overrides={"owned.never_granted": 0})
    assert ensemble.chance_of("owned", granted) == 1
    odds = []
    for one in (central, granted):
        plan = Plan(one, ("llama_405b",), 8, 512, 0)
        sums = ensemble.tally(plan, range(8)).sums.before[:, 0, OWNED, CAMPUS]
        odds.append(ensemble.estimate(sums, 512).value / ensemble.chance_of("owned", one))
    assert odds[0] == pytest.approx(odds[1], abs=0.004)
    assert odds[0] > 0.8


def test_how_probable_a_grant_is_follows_the_draws(central: Params) -> None:
    plan = Plan(central, ("llama_405b",), 1, 4096, 0)
    chance = ensemble.outcomes(central, TARGETS, next(points_of(plan, 0, 4096))).chance
    for row, name in ((OWNED, "owned"), (CAMPUS, "campus")):
        assert ensemble.chance_of(name, central) == pytest.approx(chance[row].mean(), abs=1e-4)
    assert ensemble.chance_of("owned", params.load(overrides={"owned.granted": False})) == 0
