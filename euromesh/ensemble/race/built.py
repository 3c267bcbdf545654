"""The routes of new buildings in every draw, as arrays: see `routes.built` and `routes.campus`."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from euromesh import routes
from euromesh import units as u
from euromesh.ensemble.columns import Columns
from euromesh.ensemble.compiled import entry, part
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race.hardware import new_hardware
from euromesh.ensemble.race.sites import (
    Sites,
    apart,
    days_after,
    made,
    never_where,
    new_buildings,
    together,
)
from euromesh.records import Params
from euromesh.records.tables import Project

Names: TypeAlias = tuple[str, ...]


def every(columns: Columns, value: Any) -> Array:
    """A number of every draw as a column: draws x 1."""
    if np.shape(value) == (len(columns),):
        found: Array = value[:, None]
        return found
    return np.broadcast_to(np.asarray(value, dtype=np.float64).reshape(-1, 1), (len(columns), 1))


# --- new medium sites ----------------------------------------------------------------------------


def new_medium_sites(columns: Columns) -> Sites:
    """Filed sites by region: those of a region are identical, and as many as are not lost."""
    params = columns.of.params
    rows = {
        row.region: key
        for key, row in params.grid_lead_times.items()
        if row.load_mw == params.new_medium.site_mw and row.of_original_seven
    }
    leads = routes.seven_leads(params, params.new_medium.site_mw)
    order = [r.region for r in sorted(leads, key=lambda row: (row.lead_years, row.region))]
    waits = np.concatenate([every(columns, wait(columns, rows[region])) for region in order], 1)
    power = np.maximum(every(columns, columns.number("new_sites.build_years")), waits)
    pue = np.array([routes.region_pue(params, region) for region in order])
    copies = _kept(columns, len(order))
    found = new_buildings(columns, power, columns.number("new_medium.site_mw"), pue)
    found["start_years"] = never_where(copies == 0, found["start_years"])
    return Sites(**found, **apart(len(order)), copies=copies)


def wait(columns: Columns, row: str) -> Any:
    """The lead time of a row of the table: what chance makes of it, else its median, years."""
    drawn = columns.number(f"grid_lead_times.{row}.drawn_years")
    return columns.number(f"grid_lead_times.{row}.lead_years") if drawn is None else drawn


def _kept(columns: Columns, n_regions: int) -> Array:
    """Filings of every region that are not lost: draws x regions."""
    filed, lost, phase = (
        np.ascontiguousarray(every(columns, columns.number(f"new_medium.{name}"))[:, 0])
        for name in ("n_sites", "lost_sites", "lost_phase")
    )
    return _not_lost(np.rint(filed), np.rint(lost), phase, n_regions)


@entry
def _not_lost(n_sites: Array, lost: Array, phase: Array, n_regions: int) -> Array:
    """Filing k is lost where floor(phase + lost k / n) grows: see `routes.built._is_lost`."""
    kept = np.zeros((len(n_sites), n_regions))
    for row in range(len(n_sites)):
        filed = int(n_sites[row])
        before = _lost_below(0, lost[row], filed, phase[row])
        for filing in range(filed):
            after = _lost_below(filing + 1, lost[row], filed, phase[row])
            kept[row, filing % n_regions] += after <= before
            before = after
    return kept


@part
def _lost_below(edge: int, lost: float, filed: int, phase: float) -> float:
    """Filings lost before one."""
    whole = np.floor(lost * edge / max(filed, 1))
    rest = lost * edge - whole * filed
    return float(whole + (rest / max(filed, 1) + phase >= 1))


# --- signed --------------------------------------------------------------------------------------


def signed_sites(columns: Columns) -> Sites:
    """Steps of the raced projects, those of one site side by side."""
    params = columns.of.params
    tender = every(columns, columns.number("signed.procurement_months")) / u.MONTHS_PER_YEAR
    power: list[Array] = []
    added, pue, firsts = list[float](), list[float](), list[int]()
    for steps in _by_site(columns).values():
        before = 0.0
        raced = []
        years, stands = np.zeros((len(columns), 1)) - np.inf, np.ones((len(columns), 1), bool)
        for key, step in steps:
            years = np.maximum(years, _power_years(columns, key))
            stands = stands & (every(columns, columns.number(f"projects.{key}.built")) > 0)
            if step.raced:
                raced.append(never_where(~stands, np.maximum(years, tender)))
                added.append(step.mw - before)
                pue.append(routes.host_country(params, step.country).pue)
            before = step.mw
        firsts += [len(power)] * bool(raced)
        power += raced
    if not power:  # no project is raced: one that never has power stands for none
        power, added, pue, firsts = [np.full((len(columns), 1), u.NEVER)], [1.0], [1.0], [0]
    return _signed(columns, np.concatenate(power, axis=1), np.array(added), np.array(pue), firsts)


def _signed(columns: Columns, power: Array, added: Array, pue: Array, firsts: list[int]) -> Sites:
    found = new_buildings(columns, power, added, pue)
    links = np.full(len(firsts), np.inf)
    return Sites(**found, places=np.array(firsts), link_gbit_per_s=links)


def _by_site(columns: Columns) -> dict[str, list[tuple[str, Project]]]:
    by_site: dict[str, list[tuple[str, Project]]] = defaultdict(list)
    rows = columns.of.params.projects
    for key in sorted(rows, key=lambda key: rows[key].mw):
        by_site[rows[key].site].append((key, rows[key]))
    return by_site


def _power_years(columns: Columns, key: str) -> Array:
    slip = columns.number(f"projects.{key}.slip_years")
    promised = days_after(columns, columns.day(f"projects.{key}.power_on"))
    return every(columns, promised) + every(columns, 0.0 if slip is None else slip)


# --- one building --------------------------------------------------------------------------------


def gigafactory_sites(columns: Columns) -> Sites:
    """One AI Gigafactory, ready by its own dates."""
    terms = columns.record("gigafactory")
    selected = days_after(columns, columns.day("gigafactory.selected_on"))
    contract = every(columns, selected) + every(columns, terms.contract_months) / u.MONTHS_PER_YEAR
    built = contract + every(columns, terms.build_months) / u.MONTHS_PER_YEAR
    ready = np.maximum(0.0, built + every(columns, terms.slip_years))
    count = every(columns, terms.share) * every(columns, terms.n_accel)
    never = np.full((1, 1), u.NEVER)
    goodput = columns.number("new_sites.goodput")
    return Sites(**made(new_hardware(columns, ready), count, ready, never, goodput), **together())


def leased_sites(columns: Columns) -> Sites:
    """Let halls, each at a place of its own, all alike."""
    params = columns.of.params
    terms = columns.record("leased")
    power = every(columns, terms.procurement_months) / u.MONTHS_PER_YEAR
    pue = params.countries[terms.country].pue
    found = new_buildings(columns, power, every(columns, terms.site_mw), pue)
    return Sites(**found, **apart(1), copies=every(columns, np.rint(terms.n_sites)))


def campus_sites(columns: Columns) -> Sites:
    """One campus, tranche by tranche, in the region of each draw."""
    params = columns.of.params
    terms = params.campus
    names, region = columns.choice("campus.region")
    names = tuple(routes.campus_region(params) if name == "best" else name for name in names)
    power = _campus_years(columns, names, region)
    if terms.on_site_gas:
        power = np.minimum(power, _generation_years(columns, power.shape[1]))
    power = np.maximum(every(columns, columns.number("new_sites.build_years")), power)
    pue = np.array([_pue(params, name) for name in names])[region][:, None]
    mw = terms.grid_mw / power.shape[1]
    return Sites(**new_buildings(columns, power, mw, pue), **together())


def _campus_years(columns: Columns, names: Names, region: NDArray[np.intp]) -> Array:
    """Grid power of every tranche: draws x tranches. See `routes.campus_steps`."""
    terms = columns.of.params.campus
    full = _lead(columns, terms.grid_mw, names, region)
    count = max(1, round(terms.grid_mw / terms.first_tranche_mw))
    if not terms.tranches:
        return full
    first = _lead(columns, terms.first_tranche_mw, names, region)
    full = np.maximum(first, full)
    return full if count == 1 else first + (full - first) / (count - 1) * np.arange(count)


def _lead(columns: Columns, load_mw: float, names: Names, region: NDArray[np.intp]) -> Array:
    """The lead time of a load in the region of each draw, as a column."""
    params = columns.of.params
    rows = {r.region: key for key, r in params.grid_lead_times.items() if r.load_mw == load_mw}
    routes.leads(params, load_mw)  # refuses a load without rows

    def of(name: str) -> Array:
        """In a region, or in the mean of the seven."""
        within = [name] if name != "mean" else _seven(params)
        found = [every(columns, wait(columns, rows[one])) for one in within]
        return np.mean(found, axis=0) if len(found) > 1 else found[0]

    waits = np.concatenate([of(name) for name in names], axis=1)
    return np.take_along_axis(waits, region[:, None], axis=1)


def _seven(params: Params) -> list[str]:
    return [row.region for row in routes.seven_leads(params, params.campus.grid_mw)]


def _pue(params: Params, name: str) -> float:
    """The PUE of a region, or the mean of the seven."""
    within = [name] if name != "mean" else _seven(params)
    return math.fsum(routes.region_pue(params, one) for one in within) / len(within)


def _generation_years(columns: Columns, count: int) -> Array:
    """Years to build generation for every tranche: see `routes.generation_years`."""
    terms = columns.record("on_site")
    up = columns.of.params.campus.grid_mw / count * np.arange(1, count + 1)
    first, full = every(columns, terms.first_build_years), every(columns, terms.full_build_years)
    small, large = every(columns, terms.first_tranche_mw), every(columns, terms.grid_mw)
    over = (up - small) / np.where(large > small, large - small, 1.0)
    line = first + np.maximum(0.0, over) * np.maximum(0.0, full - first)
    return np.where(large > small, line, np.maximum(first, full))


def on_site_sites(columns: Columns) -> Sites:
    """A campus on its own generation: equal tranches of about the first one's size."""
    params = columns.of.params
    terms = columns.record("on_site")
    first, last = every(columns, terms.first_build_years), every(columns, terms.full_build_years)
    full = np.maximum(first, last)
    ratio = every(columns, terms.grid_mw) / every(columns, terms.first_tranche_mw)
    count = np.maximum(1.0, np.rint(ratio))
    tranche = np.arange(int(count.max()))
    step = (full - first) / np.maximum(1.0, count - 1)
    power = np.where(count == 1, full, first + step * tranche)
    mw = every(columns, terms.grid_mw) / count
    found = new_buildings(columns, power, mw, params.countries[terms.country].pue)
    found["start_years"] = never_where(tranche >= count, found["start_years"])
    return Sites(**found, **together())
