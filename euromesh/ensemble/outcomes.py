"""When every route finishes some targets, over draws."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from euromesh import units as u
from euromesh.ensemble.chance import flags
from euromesh.ensemble.columns import Columns, Varied, varied
from euromesh.ensemble.inputs import n_coordinates
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race import finishes
from euromesh.records import Params
from euromesh.routes import ROUTES

EVEN: Final = 4096  # points across a range over which a probability is averaged
AT_ONCE: Final = 4096  # draws: fewer cost more calls, the memory of more is not kept
KEPT: Final = 31 * 2**20  # bytes
np.empty(KEPT, dtype=np.uint8)  # once freed, glibc keeps blocks up to this size, pages and all


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


@dataclass(frozen=True, slots=True)
class DrawnRace:
    """A race towards some targets around some parameters, ready to be drawn."""

    of: Varied
    targets: Sequence[str]
    read_elsewhere: Collection[str]  # flags that another route's date reads: they stay drawn

    def outcomes(self, points: Array) -> Outcomes:
        """The outcomes at points in (0, 1): a row a draw, a column a coordinate."""
        shape = (len(ROUTES), len(points))
        found = Outcomes(
            np.empty((len(self.targets), *shape)), np.empty(shape, dtype=bool), np.empty(shape)
        )
        for start in range(0, len(points), AT_ONCE):
            rows = slice(start, start + AT_ONCE)
            some = self._together(points[rows])
            found.years[..., rows] = some.years
            found.built[:, rows] = some.built
            found.chance[:, rows] = some.chance
        return found

    def _together(self, points: Array) -> Outcomes:
        columns = Columns(self.of, points)
        central = self.of.params.race.decision_date
        decided = u.years_after(central, columns.params().race.decision_date)
        shape = (len(ROUTES), len(points))
        years = np.empty((len(self.targets), *shape))
        built, chance = np.ones(shape, dtype=bool), np.ones(shape)
        for row, name in enumerate(ROUTES):
            flag, never = flags().get(name, ("", ""))
            years[:, row] = finishes(name, columns, self.targets, flag) + decided
            if flag:
                built[row] = columns.number(flag)
                left_open = columns.varies(flag) and flag not in self.read_elsewhere
                chance[row] = 1 - columns.number(never) if left_open else columns.number(flag)
        return Outcomes(years, built, chance)


def drawn_race(params: Params, targets: Sequence[str]) -> DrawnRace:
    """The race towards some targets around some parameters."""
    joined = ("leased.built",) if round(params.owned.leased_sites) > 0 else ()
    return DrawnRace(varied(params), tuple(targets), joined)


def chance_of(name: str, params: Params) -> float:
    """The probability that a route is built, over the range of how often it is not.

    Nothing else reads that input, so P(a route finishes first | it is built) is P over this.
    """
    flag, never = flags()[name]
    of = varied(params)
    points = np.full((EVEN, n_coordinates()), 0.5)
    if never in of.columns:
        points[:, of.columns[never]] = (np.arange(EVEN) + 0.5) / EVEN
    columns = Columns(of, points)
    return float(
        np.mean(1 - columns.number(never) if columns.varies(flag) else columns.number(flag))
    )


def outcomes(params: Params, targets: Sequence[str], points: Array) -> Outcomes:
    """The outcomes at points in (0, 1): a row a draw, a column a coordinate."""
    return drawn_race(params, targets).outcomes(points)


def drawn_finishes(params: Params, points: Array, target: str) -> Array:
    """Finish of a target by route and draw, years from the decision date of `params`.

    Routes in the order of `routes.ROUTES`, one row each; a column a point. Infinite: never.
    """
    found: Array = outcomes(params, (target,), points).finish_years[0]
    return found
