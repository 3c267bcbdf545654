"""The bill of a run: accelerator-hours, money and carbon of any route."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass

from euromesh import scorecard, units
from euromesh.fleet import Site
from euromesh.ledger.countries import MILLION, accel_hour_eur, accel_hour_grams, power_eur_hour
from euromesh.records import Params
from euromesh.records.tables import Country, Target
from euromesh.routes import Finish, Route, accrual, host_country, mean, seven_leads, target_model


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBill:
    """What a run costs and emits on any route, each site by its own cost basis.

    Where none is given it is that of a run that never finishes.
    """

    meur: float = units.NEVER
    tonnes: float = units.NEVER
    energy_gwh: float = units.NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedBill(RunBill):
    """What a run on the public machines costs on other bases too, in million EUR.

    Avoidable: electricity, and the science displaced. Market: the same hours rented. Cost and
    rent go by dense BF16 peak, so that chips of unlike size are priced alike.
    """

    accel_hours: float = units.NEVER
    avoidable_meur: float = units.NEVER
    market_meur: float = units.NEVER


def run_bill(params: Params, route: Route, target: Target, finish: Finish) -> RunBill:
    """Money and carbon of a run, every site by its own cost basis."""
    if math.isinf(finish.finish_years):
        return RunBill()
    held = held_hours(route, target, finish, params)
    return RunBill(
        meur=math.fsum(h * site_eur_hour(params, s) for s, h in held) / MILLION,
        tonnes=math.fsum(h * site_grams_hour(params, s) for s, h in held) / MILLION,
        energy_gwh=math.fsum(h * s.it_kw * s.pue for s, h in held) / MILLION,
    )


def owned_bill(params: Params, route: Route, target: Target, finish: Finish) -> OwnedBill:
    """Cost on three bases and carbon of a run on the owned machines."""
    if math.isinf(finish.finish_years):
        return OwnedBill()
    held, costs = held_hours(route, target, finish, params), params.costs
    rent = math.fsum(h * rent_eur_hour(params, s) for s, h in held)
    power = math.fsum(
        h * power_eur_hour(params, host_country(params, s.country), s.it_kw) for s, h in held
    )
    return OwnedBill(
        **asdict(run_bill(params, route, target, finish)),
        accel_hours=math.fsum(hours for _, hours in held),
        avoidable_meur=(power + costs.displaced_science_share * rent) / MILLION,
        market_meur=rent / MILLION,
    )


def held_hours(
    route: Route, target: Target, finish: Finish, params: Params
) -> list[tuple[Site, float]]:
    """(site, accelerator-hours held) of a run, segment by segment, until it finishes."""
    held = []
    for segment in accrual(route, target_model(params, target), params):
        start, end = segment.start_years, min(segment.end_years, finish.finish_years)
        if start < end:
            hours = (end - start) * units.SECONDS_PER_YEAR / units.SECONDS_PER_HOUR
            held += [
                (s, s.n_accel * hours)
                for s in route.sites
                if s.place in segment.places and s.start_years <= start < s.end_years
            ]
    return held


# --- the price of an hour ------------------------------------------------------------------------


def site_eur_hour(params: Params, site: Site) -> float:
    """EUR per accelerator-hour of a site, by its cost basis."""
    costs = params.costs
    if site.basis == "rented":
        return rent_eur_hour(params, site)
    if site.basis == "owned":
        pflop = site.peak_flop_per_s / units.PETA
        yearly = scorecard.capital_recovery(costs.real_wacc, costs.owned_life_years)
        hours = units.HOURS_PER_YEAR * costs.use
        return pflop * costs.owned_eur_per_pflop_per_s * float(yearly) / hours

    def new(country: Country) -> float:
        power = power_eur_hour(params, country, site.it_kw)
        if site.basis == "gas":
            power = site.it_kw * site.pue * params.on_site.eur_per_mwh / units.KWH_PER_MWH
        return accel_hour_eur(params, country, site, power)

    return _of_area(params, site, new)


def rent_eur_hour(params: Params, site: Site) -> float:
    """Market rent of an accelerator-hour, EUR: by its dense BF16 peak."""
    costs = params.costs
    pflop = site.peak_flop_per_s / units.PETA
    return costs.market_usd_per_pflop_hour * costs.eur_per_usd * pflop


def site_grams_hour(params: Params, site: Site) -> float:
    """gCO2e per accelerator-hour of a site, electricity as generated."""
    costs = params.costs
    life = costs.owned_life_years if site.basis == "owned" else costs.it_life_years

    def grams(country: Country) -> float:
        own = site.basis == "gas"
        g_per_kwh = params.on_site.g_per_kwh if own else country.generation_g_per_kwh
        return accel_hour_grams(params, country, site.it_kw, g_per_kwh, life)

    return _of_area(params, site, grams)


def _of_area(params: Params, site: Site, value: Callable[[Country], float]) -> float:
    """A value of a site's country, or the mean over its region, or over the seven regions."""
    areas = {site.country}
    if site.country == "mean":
        areas = {row.region for row in seven_leads(params, params.campus.grid_mw)}
    rows = [[c for c in params.countries.values() if c.region == area] for area in sorted(areas)]
    regional = [mean([value(country) for country in found]) for found in rows if found]
    return mean(regional) if regional else value(host_country(params, site.country))
