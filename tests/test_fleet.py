"""Machines and sites as useful FLOP/s."""

import dataclasses
import math

import pytest
from hypothesis import given
from scipy.optimize import bisect

from euromesh import fleet
from euromesh.records import Params
from euromesh.records.settings import ByPrecision
from euromesh.records.tables import Precision
from tests.strategies import positive


def test_rates_by_hand() -> None:
    """1,000 accelerators of 1 PFLOP/s at 40 % MFU and 90 % goodput; half the MFU at n_half."""
    assert fleet.useful_flop_per_s(1000, 1e15, 0.4, 0.9) == pytest.approx(3.6e17)
    n_half = fleet.half_mfu_accel(1.1e-14, 405e9, 4.09e6)
    assert n_half == pytest.approx(18_200, rel=0.01)
    assert fleet.mfu_at(0.5, n_half, n_half) == 0.25


@given(mfu=positive(0.05, 0.6), n_accel=positive(1, 1e6), n_half=positive(10, 1e6))
def test_the_single_accelerator_mfu_gives_back_the_measured_one(
    mfu: float, n_accel: float, n_half: float
) -> None:
    alone = fleet.mfu_one(mfu, n_accel, n_half)
    assert alone >= mfu
    assert fleet.mfu_at(alone, n_accel, n_half) == pytest.approx(mfu)


def test_sites_of_unlike_chips_keep_one_step_time() -> None:
    """Each takes tokens until its step lasts T; what the gate leaves follows from that alone."""
    n_params, batch = 1e11, 8e6
    sites = [(5000.0, 4e14, 1.5e-14), (9000.0, 1e14, 4e-15), (800.0, 9e14, 4e-14)]  # n, q mu_1, h

    def tokens(seconds: float) -> float:
        """sum B_i of T = 6 N B_i / R_i x (1 + n_i / (h_i N B_i))."""
        of_site = ((seconds * n * rate / 6 - n / h) / n_params for n, rate, h in sites)
        return math.fsum(of_site)

    step = bisect(lambda seconds: tokens(seconds) - batch, 1e-3, 1e3, xtol=1e-12)
    load = math.fsum(fleet.batch_load(n, h) for n, _, h in sites)
    left = fleet.batch_share(load, n_params * batch)
    running = math.fsum(n * rate for n, rate, _ in sites)
    assert 6 * n_params * batch / step == pytest.approx(running * left, rel=1e-9)
    alone = fleet.mfu_at(1.0, 5000.0, fleet.half_mfu_accel(1.5e-14, n_params, batch))
    assert fleet.batch_share(5000 / 1.5e-14, n_params * batch) == pytest.approx(alone, rel=1e-12)


def test_the_mfu_of_a_whole_run_is_that_of_its_steps_times_the_goodput(central: Params) -> None:
    """1.26e12 tokens of 32B in 211,425 GPU-hours on JUPITER; BLOOM's 366e9 in 1,082,990 hours."""
    jupiter = 6 * 32e9 * 1.26e12 / (211_425 * 3600 * 989.4e12)
    steps, goodput = (
        fleet.published_mfu(central.scaling["oellm_sustained_2048"]),
        central.owned.goodput,
    )
    assert jupiter == pytest.approx(0.321, abs=0.001)
    assert steps * goodput == pytest.approx(jupiter, rel=0.002)
    bloom = 6 * 176.2e9 * 366e9 / (1_082_990 * 3600 * 312e12)
    assert central.mfu_runs["bloom_176b"].mfu * goodput == pytest.approx(bloom, rel=0.005)
    assert central.new_sites.goodput == pytest.approx((34.6 / 41 + 0.9) / 2, abs=0.003)
    lost = (1 - goodput) * 24 / 4
    assert central.operation.outage_hours == pytest.approx(lost, rel=0.01), "all of it as outages"


@pytest.mark.parametrize(("precision", "peaks"), [("bf16", 1.0), ("fp8", 2.0), ("nvfp4", 4.0)])
def test_no_run_does_more_than_its_arithmetic(
    central: Params, precision: Precision, peaks: float
) -> None:
    """Half the bits do twice the FLOP/s; what a campaign keeps is taken from short benchmarks."""
    run = dataclasses.replace(central.mfu_runs["jupiter_32b"], mfu=9.0, precision=precision)
    assert fleet.run_mfu_one(run) == peaks
    sustained = ByPrecision(bf16=0.5, fp8=0.25, nvfp4=0.125)
    assert fleet.campaign_mfu_one(run, sustained) == 0.5
    planned = dataclasses.replace(run, kind="planned")
    assert fleet.campaign_mfu_one(planned, sustained) == peaks


def test_a_machine_without_a_count_has_the_estimated_peak(central: Params) -> None:
    machine = central.machines["lumi_ai"]
    assert machine.n_accel is None
    count = fleet.accelerator_count(machine, central.accelerators)
    assert count == pytest.approx(22.8e18 / 3.8e15)
    blank = dataclasses.replace(machine, bf16_eflops=None)
    assert fleet.accelerator_count(blank, central.accelerators) is None
    assert fleet.machine_peak(blank, central.accelerators) is None


def test_machine_sets_nest(central: Params) -> None:
    sets = ("europe", "eu27", "eurohpc")
    every, union, joint = (
        {name for name, machine in central.machines.items() if fleet.belongs(machine, one)}
        for one in sets
    )
    assert every > union > joint > set()
    assert not {central.machines[name].country for name in union} & {"ch", "gb", "no"}
