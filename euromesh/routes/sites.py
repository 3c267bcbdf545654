"""When sites start, and new buildings.

Written once for numbers and for draws: a parameter may be an array, and so may what is made of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from euromesh import units as u
from euromesh.availability import slip_quantile_years
from euromesh.elementwise import anywhere, least, total, where
from euromesh.fleet import KW_PER_MW, CostBasis, Site
from euromesh.records import InputError, Params
from euromesh.records.tables import Country, LeadTime
from euromesh.routes.hardware import Hardware, Market

MEDIAN: Final = 0.5


def decision_date(params: Params) -> date:
    """The day from which every route counts."""
    return u.first_day(params.race.decision_date)


def horizon_years(params: Params) -> float:
    """Model time of the horizon; an `InputError` where it does not come after the decision."""
    race = params.race
    years = u.years_after(race.decision_date, race.horizon, u.first_day)
    if anywhere(years <= 0):
        late = u.latest(race.decision_date)
        raise InputError(
            f"race.horizon must come after race.decision_date ({late}), got {race.horizon}"
        )
    return years


def starting(sites: Sequence[Site], flag: bool = True) -> tuple[Site, ...]:
    """The sites that ever start if a flag is true; in the draws where it is false they never do."""
    raised = sites
    if flag is not True:
        raised = [replace(s, start_years=where(flag, s.start_years, u.NEVER)) for s in sites]
    return tuple(site for site in raised if least(site.start_years) < u.NEVER)


def each(site: Site, copies: float) -> Iterator[Site]:
    """Identical places: one by one where their number is known, together where draws differ."""
    if isinstance(copies, float):
        yield from (replace(site, place=f"{site.place} {k + 1}") for k in range(int(copies)))
    else:
        start = where(copies > 0, site.start_years, u.NEVER)
        yield replace(site, start_years=start, copies=copies)


def host_country(params: Params, name: str) -> Country:
    """The country of a host; `costs.unlisted_country` stands in where `countries` has no row."""
    return params.countries[name if name in params.countries else params.costs.unlisted_country]


def slip_years(given: float | None, params: Params) -> float:
    """How late a dated plan comes: as given, else the median of the slip law, years.

    The mean would not do: the first of several plans, each late by the mean, is later than the
    first of plans of which most are on time.
    """
    if given is not None:
        return given
    law = params.slip
    return slip_quantile_years(law.probability, law.median_years, law.sigma, MEDIAN)


def wait_years(lead: LeadTime, params: Params) -> float:
    """The lead time that chance has drawn, else its median, stretched as all are, years."""
    drawn = lead.lead_years if lead.drawn_years is None else lead.drawn_years
    return drawn * params.grid.wait_factor


@dataclass(frozen=True, slots=True)
class Plot:
    """Where a new building stands, when it has power, and how its hours are priced."""

    place: str
    area: str  # a country or a region of the lead times, or `mean` of the seven
    pue: float
    power_years: float  # model time of its power
    basis: CostBasis = "new"


def new_site(market: Market, plot: Plot, site_mw: float) -> Site:
    """A new building: grid MW / PUE / kW accelerators, commissioned after it has power."""
    months = market.params.new_sites.commissioning_months
    bought = market.bought(plot.power_years)
    n_accel = site_mw * KW_PER_MW / plot.pue / bought.it_kw
    return ready_site(market, plot, plot.power_years + months / u.MONTHS_PER_YEAR, n_accel, bought)


def ready_site(
    market: Market, plot: Plot, start_years: float, n_accel: float, bought: Hardware
) -> Site:
    """A number of accelerators ready at a model time."""
    return Site(
        place=plot.place,
        city=plot.place,
        country=plot.area,
        start_years=start_years,
        end_years=u.NEVER,
        n_accel=n_accel,
        goodput=market.params.new_sites.goodput,
        pue=plot.pue,
        basis=plot.basis,
        **bought.fields,
    )


def leads(params: Params, load_mw: float) -> dict[str, LeadTime]:
    """Lead times of every region at a load that the table holds."""
    rows = {row.region: row for row in params.grid_lead_times.values() if row.load_mw == load_mw}
    if not rows:
        loads = sorted({row.load_mw for row in params.grid_lead_times.values()})
        raise InputError(f"no lead times for {load_mw:g} MW; grid_lead_times has {loads}")
    return rows


def seven_leads(params: Params, load_mw: float) -> list[LeadTime]:
    """Lead times of the original's seven regions at a load that the table holds."""
    return [row for row in leads(params, load_mw).values() if row.of_original_seven]


def region_pue(params: Params, region: str) -> float:
    """Mean PUE of new buildings over the countries of a region."""
    values = [c.pue for c in params.countries.values() if c.region == region]
    if not values:
        raise InputError(f"no row of countries lies in the region {region!r}; add one")
    return mean(values)


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean."""
    return total(values) / len(values)
