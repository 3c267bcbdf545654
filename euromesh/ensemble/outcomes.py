"""When every route finishes some targets, over draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from euromesh import routes
from euromesh import units as u
from euromesh.ensemble.draws import draws_at
from euromesh.ensemble.marginals import Array
from euromesh.records import Params
from euromesh.routes import ROUTES

FLAGS: Final = {  # whether a route is built at all in a draw, and how often it is not
    name: ("granted", "never_granted") if name == "owned" else ("built", "never_built")
    for name in ROUTES
    if name != "new_medium"  # loses some of its filings, never all of it by one event
}


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """What draws make of the race; routes in the order of `routes.ROUTES`."""

    years: Array  # targets x routes x draws: finish if built, from the central decision date
    built: NDArray[np.bool_]  # routes x draws: whether the draw builds it
    chance: Array  # routes x draws: the probability with which it does

    @property
    def finish_years(self) -> Array:
        """Finish of what is built in the draw, infinite otherwise: targets x routes x draws."""
        return np.where(self.built, self.years, u.NEVER)


def finish_years(params: Params, points: Array, target: str) -> Array:
    """Finish of a target by route and draw, years from the decision date of `params`.

    Routes in the order of `routes.ROUTES`, one row each; a column a point. Infinite: never.
    """
    found: Array = outcomes(params, (target,), points).finish_years[0]
    return found


def outcomes(params: Params, targets: Sequence[str], points: Array) -> Outcomes:
    """The outcomes at points in (0, 1): a row a draw, a column a coordinate."""
    return one_by_one(params, targets, points)


def one_by_one(params: Params, targets: Sequence[str], points: Array) -> Outcomes:
    """The same by the scalar core, draw by draw: what the arrays are held against."""
    origin = routes.decision_date(params)
    shape = (len(ROUTES), len(points))
    years = np.empty((len(targets), *shape))
    built, chance = np.ones(shape, dtype=bool), np.ones(shape)
    for column, drawn in enumerate(draws_at(params, points)):
        decided = u.years_between(origin, routes.decision_date(drawn))
        for row, (name, make) in enumerate(ROUTES.items()):
            raised, built[row, column], chance[row, column] = _raised(name, drawn, params)
            route = make(raised)
            for index, target in enumerate(targets):
                done = routes.finish_date_years(route, raised.targets[target], raised)
                years[index, row, column] = decided + done
    return Outcomes(years, built, chance)


def _raised(name: str, drawn: Params, params: Params) -> tuple[Params, bool, float]:
    """The draw with the route built, whether the draw builds it, and how often draws do."""
    if name not in FLAGS:
        return drawn, True, 1.0
    flag, never = FLAGS[name]
    terms: Any = getattr(drawn, name)
    possible = getattr(getattr(params, name), flag)
    chance = 1 - getattr(terms, never) if possible else 0.0
    raised: Any = {name: replace(terms, **{flag: True})}
    return replace(drawn, **raised), getattr(terms, flag), chance
