"""The bill of a run: accelerator-hours, money and carbon of any route."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

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
        meur=math.fsum(h * site_eur_hour(params, s, params.costs.use) for s, h in held) / MILLION,
        tonnes=math.fsum(h * site_grams_hour(params, s) for s, h in held) / MILLION,
        energy_gwh=math.fsum(h * s.it_kw * s.pue for s, h in held) / MILLION,
    )


def owned_bill(params: Params, route: Route, target: Target, finish: Finish) -> OwnedBill:
    """Cost on three bases and carbon of a run on the owned machines."""
    if math.isinf(finish.finish_years):
        return OwnedBill()
    held = held_hours(route, target, finish, params)
    return OwnedBill(
        **asdict(run_bill(params, route, target, finish)),
        accel_hours=math.fsum(hours for _, hours in held),
        avoidable_meur=math.fsum(h * avoidable_eur_hour(params, s) for s, h in held) / MILLION,
        market_meur=math.fsum(h * market_eur_hour(params, s) for s, h in held) / MILLION,
    )


def commitment_meur(params: Params, route: Route, target: Target, finish: Finish) -> float:
    """What must be committed to have a run, million EUR; never where it never finishes.

    Of each site that trains: the capital of new hardware and its building, or a lease to its end,
    which is no sooner than that of the run. On public machines no capital: what a run could avoid.
    """
    if math.isinf(finish.finish_years):
        return units.NEVER
    hours: dict[int, float] = defaultdict(float)  # by the site itself: some are equal
    held = held_hours(route, target, finish, params)
    for site, some in held:
        hours[id(site)] += some
    sites = {id(site): site for site, _ in held}
    eur = (committed_eur(params, s, hours[k], finish.finish_years) for k, s in sites.items())
    return math.fsum(eur) / MILLION


def committed_eur(params: Params, site: Site, hours: float, finish_years: float) -> float:
    """What a site that trains for some accelerator-hours commits, by its cost basis, EUR."""
    if site.basis == "owned":
        return hours * avoidable_eur_hour(params, site)
    if site.basis in ("let", "rented"):
        years = max(params.costs.lease_years, finish_years - site.start_years)
        return years * site_eur_year(params, site, 1.0)
    return site.n_accel * site.it_kw * _of_area(params, site, partial(capital_eur_per_kw, params))


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


def site_eur_hour(params: Params, site: Site, use: float) -> float:
    """EUR per accelerator-hour of a site, by its cost basis; `use` of the year is in use."""
    costs = params.costs
    if site.basis == "rented":
        return market_eur_hour(params, site)
    if site.basis == "owned":
        pflop = site.peak_flop_per_s / units.PETA
        yearly = scorecard.capital_recovery(costs.real_wacc, costs.owned_life_years)
        hours = units.HOURS_PER_YEAR * use
        return pflop * costs.owned_eur_per_pflop_per_s * float(yearly) / hours

    def new(country: Country) -> float:
        power = power_eur_hour(params, country, site.it_kw)
        if site.basis == "gas":
            power = site.it_kw * site.pue * params.on_site.eur_per_mwh / units.KWH_PER_MWH
        return accel_hour_eur(params, country, site, power, use)

    return _of_area(params, site, new)


def site_eur_year(params: Params, site: Site, use: float) -> float:
    """EUR of a site that is held for every hour of a year, at the price of a part in use."""
    return site.n_accel * site_eur_hour(params, site, use) * units.HOURS_PER_YEAR


def market_eur_hour(params: Params, site: Site) -> float:
    """EUR per accelerator-hour at market rent, by dense BF16 peak."""
    costs = params.costs
    rent = costs.market_usd_per_pflop_hour * costs.eur_per_usd
    return rent * site.peak_flop_per_s / units.PETA


def avoidable_eur_hour(params: Params, site: Site) -> float:
    """EUR per accelerator-hour of electricity, and of the science that a run displaces."""
    power = power_eur_hour(params, host_country(params, site.country), site.it_kw)
    return power + params.costs.displaced_science_share * market_eur_hour(params, site)


def capital_eur_per_kw(params: Params, country: Country) -> float:
    """Hardware and building of a new site, EUR per kW of IT: 1000 (I/W + c_f)."""
    costs = params.costs
    usd_per_w = costs.it_usd_per_w + country.construction_usd_per_w
    return scorecard.WATTS_PER_KW * costs.eur_per_usd * usd_per_w


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
