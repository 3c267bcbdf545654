"""What is searched: the sites of one draw, the terms on which they train, and room to work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(slots=True)
class Site:
    """Accelerators at a place, for a span of model time."""

    place: int  # its number
    start: float  # years
    end: float
    n_accel: float
    flop_per_s: float  # useful, before the batch gate
    hbm_bytes: float
    goodput: float
    copies: float  # identical places; one of a site that shares its place with others


@dataclass(slots=True)
class Size:
    """The terms of a number of places that train together; R is their running rate in FLOP/s."""

    worth: float  # quorum x stragglers / kappa, without the quorum where goodputs differ
    n_half: float  # accelerators at which the MFU has fallen to half
    exchange_steps: float  # of one fragment, over R
    latency_steps: float  # of one exchange, over R
    bound: float = 0.0  # FLOP/s that no team of this size exceeds
    useful: float = 0.0  # useful FLOP/s behind that bound
    chance: float = 0.0  # that one place fewer than these is up, of a team


@dataclass(slots=True)
class Run:
    """A run and the protocol by which it trains."""

    flop_years: float  # C over the seconds of a year
    horizon: float  # years
    goodput: float  # of every place, or 0: every site has its own
    quorum: float  # of the places must be up; read where goodputs differ
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
    price: float  # useful FLOP/s over n_h plus accelerators
    most_price: float  # that no team exceeds
