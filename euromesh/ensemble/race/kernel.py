"""When every draw finishes a run: `search`, compiled, draw by draw.

Draws share nothing, so none depends on those beside it. `rows` tells what the fields of a record
are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np

from euromesh import search
from euromesh.ensemble import compiled
from euromesh.ensemble.compiled import entry, part
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race.rows import PLACE, SITE, SIZE, Places
from euromesh.search import Draw

Arrays: TypeAlias = tuple[Array, ...]
_SEARCH: Final = compiled.parts(search)
_finish, _most_flop_years = _SEARCH["finish"], _SEARCH["most_flop_years"]
_needed = _SEARCH["needed"]


def _made(made_of: str) -> Callable[..., Array]:
    """The entry, compiled anew where what it is made of has changed."""

    @entry
    def finish_years(
        place: Places, links: Array, sites: Arrays, sizes: Arrays, runs: Any, fragments: Any
    ) -> Array:
        """t*(C) of every draw, years; infinite where the horizon comes first.

        The place of every site, the link of every place in bit/s, then arrays of draws x sites
        and of draws x sizes in the order of `SITE` and `SIZE`; the first of `sizes` has those
        that count.
        """
        _ = made_of
        places = np.zeros(len(links), PLACE)
        for at in range(len(links)):
            places[at].link_bits_per_s = links[at]
        worth, n_half, exchange, latency = sizes
        there, terms = np.empty(len(place), SITE), np.empty(worth.shape[1], SIZE)
        ranked, kept = np.arange(len(links)), np.arange(len(links))
        found = np.full(len(runs), np.inf)
        for row in range(len(runs)):
            count = _able(row, place, sites, runs[row], places, there)
            for at in range(len(terms)):
                size = terms[at]
                size.worth, size.n_half = worth[row, at], n_half[row, at]
                size.exchange_steps, size.latency_steps = exchange[row, at], latency[row, at]
            draw = Draw(there[:count], terms, runs[row], fragments, places, ranked, kept)
            if _most_flop_years(draw) >= draw.run.flop_years:
                found[row] = _finish(draw)
        return found

    return finish_years


@part
def _able(row: int, place: Places, sites: Arrays, run: Any, places: Any, there: Any) -> int:
    """Write down the sites in places that could hold a replica alone; how many they are."""
    start, end, n_accel, flop_per_s, hbm_bytes, copies = sites
    for one in places:
        one.n_accel = one.hbm_bytes = 0.0
    for at in range(len(place)):
        if start[row, at] < np.inf:
            places[place[at]].n_accel += n_accel[row, at]
            places[place[at]].hbm_bytes += hbm_bytes[row, at]
    count = 0
    for at in range(len(place)):
        one, site = places[place[at]], there[count]
        site.place, site.start, site.end = place[at], start[row, at], end[row, at]
        site.n_accel, site.flop_per_s = n_accel[row, at], flop_per_s[row, at]
        site.hbm_bytes, site.copies = hbm_bytes[row, at], copies[row, at]
        held = one.hbm_bytes >= _needed(run, run.alone_bytes, one.n_accel)
        count += held and site.start < site.end
    return count


finish_years = _made(compiled.sources(search))
