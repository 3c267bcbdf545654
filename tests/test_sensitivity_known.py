"""What could be known of a draw: its worth, and the scenarios in which something happens."""

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import binom

from euromesh import ensemble, params, routes, sensitivity
from euromesh.ensemble.tree import value_of
from euromesh.records import InputError, Params
from euromesh.sensitivity import scenario

Array = NDArray[np.float64]
SEED, N = 20270101, 8192


@pytest.fixture(scope="module")
def scores() -> Array:
    """Independent normal scores: draws x 40."""
    design = sensitivity.Design(dimensions=40, leading=2, n=N, seed=SEED)
    found: Array = ndtri(sensitivity.points(design))
    return found


def two_options(mean: float, spread: float, scores: Array) -> Array:
    """U_0 = 0 and U_1 = mean + spread z_0 + sqrt(4 - spread^2) z_1."""
    other = math.sqrt(4 - spread**2)
    second = mean + spread * scores[:, 0] + other * scores[:, 1]
    return np.column_stack([np.zeros(len(scores)), second])


def worth_knowing(mean: float, spread: float) -> float:
    """E[max(0, m + s z)] - max(0, m) = s phi(m / s) + m Phi(m / s) - max(0, m)."""
    phi = math.exp(-((mean / spread) ** 2) / 2) / math.sqrt(math.tau)
    return spread * phi + mean * float(ndtr(mean / spread)) - max(0.0, mean)


@pytest.mark.parametrize(("mean", "spread"), [(-0.4, 1.0), (0.0, 0.5), (0.3, 1.9)])
def test_the_worth_of_a_fact_in_a_linear_choice_is_the_analytic_one(
    scores: Array, mean: float, spread: float
) -> None:
    found = sensitivity.partial_information(scores[:, :1], two_options(mean, spread, scores))
    truth = worth_knowing(mean, spread)
    assert abs(found.value - truth) < 2.5 * found.se
    assert 0.002 < found.se < 0.02


def test_all_there_is_to_know_is_worth_the_expected_best(scores: Array) -> None:
    found = sensitivity.perfect_information(two_options(0.3, 1.0, scores))
    assert found.value == pytest.approx(worth_knowing(0.3, 2.0), abs=3 * found.se)
    hand = sensitivity.perfect_information(np.array([[1.0, 0.0], [0.0, 3.0]]))
    assert hand.value == (1 + 3) / 2 - 1.5 and hand.se == pytest.approx(0.5)


def test_what_has_no_use_is_worth_nothing_where_a_fit_to_the_same_draws_finds_something(
    scores: Array,
) -> None:
    worth, useless = two_options(0.05, 1.0, scores), scores[:, 2:14]
    found = sensitivity.partial_information(useless, worth)
    basis = np.column_stack([useless, useless**2, np.ones(N)])
    fitted = basis @ np.linalg.lstsq(basis, worth)[0]
    in_sample = fitted.max(axis=1).mean() - worth.mean(axis=0).max()
    assert in_sample > 0.01
    assert found.value < min(2 * found.se, in_sample / 2)


def test_facts_together_are_worth_all_where_they_add_up(scores: Array) -> None:
    worth = two_options(0.3, 1.0, scores)
    one, both = (sensitivity.partial_information(scores[:, :k], worth) for k in (1, 2))
    perfect = sensitivity.perfect_information(worth)
    assert one.value < both.value <= perfect.value
    assert both.value == pytest.approx(perfect.value, abs=0.005)


def test_a_fact_of_a_few_values_is_taken_value_by_value() -> None:
    level = np.arange(N) % 12
    worth = np.column_stack([np.where(level % 4 == 0, 8.0, 0.0), np.ones(N)])
    found = sensitivity.partial_information(level.astype(float)[:, np.newaxis], worth)
    assert found.value == pytest.approx((8 + 3) / 4 - 2, abs=1e-3)
    assert found == sensitivity.perfect_information(worth)


def test_a_fact_with_a_lump_of_equal_values_is_read_by_rank() -> None:
    u = (np.random.default_rng(SEED).permutation(N) + 0.5) / N
    slip = np.where(u < 0.7, 0.0, np.exp(80 * (u - 0.7)))
    worth = np.column_stack([np.where(u < 0.85, 0.0, 4.0), np.ones(N)])
    found = sensitivity.partial_information(slip[:, np.newaxis], worth)
    assert found.value == pytest.approx(0.85 + 0.15 * 4 - 1, rel=0.1)


def test_the_order_of_the_options_and_a_common_term_change_nothing(scores: Array) -> None:
    worth, facts = two_options(0.3, 1.0, scores), scores[:, :1]
    found = sensitivity.partial_information(facts, worth)
    behind = worth - worth.max(axis=1, keepdims=True)  # months behind the best route
    for same in (worth[:, ::-1] + scores[:, [5]], behind):
        moved = sensitivity.partial_information(facts, same)
        assert (moved.value, moved.se) == pytest.approx((found.value, found.se), abs=1e-9)


def test_facts_and_utilities_that_do_not_fit_are_refused(scores: Array) -> None:
    worth = two_options(0.3, 1.0, scores)
    with pytest.raises(InputError, match=r"facts must be 8192 draws x facts, got shape \(8192,\)"):
        sensitivity.partial_information(scores[:, 0], worth)
    known = sensitivity.Known(("owned.share",), scores[:, :1], (float,))
    with pytest.raises(InputError, match=r"owned\.shares is not an input .*did you mean owned\."):
        known.of(["owned.shares"])
    with pytest.raises(InputError, match="utilities must be finite"):
        sensitivity.partial_information(scores[:, :1], np.full((N, 2), -math.inf))


@pytest.fixture(scope="module")
def points() -> Array:
    return sensitivity.points(sensitivity.design(1024, SEED))[::8]


def test_a_fact_is_what_the_draw_makes_of_the_parameter(central: Params, points: Array) -> None:
    known = sensitivity.known(central, points)
    assert known.numbers.shape == (len(points), len(ensemble.inputs(central)))
    draws = list(ensemble.draws_at(central, points))
    for name in ("owned.share", "owned.granted", "campus.region", "race.decision_date"):
        column = known.names.index(name)
        told = [known.shown[column](number) for number in known.numbers[:, column]]
        assert told == [value_of(draw, name) for draw in draws]
    waits = "grid_lead_times.france_1000mw.drawn_years"
    assert known.of([waits])[:, 0].tolist() == [value_of(draw, waits) for draw in draws]
    delay = next(i.column for i in ensemble.inputs(central) if i.name == ensemble.COMMON_DELAY)
    assert np.array_equal(known.of([ensemble.COMMON_DELAY])[:, 0], points[:, delay])


def test_a_choice_becomes_a_flag_a_name(central: Params, points: Array) -> None:
    known = sensitivity.known(central, points)
    found = sensitivity.flagged(known, central)
    laws = [name for name in found.names if name.startswith("penalty.law = ")]
    assert len(laws) == len(params.library().spec("penalty.law").choices)
    assert found.of(laws).sum(axis=1).tolist() == [1.0] * len(points)
    column = found.names.index("penalty.law = tax")
    told = [found.shown[column](number) for number in found.numbers[:, column]]
    draws = ensemble.draws_at(central, points)
    assert told == [draw.penalty.law == "tax" for draw in draws]
    assert np.array_equal(found.of(["owned.share"]), known.of(["owned.share"]))


def test_whether_a_route_is_built_is_worth_knowing_and_the_price_of_power_is_not(
    central: Params,
) -> None:
    """A utility is the months to the finish or to the horizon."""
    found = sensitivity.utilities(np.array([[1.0, 20.0], [2.5, math.inf]]), 13.0)
    assert found.tolist() == [[-12, -30], [-156, -156]]
    drawn = sensitivity.points(sensitivity.design(1024, SEED))
    finishes = sensitivity.RaceModel(central, "llama_405b").finishes(drawn)
    worth = sensitivity.utilities(finishes, routes.horizon_years(central))
    known = sensitivity.known(central, drawn)
    names = ("leased.built", "goalposts.time_years")
    built, price = (sensitivity.partial_information(known.of([name]), worth) for name in names)
    assert sensitivity.perfect_information(worth).value > built.value > 5 * built.se > 0
    assert price.value < 2 * price.se or price.value <= 0


def uniform(d: int, n: int = N) -> Array:
    return sensitivity.points(sensitivity.Design(dimensions=d, leading=0, n=n, seed=SEED))


def known(numbers: Array) -> sensitivity.Known:
    names = tuple(f"x{k}" for k in range(numbers.shape[1]))
    return sensitivity.Known(names, numbers, (float,) * len(names))


def box(low: list[float], high: list[float]) -> scenario.Box:
    return scenario.Box(np.array(low, dtype=float), np.array(high, dtype=float))


def noisy(inside: Any, within: float, outside: float | Array) -> Any:
    """What happens with one probability inside a box and another outside."""
    drawn = np.random.default_rng(SEED).random(len(inside))
    return np.asarray(drawn < np.where(inside, within, outside))


def test_a_box_in_three_of_many_inputs_is_found_and_no_other_input_is_limited() -> None:
    x = uniform(100)
    truth = (x[:, 0] > 0.3) & (x[:, 0] < 0.8) & (x[:, 7] < 0.5) & (x[:, 50] > 0.4)
    found = sensitivity.discover(known(x), noisy(truth, 0.9, 0.03))
    limits = {limit.name: (limit.low, limit.high) for limit in found.limits}
    assert limits.keys() == {"x0", "x7", "x50"}
    assert limits["x0"] == pytest.approx((0.3, 0.8), abs=0.06)
    assert limits["x7"][0] is None and limits["x7"][1] == pytest.approx(0.5, abs=0.06)
    assert limits["x50"][0] == pytest.approx(0.4, abs=0.06) and limits["x50"][1] is None
    assert found.fit.density > 0.8 and found.fit.coverage > 0.7
    assert max(limit.p_value for limit in found.limits) < 1e-10


def test_coverage_and_density_are_balanced_where_one_costs_the_other() -> None:
    x = uniform(3, n=16384)
    (limit,) = sensitivity.discover(known(x), noisy(x[:, 0] > 2, 0, x[:, 0])).limits  # P = x
    t = (3 - math.sqrt(5)) / 2  # the largest harmonic mean of 1 - t^2 and (1 + t) / 2
    assert limit.low == pytest.approx(t, abs=0.06)


def test_a_flag_goes_as_a_whole_and_a_choice_loses_its_names() -> None:
    rng = np.random.default_rng(SEED)
    flag, law = rng.random(N) < 0.97, rng.integers(3, size=N)
    x = np.column_stack([uniform(1)[:, 0], flag, *(law == k for k in range(3))]).astype(float)
    found = sensitivity.discover(known(x), ~flag & (law != 1))
    limits = {limit.name: (limit.low, limit.high) for limit in found.limits}
    assert limits == {"x1": (None, 0.0), "x3": (None, 0.0)}
    assert (found.fit.coverage, found.fit.density) == (1, 1)


def test_units_change_no_draw_and_figures_come_from_draws_without_part_in_the_search() -> None:
    x = uniform(2)
    truth = noisy(x[:, 0] > 0.7, 0.9, 0.1)
    plain, bent = (sensitivity.discover(known(one), truth) for one in (x, np.exp(3 * x)))
    (limit,), (other,) = plain.limits, bent.limits
    assert limit.low and other.low == pytest.approx(math.exp(3 * float(limit.low)))
    assert plain.fit == bent.fit and plain.fit.density > 0.8
    truth[N // 2 :] = False
    later = sensitivity.discover(known(x), truth)
    assert [(one.low, one.high) for one in later.limits] == [(limit.low, limit.high)]
    assert later.fit.density == 0


LINE = np.arange(10.0)[:, np.newaxis]
LAST = np.arange(10) >= 6  # 6, 7, 8, 9


def test_coverage_density_and_mass_are_counts_and_a_p_value_asks_what_chance_would_fill() -> None:
    found = scenario.fit(box([5], [8]), LINE, LAST)  # 5, 6, 7, 8
    assert (found.coverage, found.density, found.mass, found.balance) == (0.75, 0.75, 0.4, 0.75)
    assert scenario.fit(box([20], [30]), LINE, LAST).balance == 0
    chance = scenario.p_value(box([5], [8]), 0, LINE, LAST)
    assert chance == pytest.approx(1 - binom.cdf(2, 4, 4 / 10))
    two = np.column_stack([LINE, LINE[::-1]])
    limited = box([5, 2], [8, math.inf])  # 5, 6, 7 of which the second limit leaves out 8
    assert scenario.p_value(limited, 1, two, LAST) == pytest.approx(1 - binom.cdf(1, 3, 3 / 4))


def test_a_peel_takes_one_twentieth_of_the_draws_at_the_end_that_gains_most() -> None:
    x = np.column_stack([np.arange(100.0), np.arange(100.0)[::-1] % 7])
    path = scenario.peeled(x, np.arange(100) >= 50)
    assert (path[0].limited, path[1].limited) == ([], [0])
    assert (path[1].low[0], path[1].high[0]) == (5, math.inf)
    assert path[2].low[0] == 9  # a twentieth of the 95 that are left
    assert path[-1].low[0] >= 50
    (whole,) = scenario.peeled(LINE, np.ones(10, dtype=bool))  # nothing is gained
    assert whole.limited == []


def test_verdicts_that_do_not_vary_or_do_not_fit_are_refused() -> None:
    facts = known(LINE)
    with pytest.raises(InputError, match="happens must vary, got True in every draw"):
        sensitivity.discover(facts, np.ones(10, dtype=bool))
    with pytest.raises(InputError, match=r"a verdict a draw, 10, got shape \(9,\)"):
        sensitivity.discover(facts, LAST[1:])
