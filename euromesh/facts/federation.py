"""Tables of the page on which machines train together: memory, speed, members, a run by the hour.

Where nobody trains Llama 3.1 405B tables of places are empty, and what takes time never comes;
`shown` then gives the charts the central run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, cast

import numpy as np

from euromesh import efficiency, fleet, routes, simulation
from euromesh import units as u
from euromesh.elementwise import ratio
from euromesh.facts.draws import ENDS, SEED, drawn, percentiles, spread
from euromesh.facts.kept import of
from euromesh.facts.tables import NAME, Column, Facts, Figure, Run, count, figures, number, table
from euromesh.facts.watch import plain
from euromesh.records import Params
from euromesh.simulation import Jobs, RunPlan

LLAMA: Final = "llama_405b"
EIGHT: Final = 8  # replicas: the most that any public loss table holds
WAYS: Final[tuple[Jobs, ...]] = ("reserved", "long", "short")
HOURS, WHOLE = Column("hours", ".1f"), Column("count", ",.0f")
GRANTED: Final = Column("TB", ".1f", head="granted memory, TB")
DAYS: Final[dict[str, Any]] = {
    end: Column("days", ".0f", f"efficiency.run_days_{{row}}_{end}") for end in (*ENDS, "closed")
}


def llama_team(run: Run) -> routes.Team:
    """Who trains Llama 3.1 405B on the public machines."""
    return routes.owned_team(run.params.targets[LLAMA], run.params)


def shown(run: Facts) -> tuple[Facts, str]:
    """The tables that charts show, and a note where they are not those of the run.

    A run in which nobody trains has nothing to draw; its pages show the central one and say so.
    """
    if run["members"].empty:
        return of(), " (central run: nobody trains in this one)"
    return run, ""


def shares(found: Mapping[str, float], format_: str = ".0%") -> dict[str, Figure]:
    """Shares as the numbers of these pages, by the ends of their keys."""
    return {f"efficiency.{key}": number(part, "fraction", format_) for key, part in found.items()}


@table(
    lambda p: p.models,
    size=NAME,
    memory_tb=Column("TB", ".1f", "efficiency.replica_memory_{size}_tb"),
)
def replica_memory(run: Run, row: str) -> tuple[str, float]:
    """What a replica among others takes of each model, fully spread or in groups."""
    training, model = run.params.training, run.params.models[row]
    needed = efficiency.replica_bytes(
        model.n_params, training, routes.SEVERAL, training.model_parallel
    )
    return row.rpartition("_")[2], float(needed) / u.TERA


@table(machine=NAME, model=NAME, granted_tb=GRANTED, holds=Column("flag"))
def memory_gates(run: Run) -> Iterable[tuple[str, str, float, bool]]:
    """Whether the granted share of each machine holds a replica of each model, the smallest first.

    A machine of unpublished size holds nothing.
    """
    p = run.params
    models = sorted(p.models, key=lambda name: p.models[name].n_params)
    for machine, row in routes.owned_machines(p).items():
        for model in models:
            gate = routes.machine_gate(row, p.models[model], p)
            yield machine, model, gate.granted / u.TERA, gate.passed


@table(
    lambda p: p.models,
    size=NAME,
    machines=Column("count", ",d", "efficiency.eligible_machines_{size}"),
)
def eligible_machines(run: Run, row: str) -> tuple[str, int]:
    """Machines of the fleet whose granted share holds a replica of each model."""
    gates = run["memory_gates"]
    return row.rpartition("_")[2], int(gates["holds"][gates["model"] == row].sum())


@table(
    machine=NAME,
    until=Column("date", "%Y"),
    granted_tb=GRANTED,
    largest=Column("name", head="largest model held"),
    serves=Column("flag"),
)
def granted_machines(run: Run) -> Iterable[tuple[str, str, float, str, bool]]:
    """Machines that compute after the grant, by granted memory: what they hold, and until when.

    `serves` says which hold Llama 3.1 405B and compute on the day that it is finished.
    """
    p, finish = run.params, llama_team(run).done.at_years
    origin, sites = routes.decision_date(p), routes.owned_sites(p)
    ranked = run["memory_gates"].sort_values("granted_tb", ascending=False, kind="stable")
    for key, gates in ranked.groupby("machine", sort=False):
        site = sites.get(str(key))
        if site is None or site.start_years >= site.end_years:
            continue
        held = ["none", *(p.models[model].name for model in gates["model"][gates["holds"]])]
        serves = site.start_years < finish <= site.end_years and p.models[LLAMA].name in held
        until, granted = u.date_text(origin, site.end_years), float(gates["granted_tb"].iloc[0])
        yield p.machines[str(key)].name, until, granted, held[-1], serves


@figures
def serving_machines(run: Run) -> dict[str, Figure]:
    """Machines that hold a replica of Llama 3.1 405B and compute on the day it is finished."""
    return {"efficiency.serving_machines_405b": count(run["granted_machines"]["serves"].sum())}


@figures
def mixture(run: Run) -> dict[str, Figure]:
    """Compute of a token of a mixture of experts over that of Llama 3.1 405B."""
    moe, dense = (run.params.models[name].n_active for name in ("deepseek_671b", LLAMA))
    return shares({"mixture_token_share": moe / dense})


@figures
def minimal_step(run: Run) -> dict[str, Figure]:
    """The step that no fleet of GH200 goes below."""
    chip, runs = run.params.accelerators["gh200"], run.params.mfu_runs
    speaks = runs[fleet.speaking_run(chip, run.params.training.precision)]
    peak = fleet.peak_flop_per_s(chip)
    mfu = fleet.campaign_mfu_one(speaks, run.params.training.sustained)
    least = efficiency.minimal_step_seconds(speaks.saturation, peak, mfu)
    return {"efficiency.minimal_step_seconds_gh200": number(float(least), "seconds", ".1f")}


@table(
    place=NAME,
    n_accel=WHOLE,
    flop_per_s=Column("FLOP/s", ".1e"),
    loss=Column("fraction", ".1%", head="rate lost without it"),
)
def members(run: Run) -> Iterable[tuple[str, float, float, float]]:
    """The places of the best federation, the fastest first, and what it loses without each."""
    team, p = llama_team(run), run.params
    for one in team.members:
        others = [r for r in team.able if r.place != one.place]
        rest = routes.best_federation(others, team.model, p.training, p.penalty)
        yield one.place, one.n_accel, one.flop_per_s, 1 - rest.flop_per_s / team.best.flop_per_s


@table(
    sites=WHOLE,
    eflops=Column("EFLOP/s", ".2f", head="net rate, EFLOP/s"),
    of_best=Column("fraction", ".0%"),
)
def best_by_size(run: Run) -> Iterable[tuple[int, float, float]]:
    """The rate of the best federation of every number of sites, and its part of the best of all."""
    team, p = llama_team(run), run.params
    found = routes.best_by_size(team.able, team.model, p.training, p.penalty)
    for size, one in found.items():
        yield size, one.flop_per_s / u.EXA, one.flop_per_s / team.best.flop_per_s


@table(place=NAME, because=Column("text"))
def left_out(run: Run) -> Iterable[tuple[str, str]]:
    """The places that are up at the finish and stay out, the fastest first, and why."""
    team, p = llama_team(run), run.params
    up = routes.replicas(routes.up_at(routes.owned(p), team.done.at_years), p)
    yield from ((v.place, v.reason) for v in routes.verdicts(up, team, p) if not v.joins)


@table(stage=NAME, eflops=Column("EFLOP/s", ".1f"))
def rate_stages(run: Run) -> Iterable[tuple[str, float]]:
    """What is left of the granted peak at the finish of Llama 3.1 405B, factor by factor."""
    team = llama_team(run)
    if team.members:
        left = routes.stages(routes.owned(run.params), team.done)
        yield from ((stage, rate / u.EXA) for stage, rate in left.items())


@figures
def best_subset(run: Run) -> dict[str, Figure]:
    """The best federation for Llama 3.1 405B, and what its factors leave.

    With the batch gate of both sides: a larger batch keeps more of the MFU.
    """
    team, p = llama_team(run), run.params
    best, n_active = team.best, team.model.n_active
    kappa, with_batch, equal = math.inf, math.inf, 0.0
    if team.members:
        kappa, equal = best.penalty, efficiency.equal_tokens_share(team.members)
        batch = efficiency.optimal_batch_tokens(n_active, 1, p.training.batch)  # in one building
        together = math.fsum(one.load for one in team.members)
        alone = float(fleet.batch_share(together, n_active * batch))
        with_batch = best.efficiency * best.saturation / alone
    half_mfu = float(ratio(best.n_accel * best.saturation, 1 - best.saturation))
    left = {
        "product_405b_with_batch": with_batch,
        "utilization_405b": best.utilization,
        "quorum_405b": best.quorum,
        "stragglers_405b": best.stragglers,
        "product_405b": best.efficiency,
        "equal_tokens_405b": equal,
    }
    return {
        "efficiency.best_subset_size": count(len(team.members)),
        "efficiency.places_able_405b": count(len(team.able)),
        "efficiency.half_mfu_accel_405b": count(half_mfu),
        "efficiency.penalty_405b_plan": number(kappa, "factor", ".2f"),
        **shares(left),
    }


@figures
def effective_number(run: Run) -> dict[str, Figure]:
    """The best federation as so many equal replicas, and its penalty if these counted."""
    team, p = llama_team(run), run.params
    size, kappa = 0.0, math.inf
    if team.members:
        size, steps = efficiency.effective_replicas(team.members), p.training.inner_steps
        kappa = float(efficiency.flop_penalty(p.penalty, team.model.n_active, size, steps))
    return {
        "efficiency.effective_replicas_405b": number(size, "number", ".1f"),
        "efficiency.penalty_405b_effective": number(kappa, "factor", ".2f"),
    }


@figures
def alternatives(run: Run) -> dict[str, Figure]:
    """What fewer members, or all but the fastest, would do of the best federation's rate."""
    joined, parts = run["members"], run["best_by_size"].set_index("sites")["of_best"]
    size = len(joined)
    others = {
        "best_subset_one_fewer": parts.get(size - 1, 0.0),
        "best_subset_eight": parts.get(EIGHT, 0.0),
        "best_subset_largest_alone": parts.get(1, 0.0),
        "without_largest_host": 1 - joined["loss"].iloc[0] if size else 0.0,
    }
    host = str(joined["place"].iloc[0]) if size else "nobody"
    return {"efficiency.largest_host": Figure(host, "place", "s"), **shares(others)}


@figures
def product_draws(run: Run) -> dict[str, Figure]:
    """U / kappa x quorum x stragglers of the places of the central best subset, over draws."""
    team = llama_team(run)
    found = products(team, drawn(run)) if team.members else [0.0]
    return spread("efficiency.product", found, "fraction", ".0%")


def products(team: routes.Team, draws: Iterable[Params]) -> list[float]:
    """The whole of layer 1 in every draw, on the accelerators of a team.

    Net rate of the best use of these places over their rate in one building. Network, protocol,
    quorum, jitter and penalty are drawn; the accelerators stay, and a planner may leave some idle.
    """
    found = []
    for p in draws:
        replicas = routes.replicas(team.sites, p)
        whole = efficiency.federate(replicas, team.model, p.training, p.penalty)
        useful = math.fsum(one.flop_per_s for one in replicas) * whole.saturation
        best = routes.best_federation(replicas, team.model, p.training, p.penalty)
        found.append(best.flop_per_s * team.model.flop_factor / useful)
    return found


@table(lambda _: WAYS, **DAYS)
def run_days(run: Run, row: str) -> tuple[float, ...]:
    """Days to Llama 3.1 405B by way of holding nodes: of 32 simulated runs, and in closed form."""
    plan, team, params = run_plan(run, cast(Jobs, row)), llama_team(run), plain(run.params)
    if plan is None:
        return (math.inf,) * 4

    def made(_: Params) -> np.ndarray:
        return simulation.run_days([_plan(team, params, way) for way in WAYS], 32, SEED)

    simulated = run.once("simulated days", made)[list(WAYS).index(cast(Jobs, row))]
    return *percentiles(simulated), simulation.closed_days(plan)


@figures
def textbook(run: Run) -> dict[str, Figure]:
    """Days on reserved nodes if every site had to be up, and by max(H t) + exchange.

    The latter has no jitter and no outage, and waits for the ring, or for what is not hidden.
    """
    plan = run_plan(run, "reserved")
    all_up = ring = hidden = math.inf
    if plan is not None:
        all_up = simulation.closed_days(replace(plan, needed=len(plan.places)))
        ring = simulation.textbook_days(plan, ring_seconds(run))
        hidden = simulation.textbook_days(plan, plan.stall_seconds)
    return {
        "efficiency.run_days_all_up": number(all_up, "days", ".0f"),
        "efficiency.run_days_textbook": number(ring, "days", ".0f"),
        "efficiency.run_days_textbook_hidden": number(hidden, "days", ".0f"),
    }


@table(place=NAME, start_hours=HOURS, end_hours=HOURS, state=Column("choice"))
def first_week(run: Run) -> Iterator[tuple[str, float, float, str]]:
    """What each site does in a simulated week on short jobs, a span a row."""
    plan = run_plan(run, "short")
    if plan is not None:
        yield from simulation.first_week(plan, SEED).itertuples(index=False, name=None)


@table(
    lambda _: ("training", "down", "waiting"),
    share=Column("fraction", ".0%", "efficiency.week_{row}"),
)
def week_shares(run: Run, row: str) -> tuple[float]:
    """The share of the hours of all sites in a state, over the week."""
    spans = run["first_week"]
    hours = spans["end_hours"] - spans["start_hours"]
    in_state = float(hours[spans["state"] == row].sum())
    return (in_state / float(hours.sum()) if len(spans) else math.inf,)


def run_plan(run: Run, jobs: Jobs) -> RunPlan | None:
    """The run of Llama's FLOP by the best subset; None where nobody trains."""
    team = llama_team(run)
    return _plan(team, run.params, jobs) if team.members else None


def _plan(team: routes.Team, p: Params, jobs: Jobs) -> RunPlan:
    per_token = float(efficiency.training_flop(team.model.n_active, 1.0))
    n_tokens = team.model.flop_factor * p.targets[LLAMA].training_flop / per_token
    return simulation.plan_of(p, team.members, team.best, n_tokens=n_tokens, jobs=jobs)


def ring_seconds(run: Run) -> float:
    """One exchange of the whole of Llama 3.1 405B over a flat ring; never where nobody trains."""
    team = llama_team(run)
    bits = team.model.n_params * run.params.training.bits_per_param
    trunks = [one.trunk for one in team.members]
    return efficiency.ring_seconds(bits, trunks) if trunks else math.inf
