"""The fastest team where places differ in goodput: how many of each kind, then which of a kind.

A place of goodput g in a team counts with r P(at least K - 1 of the others are up), and that
chance is one number for a kind. So for given counts the team is the first of every kind by
c r - p L, which Dinkelbach's iteration finds exactly before U; all counts of a size are tried.
"""

from __future__ import annotations

import math

from euromesh.search.draw import BETTER, Roster, Team, rank, utilization


def told_apart(roster: Roster, count: int) -> float:
    """Number the kinds of the ranked places by goodput; the greatest goodput of a place."""
    greatest = 0.0
    for kind in roster.kinds:
        kind.copies = 0.0
    for at in range(count):
        place = roster.places[roster.ranked[at]]
        greatest = max(greatest, place.goodput)
        place.kind = 0
        while (
            roster.kinds[place.kind].copies > 0
            and roster.kinds[place.kind].goodput != place.goodput
        ):
            place.kind += 1
        roster.kinds[place.kind].goodput = place.goodput
        roster.kinds[place.kind].copies += place.copies
    return float(greatest)


def of_kinds(roster: Roster, size: int, count: int, best: Team, floor: float) -> Team:
    """The fastest team of one size, if it beats the best: over all counts of the kinds."""
    for kind in roster.kinds:
        kind.taken = 0.0
    first, others, more = roster.kinds[0], 0.0, True
    while more:
        first.taken = size - others
        if 0 <= first.taken <= first.copies:
            best = of_counts(roster, size, count, best, floor)
        more = False  # counted on in all kinds but the first, as an odometer does
        for number in range(1, len(roster.kinds)):
            kind = roster.kinds[number]
            if kind.taken < kind.copies:
                kind.taken += 1
                others += 1
                more = True
                break
            others -= kind.taken
            kind.taken = 0.0
    return best


def of_counts(roster: Roster, size: int, count: int, best: Team, floor: float) -> Team:
    """The fastest team with so many of every kind, if it beats the best."""
    terms, kept = roster.sizes[size - 1], roster.kept
    if terms.bound * shared_out(roster, size, count) <= best.flop_per_s:
        return best
    for at in range(count):
        kept[at] = roster.ranked[at]
    before = 0.0
    price, running = summed(roster, count, terms.param_tokens)
    while price > before * BETTER:
        before = price
        rank(roster.places, kept, count, price)
        price, running = summed(roster, count, terms.param_tokens)
    used = utilization(roster.run, roster.fragments, terms, running, floor)
    rate = price * terms.param_tokens * terms.worth * used
    if rate <= best.flop_per_s:
        return best
    mark(roster, count)
    return Team(rate, price, math.inf)


def shared_out(roster: Roster, size: int, count: int) -> float:
    """Give every place the part of its rate that the quorum leaves; the greatest part."""
    others_needed = max(1, math.ceil(roster.run.quorum * size - 1e-9)) - 1
    greatest = 0.0
    for number in range(len(roster.kinds)):
        if roster.kinds[number].taken > 0:
            part = at_least_up(roster, number, others_needed)
            greatest = max(greatest, part)
            for at in range(count):
                place = roster.places[roster.ranked[at]]
                if place.kind == number:
                    place.part = part
    return float(greatest)


def at_least_up(roster: Roster, one: int, needed: int) -> float:
    """P(so many of a team are up besides one of a kind): a Poisson-binomial tail."""
    sizes, count = roster.sizes, 0
    sizes[0].chance = 1.0
    for number in range(len(roster.kinds)):
        up = min(1.0, roster.kinds[number].goodput / roster.run.stepping)
        for _ in range(int(roster.kinds[number].taken) - (number == one)):
            count += 1
            sizes[count].chance = 0.0
            for k in range(count, 0, -1):
                sizes[k].chance = sizes[k].chance * (1 - up) + sizes[k - 1].chance * up
            sizes[0].chance *= 1 - up
    enough = 0.0
    for k in range(max(0, needed), count + 1):
        enough += sizes[k].chance
    return float(min(1.0, enough))


def summed(roster: Roster, count: int, param_tokens: float) -> tuple[float, float]:
    """sum c r / (N B + sum L) of the first of every kind, and their running rate, sum r / g."""
    gross, running, load = 0.0, 0.0, param_tokens
    for kind in roster.kinds:
        kind.left = kind.taken
    for at in range(count):
        place = roster.places[roster.kept[at]]
        kind = roster.kinds[place.kind]
        taken = min(kind.left, place.copies)
        gross += taken * place.part * place.flop_per_s
        running += taken * place.flop_per_s / place.goodput
        load += taken * place.load
        kind.left -= taken
    return gross / load, running * param_tokens / load


def mark(roster: Roster, count: int) -> None:
    """Mark the members: the first of every kind, of places that are one kind the first of all."""
    for place in roster.places:
        place.member = 0.0
    for kind in roster.kinds:
        kind.left = kind.taken
    for at in range(count):
        place = roster.places[roster.kept[at]]
        kind = roster.kinds[place.kind]
        place.member = 1.0 if kind.left > 0 else 0.0
        kind.left -= place.copies
