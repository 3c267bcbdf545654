"""Blocks of draws: whole numbers with one sum, honest errors, dates by day, and by month."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from euromesh import ensemble, original, params, routes
from euromesh import units as u
from euromesh.ensemble import Outcomes, Plan, Tally, months
from euromesh.ensemble.tally import BEFORE_DAYS, ONE, _days, points_of, wins
from euromesh.fleet import site_flop_per_s
from euromesh.records import InputError, Params
from euromesh.records.tables import Target
from euromesh.routes import ROUTES, Route

TARGETS = ("llama_405b", "run_1e26")
OWNED, CAMPUS = 0, list(ROUTES).index("campus")


@pytest.fixture(scope="module")
def plan(central: Params) -> Plan:
    return Plan(central, TARGETS, n_blocks=8, n_points=512, seed=11)


@pytest.fixture(scope="module")
def whole(plan: Plan) -> Tally:
    return ensemble.tally(plan, range(plan.n_blocks))


def test_a_seed_gives_other_draws_and_so_does_a_block(plan: Plan) -> None:
    other = ensemble.tally_block(replace(plan, seed=12), 0)
    assert other.digest() != ensemble.tally_block(plan, 0).digest()
    first, second = (next(points_of(plan, block)) for block in (0, 1))
    assert not np.isin(first[:8], second[:8]).any()
    with pytest.raises(InputError, match=r"blocks \[0\] are there twice"):
        other + other


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda plan: replace(plan, n_points=500), "points must be a power of two"),
        (lambda plan: replace(plan, n_blocks=0), "blocks must be at least 1, got 0"),
        (lambda plan: replace(plan, targets=("llama",)), "targets must be some of ai_act, .*got"),
        (lambda plan: replace(plan, targets=()), "targets must be some of"),
    ],
)
def test_what_cannot_be_drawn_or_would_not_add_up_is_refused(
    plan: Plan, asked: Callable[[Plan], object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        asked(plan)


def test_the_sums_are_those_of_the_outcomes(plan: Plan) -> None:
    """By hand, draw by draw: a route not built is never before another, nor ahead of one."""
    found = ensemble.outcomes(plan.params, TARGETS, next(points_of(plan, 0)))
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
    assert tally.days.shape == (len(TARGETS), len(ROUTES), plan.n_bins)
    assert (tally.days.sum(axis=-1) == 512 * ONE).all() and (tally.days >= 0).all()


def outcomes_of(years: list[float], chance: float = 1.0) -> Outcomes:
    """Draws in which the first route finishes at some years, and every other at 5 years."""
    found = np.full((1, len(ROUTES), len(years)), 5.0)
    found[0, OWNED] = years
    shape = found.shape[1:]
    return Outcomes(found, np.ones(shape, dtype=bool), np.full(shape, chance))


def test_a_finish_is_counted_on_its_day(central: Params) -> None:
    """On a day's edge or before it, before the first bin, at the horizon or after it, and never."""
    plan = Plan(central, ("llama_405b",), 1, 8, 0)
    horizon = routes.horizon_years(central)
    years = [400 / 365.25, 400.99 / 365.25, 401 / 365.25, -10, horizon, np.inf, 0, horizon + 1]
    days = _days(plan, outcomes_of(years, chance=0.75))[0, OWNED]
    expected = {
        BEFORE_DAYS + 400: 2, BEFORE_DAYS + 401: 1, 0: 1, BEFORE_DAYS: 1,
        BEFORE_DAYS + int(horizon * 365.25): 2,
    }  # fmt: skip
    for day, count in expected.items():
        assert days[day] == count * 0.75 * ONE, day
    assert days[-1] == (1 + 7 * 0.25) * ONE
    assert days.sum() == 8 * ONE and (days >= 0).all()


def test_a_tie_is_no_win(plan: Plan) -> None:
    before, first = wins(outcomes_of([5.0, 4.0, 6.0, np.inf]))
    assert before[0, OWNED, CAMPUS] == ONE
    assert before[0, CAMPUS, OWNED] == 2 * ONE
    assert (first[0, OWNED], first[0, CAMPUS]) == (ONE, 0)
    assert not before[0].diagonal().any()


def test_a_flag_that_another_date_reads_stays_drawn() -> None:
    """A hall joins the public machines where it is built: then both hang on one event."""
    loaded = params.load("one_leased_site")
    at = next(points_of(Plan(loaded, TARGETS[:1], 1, 16, 3), 0))
    found = ensemble.outcomes(loaded, TARGETS[:1], at)
    leased = list(ROUTES).index("leased")
    assert set(found.chance[leased]) == {0.0, 1.0}
    assert (found.chance[leased] == found.built[leased]).all()
    assert (found.chance[OWNED] < 1).all()


def test_drawn_flags_and_plain_monte_carlo_give_the_same_probability_with_more_noise(
    plan: Plan, whole: Tally
) -> None:
    found = ensemble.estimate(whole.sums.before[:, 0, OWNED, CAMPUS], plan.n_points)
    noise = np.sqrt(0.25 / 4096)
    same = np.concatenate([next(points_of(plan, block)) for block in range(8)])
    plain = np.random.default_rng(5).random((4096, ensemble.n_coordinates()))
    for at in (same, plain):
        years = ensemble.outcomes(plan.params, TARGETS[:1], at).finish_years[0]
        assert (years[OWNED] < years[CAMPUS]).mean() == pytest.approx(found.value, abs=4 * noise)
    assert found.se < noise / 2


def test_an_estimate_is_the_mean_and_the_scatter_of_blocks_that_agree() -> None:
    sums = np.array([45, 55] * 4) * ONE
    found = ensemble.estimate(sums, 100)
    assert found.value == pytest.approx(0.5)
    assert found.se == pytest.approx(np.std([0.45, 0.55] * 4, ddof=1) / np.sqrt(8))
    with pytest.raises(InputError, match="at least 8 blocks, got 7"):
        ensemble.estimate(sums[:7], 100)
    with pytest.raises(InputError, match="the blocks disagree"):
        ensemble.estimate(np.array([5, 95] * 4) * ONE, 100)


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


def test_how_probable_a_grant_is_follows_the_draws(plan: Plan) -> None:
    at = np.concatenate([next(points_of(plan, block)) for block in range(8)])
    chance = ensemble.outcomes(plan.params, TARGETS[:1], at).chance
    for row, name in ((OWNED, "owned"), (CAMPUS, "campus")):
        assert ensemble.chance_of(name, plan.params) == pytest.approx(chance[row].mean(), abs=1e-4)
    assert ensemble.chance_of("owned", params.load(overrides={"owned.granted": False})) == 0


DAYS = u.DAYS_PER_YEAR / u.MONTHS_PER_YEAR


def alone(params: Params, **changes: float) -> tuple[Route, Callable[[float], Target]]:
    """A site of the campus by itself, and the run that takes it so many days."""
    site = replace(routes.campus(params).sites[0], **changes)
    route, target = Route(sites=(site,), one_building=True), params.targets["llama_405b"]
    model = routes.target_model(params, target)
    places = routes.replicas(route.sites, params)
    rate = routes.best_federation(places, model, params.training, None).flop_per_s
    assert 0 < rate <= site_flop_per_s(site)
    return route, lambda days: replace(target, training_flop=days * u.SECONDS_PER_DAY * rate)


@pytest.mark.parametrize("lead", [1.8, 2.65, 4.01, 5.46])
def test_one_site_delivers_in_the_month_of_the_original(central: Params, lead: float) -> None:
    route, run = alone(central, start_years=lead)
    for days in (3.0, 20.0, 45.0, 200.0):
        found = months.finish_month(route, run(days), central)
        assert found == original.delivery_month(lead, days, DAYS)


def test_a_site_that_retires_too_soon_or_starts_too_late_never_delivers(central: Params) -> None:
    route, run = alone(central, start_years=1.0, end_years=1.5)
    assert months.finish_month(route, run(6 * DAYS - 1), central) == 18
    assert math.isinf(months.finish_month(route, run(6 * DAYS + 1), central))
    start = routes.horizon_years(central) + 1
    late, run = alone(central, start_years=start, end_years=99.0)
    assert math.isinf(months.finish_month(late, run(45.0), central))


def test_the_grid_is_about_half_a_month_late(central: Params) -> None:
    """A start goes to the nearest month, the finish to the end of one; races shift by the rest."""
    points = ensemble.sobol(range(ensemble.n_coordinates()), 64, 20270101)
    late = months.months_late(central, points, "llama_405b")
    assert late.shape == (len(routes.ROUTES), 64)
    assert np.nanmean(late) == pytest.approx(0.5, abs=0.15)
    assert np.nanmax(late) < 2
    exact = ensemble.outcomes(central, ["llama_405b"], points).finish_years[0]
    assert not np.isfinite(late[np.isinf(exact)]).any()
