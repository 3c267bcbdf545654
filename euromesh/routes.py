"""Every route as a table of sites, and its finish date.

A new route is one function here that returns a `Route`, and its entry in `ROUTES`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from euromesh import units as u
from euromesh.availability import (
    CStar,
    Segment,
    c_star,
    expected_slip_years,
    finish_years,
    first_compute_years,
    segments,
)
from euromesh.efficiency import (
    Federation,
    Replica,
    best_federation,
    optimal_params,
    replica_bytes,
)
from euromesh.fleet import (
    Site,
    accelerator_count,
    counted,
    members,
    peak_flop_per_s,
    run_mfu_one,
    service_span,
    site_flop_per_s,
)
from euromesh.records import Params
from euromesh.records.tables import Accelerator, LeadTime, Machine, MfuRun, Target

KW_PER_MW: Final = 1000.0
BYTES_PER_GB: Final = 1e9
SMALLEST_RUN: Final = 1e22  # FLOP; the scan for C* starts here
LARGEST_RUN: Final = 1e30


@dataclass(frozen=True, slots=True)
class Route:
    """A way to the compute: its sites, and whether they are one building."""

    name: str
    sites: tuple[Site, ...]
    institutional_years: float
    grid_years: float  # until the first site has power
    one_building: bool = False


@dataclass(frozen=True, slots=True)
class Finish:
    """When a route finishes a run, in model time, and what it trained with at the end."""

    finish_years: float
    first_compute_years: float
    federation: Federation

    @property
    def compute_days(self) -> float:
        """Days from the first compute to the finish."""
        return (self.finish_years - self.first_compute_years) * u.DAYS_PER_YEAR


def decision_date(params: Params) -> date:
    """The day from which every route counts."""
    return u.first_day(params.race.decision_date)


def horizon_years(params: Params) -> float:
    """Model time of the horizon."""
    return u.years_between(decision_date(params), u.first_day(params.race.horizon))


# --- the routes ----------------------------------------------------------------------------------


def owned(params: Params) -> Route:
    """The operating and contracted public machines, a granted share of each."""
    terms = params.owned
    institutional = terms.institutional_months / u.MONTHS_PER_YEAR
    candidates = members(counted(params.machines), terms.machine_set)
    sites = [_owned_site(m, params) for m in candidates if _joins(m, params)]
    return Route("owned", tuple(s for s in sites if s is not None), institutional, 0.0)


def new_medium(params: Params) -> Route:
    """New medium sites filed on the decision date, spread over the seven regions in turn."""
    leads = sorted(seven_leads(params, params.new_medium.site_mw), key=lambda row: row.lead_years)
    sites = []
    for index in range(round(params.new_medium.n_sites)):
        lead = leads[index % len(leads)]
        place = f"{lead.region} {index // len(leads) + 1}"
        pue = region_pue(params, lead.region)
        sites.append(
            new_site(params, place, lead.region, params.new_medium.site_mw, lead.lead_years, pue)
        )
    return Route("new_medium", tuple(sites), 0.0, leads[0].lead_years)


def campus(params: Params) -> Route:
    """One campus filed on the decision date; tranche by tranche when `campus.tranches`."""
    steps = campus_steps(params)
    pue = _campus_mean(params, lambda region: region_pue(params, region))
    area = params.campus.region
    sites = [new_site(params, "campus", area, mw, lead, pue) for mw, lead in steps]
    return Route("campus", tuple(sites), 0.0, steps[0][1], one_building=True)


ROUTES: Final[Mapping[str, Callable[[Params], Route]]] = {
    "owned": owned,
    "new_medium": new_medium,
    "campus": campus,
}


# --- a route against a run -----------------------------------------------------------------------


def target_params(params: Params, target: Target) -> float:
    """N of a target: its own, else compute-optimal for its FLOP."""
    if target.n_params is not None:
        return target.n_params
    return float(optimal_params(target.training_flop, params.training.tokens_per_param))


def accrual(route: Route, n_params: float, params: Params) -> tuple[Segment, ...]:
    """Segments of net useful FLOP/s of a route that trains a model of N parameters."""
    return segments(
        able_sites(route.sites, n_params, params),
        lambda sites: federation_of(sites, route, n_params, params).flop_per_s,
        horizon_years(params),
    )


def able_sites(sites: Sequence[Site], n_params: float, params: Params) -> list[Site]:
    """The sites of places whose memory, all of it up, holds at least one replica."""
    needed = replica_bytes(n_params, params.training, 1)
    able = {r.place for r in replicas(sites) if r.hbm_bytes >= needed}
    return [site for site in sites if site.place in able]


def federation_of(
    sites: Iterable[Site], route: Route, n_params: float, params: Params
) -> Federation:
    """The best federation of the sites that are up; one building is its own baseline."""
    penalty = None if route.one_building else params.penalty
    return best_federation(replicas(sites), n_params, params.training, penalty)


def replicas(sites: Iterable[Site]) -> list[Replica]:
    """Sites grouped by place: what stands in one place trains as one replica."""
    by_place: dict[str, list[Site]] = defaultdict(list)
    for site in sites:
        by_place[site.place].append(site)
    return [_replica(place, group) for place, group in sorted(by_place.items())]


def finish(route: Route, target: Target, params: Params) -> Finish:
    """When a route finishes a target, and the federation that trains at that moment."""
    n_params = target_params(params, target)
    accrued = accrual(route, n_params, params)
    done = finish_years(accrued, target.training_flop)
    up = [s for s in route.sites if s.start_years < done <= s.end_years]
    federation = federation_of(up, route, n_params, params)
    return Finish(done, first_compute_years(accrued), federation)


def finish_time(route: Route, params: Params, flop: float) -> float:
    """t*(C) of a compute-optimal run of C FLOP, model time."""
    n_params = float(optimal_params(flop, params.training.tokens_per_param))
    return finish_years(accrual(route, n_params, params), flop)


def race_c_star(federation: Route, other: Route, params: Params) -> CStar:
    """C* of two routes, each run compute-optimal for its FLOP."""
    return c_star(
        lambda flop: finish_time(federation, params, flop),
        lambda flop: finish_time(other, params, flop),
        SMALLEST_RUN,
        LARGEST_RUN,
    )


# --- sites ---------------------------------------------------------------------------------------


def new_site(
    params: Params, place: str, area: str, site_mw: float, lead_years: float, pue: float
) -> Site:
    """A new building: grid MW / PUE / kW accelerators, on sale before it has power."""
    accelerator = hardware_on_sale(params, lead_years - params.new_sites.hardware_lead_years)
    return Site(
        place=place,
        country=area,
        start_years=lead_years + params.new_sites.commissioning_months / u.MONTHS_PER_YEAR,
        end_years=u.NEVER,
        n_accel=site_mw * KW_PER_MW / pue / accelerator.it_kw,
        goodput=params.new_sites.goodput,
        **_hardware(accelerator, params.mfu_runs),
    )


def hardware_on_sale(params: Params, years: float) -> Accelerator:
    """The fastest accelerator on sale at a model time. The catalogue ends with what is known."""
    origin = decision_date(params)
    known = [
        a
        for a in params.accelerators.values()
        if u.years_between(origin, u.last_day(a.on_sale)) <= years
    ]
    return max(known, key=lambda a: a.bf16_tflop_per_s)


def seven_leads(params: Params, load_mw: float) -> list[LeadTime]:
    """Lead times of the original's seven regions at a load that the table holds."""
    rows = [
        row
        for row in params.grid_lead_times.values()
        if row.of_original_seven and row.load_mw == load_mw
    ]
    if not rows:
        loads = sorted({row.load_mw for row in params.grid_lead_times.values()})
        raise ValueError(f"no lead times for {load_mw:g} MW; grid_lead_times has {loads}")
    return rows


def region_pue(params: Params, region: str) -> float:
    """Mean PUE of new buildings over the countries of a region."""
    return mean([c.pue for c in params.countries.values() if c.region == region])


def campus_steps(params: Params) -> list[tuple[float, float]]:
    """(MW, lead years) of every tranche of the campus, the last at the full load's lead time."""
    terms = params.campus
    full = _campus_lead(params, terms.grid_mw)
    if not terms.tranches:
        return [(terms.grid_mw, full)]
    count = round(terms.grid_mw / terms.first_tranche_mw)
    first = min(full, _campus_lead(params, terms.first_tranche_mw))
    step = (full - first) / max(1, count - 1)
    return [(terms.grid_mw / count, first + step * index) for index in range(count)]


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean."""
    return math.fsum(values) / len(values)


def _campus_lead(params: Params, load_mw: float) -> float:
    leads = {row.region: row.lead_years for row in seven_leads(params, load_mw)}
    return _campus_mean(params, lambda region: leads[region])


def _campus_mean(params: Params, value: Callable[[str], float]) -> float:
    """A regional value for the campus: its region's, or the mean of the seven."""
    if params.campus.region != "mean":
        return value(params.campus.region)
    return mean([value(row.region) for row in seven_leads(params, params.campus.grid_mw)])


def _joins(machine: Machine, params: Params) -> bool:
    if machine.status == "operating":
        return True
    return params.owned.contracted and machine.status in ("installing", "contracted")


def _owned_site(machine: Machine, params: Params) -> Site | None:
    """The granted share of a machine; None where its size is not published."""
    count = accelerator_count(machine, params.accelerators)
    if count is None or machine.accelerator is None:
        return None
    terms = params.owned
    accelerator = params.accelerators[machine.accelerator]
    slip = expected_slip_years(terms.slip_probability, terms.slip_median_years, terms.slip_sigma)
    start, end = service_span(machine, decision_date(params), float(slip), terms.service_life_years)
    granted = terms.institutional_months + _porting_months(params, accelerator)
    return Site(
        place=machine.city,
        country=machine.country,
        start_years=max(start, granted / u.MONTHS_PER_YEAR),
        end_years=end,
        n_accel=terms.share * count,
        goodput=terms.goodput,
        **_hardware(accelerator, params.mfu_runs),
    )


def _porting_months(params: Params, accelerator: Accelerator) -> float:
    porting = params.owned.porting
    return {
        "cuda": porting.cuda_months,
        "rocm": porting.rocm_months,
        "oneapi": porting.oneapi_months,
    }[accelerator.stack]


def _hardware(accelerator: Accelerator, runs: Mapping[str, MfuRun]) -> dict[str, float]:
    """What a site takes from its accelerator."""
    return {
        "peak_flop_per_s": peak_flop_per_s(accelerator),
        "mfu": float(run_mfu_one(runs[accelerator.mfu_run])),
        "hbm_bytes": accelerator.hbm_gb * BYTES_PER_GB,
        "it_kw": accelerator.it_kw,
    }


def _replica(place: str, sites: Sequence[Site]) -> Replica:
    return Replica(
        place=place,
        n_accel=math.fsum(s.n_accel for s in sites),
        flop_per_s=math.fsum(site_flop_per_s(s) for s in sites),
        running_flop_per_s=math.fsum(site_flop_per_s(s) / s.goodput for s in sites),
        hbm_bytes=math.fsum(s.n_accel * s.hbm_bytes for s in sites),
    )
