"""A whole run: recurrence, events and closed form, against each other and by hand."""

import math
from collections.abc import Generator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from euromesh.efficiency import Replica, Trunk, dense, federate
from euromesh.facts import Facts
from euromesh.records import InputError, Params
from euromesh.simulation import (
    Draws,
    JobChain,
    RunPlan,
    blocks,
    closed_days,
    first_week,
    mean_round_seconds,
    mean_round_work,
    plan_of,
    round_ends,
    round_seconds,
    round_work,
    run_days,
    runs,
    textbook_days,
)
from euromesh.units import SECONDS_PER_DAY
from tests.strategies import PLACES, positive

Process = Generator[simpy.Event, Any, None]
LONG = JobChain(job_rounds=60, handover_rounds=0.4, queue_probability=0.05, queue_rounds=15)
SHORT = JobChain(job_rounds=12.5, handover_rounds=0.1, queue_probability=0.1, queue_rounds=12)
EQUAL = RunPlan(
    places=("a", "b", "c", "d"), compute_seconds=(600.0,) * 4, shares=(0.25,) * 4,
    ups=(0.87,) * 4, jitter=0.02, needed=3, stall_seconds=20.0, idle_seconds=600.0,
    outage_rounds=4.0, jobs=None, rounds_of_work=8000.0,
)  # fmt: skip
MIXED = replace(EQUAL, compute_seconds=(300.0, 400.0, 600.0, 900.0), ups=(0.95, 0.87, 0.8, 0.7))
HAND = replace(
    EQUAL, places=("a", "b"), compute_seconds=(1.0, 10.0), shares=(0.25, 0.75),
    ups=(0.5, 0.5), jitter=0.0, needed=1, stall_seconds=2.0, idle_seconds=5.0,
    rounds_of_work=100.0,
)  # fmt: skip


@st.composite
def plans(draw: st.DrawFn) -> RunPlan:
    """Sites of unequal speed, share and goodput; with or without job chains."""
    count = draw(st.integers(1, 6))
    weights = [draw(positive(0.1, 1)) for _ in range(count)]
    return RunPlan(
        places=tuple(PLACES[:count]),
        compute_seconds=tuple(draw(positive(50, 500)) for _ in range(count)),
        shares=tuple(weight / math.fsum(weights) for weight in weights),
        ups=tuple(draw(positive(0.3, 1)) for _ in range(count)),
        jitter=draw(st.one_of(st.just(0.0), positive(1e-4, 0.3))),
        needed=draw(st.integers(1, count)),
        stall_seconds=draw(positive(0, 100)),
        idle_seconds=draw(positive(10, 500)),
        outage_rounds=draw(positive(0.3, 20)),
        jobs=draw(st.sampled_from([None, SHORT, LONG])),
        rounds_of_work=draw(positive(0.5, 500)),
    )


def drawn_rounds(plan: RunPlan, n_replicates: int, n_rounds: int, seed: int) -> Draws:
    return next(blocks(plan, n_replicates, n_rounds, seed))


class Events:
    """The rounds as events: sites that check in, compute and report, and a coordinator.

    An independent account of `round_ends`: it counts arrivals instead of taking a maximum.
    """

    def __init__(self, plan: RunPlan, drawn: Draws, replicate: int) -> None:
        self.env, self.plan, self.ends = simpy.Environment(), plan, list[float]()
        self.rounds = [(self.env.event(), self.env.event()) for _ in drawn.up[0]]
        self.answers, self.reports = (simpy.Store(self.env) for _ in range(2))
        self.env.process(self.coordinator())
        for up, compute in zip(drawn.up[replicate].T, drawn.compute[replicate].T, strict=True):
            self.env.process(self.site(up.tolist(), compute.tolist()))
        self.env.run()

    def site(self, up: list[bool], compute: list[float]) -> Process:
        for here, seconds, (opened, verdict) in zip(up, compute, self.rounds, strict=True):
            yield opened
            yield self.answers.put(here)
            counts = yield verdict
            if here and counts:
                yield self.env.timeout(seconds)
                yield self.reports.put(here)

    def coordinator(self) -> Process:
        for opened, verdict in self.rounds:
            opened.succeed()
            present = 0
            for _ in self.plan.places:
                present += yield self.answers.get()
            counts = present >= self.plan.needed
            verdict.succeed(counts)
            for _ in range(present if counts else 0):
                yield self.reports.get()
            yield self.env.timeout(self.plan.stall_seconds if counts else self.plan.idle_seconds)
            self.ends.append(self.env.now)


def test_three_rounds_by_hand() -> None:
    """Both sites (slower 11 + 2), the first alone (3 + 2), none (idle 5)."""
    up, compute = [[1, 1], [1, 0], [0, 0]], [[4.0, 11.0], [3.0, 50.0], [9.0, 9.0]]
    drawn = Draws(np.array([up], dtype=bool), np.array([compute]))
    assert round_seconds(HAND, drawn).tolist() == [[13.0, 5.0, 5.0]]
    assert round_work(HAND, drawn).tolist() == [[1.0, 0.25, 0.0]]
    assert round_ends(HAND, drawn).tolist() == [Events(HAND, drawn, 0).ends] == [[13.0, 18.0, 23.0]]
    both = replace(HAND, needed=2)
    assert round_seconds(both, drawn).tolist() == [[13.0, 5.0, 5.0]]
    assert round_work(both, drawn).tolist() == [[1.0, 0.0, 0.0]]


def test_the_closed_form_by_hand() -> None:
    """Four equally likely rounds: 12 s for 1, 3 s for 1/4, 12 s for 3/4, 5 s for nothing."""
    assert mean_round_seconds(HAND) == pytest.approx((12 + 3 + 12 + 5) / 4)
    assert mean_round_work(HAND) == pytest.approx(0.5)
    assert closed_days(HAND) == pytest.approx(100 * 8 / 0.5 / SECONDS_PER_DAY)
    assert textbook_days(HAND, 3.0) == pytest.approx(100 * 13 / SECONDS_PER_DAY)
    # a chain of jobs holds 60 of 60 + 0.95 x 0.4 + 0.05 x 15 rounds, 0.87 of those without outage
    assert replace(EQUAL, jobs=LONG).up == pytest.approx((0.87 * 60 / 61.13,) * 4)


@settings(max_examples=40)
@given(plan=plans(), seed=st.integers(0, 1000))
def test_recurrence_and_events_end_every_round_together(plan: RunPlan, seed: int) -> None:
    drawn = drawn_rounds(plan, 2, 100, seed)
    ends = round_ends(plan, drawn)
    for replicate in range(2):
        events = Events(plan, drawn, replicate).ends
        np.testing.assert_allclose(events, ends[replicate], rtol=1e-9)


@pytest.mark.parametrize(
    "plan",
    [
        EQUAL,
        replace(EQUAL, jobs=SHORT),
        replace(MIXED, needed=4, jobs=SHORT),
        replace(MIXED, jitter=0.4, needed=1),
        replace(EQUAL, outage_rounds=0.3, idle_seconds=90.0),
    ],
    ids=["reserved", "short jobs", "unequal, all, short jobs", "unsteady", "short outages"],
)
def test_the_closed_form_is_within_three_standard_errors(plan: RunPlan) -> None:
    """Rounds of a replicate hang together, so the error comes from 64 replicates."""
    drawn = drawn_rounds(plan, 64, 12_000, 11)
    for simulated, closed in (
        (round_seconds(plan, drawn).mean(axis=1), mean_round_seconds(plan)),
        (round_work(plan, drawn).mean(axis=1), mean_round_work(plan)),
        (run_days([plan], 64, 12)[0], closed_days(plan)),
    ):
        error = simulated.std(ddof=1) / math.sqrt(simulated.size)
        assert error < 0.005 * closed
        assert abs(simulated.mean() - closed) < 3 * error


def test_outages_and_calm_last_as_long_as_planned() -> None:
    """4 rounds of outage in rounds of 30.8: a state is left with probability share x (1 - keep)."""
    up = drawn_rounds(EQUAL, 16, 20_000, 5).up
    changed = 1 - math.exp(-1 / (0.87 * 4))
    fell = (up[:, :-1] & ~up[:, 1:]).sum() / up[:, :-1].sum()
    rose = (~up[:, :-1] & up[:, 1:]).sum() / (~up[:, :-1]).sum()
    assert fell == pytest.approx(0.13 * changed, rel=0.01)
    assert rose == pytest.approx(0.87 * changed, rel=0.01)


def test_the_first_round_is_as_likely_up_as_any_other() -> None:
    plan = replace(EQUAL, jobs=SHORT)
    up = drawn_rounds(plan, 4000, 40, 6).up.mean(axis=(0, 2))
    assert np.abs(up - plan.up[0]).max() < 4 * math.sqrt(0.25 * 0.75 / 16_000)


@given(plan=plans(), exchange=positive(0, 100))
def test_without_jitter_and_outage_the_run_is_exact(plan: RunPlan, exchange: float) -> None:
    calm = replace(
        plan, jitter=0.0, ups=(1.0,) * len(plan.places), jobs=None, stall_seconds=exchange
    )
    exact = calm.rounds_of_work * (max(calm.compute_seconds) + exchange) / SECONDS_PER_DAY
    assert run_days([calm], 2, 0)[0] == pytest.approx([exact, exact], rel=1e-12)
    assert closed_days(calm) == pytest.approx(exact, rel=1e-12)
    assert textbook_days(calm, exchange) == pytest.approx(exact, rel=1e-12)


def test_a_replicate_depends_on_the_seed_and_neither_on_block_size_nor_on_other_replicates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = replace(MIXED, jobs=SHORT, rounds_of_work=300.0)
    first, again, other = (run_days([plan], 3, seed).tobytes() for seed in (1, 1, 2))
    assert first == again == run_days([plan], 5, 1)[0, :3].tobytes() != other
    both = [replace(plan, jobs=None), plan]
    assert np.array_equal(run_days(both, 3, 1), [run_days([one], 3, 1)[0] for one in both])
    with pytest.raises(InputError, match="side by side may differ in jobs alone"):
        run_days([plan, replace(plan, needed=1)], 3, 1)
    pd.testing.assert_frame_equal(first_week(plan, 1), first_week(plan, 1))
    assert not first_week(plan, 1).equals(first_week(plan, 2))
    monkeypatch.setattr(runs, "BLOCK_ROUNDS", 100)
    assert run_days([plan], 3, 1)[0] == pytest.approx(np.frombuffer(first), rel=1e-12)


@pytest.mark.parametrize(
    ("plan", "bad", "message"),
    [
        (EQUAL, {"ups": (1.0, 0.0, 1.0, 1.0)}, "time up of b .* above 0, got 0"),
        (EQUAL, {"outage_rounds": 0.0}, "outage_rounds .* above 0, got 0"),
        (EQUAL, {"rounds_of_work": math.inf}, "rounds_of_work must be finite .* got inf"),
        (LONG, {"job_rounds": 0.5}, "job_rounds .* at least 1, got 0.5: make jobs longer"),
    ],
)
def test_a_plan_that_cannot_run_is_refused_by_name(
    plan: RunPlan | JobChain, bad: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        replace(plan, **bad)


def test_a_run_that_would_not_end_is_refused() -> None:
    never = replace(EQUAL, needed=4, ups=(0.01,) * 4)
    with pytest.raises(InputError, match="needed .* got 4 of 4 sites .* lower the quorum"):
        run_days([never], 2, 0)


def test_a_week_is_covered_once_at_every_place_by_one_span_where_nothing_fails() -> None:
    shown = first_week(replace(MIXED, jobs=SHORT, needed=4), 1)
    assert set(shown["state"]) == {"training", "down", "waiting"}
    assert shown["start_hours"].max() > 160
    for _, spans in shown.groupby("place"):
        start, end, state = spans["start_hours"], spans["end_hours"], spans["state"].to_list()
        assert [*start, 168.0] == [0.0, *end] and (start < end).all()
        assert all(one != after for one, after in pairwise(state))
    shown = first_week(replace(EQUAL, ups=(1.0,) * 4), 1)
    expected = [(place, 0.0, 168.0, "training") for place in EQUAL.places]
    assert list(shown.itertuples(index=False, name=None)) == expected


def test_a_reserved_run_takes_as_long_as_the_net_rate_says_and_jobs_take_longer(
    central: Params, facts: Facts
) -> None:
    """The rate multiplies quorum and stragglers as if they were independent: 2 % is allowed."""
    days = facts["run_days"].set_index("row")["closed"]
    rate = facts["rate_stages"]["eflops"].iloc[-1] * 1e18 * SECONDS_PER_DAY
    assert days["reserved"] == pytest.approx(
        central.targets["llama_405b"].training_flop / rate, rel=0.02
    )
    assert days[["reserved", "long", "short"]].is_monotonic_increasing


def test_a_plan_holds_the_numbers_of_its_team(central: Params) -> None:
    """Utilisation 4/5: 30 steps of 8 s stall 60 s, and an outage of 0.77 h is 9.24 such rounds."""
    replicas = [
        Replica(
            place=place, n_accel=1000.0, load=1e17, flop_per_s=rate * 1e17, goodput=goodput,
            hbm_bytes=1e14, trunk=Trunk(40e9, 0.035),
        )
        for place, rate, goodput in (("a", 4.5, 0.75), ("b", 2.0, 1.0))
    ]  # fmt: skip
    team = replace(
        federate(replicas, dense(405e9), central.training, central.penalty),
        step_seconds=8.0, utilization=0.8, penalty=1.5, batch_tokens=1e6,
    )  # fmt: skip
    params = replace(
        central,
        training=replace(central.training, inner_steps=30, quorum=0.75, stepping_share=1.0),
        operation=replace(
            central.operation, outage_hours=0.77, short_job_hours=12.0, handover_minutes=1.0
        ),
    )
    plan = plan_of(params, replicas[::-1], team, n_tokens=6e9, jobs="short")
    assert (plan.places, plan.needed) == (("a", "b"), 2)
    assert plan.compute_seconds == (240.0, 240.0) and plan.idle_seconds == 240.0
    assert plan.stall_seconds == pytest.approx(60.0)
    assert plan.shares == pytest.approx((3 / 4, 1 / 4))  # r / g: 4.5 / 0.75 against 2 / 1
    assert plan.rounds_of_work == pytest.approx(1.5 * 6e9 / 30e6)
    assert plan.outage_rounds == pytest.approx(9.24)
    kept = replace(params, training=replace(params.training, stepping_share=0.9))
    longer = plan_of(kept, replicas, team, n_tokens=6e9, jobs="short")  # b is up all the time
    assert longer.ups == pytest.approx((0.75 / 0.9, 1.0))
    assert longer.compute_seconds[0] == pytest.approx(240 * (6 * 0.75 / 0.9 + 2) / 6.5)
    assert plan.jobs is not None
    assert (plan.jobs.job_rounds, plan.jobs.handover_rounds) == pytest.approx((144.0, 0.2))
    with pytest.raises(InputError, match="utilization of the team .* above 0, got 0"):
        plan_of(params, replicas, replace(team, utilization=0.0), n_tokens=1e9, jobs="long")
