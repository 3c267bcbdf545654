"""The fastest team of every draw at one moment: see `efficiency.best_federation`.

Of M places with one goodput and one trunk those with the greatest r - p n are fastest, p their
own useful FLOP/s over n_h plus their accelerators (Dinkelbach). Here one price p ranks the places
for every M, and the price of the best team ranks them again until no team gets faster. That may
stop short of the fastest team where another M would rank the places otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from euromesh.efficiency import fragment_done, fragment_stall
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race.terms import Terms

BETTER = 1 + 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """What is up at one moment, one row a draw: draws x places."""

    n_accel: Array
    flop_per_s: Array
    hbm_bytes: Array
    copies: Array | None  # identical places; None: one of each

    def taken(self, rows: Any) -> Places:
        """The places of some draws."""
        copies = None if self.copies is None else self.copies[rows]
        return Places(self.n_accel[rows], self.flop_per_s[rows], self.hbm_bytes[rows], copies)

    def without(self, left_out: Any) -> Places:
        """The same without some places: one flag a place, or one a draw and place."""
        rates = np.where(left_out, 0.0, self.flop_per_s)
        return Places(self.n_accel, rates, self.hbm_bytes, self.copies)


class Layers(NamedTuple):
    """How a protocol cuts a model."""

    n_fragments: int
    n_layers: int


class Team(NamedTuple):
    """The fastest team of every draw."""

    flop_per_s: Array  # net, useful
    members: NDArray[np.bool_]  # draws x places
    price: Array  # useful FLOP/s over n_h plus accelerators

    def improved(self, rows: Any, other: Team) -> None:
        """Take the teams of some draws from another search where they are faster there."""
        better = other.flop_per_s > self.flop_per_s[rows]
        for ours, theirs in zip(self, other, strict=True):
            ours[rows[better]] = theirs[better]


class _Found(NamedTuple):
    team: Team
    same_order: NDArray[np.bool_]  # whether that price would rank the places as they were ranked


def best_team(places: Places, terms: Terms, layers: Layers, price: Array) -> Team:
    """The fastest team of every draw, searched from a price."""
    best = Team(np.zeros(len(price)), np.zeros(places.n_accel.shape, dtype=bool), price.copy())
    rows = np.arange(len(price))
    while len(rows):
        team, same_order = _ranked(places, terms, layers, price)
        faster = team.flop_per_s > best.flop_per_s[rows] * BETTER
        best.improved(rows, team)
        again = np.flatnonzero(faster & ~same_order)
        rows, price = rows[again], team.price[again]
        places, terms = places.taken(again), terms.taken(again)
    return best


def price_of_all(places: Places, terms: Terms) -> Array:
    """The price of a team of all places: where a search may start, in any chunk the same."""
    gross, count = (np.cumsum(x, axis=1)[:, -1] for x in (places.flop_per_s, places.n_accel))
    found: Array = gross / (terms.n_half[:, 0] + count)
    return found


def _ranked(places: Places, terms: Terms, layers: Layers, price: Array) -> _Found:
    """The fastest team of every draw when a price ranks its places."""
    n, r, memory = places.n_accel, places.flop_per_s, places.hbm_bytes
    beside = (memory >= terms.needed(n, many=True)) & (r > 0)
    order = np.argsort(np.where(beside, price[:, None] * n - r, np.inf), axis=1)
    order += np.arange(len(order))[:, None] * order.shape[1]
    ranked = (n.take(order), r.take(order))
    many = np.count_nonzero(beside, axis=1)
    counts, rates = ranked
    most = terms.worth.shape[1]
    if places.copies is None:
        counts, rates = counts[:, :most], rates[:, :most]
    else:
        copies = np.where(np.arange(n.shape[1]) < many[:, None], places.copies.take(order), 0.0)
        rates, counts, many = _each_copy(rates, counts, copies, most)
    gross = np.cumsum(rates, axis=1)
    per_accel = gross / (terms.n_half + np.cumsum(counts, axis=1))
    running = per_accel * terms.n_half
    bound = running * terms.worth
    bound *= np.arange(bound.shape[1]) < many[:, None]
    one = terms.n_half[:, :1]
    alone = np.where(memory >= terms.needed(n, many=False), r, 0.0) / (one + n)
    single = alone.argmax(axis=1)
    rows = np.arange(len(single))
    bound[:, 0] = alone[rows, single] * one[:, 0] * terms.worth[:, 0]
    found, size = _exchanging(bound, running, terms, layers)
    new = per_accel[rows, size]
    members = np.zeros(n.shape, dtype=bool)
    members.ravel()[order[np.arange(n.shape[1]) <= size[:, None]]] = True
    members[size == 0] = False
    members[rows, single] |= size == 0
    same = _in_order(*ranked, new, np.count_nonzero(beside, axis=1))
    return _Found(Team(found, members, new), same)


def _in_order(counts: Array, rates: Array, price: Array, many: Array) -> NDArray[np.bool_]:
    """Whether a price ranks the first places of every draw as they stand."""
    worth = rates - price[:, None] * counts
    falling = worth[:, 1:] <= worth[:, :-1]
    beyond = np.arange(1, worth.shape[1]) >= many[:, None]
    return np.asarray((falling | beyond).all(axis=1))


def _each_copy(rates: Array, counts: Array, copies: Array, most: int) -> tuple[Array, Array, Array]:
    """Every copy of ranked places as a place of its own, up to the most, and how many there are."""
    until = np.cumsum(copies, axis=1)
    place = np.arange(most)
    kind = np.zeros((len(copies), most), dtype=np.intp)
    for known in until.T[:-1]:
        kind += known[:, None] <= place
    kind += np.arange(len(kind))[:, None] * copies.shape[1]
    return rates.take(kind), counts.take(kind), until[:, -1]


def _exchanging(bound: Array, running: Array, terms: Terms, layers: Layers) -> tuple[Array, Array]:
    """The best rate under the exchange and the place of its size, from rates without exchange."""
    size = bound.argmax(axis=1)
    best = bound[np.arange(len(bound)), size]
    waiting = np.flatnonzero((size > 0) & (best > 0))
    exchange = _exchange(waiting, size[waiting, None], running, terms, layers)
    waiting = waiting[exchange.stall(1)[:, 0] > 0]
    if len(waiting):
        best[waiting], size[waiting] = _slowed(waiting, bound, running, terms, layers)
    return best, size


def _slowed(
    rows: NDArray[np.intp], bound: Array, running: Array, terms: Terms, layers: Layers
) -> tuple[Array, NDArray[np.intp]]:
    """The best rates of the draws whose exchange makes them wait, and the places of their sizes.

    The first fragment, which holds the last layer, waits longest and the last one least, so the
    two bound every rate; between the bounds it is computed over all fragments.
    """
    exchange = _exchange(rows, None, running, terms, layers)
    bound = bound[rows]
    most = bound * exchange.utilization(layers.n_fragments * exchange.stall(layers.n_fragments))
    least = bound * exchange.utilization(layers.n_fragments * exchange.stall(1))
    most[:, 0] = least[:, 0] = bound[:, 0]  # a single place has nothing to exchange
    row, column = np.nonzero(most >= least.max(axis=1)[:, None])
    rate = bound[row, column]
    several = np.flatnonzero(column > 0)
    one = _exchange(rows[row[several]], column[several, None], running, terms, layers)
    fragments = np.arange(1, layers.n_fragments + 1)
    stall = one.stall(fragments).sum(axis=1, keepdims=True)
    rate[several] *= one.utilization(stall)[:, 0]
    order = np.lexsort((rate, row))
    last = order[np.flatnonzero(np.diff(row[order], append=-1))]  # the fastest of every draw
    return rate[last], column[last]


@dataclass(frozen=True, slots=True, eq=False)
class _Exchange:
    """The exchange of some teams, in steps: see `efficiency.compute_utilization`."""

    exchange: Array  # of one fragment
    latency: Array
    inner_steps: Any
    overlap_steps: Any
    layers: Layers

    def stall(self, fragment: Any) -> Array:
        """How long a fragment holds the step."""
        count, depth = self.layers
        sent = fragment_done(1.0, self.exchange * count / depth, fragment, count, depth)
        gap = self.inner_steps / count
        return np.asarray(
            fragment_stall(sent + self.latency, self.exchange, gap, self.overlap_steps)
        )

    def utilization(self, stall: Array) -> Array:
        """U = H / (H + the sum of all stalls)."""
        found: Array = self.inner_steps / (self.inner_steps + stall)
        return found


def _exchange(
    rows: NDArray[np.intp], sizes: Any, running: Array, terms: Terms, layers: Layers
) -> _Exchange:
    """The exchange of the teams of some sizes (columns) in some draws (rows), or of all sizes."""
    at = rows if sizes is None else (rows[:, None], sizes)
    rate = running[at]
    return _Exchange(
        exchange=rate * terms.exchange_steps[at],
        latency=rate * terms.latency_steps[at],
        inner_steps=terms.inner_steps[rows, None],
        overlap_steps=terms.overlap_steps[rows, None],
        layers=layers,
    )
