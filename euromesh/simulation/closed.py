"""The mean of a run without simulation: one quadrature and one Poisson-binomial tail."""

from __future__ import annotations

import math

from euromesh import units as u
from euromesh.efficiency import at_least_up, expected_round_seconds, quorum_factor
from euromesh.simulation.plan import RunPlan


def mean_round_seconds(plan: RunPlan) -> float:
    """E[duration]: idle P(too few up) + E[slowest that is up; quorum] + stall P(quorum), seconds.

    Rounds are memoryless and sites independent, so one round has the stationary probabilities
    `plan.up`, with outages and job chain in one number.
    """
    computing = expected_round_seconds(
        compute_seconds=plan.compute_seconds,
        jitter=plan.jitter,
        up=plan.up,
        needed=plan.needed,
        idle_seconds=plan.idle_seconds,
    )
    return computing + plan.stall_seconds * at_least_up(plan.up, plan.needed)


def mean_round_work(plan: RunPlan) -> float:
    """E[work] = sum_i share_i a_i P(at least K-1 of the others up), in full rounds."""
    rates = [share * up for share, up in zip(plan.shares, plan.up, strict=True)]
    return math.fsum(rates) * quorum_factor(rates, plan.up, plan.needed)


def closed_days(plan: RunPlan) -> float:
    """rounds_of_work E[duration] / E[work], days.

    Time and work are sums over a stationary sequence, so their ratio tends to that of the means;
    the error falls with the number of rounds.
    """
    rounds = plan.rounds_of_work / mean_round_work(plan)
    return rounds * mean_round_seconds(plan) / u.SECONDS_PER_DAY


def textbook_days(plan: RunPlan, exchange_seconds: float) -> float:
    """rounds_of_work (max_i c_i + exchange), days: synchronous training without mishaps.

    `exchange_seconds` is the time that every round waits for the network, `ring_seconds` for a
    ring that computation does not hide. Jitter, outages, jobs and the quorum are left out.
    """
    per_round = max(plan.compute_seconds) + exchange_seconds
    return plan.rounds_of_work * per_round / u.SECONDS_PER_DAY
