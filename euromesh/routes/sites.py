"""Sites of every kind: the granted share of a machine, and new buildings with new hardware."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from euromesh import units as u
from euromesh.availability import slip_quantile_years
from euromesh.fleet import (
    KW_PER_MW,
    CostBasis,
    Site,
    accelerator_count,
    peak_flop_per_s,
    run_mfu_one,
    service_span,
)
from euromesh.records import InputError, Params
from euromesh.records.tables import Accelerator, Country, LeadTime, Machine, MfuRun

BYTES_PER_GB: Final = 1e9
MEDIAN: Final = 0.5


def decision_date(params: Params) -> date:
    """The day from which every route counts."""
    return u.first_day(params.race.decision_date)


def horizon_years(params: Params) -> float:
    """Model time of the horizon; an `InputError` where it does not come after the decision."""
    years = u.years_between(decision_date(params), u.first_day(params.race.horizon))
    if years <= 0:
        raise InputError(
            f"race.horizon must come after race.decision_date ({params.race.decision_date}), "
            f"got {params.race.horizon}"
        )
    return years


def owned_site(machine: Machine, params: Params) -> Site | None:
    """The granted share of a machine; None where its size is not published."""
    count = accelerator_count(machine, params.accelerators)
    if count is None or machine.accelerator is None:
        return None
    terms = params.owned
    accelerator = params.accelerators[machine.accelerator]
    slip = slip_years(machine.slip_years, params)
    start, end = service_span(machine, decision_date(params), slip, terms.service_life_years)
    return Site(
        place=machine.city,
        country=machine.country,
        start_years=max(start, first_hour_years(accelerator, params)),
        end_years=end,
        n_accel=terms.share * count,
        goodput=terms.goodput,
        pue=host_country(params, machine.country).pue,
        basis="owned",
        **_hardware(accelerator, params.mfu_runs),
    )


def first_hour_years(accelerator: Accelerator, params: Params) -> float:
    """Model time of the first useful hour on a granted machine: the grant, and the port.

    The port runs beside the grant, on development access, or after it.
    """
    grant, porting = params.owned.grant_months, _porting_months(params, accelerator)
    months = max(grant, porting) if params.owned.porting.beside else grant + porting
    return months / u.MONTHS_PER_YEAR


def renewals(site: Site, params: Params) -> Iterator[Site]:
    """The machines that follow one another in the place of a site, each of its mean IT power.

    New accelerators are known by the draw of a full rack, which a machine's mean draw is a part
    of. Each starts `programme.renewal_gap_months` after the last has retired, with the fastest
    accelerator on sale when it was ordered, and serves as long.
    """
    life, gap = params.owned.service_life_years, params.programme.renewal_gap_months
    while life + gap > 0 and (start := site.end_years + gap / u.MONTHS_PER_YEAR) < horizon_years(
        params
    ):
        accelerator = hardware_on_sale(params, start - params.new_sites.hardware_lead_years)
        site = replace(
            site,
            start_years=max(start, first_hour_years(accelerator, params)),
            end_years=start + life,
            n_accel=site.n_accel * site.it_kw / _mean_kw(accelerator, params),
            **{**_hardware(accelerator, params.mfu_runs), "it_kw": _mean_kw(accelerator, params)},
        )
        yield site


def _mean_kw(accelerator: Accelerator, params: Params) -> float:
    return accelerator.it_kw * params.programme.mean_draw


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


def wait_years(lead: LeadTime) -> float:
    """The lead time that chance has drawn, else its median, years."""
    return lead.lead_years if lead.drawn_years is None else lead.drawn_years


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Where a new building stands, when it has power, and how its hours are priced."""

    place: str
    area: str  # a country or a region of the lead times, or `mean` of the seven
    pue: float
    power_years: float  # model time of its power
    basis: CostBasis = "new"


def new_site(params: Params, plot: Plot, site_mw: float) -> Site:
    """A new building: grid MW / PUE / kW accelerators, commissioned after it has power."""
    commissioned = plot.power_years + params.new_sites.commissioning_months / u.MONTHS_PER_YEAR
    accelerator = hardware_for(params, plot.power_years)
    n_accel = site_mw * KW_PER_MW / plot.pue / accelerator.it_kw
    return ready_site(params, plot, commissioned, n_accel)


def ready_site(params: Params, plot: Plot, start_years: float, n_accel: float) -> Site:
    """A number of accelerators, those on sale before the power came, ready at a model time."""
    return Site(
        place=plot.place,
        country=plot.area,
        start_years=start_years,
        end_years=u.NEVER,
        n_accel=n_accel,
        goodput=params.new_sites.goodput,
        pue=plot.pue,
        basis=plot.basis,
        **_hardware(hardware_for(params, plot.power_years), params.mfu_runs),
    )


def hardware_for(params: Params, power_years: float) -> Accelerator:
    """The fastest accelerator on sale `new_sites.hardware_lead_years` before the power comes."""
    return hardware_on_sale(params, power_years - params.new_sites.hardware_lead_years)


def hardware_on_sale(params: Params, years: float) -> Accelerator:
    """The fastest accelerator of `new_sites.stack` on sale at a model time.

    The catalogue ends with what is known; before its first entry that one is bought.
    """
    origin = decision_date(params)
    on_sale = {
        key: u.years_between(origin, u.last_day(a.on_sale))
        for key, a in params.accelerators.items()
        if a.stack == params.new_sites.stack
    }
    known = [key for key, since in on_sale.items() if since <= years]
    oldest = min(on_sale, key=lambda key: on_sale[key])
    offered = (params.accelerators[key] for key in known or [oldest])
    return max(offered, key=lambda a: (a.bf16_tflop_per_s, a.name))


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
    return math.fsum(values) / len(values)


def _porting_months(params: Params, accelerator: Accelerator) -> float:
    porting = params.owned.porting
    return {
        "cuda": porting.cuda_months,
        "rocm": porting.rocm_months,
        "oneapi": porting.oneapi_months,
    }[accelerator.stack]


def _hardware(accelerator: Accelerator, runs: Mapping[str, MfuRun]) -> dict[str, Any]:
    """What a site takes from its accelerator."""
    return {
        "peak_flop_per_s": peak_flop_per_s(accelerator),
        "mfu": float(run_mfu_one(runs[accelerator.mfu_run])),
        "hbm_bytes": accelerator.hbm_gb * BYTES_PER_GB,
        "it_kw": accelerator.it_kw,
    }
