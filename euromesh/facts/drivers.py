"""What moves a number most: three of its inputs, and the number with each of them at either end.

For a day on plan every input that the route reads is set to its ends, all others on plan. Over
draws the inputs are those along whose fifths the outcome differs most; each is then held at its
ends while all others are drawn. Of a choice the ends are the names with the least and the most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from operator import itemgetter
from typing import Final, TypeAlias

import numpy as np

from euromesh import ensemble, routes, sensitivity
from euromesh import units as u
from euromesh.ensemble import Input
from euromesh.ensemble.marginals import Array
from euromesh.facts.chances import ORDER, QUANTILES, reads_of
from euromesh.facts.finishes import FEDERATION, date_of
from euromesh.facts.naming import named, written
from euromesh.facts.tables import NAME, TEXT, Run, table
from euromesh.facts.uncertainty import held, note_all, sampled
from euromesh.facts.watch import plain
from euromesh.records import InputError, Params
from euromesh.records.tree import with_values
from euromesh.routes import ROUTES, YEARS
from euromesh.sensitivity.settings import MIDDLE, Place, places

MOST: Final = 3  # inputs that are named of a number
PLACES: Final = {
    "P10": "short (tenth percentile)",
    "P90": "long (ninetieth percentile)",
}  # of delays
Row: TypeAlias = Callable[[Array], Array]  # of finishes, a route


@dataclass(frozen=True, slots=True)
class Outcome:
    """A number over draws, made of finishes: routes x draws in years, infinite for never."""

    each: Callable[[Array], Array]  # what is counted in each draw
    value: Callable[[Array], float]
    text: Callable[[float], str] = repr


@dataclass(frozen=True, slots=True)
class End:
    """An input at a place of its range, and what the number is then."""

    at: str
    told: str
    size: float  # by which ends are compared


@table(number=NAME, input=NAME, name=TEXT, low_at=TEXT, low=TEXT, high_at=TEXT, high=TEXT)
def drivers(run: Run) -> Iterator[tuple[str, ...]]:
    """The three inputs that move a number most by themselves, the largest effect first."""
    note_all(run)
    for number, found in {**_planned(run), **_drawn(run)}.items():
        moving = {one: ends for one, ends in found.items() if _swing(ends) > 0}
        for one in sorted(moving, key=lambda name: -_swing(moving[name]))[:MOST]:
            low, high = moving[one]
            yield number, one, named(one), low.at, low.told, high.at, high.told


def _swing(ends: Iterable[End]) -> float:
    sizes = [end.size for end in ends]
    return max(sizes) - min(sizes) if sizes else 0.0


def _ends(found: list[End]) -> list[End]:
    """Both ends of a range as they are; of several names those with the least and the most."""
    return found if len(found) <= 2 else [f(found, key=lambda end: end.size) for f in (min, max)]


def at_place(params: Params, one: Input, place: Place) -> str:
    """What an input is at a place, in words."""
    value = sensitivity.values_at(params, one, place.quantile).get(one.shown)
    return PLACES.get(place.label, place.label) if value is None else written(one.name, value)


# --- on plan -------------------------------------------------------------------------------------


def _planned(run: Run) -> dict[str, dict[str, list[End]]]:
    """The day on plan of every route with one input at either end, by key and input."""
    params = plain(run.params)
    race = sensitivity.RaceModel(params, params.race.target)
    found = {}
    for route in ROUTES:
        read = reads_of(run)[route][race.target]
        moved = [one for one in ensemble.inputs(params) if _moves(params, one) & read]
        found[f"{route}.finish_date"] = {one.name: ends_on_plan(race, route, one) for one in moved}
    return found


def _moves(params: Params, one: Input) -> set[str]:
    return {*one.ids, *sensitivity.values_at(params, one, MIDDLE)}


def ends_on_plan(race: sensitivity.RaceModel, route: str, one: Input) -> list[End]:
    """The finish with an input at its ends; none where the model refuses one of them."""
    params, found = race.params, []
    for place in places(one):
        values = sensitivity.values_at(params, one, place.quantile)
        try:
            years = race.finish(route, with_values(params, values))
        except InputError:
            return []
        size = min(years, routes.horizon_years(params))
        found.append(End(at_place(params, one, place), date_of(params, years), size))
    return _ends(found)


# --- over draws ----------------------------------------------------------------------------------


def _drawn(run: Run) -> dict[str, dict[str, list[End]]]:
    """Odds and days over draws with one input held at either end, by key and input."""
    params, drawn = plain(run.params), sampled(run)
    asked = outcomes(params)
    effects = drawn.effects(np.stack([one.each(drawn.finishes) for one in asked.values()]))
    chosen = {
        key: sorted(effects, key=lambda name: -effects[name][place])[:MOST]
        for place, key in enumerate(asked)
    }
    return {
        key: {
            name: _ends([_end(params, asked[key], *one) for one in at_places(run, name)])
            for name in names
        }
        for key, names in chosen.items()
    }


def at_places(run: Run, name: str) -> Iterator[tuple[str, Array]]:
    """Finishes with an input held at each of its places, and these in words."""
    drawn = sampled(run)
    one = drawn.inputs[name]
    told = (at_place(drawn.race.params, one, place) for place in places(one))
    return zip(told, held(run, name), strict=True)


def _end(params: Params, asked: Outcome, at: str, finishes: Array) -> End:
    found = asked.value(finishes)
    return End(at, asked.text(found), min(found, routes.horizon_years(params)))


def outcomes(params: Params) -> Mapping[str, Outcome]:
    """The numbers over draws of which it is known what moves them, by key."""
    found, target, text = {}, params.race.target, partial(date_of, params)
    end = routes.horizon_years(params)
    for name in ROUTES:
        years = itemgetter(ORDER.index(name))
        capped = partial(_capped, years, end)
        for part, quantile in QUANTILES.items():
            found[f"{name}.finish_{part}"] = Outcome(capped, partial(_day, years, quantile), text)
        for year in YEARS:
            by = u.years_between(routes.decision_date(params), u.last_day(str(year)))
            found[f"{name}.odds_by_{year}"] = odds(partial(_done_by, years, by))
        found[f"{name}.never_share"] = odds(partial(_never, years))
        found[f"race.p_{name}_first.{target}"] = odds(partial(_first, ORDER.index(name)))
    for one, other in (*combinations(ROUTES, 2), ("campus", FEDERATION)):
        pair = itemgetter(ORDER.index(one)), itemgetter(ORDER.index(other))
        found[f"race.p_{one}_before_{other}.{target}"] = odds(partial(_before, *pair))
    return found


def odds(happens: Callable[[Array], Array]) -> Outcome:
    """How likely something is."""
    return Outcome(happens, lambda finishes: float(happens(finishes).mean()))


def _capped(years: Row, end: float, finishes: Array) -> Array:
    """The finish of a route; never counts as the end of the race."""
    return np.minimum(years(finishes), end)


def _day(years: Row, quantile: float, finishes: Array) -> float:
    return float(np.quantile(years(finishes), quantile, method="inverted_cdf"))


def _done_by(years: Row, by: float, finishes: Array) -> Array:
    return (years(finishes) <= by).astype(float)


def _never(years: Row, finishes: Array) -> Array:
    return np.isinf(years(finishes)).astype(float)


def _first(row: int, finishes: Array) -> Array:
    others = np.delete(finishes, row, axis=0)
    first: Array = (finishes[row] < others.min(axis=0)).astype(float)
    return first


def _before(one: Row, other: Row, finishes: Array) -> Array:
    return (one(finishes) < other(finishes)).astype(float)
