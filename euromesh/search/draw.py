"""What is searched: the sites of one draw, the terms on which they train, and room to work on.

Below: memory, order by worth, and compute utilisation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

BETTER: Final = 1 + 1e-12


@dataclass(slots=True)
class Site:
    """Accelerators at a place, for a span of model time."""

    place: int  # its number
    start: float  # years
    end: float
    n_accel: float
    load: float  # on a batch: L = n / h, parameters x tokens
    flop_per_s: float  # useful, before the batch gate
    hbm_bytes: float
    goodput: float
    copies: float  # identical places; one of a site that shares its place with others


@dataclass(slots=True)
class Size:
    """The terms of a number of places that train together; R is their running rate in FLOP/s."""

    worth: float  # quorum x stragglers / kappa, without the quorum where goodputs differ
    param_tokens: float  # N B: of an equal load the MFU has fallen to half
    exchange_steps: float  # of one fragment, over R
    latency_steps: float  # of one exchange, over R
    bound: float = 0.0  # FLOP/s that no team of this size exceeds
    useful: float = 0.0  # useful FLOP/s behind that bound
    chance: float = 0.0  # that one place fewer than these is up, of a team


@dataclass(slots=True)
class Run:
    """A run and the protocol by which it trains."""

    horizon: float  # years
    goodput: float  # of every place, or 0: every site has its own
    quorum: float  # of the places must be up; read where goodputs differ
    stepping: float  # of the time that a place is up; read where goodputs differ
    inner_steps: float
    overlap_steps: float
    wan_bits_per_s: float
    alone_bytes: float  # that a place needs to train alone, to `copied` accelerators
    beside_bytes: float  # that it needs to train with others
    bytes_per_copy: float  # that more accelerators add, for each further `copied` of them
    copied: float  # accelerators that hold one copy of what is not sharded


@dataclass(slots=True)
class Fragment:
    """A fragment of the exchange: see `efficiency.fragment_ready`."""

    first: float
    last: float
    n_layers: float
    layer_share: float  # of the exchange of a fragment


@dataclass(slots=True)
class Place:
    """What is up in a place at a moment."""

    link_bits_per_s: float  # infinite where none is known
    n_accel: float = 0.0
    load: float = 0.0
    flop_per_s: float = 0.0
    hbm_bytes: float = 0.0
    goodput: float = 0.0
    copies: float = 0.0
    kind: int = 0  # the number of its goodput among those that differ
    part: float = 1.0  # of its rate that counts: the quorum's where goodputs differ
    worth: float = 0.0  # at a price
    member: float = 0.0  # 1 in the fastest team


@dataclass(slots=True)
class Kind:
    """Places of one goodput, where goodputs differ."""

    goodput: float = 0.0
    copies: float = 0.0  # places that there are; 0 of a kind that there is not
    taken: float = 0.0  # places that a team has
    left: float = 0.0  # of these, still to be counted


class Roster(NamedTuple):
    """The places of a moment, the terms on which they train together, and room to rank them.

    Every sequence may be one of objects or an array of rows.
    """

    sizes: Any  # of a team, from one place up
    run: Any
    fragments: Any
    places: Any
    ranked: Any  # numbers of places, by what they are worth at a price
    kept: Any  # the same, for one size
    kinds: Any  # as many as places, and one


class Draw(NamedTuple):
    """The sites of one draw, and the places in which they stand."""

    sites: Any
    roster: Roster


class Team(NamedTuple):
    """What the fastest team computes; its places are marked as members."""

    flop_per_s: float  # net, useful
    price: float  # useful FLOP/s over N B plus load, that is goodput x 6 / step time
    most_price: float  # that no team exceeds


def needed(run: Any, base: float, n_accel: float) -> float:
    """Bytes that a replica needs on some accelerators."""
    copies = max(1.0, n_accel / run.copied) if run.bytes_per_copy > 0 else 1.0
    return float(base + run.bytes_per_copy * (copies - 1))


def rank(places: Any, ranked: Any, count: int, price: float) -> None:
    """Sort the first places by r - p L, the greatest first; they are nearly sorted as a rule.

    Of r only the part counts that the quorum leaves, where goodputs differ.
    """
    for at in range(count):
        place = places[ranked[at]]
        place.worth = place.part * place.flop_per_s - price * place.load
    for at in range(1, count):
        number, to = ranked[at], at
        worth = places[number].worth
        while to > 0 and places[ranked[to - 1]].worth < worth:
            ranked[to] = ranked[to - 1]
            to -= 1
        ranked[to] = number


def utilization(run: Any, fragments: Any, terms: Any, running: float, floor: float) -> float:
    """U = H / (H + sum_p stall_p) of a size of team at a running rate, on trunks of a rate.

    See `efficiency.compute_utilization`.
    """
    count = len(fragments)
    due, gap = 1 + run.overlap_steps, run.inner_steps / count
    slower = 1.0
    if floor != run.wan_bits_per_s:
        slower = run.wan_bits_per_s / floor if floor > 0 else math.inf
    exchange = running * terms.exchange_steps * slower
    latency = running * terms.latency_steps
    own, stall = min(1.0, gap / due), 0.0
    for one in fragments:
        layer = exchange * one.layer_share
        done = max(one.last + layer, one.first + one.n_layers * layer) + latency
        held = max(own * (done - due), exchange - gap)
        if held <= 0:  # the first fragment is the latest: it holds the last layer
            break
        stall += held
    return float(run.inner_steps / (run.inner_steps + stall))
