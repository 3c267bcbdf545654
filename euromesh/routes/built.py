"""The routes of new buildings: filed, signed, selected, let, or with a power plant of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import reduce
from itertools import accumulate
from typing import NamedTuple, cast

from euromesh import units as u
from euromesh.elementwise import (
    Named,
    everywhere,
    floor,
    greatest,
    larger,
    pick,
    rounded,
    smaller,
    where,
)
from euromesh.fleet import Site, peak_flop_per_s
from euromesh.records import Params
from euromesh.records.race import NewMedium
from euromesh.records.tables import Project
from euromesh.routes.hardware import market
from euromesh.routes.route import Route, raced
from euromesh.routes.sites import (
    Plot,
    each,
    host_country,
    leads,
    mean,
    new_site,
    ready_site,
    region_pue,
    seven_leads,
    slip_years,
    starting,
    wait_years,
)

Step = tuple[float, float]  # MW, and the model time of its power


@raced("gigawatt campus", "rust")
def campus(params: Params) -> Route:
    """One campus filed on the decision date; step by step when `campus.tranches`."""
    pue = _of_region(params, lambda name: region_pue(params, name))
    steps, known = campus_steps(params), market(params)
    sites, up = [], 0.0
    for mw, years in steps:
        up += mw
        own = generation_years(params, up) if params.campus.on_site_gas else u.NEVER
        area = cast(str, campus_region(params))  # draws are not priced
        power = larger(params.new_sites.build_years, smaller(years, own))
        plot = Plot("campus", area, pue, power, "gas" if everywhere(own < years) else "new")
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
    return _of_region(params, lambda region: wait_years(rows[region], params))


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


# --- new medium sites ----------------------------------------------------------------------------


@raced("new medium sites", "forest", plural=True)
def new_medium(params: Params) -> Route:
    """New medium sites filed on the decision date, spread over the seven regions in turn.

    The regions with the shortest median come first; filings that are never built are spread
    evenly over that order.
    """
    terms, known = params.new_medium, market(params)
    regions = sorted(
        seven_leads(params, terms.site_mw), key=lambda row: (row.lead_years, row.region)
    )
    sites: list[Site] = []
    soonest = u.NEVER
    for row, kept in zip(regions, _kept(terms, len(regions)), strict=True):
        wait = wait_years(row, params)
        power = larger(params.new_sites.build_years, wait)
        plot = Plot(row.region, row.region, region_pue(params, row.region), power)
        sites += each(new_site(known, plot, terms.site_mw), kept)
        soonest = smaller(soonest, where(kept > 0, wait, u.NEVER))
    return Route(sites=tuple(sites), grid_years=soonest)


def _kept(terms: NewMedium, n_regions: int) -> list[float]:
    """Filings of every region that are built.

    Of n filings floor(phase + lost k / n) are lost before filing k, so that they lie evenly.
    """
    filed, lost = rounded(terms.n_sites), rounded(terms.lost_sites)
    count = larger(1.0, filed)
    kept = [0.0] * n_regions
    before = floor(terms.lost_phase)
    for index in range(int(greatest(filed))):
        after = floor(terms.lost_phase + lost * (index + 1) / count)
        stands = (index < filed) & (after <= before)
        kept[index % n_regions] = kept[index % n_regions] + stands
        before = after
    return kept


# --- signed --------------------------------------------------------------------------------------


@raced("signed projects", "violet", plural=True)
def signed(params: Params) -> Route:
    """Projects that others have signed, each step at its announced date; late as plans are."""
    tender, known = params.signed.procurement_months / u.MONTHS_PER_YEAR, market(params)
    steps = list(_standing(params))
    promised = larger(0.0, reduce(smaller, (step.years for step in steps), u.NEVER))
    sites = []
    for step in steps:
        country = step.project.country
        pue = host_country(params, country).pue
        plot = Plot(step.project.site, country, pue, larger(step.years, tender), "let")
        sites.append(new_site(known, plot, step.added_mw))
    return Route(
        sites=starting(sites),
        institutional_years=larger(0.0, tender - promised),
        grid_years=promised,
    )


class _Step(NamedTuple):
    """A raced step: what it adds, and the model time of its power; never if it is not built."""

    project: Project
    added_mw: float
    years: float


def _standing(params: Params) -> Iterator[_Step]:
    """Each step adds to the one before at its site, is never earlier, and needs it."""
    by_site: dict[str, list[Project]] = defaultdict(list)
    for project in sorted(params.projects.values(), key=lambda p: p.mw):
        by_site[project.site].append(project)
    for steps in by_site.values():
        times = accumulate((_power_years(step, params) for step in steps), larger)
        stands = accumulate((step.built for step in steps), smaller, initial=params.signed.built)
        next(stands)
        before = 0.0
        for step, years, built in zip(steps, times, stands, strict=True):
            if step.raced:
                yield _Step(step, step.mw - before, where(built, years, u.NEVER))
            before = step.mw


def _power_years(project: Project, params: Params) -> float:
    promised = u.years_after(params.race.decision_date, project.power_on)
    if project.stage == "energised" and project.slip_years is None:
        return promised
    return promised + slip_years(project.slip_years, params)


# --- gigafactory, leased, on site ----------------------------------------------------------------


@raced("AI gigafactory", "green")
def gigafactory(params: Params) -> Route:
    """One AI Gigafactory in two phases: selection, contract, building and slip.

    The run may use a share of it. Its dates do not wait for the decision to train; what lies
    before it counts for nothing.
    """
    terms = params.gigafactory
    selected = u.years_after(params.race.decision_date, terms.selected_on)
    contract = selected + terms.contract_months / u.MONTHS_PER_YEAR
    signed = contract + slip_years(terms.slip_years, params)
    first, both = (_of_lot(params, column) for column in ("first_h100", "second_h100"))
    later = larger(terms.build_months, terms.second_build_months)
    phases = ((terms.build_months, first), (later, both - first))
    return Route(
        sites=starting([_phase(params, signed, *one) for one in phases], terms.built),
        institutional_years=larger(0.0, contract),
        one_building=True,
    )


def _of_lot(params: Params, column: str) -> float:
    """A value of the lot of the gigafactory."""
    lots = params.gigafactory_lots
    found: float = pick(params.gigafactory.lot, lambda row: getattr(lots[row], column))
    return found


def _phase(params: Params, signed: float, build_months: float, n_h100: float) -> Site:
    """The share of a phase: n H100 equivalents are n q_H100 / q accelerators by dense BF16."""
    terms, known = params.gigafactory, market(params)
    ready = larger(0.0, signed + build_months / u.MONTHS_PER_YEAR)
    bought = known.bought(ready)
    peak = peak_flop_per_s(params.accelerators[terms.counted_in])
    n_accel = terms.share * n_h100 * (peak / bought.peak_flop_per_s)
    plot = Plot("gigafactory", terms.country, params.countries[terms.country].pue, ready)
    return ready_site(known, plot, ready, n_accel, bought)


@raced("leased hall", "sea")
def leased(params: Params) -> Route:
    """Buildings that have power: only a tender and new hardware stand before them."""
    terms = params.leased
    return Route(
        sites=starting(let_halls(params, terms.n_sites), terms.built),
        institutional_years=terms.procurement_months / u.MONTHS_PER_YEAR,
        one_building=everywhere(rounded(terms.n_sites) == 1),
    )


def let_halls(params: Params, count: float) -> list[Site]:
    """Leased buildings, each at a place of its own."""
    terms, number = params.leased, rounded(count)
    if everywhere(number == 0):
        return []
    pue, tender = params.countries[terms.country].pue, terms.procurement_months / u.MONTHS_PER_YEAR
    plot = Plot("leased hall", terms.country, pue, tender, "let")
    return list(each(new_site(market(params), plot, terms.site_mw), number))


@raced("campus on its own gas", "pink")
def on_site(params: Params) -> Route:
    """A campus on its own generation: the time to build it, and no queue."""
    terms, known = params.on_site, market(params)
    pue = params.countries[terms.country].pue
    steps = equal_steps(
        terms.grid_mw,
        terms.first_tranche_mw,
        terms.first_build_years,
        larger(terms.first_build_years, terms.full_build_years),
    )
    sites = [
        new_site(known, Plot("campus with generation", terms.country, pue, years, "gas"), mw)
        for mw, years in steps
    ]
    return Route(sites=starting(sites, terms.built), one_building=True)
