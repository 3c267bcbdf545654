"""Gates and the best subset, against exhaustive search."""

import dataclasses
import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euromesh import efficiency, routes
from euromesh.efficiency import Replica, Trunk, dense, federate, memory_gate
from euromesh.records import InputError, Params
from euromesh.records.settings import Penalty, Training
from euromesh.routes import best_federation
from tests.strategies import changed, positive, replicas

LLAMA = dense(405e9)


@pytest.fixture(scope="module")
def setting(central: Params) -> tuple[Training, Penalty]:
    return central.training, central.penalty


def plain(place: str, **changes: Any) -> Replica:
    """A place of a thousand accelerators."""
    there = Replica(
        place=place, n_accel=1e3, load=1e17, flop_per_s=4e17, goodput=0.8, hbm_bytes=1e14,
        trunk=Trunk(40e9, 0.0),
    )  # fmt: skip
    return dataclasses.replace(there, **changes)


def best_of_all(fleet: list[Replica], training: Training, penalty: Penalty) -> float:
    """The greatest rate of any subset whose members all hold a replica."""
    return max(
        (
            federate(chosen, LLAMA, training, penalty).flop_per_s
            for size in range(1, len(fleet) + 1)
            for chosen in itertools.combinations(fleet, size)
            if all(memory_gate(r, LLAMA.n_params, training, size).passed for r in chosen)
        ),
        default=0.0,
    )


@settings(max_examples=400)
@given(
    fleet=st.one_of(
        replicas(most=6, trunk=st.sampled_from([2.0, 8.0, 40.0, 150.0])),
        replicas(most=6, goodput=positive(0.3, 1.0), trunk=st.sampled_from([2.0, 40.0])),
    ),
    quorum=st.sampled_from([0.1, 0.5, 0.75, 1.0]),
)
def test_the_best_subset_never_loses_to_any_other(
    setting: tuple[Training, Penalty], fleet: list[Replica], quorum: float
) -> None:
    """Where goodputs differ: as many of every goodput as is best, and the best of each."""
    training = dataclasses.replace(setting[0], quorum=quorum, wan_gbit_per_s=150.0)
    ours = best_federation(fleet, LLAMA, training, setting[1]).flop_per_s
    assert ours >= best_of_all(fleet, training, setting[1]) * (1 - 1e-12)


@given(fleet=replicas(least=2, trunk=st.sampled_from([8.0, 40.0])))
def test_the_best_of_every_size_holds_the_best_of_all(
    setting: tuple[Training, Penalty], fleet: list[Replica]
) -> None:
    teams = routes.best_by_size(fleet, LLAMA, *setting)
    assert all(len(team.places) == size for size, team in teams.items())
    best = best_federation(fleet, LLAMA, *setting).flop_per_s
    assert max((t.flop_per_s for t in teams.values()), default=0.0) == best


@given(fleet=replicas(least=2))
def test_leaving_out_a_place_that_did_not_join_changes_nothing(
    setting: tuple[Training, Penalty], fleet: list[Replica]
) -> None:
    best = best_federation(fleet, LLAMA, *setting)
    for replica in fleet:
        rest = best_federation([r for r in fleet if r is not replica], LLAMA, *setting)
        assert replica.place not in rest.places
        if replica.place not in best.places:
            assert rest.flop_per_s == best.flop_per_s


UP = (("a", 0.35, 9e17), ("b", 0.98, 6e17), ("c", 0.97, 6e17))
STEADIEST = [plain(name, goodput=up, flop_per_s=rate * up) for name, up, rate in UP]


@pytest.mark.parametrize(
    ("fleet", "quorum", "joined"),
    [
        ([], 0.75, ()),
        ([plain("a"), plain("b"), plain("slow", trunk=Trunk(1e7, 0.0))], 0.75, ("a", "b")),
        ([plain(place, trunk=Trunk(0.0, 0.0)) for place in "abc"], 0.75, ("a",)),
        ([plain("a", hbm_bytes=7e12)], 0.75, ("a",)),  # 405B needs 6.5 TB alone
        ([plain("a", hbm_bytes=6e12)], 0.75, ()),
        ([plain("a", hbm_bytes=7e12), plain("b", hbm_bytes=2e13)], 0.75, ("a",)),  # 10.8 beside b
        (STEADIEST, 1.0, ("b", "c")),  # not the two fastest
    ],
)
def test_who_stays_out(
    setting: tuple[Training, Penalty], fleet: list[Replica], quorum: float, joined: tuple[str, ...]
) -> None:
    """Whoever would hold up the others, cannot hold a replica or is seldom up."""
    best = best_federation(fleet, LLAMA, dataclasses.replace(setting[0], quorum=quorum), setting[1])
    assert tuple(sorted(best.places)) == joined
    assert best.flop_per_s > 0 or not joined


def test_the_whole_rate_is_the_product_of_its_factors(setting: tuple[Training, Penalty]) -> None:
    """Four equal places, in rounds of 60: sum of r, batch gate, U / kappa, quorum, stragglers."""
    training, penalty = dataclasses.replace(setting[0], inner_steps=60.0), setting[1]
    up = 0.8 / training.stepping_share
    team = federate([plain(place) for place in "abcd"], LLAMA, training, penalty)
    assert team.flop_per_s == pytest.approx(1.6e18 * team.saturation * team.efficiency, rel=1e-12)
    assert team.quorum == pytest.approx(up**3 + 3 * up**2 * (1 - up))  # two of the other three
    jitter = efficiency.round_jitter(training.step_jitter, training.jitter_correlation, 60)
    assert team.stragglers == efficiency.straggler_factor(4, jitter)
    assert team.penalty == efficiency.flop_penalty(penalty, LLAMA.n_active, 4, 60.0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"inner_steps": 0.0}, "inner_steps must be at least 1, got 0"),
        ({"n_fragments": 200.0}, "n_fragments must be at most n_layers = 126, got 200"),
    ],
)
def test_a_plan_that_means_nothing_is_refused_by_name(
    setting: tuple[Training, Penalty], change: dict[str, float], said: str
) -> None:
    training: Training = dataclasses.replace(setting[0], **change)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=said):
        best_federation([plain("a"), plain("b")], LLAMA, training, setting[1])
    with pytest.raises(InputError, match="replicas must hold at least one entry, got none"):
        federate([], LLAMA, *setting)


def test_the_exchange_goes_at_the_slowest_rate_and_the_longest_latency(
    setting: tuple[Training, Penalty],
) -> None:
    """0.9 s a turn and 2 Gbit/s, where the others have less and more."""
    fleet = [
        plain(place, trunk=Trunk(rate, latency))
        for place, rate, latency in (("a", 40e9, 0.1), ("b", 2e9, 0.1), ("c", 40e9, 0.9))
    ]
    training, penalty = setting
    team = federate(fleet, LLAMA, training, penalty)
    plan = efficiency.planned(training)
    pace = efficiency.Pace(
        n_params=LLAMA.n_params, n_replicas=3, step_seconds=team.step_seconds, latency_seconds=0.9
    )
    used = efficiency.compute_utilization(plan, pace, 2e9)
    assert 0 < team.utilization < 1
    assert team.utilization == pytest.approx(float(used), rel=1e-12)


@given(fleet=replicas(least=2, trunk=st.sampled_from([8.0, 40.0])), most=st.integers(1, 3))
def test_no_federation_is_larger_than_allowed(
    setting: tuple[Training, Penalty], fleet: list[Replica], most: int
) -> None:
    training = dataclasses.replace(setting[0], most_replicas=float(most))
    best = best_federation(fleet, LLAMA, training, setting[1])
    assert len(best.places) <= most
    assert best.flop_per_s <= best_federation(fleet, LLAMA, *setting).flop_per_s * (1 + 1e-12)


def test_equal_tokens_wait_for_the_slowest() -> None:
    """3, 2 and 1 of speed: each third of the batch takes as long as the slowest, half is lost."""
    fleet = [plain("a", flop_per_s=rate, goodput=1.0) for rate in (3e17, 2e17, 1e17)]
    assert efficiency.equal_tokens_share(fleet) == pytest.approx(0.5)
    assert efficiency.equal_tokens_share(fleet[:1]) == 1.0


@given(fleet=replicas())
def test_the_order_of_the_replicas_does_not_matter(
    setting: tuple[Training, Penalty], fleet: list[Replica]
) -> None:
    forward, backward = (best_federation(f, LLAMA, *setting) for f in (fleet, fleet[::-1]))
    assert forward.n_accel == pytest.approx(backward.n_accel, rel=1e-12)
    assert forward.flop_per_s == pytest.approx(backward.flop_per_s, rel=1e-12)


# --- unequal sites -------------------------------------------------------------------------------


def test_equal_places_count_all_and_one_that_dwarfs_the_others_counts_alone() -> None:
    """Running rates are the weights: half of the goodput at half of the rate weighs the same."""
    assert efficiency.effective_replicas([plain(place) for place in "abcd"]) == pytest.approx(4)
    slow = plain("b", flop_per_s=2e17, goodput=0.4)
    assert efficiency.effective_replicas([plain("a"), slow]) == pytest.approx(2)
    small = [plain(place, flop_per_s=4e13) for place in "bcd"]
    assert efficiency.effective_replicas([plain("a"), *small]) == pytest.approx(1, abs=1e-3)
    three = [plain("a", flop_per_s=3e17), plain("b", flop_per_s=1e17)]
    assert efficiency.effective_replicas(three) == pytest.approx(4**2 / (3**2 + 1**2))


def test_the_effective_number_moves_the_finish_as_its_penalty_does(central: Params) -> None:
    """Equal without a penalty, else earlier: fewer replicas are never dearer."""
    target = central.targets["llama_405b"]
    for law in ("none", "gap", "joint_vs_one"):
        params = changed(central, "penalty", law=law)
        route = routes.owned(params)
        done = routes.finish(route, target, params)
        fewer = routes.effective_finish_years(route, target, params)
        if law == "none":
            assert fewer == pytest.approx(done.finish_years, rel=1e-12)
            continue
        assert done.first_compute_years < fewer < done.finish_years
