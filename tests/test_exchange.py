"""Exchanges over the wide-area network and the utilisation they leave."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh.efficiency import (
    allreduce_seconds,
    compute_utilization,
    exchange_bits,
    fragment_done,
    measured_utilization,
)
from tests.strategies import positive

RUN = {"step_seconds": 1.0, "fragment_bits": 3e9, "n_layers": 12}


def utilization(**changes: float) -> float:
    settings = {
        **RUN,
        "wan_bits_per_s": 1e9,
        "inner_steps": 30,
        "n_fragments": 4,
        "overlap_steps": 0,
    }
    return float(compute_utilization(**(settings | changes)))  # type: ignore[arg-type]


def test_data_parallel_waits_for_its_last_layer() -> None:
    """stall = max(Z/W - (2/3) T (1 - 1/L), Z/(L W)) for H = P = 1 and tau = 0."""
    for bits in (0.1e9, 5e9):
        stall = max(bits / 1e9 - 2 / 3 * (1 - 1 / 12), bits / 1e9 / 12)
        ours = utilization(fragment_bits=bits, inner_steps=1, n_fragments=1)
        assert ours == pytest.approx(1 / (1 + stall), rel=1e-12)


def test_vanilla_diloco_pays_the_same_stall_once_in_h_steps() -> None:
    stall = 3.0 - 2 / 3 * (1 - 1 / 12)
    ours = utilization(inner_steps=50, n_fragments=1)
    assert ours == pytest.approx(50 / (50 + stall), rel=1e-12)


def test_a_busy_link_holds_the_next_fragment() -> None:
    """Z/W = 40 s against (H/P) T = 7.5 s: every fragment waits 32.5 s for the link."""
    ours = utilization(fragment_bits=40e9, overlap_steps=100)
    assert ours == pytest.approx(30 / (30 + 4 * 32.5), rel=1e-12)


@given(
    wan=positive(1e6, 1e12),
    more=positive(1, 10),
    steps=st.integers(12, 500),
    fragments=st.integers(1, 12),
    overlap=st.integers(0, 3),
)
def test_more_bandwidth_steps_or_overlap_never_lowers_utilisation(
    wan: float, more: float, steps: int, fragments: int, overlap: int
) -> None:
    base = {
        "wan_bits_per_s": wan,
        "inner_steps": steps,
        "n_fragments": fragments,
        "overlap_steps": overlap,
    }
    here = utilization(**base)
    assert 0 <= here <= 1
    for better in (
        {"wan_bits_per_s": wan * more},
        {"inner_steps": steps + 1},
        {"overlap_steps": overlap + 1},
    ):
        assert utilization(**(base | better)) >= here - 1e-12


@given(
    step=positive(0.1, 100),
    service=positive(0, 100),
    fragments=st.integers(1, 12),
    layers=st.integers(12, 130),
    data=st.data(),
)
def test_the_last_layer_leaves_when_a_queue_would_let_it(
    step: float, service: float, fragments: int, layers: int, data: st.DataObject
) -> None:
    """The oracle: a first-in-first-out link, layer by layer."""
    fragment = data.draw(st.integers(1, fragments))
    done = 0.0
    for layer in reversed(range(fragment, layers + 1, fragments)):
        ready = step / 3 + 2 * step / 3 * (layers - layer + 1) / layers
        done = max(ready, done) + service
    ours = fragment_done(step, service, fragment, fragments, layers)
    assert ours == pytest.approx(done, rel=1e-9)


@given(step=positive(0.1, 100), faster=positive(1, 10))
def test_a_faster_fleet_never_computes_less_in_a_second(step: float, faster: float) -> None:
    slow = utilization(step_seconds=step) / step
    fast = utilization(step_seconds=step / faster) / (step / faster)
    assert fast >= slow * (1 - 1e-12)


def test_utilisation_is_the_same_for_an_array_of_rates() -> None:
    rates = np.array([1e8, 1e9, 1e10])
    together = compute_utilization(
        **RUN, wan_bits_per_s=rates, inner_steps=30, n_fragments=4, overlap_steps=1
    )
    alone = [utilization(wan_bits_per_s=rate, overlap_steps=1) for rate in rates]
    assert list(np.asarray(together)) == pytest.approx(alone, rel=1e-14)


def test_no_bandwidth_means_never_and_nothing_to_send_means_no_stall() -> None:
    assert utilization(wan_bits_per_s=0.0) == 0.0
    assert utilization(wan_bits_per_s=0.0, fragment_bits=0.0) == 1.0
    assert exchange_bits(1e9, 16, 1, 4) == 0.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"wan_bits_per_s": -1.0}, "wan_bits_per_s must be at least 0, got -1.0"),
        ({"inner_steps": 0, "n_fragments": 1}, "n_fragments must be at most inner_steps = 0"),
        ({"inner_steps": 3}, "n_fragments must be at most inner_steps = 3, got 4"),
        ({"n_fragments": 13}, r"n_fragments must be in \[1, n_layers = 12\], got 13"),
    ],
)
def test_a_bad_setting_is_refused_by_name(change: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        utilization(**change)


def test_a_ring_sends_nearly_twice_the_model() -> None:
    """Eight sites, 10 GB of weights in 16 bits, 1 Gbit/s: 140 s and the latency."""
    assert allreduce_seconds(5e9, 16, 8, 1e9, 0.5) == pytest.approx(140.5)
    assert allreduce_seconds(5e9, 16, 8, 0.0, 0.5) == math.inf


def test_a_run_that_waits_for_its_exchange() -> None:
    assert measured_utilization(2280, 103) == pytest.approx(0.957, abs=5e-4)
    assert measured_utilization(1200, 70) == pytest.approx(0.945, abs=5e-4)
