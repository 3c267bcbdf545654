"""The fastest team of sites at each moment, and when it has computed a run.

Plain Python on whatever has these fields: objects and lists of floats, or the rows of arrays that
`ensemble` compiles it for. From change to change of the sites, by Dinkelbach's iteration for each
size of team, with bounds that leave out sizes which cannot win.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

BETTER: Final = 1 + 1e-12


class Draw(NamedTuple):
    """What is searched, and room to work on it."""

    sites: Any  # place, start, end (years), n_accel, flop_per_s, hbm_bytes, copies
    sizes: Any  # of a team, from one place up: worth, n_half, exchange_steps, latency_steps
    run: Any
    fragments: Any  # first, last, n_layers, layer_share
    places: Any  # link_bits_per_s; what is up in them at a moment
    ranked: Any  # numbers of places, by what they are worth at a price
    kept: Any  # the same, for one size


class Team(NamedTuple):
    """What the fastest team computes; its places are marked as members."""

    flop_per_s: float  # net, useful
    price: float  # useful FLOP/s over n_h plus accelerators
    most_price: float  # that no team exceeds


def finish(draw: Draw) -> float:
    """t*(C), years: from a change of the sites to the next that can matter; infinite for never."""
    now = math.inf
    for site in draw.sites:
        now = min(now, site.start)
    now, left, price = max(0.0, now), draw.run.flop_years, 0.0
    for at in range(len(draw.ranked)):
        draw.ranked[at] = at
    while now < draw.run.horizon:
        _gather(draw, now)
        team = _fastest(draw, price)
        then = _next(draw, now, team.most_price)
        gained = team.flop_per_s * (then - now)
        if gained >= left and team.flop_per_s > 0:
            return float(now + left / team.flop_per_s)
        left -= gained
        now, price = then, team.price
    return math.inf


def needed(run: Any, base: float, n_accel: float) -> float:
    """Bytes that a replica needs on some accelerators."""
    copies = max(1.0, n_accel / run.copied) if run.bytes_per_copy > 0 else 1.0
    return float(base + run.bytes_per_copy * (copies - 1))


def most_flop_years(draw: Draw) -> float:
    """What all sites compute until the horizon if nothing holds them back: an upper bound."""
    most = worth = 0.0
    for site in draw.sites:
        years = min(site.end, draw.run.horizon) - max(0.0, site.start)
        most += max(0.0, years) * site.flop_per_s * site.copies
    for size in draw.sizes:
        worth = max(worth, size.worth)
    return float(most * worth * (1 + 1e-9))


def _gather(draw: Draw, now: float) -> None:
    """What computes in every place from a moment on."""
    for place in draw.places:
        place.n_accel = place.flop_per_s = place.hbm_bytes = 0.0
    for site in draw.sites:
        if site.start <= now < site.end:
            place = draw.places[site.place]
            place.n_accel += site.n_accel
            place.flop_per_s += site.flop_per_s
            place.hbm_bytes += site.hbm_bytes
            place.copies = site.copies


def _next(draw: Draw, now: float, most_price: float) -> float:
    """When a site starts, or the horizon comes, or a site ends in the team or held its place back.

    Out of the team none did whose r >= p n at every price p, unless it took memory from others.
    """
    then = draw.run.horizon
    for site in draw.sites:
        if site.start > now:
            then = min(then, site.start)
        elif site.end > now:
            held_back = site.flop_per_s < most_price * site.n_accel or draw.run.bytes_per_copy > 0
            if held_back or draw.places[site.place].member > 0:
                then = min(then, site.end)
    return float(then)


# --- the fastest team ----------------------------------------------------------------------------


def _fastest(draw: Draw, price: float) -> Team:
    """The fastest team; the price only says where the search begins.

    A team runs at its slowest trunk, so the best one is the best for some trunk as a floor.
    """
    wan = draw.run.wan_bits_per_s
    best = _together(draw, price, _alone(draw), wan)
    for place in draw.places:
        if place.link_bits_per_s < wan and place.flop_per_s > 0:
            best = _together(draw, price, best, place.link_bits_per_s)
    return best


def _alone(draw: Draw) -> Team:
    """The fastest single place: it has nothing to exchange."""
    run, one = draw.run, draw.sizes[0]
    best, fastest, most_price = Team(0.0, 0.0, 0.0), draw.places[0], 0.0
    for place in draw.places:
        place.member = 0.0
        price = place.flop_per_s / (one.n_half + place.n_accel)
        rate = price * one.n_half * one.worth
        most_price = max(most_price, price)
        held = place.hbm_bytes >= needed(run, run.alone_bytes, place.n_accel)
        if held and rate > best.flop_per_s:
            best, fastest = Team(rate, price, 0.0), place
    fastest.member = 1.0
    return Team(best.flop_per_s, best.price, most_price)


def _together(draw: Draw, price: float, best: Team, floor: float) -> Team:
    """The fastest team of two or more places on trunks of at least this rate, if it beats the best.

    Of M places those with the greatest r - p n are fastest, p their own useful FLOP/s over n_h
    plus their accelerators (Dinkelbach). Ranked at any price, the first M bound what any M reach:
    the size of the greatest bound is searched first, then those whose bound beats the best.
    """
    price = max(price, best.price)
    count, most = _rank_beside(draw, price, floor)
    if most < 2:
        return best
    first, most_price = _bound_all(draw, price, most)
    best = Team(best.flop_per_s, best.price, max(best.most_price, most_price))
    best = _of_size(draw, first + 1, count, best, floor)
    for at in range(1, most):
        size = draw.sizes[at]
        hopeful = at != first and size.bound > best.flop_per_s
        if hopeful and size.bound * _utilization(draw, at, size.useful, floor) > best.flop_per_s:
            best = _of_size(draw, at + 1, count, best, floor)
    return best


def _rank_beside(draw: Draw, price: float, floor: float) -> tuple[int, int]:
    """Rank the places that can train with others; how many they are, and with their copies."""
    count, copies, base = 0, 0.0, draw.run.beside_bytes
    for at in range(len(draw.ranked)):
        number = draw.ranked[at]
        place = draw.places[number]
        there = place.flop_per_s > 0 and place.link_bits_per_s >= floor
        if there and place.hbm_bytes >= needed(draw.run, base, place.n_accel):
            draw.ranked[at], draw.ranked[count] = draw.ranked[count], number
            count += 1
            copies += place.copies
    _rank(draw.places, draw.ranked, count, price)
    return count, min(int(copies), len(draw.sizes))


def _bound_all(draw: Draw, price: float, most: int) -> tuple[int, float]:
    """The rate that no team of a size exceeds before U; where it is greatest, and the most price.

    Where the best sum of r - p n over a size is p n_h + x, its price is at most p + x / n_h.
    """
    at, left, worth, first, most_price = -1, 0.0, 0.0, 1, 0.0
    for number in range(most):
        if left == 0:
            at += 1
            left = draw.places[draw.ranked[at]].copies
        left -= 1
        worth += draw.places[draw.ranked[at]].worth
        size = draw.sizes[number]
        size.useful = max(price * size.n_half, worth)
        size.bound = size.useful * size.worth
        most_price = max(most_price, size.useful / size.n_half)
        if number > 1 and size.bound > draw.sizes[first].bound:
            first = number
    return first, most_price


def _of_size(draw: Draw, size: int, count: int, best: Team, floor: float) -> Team:
    """The fastest team of one size, if it beats the best."""
    terms, kept = draw.sizes[size - 1], draw.kept
    for at in range(count):
        kept[at] = draw.ranked[at]
    before, price = 0.0, _price(draw.places, kept, count, size, terms.n_half)
    while price > before * BETTER:
        _rank(draw.places, kept, count, price)
        before, price = price, _price(draw.places, kept, count, size, terms.n_half)
    useful = before * terms.n_half
    rate = useful * terms.worth * _utilization(draw, size - 1, useful, floor)
    if rate <= best.flop_per_s:
        return best
    for place in draw.places:
        place.member = 0.0
    left = float(size)
    for at in range(count):
        draw.places[kept[at]].member = 1.0 if left > 0 else 0.0
        left -= draw.places[kept[at]].copies
    return Team(rate, before, best.most_price)


def _rank(places: Any, ranked: Any, count: int, price: float) -> None:
    """Sort the first places by r - p n, the greatest first; they are nearly sorted as a rule."""
    for at in range(count):
        place = places[ranked[at]]
        place.worth = place.flop_per_s - price * place.n_accel
    for at in range(1, count):
        number, to = ranked[at], at
        worth = places[number].worth
        while to > 0 and places[ranked[to - 1]].worth < worth:
            ranked[to] = ranked[to - 1]
            to -= 1
        ranked[to] = number


def _price(places: Any, ranked: Any, count: int, size: int, n_half: float) -> float:
    """sum r / (n_h + sum n) of the first places of a team, copies among them."""
    left, gross, accel = float(size), 0.0, n_half
    for at in range(count):
        place = places[ranked[at]]
        taken = min(left, place.copies)
        gross += taken * place.flop_per_s
        accel += taken * place.n_accel
        left -= taken
    return gross / accel


def _utilization(draw: Draw, at: int, useful: float, floor: float) -> float:
    """U = H / (H + sum_p stall_p) at a useful rate: see `efficiency.compute_utilization`."""
    run, terms, count = draw.run, draw.sizes[at], len(draw.fragments)
    due, gap, running = 1 + run.overlap_steps, run.inner_steps / count, useful / run.goodput
    slower = 1.0 if floor == run.wan_bits_per_s else run.wan_bits_per_s / floor
    exchange = running * terms.exchange_steps * slower
    latency = running * terms.latency_steps
    own, stall = min(1.0, gap / due), 0.0
    for one in draw.fragments:
        layer = exchange * one.layer_share
        done = max(one.last + layer, one.first + one.n_layers * layer) + latency
        held = max(own * (done - due), exchange - gap)
        if held <= 0:  # the first fragment is the latest: it holds the last layer
            break
        stall += held
    return float(run.inner_steps / (run.inner_steps + stall))
