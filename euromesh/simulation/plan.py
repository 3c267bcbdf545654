"""What a simulated run needs to know: its sites, how steady they are, and the work to do.

Times of outages and jobs are counted in rounds, so that which sites take part does not depend on
how long a round lasts; that keeps the closed form exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from euromesh import units as u
from euromesh.efficiency import Federation, Replica, round_jitter, sites_needed, up_share
from euromesh.records import InputError, Params
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
        if not 1 <= self.job_rounds < math.inf:
            raise InputError(
                f"job_rounds must be finite and at least 1, got {self.job_rounds}: make jobs longer"
            )

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
    ups: tuple[float, ...]  # share of the time without outage
    jitter: float  # standard deviation of c_i over its mean
    needed: int  # K
    stall_seconds: float  # exchange that a round waits for
    idle_seconds: float  # length of a round without quorum
    outage_rounds: float  # mean length
    jobs: JobChain | None  # None: reserved throughout
    rounds_of_work: float  # full rounds to the target

    def __post_init__(self) -> None:
        _need_positive("outage_rounds", self.outage_rounds)
        _need_positive("rounds_of_work", self.rounds_of_work)
        for place, up in zip(self.places, self.ups, strict=True):
            _need_positive(f"time up of {place}", up)

    @property
    def up(self) -> tuple[float, ...]:
        """a_i = u_i x J / (J + mean gap): probability that a site takes part in a round.

        Outages and job chain run side by side and independently, both stationary, so that the
        site holds a job without outage with the product of the two shares. Each share is mean up
        time over mean cycle (renewal reward), whatever the distributions.
        """
        held = 1.0 if self.jobs is None else self.jobs.held
        return tuple(up * held for up in self.ups)


def plan_of(
    params: Params, replicas: Sequence[Replica], team: Federation, *, n_tokens: float, jobs: Jobs
) -> RunPlan:
    """The run of D tokens by a federation, tokens in proportion to speed, so that all c_i are one.

    share_i = (r_i / g_i) / sum; c = H T sum u_i r_i/g_i / sum r_i; stall = c (1/U - 1); work =
    kappa D / (H B) full rounds. Hours are turned into rounds of c / U. Replicas beside the team's
    are ignored.
    """
    _need_positive("utilization of the team", team.utilization)
    by_place, training = {r.place: r for r in replicas}, params.training
    chosen = [by_place[place] for place in team.places]
    running = math.fsum(r.running_flop_per_s for r in chosen)
    ups = tuple(up_share(r.goodput, training.stepping_share) for r in chosen)
    held = math.fsum(r.running_flop_per_s * up for r, up in zip(chosen, ups, strict=True))
    compute = (
        training.inner_steps * team.step_seconds * held / math.fsum(r.flop_per_s for r in chosen)
    )
    rounds_per_hour = u.SECONDS_PER_HOUR * team.utilization / compute
    return RunPlan(
        places=team.places,
        compute_seconds=(compute,) * len(chosen),
        shares=tuple(r.running_flop_per_s / running for r in chosen),
        ups=ups,
        jitter=float(
            round_jitter(training.step_jitter, training.jitter_correlation, training.inner_steps)
        ),
        needed=sites_needed(len(chosen), training.quorum),
        stall_seconds=compute * (1 / team.utilization - 1),
        idle_seconds=compute,
        outage_rounds=params.operation.outage_hours * rounds_per_hour,
        jobs=_job_chain(params.operation, jobs, rounds_per_hour),
        rounds_of_work=team.penalty * n_tokens / (training.inner_steps * team.batch_tokens),
    )


def _job_chain(operation: Operation, jobs: Jobs, rounds_per_hour: float) -> JobChain | None:
    """Short or long jobs in rounds; None if the nodes are reserved for the whole run."""
    if jobs == "reserved":
        return None
    hours = {"short": operation.short_job_hours, "long": operation.long_job_hours}
    return JobChain(
        job_rounds=hours[jobs] * rounds_per_hour,
        handover_rounds=operation.handover_minutes / MINUTES_PER_HOUR * rounds_per_hour,
        queue_probability=operation.queue_probability,
        queue_rounds=operation.queue_hours * rounds_per_hour,
    )


def _need_positive(name: str, value: float) -> None:
    if not 0 < value < math.inf:
        raise InputError(f"{name} must be finite and above 0, got {value}: correct it")
