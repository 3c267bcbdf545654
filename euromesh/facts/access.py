"""What a run may have of the public machines: who grants what, and what that keeps from others."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from euromesh import fleet, routes
from euromesh import units as u
from euromesh.facts import tables as t
from euromesh.facts.machines import counted, span_of
from euromesh.facts.scorecard import finished
from euromesh.facts.tables import Column, Figure, Run, count, figures, never, number, table
from euromesh.params import library
from euromesh.records.tables import Access

HOURS_PER_DAY: Final = 24.0
MILLION: Final = 1e6


@table(
    lambda params: params.accelerators,
    accelerator=t.NAME,
    peak=Column("TFLOP/s", ",.1f", head="TFLOP/s"),
    memory=Column("GB", ",.0f"),
    mfu_is=Column("name", head="MFU is"),
    mfu=Column("fraction", ".3f", head="MFU of its run"),
    mfu_one=Column("fraction", ".3f", head="MFU alone"),
)
def chips(run: Run, row: str) -> tuple[Any, ...]:
    """Every kind of accelerator with its dense BF16 peak, its memory and its MFU in the run."""
    chip = run.params.accelerators[row]
    speaks = fleet.speaking_run(chip, run.params.training.precision)
    used, how = run.params.mfu_runs[speaks], library().parameters[f"mfu_runs.{speaks}.mfu"].how
    alone = fleet.campaign_mfu_one(used, run.params.training.sustained)
    return chip.name, chip.bf16_tflop_per_s, chip.hbm_gb, how, used.mfu, alone


@table(
    place=t.NAME,
    start=t.DAY.headed("from"),
    end=t.DAY.headed("until"),
    n_accel=Column("count", ",.0f", head="accelerators"),
    useful=Column("EFLOP/s", ".3f"),
)
def granted(run: Run) -> Iterator[tuple[Any, ...]]:
    """What a run is granted of every machine, and when; without those that retire before it."""
    origin = routes.decision_date(run.params)
    for site in routes.owned(run.params).sites:
        if site.start_years < site.end_years:
            span = (u.date_text(origin, years) for years in (site.start_years, site.end_years))
            yield site.place, *span, site.n_accel, fleet.site_flop_per_s(site) / u.EXA


@figures
def replicas(run: Run) -> dict[str, Figure]:
    """What the public machines train as, whenever they serve, and the cities it stands in."""
    sites = routes.owned(run.params).sites
    names, cities = {site.place for site in sites}, {site.city for site in sites}
    return {"owned.replicas": count(len(names)), "owned.replica_cities": count(len(cities))}


@table(
    lambda params: params.access,
    name=Column("name", head="route"),
    granted=t.NAME,
    lasts=Column("name", head="for"),
    terms=t.NAME,
    hours=Column("million hours", ",.2f", head="million accelerator-hours"),
    part=Column("fraction", ".1%", "owned.access.{row}", head="of the run"),
)
def access(run: Run, row: str) -> tuple[Any, ...]:
    """What a rule or an award gives, and its part of the accelerator-hours of the run.

    Where the run never ends, the part is never.
    """
    rule, needed = run.params.access[row], run_hours(run)
    hours = accel_hours(run, rule)
    part = hours / needed if math.isfinite(needed) else u.NEVER
    if rule.time_share is not None:
        whose = run.params.machines[rule.machine].name if rule.machine else "EuroHPC"
        given = f"{rule.time_share * 100:.3g}% of {whose}"
    elif rule.node_hours is not None:
        given = f"{rule.node_hours:,.0f} node-hours"
    else:
        given = f"{rule.accel_hours:,.0f} accelerator-hours"
    return rule.name, given, _lasting(rule.days), rule.terms, hours / MILLION, part


@table(
    lambda params: params.calendar,
    event=t.TEXT,
    decider=t.TEXT.headed("decided by"),
    date=t.DAY,
    million_eur=Column("million EUR", ",.0f", head="million EUR"),
    days=Column("days", ",.0f").keyed(
        "calendar.days_to_finish.{row}", "days until the public machines finish on plan"
    ),
)
def calendar(run: Run, row: str) -> tuple[Any, ...]:
    """A date that others have set, and how long before the planned finish of the public machines.

    Of a run that never ends it is never.
    """
    event, (_, _, done) = run.params.calendar[row], finished(run, "owned")
    happens = u.last_day(event.happens_on)
    ahead = u.years_between(happens, routes.decision_date(run.params)) + done.finish_years
    money = math.nan if event.money_eur is None else event.money_eur / MILLION
    return event.name, event.decider, happens.isoformat(), money, ahead * u.DAYS_PER_YEAR


def _lasting(days: float | None) -> str:
    if days is None:
        return "not stated"
    if days < 1:
        return f"{days * HOURS_PER_DAY:.0f} hours"
    return "a year" if days >= u.DAYS_PER_YEAR else f"{days:.0f} days"


def accel_hours(run: Run, rule: Access) -> float:
    """Accelerator-hours that a rule or an award gives: of its machine, or of all of EuroHPC."""
    if rule.accel_hours is not None:
        return rule.accel_hours
    if rule.node_hours is not None:
        return rule.node_hours * run.params.costs.accel_per_node
    machines = run["machines"].set_index("row")["n_accel"]
    operating = counted(run, "operating")
    names = [rule.machine] if rule.machine else operating[operating["eurohpc"]]["row"]
    held = (rule.time_share or 0.0) * (rule.days or 0.0) * HOURS_PER_DAY
    return held * float(machines[list(names)].sum())


def run_hours(run: Run) -> float:
    """Accelerator-hours of the run on the public machines; infinite if it never ends."""
    bill = run["owned_bill"].set_index("key")["value"]
    return float(bill["owned.million_accel_hours"]) * MILLION


@figures
def displaced(run: Run) -> dict[str, Figure]:
    """What the granted share keeps from others in a year, in hours, projects and rent."""
    _, route, done = finished(run, "owned")
    projects = (f"projects_{which}" for which in ("year", "year_low", "year_high", "run"))
    keys = ("million_accel_hours_year", *projects, "meur_year")
    if math.isinf(done.finish_years):
        return never("owned.displaced_", *keys)
    costs = run.params.costs
    hours = done.federation.n_accel * u.HOURS_PER_YEAR
    peak_hours = routes.stages(route, done)["granted peak"] * u.HOURS_PER_YEAR / u.PETA
    rent = peak_hours * costs.market_usd_per_pflop_hour * costs.eur_per_usd
    nodes = span_of("costs.accel_per_node", costs.accel_per_node)
    many, central, few = (hours / (costs.project_node_hours * n) for n in nodes)
    found = (
        number(hours / MILLION, "million hours", ".0f"),
        *(count(some) for some in (central, few, many, run_hours(run) / hours * central)),
        number(rent / MILLION, "million EUR", ".0f"),
    )
    return {f"owned.displaced_{key}": one for key, one in zip(keys, found, strict=True)}
