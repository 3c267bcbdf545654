"""From change to change of the sites: the fastest team and what it computes, draw by draw.

The equations are those of `routes.finish` and `efficiency.best_federation`. Draws share nothing,
so none depends on those beside it.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from euromesh.ensemble.compiled import entry, part
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race.rows import PLACE, SITE, SIZE

BETTER: Final = 1 + 1e-12


class _Draw(NamedTuple):
    """One draw, and room to work on it."""

    sites: Any
    sizes: Any
    run: Any
    fragments: Any
    places: Any  # what is up in them at a moment
    ranked: NDArray[np.intp]  # places by what they are worth at a price
    kept: NDArray[np.intp]  # the same, for one size


class _Team(NamedTuple):
    flop_per_s: float  # net, useful
    price: float  # useful FLOP/s over n_h plus accelerators


@entry
def finish_years(
    place: NDArray[np.intp],
    links: Array,
    sites: tuple[Array, ...],
    sizes: tuple[Array, ...],
    runs: Any,
    fragments: Any,
) -> Array:
    """t*(C) of every draw, years; infinite where the horizon comes first.

    `place` is the number of every site's place and `links` the rate of every place's, bit/s.
    The arrays are draws x sites and draws x sizes, in the order of `rows.SITE` and `rows.SIZE`;
    the first of the sizes says how many count.
    """
    places = np.zeros(len(links), PLACE)
    for at in range(len(links)):
        places[at].link_bits_per_s = links[at]
    there, terms = np.empty(len(place), SITE), np.empty(sizes[0].shape[1], SIZE)
    ranked, kept = np.arange(len(links)), np.arange(len(links))
    found = np.full(len(runs), np.inf)
    for row in range(len(runs)):
        able = _able(row, place, sites, runs[row], places, there)
        _read(row, sizes, terms)
        draw = _Draw(there[:able], terms, runs[row], fragments, places, ranked, kept)
        if _most_flop_years(draw) >= draw.run.flop_years:
            found[row] = _finish(draw)
    return found


@part
def _able(
    row: int,
    number: NDArray[np.intp],
    sites: tuple[Array, ...],
    run: Any,
    places: Any,
    there: Any,
) -> int:
    """Write down the sites that start before they end where a replica could ever be held alone."""
    start, end, n_accel, flop_per_s, hbm_bytes, copies = sites
    for place in places:
        place.n_accel = 0.0
        place.hbm_bytes = 0.0
    for at in range(len(number)):
        if start[row, at] < np.inf:
            place = places[number[at]]
            place.n_accel += n_accel[row, at]
            place.hbm_bytes += hbm_bytes[row, at]
    count = 0
    for at in range(len(number)):
        place = places[number[at]]
        held = place.hbm_bytes >= _needed(run, run.alone_bytes, place.n_accel)
        if held and start[row, at] < end[row, at]:
            site = there[count]
            site.place = number[at]
            site.start = start[row, at]
            site.end = end[row, at]
            site.n_accel = n_accel[row, at]
            site.flop_per_s = flop_per_s[row, at]
            site.hbm_bytes = hbm_bytes[row, at]
            site.copies = copies[row, at]
            count += 1
    return count


@part
def _read(row: int, sizes: tuple[Array, ...], terms: Any) -> None:
    worth, n_half, exchange_steps, latency_steps = sizes
    for at in range(len(terms)):
        size = terms[at]
        size.worth = worth[row, at]
        size.n_half = n_half[row, at]
        size.exchange_steps = exchange_steps[row, at]
        size.latency_steps = latency_steps[row, at]


@part
def _finish(draw: _Draw) -> float:
    """Goes from a change to the next that can matter: a start, or an end in a place of the team."""
    now = np.inf
    for site in draw.sites:
        now = min(now, site.start)
    now = max(0.0, now)
    left, price = draw.run.flop_years, 0.0
    for at in range(len(draw.ranked)):
        draw.ranked[at] = at
    while now < draw.run.horizon:
        _gather(draw, now)
        team = _fastest(draw, price)
        then = _next(draw, now)
        gained = team.flop_per_s * (then - now)
        if gained >= left and team.flop_per_s > 0:
            return now + left / team.flop_per_s
        left -= gained
        now, price = then, team.price
    return np.inf


@part
def _needed(run: Any, base: float, n_accel: float) -> float:
    """Bytes that a replica needs on some accelerators."""
    return base + run.bytes_per_copy * (max(1.0, n_accel / run.copied) - 1)


@part
def _most_flop_years(draw: _Draw) -> float:
    """What all sites compute until the horizon if nothing holds them back: an upper bound."""
    most, worth = 0.0, 0.0
    for site in draw.sites:
        years = min(site.end, draw.run.horizon) - max(0.0, site.start)
        most += max(0.0, years) * site.flop_per_s * site.copies
    for size in draw.sizes:
        worth = max(worth, size.worth)
    return most * worth * (1 + 1e-9)


@part
def _clear(draw: _Draw) -> None:
    for place in draw.places:
        place.n_accel = 0.0
        place.flop_per_s = 0.0
        place.hbm_bytes = 0.0


@part
def _gather(draw: _Draw, now: float) -> None:
    """What computes in every place from a moment on."""
    _clear(draw)
    for at in range(len(draw.sites)):
        site = draw.sites[at]
        if site.start <= now < site.end:
            place = draw.places[draw.sites[at].place]
            place.n_accel += site.n_accel
            place.flop_per_s += site.flop_per_s
            place.hbm_bytes += site.hbm_bytes
            place.copies = site.copies


@part
def _next(draw: _Draw, now: float) -> float:
    """When a site starts next, or one of the team's ends, or the horizon comes."""
    then = draw.run.horizon
    for at in range(len(draw.sites)):
        site = draw.sites[at]
        if site.start > now:
            then = min(then, site.start)
        elif site.end > now and draw.places[draw.sites[at].place].member > 0:
            then = min(then, site.end)
    return then


# --- the fastest team ----------------------------------------------------------------------------


@part
def _fastest(draw: _Draw, price: float) -> _Team:
    """The fastest team; the price only says where the search begins.

    A team runs at its slowest trunk, so the best one is the best for some trunk as a floor.
    """
    for place in draw.places:
        place.member = 0.0
    wan = draw.run.wan_bits_per_s
    best = _together(draw, price, _alone(draw), wan)
    for place in draw.places:
        if place.link_bits_per_s < wan and place.flop_per_s > 0:
            best = _together(draw, price, best, place.link_bits_per_s)
    return best


@part
def _alone(draw: _Draw) -> _Team:
    """The fastest single place: it has nothing to exchange."""
    best, single = _Team(0.0, 0.0), -1
    one = draw.sizes[0]
    for at in range(len(draw.places)):
        place = draw.places[at]
        price = place.flop_per_s / (one.n_half + place.n_accel)
        rate = price * one.n_half * one.worth
        if rate > best.flop_per_s:
            if place.hbm_bytes >= _needed(draw.run, draw.run.alone_bytes, place.n_accel):
                best, single = _Team(rate, price), at
    if single >= 0:
        draw.places[single].member = 1.0
    return best


@part
def _together(draw: _Draw, price: float, best: _Team, floor: float) -> _Team:
    """The fastest team of two or more places on trunks of at least this rate, if it beats the best.

    Of M places those with the greatest r - p n are fastest, p their own useful FLOP/s over n_h
    plus their accelerators (Dinkelbach). Ranked at any price, the first M bound what any M reach:
    sizes are searched from the greatest bound down, until none beats the best.
    """
    count, most = _rank_beside(draw, max(price, best.price), floor)
    if most < 2:
        return best
    _bound_all(draw, max(price, best.price), most)
    while True:
        at = 1
        for other in range(2, most):
            if draw.sizes[other].bound > draw.sizes[at].bound:
                at = other
        size = draw.sizes[at]
        if size.bound <= best.flop_per_s:
            return best
        if size.useful > 0:
            size.bound *= _utilization(draw, at, size.useful, floor)
            size.useful = 0.0
        else:
            size.bound = 0.0
            best = _of_size(draw, at + 1, count, best, floor)


@part
def _rank_beside(draw: _Draw, price: float, floor: float) -> tuple[int, int]:
    """Rank the places that can train with others; how many they are, and with their copies."""
    count, copies = 0, 0.0
    for at in range(len(draw.ranked)):
        number = draw.ranked[at]
        place = draw.places[number]
        if place.flop_per_s > 0 and place.link_bits_per_s >= floor:
            if place.hbm_bytes >= _needed(draw.run, draw.run.beside_bytes, place.n_accel):
                draw.ranked[at] = draw.ranked[count]
                draw.ranked[count] = number
                count += 1
                copies += place.copies
    _rank(draw.places, draw.ranked[:count], price)
    return count, min(int(copies), len(draw.sizes))


@part
def _bound_all(draw: _Draw, price: float, most: int) -> None:
    """The rate that no team of a size exceeds, and the running rate behind it, both before U.

    Where the best sum of r - p n over a size is p n_h + x, its price is at most p + x / n_h.
    """
    at, left, worth = -1, 0.0, 0.0
    for size in range(most):
        if left == 0:
            at += 1
            left = draw.places[draw.ranked[at]].copies
        left -= 1
        worth += draw.places[draw.ranked[at]].worth
        terms = draw.sizes[size]
        terms.useful = max(price * terms.n_half, worth)
        terms.bound = terms.useful * terms.worth


@part
def _of_size(draw: _Draw, size: int, count: int, best: _Team, floor: float) -> _Team:
    """The fastest team of one size, if it beats the best."""
    terms = draw.sizes[size - 1]
    kept = draw.kept[:count]
    for at in range(count):
        kept[at] = draw.ranked[at]
    price = _price(draw.places, kept, size, terms.n_half)
    while True:
        _rank(draw.places, kept, price)
        further = _price(draw.places, kept, size, terms.n_half)
        if further <= price * BETTER:
            break
        price = further
    running = price * terms.n_half
    rate = running * terms.worth * _utilization(draw, size - 1, running, floor)
    if rate <= best.flop_per_s:
        return best
    for place in draw.places:
        place.member = 0.0
    left = float(size)
    for number in kept:
        draw.places[number].member = 1.0 if left > 0 else 0.0
        left -= draw.places[number].copies
    return _Team(rate, price)


@part
def _rank(places: Any, ranked: NDArray[np.intp], price: float) -> None:
    """Sort places by r - p n, the greatest first; they are nearly sorted as a rule."""
    for number in ranked:
        place = places[number]
        place.worth = place.flop_per_s - price * place.n_accel
    for at in range(1, len(ranked)):
        number, to = ranked[at], at
        worth = places[number].worth
        while to > 0 and places[ranked[to - 1]].worth < worth:
            ranked[to] = ranked[to - 1]
            to -= 1
        ranked[to] = number


@part
def _price(places: Any, ranked: NDArray[np.intp], size: int, n_half: float) -> float:
    """sum r / (n_h + sum n) of the first places, copies among them."""
    left, gross, accel = float(size), 0.0, n_half
    for number in ranked:
        taken = min(left, places[number].copies)
        gross += taken * places[number].flop_per_s
        accel += taken * places[number].n_accel
        left -= taken
    return gross / accel


@part
def _utilization(draw: _Draw, at: int, running: float, floor: float) -> float:
    """U = H / (H + sum_p stall_p) at a running rate: see `efficiency.compute_utilization`."""
    run, terms = draw.run, draw.sizes[at]
    due = 1 + run.overlap_steps
    running /= run.goodput
    exchange = running * terms.exchange_steps * (run.wan_bits_per_s / floor)
    latency = running * terms.latency_steps
    gap = run.inner_steps / len(draw.fragments)
    own = min(1.0, gap / due)
    stall = 0.0
    for one in draw.fragments:
        layer = exchange * one.layer_share
        done = max(one.last + layer, one.first + one.n_layers * layer) + latency
        held = max(own * (done - due), exchange - gap)
        if held <= 0:  # the first fragment is the latest: it holds the last layer
            break
        stall += held
    return run.inner_steps / (run.inner_steps + stall)
