"""Headline numbers that break the headline: the value of each input at which the order flips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from euromesh import ensemble, sensitivity
from euromesh.params import Value, library
from euromesh.records import Params
from euromesh.report.figure import Figure, count
from euromesh.report.reads import Reads
from euromesh.sensitivity import Race, Search

RACED = ("owned", "campus")


def flips(params: Params, read: Reads) -> Mapping[str, Figure]:
    """For each input of either route, the value at which owned and campus change their order.

    `never` within its evidence range, P10 to P90, where it does not; so too where the flip
    lies beyond, which `sensitivity.flips_beyond` counts.
    """
    race, target = Race(params, params.race.target), params.race.target
    inputs = read["owned"][target] | read["campus"][target]
    found = {
        name: search(race, name, [route for route in RACED if name in read[route][target]])
        for name in searched(params, inputs)
    }
    figures = {f"sensitivity.flip.{name}": _figure(one) for name, one in found.items()}
    inside = sum(one.flips_within_range for one in found.values())
    beyond = sum(bool(one.flips) for one in found.values()) - inside
    figures["owned.share_that_ties"] = _nearest(found["owned.share"])
    figures |= {
        "sensitivity.flips_searched": count(len(found)),
        "sensitivity.flips_within_range": count(inside),
        "sensitivity.flips_beyond": count(beyond),
    }
    return {key: Figure(f.value, f.unit, f.format, inputs=inputs) for key, f in figures.items()}


def searched(params: Params, read: frozenset[str]) -> list[str]:
    """The inputs of the draws, and what else has a range, that a race reads."""
    ranged = {key for key, one in library().parameters.items() if one.low != one.high}
    drawn = [one.name for one in ensemble.inputs(params) if read & {*one.known_as}]
    others = [
        key for key in sensitivity.searchable(params) if key in ranged & read and key not in drawn
    ]
    return sorted({*drawn, *others, ensemble.COMMON_DELAY} & set(sensitivity.searchable(params)))


def search(race: Race, name: str, moved: Sequence[str]) -> Search:
    """Where the order flips along one input; a route that does not read it keeps its date."""
    dates = {route: race.finish(route, race.params) for route in RACED}

    def before(changed: Params) -> bool:
        now = {
            route: race.finish(route, changed) if route in moved else dates[route]
            for route in RACED
        }
        return now["owned"] < now["campus"]

    return sensitivity.flips(before, race.params, name)


def _nearest(found: Search) -> Figure:
    """The flip nearest to the centre, within the evidence range or beyond it."""
    if not found.flips:
        return Figure("never", "none", "s")
    return _value(found.name, found.flips[0].value)


def _figure(found: Search) -> Figure:
    inside = [flip for flip in found.flips if flip.is_within_range or flip.quantile is None]
    if not inside:
        return Figure("never", "none", "s")
    return _value(found.name, inside[0].value)


def _value(name: str, value: Value) -> Figure:
    unit = library().parameters[name].unit if name in library().parameters else "none"
    if isinstance(value, bool):
        return Figure(str(value).lower(), "text", "s")
    if isinstance(value, str):
        return Figure(value, "date", "%B %Y") if unit == "date" else Figure(value, "text", "s")
    format_ = ".1%" if unit == "fraction" else ".3g"
    return Figure("never" if value is None else value, unit, format_)
