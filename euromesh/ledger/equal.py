"""Routes on equal terms: no more power, money a year, or money in all than the public machines."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from euromesh import units
from euromesh.fleet import Site
from euromesh.ledger.bill import run_bill, site_eur_hour
from euromesh.ledger.countries import MILLION
from euromesh.records import Params
from euromesh.records.tables import Target
from euromesh.routes import (
    Finish,
    Route,
    Weight,
    finish,
    finish_date_years,
    peak_weight,
    trimmed,
    up_at,
)

Budget = Callable[[Params, Route, Target, Finish], float]
Trim = Callable[[Params, Route, Target, float], Route]
TRIALS: Final = 40  # halvings of the part of a route that its bill allows


def in_use(route: Route, done: Finish, weight: Weight) -> float:
    """What the sites that train at the finish have of a weight."""
    joined = (s for s in up_at(route, done.at_years) if s.place in done.federation.places)
    return math.fsum(weight(site) for site in joined)


def grid_mw(site: Site) -> float:
    """Power of a site, MW."""
    return site.grid_mw


def meur_year(params: Params, site: Site) -> float:
    """Life-cycle cost of a site held for a year, million EUR."""
    if not site.n_accel:
        return 0.0
    return site.n_accel * site_eur_hour(params, site) * units.HOURS_PER_YEAR / MILLION


def within_bill(params: Params, route: Route, target: Target, meur: float) -> Route:
    """The largest part of a route, its earliest sites first, whose run costs no more."""

    def bill(part: float) -> float:
        cut = trimmed(route, grid_mw, part * whole)
        return run_bill(params, cut, target, finish(cut, target, params)).meur

    whole = peak_weight(route, grid_mw)
    if bill(1.0) <= meur:
        return route
    low, high = 0.0, 1.0
    for _ in range(TRIALS):
        middle = (low + high) / 2
        low, high = (middle, high) if bill(middle) <= meur else (low, middle)
    return trimmed(route, grid_mw, low * whole)


def _power(params: Params, route: Route, target: Target, done: Finish) -> float:
    return in_use(route, done, grid_mw)


def _yearly(params: Params, route: Route, target: Target, done: Finish) -> float:
    return in_use(route, done, lambda site: meur_year(params, site))


def _bill(params: Params, route: Route, target: Target, done: Finish) -> float:
    meur = run_bill(params, route, target, done).meur
    return meur if math.isfinite(meur) else 0.0


TERMS: Final[Mapping[str, tuple[Budget, Trim]]] = {
    "power": (_power, lambda params, route, target, mw: trimmed(route, grid_mw, mw)),
    "money": (
        _yearly,
        lambda params, route, target, meur: trimmed(route, lambda s: meur_year(params, s), meur),
    ),
    "bill": (_bill, within_bill),
}
"""What is made equal: megawatts in use, million EUR a year for them, million EUR of the run."""


def budget(terms: str, federation: Route, target: Target, params: Params) -> float:
    """What the public machines use of a term when they finish a target."""
    measured, _ = TERMS[terms]
    return measured(params, federation, target, finish(federation, target, params))


def equal_date_years(
    terms: str, route: Route, target: Target, most: float, params: Params
) -> float:
    """When a route finishes a target with no more than a budget, model time."""
    _, trim = TERMS[terms]
    return finish_date_years(trim(params, route, target, most), target, params)
