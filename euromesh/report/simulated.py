"""Headline numbers of the simulated run: days to the target, with a spread, three ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from euromesh import efficiency, frames, routes, simulation
from euromesh.facts.draws import SEED as SEED
from euromesh.records import Params
from euromesh.report.figure import Figure, never, number
from euromesh.report.layer1 import LLAMA
from euromesh.report.spread import ENDS

STATES: Final = ("training", "down", "waiting")
REPLICATES: Final = 32
WAYS: Final[tuple[simulation.Jobs, ...]] = ("reserved", "long", "short")


def days(jobs: simulation.Jobs, params: Params) -> Mapping[str, Figure]:
    """Days of the best subset to Llama 3.1 405B: percentiles of the runs, and the closed form."""
    plan = plan_of(params, jobs)
    if plan is None:
        return never(f"efficiency.run_days_{jobs}_", *ENDS, "closed")
    found = frames.run_days({jobs: plan}, REPLICATES, SEED).iloc[0]
    return {
        f"efficiency.run_days_{jobs}_{end}": number(float(found[end]), "days", ".0f")
        for end in (*ENDS, "closed")
    }


def all_up(params: Params) -> Mapping[str, Figure]:
    """Days of the best subset if every one of its sites had to be up for a round to count."""
    plan = plan_of(params, "reserved")
    if plan is None:
        return never("efficiency.run_days_", "all_up")
    every = replace(plan, needed=len(plan.places))
    return {"efficiency.run_days_all_up": number(simulation.closed_days(every), "days", ".0f")}


def week(params: Params) -> Mapping[str, Figure]:
    """What the sites of the best subset do in a simulated week on short jobs, shares of hours."""
    plan = plan_of(params, "short")
    if plan is None:
        return never("efficiency.week_", *STATES)
    spans = simulation.first_week(plan, SEED)
    hours = (spans["end_hours"] - spans["start_hours"]).groupby(spans["state"]).sum()
    return {
        f"efficiency.week_{state}": number(
            float(hours.get(state, 0.0) / hours.sum()), "fraction", ".0%"
        )
        for state in STATES
    }


def textbook(params: Params) -> Mapping[str, Figure]:
    """Days by max(H t) + ring time: no jitter, no outage, no overlap."""
    plan, team = plan_of(params, "reserved"), _team(params)
    if plan is None:
        return never("efficiency.run_days_", "textbook", "textbook_hidden")
    bits = team.model.n_params * params.training.bits_per_param
    ring = efficiency.ring_seconds(bits, [r.trunk for r in team.members])
    hidden = simulation.textbook_days(plan, plan.stall_seconds)
    return {
        "efficiency.run_days_textbook": number(simulation.textbook_days(plan, ring), "days", ".0f"),
        "efficiency.run_days_textbook_hidden": number(hidden, "days", ".0f"),
    }


def plan_of(params: Params, jobs: simulation.Jobs) -> simulation.RunPlan | None:
    """The run of Llama's FLOP by the best subset; None where nobody trains."""
    team = _team(params)
    if not team.members:
        return None
    target = params.targets[LLAMA]
    n_tokens = target.training_flop / efficiency.training_flop(team.model.n_active, 1.0)
    return simulation.plan_of(params, team.members, team.best, n_tokens=float(n_tokens), jobs=jobs)


def _team(params: Params) -> routes.Team:
    return routes.owned_team(params.targets[LLAMA], params)
