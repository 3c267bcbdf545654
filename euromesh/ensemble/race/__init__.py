"""The race over draws: the sites, terms, teams and dates of `routes`, for many draws at once.

Sites and terms are arrays of draws; the fastest team and the accrual are loops over draws that are
compiled. The equations are those of the core, and so are the dates, to 1e-9 years
(tests/test_array_race.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from euromesh import units as u
from euromesh.efficiency import fragment_ready, planned
from euromesh.ensemble.columns import Columns
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race import built
from euromesh.ensemble.race.accrual import filled, finish_years
from euromesh.ensemble.race.owned import owned_sites, sized
from euromesh.ensemble.race.rows import FRAGMENT
from euromesh.ensemble.race.sites import Sites
from euromesh.ensemble.race.terms import Terms, terms_for, terms_of_one
from euromesh.records import InputError, Params

SITES: Final[Mapping[str, Callable[[Columns], Sites]]] = {
    "owned": owned_sites,
    "new_medium": built.new_medium_sites,
    "campus": built.campus_sites,
    "signed": built.signed_sites,
    "gigafactory": built.gigafactory_sites,
    "leased": built.leased_sites,
    "on_site": built.on_site_sites,
}
ONE_BUILDING: Final = ("campus", "gigafactory", "on_site")


def raced_as_arrays(name: str, params: Params) -> bool:
    """Whether a route can be raced as arrays under these parameters.

    Machines that are renewed, or joined by let halls with a goodput of their own, go to the
    scalar core, as does a route that is not written as arrays.
    """
    terms = params.owned
    alone = not terms.renewal and round(terms.leased_sites) == 0
    return name in SITES and (name != "owned" or alone)


def finishes(name: str, columns: Columns, targets: Sequence[str]) -> Array:
    """Finish of some targets if the route is built, years from each draw's decision date."""
    if name == "owned" and not sized(columns.of.params):
        return np.full((len(targets), len(columns)), u.NEVER)
    sites = SITES[name](columns)
    fragments = planned_fragments(columns)
    horizon = horizon_years(columns)
    return np.stack(
        [
            finish_years(
                sites,
                _terms(name, sites, columns, target),
                columns.number(f"targets.{target}.training_flop"),
                horizon,
                fragments,
            )
            for target in targets
        ]
    )


def _terms(name: str, sites: Sites, columns: Columns, target: str) -> Terms:
    if name in ONE_BUILDING or (name == "leased" and _halls(columns) == 1):
        return terms_of_one(columns, target)
    most = len(sites.places)
    if sites.copies is not None:
        most = int(sites.copies.sum(axis=1).max())
    most = max(1, min(most, int(columns.of.params.training.most_replicas)))
    return terms_for(columns, name, target, sites.goodput, most)


def _halls(columns: Columns) -> int:
    return round(columns.of.params.leased.n_sites)


def planned_fragments(columns: Columns) -> Any:
    """The fragments of the protocol, which no draw varies: rows of `FRAGMENT`."""
    protocol = planned(columns.of.params.training)
    steps = columns.number("training.inner_steps")
    if np.min(steps) < protocol.n_fragments:
        raise InputError(
            f"n_fragments must be at most inner_steps = {np.min(steps):g}, "
            f"got {protocol.n_fragments}"
        )
    count, depth = protocol.n_fragments, protocol.n_layers
    first, last, n_layers = fragment_ready(np.arange(1.0, count + 1), count, depth)
    found = np.empty(count, FRAGMENT)
    return filled(found, first=first, last=last, n_layers=n_layers, layer_share=count / depth)


def horizon_years(columns: Columns) -> Array:
    """Model time of the horizon after each draw's decision date."""
    day = u.first_day(columns.of.params.race.horizon).toordinal()
    years = np.broadcast_to((day - columns.decided()) / u.DAYS_PER_YEAR, len(columns))
    if (years <= 0).any():
        race = columns.of.params.race
        raise InputError(
            f"race.horizon must come after every decision drawn around {race.decision_date}, "
            f"got {race.horizon}"
        )
    return years
