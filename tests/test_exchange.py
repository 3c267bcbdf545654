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
    hiding_bits_per_s,
    measured_utilization,
)
from tests.strategies import positive

RUN = {"step_seconds": 1.0, "fragment_bits": 3e9, "n_layers": 12}


def utilization(**changes: float) -> float:
    settings = {
        **RUN,
        "wan_bits_per_s": 1e9,
        "latency_seconds": 0.0,
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


@given(gap=st.integers(1, 6), overlap=st.integers(0, 4), more=positive(0, 20))
def test_exchanges_in_flight_together_share_their_pauses(
    gap: int, overlap: int, more: float
) -> None:
    """The oracle: the clock of the steps, where a fragment left after step k is due at k+1+tau."""
    window, fragments, rounds = 1 + overlap, 12, 200
    ready = [fragment_done(1.0, 0.0, p, fragments, 12) for p in range(1, fragments + 1)]
    latency = window + more  # every fragment is late
    held = sum(ready) / fragments + latency
    clock = [0.0]
    for step in range(1, rounds * gap * fragments + 1):
        left = step - window
        due = clock[left] + held if left >= 0 and left % gap == 0 else 0.0
        clock.append(max(clock[-1] + 1.0, due))
    ours = utilization(
        fragment_bits=0.0, latency_seconds=latency, inner_steps=gap * fragments,
        n_fragments=fragments, overlap_steps=overlap,
    )  # fmt: skip
    oracle = (len(clock) - 1) / clock[-1]
    assert ours <= oracle * (1 + 1e-9)
    if gap >= window or window % gap == 0:
        assert ours == pytest.approx(oracle, rel=0.02)


@given(
    step=positive(0.5, 20), faster=positive(1, 4), latency=positive(0, 3), overlap=positive(0, 2)
)
def test_a_faster_fleet_never_computes_less_where_exchanges_overlap(
    step: float, faster: float, latency: float, overlap: float
) -> None:
    """H = 30 steps in 21 fragments: one leaves before the last is due."""
    plan = {
        "fragment_bits": 9e9, "n_layers": 126, "inner_steps": 30, "n_fragments": 21,
        "latency_seconds": latency, "overlap_steps": overlap,
    }  # fmt: skip
    slow = utilization(step_seconds=step, **plan) / step
    fast = utilization(step_seconds=step / faster, **plan) / (step / faster)
    assert fast >= slow * (1 - 1e-12)


def test_utilisation_is_the_same_for_an_array_of_rates() -> None:
    rates = np.array([1e8, 1e9, 1e10])
    together = compute_utilization(
        **RUN,
        wan_bits_per_s=rates,
        latency_seconds=0.0,
        inner_steps=30,
        n_fragments=4,
        overlap_steps=1,
    )
    alone = [utilization(wan_bits_per_s=rate, overlap_steps=1) for rate in rates]
    assert list(np.asarray(together)) == pytest.approx(alone, rel=1e-14)


@given(
    step=positive(0.5, 20),
    steps=st.integers(12, 100),
    fragments=st.integers(1, 12),
    overlap=positive(0.1, 3),
    latency=positive(0, 0.4),
)
def test_the_hiding_rate_is_where_utilisation_reaches_one(
    step: float, steps: int, fragments: int, overlap: float, latency: float
) -> None:
    plan = {
        "step_seconds": step, "fragment_bits": 3e9, "inner_steps": steps, "n_fragments": fragments,
        "overlap_steps": overlap, "latency_seconds": latency * overlap * step,
    }  # fmt: skip
    rate = hiding_bits_per_s(**plan, n_layers=12)  # type: ignore[arg-type]
    assert utilization(**plan, wan_bits_per_s=rate * (1 + 1e-9)) == pytest.approx(1.0, abs=1e-12)
    assert utilization(**plan, wan_bits_per_s=rate * 0.999) < 1.0


def clocked_utilization(
    *, step: float, bits: float, wan: float, latency: float, gap: int, fragments: int, overlap: int,
    layers: int, rounds: int,
) -> float:  # fmt: skip
    """The oracle: steps on a clock, layers in turn on one link, fragments due after tau."""
    starts, due, free = [0.0], {}, 0.0
    for index in range(rounds * gap * fragments):
        begin = max(starts[-1], due.get(index, 0.0))
        if index % gap == 0:
            own = 1 + index // gap % fragments
            for layer in reversed(range(own, layers + 1, fragments)):
                ready = begin + step / 3 + 2 * step / 3 * (layers - layer + 1) / layers
                free = max(free, ready) + bits * fragments / layers / wan
            due[index + 1 + overlap] = free + latency
        starts.append(begin + step)
    return rounds * gap * fragments * step / starts[-1]


@pytest.mark.parametrize("gbit_per_s", [2, 8, 14, 20, 26, 32, 60])
@pytest.mark.parametrize("overlap", [0, 1])
def test_the_planned_exchange_is_that_of_a_clock(gbit_per_s: float, overlap: int) -> None:
    """405B in 4 bits on twelve sites, steps of 4.9 s: a fragment of 15 every second step."""
    bits = float(exchange_bits(405e9, 4, 12, 15))
    ours = utilization(
        step_seconds=4.9, fragment_bits=bits, wan_bits_per_s=gbit_per_s * 1e9, latency_seconds=0.77,
        inner_steps=30, n_fragments=15, overlap_steps=overlap, n_layers=126,
    )  # fmt: skip
    oracle = clocked_utilization(
        step=4.9, bits=bits, wan=gbit_per_s * 1e9, latency=0.77, gap=2, fragments=15,
        overlap=overlap, layers=126, rounds=60,
    )  # fmt: skip
    assert ours == pytest.approx(oracle, rel=0.02)


def test_the_hiding_rate_of_the_plan_hides_on_a_clock() -> None:
    bits = float(exchange_bits(405e9, 4, 12, 15))
    rate = hiding_bits_per_s(
        step_seconds=4.9, fragment_bits=bits, latency_seconds=0.77, inner_steps=30, n_fragments=15,
        overlap_steps=1, n_layers=126,
    )  # fmt: skip
    for factor, hidden in ((1.001, True), (0.98, False)):
        used = clocked_utilization(
            step=4.9, bits=bits, wan=rate * factor, latency=0.77, gap=2, fragments=15, overlap=1,
            layers=126, rounds=60,
        )  # fmt: skip
        assert (used == pytest.approx(1.0, abs=1e-9)) is hidden


@pytest.mark.parametrize(
    "change", [{"inner_steps": 0}, {"n_fragments": 13}, {"latency_seconds": -1}]
)
def test_the_hiding_rate_refuses_what_utilisation_refuses(change: dict[str, float]) -> None:
    plan = {
        "step_seconds": 1.0, "fragment_bits": 3e9, "latency_seconds": 0.0, "inner_steps": 30,
        "n_fragments": 4, "overlap_steps": 1, "n_layers": 12,
    }  # fmt: skip
    with pytest.raises(ValueError, match=next(iter(change))):
        hiding_bits_per_s(**(plan | change))  # type: ignore[arg-type]


def test_without_overlap_no_rate_hides_the_last_layer() -> None:
    rate = hiding_bits_per_s(
        step_seconds=1.0, fragment_bits=3e9, latency_seconds=0.0, inner_steps=30, n_fragments=4,
        overlap_steps=0, n_layers=12,
    )  # fmt: skip
    assert rate == math.inf


def test_no_bandwidth_means_never_and_nothing_to_send_means_no_stall() -> None:
    assert utilization(wan_bits_per_s=0.0) == 0.0
    assert utilization(wan_bits_per_s=0.0, fragment_bits=0.0) == 1.0
    assert exchange_bits(1e9, 16, 1, 4) == 0.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"wan_bits_per_s": -1.0}, "wan_bits_per_s must be at least 0, got -1.0"),
        ({"latency_seconds": -0.1}, "latency_seconds must be at least 0, got -0.1"),
        ({"inner_steps": 0, "n_fragments": 1}, "inner_steps must be at least 1, got 0"),
        ({"n_fragments": 0}, "n_fragments must be a whole number of at least 1, got 0"),
        ({"overlap_steps": -3}, "overlap_steps must be at least 0, got -3"),
        ({"fragment_bits": -1.0}, "fragment_bits must be at least 0"),
        ({"step_seconds": -1.0}, "step_seconds must be at least 0"),
        ({"inner_steps": 3}, "n_fragments must be at most inner_steps = 3, got 4"),
        ({"n_fragments": 13}, "n_fragments must be at most n_layers = 12, got 13"),
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
