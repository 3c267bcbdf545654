"""Rings over unequal links, and rings of rings."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh.efficiency import Region, Trunk, allreduce_seconds, hierarchical_seconds, ring_seconds
from euromesh.records import InputError
from tests.strategies import positive

trunks = st.builds(Trunk, positive(1e8, 1e12), positive(0, 0.1))


def turn_by_turn(model_bits: float, ring: list[Trunk]) -> float:
    """The oracle: a site starts a turn when it has sent and received the one before."""
    count = len(ring)
    ends = [0.0] * count
    for _ in range(2 * (count - 1)):
        ends = [
            max(ends[i], ends[i - 1]) + model_bits / count / t.bits_per_s + t.latency_seconds
            for i, t in enumerate(ring)
        ]
    return max(ends)


@given(ring=st.lists(trunks, min_size=1, max_size=8), bits=positive(1e6, 1e13))
def test_the_ring_takes_what_its_turns_take(ring: list[Trunk], bits: float) -> None:
    assert ring_seconds(bits, ring) == pytest.approx(turn_by_turn(bits, ring), rel=1e-12)


def test_a_ring_of_equal_links_is_the_lower_bound_and_its_latencies() -> None:
    ring = [Trunk(1e9, 0.01)] * 8
    bound = allreduce_seconds(5e9, 16, 8, 1e9, 0.0)
    assert ring_seconds(5e9 * 16, ring) == pytest.approx(bound + 14 * 0.01)


def test_one_site_exchanges_nothing_and_a_cut_link_never_ends() -> None:
    assert ring_seconds(1e12, [Trunk(1e9, 0.01)]) == 0.0
    assert ring_seconds(1e12, [Trunk(1e9, 0.0), Trunk(0.0, 0.0)]) == float("inf")
    ring = [Trunk(rate * 1e9, 0.02) for rate in (3, 8, 40)]  # as regions of one site each
    assert hierarchical_seconds(1e12, [Region(t, ()) for t in ring]) == ring_seconds(1e12, ring)


def test_a_hierarchy_pays_where_the_links_inside_are_fast_and_only_there() -> None:
    """Two cities of five sites, 400 Gbit/s inside: 2 x 4 s inside and 200 s between the leaders."""
    inside = (Trunk(400e9, 0.0), *[Trunk(800e9, 0.0)] * 3)  # the slowest sets the pace
    city = Region(Trunk(8e9, 0.0), inside)
    assert hierarchical_seconds(1.6e12, [city, city]) == pytest.approx(2 * 4 + 200)
    assert ring_seconds(1.6e12, [Trunk(8e9, 0.0)] * 10) == pytest.approx(360)
    link = Trunk(40e9, 0.035)
    halves = [Region(link, (link,) * 5)] * 2
    assert hierarchical_seconds(1.6e12, halves) > ring_seconds(1.6e12, [link] * 12)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda: ring_seconds(1e12, []), "trunks must hold at least one entry"),
        (lambda: hierarchical_seconds(1e12, []), "regions must hold at least one entry"),
        (lambda: Trunk(-1.0, 0.0), "bits_per_s of a trunk must be at least 0, got -1"),
        (lambda: Trunk(1e9, -0.01), "latency_seconds of a trunk must be at least 0"),
        (lambda: allreduce_seconds(1e9, 16, 8, -1e9, 0.0), "wan_bits_per_s must be at least 0"),
    ],
)
def test_links_that_cannot_be_are_refused_by_name(asked: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        asked()
