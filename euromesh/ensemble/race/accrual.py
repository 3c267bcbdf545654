"""When the compute of every draw reaches a run: exact, from one change of the sites to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from euromesh import units as u
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race.sites import Sites
from euromesh.ensemble.race.teams import Layers, Places, Team, best_team, price_of_all
from euromesh.ensemble.race.terms import Terms


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
        arrays = (self.start, self.end, self.n_accel, self.flop_per_s, self.hbm_bytes)
        start, end, n_accel, rate, memory = (array[rows] for array in arrays)
        copies = None if self.copies is None else self.copies[rows]
        return _Span(start, end, n_accel, rate, memory, copies)

    def first(self) -> Array:
        """When the first site of every draw starts."""
        found: Array = np.maximum(0.0, self.start.min(axis=1))
        return found

    def next(self, now: Array, ends: Array, horizon: Array) -> Array:
        """When a site starts next, or one ends of those whose end counts, or the horizon comes."""
        starts = np.where(self.start > now[:, None], self.start, np.inf).min(axis=1)
        over = np.where(ends > now[:, None], ends, np.inf).min(axis=1)
        found: Array = np.minimum(np.minimum(starts, over), horizon)
        return found

    def most_flop(self, now: Array, horizon: Array) -> Array:
        """What all sites compute until the horizon if nothing holds them back: an upper bound."""
        until = np.minimum(self.end, horizon[:, None])
        years = np.maximum(0.0, until - np.maximum(self.start, now[:, None]))
        rate = self.flop_per_s if self.copies is None else self.flop_per_s * self.copies
        found: Array = (rate * years).sum(axis=1) * u.SECONDS_PER_YEAR
        return found * (1 + 1e-9)

    def up(self, now: Array, firsts: Any) -> Places:
        """What computes in every place from a moment on."""
        on = (self.start <= now[:, None]) & (now[:, None] < self.end)
        found = [np.where(on, x, 0.0) for x in (self.n_accel, self.flop_per_s, self.hbm_bytes)]
        if self.copies is None and len(firsts) < self.start.shape[1]:
            found = [np.add.reduceat(x, firsts, axis=1) for x in found]
        n_accel, rate, memory = found
        return Places(n_accel, rate, memory, self.copies)


def finish_years(sites: Sites, terms: Terms, flop: Any, horizon: Array, layers: Layers) -> Array:
    """t*(C) of every draw, model time; infinite where the horizon comes first.

    Goes from change to change of the sites that can change the fastest team: a start anywhere,
    or an end in one of its places.
    """
    found = np.full(len(horizon), np.inf)
    span, firsts, links = _able(sites, terms, len(horizon))
    if not len(firsts):
        return found
    if sites.copies is None:
        terms = terms.up_to(len(firsts))
    places = np.repeat(np.arange(len(firsts)), np.diff(firsts, append=span.start.shape[1]))
    now = np.minimum(span.first(), horizon)
    left = np.broadcast_to(np.asarray(flop, dtype=np.float64), len(now))
    rows = np.flatnonzero(span.most_flop(now, horizon) * terms.worth.max(axis=1) >= left)
    span, terms = span.taken(rows), terms.taken(rows)
    now, left, horizon = now[rows], left[rows], horizon[rows]
    price = price_of_all(span.up(now, firsts), terms)
    while len(rows):
        team = _team(span.up(now, firsts), terms, links, layers, price)
        ends = np.where(team.members[:, places], span.end, np.inf)
        then = span.next(now, ends, horizon)
        rate = team.flop_per_s
        gained = rate * (then - now) * u.SECONDS_PER_YEAR
        done = (gained >= left) & (rate > 0)
        found[rows[done]] = (now + left / np.where(done, rate, 1.0) / u.SECONDS_PER_YEAR)[done]
        kept = np.flatnonzero(~done & (then < horizon))
        span, terms = span.taken(kept), terms.taken(kept)
        rows, now, horizon = rows[kept], then[kept], horizon[kept]
        left, price = (left - gained)[kept], team.price[kept]
    return found


def _team(places: Places, terms: Terms, links: Array, layers: Layers, price: Array) -> Team:
    """The fastest team of every draw; where a link is slower than the trunks, with and without it.

    A team runs at its slowest trunk, so the best one is the best for some trunk as a floor.
    """
    narrow = terms.wan_bits_per_s[:, None] > links
    if not narrow.any():
        return best_team(places, terms, layers, price)
    best = best_team(places.without(narrow), terms, layers, price)
    for link in np.unique(links[narrow.any(axis=0)]):
        rows = np.flatnonzero(terms.wan_bits_per_s > link)
        slow = terms.taken(rows).at_trunk(link)
        wide = places.taken(rows).without(links < link)
        best.improved(rows, best_team(wide, slow, layers, price[rows]))
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
    start, end, n_accel, rate, memory = (x[:, kept] for x in (start, end, n_accel, rate, memory))
    return (
        _Span(start, end, n_accel, rate, memory, copies),
        firsts,
        sites.link_gbit_per_s[np.unique(place[kept])] * u.GIGA,
    )
