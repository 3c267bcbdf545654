"""Headline numbers of waiting: lead times as distributions, late plans, projects, gigafactories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from euromesh import availability, routes
from euromesh import units as u
from euromesh.fleet import KW_PER_MW
from euromesh.frames import grid
from euromesh.params import library
from euromesh.records import Params
from euromesh.records.race import Gigafactory
from euromesh.records.tables import Milestone, Project
from euromesh.report.figure import Figure, count, day, number
from euromesh.report.layer2 import LOADS


def lead_quantiles(load: str, params: Params) -> Mapping[str, Figure]:
    """Lead times at a load: of a region at random, the best region, the first of seven filings."""
    laws = grid.laws(params, LOADS[load])
    years = {f"random_p{p}": availability.mixture_quantile(laws, p / 100) for p in (10, 50, 90)} | {
        "best_region_p50": grid.best_region(laws).median,
        "first_of_seven_p50": availability.first_of_quantile(laws, params.grid.correlation, 0.5),
        "first_of_seven_p50_independent": availability.first_of_quantile(laws, 0.0, 0.5),
    }
    return {f"grid.lead_{load}_{name}": number(t, "years", ".1f") for name, t in years.items()}


def estimates(params: Params) -> Mapping[str, Figure]:
    """The mean wait for a gigawatt over the seven regions, by every estimator, and its range."""
    found = grid.estimates(params)
    years = {f".{name}": t for name, t in found.items()}
    years |= {"_lowest": min(found.values()), "_highest": max(found.values())}
    return {
        f"grid.estimate_1gw{name}_years": number(t, "years", ".1f") for name, t in years.items()
    }


def late_plan(params: Params) -> Mapping[str, Figure]:
    """How late a dated plan comes: mean and P90 of the slip law."""
    law = params.slip
    mean = availability.expected_slip_years(law.probability, law.median_years, law.sigma)
    return {
        "grid.late_plan_mean_years": number(float(mean), "years", ".1f"),
        "grid.late_plan_p90_years": number(_slip_p90(None, params), "years", ".1f"),
    }


def _slip_p90(given: float | None, params: Params) -> float:
    """The P90 of a plan's slip: as given, else that of the slip law, years."""
    law = params.slip
    if given is not None:
        return given
    return availability.slip_quantile_years(law.probability, law.median_years, law.sigma, 0.9)


# --- named projects ------------------------------------------------------------------------------


def projects(params: Params) -> Mapping[str, Figure]:
    """How many sites are named, how many steps of them are raced, and a megawatt's mean wait.

    sum over steps of (MW added x years from announcement to power) / sum of MW added.
    """
    rows = params.projects.values()
    added = _added_mw(params)
    waited = sum(mw * _promised_years(step) for mw, step in added)
    return {
        "grid.project_sites": count(len({row.site for row in rows})),
        "grid.projects_raced": count(sum(row.raced for row in rows)),
        "grid.projects_energised": count(sum(row.stage == "energised" for row in rows)),
        "grid.projects_mean_by_mw_years": number(
            waited / sum(mw for mw, _ in added), "years", ".1f"
        ),
    }


def _added_mw(params: Params) -> list[tuple[float, Project]]:
    """MW that each step adds to those before it at its site."""
    sites: dict[str, list[Project]] = defaultdict(list)
    for step in sorted(params.projects.values(), key=lambda row: row.mw):
        sites[step.site].append(step)
    return [
        (step.mw - before, step)
        for steps in sites.values()
        for before, step in zip([0.0, *(s.mw for s in steps)], steps, strict=False)
    ]


def _promised_years(step: Project) -> float:
    return u.years_between(u.last_day(step.announced_on), u.last_day(step.power_on))


# --- the gigafactory programme -------------------------------------------------------------------


def gigafactory_dates(params: Params) -> Mapping[str, Figure]:
    """Operation of a gigafactory: selection + contract + building + slip, at values and ends.

    The paper date leaves the contract and the slip out. The earliest takes the early ends
    without a slip, the latest the late ends and the P90 of the slip.
    """
    terms = params.gigafactory
    low, high = _ends("low", terms), _ends("high", terms)
    slip = routes.slip_years(terms.slip_years, params)
    late = _slip_p90(terms.slip_years, params)
    months = terms.contract_months + terms.build_months
    return {
        "gigafactory.operation_date": _operation(terms.selected_on, months, slip),
        "gigafactory.operation_date_on_paper": _operation(
            terms.selected_on, terms.build_months, 0.0
        ),
        "gigafactory.operation_date_earliest": _operation(*low, 0.0),
        "gigafactory.operation_date_latest": _operation(*high, late),
    }


def _operation(selected_on: str, months: float, slip_years: float) -> Figure:
    return day(u.last_day(selected_on), months / u.MONTHS_PER_YEAR + slip_years)


def _ends(end: str, terms: Gigafactory) -> tuple[str, float]:
    """Selection, and the months to the contract and of building, at an end of their ranges."""
    months = _end(end, "contract_months", terms) + _end(end, "build_months", terms)
    return _end(end, "selected_on", terms), months


def _end(end: str, name: str, terms: Gigafactory) -> Any:
    """An end of a term's range; a value that a scenario or an override has set stays."""
    known, value = library().parameters[f"gigafactory.{name}"], getattr(terms, name)
    return getattr(known, end) if value == known.value else value


def gigafactory_size(params: Params) -> Mapping[str, Figure]:
    """Power of a gigafactory, n x kW x PUE, with the accelerators on sale before it opens, MW."""
    terms = params.gigafactory
    selected = u.years_between(routes.decision_date(params), u.last_day(terms.selected_on))
    ready = selected + terms.build_months / u.MONTHS_PER_YEAR
    device = routes.hardware_on_sale(params, ready - params.new_sites.hardware_lead_years)
    kw = device.it_kw * params.countries[terms.country].pue
    most = _end("high", "n_accel", terms)
    return {
        "gigafactory.site_mw": number(terms.n_accel * kw / KW_PER_MW, "MW", ".0f"),
        "gigafactory.site_mw_most": number(most * kw / KW_PER_MW, "MW", ".0f"),
    }


def milestones(params: Params) -> Mapping[str, Figure]:
    """How late the call came, how many plans of the programme were missed, and what was said."""
    rows = params.milestones
    call, press = rows["call"], rows["press_report"]
    first, middle, last = _slips(call)
    return {
        "gigafactory.call_slip_years": number(middle, "years", ".1f"),
        "gigafactory.call_slip_years_least": number(last, "years", ".1f"),
        "gigafactory.call_slip_years_most": number(first, "years", ".1f"),
        "gigafactory.plans_missed": count(sum(_missed(row) for row in rows.values())),
        "gigafactory.sites_most": _said(call.n_sites, "count", ",.0f"),
        "gigafactory.public_bn_eur": _said(_bn(call.public_eur), "bn EUR", ".0f"),
        "gigafactory.private_bn_eur": _said(_bn(call.private_eur), "bn EUR", ".0f"),
        "gigafactory.union_share": _said(rows["regulation"].union_share, "fraction", ".0%"),
        "gigafactory.expressions": _said(rows["interest"].n_bids, "count", ",.0f"),
        "gigafactory.bidders": _said(press.n_bids, "count", ",.0f"),
        "gigafactory.site_mw_in_press": _said(press.site_mw, "MW", ",.0f"),
    }


def _bn(value: float | None) -> float | None:
    return None if value is None else value / 1e9


def _said(value: float | None, unit: str, format_: str) -> Figure:
    """A number that somebody gave; one that nobody gave is not known."""
    return Figure("not known" if value is None else value, unit, format_)


def _slips(row: Milestone) -> tuple[float, float, float]:
    """Years from the first day, the middle and the last day of a plan to what happened."""
    if row.planned_from is None or row.planned_on is None or row.happened_on is None:
        return u.NEVER, u.NEVER, u.NEVER
    happened = u.last_day(row.happened_on)
    first = u.years_between(u.first_day(row.planned_from), happened)
    last = u.years_between(u.last_day(row.planned_on), happened)
    return first, (first + last) / 2, last


def _missed(row: Milestone) -> bool:
    """Whether a step came after the last day of its plan."""
    if row.planned_on is None or row.happened_on is None:
        return False
    return u.last_day(row.happened_on) > u.last_day(row.planned_on)
