"""Stragglers: the expected time of the slowest."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh.efficiency import (
    done_share,
    expected_round_seconds,
    round_jitter,
    straggler_factor,
)
from tests.strategies import positive


def slowest(means: list[float], jitter: float) -> float:
    return expected_round_seconds(
        compute_seconds=means, jitter=jitter, up=[1.0] * len(means), needed=len(means),
        idle_seconds=0.0,
    )  # fmt: skip


def test_steps_that_come_alone_average_out_over_a_round() -> None:
    assert round_jitter(0.03, 0.0, 36) == pytest.approx(0.005)
    assert round_jitter(0.03, 1.0, 36) == pytest.approx(0.03)


def test_a_site_is_done_by_its_median_half_of_the_time() -> None:
    median = 100 / math.sqrt(1 + 0.2**2)
    assert done_share(median, 100, 0.2) == pytest.approx(0.5)
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
    ("needed", "seconds"),
    [(2, 0.25 * 20 + 0.75 * 4), (1, 0.25 * 20 + 0.25 * 20 + 0.25 * 10 + 0.25 * 4)],
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
