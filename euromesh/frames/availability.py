"""The data frames of the race: dates and their parts, sites, equal terms, and who is first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from datetime import date
from itertools import combinations
from typing import Final, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from euromesh import availability, ensemble, ledger, routes
from euromesh import units as u
from euromesh.fleet import Site
from euromesh.params import library, load
from euromesh.records import Params
from euromesh.records.tables import Target
from euromesh.routes import ROUTES
from euromesh.routes.dates import SMALLEST_RUN

Whole: TypeAlias = NDArray[np.int64]
FEDERATION, *RIVALS = ROUTES
PARTS: Final = ("institutions", "grid", "set-up", "compute")
DRAWN_FROM: Final = 1e24  # FLOP; the chart of what accrues starts here
POINTS: Final = 400  # of a line
ENDS: Final = {"first": 0.1, "median": 0.5, "last": 0.9}  # quantiles of the draws
RANGES: Final = {"central", "low", "high"}  # scenarios that are no single change


def finish_dates(params: Params, drawn: Mapping[str, Whole]) -> pd.DataFrame:
    """Finish of every route: central, and P10, P50 and P90 of the draws, the first route first.

    `drawn` holds the sums of a tally by day, of every route. Columns: route; first, median,
    central, last (dates, at the horizon where they never come) and each of them in words, as
    first_text; label, span_label (texts).
    """
    rows = []
    for name, central in _in_order(_finishes(params)):
        ends = {end: ensemble.quantile_years(drawn[name], part) for end, part in ENDS.items()}
        ends["central"] = central
        days = {end: _placed(years, params) for end, years in ends.items()}
        told = {f"{end}_text": _month(years, params, "%B %Y") for end, years in ends.items()}
        span = _span([_month(ends[end], params, "%Y") for end in ("first", "last")], drawn[name])
        label = _month(central, params, "%B %Y")
        route = {"route": ROUTES[name].label, "label": label, "span_label": span}
        rows.append({**route, **days, **told})
    return pd.DataFrame(rows)


def _span(ends: list[str], drawn: Whole) -> str:
    """The years of P10 and P90; where the last is never, the share of the draws that it has."""
    never = f"never in {ensemble.never_share(drawn):.0%}"
    if "never" not in ends:
        return " to ".join(ends)
    return never if ends[0] == "never" else f"{ends[0]}; {never}"


def parts(params: Params) -> pd.DataFrame:
    """The parts of every finish date, the first route first; what never ends is left out.

    Columns: route, part, start, end (dates), label (of the last part drawn: days of compute),
    length (in words).
    """
    rows = []
    for name in _order(params):
        route = ROUTES[name](params)
        done = routes.finish(route, _target(params), params)
        rows += [(ROUTES[name].label, *row) for row in _spans(routes.parts(route, done), params)]
    return pd.DataFrame(rows, columns=["route", "part", "start", "end", "label", "length"])


def _spans(split: routes.Parts, params: Params) -> Iterator[tuple[str, date, date, str, str]]:
    """(part, start, end, label, length) of every part up to the first that never ends."""
    start = 0.0
    for part, years in zip(PARTS, astuple(split), strict=True):
        end = start + years
        last = part == PARTS[-1] or math.isinf(end)
        never = math.isinf(end)
        days = "never" if never else f"{years * u.DAYS_PER_YEAR:.0f} days"
        length = "never ends" if never else f"{years * u.MONTHS_PER_YEAR:.1f} months"
        shown = start if never else end
        yield part, _day(start, params), _day(shown, params), days if last else "", length
        if never:
            return
        start = end


def changes(params: Params, changed: Mapping[str, Params], most: int) -> pd.DataFrame:
    """Finish of the public machines after one change each, the largest effects.

    Columns: change; date, central (at the horizon where they never come), and each in words:
    label, central_label.
    """
    planned, horizon = _finishes(params)[FEDERATION], routes.horizon_years(params)
    central = {"central": _placed(planned, params), "central_label": _month(planned, params)}
    rows = []
    for name, other in changed.items():
        years = routes.finish_date_years(ROUTES[FEDERATION](other), _target(other), other)
        day = {"date": _placed(years, params), "label": _month(years, params)}
        moved = abs(min(years, horizon) - min(planned, horizon))
        rows.append({"change": name.replace("_", " "), **day, **central, "moved": moved})
    found = pd.DataFrame(rows)
    return found.nlargest(most, "moved").drop(columns="moved")


def scenarios(overrides: Mapping[str, object]) -> pd.DataFrame:
    """The named scenarios: what each changes, and the routes whose date it moves."""
    central = load("central", overrides)
    before = _finishes(central)
    rows = []
    for name in sorted(library().scenarios.keys() - RANGES):
        shifted, why = load(name, overrides), library().scenarios[name].why
        for route, years in _finishes(shifted).items():
            if years != before[route]:
                dates = _month(before[route], central), _month(years, shifted)
                rows.append((name, why, ROUTES[route].label, *dates))
    heads = ["scenario", "what changes", "route", "central finish", "then"]
    return pd.DataFrame(rows, columns=heads)


def sites(params: Params) -> pd.DataFrame:
    """Every route as a table of sites, the first route first."""
    rows = []
    for name in _order(params):
        kind, route = ROUTES[name], ROUTES[name](params)
        places = len({site.place for site in route.sites})
        mw = f"{routes.peak_weight(route, _power):,.0f}"
        starts = [site.start_years for site in route.sites]
        ready = [_month(end(starts, default=u.NEVER), params) for end in (min, max)]
        what = _first_clause(kind.make.__doc__)
        rows.append((kind.label, places, mw, *ready, _longest_wait(route, params), what))
    heads = ["route", "sites", "MW", "first ready", "last ready", "longest wait", "what it is"]
    return pd.DataFrame(rows, columns=heads)


def _longest_wait(route: routes.Route, params: Params) -> str:
    """The longest of the parts before the first compute, with its months."""
    *waits, _ = astuple(routes.parts(route, routes.finish(route, _target(params), params)))
    years, part = max(zip(waits, PARTS, strict=False))
    months = "never" if math.isinf(years) else f"{years * u.MONTHS_PER_YEAR:.0f} months"
    return f"{part}, {months}"


def _first_clause(text: str | None) -> str:
    """What the docstring of a route says it is, up to the first stop."""
    first = (text or "").strip().split("\n")[0].split(";")[0]
    return first.replace("`", "").rstrip(".")


def accrual(params: Params) -> pd.DataFrame:
    """F(t; N) of every route on the target's model, from a floor. Columns: date, route, flop."""
    model = routes.target_model(params, _target(params))
    rows = []
    for kind in ROUTES.values():
        steps = routes.accrual(kind(params), model, params)
        start = availability.finish_years(steps, DRAWN_FROM)
        if math.isinf(start):
            continue
        times = np.linspace(start, routes.horizon_years(params), POINTS)
        found = ((t, max(DRAWN_FROM, availability.cumulative_flop(steps, t))) for t in times)
        rows += [(_day(t, params), kind.label, flop) for t, flop in found]
    return pd.DataFrame(rows, columns=["date", "route", "flop"])


def targets(params: Params) -> pd.DataFrame:
    """The runs, the smallest first. Columns: label, flop."""
    rows = [(target.name, target.training_flop) for target in _targets(params)]
    return pd.DataFrame(rows, columns=["label", "flop"])


def equal_terms(params: Params) -> pd.DataFrame:
    """Finish of every route as planned and with no more than the public machines use.

    Columns: route, terms, date (at the horizon where it never comes), label.
    """
    target, ours = _target(params), ROUTES[FEDERATION](params)
    budgets = {terms: ledger.budget(terms, ours, target, params) for terms in ledger.TERMS}
    rows = []
    for name in _order(params):
        route = ROUTES[name](params)
        planned = routes.finish_date_years(route, target, params)
        dates = {"as planned": planned} | {
            f"equal {terms}": planned
            if name == FEDERATION
            else ledger.equal_date_years(terms, route, target, most, params)
            for terms, most in budgets.items()
        }
        rows += [
            (ROUTES[name].label, terms, _placed(years, params), _month(years, params))
            for terms, years in dates.items()
        ]
    return pd.DataFrame(rows, columns=["route", "terms", "date", "label"])


def bills(params: Params, years: Sequence[int]) -> pd.DataFrame:
    """Useful FLOP of every route by the ends of some years; cost and carbon of the target."""
    model = routes.target_model(params, _target(params))
    origin = routes.decision_date(params)
    ends = [u.years_between(origin, u.last_day(str(year))) for year in years]
    rows = []
    for name in _order(params):
        route = ROUTES[name](params)
        done = routes.finish(route, _target(params), params)
        bill = ledger.run_bill(params, route, _target(params), done)
        made = [_power_of_ten(routes.flop_by(route, model, end, params)) for end in ends]
        basis = ", ".join(sorted({site.basis for site in route.sites})) or "none"
        rows.append((ROUTES[name].label, *made, _count(bill.meur), basis, _count(bill.tonnes)))
    made_by = [f"FLOP, end of {year}" for year in years]
    heads = ["route", *made_by, "run, million EUR", "priced as", "run, tCO2e"]
    return pd.DataFrame(rows, columns=heads)


def c_stars(params: Params) -> pd.DataFrame:
    """C* of every pair, the one that finishes the smallest runs earlier before the other.

    Columns: row, column (routes), flop, text. A star marks a lead that changes again.
    """
    curves = {name: routes.finish_curve(make(params), params) for name, make in ROUTES.items()}
    order = [name for name, _ in _in_order({n: t(SMALLEST_RUN) for n, t in curves.items()})]
    rows = []
    for one, other in combinations(order, 2):
        found = routes.curves_c_star(curves[one], curves[other])
        bound, again = "≥" * found.at_least, "*" * bool(found.further)
        text = f"{bound}{_power_of_ten(found.flop)}{again}"
        rows.append((ROUTES[one].label, ROUTES[other].label, found.flop, text))
    return pd.DataFrame(rows, columns=["row", "column", "flop", "text"])


def enough(params: Params) -> pd.DataFrame:
    """Which route is first for every run, and how many rivals the public machines beat."""
    rows = []
    for target in _targets(params):
        done = _finishes(params, target)
        first, years = _in_order(done)[0]
        beaten = sum(done[FEDERATION] < done[rival] for rival in RIVALS)
        label = "none" if math.isinf(years) else ROUTES[first].label
        ours = _month(done[FEDERATION], params)
        size = _power_of_ten(target.training_flop, 2)
        rows.append((target.name, size, label, _month(years, params), ours, beaten))
    heads = ["run", "FLOP", "first", "finishes", ROUTES[FEDERATION].label, "rivals beaten"]
    return pd.DataFrame(rows, columns=heads)


def _target(params: Params) -> Target:
    return params.targets[params.race.target]


def _targets(params: Params) -> list[Target]:
    return sorted(params.targets.values(), key=lambda target: target.training_flop)


def _finishes(params: Params, target: Target | None = None) -> dict[str, float]:
    """t* of every route, model time, for the target of the race or another one."""
    run = target or _target(params)
    return {n: routes.finish_date_years(make(params), run, params) for n, make in ROUTES.items()}


def _in_order(years: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(years.items(), key=lambda item: item[1])


def _order(params: Params) -> list[str]:
    """The routes by their central finish."""
    return [name for name, _ in _in_order(_finishes(params))]


def _power(site: Site) -> float:
    return site.grid_mw


def _day(years: float, params: Params) -> date:
    return u.date_after(routes.decision_date(params), years)


def _placed(years: float, params: Params) -> date:
    """A day that a chart can place: the horizon for what never comes."""
    return _day(min(years, routes.horizon_years(params)), params)


def _month(years: float, params: Params, spec: str = "%b %Y") -> str:
    return "never" if math.isinf(years) else f"{_day(years, params):{spec}}"


def _count(value: float) -> str:
    return "never" if math.isinf(value) else f"{value:,.0f}"


def _power_of_ten(flop: float, digits: int = 1) -> str:
    """FLOP as 3.8e25; nothing is a dash."""
    return f"{flop:.{digits}e}".replace("e+", "e") if flop else "–"
