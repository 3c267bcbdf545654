"""The race over draws: the sites of `routes` as rows of arrays, and the compiled search of them.

The builders of `routes` make the sites of many draws at once from parameters that are arrays; the
fastest team and the accrual are loops over draws, which `kernel` compiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from euromesh import routes
from euromesh import units as u
from euromesh.efficiency import planned
from euromesh.ensemble.columns import Columns
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race import kernel
from euromesh.ensemble.race.rows import FRAGMENT, RUN, filled
from euromesh.ensemble.race.sites import SiteRows, site_rows
from euromesh.ensemble.race.terms import Terms, terms_for
from euromesh.routes import ROUTES
from euromesh.routes.terms import fragment_terms


def finishes(name: str, columns: Columns, targets: Sequence[str], flag: str = "") -> Array:
    """Finish of some targets, years from each draw's decision date: targets x draws.

    Where a flag is named, by its id, it is true in every draw.
    """
    params = columns.params(flag)
    route = ROUTES[name](params)
    if not route.sites:
        return np.full((len(targets), len(columns)), u.NEVER)
    sites = site_rows(route, params, len(columns))
    horizon = np.broadcast_to(routes.horizon_years(params), len(columns))
    fragments = columns.once("fragments", lambda: _fragments(params))
    found = []
    for target in targets:
        terms = terms_for(columns, name, route.one_building, sites, target)
        flop = params.targets[target].training_flop
        found.append(_finish_years(sites, terms, flop, horizon, fragments))
    return np.stack(found)


def _fragments(params: Any) -> Any:
    """The fragments of the protocol as rows."""
    made = fragment_terms(planned(params.training))
    names = FRAGMENT.names or ()
    return np.array([tuple(getattr(one, name) for name in names) for one in made], FRAGMENT)


def _finish_years(
    sites: SiteRows, terms: Terms, flop: Any, horizon: Array, fragments: Any
) -> Array:
    """t*(C) of every draw, model time; infinite where the horizon comes first."""
    runs = filled(
        np.empty(len(horizon), RUN),
        flop_years=flop / u.SECONDS_PER_YEAR,
        horizon=horizon,
        goodput=sites.goodput,
        **terms.run,
    )
    found: Array = kernel.finish_each(
        sites.place, sites.links, sites.fields, (terms.worth, *terms.sizes), runs, fragments
    )
    return found
