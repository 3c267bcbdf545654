"""Size, batch and step of a training run, memory by sharding, and the step no fleet goes below."""

import dataclasses

import pytest
from hypothesis import given

from euromesh.efficiency import (
    Replica,
    Trunk,
    memory_gate,
    minimal_step_seconds,
    optimal_batch_tokens,
    optimal_params,
    replica_bytes,
    step_seconds,
    training_flop,
)
from euromesh.fleet import half_mfu_accel, mfu_at
from euromesh.records import Params
from euromesh.records.settings import Sharding
from tests.strategies import positive

LLAMA = 405e9


def test_a_run_by_hand(central: Params) -> None:
    assert training_flop(LLAMA, 15.6e12) == pytest.approx(3.8e25, rel=0.01)
    assert optimal_params(1.97e25, 20) == pytest.approx(LLAMA, rel=0.01)
    law = dataclasses.replace(central.training.batch, multiple=1.0)
    assert optimal_batch_tokens(LLAMA, 8, law) == pytest.approx(8.3e6, rel=0.01)
    alone = optimal_batch_tokens(LLAMA, 1, central.training.batch)
    assert alone == pytest.approx(16_777_216, rel=0.001), "what Llama 3.1 405B trained at"
    assert step_seconds(LLAMA, 8.3e6, 2e18) == pytest.approx(10.08, abs=0.01)


@pytest.mark.parametrize(
    ("sharding", "n_accel", "gigabytes"),
    [("zero_3", 256, 16), ("zero_2", 256, 18), ("zero_1", 256, 20), ("zero_1", 64, 16)],
)
def test_what_is_not_spread_is_held_once_in_every_group(
    central: Params, sharding: Sharding, n_accel: float, gigabytes: float
) -> None:
    """Two groups of 128: two copies of 2 bytes, or of 4 with gradients; never less than one."""
    training = dataclasses.replace(central.training, sharding=sharding, model_parallel=128)
    assert replica_bytes(1e9, training, 1, n_accel) == gigabytes * 1e9


def test_the_memory_gate_names_both_sides(central: Params) -> None:
    small = Replica(
        place="a", n_accel=100, load=1e16, flop_per_s=1e17, goodput=0.9, hbm_bytes=9.6e12,
        trunk=Trunk(40e9, 0.0),
    )  # fmt: skip
    alone, together = (memory_gate(small, LLAMA, central.training, count) for count in (1, 2))
    assert (alone.passed, together.passed) == (True, False)
    assert alone.needed == pytest.approx(6.48e12)
    assert (together.granted, together.needed) == (9.6e12, pytest.approx(10.757e12, rel=1e-4))


@given(n_accel=positive(1e3, 1e9), n_params=positive(1e9, 1e13), batch=positive(1e6, 1e8))
def test_no_fleet_steps_faster_than_the_shortest_step(
    n_accel: float, n_params: float, batch: float
) -> None:
    """Of GH200 6 / (1.1e-14 x 989.5e12 x 0.5) = 1.10 s, whatever the model and the batch."""
    least = minimal_step_seconds(1.1e-14, 989.5e12, 0.5)
    mu = mfu_at(0.5, n_accel, half_mfu_accel(1.1e-14, n_params, batch))
    assert least == pytest.approx(1.1025, rel=1e-4)
    assert step_seconds(n_params, batch, n_accel * 989.5e12 * mu) >= least * (1 - 1e-12)
