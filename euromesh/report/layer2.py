"""Headline numbers of layer 2: lead times and finish dates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import median

from euromesh import routes
from euromesh import units as u
from euromesh.fleet import Site
from euromesh.records import Params
from euromesh.records.tables import Target
from euromesh.report.figure import Figure, count, day, number

LOADS = {"1gw": 1000.0, "250mw": 250.0, "40mw": 40.0}


def lead_times(load: str, params: Params) -> Mapping[str, Figure]:
    """Mean, best and worst lead time of the original's seven regions at a load."""
    leads = [row.lead_years for row in routes.seven_leads(params, LOADS[load])]
    return {
        f"grid.lead_{load}_mean_years": number(routes.mean(leads), "years", ".1f"),
        f"grid.lead_{load}_best_years": number(min(leads), "years", ".1f"),
        f"grid.lead_{load}_worst_years": number(max(leads), "years", ".1f"),
    }


def every_region(load: str, params: Params) -> Mapping[str, Figure]:
    """Mean lead time of every region of the table at a load."""
    rows = params.grid_lead_times.values()
    leads = [row.lead_years for row in rows if row.load_mw == LOADS[load]]
    mean = number(routes.mean(leads), "years", ".1f")
    return {f"grid.lead_{load}_mean_all_regions_years": mean}


def regions(params: Params) -> Mapping[str, Figure]:
    """How many regions the lead-time table holds."""
    return {"grid.regions": count(len({row.region for row in params.grid_lead_times.values()}))}


def projects(params: Params) -> Mapping[str, Figure]:
    """What named sites promise: years from the announcement to power."""
    waits = sorted(
        u.years_between(u.last_day(p.announced_on), u.last_day(p.power_on))
        for p in params.projects.values()
    )
    powers = [p.mw for p in params.projects.values()]
    middle = median(waits)
    return {
        "grid.projects": count(len(waits)),
        "grid.projects_median_years": number(middle, "years", ".1f"),
        "grid.projects_shortest_years": number(waits[0], "years", ".1f"),
        "grid.projects_longest_years": number(waits[-1], "years", ".1f"),
        "grid.projects_median_mw": number(median(powers), "MW", ".0f"),
    }


def finish_date(name: str, params: Params) -> Mapping[str, Figure]:
    """When a route finishes the target of the race."""
    done = routes.finish_date_years(routes.ROUTES[name](params), _target(params), params)
    return {f"{name}.finish_date": day(routes.decision_date(params), done)}


def done_by_horizon(name: str, params: Params) -> Mapping[str, Figure]:
    """The part of the target that a route has computed by the horizon, and when it stops."""
    route, target = routes.ROUTES[name](params), _target(params)
    accrued = routes.accrual(route, routes.target_model(params, target), params)
    part = min(1.0, math.fsum(segment.flop for segment in accrued) / target.training_flop)
    last = max((s.end_years for s in accrued if s.flop_per_s > 0), default=u.NEVER)
    return {
        f"{name}.done_by_horizon": number(part, "fraction", ".0%"),
        f"{name}.last_compute_date": day(routes.decision_date(params), last),
    }


def route_numbers(name: str, params: Params) -> Mapping[str, Figure]:
    """When a route finishes the target of the race, and with what."""
    route = routes.ROUTES[name](params)
    done = routes.finish(route, _target(params), params)
    origin = routes.decision_date(params)
    team = done.federation
    split = routes.parts(route, done)
    last = max((site.start_years for site in route.sites), default=u.NEVER)
    return {
        f"{name}.finish_date": day(origin, done.finish_years),
        f"{name}.institutional_months": _months(split.institutional_years),
        f"{name}.grid_months": _months(split.grid_years),
        f"{name}.set_up_months": _months(split.set_up_years),
        f"{name}.first_compute_date": day(origin, done.first_compute_years),
        f"{name}.compute_days": number(done.compute_days, "days", ".0f"),
        f"{name}.full_power_date": day(origin, last),
        f"{name}.power_mw": number(routes.peak_weight(route, _power), "MW", ",.0f"),
        f"{name}.replicas_at_finish": count(len(team.places)),
        f"{name}.accelerators_at_finish": count(team.n_accel),
        f"{name}.utilization_at_finish": number(team.utilization, "fraction", ".0%"),
        f"{name}.penalty_at_finish": number(team.penalty, "factor", ".2f"),
        f"{name}.saturation_at_finish": number(team.saturation, "fraction", ".0%"),
        f"{name}.step_seconds_at_finish": number(team.step_seconds, "seconds", ".1f"),
        f"{name}.granted_eflops_at_finish": number(
            routes.stages(route, done)["granted peak"] / u.EXA, "EFLOP/s", ".1f"
        ),
        f"{name}.net_eflops_at_finish": number(team.flop_per_s / u.EXA, "EFLOP/s", ".2f"),
    }


def all_up(params: Params) -> Mapping[str, Figure]:
    """How often every site of the federation is up at once, if they fail independently: g^M."""
    team = routes.finish(routes.owned(params), _target(params), params).federation
    share = params.owned.goodput ** len(team.places)
    return {"owned.all_up_share": number(share, "fraction", ".0%")}


def target_dates(name: str, target: str, params: Params) -> Mapping[str, Figure]:
    """When a route finishes a target."""
    done = routes.finish_date_years(routes.ROUTES[name](params), params.targets[target], params)
    date = day(routes.decision_date(params), done)
    return {f"{name}.finish_{target}_date": date}


def _power(site: Site) -> float:
    return site.grid_mw


def _months(years: float) -> Figure:
    return number(years * u.MONTHS_PER_YEAR, "months", ".0f")


def _target(params: Params) -> Target:
    return params.targets[params.race.target]
