"""The fastest team of every draw at one moment: see `efficiency.best_federation`.

Of M places with one goodput and one trunk those with the greatest r - p n are fastest, p their
own useful FLOP/s over n_h plus their accelerators (Dinkelbach). Here one price p ranks the places
for every M, and the price of the best team ranks them again until no team gets faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from euromesh.efficiency import compute_utilization, exchange_bits, fragment_done, step_seconds
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race.terms import Protocol, Terms, picked

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


class _Found(NamedTuple):
    flop_per_s: Array
    price: Array  # of the team found
    same_order: Array  # whether that price would rank the places as they were ranked


def best_rate(places: Places, terms: Terms, layers: Layers) -> Array:
    """Net useful FLOP/s of the fastest team of every draw."""
    gross, count = places.flop_per_s.sum(axis=1), places.n_accel.sum(axis=1)
    price = gross / (terms.n_half[:, -1] + count)  # of a team of all: any price would do
    best = np.zeros(len(price))
    rows = np.arange(len(price))
    while len(rows):
        found = _ranked(places, terms, layers, price)
        faster = found.flop_per_s > best[rows] * BETTER
        best[rows] = np.maximum(best[rows], found.flop_per_s)
        again = np.flatnonzero(faster & ~found.same_order)
        rows, price = rows[again], found.price[again]
        places, terms = places.taken(again), terms.taken(again)
    return best


def _ranked(places: Places, terms: Terms, layers: Layers, price: Array) -> _Found:
    """The fastest team of every draw when a price ranks its places."""
    n, r, memory = places.n_accel, places.flop_per_s, places.hbm_bytes
    alone = np.where(memory >= terms.needed(n, many=False), r, 0.0)
    beside = (memory >= terms.needed(n, many=True)) & (r > 0)
    worth = np.where(beside, r - price[:, None] * n, -np.inf)
    order = np.argsort(-worth, axis=1)
    kept = np.take_along_axis(beside, order, axis=1)
    one = terms.n_half[:, :1]
    single = (alone / (one + n)).max(axis=1) * (terms.worth * terms.n_half)[:, 0]
    rates, counts = (np.where(kept, np.take_along_axis(x, order, axis=1), 0.0) for x in (r, n))
    most = terms.worth.shape[1]
    same = rates, counts
    if places.copies is not None:
        copies = np.where(kept, np.take_along_axis(places.copies, order, axis=1), 0.0)
        rates, counts, kept = _each_copy(rates, counts, copies, most)
    rates, counts, kept = rates[:, :most], counts[:, :most], kept[:, :most]
    gross, count = np.cumsum(rates, axis=1), np.cumsum(counts, axis=1)
    left = terms.n_half / (terms.n_half + count)
    bound = np.where(kept, gross * left * terms.worth, 0.0)
    bound[:, 0] = single
    found, size = _exchanging(bound, gross * left, terms, layers)
    at = (np.arange(len(size)), size)
    new = gross[at] / (terms.n_half[at] + count[at])
    ranked = np.where(same[0] > 0, same[0] - new[:, None] * same[1], -np.inf)
    return _Found(found, new, (ranked[:, 1:] <= ranked[:, :-1]).all(axis=1))


def _each_copy(rates: Array, counts: Array, copies: Array, most: int) -> tuple[Array, Array, Array]:
    """Every copy of ranked places as a place of its own, up to the most."""
    until = np.cumsum(copies, axis=1)
    place = np.arange(most)
    kind = (until[:, None, :] <= place[:, None]).sum(axis=2)
    kept = kind < copies.shape[1]
    kind = np.where(kept, kind, 0)
    taken = (np.where(kept, np.take_along_axis(x, kind, axis=1), 0.0) for x in (rates, counts))
    return (*taken, kept)


def _exchanging(bound: Array, running: Array, terms: Terms, layers: Layers) -> tuple[Array, Array]:
    """The best rate under the exchange and the place of its size, from bounds without exchange."""
    rows = np.arange(len(bound))
    size = bound.argmax(axis=1)
    best = bound[rows, size]
    several = np.flatnonzero((size > 0) & (best > 0))
    hidden = _hidden(several, size[several], running, terms, layers)
    late = several[~hidden]
    if not len(late):
        return best, size
    best[late] *= _utilization(late, size[late], running, terms, layers)
    best[late] = np.maximum(best[late], bound[late, 0])
    size[late] = np.where(best[late] > bound[late, 0], size[late], 0)
    row, column = np.nonzero(bound[late, 1:] > best[late, None])
    row, column = late[row], column + 1
    rate = bound[row, column] * _utilization(row, column, running, terms, layers)
    for k in np.argsort(rate, kind="stable"):  # the fastest last
        if rate[k] > best[row[k]]:
            best[row[k]], size[row[k]] = rate[k], column[k]
    return best, size


def _step(row: Array, column: Array, running: Array, terms: Terms) -> tuple[Any, Any, Any, Any]:
    """The protocol, step time, bits of a whole exchange and latency of teams in (row, column)."""
    protocol: Protocol = picked(terms.protocol, row)
    members = column + 1.0
    up = running[row, column] / terms.goodput[row]
    seconds = step_seconds(protocol.n_params, terms.batch_tokens[row, column], up)
    latency = 2 * (members - 1) * protocol.latency_seconds
    return protocol, seconds, members, latency


def _hidden(row: Array, column: Array, running: Array, terms: Terms, layers: Layers) -> Array:
    """Whether no step waits: the first fragment, which holds the last layer, is the latest."""
    protocol, step, members, latency = _step(row, column, running, terms)
    bits = exchange_bits(protocol.n_params, protocol.bits_per_param, members, layers.n_fragments)
    exchange = bits / protocol.wan_bits_per_s / step
    layer = exchange * layers.n_fragments / layers.n_layers
    done = fragment_done(1.0, layer, 1, layers.n_fragments, layers.n_layers) + latency / step
    free = exchange <= protocol.inner_steps / layers.n_fragments
    found: Array = (done <= 1 + protocol.overlap_steps) & free
    return found


def _utilization(row: Array, column: Array, running: Array, terms: Terms, layers: Layers) -> Array:
    protocol, step, members, latency = _step(row, column, running, terms)
    found: Array = compute_utilization(
        step_seconds=step,
        fragment_bits=exchange_bits(
            protocol.n_params, protocol.bits_per_param, members, layers.n_fragments
        ),
        wan_bits_per_s=protocol.wan_bits_per_s,
        latency_seconds=latency,
        inner_steps=protocol.inner_steps,
        n_fragments=layers.n_fragments,
        overlap_steps=protocol.overlap_steps,
        n_layers=layers.n_layers,
    )
    return found
