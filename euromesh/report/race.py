"""Headline numbers of the race: which route is first, up to which size, and on equal terms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import combinations
from typing import Final, NamedTuple

from euromesh import ledger, routes
from euromesh import units as u
from euromesh.availability import CStar, FinishTime
from euromesh.records import Params
from euromesh.records.tables import Target
from euromesh.report.figure import AT_LEAST, Figure, count, day, number
from euromesh.report.watch import noting, plain, watched
from euromesh.routes import ROUTES, YEARS

FEDERATION, *RIVALS = ROUTES
BY_2028: Final = "2028"


class Unit(NamedTuple):
    """How a term that is made equal is keyed and measured."""

    key: str
    unit: str


UNITS: Final = {
    "power": Unit("mw", "MW"),
    "money": Unit("meur_year", "million EUR"),
    "bill": Unit("meur", "million EUR"),
}


def lead_over(rival: str, params: Params) -> Mapping[str, Figure]:
    """Months between the finish of the public machines and that of a rival; negative when later."""
    ours, theirs = (_finish(name, params.race.target, params) for name in (FEDERATION, rival))
    months = (theirs - ours) * u.MONTHS_PER_YEAR if math.isfinite(ours) else u.NEVER
    key = f"race.{FEDERATION}_before_{rival}_months"
    return {key: number(months, "months", ".0f")}


def verdict(params: Params) -> Mapping[str, Figure]:
    """Whether the public machines finish the target before the campus, the original's question."""
    ours, theirs = (_finish(name, params.race.target, params) for name in (FEDERATION, "campus"))
    return {"race.verdict": Figure("Yes" if ours < theirs else "No", "text", "")}


def first_at_target(params: Params) -> Mapping[str, Figure]:
    """Which route finishes the target first, and at which place the public machines do."""
    dates = {name: _finish(name, params.race.target, params) for name in ROUTES}
    order = sorted(dates, key=lambda name: dates[name])
    finite = [name for name in order if math.isfinite(dates[name])]
    return {
        "race.first_route": _label(finite[0] if finite else None),
        "race.owned_place": count(_place(dates)),
        "race.routes": count(len(order)),
    }


def _place(dates: Mapping[str, float]) -> int:
    """The place of the public machines; the last, alone or shared, where they never finish."""
    ours = dates[FEDERATION]
    if math.isinf(ours):
        return len(dates)
    return 1 + sum(one < ours for one in dates.values())


def enough(target: str, params: Params) -> Mapping[str, Figure]:
    """For one target: the first route, and how many of the rivals the public machines beat."""
    dates = {name: _finish(name, target, params) for name in ROUTES}
    finite = [name for name in dates if math.isfinite(dates[name])]
    first = min(finite, key=lambda name: dates[name], default=None)
    beaten = sum(dates[FEDERATION] < dates[name] for name in RIVALS)
    return {
        f"race.first_route.{target}": _label(first),
        f"race.rivals_beaten.{target}": count(beaten),
    }


def _label(name: str | None) -> Figure:
    return Figure(ROUTES[name].label if name else "none", "text", "s")


# --- C* ------------------------------------------------------------------------------------------


def c_star(params: Params) -> Mapping[str, Figure]:
    """The largest run that the public machines finish before the campus."""
    route = ROUTES[FEDERATION](params)
    found = routes.race_c_star(route, ROUTES["campus"](params), params)
    largest = Target(name="C*", training_flop=found.flop, n_params=None, n_active=None)
    days = routes.finish(route, largest, params).compute_days if found.flop else 0.0
    target = params.targets[params.race.target].training_flop
    bound = AT_LEAST if found.at_least else None
    return {
        "race.c_star_flop": _bound(found),
        "race.c_star_compute_years": number(days / u.DAYS_PER_YEAR, "years", ".1f"),
        "race.c_star_over_target": Figure(found.flop / target, "factor", ".0f", bound),
    }


def c_stars(params: Params) -> Mapping[str, Figure]:
    """C* of every pair of routes, the first against the second, and where the lead changes again.

    Each route is watched alone, so that a pair says that it read what its two routes read.
    """
    curves: dict[str, FinishTime] = {}
    reads: dict[str, set[str]] = {}
    for name, make in ROUTES.items():
        view, reads[name] = watched(plain(params))
        curves[name] = routes.finish_curve(make(view), view)
    found = {(a, b): routes.curves_c_star(curves[a], curves[b]) for a, b in combinations(ROUTES, 2)}
    figures = {}
    for (a, b), crossing in found.items():
        inputs = frozenset(reads[a] | reads[b])
        key = f"race.c_star_flop.{a}_vs_{b}"
        further = " ".join(f"{flop:.1e}" for flop in crossing.further) or "none"
        figures[key] = replace(_bound(crossing), inputs=inputs)
        figures[f"{key}_crossings"] = Figure(further, "text", "s", inputs=inputs)
    again = sum(len(crossing.further) > (not crossing.flop) for crossing in found.values())
    pairs = {"race.pairs": count(len(found)), "race.pairs_crossing_again": count(again)}
    every = frozenset[str]().union(*reads.values())
    return figures | {key: replace(figure, inputs=every) for key, figure in pairs.items()}


def _bound(found: CStar) -> Figure:
    return Figure(found.flop, "FLOP", ".1e", AT_LEAST if found.at_least else None)


def share_for_2028(params: Params) -> Mapping[str, Figure]:
    """The share of every machine that finishes the target by the end of 2028."""
    end = u.years_between(routes.decision_date(params), u.last_day(BY_2028))
    target = params.targets[params.race.target]
    seen = partial(noting, params)
    share = routes.least_share(ROUTES[FEDERATION], target, end, plain(params), seen)
    deadline = Figure(u.last_day(BY_2028).isoformat(), "date", "%Y")
    return {
        "owned.share_for_2028": number(share, "fraction", ".1%"),
        "owned.share_deadline": deadline,
    }


# --- equal terms ---------------------------------------------------------------------------------


def equal_terms(terms: str, params: Params) -> Mapping[str, Figure]:
    """When each route finishes the target with no more of a term than the public machines use."""
    target = params.targets[params.race.target]
    ours = ROUTES[FEDERATION](params)
    most = ledger.budget(terms, ours, target, params)
    found = {f"race.equal_{terms}_{UNITS[terms].key}": number(most, UNITS[terms].unit, ".0f")}
    for name, make in ROUTES.items():
        if name == FEDERATION:
            done = routes.finish_date_years(ours, target, params)
        else:
            done = ledger.equal_date_years(terms, make(params), target, most, params)
        found[f"race.equal_{terms}_date.{name}"] = day(routes.decision_date(params), done)
    return found


def flop_by_year(name: str, params: Params) -> Mapping[str, Figure]:
    """Useful FLOP that a route has computed by the ends of some years, on the target's model."""
    route = ROUTES[name](params)
    model = routes.target_model(params, params.targets[params.race.target])
    origin = routes.decision_date(params)
    ends = {year: u.years_between(origin, u.last_day(str(year))) for year in YEARS}
    return {
        f"{name}.flop_by_{year}": number(routes.flop_by(route, model, end, params), "FLOP", ".1e")
        for year, end in ends.items()
    }


def _finish(name: str, target: str, params: Params) -> float:
    return routes.finish_date_years(ROUTES[name](params), params.targets[target], params)
