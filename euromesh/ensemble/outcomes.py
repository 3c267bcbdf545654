"""When every route finishes some targets, over draws."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from euromesh import units as u
from euromesh.ensemble.chance import flags
from euromesh.ensemble.columns import Columns, varied
from euromesh.ensemble.inputs import n_coordinates
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race import finishes
from euromesh.records import Params
from euromesh.routes import ROUTES

EVEN: Final = 4096  # points across a range over which a probability is averaged
AT_ONCE: Final = 4096  # draws: fewer cost more calls, the memory of more is not kept
KEPT: Final = 31 * 2**20  # bytes
np.empty(KEPT, dtype=np.uint8)  # once freed, glibc keeps blocks up to this size, pages and all


class Outcomes(NamedTuple):
    """What draws make of the race; routes in the order of `routes.ROUTES`."""

    years: Array  # targets x routes x draws: finish if built, from the central decision date
    built: NDArray[np.bool_]  # routes x draws: whether the draw builds it
    chance: Array  # routes x draws: the probability with which it does

    @property
    def finish_years(self) -> Array:
        """Finish of what is built in the draw, infinite otherwise: targets x routes x draws."""
        return np.where(self.built, self.years, u.NEVER)


def outcomes(params: Params, targets: Sequence[str], points: Array) -> Outcomes:
    """The outcomes at points in (0, 1): a row a draw, a column a coordinate."""
    parts = (points[start : start + AT_ONCE] for start in range(0, len(points), AT_ONCE))
    found = zip(*outcomes_of_parts(params, targets, parts), strict=True)
    return Outcomes(*(np.concatenate(arrays, axis=-1) for arrays in found))


def outcomes_of_parts(
    params: Params, targets: Sequence[str], parts: Iterable[Array]
) -> Iterator[Outcomes]:
    """The same of points that come part by part."""
    of, central = varied(params), params.race.decision_date
    # a flag that another route's date reads stays drawn
    drawn = ("leased.built",) if round(params.owned.leased_sites) > 0 else ()
    for points in parts:
        columns = Columns(of, points)
        decided = u.years_after(central, columns.params().race.decision_date)
        shape = (len(ROUTES), len(points))
        years = np.empty((len(targets), *shape))
        built, chance = np.ones(shape, dtype=bool), np.ones(shape)
        for row, name in enumerate(ROUTES):
            flag, never = flags().get(name, ("", ""))
            years[:, row] = finishes(name, columns, targets, flag) + decided
            if flag:
                built[row] = columns.number(flag)
                chance[row] = built[row] if flag in drawn else odds_built(columns, flag, never)
        yield Outcomes(years, built, chance)


def chance_of(name: str, params: Params) -> float:
    """The probability that a route is built, over the range of how often it is not.

    Nothing else reads that input, so P(a route finishes first | it is built) is P over this.
    """
    flag, never = flags()[name]
    of = varied(params)
    points = np.full((EVEN, n_coordinates()), 0.5)
    if never in of.columns:
        points[:, of.columns[never]] = (np.arange(EVEN) + 0.5) / EVEN
    return float(np.mean(odds_built(Columns(of, points), flag, never)))


def odds_built(columns: Columns, flag: str, never: str) -> Any:
    """The probability that a flag is true, where draws vary it; else the flag."""
    return 1 - columns.number(never) if columns.varies(flag) else columns.number(flag)
