"""Which routes are level: those whose order on plan an assumed wait turns within its range.

An assumed wait is a parameter in months or years that we assume, with a range, and that moves the
first hour of a route. One that a scenario or an override sets is known, and turns nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations
from typing import Final, TypeAlias

from euromesh import ensemble, routes, sensitivity
from euromesh.ensemble import Input
from euromesh.facts import tables as t
from euromesh.facts.finishes import FEDERATION, main, raced
from euromesh.facts.naming import NOTHING, named
from euromesh.facts.tables import Column, Figure, Run, figures, once, table
from euromesh.facts.watch import plain
from euromesh.params import library
from euromesh.records import Params
from euromesh.records.tree import with_values
from euromesh.routes import ROUTES, Finish
from euromesh.sensitivity.settings import HIGH, LOW

Finishes: TypeAlias = Mapping[str, Finish]  # by route

WAITED: Final = ("months", "years")


def assumed_waits(params: Params) -> list[Input]:
    """What draws vary of the months and years that we assume with a range."""
    return [one for one in ensemble.inputs(params) if _is_assumed(one.name)]


def _is_assumed(name: str) -> bool:
    known = library().parameters.get(name)
    return bool(known and known.how == "assumed" and known.unit in WAITED and known.low is not None)


@once
def at_the_ends(params: Params) -> dict[str, list[Finishes]]:
    """The finish of every route at the low and the high end of each assumed wait, by its name."""
    own = plain(params)
    return {
        wait.name: [
            _finishes(with_values(own, sensitivity.values_at(own, wait, end)))
            for end in (LOW, HIGH)
        ]
        for wait in assumed_waits(own)
    }


def _finishes(params: Params) -> Finishes:
    return {
        name: routes.finish(make(params), main(params), params) for name, make in ROUTES.items()
    }


def turned_by(run: Run, one: str, other: str) -> list[str]:
    """The assumed waits that turn the order of two routes, each alone at an end of its range."""
    pair = (one, other)
    plan = {name: raced(run, name, run.params.race.target) for name in pair}
    ends = at_the_ends(run)
    run.note(ends)
    return [
        wait
        for wait, found in ends.items()
        if any(
            order(end, *pair) not in (0, order(plan, *pair))
            and any(end[r].first_compute_years != plan[r].first_compute_years for r in pair)
            for end in found
        )
    ]


def order(found: Finishes, one: str, other: str) -> int:
    """-1 where the first of two routes finishes earlier, 1 where it is later, else 0."""
    first, second = (found[name].finish_years for name in (one, other))
    return (first > second) - (first < second)


@table(
    each=lambda _: combinations(ROUTES, 2),
    one=t.NAME,
    other=t.NAME,
    level=Column("choice", "s", "race.level.{one}_{other}"),
    first=t.TEXT.headed("on plan first"),
    second=t.TEXT.headed("level with it"),
    turned_by=t.TEXT.headed("one wait that turns them"),
)
def levels(run: Run, one: str, other: str) -> tuple[str, str, str, str]:
    """Whether two routes are level on plan: an assumed wait turns their order, or none stands.

    Two that never finish on plan have no order.
    """
    plan = {name: raced(run, name, run.params.race.target) for name in (one, other)}
    waits = turned_by(run, one, other)
    finite = all(math.isfinite(done.finish_years) for done in plan.values())
    is_level = bool(waits) if order(plan, one, other) else finite
    first, second = sorted((one, other), key=lambda name: plan[name].finish_years)
    told = "; ".join(map(named, waits)) or NOTHING
    return "yes" if is_level else "no", ROUTES[first].label, ROUTES[second].label, told


@figures
def level_with_owned(run: Run) -> dict[str, Figure]:
    """The routes that are level with the public machines."""
    found = run["levels"].query(f"level == 'yes' and {FEDERATION!r} in (one, other)")
    others = [name for name in (*found["one"], *found["other"]) if name != FEDERATION]
    labels = ", ".join(ROUTES[name].label for name in others)
    return {"race.level_with_owned": Figure(labels or "none", "text", "s")}
