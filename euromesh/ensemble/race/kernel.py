"""From change to change of the sites: the fastest team and what it computes, draw by draw.

The equations are those of `routes.finish` and `efficiency.best_federation`. Draws share nothing,
so none depends on those beside it. `rows` tells what the fields of a record are.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np

from euromesh.ensemble.compiled import entry, part
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race.rows import PLACE, SITE, SIZE, Draw, Places, Team

Arrays: TypeAlias = tuple[Array, ...]
BETTER: Final = 1 + 1e-12


@entry
def finish_years(
    place: Places, links: Array, sites: Arrays, sizes: Arrays, runs: Any, fragments: Any
) -> Array:
    """t*(C) of every draw, years; infinite where the horizon comes first.

    The place of every site, the link of every place in bit/s, then arrays of draws x sites and
    of draws x sizes in the order of `SITE` and `SIZE`; the first of `sizes` has those that count.
    """
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


@part
def _finish(draw: Draw) -> float:
    """From a change to the next that can matter."""
    now = np.inf
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
    return np.inf


@part
def _needed(run: Any, base: float, n_accel: float) -> float:
    """Bytes that a replica needs on some accelerators."""
    copies = max(1.0, n_accel / run.copied) if run.bytes_per_copy > 0 else 1.0
    return float(base + run.bytes_per_copy * (copies - 1))


@part
def _most_flop_years(draw: Draw) -> float:
    """What all sites compute until the horizon if nothing holds them back: an upper bound."""
    most = worth = 0.0
    for site in draw.sites:
        years = min(site.end, draw.run.horizon) - max(0.0, site.start)
        most += max(0.0, years) * site.flop_per_s * site.copies
    for size in draw.sizes:
        worth = max(worth, size.worth)
    return float(most * worth * (1 + 1e-9))


@part
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


@part
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


@part
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


@part
def _alone(draw: Draw) -> Team:
    """The fastest single place: it has nothing to exchange."""
    run, one = draw.run, draw.sizes[0]
    best, fastest, most_price = Team(0.0, 0.0, 0.0), draw.places[0], 0.0
    for place in draw.places:
        place.member = 0.0
        price = place.flop_per_s / (one.n_half + place.n_accel)
        rate = price * one.n_half * one.worth
        most_price = max(most_price, price)
        held = place.hbm_bytes >= _needed(run, run.alone_bytes, place.n_accel)
        if held and rate > best.flop_per_s:
            best, fastest = Team(rate, price, 0.0), place
    fastest.member = 1.0
    return Team(best.flop_per_s, best.price, most_price)


@part
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


@part
def _rank_beside(draw: Draw, price: float, floor: float) -> tuple[int, int]:
    """Rank the places that can train with others; how many they are, and with their copies."""
    count, copies, base = 0, 0.0, draw.run.beside_bytes
    for at in range(len(draw.ranked)):
        number = draw.ranked[at]
        place = draw.places[number]
        there = place.flop_per_s > 0 and place.link_bits_per_s >= floor
        if there and place.hbm_bytes >= _needed(draw.run, base, place.n_accel):
            draw.ranked[at], draw.ranked[count] = draw.ranked[count], number
            count += 1
            copies += place.copies
    _rank(draw.places, draw.ranked[:count], price)
    return count, min(int(copies), len(draw.sizes))


@part
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


@part
def _of_size(draw: Draw, size: int, count: int, best: Team, floor: float) -> Team:
    """The fastest team of one size, if it beats the best."""
    terms, kept = draw.sizes[size - 1], draw.kept[:count]
    kept[:] = draw.ranked[:count]
    before, price = 0.0, _price(draw.places, kept, size, terms.n_half)
    while price > before * BETTER:
        _rank(draw.places, kept, price)
        before, price = price, _price(draw.places, kept, size, terms.n_half)
    useful = before * terms.n_half
    rate = useful * terms.worth * _utilization(draw, size - 1, useful, floor)
    if rate <= best.flop_per_s:
        return best
    for place in draw.places:
        place.member = 0.0
    left = float(size)
    for number in kept:
        draw.places[number].member = 1.0 if left > 0 else 0.0
        left -= draw.places[number].copies
    return Team(rate, before, best.most_price)


@part
def _rank(places: Any, ranked: Places, price: float) -> None:
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
def _price(places: Any, ranked: Places, size: int, n_half: float) -> float:
    """sum r / (n_h + sum n) of the first places, copies among them."""
    left, gross, accel = float(size), 0.0, n_half
    for number in ranked:
        taken = min(left, places[number].copies)
        gross += taken * places[number].flop_per_s
        accel += taken * places[number].n_accel
        left -= taken
    return gross / accel


@part
def _utilization(draw: Draw, at: int, useful: float, floor: float) -> float:
    """U = H / (H + sum_p stall_p) at a useful rate: see `efficiency.compute_utilization`."""
    run, terms, count = draw.run, draw.sizes[at], len(draw.fragments)
    due, gap, running = 1 + run.overlap_steps, run.inner_steps / count, useful / run.goodput
    exchange = running * terms.exchange_steps * (run.wan_bits_per_s / floor)
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
