"""Gates and the best subset, against exhaustive search."""

import dataclasses
import itertools

import pytest
from hypothesis import given, settings

from euromesh.efficiency import Replica, best_federation, federate, replica_bytes
from euromesh.records import Params
from euromesh.records.settings import Penalty, Training
from tests.strategies import positive, replicas

LLAMA = 405e9


@pytest.fixture(scope="module")
def setting(central: Params) -> tuple[Training, Penalty]:
    return central.training, central.penalty


@settings(max_examples=200)
@given(fleet=replicas(most=6), wan=positive(1, 100))
def test_the_best_subset_never_loses_to_any_other(
    setting: tuple[Training, Penalty], fleet: list[Replica], wan: float
) -> None:
    training, penalty = dataclasses.replace(setting[0], wan_gbit_per_s=wan), setting[1]
    ours = best_federation(fleet, LLAMA, training, penalty).flop_per_s
    for size in range(1, len(fleet) + 1):
        needed = replica_bytes(LLAMA, training, size)
        for chosen in itertools.combinations(fleet, size):
            if all(r.hbm_bytes >= needed for r in chosen):
                other = federate(chosen, LLAMA, training, penalty).flop_per_s
                assert ours >= other * (1 - 1e-12)


@given(fleet=replicas(least=2))
def test_a_replica_that_may_stay_out_never_hurts(
    setting: tuple[Training, Penalty], fleet: list[Replica]
) -> None:
    all_of_them = best_federation(fleet, LLAMA, *setting).flop_per_s
    assert all_of_them >= best_federation(fleet[1:], LLAMA, *setting).flop_per_s * (1 - 1e-12)


@given(fleet=replicas())
def test_the_order_of_the_replicas_does_not_matter(
    setting: tuple[Training, Penalty], fleet: list[Replica]
) -> None:
    forward, backward = (best_federation(f, LLAMA, *setting) for f in (fleet, fleet[::-1]))
    assert set(forward.places) == set(backward.places)
    assert forward.flop_per_s == pytest.approx(backward.flop_per_s, rel=1e-12)


def test_a_place_that_cannot_hold_a_replica_stays_out(setting: tuple[Training, Penalty]) -> None:
    """405B needs 6.5 TB alone and 10.8 TB beside others."""
    small = Replica(
        place="a", n_accel=100, flop_per_s=5e16, running_flop_per_s=6e16, hbm_bytes=7e12
    )
    large = dataclasses.replace(small, place="b", hbm_bytes=2e13)
    assert best_federation([small], LLAMA, *setting).places == ("a",)
    assert best_federation([small, large], LLAMA, *setting).places in {("a",), ("b",)}
    tiny = dataclasses.replace(small, hbm_bytes=6e12)
    assert best_federation([tiny], LLAMA, *setting).flop_per_s == 0.0


def test_memory_of_a_replica(setting: tuple[Training, Penalty]) -> None:
    assert replica_bytes(LLAMA, setting[0], 8) == pytest.approx(10.8e12, rel=0.01)
    assert replica_bytes(LLAMA, setting[0], 1) == pytest.approx(6.48e12)


def test_without_bandwidth_only_a_single_site_trains(setting: tuple[Training, Penalty]) -> None:
    cut = dataclasses.replace(setting[0], wan_gbit_per_s=0.0)
    fleet = [
        Replica(place=p, n_accel=1e3, flop_per_s=4e17, running_flop_per_s=5e17, hbm_bytes=1e14)
        for p in "abc"
    ]
    assert federate(fleet, LLAMA, cut, setting[1]).flop_per_s == 0.0
    assert len(best_federation(fleet, LLAMA, cut, setting[1]).places) == 1


def test_no_replica_gives_nothing(setting: tuple[Training, Penalty]) -> None:
    assert best_federation([], LLAMA, *setting).flop_per_s == 0.0


def test_a_campus_works_like_its_batch_allows(setting: tuple[Training, Penalty]) -> None:
    """714,285 H100 on one 405B run do the work of about 18,000: three to four weeks."""
    count = 714_285
    rate = count * 989e12 * 0.41
    alone = Replica(
        place="c", n_accel=count, flop_per_s=rate, running_flop_per_s=rate, hbm_bytes=1e17
    )
    team = federate([alone], LLAMA, setting[0], None)
    assert count * team.saturation == pytest.approx(17_800, rel=0.03)
    assert (team.penalty, team.utilization) == (1.0, 1.0)
