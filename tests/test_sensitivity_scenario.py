"""Scenario discovery: known boxes are found, chance is not, and every figure by hand."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom

from euromesh import sensitivity
from euromesh.records import InputError
from euromesh.sensitivity import scenario

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
SEED, N = 20270101, 4096


def uniform(d: int, n: int = N) -> Array:
    return sensitivity.points(sensitivity.Design(dimensions=d, leading=0, n=n, seed=SEED))


def known(numbers: Array) -> sensitivity.Known:
    names = tuple(f"x{k}" for k in range(numbers.shape[1]))
    return sensitivity.Known(names, numbers, (float,) * len(names))


def box(low: list[float], high: list[float]) -> scenario.Box:
    return scenario.Box(np.array(low, dtype=float), np.array(high, dtype=float))


def noisy(inside: Mask, within: float, outside: float | Array) -> Mask:
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
