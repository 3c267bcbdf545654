"""What a run costs and emits: the bill of a route, and the card of every country."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from euromesh import scorecard, units
from euromesh.efficiency import optimal_batch_tokens
from euromesh.fleet import Site, half_mfu_accel, mfu_at, useful_flop_per_s
from euromesh.records import Params
from euromesh.records.tables import Country, LeadTime, Target
from euromesh.routes import (
    Finish,
    Route,
    federation_of,
    leads,
    new_site,
    target_params,
)

MILLION = 1e6
GW_YEAR_TWH = 8.76  # one flat gigawatt for a year


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A reference site in a country, for one run of the target."""

    lead_years: float | None  # from filing to power; None where no lead time is known
    eur_per_accel_hour: float
    cost_meur: float
    generation_tonnes: float
    consumption_tonnes: float
    grid_share: float  # one flat gigawatt as a share of national electricity
    carbon_g_per_kwh: float


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


# --- countries -----------------------------------------------------------------------------------


def cards(params: Params, target: Target) -> dict[str, Card]:
    """The card of every country: one reference site trains the target alone."""
    return {name: card(params, name, target) for name in params.countries}


def card(params: Params, name: str, target: Target) -> Card:
    """The card of one country."""
    country = params.countries[name]
    return country_card(params, country, lead_time(params, country), target)


def lead_time(params: Params, country: Country) -> LeadTime | None:
    """The lead time of the reference site's load in the country's region, where one is known."""
    if country.region is None:
        return None
    return leads(params, params.costs.site_mw)[country.region]


def country_card(params: Params, country: Country, lead: LeadTime | None, target: Target) -> Card:
    """Cost and carbon of the target on one reference site, and what stands in its way."""
    site = reference_site(params, country)
    rate = site_rate(params, site, target) / site.n_accel
    eur = accel_hour_eur(params, country, site)
    life = params.costs.it_life_years

    def per_run(per_accel_hour: float) -> float:
        """Millions of EUR, or tonnes, of the whole run."""
        per_flop = float(scorecard.per_useful_flop(per_accel_hour, rate))
        return per_flop * target.training_flop / MILLION

    return Card(
        lead_years=None if lead is None else lead.lead_years,
        eur_per_accel_hour=eur,
        cost_meur=per_run(eur),
        generation_tonnes=per_run(
            accel_hour_grams(params, country, site.it_kw, country.generation_g_per_kwh, life)
        ),
        consumption_tonnes=per_run(
            accel_hour_grams(params, country, site.it_kw, country.consumption_g_per_kwh, life)
        ),
        grid_share=GW_YEAR_TWH / country.electricity_twh,
        carbon_g_per_kwh=country.generation_g_per_kwh,
    )


def reference_site(params: Params, country: Country) -> Site:
    """A site of `costs.site_mw` with the hardware on sale on the decision date."""
    lead = params.new_sites.hardware_lead_years
    return new_site(params, country.name, country.name, params.costs.site_mw, lead, country.pue)


def site_rate(params: Params, site: Site, target: Target) -> float:
    """Useful FLOP/s of one site that trains a target alone, batch gate included."""
    n_params = target_params(params, target)
    batch = optimal_batch_tokens(n_params, 1.0, params.training.batch)
    n_half = half_mfu_accel(params.training.saturation, n_params, batch)
    mfu = mfu_at(site.mfu, site.n_accel, n_half)
    return float(useful_flop_per_s(site.n_accel, site.peak_flop_per_s, mfu, site.goodput))


def accel_hour_eur(params: Params, country: Country, site: Site) -> float:
    """EUR per accelerator-hour of a new site in a country."""
    costs = params.costs
    per_kw = site.it_kw * scorecard.WATTS_PER_KW * costs.eur_per_usd
    capital = scorecard.Capital(
        it_eur=per_kw * costs.it_usd_per_w,
        facility_eur_per_w=country.construction_usd_per_w * costs.eur_per_usd,
        it_life_years=costs.it_life_years,
        facility_life_years=costs.facility_life_years,
        real_wacc=costs.real_wacc,
        operation_eur_year=per_kw * costs.operation_usd_per_w_year,
        wan_eur_year=costs.wan_eur_per_site_year / site.n_accel,
    )
    yearly = scorecard.capital_eur_year(capital, site.it_kw)
    power = power_eur_hour(params, country, site.it_kw)
    return float(scorecard.eur_per_accel_hour(yearly, costs.use, power))


def power_eur_hour(params: Params, country: Country, it_kw: float) -> float:
    """EUR of electricity per accelerator-hour, between wholesale and industrial price."""
    levy = country.industrial_eur_per_mwh - country.wholesale_eur_per_mwh
    return float(
        scorecard.power_eur_per_hour(
            it_kw, country.pue, country.wholesale_eur_per_mwh, levy, params.costs.levy_share
        )
    )


def accel_hour_grams(
    params: Params, country: Country, it_kw: float, g_per_kwh: float, life_years: float
) -> float:
    """gCO2e per accelerator-hour at one carbon intensity, embodied carbon included."""
    carbon = params.carbon
    embodied = scorecard.embodied_g_per_hour(
        carbon.embodied_kg_per_accel, params.costs.use, life_years
    )
    return float(
        scorecard.carbon_g_per_accel_hour(
            it_kw, country.pue, carbon.idle_and_development, g_per_kwh, embodied
        )
    )


def marks(params: Params, found: Mapping[str, Card]) -> dict[str, tuple[float, ...]]:
    """Time, cost, carbon and grid between the goalposts, for every country with a lead time."""
    posts = params.goalposts
    floor = posts.floor
    cheapest = min(card.cost_meur for card in found.values())
    best, worst = posts.grid_share_low, posts.grid_share_high
    linear = scorecard.linear_goalpost
    return {
        name: (
            float(linear(lead, 0.0, posts.time_years, floor)),
            float(linear(card.cost_meur / cheapest, 1.0, posts.cost_ratio, floor)),
            float(linear(card.carbon_g_per_kwh, 0.0, posts.carbon_g_per_kwh, floor)),
            float(scorecard.log_goalpost(card.grid_share, best, worst, floor)),
        )
        for name, card in found.items()
        if (lead := card.lead_years) is not None
    }


def scores(params: Params, found: Mapping[str, Card]) -> dict[str, float]:
    """Geometric mean of the marks of every country with a lead time."""
    every = marks(params, found)
    return {name: float(scorecard.geometric_mean(four)) for name, four in every.items()}


# --- the bill of the owned machines --------------------------------------------------------------


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
    power = math.fsum(h * power_eur_hour(params, _country(params, s), s.it_kw) for s, h in held)
    costs = params.costs
    rent = costs.market_usd_per_pflop_hour * costs.eur_per_usd * peak_hours
    yearly = scorecard.capital_recovery(costs.real_wacc, costs.owned_life_years)
    hourly = costs.owned_eur_per_pflop_per_s * float(yearly) / (units.HOURS_PER_YEAR * costs.use)
    return Bill(
        accel_hours=hours,
        energy_gwh=math.fsum(h * s.it_kw * _country(params, s).pue for s, h in held) / MILLION,
        full_meur=peak_hours * hourly / MILLION,
        avoidable_meur=(power + costs.displaced_science_share * rent) / MILLION,
        market_meur=rent / MILLION,
        tonnes=math.fsum(h * _owned_grams(params, s) for s, h in held) / MILLION,
    )


def held_hours(
    route: Route, target: Target, finish: Finish, params: Params
) -> list[tuple[Site, float]]:
    """(site, accelerator-hours held) of a run, segment by segment, until it finishes."""
    n_params = target_params(params, target)
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
            chosen = federation_of(up, route, n_params, params).places
            hours = (end - start) * units.SECONDS_PER_YEAR / units.SECONDS_PER_HOUR
            held += [(s, s.n_accel * hours) for s in up if s.place in chosen]
    return held


def _owned_grams(params: Params, site: Site) -> float:
    """gCO2e per accelerator-hour of an owned machine."""
    country = _country(params, site)
    life = params.costs.owned_life_years
    return accel_hour_grams(params, country, site.it_kw, country.generation_g_per_kwh, life)


def _country(params: Params, site: Site) -> Country:
    """The country of a site; `costs.unlisted_country` stands in where `countries` has no row."""
    name = site.country if site.country in params.countries else params.costs.unlisted_country
    return params.countries[name]
