"""The race as a model of points, and of parameters: what every analysis here is asked about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from euromesh import routes
from euromesh import units as u
from euromesh.ensemble import inputs, n_coordinates, outcomes
from euromesh.ensemble.chance import flags
from euromesh.ensemble.columns import Columns, varied
from euromesh.ensemble.inputs import LEADING
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race import finishes
from euromesh.records import Params
from euromesh.routes import ROUTES
from euromesh.sensitivity.points import Design

OWNED, CAMPUS = (list(ROUTES).index(name) for name in ("owned", "campus"))
OUTCOMES: Final = ("owned finish", "campus finish", "owned before campus", "owned first")


@dataclass(frozen=True, slots=True, eq=False)
class Raced:
    """A race at some points: the finish of every route if built, and the ids that it read."""

    columns: Columns
    years: Sequence[Array]
    read: Sequence[Set[str]]


@dataclass(frozen=True, slots=True)
class RaceModel:
    """The race around some parameters to a target, on the clock of their decision date."""

    params: Params
    target: str
    raced: Raced | None = None  # what is known already

    def near(self, points: Array) -> RaceModel:
        """The same, quick at points that differ from these in few columns.

        A route that read none of the columns that differ keeps its finish.
        """
        columns, years, read = Columns(varied(self.params), points), [], []
        for name in ROUTES:
            own = Columns(columns.of, points)
            years.append(years_if_built(own, name, self.target))
            read.append(own.made.keys())
            columns.made.update(own.made)
        return replace(self, raced=Raced(columns, years, read))

    def finishes(self, points: Array, names: Collection[str] = tuple(ROUTES)) -> Array:
        """Finish of routes, in their order, at points: routes x n, years, infinite for never."""
        if self.raced is None:
            found: Array = outcomes(self.params, (self.target,), points).finish_years[0]
            return found[[name in names for name in ROUTES]]
        columns, rows = self.raced.columns.moved(points), []
        kept = set(columns.made)
        for name, years, read in zip(ROUTES, self.raced.years, self.raced.read, strict=True):
            if name not in names:
                continue
            if not read <= kept:
                years = years_if_built(columns, name, self.target)
            flag, _ = flags().get(name, ("", ""))
            rows.append(np.where(columns.number(flag) if flag else True, years, u.NEVER))
        return np.stack(rows)

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

    def is_before_campus(self, changed: Params) -> bool:
        """Whether the owned machines finish before the campus."""
        return self.finish("owned", changed) < self.finish("campus", changed)

    def is_first(self, changed: Params) -> bool:
        """Whether the owned machines finish before every other route."""
        owned = self.finish("owned", changed)
        return all(owned < self.finish(name, changed) for name in ROUTES if name != "owned")


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


def years_if_built(columns: Columns, name: str, target: str) -> Array:
    """Finish of one route if built, years."""
    central, (flag, _) = columns.of.params.race.decision_date, flags().get(name, ("", ""))
    (years,) = finishes(name, columns, (target,), flag)
    found: Array = years + u.years_after(central, columns.params().race.decision_date)
    return found
