"""Every headline number of the book: value, unit, format, and the parameters it read.

A new number is one entry in one group; a new group is one entry in `GROUPS`. The inputs are
recorded while a group computes, so they cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from euromesh import params as parameters
from euromesh.efficiency import LAWS
from euromesh.facts import Facts
from euromesh.facts.draws import SEED as SEED
from euromesh.records import Params
from euromesh.report import (
    federation,
    layer1,
    simulated,
    spread,
)
from euromesh.report.figure import Figure, Group
from euromesh.report.figure import Number as Number
from euromesh.report.stored import lineage_text as lineage_text
from euromesh.report.stored import results_text as results_text
from euromesh.report.watch import watched

GROUPS: Final[tuple[Group, ...]] = (
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
)


def numbers(
    scenario: str = "central",
    overrides: Mapping[str, object] | None = None,
    tables: Facts | None = None,
) -> dict[str, Number]:
    """Every headline number of a scenario, and the ends of the range of every finish date."""
    asked = dict(overrides or {})
    central = parameters.load(scenario, asked)
    found: dict[str, Number] = {}
    for group in GROUPS:
        found |= evaluate(group, central)
    found |= (tables or Facts(scenario, asked)).numbers()
    return dict(sorted(found.items()))


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
