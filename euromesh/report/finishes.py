"""Headline numbers over draws: when every route finishes, and how often it is first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from euromesh import ensemble, routes
from euromesh import units as u
from euromesh.records import Params
from euromesh.report import frontier
from euromesh.report.figure import Figure, day, number
from euromesh.report.race import FEDERATION, RIVALS
from euromesh.report.spread import DRAWS, NOTED, SEED
from euromesh.report.watch import plain, seeing
from euromesh.routes import ROUTES

Array: TypeAlias = NDArray[np.float64]
PERCENT: Final = {"p10": 10, "p50": 50, "p90": 90}


def finishes(params: Params) -> Mapping[str, Figure]:
    """Quantiles of every route's finish of the target, how often it never comes, and its lag.

    The same draws serve every route; a route that is not built in a draw never finishes there.
    The first draws are read through a view a route, which is what its numbers say they read.
    """
    central = plain(params)
    reads: dict[str, set[str]] = {name: set() for name in ROUTES}
    years = finish_years(central, reads)
    found: dict[str, Figure] = {}
    for name, read in reads.items():
        read |= ensemble.behind(central, read)
        figures = _figures(name, years[name], seeing(central, read))
        found |= {key: replace(one, inputs=frozenset(read)) for key, one in figures.items()}
    every = frozenset[str]().union(*reads.values())
    return found | {key: replace(one, inputs=every) for key, one in _wins(years).items()}


def finish_years(params: Params, reads: Mapping[str, set[str]] | None = None) -> dict[str, Array]:
    """Finish of the target by route in every draw, years from the central decision date."""
    target, origin = params.race.target, routes.decision_date(params)
    found: dict[str, list[float]] = {name: [] for name in ROUTES}
    for index, drawn in enumerate(ensemble.sample(params, DRAWS, SEED)):
        decided = u.years_between(origin, routes.decision_date(drawn))
        for name, make in ROUTES.items():
            seen = drawn
            if reads is not None and index < NOTED:
                seen = seeing(drawn, reads[name])
            done = routes.finish_date_years(make(seen), seen.targets[target], seen)
            found[name].append(decided + done)
    return {name: np.asarray(done) for name, done in found.items()}


def _figures(name: str, years: Array, params: Params) -> dict[str, Figure]:
    """The numbers of one route; P50 is the date at which half of the draws have finished."""
    origin = routes.decision_date(params)
    ends = {end: _quantile(years, percent) for end, percent in PERCENT.items()}
    flop = params.targets[params.race.target].training_flop
    return {
        **{f"{name}.finish_{end}": day(origin, found) for end, found in ends.items()},
        f"{name}.finish_if_ever_p50": day(origin, _median_of_finite(years)),
        f"{name}.never_share": number(float(np.isinf(years).mean()), "fraction", ".0%"),
        f"frontier.lag_months.{name}": frontier.lag_months(ends["p50"], flop, params),
    }


def _quantile(years: Array, percent: float) -> float:
    """The smallest year by which that part of the draws has finished; infinite when never."""
    return float(np.quantile(years, percent / 100, method="inverted_cdf"))


def _median_of_finite(years: Array) -> float:
    """The median over the draws in which a route finishes; never where it does in none."""
    done = years[np.isfinite(years)]
    return float(np.median(done)) if len(done) else u.NEVER


def _wins(years: Mapping[str, Array]) -> dict[str, Figure]:
    """How often the public machines finish before each rival, and before all of them."""
    ours = years[FEDERATION]
    found = {
        f"race.draws_{FEDERATION}_before_{rival}": float((ours < years[rival]).mean())
        for rival in RIVALS
    }
    found |= {f"race.draws_{name}_first": _first(name, years) for name in years}
    shares = {key: number(share, "fraction", ".0%") for key, share in found.items()}
    error = math.sqrt(0.25 / DRAWS)  # of a share of one half, the largest
    return shares | {"race.draws_se": number(error, "fraction", ".1%")}


def _first(name: str, years: Mapping[str, Array]) -> float:
    """The share of draws in which a route finishes before every other."""
    others = np.min([done for other, done in years.items() if other != name], axis=0)
    return float((years[name] < others).mean())
