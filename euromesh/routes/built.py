"""The routes of new buildings: filed, signed, selected, let, or with a power plant of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from euromesh import units as u
from euromesh.fleet import Site
from euromesh.records import Params
from euromesh.records.tables import Project
from euromesh.routes.campus import equal_steps
from euromesh.routes.route import Route
from euromesh.routes.sites import (
    Plot,
    decision_date,
    host_country,
    new_site,
    ready_site,
    region_pue,
    seven_leads,
    slip_years,
    wait_years,
)


def new_medium(params: Params) -> Route:
    """New medium sites filed on the decision date, spread over the seven regions in turn.

    The regions with the shortest median come first; filings that are never built are spread
    evenly over that order.
    """
    terms = params.new_medium
    regions = sorted(
        seven_leads(params, terms.site_mw), key=lambda row: (row.lead_years, row.region)
    )
    n_sites = round(terms.n_sites)
    build = params.new_sites.build_years
    sites, waits = [], []
    for index in range(n_sites):
        if _is_lost(index, params):
            continue
        row = regions[index % len(regions)]
        plot = Plot(
            place=f"{row.region} {index // len(regions) + 1}",
            area=row.region,
            pue=region_pue(params, row.region),
            power_years=max(build, wait_years(row)),
        )
        waits.append(wait_years(row))
        sites.append(new_site(params, plot, terms.site_mw))
    return Route(sites=tuple(sites), grid_years=min(waits, default=u.NEVER))


def _is_lost(index: int, params: Params) -> bool:
    """Whether a filing is never built: those lost lie evenly over all, from the phase on."""
    terms = params.new_medium
    n_sites, lost = round(terms.n_sites), round(terms.lost_sites)
    edges = []
    for place in (index, index + 1):
        whole, rest = divmod(lost * place, n_sites)
        edges.append(whole + (rest / n_sites + terms.lost_phase >= 1))
    return edges[0] < edges[1]


# --- signed --------------------------------------------------------------------------------------


def signed(params: Params) -> Route:
    """Capacity on the raced rows of `projects`, step by step, at the stated date and its slip."""
    tender = params.signed.procurement_months / u.MONTHS_PER_YEAR
    steps = list(_standing(params)) if params.signed.built else []
    promised = max(0.0, min((step.years for step in steps), default=u.NEVER))
    return Route(
        sites=tuple(_signed_site(step, tender, params) for step in steps),
        institutional_years=max(0.0, tender - promised),
        grid_years=promised,
    )


class _Step(NamedTuple):
    """A raced step that is built: what it adds, and the model time of its power."""

    project: Project
    added_mw: float
    years: float


def _standing(params: Params) -> Iterator[_Step]:
    """Each step adds to the one before at its site, is never earlier, and needs it."""
    by_site: dict[str, list[Project]] = defaultdict(list)
    for project in sorted(params.projects.values(), key=lambda p: p.mw):
        by_site[project.site].append(project)
    for steps in by_site.values():
        times = accumulate((_power_years(step, params) for step in steps), max)
        stands = accumulate((step.built for step in steps), min)
        before = 0.0
        for step, years, built in zip(steps, times, stands, strict=True):
            if step.raced and built:
                yield _Step(step, step.mw - before, years)
            before = step.mw


def _power_years(project: Project, params: Params) -> float:
    promised = u.years_between(decision_date(params), u.last_day(project.power_on))
    if project.stage == "energised" and project.slip_years is None:
        return promised
    return promised + slip_years(project.slip_years, params)


def _signed_site(step: _Step, tender: float, params: Params) -> Site:
    plot = Plot(
        place=step.project.site,
        area=step.project.country,
        pue=host_country(params, step.project.country).pue,
        power_years=max(step.years, tender),
    )
    return new_site(params, plot, step.added_mw)


# --- gigafactory, leased, on site ----------------------------------------------------------------


def gigafactory(params: Params) -> Route:
    """One AI Gigafactory: selection, contract, building and slip; the run may use a share of it.

    Its dates do not wait for the decision to train; what lies before it counts for nothing.
    """
    terms = params.gigafactory
    selected = u.years_between(decision_date(params), u.last_day(terms.selected_on))
    contract = selected + terms.contract_months / u.MONTHS_PER_YEAR
    built = contract + terms.build_months / u.MONTHS_PER_YEAR
    ready = max(0.0, built + slip_years(terms.slip_years, params))
    plot = Plot(
        place="gigafactory",
        area=terms.country,
        pue=params.countries[terms.country].pue,
        power_years=ready,
    )
    site = ready_site(params, plot, ready, terms.share * terms.n_accel)
    return Route(
        sites=(site,) if terms.built else (),
        institutional_years=max(0.0, contract),
        one_building=True,
    )


def leased(params: Params) -> Route:
    """Buildings that have power: only a tender and new hardware stand before them."""
    terms = params.leased
    return Route(
        sites=tuple(halls(params, round(terms.n_sites))) if terms.built else (),
        institutional_years=terms.procurement_months / u.MONTHS_PER_YEAR,
        one_building=round(terms.n_sites) == 1,
    )


def halls(params: Params, count: int) -> Iterator[Site]:
    """Leased buildings, each at a place of its own."""
    terms = params.leased
    for index in range(count):
        plot = Plot(
            place=f"leased hall {index + 1}",
            area=terms.country,
            pue=params.countries[terms.country].pue,
            power_years=terms.procurement_months / u.MONTHS_PER_YEAR,
        )
        yield new_site(params, plot, terms.site_mw)


def on_site(params: Params) -> Route:
    """A campus on its own generation: the time to build it, and no queue."""
    terms = params.on_site
    country = params.countries[terms.country]
    steps = equal_steps(
        terms.grid_mw,
        terms.first_tranche_mw,
        terms.first_build_years,
        max(terms.first_build_years, terms.full_build_years),
    )
    sites = [
        new_site(
            params,
            Plot(
                place="campus with generation",
                area=terms.country,
                pue=country.pue,
                power_years=years,
                basis="gas",
            ),
            mw,
        )
        for mw, years in steps
    ]
    return Route(
        sites=tuple(sites) if terms.built else (),
        one_building=True,
    )
