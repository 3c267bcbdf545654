"""The route of one gigawatt campus on the grid, tranche by tranche."""

from __future__ import annotations

from collections.abc import Callable

from euromesh import units as u
from euromesh.records import Params
from euromesh.routes.route import Route
from euromesh.routes.sites import (
    Plot,
    leads,
    mean,
    new_site,
    region_pue,
    seven_leads,
    wait_years,
)

Step = tuple[float, float]  # MW, and the model time of its power


def campus(params: Params) -> Route:
    """One campus filed on the decision date; tranche by tranche when `campus.tranches`."""
    pue = _of_region(params, lambda name: region_pue(params, name))
    steps = campus_steps(params)
    sites, up = [], 0.0
    for mw, years in steps:
        up += mw
        own = generation_years(params, up) if params.campus.on_site_gas else u.NEVER
        plot = Plot(
            place="campus",
            area=campus_region(params),
            pue=pue,
            power_years=max(params.new_sites.build_years, min(years, own)),
            basis="gas" if own < years else "new",
        )
        sites.append(new_site(params, plot, mw))
    return Route(
        sites=tuple(sites) if params.campus.built else (),
        grid_years=steps[0][1] if sites[0].basis == "new" else 0.0,
        one_building=True,
    )


def campus_steps(params: Params) -> list[Step]:
    """(MW, years to grid power) of every tranche, the last at the full load's lead time.

    A later tranche is never earlier than the first.
    """
    terms = params.campus
    full = _lead(params, terms.grid_mw)
    if not terms.tranches:
        return [(terms.grid_mw, full)]
    first = _lead(params, terms.first_tranche_mw)
    return equal_steps(terms.grid_mw, terms.first_tranche_mw, first, max(first, full))


def equal_steps(grid_mw: float, first_mw: float, first: float, full: float) -> list[Step]:
    """Equal tranches of about the first one's size, evenly spaced from the first to the full."""
    count = max(1, round(grid_mw / first_mw))
    if count == 1:
        return [(grid_mw, full)]
    step = (full - first) / (count - 1)
    return [(grid_mw / count, first + step * index) for index in range(count)]


def generation_years(params: Params, load_mw: float) -> float:
    """Years to build generation for a load: a line through the first tranche and the full load."""
    terms = params.on_site
    if terms.grid_mw <= terms.first_tranche_mw:
        return max(terms.first_build_years, terms.full_build_years)
    over = (load_mw - terms.first_tranche_mw) / (terms.grid_mw - terms.first_tranche_mw)
    longer = max(0.0, terms.full_build_years - terms.first_build_years)
    return terms.first_build_years + max(0.0, over) * longer


def _lead(params: Params, load_mw: float) -> float:
    rows = leads(params, load_mw)
    return _of_region(params, lambda region: wait_years(rows[region]))


def campus_region(params: Params) -> str:
    """The region of the campus: as chosen; `best` has the shortest median for the full load."""
    if params.campus.region != "best":
        return params.campus.region
    rows = seven_leads(params, params.campus.grid_mw)
    return min(rows, key=lambda row: row.lead_years).region


def _of_region(params: Params, value: Callable[[str], float]) -> float:
    """A regional value for the campus: its region's, or the mean of the seven."""
    region = campus_region(params)
    if region != "mean":
        return value(region)
    return mean([value(row.region) for row in seven_leads(params, params.campus.grid_mw)])
