"""What a simulated run needs to know: its sites, how steady they are, and the work to do.

Times of outages and jobs are counted in rounds, so that which sites take part does not depend on
how long a round lasts; that keeps the closed form exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from euromesh import units as u
from euromesh.efficiency import Federation, Replica, round_jitter, sites_needed
from euromesh.records import Params
from euromesh.records.base import InputError
from euromesh.records.settings import Operation

MINUTES_PER_HOUR: Final = 60.0
Jobs = Literal["reserved", "short", "long"]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobChain:
    """Jobs of one length, one after another; after each a handover or, at times, a queue."""

    job_rounds: float
    handover_rounds: float
    queue_probability: float  # that the site waits in the queue instead of handing over
    queue_rounds: float

    def __post_init__(self) -> None:
        _need(
            1 <= self.job_rounds < math.inf,
            f"job_rounds must be finite and at least 1, got {self.job_rounds}: make jobs longer",
        )
        for name in ("handover_rounds", "queue_rounds"):
            _need_from_zero(name, getattr(self, name))
        _need_fraction("queue_probability", self.queue_probability)

    @property
    def gap_rounds(self) -> float:
        """Mean rounds between two jobs: (1 - q) handover + q queue."""
        chance = self.queue_probability
        return (1 - chance) * self.handover_rounds + chance * self.queue_rounds

    @property
    def held(self) -> float:
        """J / (J + mean gap): share of the rounds in which a site holds a job."""
        return self.job_rounds / (self.job_rounds + self.gap_rounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """A federated run: M sites, K of which must be up for a round to count."""

    places: tuple[str, ...]
    compute_seconds: tuple[float, ...]  # c_i: mean time of a site for its part of a round
    shares: tuple[float, ...]  # of the tokens of a round; they sum to 1
    goodputs: tuple[float, ...]  # share of the time without outage
    jitter: float  # standard deviation of c_i over its mean
    needed: int  # K
    stall_seconds: float  # exchange that a round waits for
    idle_seconds: float  # length of a round without quorum
    outage_rounds: float  # mean length
    jobs: JobChain | None  # None: reserved throughout
    rounds_of_work: float  # full rounds to the target

    def __post_init__(self) -> None:
        _check_sites(self)
        _check_quorum(self)
        for name in ("idle_seconds", "outage_rounds", "rounds_of_work"):
            _need_positive(name, getattr(self, name))
        for name in ("stall_seconds", "jitter"):
            _need_from_zero(name, getattr(self, name))

    @property
    def up(self) -> tuple[float, ...]:
        """a_i = g_i x J / (J + mean gap): probability that a site takes part in a round.

        Outages and job chain run side by side and independently, both stationary, so that the
        site holds a job without outage with the product of the two shares. Each share is mean up
        time over mean cycle (renewal reward), whatever the distributions.
        """
        held = 1.0 if self.jobs is None else self.jobs.held
        return tuple(goodput * held for goodput in self.goodputs)


def plan_of(
    params: Params, replicas: Sequence[Replica], team: Federation, *, n_tokens: float, jobs: Jobs
) -> RunPlan:
    """The run of D tokens by a federation, tokens in proportion to speed, so that all c_i = H T.

    share_i = (r_i / g_i) / sum; stall = H T (1/U - 1); work = kappa D / (H B) full rounds. Hours
    are turned into rounds of H T / U. Replicas beside the team's are ignored.
    """
    for name in ("utilization", "step_seconds"):
        _need_positive(f"{name} of the team", getattr(team, name))
    _need_positive("n_tokens", n_tokens)
    chosen, training = _members(replicas, team), params.training
    running = math.fsum(r.running_flop_per_s for r in chosen)
    compute = training.inner_steps * team.step_seconds
    rounds_per_hour = u.SECONDS_PER_HOUR * team.utilization / compute
    return RunPlan(
        places=team.places,
        compute_seconds=(compute,) * len(chosen),
        shares=tuple(r.running_flop_per_s / running for r in chosen),
        goodputs=tuple(r.goodput for r in chosen),
        jitter=float(
            round_jitter(training.step_jitter, training.jitter_correlation, training.inner_steps)
        ),
        needed=sites_needed(len(chosen), training.quorum),
        stall_seconds=compute * (1 / team.utilization - 1),
        idle_seconds=compute,
        outage_rounds=params.operation.outage_hours * rounds_per_hour,
        jobs=job_chain(params.operation, jobs, rounds_per_hour),
        rounds_of_work=team.penalty * n_tokens / (training.inner_steps * team.batch_tokens),
    )


def job_chain(operation: Operation, jobs: Jobs, rounds_per_hour: float) -> JobChain | None:
    """Short or long jobs in rounds; None if the nodes are reserved for the whole run."""
    if jobs == "reserved":
        return None
    lengths = {"short": operation.short_job_hours, "long": operation.long_job_hours}
    _need(jobs in lengths, f"jobs must be one of {', '.join(get_args(Jobs))}, got {jobs!r}")
    return JobChain(
        job_rounds=lengths[jobs] * rounds_per_hour,
        handover_rounds=operation.handover_minutes / MINUTES_PER_HOUR * rounds_per_hour,
        queue_probability=operation.queue_probability,
        queue_rounds=operation.queue_hours * rounds_per_hour,
    )


def _members(replicas: Sequence[Replica], team: Federation) -> list[Replica]:
    """The replicas of the team, in its order."""
    by_place = {r.place: r for r in replicas}
    missing = sorted(set(team.places) - set(by_place))
    _need(
        not missing,
        f"replicas must hold every place of the team, got {sorted(by_place)}: add {missing}",
    )
    return [by_place[place] for place in team.places]


def _check_sites(plan: RunPlan) -> None:
    count = len(plan.places)
    _need(
        0 < count == len(set(plan.places)),
        f"places must hold at least one site and each once, got {plan.places}: choose a team",
    )
    for name in ("compute_seconds", "shares", "goodputs"):
        found = len(getattr(plan, name))
        _need(
            found == count,
            f"{name} must hold one value for each of {count} places, got {found}: match them",
        )
    for place, seconds, share, goodput in zip(
        plan.places, plan.compute_seconds, plan.shares, plan.goodputs, strict=True
    ):
        _need_positive(f"compute_seconds of {place}", seconds)
        _need_fraction(f"share of {place}", share)
        _need_fraction(f"goodput of {place}", goodput)
        _need_positive(f"goodput of {place}", goodput)
    total = math.fsum(plan.shares)
    _need(abs(total - 1) < 1e-9, f"shares must sum to 1, got {total}: divide them by their sum")


def _check_quorum(plan: RunPlan) -> None:
    count = len(plan.places)
    _need(
        plan.needed in range(1, count + 1),
        f"needed must be a whole number from 1 to the {count} sites, got {plan.needed}: "
        "use sites_needed(M, quorum)",
    )


def _need_positive(name: str, value: float) -> None:
    _need(0 < value < math.inf, f"{name} must be finite and above 0, got {value}: correct it")


def _need_from_zero(name: str, value: float) -> None:
    _need(0 <= value < math.inf, f"{name} must be finite and at least 0, got {value}: 0 means none")


def _need_fraction(name: str, value: float) -> None:
    _need(0 <= value <= 1, f"{name} must be in [0, 1], got {value}: give a fraction, not per cent")


def _need(holds: bool, otherwise: str) -> None:
    if not holds:
        raise InputError(otherwise)
