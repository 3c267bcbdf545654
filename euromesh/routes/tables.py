"""Every route as a table of sites.

A new route is one function here that returns a `Route`, and its entry in `ROUTES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from euromesh.fleet import Site, belongs
from euromesh.records import Params
from euromesh.records.tables import Machine
from euromesh.routes.sites import (
    leads,
    mean,
    new_site,
    owned_site,
    region_pue,
    seven_leads,
)


@dataclass(frozen=True, slots=True)
class Route:
    """A way to the compute: its sites, and whether they are one building."""

    name: str
    sites: tuple[Site, ...]
    grid_years: float  # until the first site has power; none for machines that run
    one_building: bool = False


def owned(params: Params) -> Route:
    """The operating and contracted public machines, a granted share of each."""
    sites = [owned_site(machine, params) for machine in owned_machines(params).values()]
    return Route("owned", tuple(s for s in sites if s is not None), 0.0)


def owned_machines(params: Params) -> dict[str, Machine]:
    """The public machines that the owned route counts on, those of unknown size included."""
    return {key: machine for key, machine in params.machines.items() if _joins(machine, params)}


def new_medium(params: Params) -> Route:
    """New medium sites filed on the decision date, spread over the seven regions in turn."""
    waits = sorted(seven_leads(params, params.new_medium.site_mw), key=lambda row: row.lead_years)
    sites = []
    for index in range(round(params.new_medium.n_sites)):
        lead = waits[index % len(waits)]
        place = f"{lead.region} {index // len(waits) + 1}"
        pue = region_pue(params, lead.region)
        sites.append(
            new_site(params, place, lead.region, params.new_medium.site_mw, lead.lead_years, pue)
        )
    return Route("new_medium", tuple(sites), waits[0].lead_years)


def campus(params: Params) -> Route:
    """One campus filed on the decision date; tranche by tranche when `campus.tranches`."""
    steps = campus_steps(params)
    pue = _campus_mean(params, lambda region: region_pue(params, region))
    area = campus_region(params)
    sites = [new_site(params, "campus", area, mw, lead, pue) for mw, lead in steps]
    return Route("campus", tuple(sites), steps[0][1], one_building=True)


ROUTES: Final[Mapping[str, Callable[[Params], Route]]] = {
    "owned": owned,
    "new_medium": new_medium,
    "campus": campus,
}


def campus_steps(params: Params) -> list[tuple[float, float]]:
    """(MW, lead years) of every tranche of the campus, the last at the full load's lead time."""
    terms = params.campus
    full = _campus_lead(params, terms.grid_mw)
    if not terms.tranches:
        return [(terms.grid_mw, full)]
    count = max(1, round(terms.grid_mw / terms.first_tranche_mw))
    first = min(full, _campus_lead(params, terms.first_tranche_mw))
    step = (full - first) / max(1, count - 1)
    return [(terms.grid_mw / count, first + step * index) for index in range(count)]


def _campus_lead(params: Params, load_mw: float) -> float:
    rows = leads(params, load_mw)
    return _campus_mean(params, lambda region: rows[region].lead_years)


def campus_region(params: Params) -> str:
    """The region of the campus: as chosen; `best` is the shortest wait for the full load."""
    if params.campus.region != "best":
        return params.campus.region
    rows = seven_leads(params, params.campus.grid_mw)
    return min(rows, key=lambda row: row.lead_years).region


def _campus_mean(params: Params, value: Callable[[str], float]) -> float:
    """A regional value for the campus: its region's, or the mean of the seven."""
    region = campus_region(params)
    if region != "mean":
        return value(region)
    return mean([value(row.region) for row in seven_leads(params, params.campus.grid_mw)])


def _joins(machine: Machine, params: Params) -> bool:
    terms = params.owned
    if not (machine.in_total and belongs(machine, terms.machine_set)):
        return False
    under_contract = terms.contracted and machine.status in ("installing", "contracted")
    return (machine.status == "operating" or under_contract) and _of_stack(machine, params)


def _of_stack(machine: Machine, params: Params) -> bool:
    """Whether a machine runs a wanted software stack; one of unknown hardware gives no site."""
    if params.owned.stacks == "all" or machine.accelerator is None:
        return True
    return params.accelerators[machine.accelerator].stack == params.owned.stacks
