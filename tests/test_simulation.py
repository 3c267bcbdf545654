"""A whole run: recurrence, events and closed form, against each other and by hand."""

import dataclasses
import math
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euromesh import charts, routes
from euromesh.charts import simulation as pictures
from euromesh.efficiency import Federation, Replica, Trunk, dense, federate, ring_seconds
from euromesh.records import Params
from euromesh.records.base import InputError
from euromesh.simulation import (
    Draws,
    JobChain,
    Jobs,
    RunPlan,
    closed_days,
    draws,
    first_rounds,
    first_week,
    mean_round_seconds,
    mean_round_work,
    plan_of,
    round_ends,
    round_seconds,
    round_work,
    run_days,
    simulated_ends,
    textbook_days,
)
from euromesh.units import SECONDS_PER_DAY
from tests.strategies import PLACES, positive

LONG = JobChain(job_rounds=60, handover_rounds=0.4, queue_probability=0.05, queue_rounds=15)
SHORT = JobChain(job_rounds=12.5, handover_rounds=0.1, queue_probability=0.1, queue_rounds=12)
EQUAL = RunPlan(
    places=("a", "b", "c", "d"),
    compute_seconds=(600.0,) * 4,
    shares=(0.25,) * 4,
    goodputs=(0.87,) * 4,
    jitter=0.02,
    needed=3,
    stall_seconds=20.0,
    idle_seconds=600.0,
    outage_rounds=4.0,
    jobs=None,
    rounds_of_work=8000.0,
)
MIXED = dataclasses.replace(
    EQUAL, compute_seconds=(300.0, 400.0, 600.0, 900.0), goodputs=(0.95, 0.87, 0.8, 0.7)
)
HAND = dataclasses.replace(
    EQUAL,
    places=("a", "b"),
    compute_seconds=(1.0, 10.0),
    shares=(0.25, 0.75),
    goodputs=(0.5, 0.5),
    jitter=0.0,
    needed=1,
    stall_seconds=2.0,
    idle_seconds=5.0,
    rounds_of_work=100.0,
)


def jitters(most: float) -> st.SearchStrategy[float]:
    """None, or enough to be measured."""
    return st.one_of(st.just(0.0), positive(1e-4, most))


@st.composite
def plans(draw: st.DrawFn, most: int = 6) -> RunPlan:
    """Sites of unequal speed, share and goodput; with or without job chains."""
    count = draw(st.integers(1, most))
    weights = [draw(positive(0.1, 1)) for _ in range(count)]
    return RunPlan(
        places=tuple(PLACES[:count]),
        compute_seconds=tuple(draw(positive(50, 500)) for _ in range(count)),
        shares=tuple(weight / math.fsum(weights) for weight in weights),
        goodputs=tuple(draw(positive(0.3, 1)) for _ in range(count)),
        jitter=draw(jitters(0.3)),
        needed=draw(st.integers(1, count)),
        stall_seconds=draw(positive(0, 100)),
        idle_seconds=draw(positive(10, 500)),
        outage_rounds=draw(positive(0.3, 20)),
        jobs=draw(st.sampled_from([None, SHORT, LONG])),
        rounds_of_work=draw(positive(0.5, 500)),
    )


@st.composite
def even_plans(draw: st.DrawFn) -> RunPlan:
    """Sites of one speed and share: who is up decides how much is done, hardly how fast."""
    count, seconds = draw(st.integers(1, 6)), draw(positive(50, 500))
    return dataclasses.replace(
        draw(plans(most=1)),
        places=tuple(PLACES[:count]),
        compute_seconds=(seconds,) * count,
        shares=(1 / count,) * count,
        goodputs=tuple(draw(positive(0.3, 1)) for _ in range(count)),
        jitter=draw(jitters(0.1)),
        needed=draw(st.integers(math.ceil(count / 2), count)),
        stall_seconds=seconds * draw(positive(0, 0.2)),
        idle_seconds=seconds,
    )


def given_draws(up: list[list[int]], compute: list[list[float]]) -> Draws:
    return Draws(np.array([up], dtype=bool), np.array([compute], dtype=float))


def test_three_rounds_by_hand() -> None:
    """Both sites (slower 11 + 2), the first alone (3 + 2), none (idle 5)."""
    drawn = given_draws([[1, 1], [1, 0], [0, 0]], [[4.0, 11.0], [3.0, 50.0], [9.0, 9.0]])
    assert round_seconds(HAND, drawn).tolist() == [[13.0, 5.0, 5.0]]
    assert round_work(HAND, drawn).tolist() == [[1.0, 0.25, 0.0]]
    assert round_ends(HAND, drawn).tolist() == [[13.0, 18.0, 23.0]]
    assert simulated_ends(HAND, drawn, 0).tolist() == [13.0, 18.0, 23.0]
    both = dataclasses.replace(HAND, needed=2)
    assert round_seconds(both, drawn).tolist() == [[13.0, 5.0, 5.0]]
    assert round_work(both, drawn).tolist() == [[1.0, 0.0, 0.0]]


def test_the_closed_form_by_hand() -> None:
    """Four equally likely rounds: 12 s for 1, 3 s for 1/4, 12 s for 3/4, 5 s for nothing."""
    assert mean_round_seconds(HAND) == pytest.approx((12 + 3 + 12 + 5) / 4)
    assert mean_round_work(HAND) == pytest.approx(0.5)
    assert closed_days(HAND) == pytest.approx(100 * 8 / 0.5 / SECONDS_PER_DAY)
    assert textbook_days(HAND, 3.0) == pytest.approx(100 * 13 / SECONDS_PER_DAY)


def test_a_job_chain_holds_its_share_of_the_rounds() -> None:
    """60 of 60 + 0.95 x 0.4 + 0.05 x 15 rounds, and 0.87 of those without outage."""
    plan = dataclasses.replace(EQUAL, jobs=LONG)
    assert plan.up == pytest.approx((0.87 * 60 / 61.13,) * 4)


@settings(max_examples=40)
@given(plan=plans(), seed=st.integers(0, 1000))
def test_recurrence_and_events_end_every_round_together(plan: RunPlan, seed: int) -> None:
    drawn = first_rounds(plan, 2, n_rounds=60, seed=seed)
    ends = round_ends(plan, drawn)
    for replicate in range(2):
        events = simulated_ends(plan, drawn, replicate)
        np.testing.assert_allclose(events, ends[replicate], rtol=1e-9)


@pytest.mark.parametrize("jobs", [None, LONG, SHORT])
def test_recurrence_and_events_agree_over_a_thousand_rounds(jobs: JobChain | None) -> None:
    plan = dataclasses.replace(MIXED, jobs=jobs)
    drawn = first_rounds(plan, 1, n_rounds=1000, seed=3)
    assert not np.all(round_work(plan, drawn) > 0), "no round without quorum was tried"
    ends = round_ends(plan, drawn)[0]
    np.testing.assert_allclose(simulated_ends(plan, drawn, 0), ends, rtol=1e-9)


CASES = {
    "reserved": EQUAL,
    "long jobs": dataclasses.replace(EQUAL, jobs=LONG),
    "short jobs": dataclasses.replace(EQUAL, jobs=SHORT),
    "half": dataclasses.replace(EQUAL, needed=2),
    "all": dataclasses.replace(EQUAL, needed=4),
    "unequal": MIXED,
    "unequal, all, short jobs": dataclasses.replace(MIXED, needed=4, jobs=SHORT),
    "unsteady": dataclasses.replace(MIXED, jitter=0.4, needed=1),
    "short outages": dataclasses.replace(EQUAL, outage_rounds=0.3, idle_seconds=90.0),
}


@pytest.mark.parametrize("plan", CASES.values(), ids=CASES.keys())
def test_the_closed_form_is_within_three_standard_errors(plan: RunPlan) -> None:
    """Rounds of a replicate hang together, so the error comes from 64 replicates."""
    drawn = first_rounds(plan, 64, n_rounds=12_000, seed=11)
    for simulated, closed in (
        (round_seconds(plan, drawn).mean(axis=1), mean_round_seconds(plan)),
        (round_work(plan, drawn).mean(axis=1), mean_round_work(plan)),
        (run_days(plan, 64, 12), closed_days(plan)),
    ):
        error = simulated.std(ddof=1) / math.sqrt(simulated.size)
        assert error < 0.005 * closed
        assert abs(simulated.mean() - closed) < 3 * error


def test_outages_and_calm_last_as_long_as_planned() -> None:
    """4 rounds of outage in rounds of 30.8: a state is left with probability share x (1 - keep)."""
    plan = dataclasses.replace(EQUAL, goodputs=(0.87,) * 4, rounds_of_work=1.0)
    up = first_rounds(plan, 16, n_rounds=20_000, seed=5).up
    changed = 1 - math.exp(-1 / (0.87 * 4))
    fell = (up[:, :-1] & ~up[:, 1:]).sum() / up[:, :-1].sum()
    rose = (~up[:, :-1] & up[:, 1:]).sum() / (~up[:, :-1]).sum()
    assert fell == pytest.approx(0.13 * changed, rel=0.01)
    assert rose == pytest.approx(0.87 * changed, rel=0.01)


def test_the_first_round_is_as_likely_up_as_any_other() -> None:
    plan = dataclasses.replace(EQUAL, jobs=SHORT)
    up = first_rounds(plan, 4000, n_rounds=40, seed=6).up.mean(axis=(0, 2))
    assert np.abs(up - plan.up[0]).max() < 4 * math.sqrt(0.25 * 0.75 / 16_000)


@given(plan=plans(), exchange=positive(0, 100))
def test_without_jitter_and_outage_the_run_is_exact(plan: RunPlan, exchange: float) -> None:
    calm = dataclasses.replace(
        plan, jitter=0.0, goodputs=(1.0,) * len(plan.places), jobs=None, stall_seconds=exchange
    )
    exact = calm.rounds_of_work * (max(calm.compute_seconds) + exchange) / SECONDS_PER_DAY
    assert run_days(calm, 2, 0) == pytest.approx([exact, exact], rel=1e-12)
    assert closed_days(calm) == pytest.approx(exact, rel=1e-12)
    assert textbook_days(calm, exchange) == pytest.approx(exact, rel=1e-12)


def test_the_same_seed_gives_the_same_bytes() -> None:
    plan = dataclasses.replace(MIXED, jobs=SHORT, rounds_of_work=300.0)
    first, again, other = (run_days(plan, 4, seed).tobytes() for seed in (1, 1, 2))
    assert first == again != other
    pd.testing.assert_frame_equal(first_week(plan, 1), first_week(plan, 1))
    assert not first_week(plan, 1).equals(first_week(plan, 2))


def test_neither_block_size_nor_more_replicates_change_a_replicate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = dataclasses.replace(MIXED, jobs=SHORT, rounds_of_work=300.0)
    before = run_days(plan, 3, 1)
    assert run_days(plan, 5, 1)[:3].tobytes() == before.tobytes()
    monkeypatch.setattr(draws, "BLOCK_ROUNDS", 100)
    assert run_days(plan, 3, 1) == pytest.approx(before, rel=1e-12)


@settings(max_examples=60)
@given(plan=even_plans(), more=jitters(0.1))
def test_more_jitter_never_speeds_up_a_run(plan: RunPlan, more: float) -> None:
    assert slower(dataclasses.replace(plan, jitter=plan.jitter + more), plan)


@settings(max_examples=60)
@given(plan=even_plans(), left=positive(0.3, 1), data=st.data())
def test_a_lower_goodput_never_speeds_up_a_run(
    plan: RunPlan, left: float, data: st.DataObject
) -> None:
    site = data.draw(st.integers(0, len(plan.places) - 1))
    goodputs = [g * left if i == site else g for i, g in enumerate(plan.goodputs)]
    assert slower(dataclasses.replace(plan, goodputs=tuple(goodputs)), plan)


@settings(max_examples=60)
@given(plan=even_plans())
def test_a_higher_quorum_never_speeds_up_a_run(plan: RunPlan) -> None:
    stricter = min(plan.needed + 1, len(plan.places))
    assert slower(dataclasses.replace(plan, needed=stricter), plan)


@settings(max_examples=60)
@given(plan=even_plans(), hidden=positive(0, 1))
def test_the_textbook_is_never_slower_when_its_exchange_is_not(
    plan: RunPlan, hidden: float
) -> None:
    assert textbook_days(plan, plan.stall_seconds * hidden) <= closed_days(plan) * (1 + 1e-9)


@settings(max_examples=60)
@given(plan=plans())
def test_the_textbook_is_never_slower_when_every_site_is_needed(plan: RunPlan) -> None:
    strict = dataclasses.replace(plan, needed=len(plan.places))
    textbook = textbook_days(strict, strict.stall_seconds)
    assert textbook <= closed_days(strict) * (1 + 1e-9)


def test_an_exposed_ring_makes_the_textbook_slower_than_a_hidden_exchange() -> None:
    """405e9 parameters of 4 bits at 40 Gbit/s: six turns of a quarter, 61 s that nothing hides."""
    ring = ring_seconds(405e9 * 4, [Trunk(40e9, 0.0)] * 4)
    assert ring == pytest.approx(60.75)
    steady = dataclasses.replace(EQUAL, goodputs=(0.99,) * 4, stall_seconds=0.0)
    assert textbook_days(steady, ring) > closed_days(steady)


def slower(changed: RunPlan, plan: RunPlan) -> bool:
    return closed_days(changed) >= closed_days(plan) * (1 - 1e-9)


BAD = [
    ({"places": (), "compute_seconds": (), "shares": (), "goodputs": ()}, "places .* at least one"),
    ({"places": ("a", "b", "c", "a")}, "places .* once"),
    ({"shares": (0.5, 0.5)}, "shares .* each of 4 places, got 2"),
    ({"compute_seconds": (600.0,) * 5}, "compute_seconds .* got 5"),
    ({"goodputs": ()}, "goodputs .* got 0"),
    ({"needed": 5}, "needed .* 1 to the 4 sites, got 5: use sites_needed"),
    ({"needed": 0}, "needed .* got 0"),
    ({"needed": 2.5}, "needed must be a whole number .* got 2.5"),
    ({"compute_seconds": (600.0, 0.0, 600.0, 600.0)}, "compute_seconds of b .* above 0, got 0"),
    ({"compute_seconds": (math.inf,) * 4}, "compute_seconds of a must be finite"),
    ({"shares": (0.3,) * 4}, "shares must sum to 1, got 1.2"),
    ({"shares": (-0.25, 0.75, 0.25, 0.25)}, "share of a .* got -0.25"),
    ({"goodputs": (0.0, 1.0, 1.0, 1.0)}, "goodput of a .* above 0"),
    ({"goodputs": (87.0, 1.0, 1.0, 1.0)}, r"goodput of a must be in \[0, 1\], got 87"),
    ({"jitter": -0.1}, "jitter .* at least 0, got -0.1"),
    ({"jitter": math.nan}, "jitter .* got nan"),
    ({"stall_seconds": -1.0}, "stall_seconds .* got -1"),
    ({"idle_seconds": 0.0}, "idle_seconds .* above 0, got 0"),
    ({"outage_rounds": 0.0}, "outage_rounds .* above 0"),
    ({"rounds_of_work": -5.0}, "rounds_of_work .* got -5"),
]
BAD_JOBS = [
    ({"job_rounds": 0.5}, "job_rounds .* at least 1, got 0.5: make jobs longer"),
    ({"handover_rounds": -1.0}, "handover_rounds .* at least 0"),
    ({"queue_rounds": math.inf}, "queue_rounds must be finite"),
    ({"queue_probability": 7.1}, "queue_probability .* got 7.1"),
]


@pytest.mark.parametrize(("bad", "message"), BAD)
def test_a_bad_plan_is_refused_by_name(bad: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        dataclasses.replace(EQUAL, **bad)


@pytest.mark.parametrize(("bad", "message"), BAD_JOBS)
def test_a_bad_job_chain_is_refused_by_name(bad: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        dataclasses.replace(LONG, **bad)


def test_a_run_that_would_not_end_and_no_replicate_are_refused() -> None:
    never = dataclasses.replace(EQUAL, needed=4, goodputs=(0.01,) * 4)
    with pytest.raises(InputError, match="needed .* got 4 of 4 sites .* lower the quorum"):
        run_days(never, 2, 0)
    with pytest.raises(InputError, match="n_replicates must be at least 1, got 0"):
        first_rounds(EQUAL, 0, n_rounds=5, seed=0)


def test_a_week_is_covered_once_at_every_place() -> None:
    shown = first_week(dataclasses.replace(MIXED, jobs=SHORT, needed=4), 1)
    assert set(shown["state"]) == {"training", "down", "waiting"}
    for _, spans in shown.groupby("place"):
        assert spans["start_hours"].iloc[0] == 0.0 and spans["end_hours"].iloc[-1] == 168.0
        assert (spans["start_hours"] < spans["end_hours"]).all()
        assert (spans["start_hours"].iloc[1:].values == spans["end_hours"].iloc[:-1].values).all()
        assert (spans["state"].iloc[1:].values != spans["state"].iloc[:-1].values).all()


def test_a_week_without_mishap_is_one_span_a_place() -> None:
    shown = first_week(dataclasses.replace(EQUAL, goodputs=(1.0,) * 4), 1)
    expected = [(place, 0.0, 168.0, "training") for place in EQUAL.places]
    assert list(shown.itertuples(index=False, name=None)) == expected


def test_both_charts_are_drawn() -> None:
    rows = [("reserved", 200.0, 206.0, 210.0, 205.0), ("jobs of 48 h", 210.0, 220.0, 230.0, 219.0)]
    table = pd.DataFrame(rows, columns=["way", "low", "median", "high", "closed"])
    for chart in (
        pictures.week(first_week(EQUAL, 1)),
        pictures.days(table),
    ):
        assert charts.svg(chart.to_dict()).startswith('<svg role="img" aria-label=')


@pytest.fixture(scope="module")
def finished(central: Params) -> tuple[list[Replica], Federation, float]:
    """Who could train Llama-3.1-405B, who does, and on how many tokens."""
    target = central.targets["llama_405b"]
    model = routes.target_model(central, target)
    route = routes.owned(central)
    done = routes.finish(route, target, central)
    able = routes.fleet(route, done, model, central)
    return able, done.federation, target.training_flop / 6 / model.n_active


def test_a_reserved_run_takes_as_long_as_the_net_rate_says(
    central: Params, finished: tuple[list[Replica], Federation, float]
) -> None:
    """The rate multiplies quorum and stragglers as if they were independent: 2 % is allowed."""
    able, team, n_tokens = finished
    plan = plan_of(central, able, team, n_tokens=n_tokens, jobs="reserved")
    flop = central.targets["llama_405b"].training_flop
    assert closed_days(plan) == pytest.approx(flop / team.flop_per_s / SECONDS_PER_DAY, rel=0.02)


def test_job_chains_never_speed_up_a_run(
    central: Params, finished: tuple[list[Replica], Federation, float]
) -> None:
    able, team, n_tokens = finished
    ways: list[Jobs] = ["reserved", "long", "short"]
    days = [closed_days(plan_of(central, able, team, n_tokens=n_tokens, jobs=way)) for way in ways]
    assert days == sorted(days)


def test_a_plan_holds_the_numbers_of_its_team(central: Params) -> None:
    """Utilisation 4/5: 30 steps of 8 s stall 60 s, and an outage of 0.77 h is 9.24 such rounds."""
    team, replicas = two_sites(central)
    team = dataclasses.replace(
        team, step_seconds=8.0, utilization=0.8, penalty=1.5, batch_tokens=1e6
    )
    settings_ = dataclasses.replace(central.training, inner_steps=30, quorum=0.75)
    operation = dataclasses.replace(
        central.operation, outage_hours=0.77, short_job_hours=12.0, handover_minutes=1.0
    )
    params = dataclasses.replace(central, training=settings_, operation=operation)
    plan = plan_of(params, replicas[::-1], team, n_tokens=6e9, jobs="short")
    assert plan.places == ("a", "b")
    assert plan.compute_seconds == (240.0, 240.0) and plan.idle_seconds == 240.0
    assert plan.stall_seconds == pytest.approx(60.0)
    assert plan.shares == pytest.approx((3 / 4, 1 / 4))  # r / g: 4.5 / 0.75 against 2 / 1
    assert plan.needed == 2
    assert plan.rounds_of_work == pytest.approx(1.5 * 6e9 / 30e6)
    assert plan.outage_rounds == pytest.approx(9.24)
    assert plan.jobs is not None
    assert (plan.jobs.job_rounds, plan.jobs.handover_rounds) == pytest.approx((144.0, 0.2))


def test_a_plan_of_a_bad_team_is_refused_by_name(central: Params) -> None:
    team, replicas = two_sites(central)
    cut = dataclasses.replace(team, utilization=0.0)
    with pytest.raises(InputError, match="utilization of the team .* above 0, got 0"):
        plan_of(central, replicas, cut, n_tokens=1e9, jobs="long")
    with pytest.raises(InputError, match=r"replicas must hold .* add \['b'\]"):
        plan_of(central, replicas[:1], team, n_tokens=1e9, jobs="long")
    with pytest.raises(InputError, match="n_tokens must be finite and above 0, got 0"):
        plan_of(central, replicas, team, n_tokens=0.0, jobs="long")
    with pytest.raises(InputError, match="jobs must be one of reserved, short, long, got 'lng'"):
        plan_of(central, replicas, team, n_tokens=1e9, jobs=cast(Jobs, "lng"))


def two_sites(central: Params) -> tuple[Federation, list[Replica]]:
    replicas = [
        Replica(
            place=place,
            n_accel=1000.0,
            flop_per_s=rate * 1e17,
            goodput=goodput,
            hbm_bytes=1e14,
            trunk=Trunk(40e9, 0.035),
        )
        for place, rate, goodput in (("a", 4.5, 0.75), ("b", 2.0, 1.0))
    ]
    return federate(replicas, dense(405e9), central.training, central.penalty), replicas
