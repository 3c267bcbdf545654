"""From change to change of the sites: rates, spans, and the finish date."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from euromesh.search.draw import Draw, Team
from euromesh.search.kinds import told_apart
from euromesh.search.teams import alone, bound_all, fastest, of_size, rank_beside


def finish(draw: Draw, left: Any, found: Any) -> None:
    """t*(C), years, of every C, given as the FLOP-years that are left; infinite for never."""
    roster, most, price, waiting = draw.roster, most_flop_years(draw), 0.0, 0
    for at in range(len(left)):
        found[at] = math.inf
        if most >= left[at]:
            waiting += 1
    now = math.inf
    for site in draw.sites:
        now = min(now, site.start)
    now = max(0.0, now)
    for at in range(len(roster.ranked)):
        roster.ranked[at] = at
    while waiting > 0 and now < roster.run.horizon:
        gather(draw.sites, roster.run, roster.places, now)
        team = fastest(roster, price)
        then = following(draw.sites, roster.run, roster.places, now, team.most_price)
        waiting -= computed(left, found, now, then, team.flop_per_s)
        now, price = then, team.price


def computed(left: Any, found: Any, now: float, then: float, flop_per_s: float) -> int:
    """Date what a rate completes in a span, and take the span from the rest; how many it dates."""
    count, gained = 0, flop_per_s * (then - now)
    for at in range(len(left)):
        if found[at] == math.inf and gained >= left[at] and flop_per_s > 0:
            found[at] = now + left[at] / flop_per_s
            count += 1
        left[at] -= gained
    return count


def segments(draw: Draw, start: float) -> Iterator[tuple[float, float, Team]]:
    """Start, end in years and team of every span in which that is the fastest, from a moment on.

    While a span is at hand its members are marked in the roster. Never compiled.
    """
    roster, now, price = draw.roster, start, 0.0
    while now < roster.run.horizon:
        gather(draw.sites, roster.run, roster.places, now)
        team = fastest(roster, price)
        then = following(draw.sites, roster.run, roster.places, now, team.most_price)
        yield now, then, team
        now, price = then, team.price


def fastest_of(draw: Draw, size: int) -> Team:
    """The fastest team of so many places at the start, over every trunk as a floor.

    Its places are marked as members. Never compiled.
    """
    roster, best = draw.roster, Team(0.0, 0.0, 0.0)
    gather(draw.sites, roster.run, roster.places, 0.0)
    if size == 1:
        return alone(roster)
    for floor in sorted({min(roster.run.wan_bits_per_s, p.link_bits_per_s) for p in roster.places}):
        count, most = rank_beside(roster, 0.0, floor)
        if size <= most:
            bound_all(roster, 0.0, most)
            told_apart(roster, count)
            best = of_size(roster, size, count, best, floor)
    return best


def most_flop_years(draw: Draw) -> float:
    """What all sites compute until the horizon if nothing holds them back: an upper bound."""
    most = worth = 0.0
    for site in draw.sites:
        years = min(site.end, draw.roster.run.horizon) - max(0.0, site.start)
        most += max(0.0, years) * site.flop_per_s * site.copies
    for size in draw.roster.sizes:
        worth = max(worth, size.worth)
    return float(most * worth * (1 + 1e-9))


def gather(sites: Any, run: Any, places: Any, now: float) -> None:
    """What computes in every place from a moment on."""
    for place in places:
        place.n_accel = place.load = place.flop_per_s = place.hbm_bytes = place.goodput = 0.0
    for site in sites:
        if site.start <= now < site.end:
            place = places[site.place]
            if run.goodput == 0:
                place.goodput = common_goodput(place, site)
            place.n_accel += site.n_accel
            place.load += site.load
            place.flop_per_s += site.flop_per_s
            place.hbm_bytes += site.hbm_bytes
            place.copies = site.copies


def common_goodput(place: Any, site: Any) -> float:
    """Goodput of a place that a site joins: weighted by their running rates where they differ."""
    if place.goodput == site.goodput or site.flop_per_s == 0:
        return float(place.goodput)
    if place.flop_per_s == 0:
        return float(site.goodput)
    useful = place.flop_per_s + site.flop_per_s
    return float(useful / (place.flop_per_s / place.goodput + site.flop_per_s / site.goodput))


def following(sites: Any, run: Any, places: Any, now: float, most_price: float) -> float:
    """When a site starts, or the horizon comes, or a site ends in the team or held its place back.

    Out of the team none did whose r >= p L at every price p, unless it took memory from others.
    """
    then = run.horizon
    for site in sites:
        if site.start > now:
            then = min(then, site.start)
        elif site.end > now:
            held_back = site.flop_per_s < most_price * site.load or run.bytes_per_copy > 0
            if held_back or places[site.place].member > 0:
                then = min(then, site.end)
    return float(then)
