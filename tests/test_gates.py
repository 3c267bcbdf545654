"""Gates: memory by sharding, and the step that no fleet goes below."""

import dataclasses

import pytest
from hypothesis import given

from euromesh.efficiency import (
    Replica,
    Trunk,
    memory_gate,
    minimal_step_seconds,
    replica_bytes,
    step_seconds,
)
from euromesh.fleet import half_mfu_accel, mfu_at
from euromesh.records import Params
from tests.strategies import positive

LLAMA = 405e9


def test_a_replica_takes_eleven_terabytes_among_others_and_six_alone(central: Params) -> None:
    assert replica_bytes(LLAMA, central.training, 8, 1000) == pytest.approx(10.8e12, rel=0.01)
    assert replica_bytes(LLAMA, central.training, 1, 1000) == pytest.approx(6.48e12)


def test_what_is_not_spread_is_held_once_in_every_group(central: Params) -> None:
    """256 accelerators in groups of 128: two copies of 2 bytes, or of 4 with gradients."""
    by = {
        kind: replica_bytes(
            1e9, dataclasses.replace(central.training, sharding=kind, model_parallel=128), 1, 256
        )
        for kind in ("zero_3", "zero_2", "zero_1")
    }
    assert by == {"zero_3": 16e9, "zero_2": 18e9, "zero_1": 20e9}


def test_a_group_is_never_less_than_one_copy(central: Params) -> None:
    whole = dataclasses.replace(central.training, sharding="zero_1", model_parallel=128)
    assert replica_bytes(1e9, whole, 1, 64) == 16e9


def test_the_memory_gate_names_both_sides(central: Params) -> None:
    small = Replica(
        place="a", n_accel=100, flop_per_s=1e17, goodput=0.9, hbm_bytes=9.6e12,
        trunk=Trunk(40e9, 0.0),
    )  # fmt: skip
    alone = memory_gate(small, LLAMA, central.training, 1)
    together = memory_gate(small, LLAMA, central.training, 2)
    assert (alone.passed, together.passed) == (True, False)
    assert (together.granted, together.needed) == (9.6e12, pytest.approx(10.757e12, rel=1e-4))


def test_the_shortest_step_of_a_gh200_is_just_over_a_second() -> None:
    """6 / (1.1e-14 x 989.5e12 x 0.5) = 1.10 s, whatever the model and the batch."""
    assert minimal_step_seconds(1.1e-14, 989.5e12, 0.5) == pytest.approx(1.1025, rel=1e-4)


@given(n_accel=positive(1e3, 1e9), n_params=positive(1e9, 1e13), batch=positive(1e6, 1e8))
def test_no_fleet_steps_faster_than_the_shortest_step(
    n_accel: float, n_params: float, batch: float
) -> None:
    mu = mfu_at(0.5, n_accel, half_mfu_accel(1.1e-14, n_params, batch))
    step = step_seconds(n_params, batch, n_accel * 989.5e12 * mu)
    assert step >= minimal_step_seconds(1.1e-14, 989.5e12, 0.5) * (1 - 1e-12)
