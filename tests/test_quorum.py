"""Quorum: the Poisson-binomial law and what it leaves of a rate."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh.efficiency import at_least_up, quorum_factor, sites_needed, up_distribution
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
    assert at_least_up(chances, needed) == pytest.approx(enumerated(chances, needed), abs=1e-12)
    assert math.fsum(up_distribution(chances)) == pytest.approx(1.0)


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
    assert quorum_factor([5.0], [0.3], 1) == 1.0  # nobody to wait for
    assert quorum_factor([0.0, 0.0], [0.5, 0.5], 2) == 1.0


@pytest.mark.parametrize(
    ("sites", "quorum", "needed"),
    [(12, 0.75, 9), (12, 0.5, 6), (5, 0.5, 3), (3, 0.0, 1), (8, 1, 8)],
)
def test_the_quorum_is_rounded_up(sites: int, quorum: float, needed: int) -> None:
    assert sites_needed(sites, quorum) == needed
