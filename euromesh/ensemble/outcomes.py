"""When every route finishes a target, over draws."""

from __future__ import annotations

import numpy as np

from euromesh import routes
from euromesh import units as u
from euromesh.ensemble.draws import draws_at
from euromesh.ensemble.marginals import Array
from euromesh.records import Params
from euromesh.routes import ROUTES


def finish_years(params: Params, points: Array, target: str) -> Array:
    """Finish of a target by route and draw, years from the decision date of `params`.

    Routes in the order of `routes.ROUTES`, one row each; a column a point. Infinite: never.
    """
    origin = routes.decision_date(params)
    found = np.empty((len(ROUTES), len(points)))
    for column, drawn in enumerate(draws_at(params, points)):
        decided = u.years_between(origin, routes.decision_date(drawn))
        for row, make in enumerate(ROUTES.values()):
            done = routes.finish_date_years(make(drawn), drawn.targets[target], drawn)
            found[row, column] = decided + done
    return found
