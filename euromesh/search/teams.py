"""The fastest team of places at a moment: Dinkelbach's iteration for each size of team.

Bounds leave out the sizes that cannot win.
"""

from __future__ import annotations

import math
from typing import Any

from euromesh.search.draw import BETTER, Roster, Team, needed, rank, utilization
from euromesh.search.kinds import mark, of_kinds, told_apart


def fastest(roster: Roster, price: float) -> Team:
    """The fastest team; the price only says where the search begins.

    A team runs at its slowest trunk, so the best one is the best for some trunk as a floor.
    """
    wan = roster.run.wan_bits_per_s
    best = together(roster, price, alone(roster), wan)
    for place in roster.places:
        if place.link_bits_per_s < wan and place.flop_per_s > 0:
            best = together(roster, price, best, place.link_bits_per_s)
    return best


def alone(roster: Roster) -> Team:
    """The fastest single place: it has nothing to exchange."""
    run, one = roster.run, roster.sizes[0]
    best, first, most_price = Team(0.0, 0.0, 0.0), roster.places[0], 0.0
    for place in roster.places:
        place.member = 0.0
        price = place.flop_per_s / (one.param_tokens + place.load)
        rate = price * one.param_tokens * one.worth
        most_price = max(most_price, price)
        held = place.hbm_bytes >= needed(run, run.alone_bytes, place.n_accel)
        if held and rate > best.flop_per_s:
            best, first = Team(rate, price, 0.0), place
    first.member = 1.0
    return Team(best.flop_per_s, best.price, most_price)


def together(roster: Roster, price: float, best: Team, floor: float) -> Team:
    """The fastest team of two or more places on trunks of at least this rate, if it beats the best.

    Of M places those with the greatest r - p L are fastest, p their own useful FLOP/s over N B
    plus their load (Dinkelbach). Ranked at any price, the first M bound what any M reach:
    the size of the greatest bound is searched first, then those whose bound beats the best.
    """
    price = max(price, best.price)
    count, most = rank_beside(roster, price, floor)
    if most < 2:
        return best
    first, most_price = bound_all(roster, price, most)
    goodput = roster.run.goodput
    if goodput == 0:
        goodput, most_price = told_apart(roster, count), math.inf
    best = Team(best.flop_per_s, best.price, max(best.most_price, most_price))
    best = of_size(roster, first + 1, count, best, floor)
    for at in range(1, most):
        size = roster.sizes[at]
        hopeful = at != first and size.bound > best.flop_per_s
        if hopeful:
            reached = size.bound * utilization(
                roster.run, roster.fragments, size, size.useful / goodput, floor
            )
            if reached > best.flop_per_s:
                best = of_size(roster, at + 1, count, best, floor)
    return best


def rank_beside(roster: Roster, price: float, floor: float) -> tuple[int, int]:
    """Rank the places that can train with others; how many they are, and with their copies."""
    count, copies, base = 0, 0.0, roster.run.beside_bytes
    for at in range(len(roster.ranked)):
        number = roster.ranked[at]
        place = roster.places[number]
        place.part = 1.0
        there = place.flop_per_s > 0 and place.link_bits_per_s >= floor
        if there and place.hbm_bytes >= needed(roster.run, base, place.n_accel):
            roster.ranked[at], roster.ranked[count] = roster.ranked[count], number
            count += 1
            copies += place.copies
    rank(roster.places, roster.ranked, count, price)
    return count, min(int(copies), len(roster.sizes))


def bound_all(roster: Roster, price: float, most: int) -> tuple[int, float]:
    """The rate that no team of a size exceeds before U; where it is greatest, and the most price.

    Where the best sum of r - p L over a size is p N B + x, its price is at most p + x / (N B).
    """
    at, left, worth, first, most_price = -1, 0.0, 0.0, 1, 0.0
    for number in range(most):
        if left == 0:
            at += 1
            left = roster.places[roster.ranked[at]].copies
        left -= 1
        worth += roster.places[roster.ranked[at]].worth
        size = roster.sizes[number]
        size.useful = max(price * size.param_tokens, worth)
        size.bound = size.useful * size.worth
        most_price = max(most_price, size.useful / size.param_tokens)
        if number > 1 and size.bound > roster.sizes[first].bound:
            first = number
    return first, most_price


def of_size(roster: Roster, size: int, count: int, best: Team, floor: float) -> Team:
    """The fastest team of one size, if it beats the best."""
    if roster.run.goodput == 0:
        return of_kinds(roster, size, count, best, floor)
    terms, kept = roster.sizes[size - 1], roster.kept
    for at in range(count):
        kept[at] = roster.ranked[at]
    before, price = 0.0, price_of(roster.places, kept, count, size, terms.param_tokens)
    while price > before * BETTER:
        rank(roster.places, kept, count, price)
        before, price = price, price_of(roster.places, kept, count, size, terms.param_tokens)
    useful = before * terms.param_tokens
    running = useful / roster.run.goodput
    used = utilization(roster.run, roster.fragments, terms, running, floor)
    rate = useful * terms.worth * used
    if rate <= best.flop_per_s:
        return best
    roster.kinds[0].taken = float(size)
    mark(roster, count)
    return Team(rate, before, best.most_price)


def price_of(places: Any, ranked: Any, count: int, size: int, param_tokens: float) -> float:
    """sum r / (N B + sum L) of the first places of a team, copies among them."""
    left, gross, load = float(size), 0.0, param_tokens
    for at in range(count):
        place = places[ranked[at]]
        taken = min(left, place.copies)
        gross += taken * place.flop_per_s
        load += taken * place.load
        left -= taken
    return gross / load
