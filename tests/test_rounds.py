"""A round of several sites: the quorum that its rate keeps, and the time of the slowest."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh.efficiency import (
    at_least_up,
    done_share,
    expected_round_seconds,
    quorum_factor,
    round_jitter,
    sites_needed,
    straggler_factor,
)
from tests.strategies import positive

goodputs = st.lists(positive(0, 1), min_size=1, max_size=6)


def enumerated(chances: list[float], needed: int) -> float:
    """P(at least `needed` up), over every pattern of up and down."""
    return math.fsum(
        math.prod(g if up else 1 - g for g, up in zip(chances, pattern, strict=True))
        for pattern in itertools.product([0, 1], repeat=len(chances))
        if sum(pattern) >= needed
    )


@given(chances=goodputs, needed=st.integers(0, 7))
def test_the_tail_is_that_of_every_pattern(chances: list[float], needed: int) -> None:
    found = at_least_up(tuple(chances), needed)
    assert found == pytest.approx(enumerated(chances, needed), abs=1e-12)


@given(chances=goodputs, data=st.data())
def test_the_factor_weighs_each_site_by_what_the_others_do(
    chances: list[float], data: st.DataObject
) -> None:
    rates = data.draw(st.lists(positive(1, 10), min_size=len(chances), max_size=len(chances)))
    needed = data.draw(st.integers(1, len(chances)))
    kept = [
        rate * enumerated([*chances[:i], *chances[i + 1 :]], needed - 1)
        for i, rate in enumerate(rates)
    ]
    ours = quorum_factor(rates, chances, needed)
    assert ours == pytest.approx(math.fsum(kept) / math.fsum(rates), abs=1e-12)
    assert 0 <= ours <= 1 + 1e-12


def test_without_others_or_rates_a_quorum_loses_nothing() -> None:
    assert quorum_factor([5.0], [0.3], 1) == quorum_factor([0.0, 0.0], [0.5, 0.5], 2) == 1.0


@pytest.mark.parametrize(
    ("sites", "quorum", "needed"),
    [(12, 0.75, 9), (12, 0.5, 6), (5, 0.5, 3), (3, 0.0, 1), (8, 1, 8)],
)
def test_the_quorum_is_rounded_up(sites: int, quorum: float, needed: int) -> None:
    assert sites_needed(sites, quorum) == needed


# --- stragglers ----------------------------------------------------------------------------------


def slowest(means: list[float], jitter: float) -> float:
    count = len(means)
    return expected_round_seconds(
        compute_seconds=means, jitter=jitter, up=[1.0] * count, needed=count, idle_seconds=0.0
    )


def test_steps_that_come_alone_average_out_over_a_round() -> None:
    assert round_jitter(0.03, 0.0, 36) == pytest.approx(0.005)
    assert round_jitter(0.03, 1.0, 36) == pytest.approx(0.03)
    with pytest.raises(ValueError, match="inner_steps must be at least 1, got 0"):
        round_jitter(0.03, 1.0, 0)


def test_a_site_is_done_by_its_median_half_of_the_time() -> None:
    assert done_share(100 / math.sqrt(1 + 0.2**2), 100, 0.2) == pytest.approx(0.5)
    assert done_share(0.0, 100, 0.2) == 0.0
    for none in (0.0, 1e-200):
        assert (done_share(99.9, 100, none), done_share(100, 100, none)) == (0.0, 1.0)
        assert straggler_factor(5, none) == 1.0


def test_the_slowest_of_three_unequal_sites_is_that_of_many_draws() -> None:
    rng = np.random.default_rng(3)
    sigma = math.sqrt(math.log1p(0.1**2))
    draws = np.exp(rng.normal(-(sigma**2) / 2, sigma, (400_000, 3))) * [1.0, 1.05, 0.9]
    longest = draws.max(axis=1)
    error = longest.std() / math.sqrt(len(longest))
    assert slowest([1.0, 1.05, 0.9], 0.1) == pytest.approx(longest.mean(), abs=3 * error)


@pytest.mark.parametrize(
    ("needed", "seconds"), [(2, (20 + 3 * 4) / 4), (1, (20 + 20 + 10 + 4) / 4)]
)
def test_a_round_with_too_few_sites_is_idle(needed: int, seconds: float) -> None:
    """Two sites up half of the time, both or either needed, without jitter."""
    ours = expected_round_seconds(
        compute_seconds=[10, 20], jitter=0.0, up=[0.5, 0.5], needed=needed, idle_seconds=4.0
    )
    assert ours == pytest.approx(seconds)


@given(count=st.integers(1, 20), jitter=positive(0, 0.3))
def test_the_factor_is_the_mean_over_the_slowest(count: int, jitter: float) -> None:
    factor = straggler_factor(count, jitter)
    assert factor == pytest.approx(1 / slowest([1.0] * count, jitter), rel=1e-9)
    assert factor <= 1 + 1e-12
    assert straggler_factor(count + 1, jitter) <= factor + 1e-9


def test_the_slowest_of_two_near_normal_sites_is_known() -> None:
    """E max of two standard normals is 1/sqrt(pi): one percent of jitter costs 0.56 percent."""
    assert straggler_factor(2, 0.01) == pytest.approx(1 - 0.01 / math.sqrt(math.pi), abs=1e-4)
