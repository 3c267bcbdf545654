"""The routes of today on the month grid of the original study: what it costs to step by months."""

from __future__ import annotations

from typing import Final

import numpy as np

from euromesh import routes
from euromesh import units as u
from euromesh.ensemble.draws import draws_at
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.outcomes import outcomes
from euromesh.records import Params
from euromesh.records.tables import Target
from euromesh.routes import ROUTES, Route

SECONDS_PER_MONTH: Final = u.SECONDS_PER_YEAR / u.MONTHS_PER_YEAR
MIDDLE: Final = 0.5  # of a month


def finish_month(route: Route, target: Target, params: Params) -> float:
    """The first whole month at whose end the running total reaches the target; infinite: never.

    As in `original`: a site computes from the month round(12 t) nearest to its start t on, which
    is the first whose middle comes after t.
    """
    steps = iter(routes.accrual(route, routes.target_model(params, target), params))
    left, step = target.training_flop, next(steps)
    for month in range(int(routes.horizon_years(params) * u.MONTHS_PER_YEAR)):
        while step.end_years < (month + MIDDLE) / u.MONTHS_PER_YEAR:
            step = next(steps)
        left -= step.flop_per_s * SECONDS_PER_MONTH
        if left <= 0:
            return month + 1
    return u.NEVER


def finish_months(params: Params, points: Array, target: str) -> Array:
    """Finish of a target on the grid by route and draw, months from the decision of `params`."""
    origin = routes.decision_date(params)
    found = np.empty((len(ROUTES), len(points)))
    for column, drawn in enumerate(draws_at(params, points)):
        decided = u.years_between(origin, routes.decision_date(drawn)) * u.MONTHS_PER_YEAR
        for row, make in enumerate(ROUTES.values()):
            done = finish_month(make(drawn), drawn.targets[target], drawn)
            found[row, column] = decided + done
    return found


def months_late(params: Params, points: Array, target: str) -> Array:
    """How much later the grid finishes than the exact date, by route and draw, months.

    Not a number where a route never finishes.
    """
    months = finish_months(params, points, target)
    exact = outcomes(params, (target,), points).finish_years[0] * u.MONTHS_PER_YEAR
    both = np.isfinite(months) & np.isfinite(exact)
    late: Array = np.subtract(months, exact, out=np.full_like(months, np.nan), where=both)
    return late
