"""Every headline number of the book: value, unit, format, and the parameters it read.

A new number is one entry in one group; a new group is one entry in `GROUPS`. The inputs are
recorded while a group computes, so they cannot be forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from euromesh import params as parameters
from euromesh.efficiency import LAWS
from euromesh.records import Params
from euromesh.report import (
    federation,
    layer1,
    layer2,
    layer3,
    published,
    simulated,
    spread,
    substrate,
    what_if,
)
from euromesh.report.figure import Figure, Group
from euromesh.report.spread import SEED as SEED
from euromesh.report.watch import watched
from euromesh.routes import ROUTES

SIGNIFICANT_DIGITS: Final = 10
RANGE_SCENARIOS: Final = ("low", "high")
GROUPS: Final[tuple[Group, ...]] = (
    substrate.substrate,
    substrate.unsized,
    substrate.set_aside,
    *(partial(layer1.penalty, law) for law in LAWS),
    layer1.protocol,
    layer1.bandwidth,
    layer1.eager,
    layer1.loss_fit,
    layer1.last_doubling,
    layer1.scaling_fit,
    layer1.extrapolation,
    federation.subset,
    federation.alternatives,
    federation.one_building,
    federation.equal_tokens,
    simulated.all_up,
    federation.network,
    federation.topology,
    federation.eligible,
    federation.serving,
    layer1.loss_percent,
    simulated.week,
    federation.mixture,
    federation.steps,
    *(partial(simulated.days, jobs) for jobs in simulated.WAYS),
    simulated.textbook,
    spread.penalty,
    spread.product,
    spread.share_of_date_variance,
    *(partial(layer2.lead_times, load) for load in layer2.LOADS),
    *(partial(layer2.every_region, load) for load in layer2.LOADS),
    layer2.regions,
    layer2.projects,
    *(partial(layer2.route_numbers, route) for route in ROUTES),
    layer2.new_medium_power,
    layer2.campus_power,
    layer2.all_up,
    *(partial(layer2.done_by_horizon, route) for route in ROUTES),
    layer2.lead_over_campus,
    layer2.c_star,
    layer2.c_star_new_medium,
    layer2.moving_frontier,
    layer3.scores,
    layer3.carbon_spread,
    layer3.owned_bill,
    *(partial(published.study, scenario) for scenario in published.SCENARIOS),
    published.at_the_advertised_lead,
    published.mesh_size,
    *(partial(published.case, name) for name in published.CASES),
    published.capital,
)


def groups(params: Params) -> tuple[Group, ...]:
    """Every group of numbers, those of each row of a table included."""
    dates = (
        partial(layer2.target_dates, route, target) for route in ROUTES for target in params.targets
    )
    cards = (partial(layer3.country, name) for name in params.countries)
    return (*GROUPS, *dates, *cards)


@dataclass(frozen=True, slots=True)
class Number:
    """A headline number as it stands in `results.json`."""

    value: float | int | str
    unit: str
    format: str
    inputs: tuple[str, ...]
    bound: str | None = None


def numbers(
    scenario: str = "central", overrides: Mapping[str, object] | None = None
) -> dict[str, Number]:
    """Every headline number of a scenario, and the ends of the range of every finish date."""
    asked = dict(overrides or {})
    found: dict[str, Number] = {}
    central = parameters.load(scenario, asked)
    for group in groups(central):
        found |= evaluate(group, central)
    for end in RANGE_SCENARIOS:
        shifted = parameters.load(end, asked)
        for route in ROUTES:
            dates = evaluate(partial(layer2.finish_date, route), shifted)
            found |= {f"{key}_{end}": value for key, value in dates.items()}
            rest = evaluate(partial(layer2.done_by_horizon, route), shifted)
            found |= {f"{key}_{end}": value for key, value in rest.items()}
    for cases, group, source, stem in what_if.CASES:
        for name, change in cases.items():
            changed = parameters.load(scenario, {**asked, **parameters.ends(change)})
            found[f"{stem}.{name}"] = evaluate(group, changed)[source]
    return dict(sorted(found.items()))


def evaluate(group: Group, params: Params) -> dict[str, Number]:
    """The numbers of one group, with the ids that the group read."""
    view, read = watched(params)
    figures = group(view)
    inputs = tuple(sorted(read))
    return {key: _number(figure, inputs) for key, figure in figures.items()}


def to_json(found: Mapping[str, Number]) -> str:
    """The exact text of `results.json`: keys sorted, floats to ten significant digits."""
    rows = {key: _plain(value) for key, value in sorted(found.items())}
    return (
        json.dumps({"numbers": rows}, allow_nan=False, indent=1, sort_keys=True, ensure_ascii=False)
        + "\n"
    )


def _number(figure: Figure, inputs: tuple[str, ...]) -> Number:
    return Number(figure.value, figure.unit, figure.format, inputs, figure.bound)


def _plain(value: Number) -> dict[str, Any]:
    row: dict[str, Any] = {
        "value": _rounded(value.value),
        "unit": value.unit,
        "format": value.format,
        "inputs": list(value.inputs),
    }
    return row if value.bound is None else row | {"bound": value.bound}


def _rounded(value: float | int | str) -> float | int | str:
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if isinstance(value, float) else value
