"""Inputs, their values and what was found of them in words: a row of a table has its own unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from euromesh import sensitivity
from euromesh import units as u
from euromesh.ensemble import COMMON_DELAY, inputs
from euromesh.params import Value, library, rules
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


LAWS: Final = {  # of what distance costs, in words
    "gap": "gap to one site",
    "irreducible": "irreducible loss",
    "joint": "joint law",
    "joint_vs_one": "joint law against one site",
    "miri": "law of MIRI",
    "muloco": "law of MuLoCo",
    "none": "no penalty",
    "shrinking": "shrinking law",
    "tax": "tax a doubling",
}
CHOSEN: Final = {  # values of choices, in words
    "austria_switzerland": "Austria and Switzerland",
    "cuda": "NVIDIA's",
    "eu27": "those of the EU-27",
    "europe": "all of Europe's",
    "eurohpc": "those of EuroHPC",
    "rocm": "AMD's",
}
COMMON: Final = "delay of the grid that all regions share"
FIELDS: Final = {  # of a row or a route, in words
    "announced_on": "day of the announcement",
    "bf16_eflops": "peak in dense BF16",
    "bf16_tflop_per_s": "peak of an accelerator in dense BF16",
    "built": "built",
    "contract_months": "time to a contract",
    "days": "days of the award",
    "drawn_years": "wait for the grid",
    "eur_per_mwh": "price of power",
    "first_build_years": "time to the first power",
    "first_h100": "H100 equivalents of the first phase",
    "first_tranche_mw": "first power",
    "flop": "size of the run",
    "full_build_years": "time to the full power",
    "g_per_kwh": "carbon of the power",
    "gbit_per_s": "rate of the link",
    "happened_on": "day on which it happened",
    "happens_on": "day",
    "it_kw": "power of an accelerator",
    "lead_years": "median wait for the grid",
    "lost_phase": "which of the planned sites are lost",
    "lost_sites": "sites lost",
    "mfu": "MFU",
    "money_eur": "money",
    "mw": "power",
    "n_accel": "accelerators",
    "n_params": "parameters",
    "n_replicas": "sites",
    "n_sites": "number of sites",
    "name": "name",
    "never_built": "odds that it is never built",
    "open_to_rent": "whether it can be rented",
    "operational_on": "day from which it runs",
    "owner_seat": "seat of the owner",
    "planned_from": "first day of the plan",
    "planned_on": "last day of the plan",
    "power_on": "day for which power is promised",
    "procurement_months": "time that the tender takes",
    "pue": "power of the whole site over that of the machines",
    "raced": "takes part",
    "released_on": "day of the release",
    "retires_on": "day of retirement",
    "saturation": "batch at which the MFU has halved",
    "second_h100": "H100 equivalents of the second phase",
    "second_it_mw_least": "least power of the second phase",
    "site_mw": "power of a site",
    "slip_years": "how late",
    "stage": "stage",
    "tflop_per_s": "rate",
    "time_share": "share of the time",
    "training_flop": "size of the run",
    "wholesale_eur_per_mwh": "wholesale price of power",
}


def named(key: str) -> str:
    """An input in words: the route or the row that it belongs to, and what it is of it.

    `leased.site_mw` is "leased hall: power of a site"; a flag of a choice, `law = tax`, keeps the
    name of the choice.
    """
    path, *choice = key.split(" = ")
    *owner, field = path.split(".")
    known = library().parameters.get(path)
    label = COMMON if path == COMMON_DELAY else known.label if known else ""
    told = label or f"{_owner(owner)}: {FIELDS.get(field, field)}"
    return " = ".join([told, *choice]).replace("_", " ")


def _owner(path: list[str]) -> str:
    """What an input belongs to: a route, a row by its name, else the topic."""
    if path and path[0] in ROUTES:
        return ROUTES[path[0]].label
    row, known = ".".join(path), library().parameters
    if name := known.get(f"{row}.name"):
        return str(name.value)
    if row.startswith("grid_lead_times."):
        region = region_named(str(known[f"{row}.region"].value))
        return f"{region}, {known[f'{row}.load_mw'].value:,.0f} MW"
    return " ".join(path[-1:])


def written(key: str, value: Value) -> str:
    """A value of a parameter with its unit; nothing has no value."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    unit = library().spec(key).unit
    if isinstance(value, str):
        return f"{u.last_day(value):%b %Y}" if unit == "date" else _worded(key, value)
    if unit == "fraction":
        return f"{100 * value:.3g} %"
    return f"{value:.3g}" if unit in UNITLESS else f"{value:.3g} {unit}"


def _worded(key: str, value: str) -> str:
    """A name among several in words: that of its row, where it names one."""
    table = rules.LINKS.get(key, "")
    if row := library().parameters.get(f"{table}.{value}.name"):
        return str(row.value)
    if key == "penalty.law":
        return LAWS[value]
    is_region = table == "grid_lead_times.region" and value not in rules.OF_SEVEN
    return region_named(value) if is_region else CHOSEN.get(value) or value.replace("_", " ")


def region_named(region: str) -> str:
    """A region of the lead times in words."""
    return CHOSEN.get(region) or region.replace("_", " ").title()


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


def query(values: Mapping[str, Value]) -> str:
    """Values by id as the address of the explorer writes them."""
    return "&".join(f"{key}={_written(values[key])}" for key in sorted(values))


def _written(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else quote(value)
