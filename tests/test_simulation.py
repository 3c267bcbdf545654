"""A whole run: recurrence, events and closed form, against each other and by hand."""

import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh.efficiency import Replica, Trunk, dense, federate
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
from tests.strategies import PLACES, changed, positive

LONG = JobChain(job_rounds=60, handover_rounds=0.4, queue_probability=0.05, queue_rounds=15)
SHORT = JobChain(job_rounds=12.5, handover_rounds=0.1, queue_probability=0.1, queue_rounds=12)
EQUAL = RunPlan(
    places=("a", "b", "c", "d"), compute_seconds=(600.0,) * 4, shares=(0.25,) * 4,
    goodputs=(0.87,) * 4, jitter=0.02, needed=3, stall_seconds=20.0, idle_seconds=600.0,
    outage_rounds=4.0, jobs=None, rounds_of_work=8000.0,
)  # fmt: skip
MIXED = replace(
    EQUAL, compute_seconds=(300.0, 400.0, 600.0, 900.0), goodputs=(0.95, 0.87, 0.8, 0.7)
)
HAND = replace(
    EQUAL, places=("a", "b"), compute_seconds=(1.0, 10.0), shares=(0.25, 0.75),
    goodputs=(0.5, 0.5), jitter=0.0, needed=1, stall_seconds=2.0, idle_seconds=5.0,
    rounds_of_work=100.0,
)  # fmt: skip


def test_three_rounds_by_hand() -> None:
    """Both sites (slower 11 + 2), the first alone (3 + 2), none (idle 5)."""
    up, compute = [[1, 1], [1, 0], [0, 0]], [[4.0, 11.0], [3.0, 50.0], [9.0, 9.0]]
    drawn = Draws(np.array([up], dtype=bool), np.array([compute]))
    assert round_seconds(HAND, drawn).tolist() == [[13.0, 5.0, 5.0]]
    assert round_work(HAND, drawn).tolist() == [[1.0, 0.25, 0.0]]
    assert round_ends(HAND, drawn).tolist() == [[13.0, 18.0, 23.0]]
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


@pytest.mark.parametrize(
    "plan",
    [
        EQUAL,
        replace(EQUAL, jobs=SHORT),
        replace(MIXED, needed=4, jobs=SHORT),
        replace(MIXED, jitter=0.4, needed=1),
        replace(EQUAL, outage_rounds=0.3, idle_seconds=90.0),
    ],
)
def test_the_closed_form_is_within_three_standard_errors(plan: RunPlan) -> None:
    """Rounds of a replicate hang together, so the error comes from 64 replicates."""
    drawn = next(blocks(plan, 64, 12_000, 11))
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
    up = next(blocks(EQUAL, 16, 20_000, 5)).up
    changed = 1 - math.exp(-1 / (0.87 * 4))
    fell = (up[:, :-1] & ~up[:, 1:]).sum() / up[:, :-1].sum()
    rose = (~up[:, :-1] & up[:, 1:]).sum() / (~up[:, :-1]).sum()
    assert fell == pytest.approx(0.13 * changed, rel=0.01)
    assert rose == pytest.approx(0.87 * changed, rel=0.01)


def test_the_first_round_is_as_likely_up_as_any_other() -> None:
    plan = replace(EQUAL, jobs=SHORT)
    up = next(blocks(plan, 4000, 40, 6)).up.mean(axis=(0, 2))
    assert np.abs(up - plan.up[0]).max() < 4 * math.sqrt(0.25 * 0.75 / 16_000)


@given(
    compute=st.lists(positive(50, 500), min_size=1, max_size=6),
    exchange=positive(0, 100),
    rounds=positive(0.5, 500),
)
def test_without_jitter_and_outage_the_run_is_exact(
    compute: list[float], exchange: float, rounds: float
) -> None:
    n = len(compute)
    calm = replace(
        EQUAL, places=PLACES[:n], compute_seconds=tuple(compute), shares=(1 / n,) * n,
        goodputs=(1.0,) * n, needed=n, jitter=0.0, stall_seconds=exchange, rounds_of_work=rounds,
    )  # fmt: skip
    exact = rounds * (max(compute) + exchange) / SECONDS_PER_DAY
    found = [*run_days(calm, 2, 0), closed_days(calm), textbook_days(calm, exchange)]
    assert found == pytest.approx([exact] * 4, rel=1e-12)


def test_a_replicate_depends_on_the_seed_and_neither_on_block_size_nor_on_other_replicates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = replace(MIXED, jobs=SHORT, rounds_of_work=300.0)
    first, again, other = (run_days(plan, 3, seed).tobytes() for seed in (1, 1, 2))
    assert first == again == run_days(plan, 5, 1)[:3].tobytes() != other
    pd.testing.assert_frame_equal(first_week(plan, 1), first_week(plan, 1))
    assert not first_week(plan, 1).equals(first_week(plan, 2))
    monkeypatch.setattr(runs, "BLOCK_ROUNDS", 100)
    assert run_days(plan, 3, 1) == pytest.approx(np.frombuffer(first), rel=1e-12)


@pytest.mark.parametrize(
    ("plan", "bad", "message"),
    [
        (EQUAL, {"goodputs": (1.0, 0.0, 1.0, 1.0)}, "goodput of b .* above 0, got 0"),
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
    never = replace(EQUAL, needed=4, goodputs=(0.01,) * 4)
    with pytest.raises(InputError, match="needed .* got 4 of 4 sites .* lower the quorum"):
        run_days(never, 2, 0)


def test_a_week_is_covered_once_at_every_place_by_one_span_where_nothing_fails() -> None:
    shown = first_week(replace(MIXED, jobs=SHORT, needed=4), 1)
    assert set(shown["state"]) == {"training", "down", "waiting"}
    assert shown["start_hours"].max() > 160
    for _, spans in shown.groupby("place"):
        start, end, state = spans["start_hours"], spans["end_hours"], spans["state"].to_list()
        assert [*start, 168.0] == [0.0, *end] and (start < end).all()
        assert all(one != after for one, after in pairwise(state))
    shown = first_week(replace(EQUAL, goodputs=(1.0,) * 4), 1)
    expected = [(place, 0.0, 168.0, "training") for place in EQUAL.places]
    assert list(shown.itertuples(index=False, name=None)) == expected


def test_a_plan_holds_the_numbers_of_its_team(central: Params) -> None:
    """Utilisation 4/5: 30 steps of 8 s stall 60 s, and an outage of 0.77 h is 9.24 such rounds."""
    replicas = [
        Replica(
            place=place, n_accel=1000.0, flop_per_s=rate * 1e17, goodput=goodput, hbm_bytes=1e14,
            trunk=Trunk(40e9, 0.035),
        )
        for place, rate, goodput in (("a", 4.5, 0.75), ("b", 2.0, 1.0))
    ]  # fmt: skip
    team = replace(
        federate(replicas, dense(405e9), central.training, central.penalty),
        step_seconds=8.0, utilization=0.8, penalty=1.5, batch_tokens=1e6,
    )  # fmt: skip
    times = {"outage_hours": 0.77, "short_job_hours": 12.0, "handover_minutes": 1.0}
    params = changed(central, "training", inner_steps=30, quorum=0.75)
    params = changed(params, "operation", **times)
    plan = plan_of(params, replicas[::-1], team, n_tokens=6e9, jobs="short")
    assert (plan.places, plan.needed) == (("a", "b"), 2)
    assert plan.compute_seconds == (240.0, 240.0) and plan.idle_seconds == 240.0
    assert plan.stall_seconds == pytest.approx(60.0)
    assert plan.shares == pytest.approx((3 / 4, 1 / 4))  # r / g: 4.5 / 0.75 against 2 / 1
    assert plan.rounds_of_work == pytest.approx(1.5 * 6e9 / 30e6)
    assert plan.outage_rounds == pytest.approx(9.24)
    assert plan.jobs is not None
    assert (plan.jobs.job_rounds, plan.jobs.handover_rounds) == pytest.approx((144.0, 0.2))
    with pytest.raises(InputError, match="utilization of the team .* above 0, got 0"):
        plan_of(params, replicas, replace(team, utilization=0.0), n_tokens=1e9, jobs="long")
