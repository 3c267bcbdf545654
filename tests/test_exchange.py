"""Exchanges over the wide-area network: the utilisation they leave, and rings of unequal links."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh.efficiency import (
    Pace,
    Protocol,
    Trunk,
    allreduce_seconds,
    compute_utilization,
    exchange_bits,
    fragment_done,
    hiding_bits_per_s,
    hierarchical_seconds,
    ring_seconds,
)
from euromesh.records import InputError
from tests.strategies import positive

STEPS = {"inner_steps": 30, "n_fragments": 4, "overlap_steps": 0.0, "n_layers": 12}
RUN = {**STEPS, "bits": 3e9, "step": 1.0, "latency": 0.0}
PLAN = {  # 405B in 4 bits on twelve sites, a fragment of 15 every second step
    "inner_steps": 30, "n_fragments": 15, "overlap_steps": 1, "n_layers": 126, "step": 4.9,
    "bits": float(exchange_bits(405e9, 4, 12, 15)), "latency": 0.77,
}  # fmt: skip


def run(**changes: float) -> tuple[Protocol, Pace]:
    """A protocol and two sites who send so many bits a fragment, with a latency an exchange."""
    given = RUN | changes
    pace = Pace(
        n_params=given["bits"] * given["n_fragments"],
        n_replicas=2,
        step_seconds=given["step"],
        latency_seconds=given["latency"] / 2,
    )
    steps = {name: given[name] for name in STEPS}
    return Protocol(bits_per_param=1.0, **steps), pace  # type: ignore[arg-type]


def utilization(wan: float = 1e9, **changes: float) -> float:
    return float(compute_utilization(*run(**changes), wan))


DATA_PARALLEL = {"inner_steps": 1, "n_fragments": 1}
READY = 2 / 3 * (1 - 1 / 12)  # of a step after the first layer is ready, the last one is


@pytest.mark.parametrize(
    ("changes", "stall"),
    [
        ({**DATA_PARALLEL, "bits": 0.1e9}, 0.1 / 12),  # the last layer, alone
        ({**DATA_PARALLEL, "bits": 5e9}, 5 - READY),  # a queue
        ({"inner_steps": 50, "n_fragments": 1}, 3 - READY),  # vanilla: the same once in H steps
        ({"bits": 40e9, "overlap_steps": 100}, 4 * (40 - 7.5)),  # the link holds the next fragment
        ({"wan": 0.0}, math.inf),
        ({"wan": 0.0, "bits": 0.0}, 0.0),
    ],
)
def test_utilisation_worked_by_hand(changes: dict[str, float], stall: float) -> None:
    steps = changes.get("inner_steps", 30)
    assert utilization(**changes) == pytest.approx(steps / (steps + stall), rel=1e-12)


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
    base = {"wan": wan, "inner_steps": steps, "n_fragments": fragments, "overlap_steps": overlap}
    here = utilization(**base)
    assert 0 <= here <= 1
    for better in ({"wan": wan * more}, {"inner_steps": steps + 1}, {"overlap_steps": overlap + 1}):
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


OVERLAPPING = {"bits": 9e9, "n_layers": 126, "n_fragments": 21}  # one leaves before the last is due


@given(
    step=positive(0.1, 100), faster=positive(1, 10), latency=positive(0, 3),
    overlap=positive(0, 2), plan=st.sampled_from([{}, OVERLAPPING]),
)  # fmt: skip
def test_a_faster_fleet_never_computes_less_in_a_second(
    step: float, faster: float, latency: float, overlap: float, plan: dict[str, float]
) -> None:
    slow, fast = (
        utilization(step=one, latency=latency, overlap_steps=overlap, **plan) / one
        for one in (step, step / faster)
    )
    assert fast >= slow * (1 - 1e-12)


def clocked(wan: float, rounds: int, **changes: float) -> float:
    """The oracle: steps on a clock, layers in turn on one link, fragments due after tau."""
    given = RUN | changes
    fragments, layers, step = int(given["n_fragments"]), int(given["n_layers"]), given["step"]
    gap = int(given["inner_steps"]) // fragments
    starts, due, free = [0.0], {}, 0.0
    for index in range(rounds * gap * fragments):
        begin = max(starts[-1], due.get(index, 0.0))
        if index % gap == 0:
            own = 1 + index // gap % fragments
            for layer in reversed(range(own, layers + 1, fragments)):
                ready = begin + step / 3 + 2 * step / 3 * (layers - layer + 1) / layers
                free = max(free, ready) + given["bits"] * fragments / layers / wan
            due[index + 1 + int(given["overlap_steps"])] = free + given["latency"]
        starts.append(begin + step)
    return rounds * gap * fragments * step / starts[-1]


@given(gap=st.integers(1, 6), overlap=st.integers(0, 4), more=positive(0, 20))
def test_exchanges_in_flight_together_share_their_pauses(
    gap: int, overlap: int, more: float
) -> None:
    """The oracle: the clock of the steps, where a fragment left after step k is due at k+1+tau."""
    window, fragments = 1 + overlap, 12
    ready = [fragment_done(1.0, 0.0, p, fragments, 12) for p in range(1, fragments + 1)]
    latency = window + more  # every fragment is late
    clock = [0.0]
    for step in range(1, 200 * gap * fragments + 1):
        left = step - window
        waits = left >= 0 and left % gap == 0
        due = clock[left] + sum(ready) / fragments + latency if waits else 0.0
        clock.append(max(clock[-1] + 1.0, due))
    late = {"bits": 0.0, "latency": latency, "inner_steps": gap * 12, "n_fragments": 12}
    ours, oracle = utilization(overlap_steps=overlap, **late), (len(clock) - 1) / clock[-1]
    assert ours <= oracle * (1 + 1e-9)
    if gap >= window or window % gap == 0:
        assert ours == pytest.approx(oracle, rel=0.02)


@pytest.mark.parametrize("gbit_per_s", [2, 8, 14, 20, 26, 32, 60])
@pytest.mark.parametrize("overlap", [0, 1])
def test_the_planned_exchange_is_that_of_a_clock(gbit_per_s: float, overlap: int) -> None:
    plan = PLAN | {"wan": gbit_per_s * 1e9, "overlap_steps": overlap}
    assert utilization(**plan) == pytest.approx(clocked(rounds=60, **plan), rel=0.02)


def test_utilisation_is_the_same_for_an_array_of_rates() -> None:
    rates = np.array([1e8, 1e9, 1e10])
    together = compute_utilization(*run(overlap_steps=1), rates)
    alone = [utilization(rate, overlap_steps=1) for rate in rates]
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
        "step": step, "inner_steps": steps, "n_fragments": fragments, "overlap_steps": overlap,
        "latency": latency * overlap * step,
    }  # fmt: skip
    rate = hiding_bits_per_s(*run(**plan))
    assert utilization(rate * (1 + 1e-9), **plan) == pytest.approx(1.0, abs=1e-12)
    assert utilization(rate * 0.999, **plan) < 1.0


def test_the_hiding_rate_of_the_plan_hides_on_a_clock() -> None:
    rate = hiding_bits_per_s(*run(**PLAN))
    assert clocked(rate * 1.001, 60, **PLAN) == pytest.approx(1.0, abs=1e-9)
    assert clocked(rate * 0.98, 60, **PLAN) < 1 - 1e-9
    assert hiding_bits_per_s(*run()) == math.inf  # without overlap the last layer is late


# --- the whole model -----------------------------------------------------------------------------


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


@given(
    ring=st.lists(
        st.builds(Trunk, positive(1e8, 1e12), positive(0, 0.1)), min_size=1, max_size=8
    ),
    bits=positive(1e6, 1e13),
)  # fmt: skip
def test_the_ring_takes_what_its_turns_take(ring: list[Trunk], bits: float) -> None:
    assert ring_seconds(bits, ring) == pytest.approx(turn_by_turn(bits, ring), rel=1e-12)


def test_a_ring_of_equal_links_is_the_lower_bound_and_its_latencies() -> None:
    """Eight sites, 10 GB of weights in 16 bits, 1 Gbit/s: 140 s."""
    assert allreduce_seconds(5e9, 16, 8, 1e9, 0.5) == pytest.approx(140.5)
    assert ring_seconds(5e9 * 16, [Trunk(1e9, 0.01)] * 8) == pytest.approx(140 + 14 * 0.01)


def test_one_site_exchanges_nothing_and_a_cut_link_never_ends() -> None:
    assert exchange_bits(1e9, 16, 1, 4) == 0.0
    assert ring_seconds(1e12, [Trunk(1e9, 0.01)]) == 0.0
    assert ring_seconds(1e12, [Trunk(1e9, 0.0), Trunk(0.0, 0.0)]) == math.inf
    assert allreduce_seconds(5e9, 16, 8, 0.0, 0.5) == math.inf


def test_a_hierarchy_pays_where_the_links_inside_are_fast_and_only_there() -> None:
    """Two cities of five sites, 400 Gbit/s inside: 2 x 4 s inside and 200 s between the leaders."""
    inside = [Trunk(400e9, 0.0), *[Trunk(800e9, 0.0)] * 3]  # the slowest sets the pace
    city = [Trunk(8e9, 0.0), *inside]
    assert hierarchical_seconds(1.6e12, [city, city]) == pytest.approx(2 * 4 + 200)
    assert ring_seconds(1.6e12, [Trunk(8e9, 0.0)] * 10) == pytest.approx(360)
    link = Trunk(40e9, 0.035)
    halves = hierarchical_seconds(1.6e12, [[link] * 6] * 2)
    assert halves > ring_seconds(1.6e12, [link] * 12)
    ring = [Trunk(rate * 1e9, 0.02) for rate in (3, 8, 40)]  # as regions of one site each
    assert hierarchical_seconds(1e12, [[link] for link in ring]) == ring_seconds(1e12, ring)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda: utilization(-1.0), "wan_bits_per_s must be at least 0, got -1.0"),
        (lambda: run(latency=-0.2), "latency_seconds must be at least 0, got -0.1"),
        (lambda: run(step=-1.0), "step_seconds must be at least 0"),
        (lambda: run(inner_steps=0, n_fragments=1), "inner_steps must be at least 1, got 0"),
        (lambda: run(n_fragments=0), "n_fragments must be at least 1, got 0"),
        (lambda: run(overlap_steps=-3), "overlap_steps must be at least 0, got -3"),
        (lambda: run(inner_steps=3), "n_fragments must be at most inner_steps = 3, got 4"),
        (lambda: run(n_fragments=13), "n_fragments must be at most n_layers = 12, got 13"),
        (lambda: ring_seconds(1e12, []), "trunks must hold at least one entry"),
        (lambda: hierarchical_seconds(1e12, []), "trunks must hold at least one entry"),
        (lambda: Trunk(-1.0, 0.0), "bits_per_s must be at least 0, got -1"),
        (lambda: Trunk(1e9, -0.01), "latency_seconds must be at least 0"),
        (lambda: allreduce_seconds(1e9, 16, 8, -1e9, 0.0), "wan_bits_per_s must be at least 0"),
    ],
)
def test_what_cannot_be_is_refused_by_name(asked: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        asked()
