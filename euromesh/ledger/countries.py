"""The card of every country: what the target costs and emits on a reference site there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from euromesh import scorecard
from euromesh import units as u
from euromesh.fleet import Site, batch_share, site_flop_per_s
from euromesh.records import Params
from euromesh.records.tables import Country, Target
from euromesh.routes import Plot, leads, market, new_site, target_model
from euromesh.routes.terms import size_terms

MILLION = 1e6


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


def card(params: Params, name: str, target: Target) -> Card:
    """The card of a country: a reference site trains the target alone, and what it waits for."""
    country = params.countries[name]
    lead = None
    if country.region is not None:
        lead = leads(params, params.costs.site_mw)[country.region].lead_years
    site = reference_site(params, country)
    rate = site_rate(params, site, target) / site.n_accel
    power = power_eur_hour(params, country, site.it_kw)
    eur = accel_hour_eur(params, country, site, power, params.costs.use)
    life = params.costs.it_life_years

    def per_run(per_accel_hour: float) -> float:
        """Millions of EUR, or tonnes, of the whole run."""
        per_flop = per_accel_hour / (rate * u.SECONDS_PER_HOUR)
        return per_flop * target.training_flop / MILLION

    return Card(
        lead_years=lead,
        eur_per_accel_hour=eur,
        cost_meur=per_run(eur),
        generation_tonnes=per_run(
            accel_hour_grams(params, country, site.it_kw, country.generation_g_per_kwh, life)
        ),
        consumption_tonnes=per_run(
            accel_hour_grams(params, country, site.it_kw, country.consumption_g_per_kwh, life)
        ),
        grid_share=u.HOURS_PER_YEAR / 1000 / country.electricity_twh,
        carbon_g_per_kwh=country.generation_g_per_kwh,
    )


def reference_site(params: Params, country: Country) -> Site:
    """A site of `costs.site_mw` with the hardware on sale on the decision date."""
    plot = Plot(
        place=country.name,
        area=country.name,
        pue=country.pue,
        power_years=params.new_sites.hardware_lead_years,
    )
    return new_site(market(params), plot, params.costs.site_mw)


def site_rate(params: Params, site: Site, target: Target) -> float:
    """Useful FLOP/s of one site that trains a target alone, batch gate included."""
    model = target_model(params, target)
    param_tokens, *_ = size_terms(model, 1.0, params.training)
    return float(site_flop_per_s(site) * batch_share(site.load, param_tokens) / model.flop_factor)


def accel_hour_eur(
    params: Params, country: Country, site: Site, power_eur: float, use: float
) -> float:
    """EUR per accelerator-hour of a new site in a country; `power_eur` is its electricity."""
    costs = params.costs
    per_kw = site.it_kw * scorecard.WATTS_PER_KW * costs.eur_per_usd
    yearly = scorecard.capital_eur_year(
        it_kw=site.it_kw,
        it_eur=per_kw * costs.it_usd_per_w,
        facility_eur_per_w=country.construction_usd_per_w * costs.eur_per_usd,
        it_life_years=costs.it_life_years,
        facility_life_years=costs.facility_life_years,
        real_wacc=costs.real_wacc,
        operation_eur_year=per_kw * costs.operation_usd_per_w_year,
        wan_eur_year=costs.wan_eur_per_site_year / site.n_accel,
    )
    return float(scorecard.eur_per_accel_hour(yearly, use, power_eur))


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
