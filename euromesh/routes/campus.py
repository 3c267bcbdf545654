"""The route of one gigawatt campus on the grid, tranche by tranche."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from euromesh import units as u
from euromesh.elementwise import (
    Named,
    everywhere,
    greatest,
    larger,
    pick,
    rounded,
    smaller,
    where,
)
from euromesh.records import Params
from euromesh.routes.hardware import market
from euromesh.routes.route import Route, raced
from euromesh.routes.sites import (
    Plot,
    leads,
    mean,
    new_site,
    region_pue,
    seven_leads,
    starting,
    wait_years,
)

Step = tuple[float, float]  # MW, and the model time of its power


@raced("gigawatt campus", "campus")
def campus(params: Params) -> Route:
    """One campus filed on the decision date; tranche by tranche when `campus.tranches`."""
    pue = _of_region(params, lambda name: region_pue(params, name))
    steps, known = campus_steps(params), market(params)
    sites, up = [], 0.0
    for mw, years in steps:
        up += mw
        own = generation_years(params, up) if params.campus.on_site_gas else u.NEVER
        plot = Plot(
            place="campus",
            area=cast(str, campus_region(params)),  # draws are not priced
            pue=pue,
            power_years=larger(params.new_sites.build_years, smaller(years, own)),
            basis="gas" if everywhere(own < years) else "new",
        )
        sites.append(new_site(known, plot, mw))
    return Route(
        sites=starting(sites, params.campus.built),
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
    return equal_steps(terms.grid_mw, terms.first_tranche_mw, first, larger(first, full))


def equal_steps(grid_mw: float, first_mw: float, first: float, full: float) -> list[Step]:
    """Equal tranches of about the first one's size, evenly spaced from the first to the full.

    Where draws differ in their number, a draw never has power for more than its own.
    """
    count = larger(1.0, rounded(grid_mw / first_mw))
    step = (full - first) / larger(1.0, count - 1)
    times = (where(count == 1, full, first + step * k) for k in range(int(greatest(count))))
    return [(grid_mw / count, where(k < count, t, u.NEVER)) for k, t in enumerate(times)]


def generation_years(params: Params, load_mw: float) -> float:
    """Years to build generation for a load: a line through the first tranche and the full load."""
    terms = params.on_site
    first, full = terms.first_build_years, larger(terms.first_build_years, terms.full_build_years)
    larger_mw = terms.grid_mw - terms.first_tranche_mw
    over = (load_mw - terms.first_tranche_mw) / where(larger_mw > 0, larger_mw, 1.0)
    return where(larger_mw > 0, first + larger(0.0, over) * (full - first), full)


def _lead(params: Params, load_mw: float) -> float:
    rows = leads(params, load_mw)
    return _of_region(params, lambda region: wait_years(rows[region]))


def campus_region(params: Params) -> str | Named:
    """The region of the campus: as chosen; `best` has the shortest median for the full load."""
    if params.campus.region != "best":
        return params.campus.region
    rows = seven_leads(params, params.campus.grid_mw)
    return min(rows, key=lambda row: row.lead_years).region


def _of_region(params: Params, value: Callable[[str], float]) -> float:
    """A regional value for the campus: its region's, or the mean of the seven."""

    def within(region: str) -> float:
        if region != "mean":
            return value(region)
        return mean([value(row.region) for row in seven_leads(params, params.campus.grid_mw)])

    found: float = pick(campus_region(params), within)
    return found
