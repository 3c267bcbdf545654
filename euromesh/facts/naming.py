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


INPUTS: Final = {  # in words that need no owner before them
    "grid.common_delay": "delay of the grid that all regions share",
    "grid.correlation": "part of the grid's delay that regions share",
    "new_sites.build_years": "years to build a new site",
    "new_sites.commissioning_months": "months to commission a new site",
    "new_sites.hardware_lead_years": "years to buy accelerators",
    "penalty.compression_factor": "penalty of compression",
    "penalty.law": "law of what distance costs",
    "penalty.staleness_factor": "penalty of late exchanges",
    "race.decision_date": "day of the decision",
    "slip.median_years": "how late a late plan is",
    "slip.probability": "odds that a dated plan is late",
    "training.batch.multiple": "batch size against its optimum",
    "training.bits_per_param": "bits sent for each parameter",
    "training.low_precision_kept": "goodput kept in low precision",
    "training.precision": "precision of the arithmetic",
    "training.quorum": "part of the sites that must be up",
    "training.step_jitter": "jitter of a step",
    "training.stepping_share": "part of the time up that steps",
    "training.sustained.bf16": "rate of a campaign against a benchmark, BF16",
    "training.sustained.fp8": "rate of a campaign against a benchmark, FP8",
    "training.wan_gbit_per_s": "rate of the network",
}
FIELDS: Final = {  # of a row or a route, in words
    "bf16_eflops": "peak",
    "drawn_years": "wait for the grid",
    "first_build_years": "years to the first power",
    "it_kw": "power of an accelerator",
    "mfu": "MFU",
    "never_built": "odds of never",
    "never_granted": "odds of a refusal",
    "project_never_built": "odds of never, for one project",
    "saturation": "batch at which the MFU has halved",
    "slip_years": "how late",
}


def named(key: str) -> str:
    """An input in words: the route or the row that it belongs to, and what it is of it.

    `owned.grant_months` is "public machines: grant months"; a flag of a choice, `law = tax`,
    keeps the name of the choice.
    """
    path, *choice = key.split(" = ")
    *owner, field = path.split(".")
    told = FIELDS.get(field, field.removeprefix("n_"))
    return " = ".join([INPUTS.get(path) or f"{_owner(owner)}: {told}", *choice]).replace("_", " ")


def _owner(path: list[str]) -> str:
    """What an input belongs to: a route, a row by its name, else the topic."""
    if path and path[0] in ROUTES:
        return ROUTES[path[0]].label
    known = library().parameters.get(f"{'.'.join(path)}.name")
    return str(known.value) if known else " ".join(path[-1:])


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
