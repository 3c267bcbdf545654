"""All inputs drawn: Sobol indices, what knowing one is worth, and boxes of scenarios."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.special import ndtr, ndtri
from scipy.stats import binom

from euromesh import ensemble, params, routes, sensitivity
from euromesh.records import InputError, Params
from euromesh.records.tree import value_of
from euromesh.sensitivity import scenario
from tests import bench

Array = NDArray[np.float64]
SEED, N = 20270101, 8192


def design(dimensions: int, n: int, seed: int = SEED, leading: int = 0) -> sensitivity.Design:
    return sensitivity.Design(dimensions=dimensions, leading=leading, n=n, seed=seed)


def ishigami(points: Array) -> Array:
    found: Array = bench.ishigami(math.tau * points[:, :3] - math.pi)[np.newaxis]
    return found


X, Y, *_, XZ = bench.ISHIGAMI  # of the variance: X alone, Y alone, X and Z together beyond X


def values(found: Mapping[str, sensitivity.Estimate]) -> list[float]:
    return [one.value for one in found.values()]


def table(n: int, d: int, s: int = 1) -> sensitivity.Evaluations:
    """Outcomes that mean nothing, of d sets."""
    rng = np.random.default_rng(SEED)
    shapes = ((s, n), (s, n), (d, s, n))
    return sensitivity.Evaluations(tuple(map(str, range(d))), *(rng.normal(size=k) for k in shapes))


def test_no_two_inputs_follow_each_other_as_two_columns_of_one_sequence_do() -> None:
    d, n = ensemble.n_coordinates(), 1024
    single = ensemble.sobol(range(d), n, SEED)
    dealt = sensitivity.points(design(d, n, leading=6))
    worst = [np.abs(np.corrcoef(p.T) - np.eye(d)).max() for p in (single, dealt)]
    assert np.array_equal(dealt, sensitivity.points(design(d, n, leading=6)))
    assert not np.array_equal(dealt, sensitivity.points(design(d, n, SEED + 1, leading=6)))
    assert worst[0] > 0.3
    assert worst[1] < 0.17  # the largest of 26,565 correlations of independent columns: 0.13


def test_a_and_b_are_independent_and_the_leading_columns_in_order() -> None:
    a, b = sensitivity.base_points(design(5, 1024, leading=2))
    assert np.abs(np.corrcoef(a.T, b.T) - np.eye(10)).max() < 0.12
    sequence = ensemble.sobol(range(40), 1024, SEED)
    found = sensitivity.points(design(40, 1024, leading=3))
    assert np.array_equal(found[:, :3], sequence[:, :3])
    assert not (found[:, 3:] == sequence[:, 3:]).all(axis=0).any()
    assert np.array_equal(np.sort(found, axis=0), np.sort(sequence, axis=0))


def test_the_indices_of_ishigami_are_the_analytic_ones() -> None:
    """And those of a second outcome, X itself."""
    sets = {"x": [0], "y": [1], "z": [2], "xz": [0, 2], "all": [0, 1, 2]}

    def both(points: Array) -> Array:
        return np.vstack([ishigami(points), points[:, 0]])

    found = sensitivity.evaluate(both, sets, design(3, 2**14, leading=3))
    one, other = sensitivity.indices(found, SEED)
    assert values(one.first) == pytest.approx([X, Y, 0, X + XZ, 1], abs=0.01)
    assert values(one.total) == pytest.approx([X + XZ, Y, XZ, X + XZ, 1], abs=0.01)
    for order in (other.first, other.total):
        assert values(order) == pytest.approx([1, 0, 0, 1, 1], abs=0.01)


def test_estimates_and_their_intervals_are_those_of_scipy() -> None:
    """Of scipy's intervals, which have no seed, the mean width is compared and every middle."""
    found = table(1024, 3, s=2)
    found = replace(found, f_ab=found.f_ab + 4 * found.f_b)  # else a resample's variance is lost
    func = {"f_A": found.f_a, "f_B": found.f_b, "f_AB": found.f_ab}
    theirs, ours = stats.sobol_indices(func=func, n=1024), sensitivity.indices(found, SEED)
    assert ours == sensitivity.indices(found, SEED) != sensitivity.indices(found, SEED + 1)
    drawn = theirs.bootstrap(n_resamples=2000)
    for of, order, resampled in (
        ("first", theirs.first_order, drawn.first_order),
        ("total", theirs.total_order, drawn.total_order),
    ):
        one = [[*getattr(outcome, of).values()] for outcome in ours]
        assert np.array([[e.value for e in row] for row in one]) == pytest.approx(order, rel=1e-9)
        ends = np.array([[(e.low, e.high) for e in row] for row in one])
        expected = np.percentile(resampled.bootstrap_distribution, [2.5, 97.5], axis=-1)
        widths = np.diff(ends)[..., 0] / np.diff(expected, axis=0)[0]
        assert widths.mean() == pytest.approx(1, abs=0.1)
        assert ends.mean(axis=-1) == pytest.approx(expected.mean(axis=0), rel=0.02)


def test_a_resample_without_variance_has_indices_of_zero() -> None:
    rare = np.eye(1, 1024)  # one point differs from all others, and more than a third lack it
    found = replace(table(1024, 1), f_a=rare, f_b=rare, f_ab=rare[np.newaxis])
    (one,) = sensitivity.indices(found, SEED)
    assert (one.first["0"].low, one.total["0"].low) == (0, 0)


def test_ranks_are_places_in_the_pool_of_a_and_b_and_ties_share_one() -> None:
    a, b = np.array([[1.0, math.inf]]), np.array([[3.0, math.inf]])
    swapped = np.array([[[3.0, 2.0]], [[0.0, math.inf]]])
    found = sensitivity.ranked(sensitivity.Evaluations(("x", "y"), a, b, swapped))
    assert found.f_a.tolist() == [[0.125, 0.75]]
    assert found.f_b.tolist() == [[0.375, 0.75]]
    assert found.f_ab.tolist() == [[[0.375, 0.25]], [[0.0, 0.75]]]


def test_the_groups_of_the_race_are_all_its_inputs_once(central: Params) -> None:
    found = sensitivity.groups(central)
    columns = [column for group in found.values() for column in group]
    assert sorted(columns) == [one.column for one in ensemble.inputs(central)]
    assert set(found) <= set(ensemble.GROUPS.values())


def test_the_outcomes_of_the_race_are_its_finishes_and_verdicts_and_a_tie_is_no_win(
    central: Params,
) -> None:
    race = sensitivity.RaceModel(central, "llama_405b")
    points = sensitivity.points(sensitivity.design(1024, SEED))[:128]
    finishes = ensemble.outcomes(central, ["llama_405b"], points).finish_years[0]
    found = race.outcomes(points)
    assert np.array_equal(found[:2], finishes[[0, 2]])
    assert found[2].tolist() == [float(f[0] < f[2]) for f in finishes.T]
    assert found[3].tolist() == [float(f[0] < f[1:].min()) for f in finishes.T]
    assert np.array_equal(race.verdicts(points), found[2:])
    assert 0 < found[3].sum() < found[2].sum() < len(points)
    ties = np.full((7, 3), math.inf)  # never against never is none
    ties[[0, 2], 0], ties[0, 1] = 2.0, 2.0
    assert sensitivity.outcomes_of(ties)[2:].tolist() == [[0, 1, 0], [0, 1, 0]]


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


FOUND, ALL, FACTS = table(1024, 2), np.ones((1, 1024)), np.zeros((N, 1))
ENDLESS, NAN = replace(FOUND, f_a=math.inf * ALL), replace(FOUND, f_b=math.nan * ALL)
SAME = replace(FOUND, f_a=3 * ALL, f_b=3 * ALL)
KNOWN = known(LINE)


@pytest.mark.parametrize(
    ("ask", "given", "message"),
    [
        (design, (3, 512), "n must be a power of two of at least 1024, got 512; use 1024"),
        (design, (3, 1025), "n must be a power of two of at least 1024, got 1025; use 2048"),
        (design, (3, 1024, SEED, 4), r"leading must be in \[0, 3\], got 4"),
        (sensitivity.indices, (ENDLESS, SEED), "must be finite.*take ranked outcomes"),
        (sensitivity.ranked, (NAN,), "got nan; use infinity for never"),
        (sensitivity.indices, (SAME, SEED), "outcome 0 must vary, got 3 at every point"),
        (sensitivity.partial_information, (FACTS[:, 0], FACTS), r"facts must be .*\(8192,\)"),
        (sensitivity.partial_information, (FACTS, FACTS - math.inf), "utilities must be finite"),
        (KNOWN.of, (["x00"],), "x00 is not an input .*did you mean x0"),
        (sensitivity.discover, (KNOWN, LAST | True), "must vary, got True in every draw"),
        (sensitivity.discover, (KNOWN, LAST[1:]), r"a verdict a draw, 10, got shape \(9,\)"),
    ],
)
def test_what_no_analysis_can_take_is_refused(
    ask: Callable[..., object], given: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        ask(*given)


def test_a_limit_that_chance_explains_is_dropped() -> None:
    x = uniform(2)
    truth = noisy(x[:, 0] > 0.7, 0.9, 0.1)
    kept = scenario.pruned(box([0.7, 0.05], [math.inf, math.inf]), x, truth)
    assert kept.limited == [0] and kept.low[0] == 0.7
    none = box([-math.inf, 0.05], [math.inf, math.inf])
    assert scenario.pruned(none, x, truth).limited == []
