"""Headline numbers of layer 2: lead times, finish dates, the race, the frontier."""

from __future__ import annotations

from collections.abc import Mapping

from euromesh import frontier, routes
from euromesh import units as u
from euromesh.records import Params
from euromesh.records.tables import Target
from euromesh.report.figure import AT_LEAST, Figure, count, day, number

LOADS = {"1gw": 1000.0, "250mw": 250.0, "40mw": 40.0}


def lead_times(params: Params) -> Mapping[str, Figure]:
    """Mean lead time of the original's seven regions, by load."""
    found = {}
    for name, load in LOADS.items():
        leads = [row.lead_years for row in routes.seven_leads(params, load)]
        found[f"grid.lead_{name}_mean_years"] = number(routes.mean(leads), "years", ".1f")
        found[f"grid.lead_{name}_best_years"] = number(min(leads), "years", ".1f")
        found[f"grid.lead_{name}_worst_years"] = number(max(leads), "years", ".1f")
    return found


def every_region(params: Params) -> Mapping[str, Figure]:
    """Mean lead time of every region of the table, by load."""
    rows = params.grid_lead_times.values()
    found = {}
    for name, load in LOADS.items():
        leads = [row.lead_years for row in rows if row.load_mw == load]
        found[f"grid.lead_{name}_mean_all_regions_years"] = number(
            routes.mean(leads), "years", ".1f"
        )
    return found | {"grid.regions": count(len(leads))}


def projects(params: Params) -> Mapping[str, Figure]:
    """What named sites promise: years from the announcement to power."""
    waits = sorted(
        u.years_between(u.last_day(p.announced_on), u.last_day(p.power_on))
        for p in params.projects.values()
    )
    powers = [p.mw for p in params.projects.values()]
    middle = (waits[(len(waits) - 1) // 2] + waits[len(waits) // 2]) / 2
    return {
        "grid.projects": count(len(waits)),
        "grid.projects_median_years": number(middle, "years", ".1f"),
        "grid.projects_shortest_years": number(waits[0], "years", ".1f"),
        "grid.projects_longest_years": number(waits[-1], "years", ".1f"),
        "grid.projects_total_gw": number(sum(powers) / 1000, "GW", ".1f"),
    }


def finish_dates(params: Params) -> Mapping[str, Figure]:
    """The finish date of every route for the target of the race."""
    return {
        key: figure
        for name in routes.ROUTES
        for key, figure in route_numbers(params, name).items()
        if key.endswith(".finish_date")
    }


def route_numbers(params: Params, name: str) -> dict[str, Figure]:
    """When a route finishes the target of the race, and with what."""
    route = routes.ROUTES[name](params)
    done = routes.finish(route, _target(params), params)
    origin = routes.decision_date(params)
    team = done.federation
    return {
        f"{name}.finish_date": day(origin, done.finish_years),
        f"{name}.first_compute_date": day(origin, done.first_compute_years),
        f"{name}.compute_days": number(done.compute_days, "days", ".0f"),
        f"{name}.institutional_months_to_start": number(
            route.institutional_years * u.MONTHS_PER_YEAR, "months", ".0f"
        ),
        f"{name}.grid_months_to_start": number(
            route.grid_years * u.MONTHS_PER_YEAR, "months", ".0f"
        ),
        f"{name}.replicas_at_finish": count(len(team.places)),
        f"{name}.accelerators_at_finish": count(team.n_accel),
        f"{name}.utilization_at_finish": number(team.utilization, "fraction", ".0%"),
        f"{name}.penalty_at_finish": number(team.penalty, "factor", ".2f"),
        f"{name}.saturation_at_finish": number(team.saturation, "fraction", ".0%"),
        f"{name}.step_seconds_at_finish": number(team.step_seconds, "seconds", ".0f"),
        f"{name}.net_eflops_at_finish": number(team.flop_per_s / u.EXA, "EFLOP/s", ".2f"),
    }


def owned(params: Params) -> Mapping[str, Figure]:
    """The public machines in the race."""
    return route_numbers(params, "owned")


def new_medium(params: Params) -> Mapping[str, Figure]:
    """New medium sites in the race."""
    return route_numbers(params, "new_medium")


def campus(params: Params) -> Mapping[str, Figure]:
    """The campus in the race, and the date of its last tranche."""
    route = routes.campus(params)
    last = max(site.start_years for site in route.sites)
    full = day(routes.decision_date(params), last)
    return route_numbers(params, "campus") | {"campus.full_power_date": full}


def lead_over_campus(params: Params) -> Mapping[str, Figure]:
    """Months between the finish of the public machines and that of the campus."""
    target = _target(params)
    ours, theirs = (
        routes.finish(route(params), target, params).finish_years
        for route in (routes.owned, routes.campus)
    )
    months = (theirs - ours) * u.MONTHS_PER_YEAR
    return {"race.owned_before_campus_months": number(months, "months", ".0f")}


def c_star(params: Params) -> Mapping[str, Figure]:
    """The largest run that the public machines finish before the campus."""
    found = routes.race_c_star(routes.owned(params), routes.campus(params), params)
    bound = AT_LEAST if found.at_least else None
    target = _target(params).training_flop
    return {
        "race.c_star_flop": Figure(found.flop, "FLOP", ".1e", bound),
        "race.c_star_over_target": Figure(found.flop / target, "factor", ".0f", bound),
    }


def every_target(params: Params) -> Mapping[str, Figure]:
    """When the public machines and the campus finish each target."""
    origin = routes.decision_date(params)
    return {
        f"{name}.finish_{key}_date": day(
            origin, routes.finish(routes.ROUTES[name](params), target, params).finish_years
        )
        for name in routes.ROUTES
        for key, target in params.targets.items()
    }


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
