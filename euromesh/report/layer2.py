"""Headline numbers of layer 2: lead times, finish dates, the race, the frontier."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import median

from euromesh import frontier, routes
from euromesh import units as u
from euromesh.records import Params
from euromesh.records.tables import Target
from euromesh.report.figure import AT_LEAST, Figure, count, day, number

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
    accrued = routes.accrual(route, routes.target_params(params, target), params)
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
    return {
        f"{name}.finish_date": day(origin, done.finish_years),
        f"{name}.first_compute_date": day(origin, done.first_compute_years),
        f"{name}.compute_days": number(done.compute_days, "days", ".0f"),
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


def campus_power(params: Params) -> Mapping[str, Figure]:
    """Months until the campus has its first power, and the date of its last tranche."""
    route = routes.campus(params)
    last = max(site.start_years for site in route.sites)
    return {
        "campus.grid_months": number(route.grid_years * u.MONTHS_PER_YEAR, "months", ".0f"),
        "campus.full_power_date": day(routes.decision_date(params), last),
    }


def all_up(params: Params) -> Mapping[str, Figure]:
    """How often every site of the federation is up at once, if they fail independently: g^M."""
    team = routes.finish(routes.owned(params), _target(params), params).federation
    share = params.owned.goodput ** len(team.places)
    return {"owned.all_up_share": number(share, "fraction", ".0%")}


def new_medium_power(params: Params) -> Mapping[str, Figure]:
    """Months until the first new medium site has power."""
    route = routes.new_medium(params)
    months = route.grid_years * u.MONTHS_PER_YEAR
    return {"new_medium.grid_months": number(months, "months", ".0f")}


def lead_over_campus(params: Params) -> Mapping[str, Figure]:
    """Months between the finish of the public machines and that of the campus."""
    target = _target(params)
    ours, theirs = (
        routes.finish(route(params), target, params).finish_years
        for route in (routes.owned, routes.campus)
    )
    months = (theirs - ours) * u.MONTHS_PER_YEAR if math.isfinite(ours) else u.NEVER
    return {
        "race.owned_before_campus_months": number(months, "months", ".0f"),
        "race.verdict": Figure("Yes" if ours < theirs else "No", "text", ""),
    }


def c_star(params: Params) -> Mapping[str, Figure]:
    """The largest run that the public machines finish before the campus."""
    route = routes.owned(params)
    found = routes.race_c_star(route, routes.campus(params), params)
    bound = AT_LEAST if found.at_least else None
    largest = Target(name="C*", training_flop=found.flop, n_params=None)
    days = routes.finish(route, largest, params).compute_days if found.flop else 0.0
    target = _target(params).training_flop
    return {
        "race.c_star_flop": Figure(found.flop, "FLOP", ".1e", bound),
        "race.c_star_compute_years": number(days / u.DAYS_PER_YEAR, "years", ".1f"),
        "race.c_star_over_target": Figure(found.flop / target, "factor", ".0f", bound),
    }


def target_dates(name: str, target: str, params: Params) -> Mapping[str, Figure]:
    """When a route finishes a target."""
    done = routes.finish_date_years(routes.ROUTES[name](params), params.targets[target], params)
    date = day(routes.decision_date(params), done)
    return {f"{name}.finish_{target}_date": date}


def c_star_new_medium(params: Params) -> Mapping[str, Figure]:
    """The largest run that the public machines finish before the new medium sites."""
    found = routes.race_c_star(routes.owned(params), routes.new_medium(params), params)
    bound = AT_LEAST if found.at_least else None
    return {"race.c_star_flop.owned_vs_new_medium": Figure(found.flop, "FLOP", ".1e", bound)}


def moving_frontier(params: Params) -> Mapping[str, Figure]:
    """How far behind the frontier the public machines' run is on the day it finishes."""
    target = _target(params)
    done = routes.finish(routes.owned(params), target, params).finish_years
    known = params.frontier
    origin = routes.decision_date(params)
    since_largest = done - u.years_between(origin, u.last_day(known.largest_on))
    since_reference = done - u.years_between(origin, u.last_day(known.reference_on))
    flop = target.training_flop
    largest = frontier.frontier_flop(since_largest, known.largest_flop, known.growth_per_year)
    lag = frontier.lag_years(flop, since_largest, known.largest_flop, known.growth_per_year)
    effective = frontier.effective_flop(flop, since_reference, known.algorithmic_progress_per_year)
    return {
        "frontier.lag_months.owned": number(float(lag) * u.MONTHS_PER_YEAR, "months", ".0f"),
        "frontier.gap.owned": number(float(frontier.gap(flop, largest)), "factor", ",.0f"),
        "frontier.flop_at_owned_finish": number(float(largest), "FLOP", ".1e"),
        "frontier.within_class_flop": number(float(largest) / known.class_ratio, "FLOP", ".1e"),
        "frontier.effective_over_reference.owned": number(
            float(effective) / known.reference_flop, "factor", ".0f"
        ),
    }


def _target(params: Params) -> Target:
    return params.targets[params.race.target]
