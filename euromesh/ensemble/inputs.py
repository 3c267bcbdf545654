"""What a draw varies: the inputs, the coordinate of each, and the group it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final

from euromesh.ensemble.marginals import Marginal, choice, spread, stepped
from euromesh.params import Parameter, library
from euromesh.records import InputError, Params

LAW: Final = "penalty.law"
WEIGHTS: Final = "penalty.weights"
FIRST: Final = ("owned.share", "race.decision_date", "owned.institutional_months", LAW)
COUPLED: Final = (  # ids that one coordinate moves
    ("training.saturation", "mfu_runs.*.saturation"),  # the same physical h
    ("grid_lead_times.*.lead_years",),
)
GROUPS: Final[Mapping[str, str]] = {  # the first pattern that fits; `*` is any text
    "*.saturation": "layer 1",
    "training.*": "layer 1",
    "penalty.*": "layer 1",
    "links.*": "layer 1",
    "owned.goodput": "compute",
    "machines.*": "compute",
    "accelerators.*": "compute",
    "mfu_runs.*": "compute",
    "owned.*": "terms",
    "grid_lead_times.*": "grid",
    "new_sites.*": "new sites",
    "new_medium.*": "new sites",
    "campus.*": "new sites",
    "carbon.*": "carbon",
    "countries.*_g_per_kwh": "carbon",
    "countries.*": "money",
    "costs.*": "money",
    "goalposts.*": "scorecard",
    "frontier.*": "frontier",
    "race.*": "race",
    "targets.*": "race",
    "operation.*": "operation",
    "cases.*": "published",
    "original.*": "published",
}


@dataclass(frozen=True, slots=True)
class Input:
    """Parameters that one coordinate of the draws moves, most often a single one."""

    ids: tuple[str, ...]
    column: int  # of the points
    marginals: tuple[Marginal, ...]

    @property
    def group(self) -> str:
        """The group that its parameters belong to."""
        return group_of(self.ids[0])


def inputs(params: Params) -> tuple[Input, ...]:
    """What the draws around these parameters vary.

    Every parameter with a range (low < high) that stands at its central value, and the penalty
    law by its weights. A value that a scenario or an override has set is held fixed; so are
    the weights. An input keeps its column whatever else is fixed, so two scenarios
    see the same draws of what both vary.

    All saturations share a coordinate: they are one physical h in several rows. All grid lead
    times share one too, a common factor; the full engine is to split it by region (z_0 and e_k
    of section 4 of the model).
    """
    found = library().parameters
    free = [
        tuple(key for key in ids if value_of(params, key) == found[key].value)
        for ids in coordinates()
    ]
    return tuple(
        Input(ids, column, tuple(_marginal(found[key], params) for key in ids))
        for column, ids in enumerate(free)
        if ids
    )


@cache
def coordinates() -> tuple[tuple[str, ...], ...]:
    """The ids that each column of the points moves: first the important ones, then by id."""
    varied = [LAW, *(key for key, one in library().parameters.items() if _has_range(one))]
    together = [_together(patterns, varied) for patterns in COUPLED]
    coupled = {key for ids in together for key in ids}
    alone = [(key,) for key in varied if key not in coupled]
    return tuple(sorted([*alone, *(ids for ids in together if ids)], key=_order))


def n_coordinates() -> int:
    """The dimension of the points."""
    return len(coordinates())


def group_of(key: str) -> str:
    """The group of a parameter's id; an `InputError` where none fits."""
    for pattern, group in GROUPS.items():
        if fnmatchcase(key, pattern):
            return group
    raise InputError(f"{key} belongs to no group: add a pattern to GROUPS ({__name__})")


def value_of(params: Params, key: str) -> Any:
    """The value of a parameter by its id."""
    node: Any = params
    for word in key.split("."):
        node = node[word] if isinstance(node, dict) else getattr(node, word)
    return node


def _has_range(parameter: Parameter) -> bool:
    return parameter.low != parameter.high and not parameter.id.startswith(f"{WEIGHTS}.")


def _together(patterns: tuple[str, ...], varied: list[str]) -> tuple[str, ...]:
    return tuple(key for p in patterns for key in sorted(varied) if fnmatchcase(key, p))


def _order(ids: tuple[str, ...]) -> tuple[int, str]:
    place = FIRST.index(ids[0]) if ids[0] in FIRST else len(FIRST)
    return place, ids[0]


def _marginal(parameter: Parameter, params: Params) -> Marginal:
    special = SPECIAL.get(parameter.id)
    return special(parameter, params) if special else spread(parameter)


def _law(parameter: Parameter, params: Params) -> Marginal:
    """The penalty law, by its weights."""
    weights = params.penalty.weights
    return choice(WEIGHTS, {field.name: getattr(weights, field.name) for field in fields(weights)})


def _load(parameter: Parameter, params: Params) -> Marginal:
    """A load, one of those whose lead times are known."""
    return stepped(parameter, tuple({row.load_mw for row in params.grid_lead_times.values()}))


def _bits(parameter: Parameter, params: Params) -> Marginal:
    """A width in which numbers are sent: 4, 8 or 16 bits."""
    return stepped(parameter, (4.0, 8.0, 16.0))


SPECIAL: Final[Mapping[str, Callable[[Parameter, Params], Marginal]]] = {
    "training.bits_per_param": _bits,
    LAW: _law,
    "costs.site_mw": _load,
}
