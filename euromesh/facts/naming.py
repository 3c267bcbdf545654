"""Inputs, their values and what was found of them in words: a row of a table has its own unit."""

from __future__ import annotations

from typing import Final

from euromesh import sensitivity
from euromesh import units as u
from euromesh.ensemble import inputs
from euromesh.params import Value, library
from euromesh.records import Params
from euromesh.routes import ROUTES
from euromesh.sensitivity import Limit, Search

NOTHING: Final = "–"
UNITLESS: Final = ("count", "exponent", "factor", "number", "pue")
ENDS: Final = ("P10", "P90")
GROUPS: Final = {  # of inputs, in words
    "race": "day of the decision",
    "terms": "share, grant and life of the machines",
    "compute": "speed of machines and accelerators",
    "layer 1": "what distance costs",
    "never built": "whether a route is granted or built",
    "slip": "late plans",
    "grid": "wait for the grid, by region",
    "common delay": "delay that all regions share",
    "new sites": "tenders, contracts and building of other routes",
}


def named(key: str) -> str:
    """An input in words: the route or the row that it belongs to, and what it is of it.

    `owned.grant_months` is "public machines: grant months"; a flag of a choice, `law = tax`,
    keeps the name of the choice.
    """
    path, *choice = key.split(" = ")
    *owner, field = path.split(".")
    of = ROUTES[owner[0]].label if owner and owner[0] in ROUTES else " ".join(owner[-1:])
    return " = ".join([f"{of}: {field.removeprefix('n_')}", *choice]).replace("_", " ")


def written(key: str, value: Value) -> str:
    """A value of a parameter, with its unit where its name has none; nothing has no value."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    unit = library().spec(key).unit
    if isinstance(value, str):
        return f"{u.last_day(value):%b %Y}" if unit == "date" else value.replace("_", " ")
    if unit == "fraction":
        return f"{100 * value:.3g} %"
    told = key.endswith("_" + unit.lower().replace("/", "_per_"))
    return f"{value:.3g}" if told or unit in UNITLESS else f"{value:.3g} {unit}"


def range_of(params: Params, name: str) -> str:
    """P10 to P90 of an input, or both values of a flag; a choice has no ends.

    What no draw varies, because somebody has set it, has the range of its parameter.
    """
    one = next((one for one in inputs(params) if one.name == name), None)
    if one is None:
        known = library().parameters[name]
        return _span(written(name, known.low), written(name, known.high))
    labels, found = [], []
    for place in sensitivity.places(one):
        value = sensitivity.values_at(params, one, place.quantile).get(one.shown)
        labels.append(place.label)
        found.append(place.label if value is None else written(one.name, value))
    if tuple(labels) == ENDS:
        return _span(*found)
    return " or ".join(found) if len(found) == len(ENDS) else "a choice"


def _span(low: str, high: str) -> str:
    """Two values of one unit, which is written once."""
    (one, *unit), other = low.split(" ", 1), high.split(" ", 1)
    return f"{one if unit == other[1:] else low} to {high}"


def flipped(found: Search) -> str:
    """The value nearest to the centre at which an order flips; of names and flags, all of them."""
    if not found.flips:
        return "never"
    if found.nearest.quantile is None:
        return " or ".join(written(found.name, flip.value) for flip in found.flips)
    return written(found.name, found.nearest.value)


def limited(one: Limit) -> str:
    """A limit of a box: a range, or what a flag is."""
    if isinstance(one.low, bool) or isinstance(one.high, bool):
        return f"{named(one.name)}: {'yes' if one.low else 'no'}"
    low = "" if one.low is None else f"from {written(one.name, one.low)} "
    high = "" if one.high is None else f"up to {written(one.name, one.high)}"
    return f"{named(one.name)} {low}{high}".strip()
