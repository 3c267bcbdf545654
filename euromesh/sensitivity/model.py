"""The race as a model of points, and of parameters: what every analysis here is asked about."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from euromesh import routes
from euromesh import units as u
from euromesh.ensemble import Outcomes, inputs, n_coordinates, outcomes
from euromesh.ensemble.inputs import LEADING
from euromesh.ensemble.marginals import Array
from euromesh.records import Params
from euromesh.routes import ROUTES
from euromesh.sensitivity.points import Design

OWNED, CAMPUS = (list(ROUTES).index(name) for name in ("owned", "campus"))
OUTCOMES: Final = ("owned finish", "campus finish", "owned before campus", "owned first")
CHUNK: Final = 1024  # draws at a time


@dataclass(frozen=True, slots=True)
class RaceModel:
    """The race around some parameters to a target, on the clock of their decision date."""

    params: Params
    target: str

    def finishes(self, points: Array) -> Array:
        """Finish of every route at points: routes x n, years, infinite for never."""
        return np.concatenate([part.finish_years[0] for part in self._parts(points)], axis=1)

    def finishes_if_built(self, points: Array) -> Array:
        """The same where every route is granted or built: routes x n, years."""
        return np.concatenate([part.years[0] for part in self._parts(points)], axis=1)

    def outcomes(self, points: Array) -> Array:
        """The `OUTCOMES` at points, a row each: two finishes in years, two verdicts as 0 or 1."""
        return outcomes_of(self.finishes(points))

    def verdicts(self, points: Array) -> Array:
        """The verdicts alone: owned before campus, owned first of all; 2 x n of 0 or 1."""
        return self.outcomes(points)[2:]

    def finish(self, name: str, changed: Params) -> float:
        """Finish of a route under changed parameters, years."""
        origin, decided = (routes.decision_date(one) for one in (self.params, changed))
        done = routes.finish_date_years(
            ROUTES[name](changed), changed.targets[self.target], changed
        )
        return u.years_between(origin, decided) + done

    def lead_months(self, changed: Params) -> float:
        """What the owned machines finish ahead of the campus, months.

        Infinite where only one of them ever finishes, 0 where neither does.
        """
        owned, campus = self.finish("owned", changed), self.finish("campus", changed)
        if math.isinf(owned) and math.isinf(campus):
            return 0.0
        return (campus - owned) * u.MONTHS_PER_YEAR

    def is_before_campus(self, changed: Params) -> bool:
        """Whether the owned machines finish before the campus."""
        return self.lead_months(changed) > 0

    def is_first(self, changed: Params) -> bool:
        """Whether the owned machines finish before every other route."""
        finish = partial(self.finish, changed=changed)
        owned = finish("owned")
        return all(owned < finish(name) for name in ROUTES if name != "owned")

    def _parts(self, points: Array) -> Iterator[Outcomes]:
        for start in range(0, len(points), CHUNK):
            yield outcomes(self.params, (self.target,), points[start : start + CHUNK])


def outcomes_of(finishes: Array) -> Array:
    """The `OUTCOMES` of finishes (routes x n); a tie, or never against never, is no win."""
    owned, campus = finishes[OWNED], finishes[CAMPUS]
    others = np.delete(finishes, OWNED, axis=0).min(axis=0)
    return np.stack([owned, campus, owned < campus, owned < others])


def design(n: int, seed: int) -> Design:
    """The points of the race."""
    return Design(dimensions=n_coordinates(), leading=LEADING, n=n, seed=seed)


def groups(params: Params) -> dict[str, list[int]]:
    """The columns of every group of inputs, by the group's name."""
    found: dict[str, list[int]] = defaultdict(list)
    for one in inputs(params):
        found[one.group].append(one.column)
    return dict(found)


def singles(params: Params, names: Sequence[str]) -> dict[str, list[int]]:
    """The column of every one of some inputs, by its name."""
    columns = {one.name: one.column for one in inputs(params)}
    return {name: [columns[name]] for name in names}
