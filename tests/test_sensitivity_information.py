"""The value of information: analytic cases, facts of no use, facts of every kind, the race."""

import importlib
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from euromesh import ensemble, params, routes, sensitivity
from euromesh.ensemble.tree import value_of
from euromesh.records import InputError, Params

Array = NDArray[np.float64]
SEED, N = 20270101, 8192
module = importlib.import_module("euromesh.sensitivity.information")


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
