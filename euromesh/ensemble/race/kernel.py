"""When every draw finishes a run: `search`, compiled, draw by draw.

Draws share nothing, so none depends on those beside it. `rows` tells what the fields of a record
are.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np

from euromesh.ensemble import compiled
from euromesh.ensemble.compiled import entry, part
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race.rows import KIND, PLACE, SITE, SIZE, Places
from euromesh.search import Draw, Roster, draw, kinds, moments, teams

Arrays: TypeAlias = tuple[Array, ...]
_SEARCH: Final = compiled.parts(moments, teams, kinds, draw)
_finish, _needed = _SEARCH["finish"], _SEARCH["needed"]


@part
def _able(row: int, place: Places, sites: Arrays, run: Any, places: Any, there: Any) -> int:
    """Write down the sites in places that could hold a replica alone; how many they are."""
    start, end, n_accel, load, flop_per_s, hbm_bytes, goodput, copies = sites
    for one in places:
        one.n_accel = one.hbm_bytes = 0.0
    of_end, of_goodput, of_copies = (
        min(row, end.shape[1] - 1),
        min(row, goodput.shape[1] - 1),
        min(row, copies.shape[1] - 1),
    )
    count = 0
    for at in range(len(place)):
        if start[at, row] < np.inf:
            one, site = places[place[at]], there[count]
            site.place, site.start, site.end = place[at], start[at, row], end[at, of_end]
            site.n_accel, site.load = n_accel[at, row], load[at, row]
            site.flop_per_s, site.hbm_bytes = flop_per_s[at, row], hbm_bytes[at, row]
            site.goodput = goodput[at, of_goodput]
            site.copies = copies[at, of_copies]
            one.n_accel += site.n_accel
            one.hbm_bytes += site.hbm_bytes
            count += 1
    kept = 0
    for at in range(count):
        one, site = places[there[at].place], there[at]
        if one.hbm_bytes >= _needed(run, run.alone_bytes, one.n_accel) and site.start < site.end:
            there[kept] = site
            kept += 1
    return kept


@entry(draw, moments, teams, kinds)
def finish_each(
    place: Places, links: Array, sites: Arrays, sizes: Arrays, runs: Any, fragments: Any, work: Any
) -> Array:
    """t*(C) of targets x draws, years; infinite where the horizon comes first.

    The place of every site, the link of every place in bit/s, then arrays of sites x draws and
    of draws x sizes in the order of `SITE` and `SIZE`, the first of `sizes` with those that
    count. The work is FLOP-years of targets x draws, all of one model: it is searched once.
    """
    places, there = np.zeros(len(links), PLACE), np.empty(len(place), SITE)
    for at in range(len(links)):
        places[at].link_bits_per_s = links[at]
    worth, param_tokens, exchange, latency = sizes
    terms = np.empty(worth.shape[1], SIZE)
    ranked, kept = np.arange(len(links)), np.arange(len(links))
    kinds = np.zeros(len(links) + 1, KIND)
    left = work.copy()
    found: Array = np.empty_like(work)
    for row in range(len(runs)):
        count = _able(row, place, sites, runs[row], places, there)
        for at in range(len(terms)):
            size = terms[at]
            size.worth, size.param_tokens = worth[row, at], param_tokens[row, at]
            size.exchange_steps, size.latency_steps = exchange[row, at], latency[row, at]
        roster = Roster(terms, runs[row], fragments, places, ranked, kept, kinds)
        _finish(Draw(there[:count], roster), left[:, row], found[:, row])
    return found
