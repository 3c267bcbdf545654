"""The run as events (SimPy): sites that check in, compute and report, and a coordinator.

An independent account of the rounds of `recurrence`, on the same draws: it counts arrivals
instead of taking a maximum. Slow; for checks and short runs.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import simpy

from euromesh.simulation.draws import Bools, Draws, Floats
from euromesh.simulation.plan import RunPlan

Process = Generator[simpy.Event, object, None]


@dataclass(frozen=True, slots=True)
class _Desk:
    """What passes between the coordinator and the sites; one event a round."""

    opened: list[simpy.Event]
    verdicts: list[simpy.Event]  # their value says whether the round counts
    answers: simpy.Store  # who is there
    reports: simpy.Store  # who is done


def simulated_ends(plan: RunPlan, drawn: Draws, replicate: int) -> Floats:
    """Seconds from the start of the run to the end of every round of one replicate."""
    up, compute = drawn.up[replicate], drawn.compute[replicate]
    env = simpy.Environment()
    rounds = range(len(up))
    opened, verdicts = ([env.event() for _ in rounds] for _ in range(2))
    desk = _Desk(opened, verdicts, simpy.Store(env), simpy.Store(env))
    ends: list[float] = []
    for site in range(len(plan.places)):
        env.process(_site(env, desk, up[:, site], compute[:, site]))
    env.process(_coordinator(env, desk, plan, ends))
    env.run()
    return np.array(ends)


def _site(env: simpy.Environment, desk: _Desk, up: Bools, compute: Floats) -> Process:
    """Answer when a round opens; if it counts and the site is up, compute and report."""
    for n, (here, seconds) in enumerate(zip(up.tolist(), compute.tolist(), strict=True)):
        yield desk.opened[n]
        yield desk.answers.put(here)
        counts = yield desk.verdicts[n]
        if here and counts:
            yield env.timeout(seconds)
            yield desk.reports.put(env.now)


def _coordinator(env: simpy.Environment, desk: _Desk, plan: RunPlan, ends: list[float]) -> Process:
    """Open a round, count the sites, wait for all that are there, then for the exchange."""
    for opened, verdict in zip(desk.opened, desk.verdicts, strict=True):
        opened.succeed()
        present = 0
        for _ in plan.places:
            present += bool((yield desk.answers.get()))
        counts = present >= plan.needed
        verdict.succeed(counts)
        for _ in range(present if counts else 0):
            yield desk.reports.get()
        yield env.timeout(plan.stall_seconds if counts else plan.idle_seconds)
        ends.append(env.now)
