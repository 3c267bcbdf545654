"""Routes on equal terms: no more power, money a year, or money in all than the public machines."""

from __future__ import annotations

import math
from functools import partial
from operator import attrgetter
from typing import Final

from euromesh import units
from euromesh.fleet import Site
from euromesh.ledger.bill import run_bill, site_eur_year
from euromesh.ledger.countries import MILLION
from euromesh.records import Params
from euromesh.records.tables import Target
from euromesh.routes import Route, Weight, finish, finish_date_years, peak_weight, trimmed, up_at

TERMS: Final = ("power", "money", "bill")
"""What is made equal: MW in use, million EUR a year for them, million EUR of the run."""
MEGAWATTS: Final[Weight] = attrgetter("grid_mw")
TRIALS: Final = 40  # halvings of the part of a route that its bill allows


def _meur_year(params: Params, site: Site) -> float:
    """Cost of a site held for a year by its own basis, million EUR."""
    return site_eur_year(params, site, params.costs.use) / MILLION if site.n_accel else 0.0


def _weight(terms: str, params: Params) -> Weight:
    return partial(_meur_year, params) if terms == "money" else MEGAWATTS


def budget(terms: str, federation: Route, target: Target, params: Params) -> float:
    """What the public machines use of a term when they finish a target."""
    done = finish(federation, target, params)
    if terms == "bill":
        meur = run_bill(params, federation, target, done).meur
        return meur if math.isfinite(meur) else 0.0
    joined = [s for s in up_at(federation, done.at_years) if s.place in done.federation.places]
    return math.fsum(map(_weight(terms, params), joined))


def equal_date_years(
    terms: str, route: Route, target: Target, most: float, params: Params
) -> float:
    """When a route finishes a target with no more than a budget, model time.

    It keeps its earliest sites: as many as the budget allows, or as have no larger bill.
    """
    if terms == "bill":
        most = _within_bill(route, target, most, params)
    return finish_date_years(trimmed(route, _weight(terms, params), most), target, params)


def _within_bill(route: Route, target: Target, meur: float, params: Params) -> float:
    """The most megawatts of a route whose run costs no more; infinite where all of it does not."""
    whole = peak_weight(route, MEGAWATTS)

    def bill(part: float) -> float:
        cut = trimmed(route, MEGAWATTS, part * whole)
        return run_bill(params, cut, target, finish(cut, target, params)).meur

    if bill(1.0) <= meur:
        return units.NEVER
    low, high = 0.0, 1.0
    for _ in range(TRIALS):
        middle = (low + high) / 2
        low, high = (middle, high) if bill(middle) <= meur else (low, middle)
    return low * whole
