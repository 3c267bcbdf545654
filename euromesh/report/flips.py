"""Headline numbers that break the headline: the value of each input at which the order flips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from euromesh import sensitivity
from euromesh.ensemble import COMMON_DELAY, group_of
from euromesh.ensemble.inputs import WEIGHTS, coordinates
from euromesh.params import library
from euromesh.records import Params
from euromesh.report.drivers import OF_THE_RACE
from euromesh.report.figure import Figure, count
from euromesh.report.reads import Reads
from euromesh.sensitivity import Flip, RaceModel, Search

RACED = ("owned", "campus")


def flips(params: Params, read: Reads) -> Mapping[str, Figure]:
    """For each input of either route, the value at which owned and campus change their order.

    `never` within its evidence range, P10 to P90, where it does not; so too where the flip
    lies beyond, which `sensitivity.flips_beyond` counts with the flags and names that flip it.
    """
    race, target = RaceModel(params, params.race.target), params.race.target
    inputs = read["owned"][target] | read["campus"][target]
    known = set(sensitivity.searchable(params))
    found = {}
    for name in searched():
        moved = [route for route in RACED if _reads(name, read[route][target])]
        if moved and name in known:
            found[name] = search(race, name, moved)
    figures = {f"sensitivity.flip.{name}": _figure(found.get(name)) for name in searched()}
    inside = sum(one.flips_within_range for one in found.values())
    beyond = sum(bool(one.flips) for one in found.values()) - inside
    figures["owned.share_that_ties"] = _nearest(found.get("owned.share"))
    figures |= {
        "sensitivity.flips_searched": count(len(found)),
        "sensitivity.flips_within_range": count(inside),
        "sensitivity.flips_beyond": count(beyond),
    }
    idle = {f"sensitivity.flip.{name}": _of(name) for name in searched() if name not in found}
    return {key: replace(figure, inputs=idle.get(key, inputs)) for key, figure in figures.items()}


def searched() -> list[str]:
    """What has a range and can move a finish: the coordinates of draws, and what none moves."""
    of_race = [key for key in coordinates() if group_of(key) in OF_THE_RACE]
    moved = {key for ids in coordinates().values() for key in ids}
    ranged = (key for key, one in library().parameters.items() if one.low != one.high)
    others = [k for k in ranged if k not in moved and group_of(k) in OF_THE_RACE]
    return sorted({*of_race, *others} - {k for k in others if k.startswith(f"{WEIGHTS}.")})


def search(race: RaceModel, name: str, moved: Sequence[str]) -> Search:
    """Where the order flips along one input; a route that does not read it keeps its date."""
    dates = {route: race.finish(route, race.params) for route in RACED}

    def before(changed: Params) -> bool:
        now = {
            route: race.finish(route, changed) if route in moved else dates[route]
            for route in RACED
        }
        return now["owned"] < now["campus"]

    return sensitivity.flips(before, race.params, name)


def _reads(name: str, read: frozenset[str]) -> bool:
    """Whether a route reads what an input moves; the common delay moves what it waits for."""
    if name == COMMON_DELAY:
        return any(key.startswith("grid_lead_times.") for key in read)
    drawn = name.replace("lead_years", "drawn_years")  # the median behind it
    return bool(read & {name, drawn, *coordinates().get(name, ())})


def _of(name: str) -> frozenset[str]:
    """All that a search reads which neither route asks for: the input's own parameters."""
    return frozenset(coordinates().get(name) or (name,))


def _nearest(found: Search | None) -> Figure:
    """The flip nearest to the centre, within the evidence range or beyond it."""
    if found is None or not found.flips:
        return Figure("never", "none", "s")
    nearest = min(found.flips, key=lambda flip: abs((flip.quantile or 0.5) - 0.5))
    return _value(found.name, nearest)


def _figure(found: Search | None) -> Figure:
    if found is None:
        return Figure("never", "none", "s")
    inside = [flip for flip in found.flips if flip.is_within_range or flip.quantile is None]
    if not inside:
        return Figure("never", "none", "s")
    return _value(found.name, inside[0])


def _value(name: str, flip: Flip) -> Figure:
    """The value of a flip in its parameter's unit; the quantile of an input that moves none."""
    value = flip.value
    if isinstance(value, bool):
        return Figure(str(value).lower(), "text", "s")
    if value is None:
        return Figure(flip.quantile or 0.0, "fraction", ".0%")
    unit = library().parameters[name].unit
    if isinstance(value, str):
        return Figure(value, "date", "%B %Y") if unit == "date" else Figure(value, "text", "s")
    return Figure(value, unit, ".1%" if unit == "fraction" else ".3g")
