"""What the finish of every route over draws reads: what its numbers say they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from euromesh import ensemble, routes
from euromesh.records import Params
from euromesh.report.spread import NOTED, SEED
from euromesh.report.watch import seeing
from euromesh.routes import ROUTES

Reads: TypeAlias = Mapping[str, Mapping[str, frozenset[str]]]  # ids, by route and target
MEET_ALL: Final = 4  # draws that meet what only another target makes a route read


def reads(params: Params) -> Reads:
    """The ids that the finish of every route reads, by target.

    The first draws are raced one by one through a view of the parameters; all of them together
    read the same.
    """
    drawn = ensemble.sample(params, NOTED, SEED)
    return {name: _of_route(name, params, drawn) for name in ROUTES}


def of_target(found: Reads, target: str) -> frozenset[str]:
    """What the finishes of all routes read for a target."""
    return frozenset[str]().union(*(by_target[target] for by_target in found.values()))


def _of_route(name: str, params: Params, drawn: ensemble.Draws) -> dict[str, frozenset[str]]:
    main = params.race.target
    ours = _seen(name, main, drawn, NOTED)
    own = {key for key in ours if key.startswith(f"targets.{main}.")}
    found = {
        target: ours if target == main else (ours - own) | _seen(name, target, drawn, MEET_ALL)
        for target in params.targets
    }
    return {key: frozenset(read | ensemble.behind(params, read)) for key, read in found.items()}


def _seen(name: str, target: str, drawn: ensemble.Draws, n: int) -> set[str]:
    read: set[str] = set()
    for index in range(n):
        seen = seeing(drawn[index], read)
        routes.finish_date_years(ROUTES[name](seen), seen.targets[target], seen)
    return read
