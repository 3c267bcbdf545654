"""When the compute of every draw reaches a run: exact, from one change of the sites to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from euromesh import units as u
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race.sites import Sites
from euromesh.ensemble.race.teams import Layers, Places, best_rate
from euromesh.ensemble.race.terms import Terms

CROWDED = 0.75  # draws are packed together when fewer of them are still running


@dataclass(frozen=True, slots=True, eq=False)
class _Span:
    """The sites of the draws that still run: draws x sites."""

    start: Array
    end: Array
    n_accel: Array
    flop_per_s: Array
    hbm_bytes: Array
    copies: Array | None

    def taken(self, rows: Any) -> _Span:
        copies = None if self.copies is None else self.copies[rows]
        arrays = (self.start, self.end, self.n_accel, self.flop_per_s, self.hbm_bytes)
        return _Span(*(array[rows] for array in arrays), copies)

    def first(self) -> Array:
        """When the first site of every draw starts."""
        found: Array = np.maximum(0.0, self.start.min(axis=1))
        return found

    def next(self, now: Array, horizon: Array) -> Array:
        """When the set of sites changes next, or the horizon comes."""
        starts = np.where(self.start > now[:, None], self.start, np.inf).min(axis=1)
        ends = np.where(self.end > now[:, None], self.end, np.inf).min(axis=1)
        found: Array = np.minimum(np.minimum(starts, ends), horizon)
        return found

    def up(self, now: Array, firsts: Any) -> Places:
        """What computes in every place from a moment on."""
        on = (self.start <= now[:, None]) & (now[:, None] < self.end)
        arrays = (np.where(on, x, 0.0) for x in (self.n_accel, self.flop_per_s, self.hbm_bytes))
        if self.copies is not None or len(firsts) == self.start.shape[1]:
            return Places(*arrays, self.copies)
        return Places(*(np.add.reduceat(x, firsts, axis=1) for x in arrays), None)


def finish_years(sites: Sites, terms: Terms, flop: Any, horizon: Array, layers: Layers) -> Array:
    """t*(C) of every draw, model time; infinite where the horizon comes first."""
    found = np.full(len(horizon), np.inf)
    span, firsts, links = _able(sites, terms, len(horizon))
    rows = np.arange(len(horizon))
    if not len(firsts):
        return found
    if sites.copies is None:
        terms = terms.up_to(len(firsts))
    now = np.minimum(span.first(), horizon)
    left = np.broadcast_to(np.asarray(flop, dtype=np.float64), len(rows)).copy()
    alive = now < horizon
    while True:
        if alive.mean() < CROWDED:
            kept = np.flatnonzero(alive)
            if not len(kept):
                return found
            span, terms = span.taken(kept), terms.taken(kept)
            rows, now, left, horizon = rows[kept], now[kept], left[kept], horizon[kept]
            alive = np.ones(len(kept), dtype=bool)
        rate = _rate(span.up(now, firsts), terms, links, layers)
        then = span.next(now, horizon)
        gained = rate * (then - now) * u.SECONDS_PER_YEAR
        done = alive & (gained >= left) & (rate > 0)
        found[rows[done]] = now[done] + left[done] / rate[done] / u.SECONDS_PER_YEAR
        left, now = left - gained, then
        alive &= ~done & (now < horizon)


def _rate(places: Places, terms: Terms, links: Array, layers: Layers) -> Array:
    """The best rate of every draw; where a link is slower than the trunks, with and without it.

    A team runs at its slowest trunk, so the best one is the best for some trunk as a floor.
    """
    wan = terms.protocol.wan_bits_per_s
    narrow = np.broadcast_to(wan, len(places.n_accel))[:, None] > links
    if not narrow.any():
        return best_rate(places, terms, layers)
    best = best_rate(places.without(narrow), terms, layers)
    for link in np.unique(links[narrow.any(axis=0)]):
        rows = np.flatnonzero(wan > link)
        slow = terms.taken(rows).at_trunk(np.full(len(rows), link))
        found = best_rate(places.taken(rows).without(links < link), slow, layers)
        best[rows] = np.maximum(best[rows], found)
    return best


def _able(sites: Sites, terms: Terms, rows: int) -> tuple[_Span, Any, Array]:
    """The sites of places that could hold a replica, the first of every place, and its link.

    A place that no draw needs is left out; a site that a draw does not need starts never.
    """
    shape = (rows, sites.n_accel.shape[1])
    arrays = [
        np.broadcast_to(x, shape)
        for x in (
            sites.start_years,
            sites.end_years,
            sites.n_accel,
            sites.flop_per_s,
            sites.hbm_bytes,
        )
    ]
    start, end, n_accel, rate, memory = arrays
    held, count = memory, n_accel
    there = np.isfinite(start)
    if sites.copies is None:
        held = np.add.reduceat(np.where(there, memory, 0.0), sites.places, axis=1)
        count = np.add.reduceat(np.where(there, n_accel, 0.0), sites.places, axis=1)
    place = np.zeros(shape[1], dtype=np.intp)
    place[sites.places[1:]] = 1
    place = np.cumsum(place)
    able = (held >= terms.needed(count, many=False))[:, place]
    start = np.where(able & there & (start < end), start, np.inf)
    kept = np.flatnonzero(np.isfinite(start).any(axis=0))
    firsts = np.unique(place[kept], return_index=True)[1]
    copies = None if sites.copies is None else np.broadcast_to(sites.copies, shape)[:, kept]
    end = np.where(np.isfinite(start), end, np.inf)
    taken = (x[:, kept] for x in (start, end, n_accel, rate, memory))
    return _Span(*taken, copies), firsts, sites.link_gbit_per_s[np.unique(place[kept])] * u.GIGA
