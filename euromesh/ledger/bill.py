"""The bill of a run: accelerator-hours, money and carbon of any route."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from euromesh import scorecard, units
from euromesh.fleet import Site
from euromesh.ledger.countries import MILLION, accel_hour_eur, accel_hour_grams, power_eur_hour
from euromesh.records import Params
from euromesh.records.tables import Country, Target
from euromesh.routes import (
    Finish,
    Route,
    federation_of,
    host_country,
    mean,
    seven_leads,
    target_model,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a run of a route costs on three bases, in million EUR, and what it emits."""

    accel_hours: float
    energy_gwh: float
    full_meur: float
    avoidable_meur: float
    market_meur: float
    tonnes: float


NEVER_PAID = Bill(
    accel_hours=units.NEVER,
    energy_gwh=units.NEVER,
    full_meur=units.NEVER,
    avoidable_meur=units.NEVER,
    market_meur=units.NEVER,
    tonnes=units.NEVER,
)  # a run that never finishes has no bill


def owned_bill(params: Params, route: Route, target: Target, finish: Finish) -> Bill:
    """Cost on three bases and carbon of a run on the owned machines.

    Full: the life-cycle cost of the machines, with interest. Avoidable: electricity, and the
    science displaced. Market: the same hours rented. Cost and rent go by dense BF16 peak, so
    that chips of unlike size are priced alike.
    """
    if math.isinf(finish.finish_years):
        return NEVER_PAID
    held = held_hours(route, target, finish, params)
    hours = math.fsum(hours for _, hours in held)
    peak_hours = math.fsum(h * s.peak_flop_per_s for s, h in held) / units.PETA
    power = math.fsum(
        h * power_eur_hour(params, host_country(params, s.country), s.it_kw) for s, h in held
    )
    costs = params.costs
    rent = costs.market_usd_per_pflop_hour * costs.eur_per_usd * peak_hours
    return Bill(
        accel_hours=hours,
        energy_gwh=math.fsum(h * s.it_kw * host_country(params, s.country).pue for s, h in held)
        / MILLION,
        full_meur=math.fsum(h * site_eur_hour(params, s) for s, h in held) / MILLION,
        avoidable_meur=(power + costs.displaced_science_share * rent) / MILLION,
        market_meur=rent / MILLION,
        tonnes=math.fsum(h * site_grams_hour(params, s) for s, h in held) / MILLION,
    )


def held_hours(
    route: Route, target: Target, finish: Finish, params: Params
) -> list[tuple[Site, float]]:
    """(site, accelerator-hours held) of a run, segment by segment, until it finishes."""
    model = target_model(params, target)
    times = sorted(
        {
            finish.first_compute_years,
            finish.finish_years,
            *(s.start_years for s in route.sites),
            *(s.end_years for s in route.sites),
        }
    )
    held = []
    for start, end in pairwise(times):
        if finish.first_compute_years <= start < finish.finish_years:
            up = [s for s in route.sites if s.start_years <= start < s.end_years]
            chosen = federation_of(up, route, model, params).places
            hours = (end - start) * units.SECONDS_PER_YEAR / units.SECONDS_PER_HOUR
            held += [(s, s.n_accel * hours) for s in up if s.place in chosen]
    return held


# --- any route -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBill:
    """What a run costs and emits on any route, each site by its own cost basis."""

    meur: float
    tonnes: float
    energy_gwh: float


def run_bill(params: Params, route: Route, target: Target, finish: Finish) -> RunBill:
    """Money and carbon of a run, every site at its life-cycle cost."""
    if math.isinf(finish.finish_years):
        return RunBill(meur=units.NEVER, tonnes=units.NEVER, energy_gwh=units.NEVER)
    held = held_hours(route, target, finish, params)
    return RunBill(
        meur=math.fsum(h * site_eur_hour(params, s) for s, h in held) / MILLION,
        tonnes=math.fsum(h * site_grams_hour(params, s) for s, h in held) / MILLION,
        energy_gwh=math.fsum(h * s.it_kw * s.pue for s, h in held) / MILLION,
    )


def site_eur_hour(params: Params, site: Site) -> float:
    """EUR per accelerator-hour of a site, by its cost basis."""
    costs = params.costs
    if site.basis == "owned":
        pflop = site.peak_flop_per_s / units.PETA
        yearly = scorecard.capital_recovery(costs.real_wacc, costs.owned_life_years)
        hours = units.HOURS_PER_YEAR * costs.use
        return pflop * costs.owned_eur_per_pflop_per_s * float(yearly) / hours
    return _of_area(params, site, lambda country: _new_eur_hour(params, country, site))


def site_grams_hour(params: Params, site: Site) -> float:
    """gCO2e per accelerator-hour of a site, electricity as generated."""
    costs = params.costs
    life = costs.owned_life_years if site.basis == "owned" else costs.it_life_years

    def grams(country: Country) -> float:
        own = site.basis == "gas"
        g_per_kwh = params.on_site.g_per_kwh if own else country.generation_g_per_kwh
        return accel_hour_grams(params, country, site.it_kw, g_per_kwh, life)

    return _of_area(params, site, grams)


def _new_eur_hour(params: Params, country: Country, site: Site) -> float:
    power = power_eur_hour(params, country, site.it_kw)
    if site.basis == "gas":
        power = site.it_kw * site.pue * params.on_site.eur_per_mwh / units.KWH_PER_MWH
    return accel_hour_eur(params, country, site, power)


def _of_area(params: Params, site: Site, value: Callable[[Country], float]) -> float:
    """A value of a site's country, or the mean over its region, or over the seven regions."""
    rows = params.countries.values()
    areas = {site.country}
    if site.country == "mean":
        areas = {row.region for row in seven_leads(params, params.campus.grid_mw)}
    regional = {
        area: [value(row) for row in rows if row.region == area]
        for area in sorted(areas)
        if any(row.region == area for row in rows)
    }
    if regional:
        return mean([mean(found) for found in regional.values()])
    return value(host_country(params, site.country))
