"""Every headline number of the book: value, unit, format, and the parameters it read.

A new number is one entry in one group; a new group is one entry in `GROUPS`. The inputs are
recorded while a group computes, so they cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from euromesh import ledger
from euromesh import params as parameters
from euromesh.facts import Facts
from euromesh.records import Params
from euromesh.report import (
    frontier,
    grid,
    layer2,
    layer3,
    machines,
    published,
    race,
    substrate,
    uncertainty,
    what_if,
)
from euromesh.report.figure import Figure, Group
from euromesh.report.figure import Number as Number
from euromesh.report.race import RIVALS
from euromesh.report.spread import SEED as SEED
from euromesh.report.stored import lineage_text as lineage_text
from euromesh.report.stored import results_text as results_text
from euromesh.report.watch import watched
from euromesh.routes import ROUTES

RANGE_SCENARIOS: Final = ("low", "high")
GROUPS: Final[tuple[Group, ...]] = (
    substrate.substrate,
    substrate.unsized,
    substrate.set_aside,
    *machines.GROUPS,
    uncertainty.uncertain,
    *(partial(layer2.lead_times, load) for load in layer2.LOADS),
    *(partial(layer2.every_region, load) for load in layer2.LOADS),
    *(partial(grid.lead_quantiles, load) for load in layer2.LOADS),
    grid.estimates,
    grid.late_plan,
    grid.projects,
    grid.gigafactory_dates,
    grid.gigafactory_size,
    grid.milestones,
    layer2.regions,
    layer2.projects,
    *(partial(layer2.route_numbers, route) for route in ROUTES),
    layer2.all_up,
    *(partial(layer2.done_by_horizon, route) for route in ROUTES),
    *(partial(race.lead_over, route) for route in RIVALS),
    race.verdict,
    race.first_at_target,
    race.c_star,
    race.c_stars,
    race.share_for_2028,
    *(partial(race.equal_terms, terms) for terms in ledger.TERMS),
    *(partial(race.flop_by_year, route) for route in ROUTES),
    *(partial(frontier.at_finish, route) for route in ROUTES),
    *(partial(layer3.run_bill, route) for route in ROUTES),
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
    firsts = (partial(race.enough, target) for target in params.targets)
    cards = (partial(layer3.country, name) for name in params.countries)
    return (*GROUPS, *dates, *firsts, *cards)


def numbers(
    scenario: str = "central",
    overrides: Mapping[str, object] | None = None,
    tables: Facts | None = None,
) -> dict[str, Number]:
    """Every headline number of a scenario, and the ends of the range of every finish date."""
    asked = dict(overrides or {})
    central = parameters.load(scenario, asked)
    found: dict[str, Number] = {}
    for group in groups(central):
        found |= evaluate(group, central)
    for end in RANGE_SCENARIOS:
        found |= _at_end(end, asked)
    for case in what_if.CASES:
        found |= _changed(case, scenario, asked)
    kept = parameters.load(scenario, {**asked, **what_if.PROGRAMME})
    for route in ROUTES:
        found |= evaluate(partial(frontier.generations, route), kept)
    for name in parameters.library().scenarios.keys() - {*RANGE_SCENARIOS, "central"}:
        found |= _in_scenario(name, asked)
    found |= (tables or Facts(scenario, asked)).numbers()
    return dict(sorted(found.items()))


def _at_end(end: str, asked: Mapping[str, object]) -> dict[str, Number]:
    """The finish date of every route in `low` or `high`, and what it has done by the horizon."""
    shifted = parameters.load(end, asked)
    found: dict[str, Number] = {}
    for route in ROUTES:
        for group in (layer2.finish_date, layer2.done_by_horizon):
            numbers = evaluate(partial(group, route), shifted)
            found |= {f"{key}_{end}": value for key, value in numbers.items()}
    return found


def _changed(case: what_if.Case, scenario: str, asked: Mapping[str, object]) -> dict[str, Number]:
    """One number of a group after each of several changes."""
    found = {}
    for name, change in case.changes.items():
        changed = parameters.load(scenario, {**asked, **parameters.ends(change)})
        found[f"{case.stem}.{name}"] = evaluate(case.group, changed)[case.source]
    return found


def _in_scenario(name: str, asked: Mapping[str, object]) -> dict[str, Number]:
    """The finish date of every route in a named scenario, `R.finish_in.<scenario>`."""
    shifted = parameters.load(name, asked)
    return {
        f"{route}.finish_in.{name}": number
        for route in ROUTES
        for number in evaluate(partial(layer2.finish_date, route), shifted).values()
    }


def evaluate(group: Group, params: Params) -> dict[str, Number]:
    """The numbers of one group, with the ids that the group read."""
    view, read = watched(params)
    figures = group(view)
    inputs = tuple(sorted(read))
    return {
        key: _number(figure, inputs if figure.inputs is None else tuple(sorted(figure.inputs)))
        for key, figure in figures.items()
    }


def _number(figure: Figure, inputs: tuple[str, ...]) -> Number:
    return Number(figure.value, figure.unit, figure.format, inputs, figure.bound)
