"""What a draw varies: the inputs, the coordinate of each, and the group it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

from euromesh import fits, routes
from euromesh.ensemble import chance
from euromesh.ensemble.marginals import Choice, Marginal, choice, spread, stepped
from euromesh.params import Parameter, library
from euromesh.params.files import COORDINATES
from euromesh.records import InputError, Params
from euromesh.records.settings import Penalty
from euromesh.records.tables import LossRow
from euromesh.records.tree import value_of

LAW: Final = "penalty.law"
WEIGHED_BY: Final = (  # ids that the weights of the laws rest on
    *("losses.*.n_params", "losses.*.m[1248]"),
    *("penalty.tax_exponent", "penalty.joint.alpha"),
)
LEADING: Final = 24  # coordinates, the first, of what moves the order of the routes most: measured
COUPLED: Final = "mfu_runs.*.saturation"  # one physical h, in every chip
CHOICES: Final = {  # a choice of a name, and the ids of their weights
    "training.precision": "training.precision_weights.*",
    "frontier.reading": "frontier_runs.*.weight",
    "gigafactory.lot": "gigafactory_lots.*.n_sites",
}
HELD: Final = (  # a range that no draw moves
    "training.precision_weights.*",
    "frontier_runs.*.weight",
    "grid_lead_times.*.lead_years",  # P10 to P90 of what chance makes of the median
)
GROUPS: Final[Mapping[str, str]] = {  # the first pattern that fits; `*` is any text
    "*.saturation": "layer 1",
    "training.*": "layer 1",
    "penalty.*": "layer 1",
    "links.*": "layer 1",
    "*.slip_years": "slip",
    "slip.*": "slip",
    "*.never_built": "never built",
    "*.built": "never built",
    "new_medium.lost_*": "never built",
    "*.project_never_built": "never built",
    "owned.never_granted": "never built",
    "owned.granted": "never built",
    "owned.goodput": "compute",
    "machines.*": "compute",
    "clusters.*": "compute",
    "accelerators.*": "compute",
    "mfu_runs.*": "compute",
    "owned.*": "terms",
    chance.COMMON_DELAY: "common delay",
    "grid.*": "grid",
    "grid_lead_times.*": "grid",
    "campus.region": "grid",
    "new_sites.*": "new sites",
    **{f"{route}.*": "new sites" for route in routes.ROUTES if route != "owned"},
    "programme.*": "programme",
    "carbon.*": "carbon",
    "countries.*_g_per_kwh": "carbon",
    "countries.*": "money",
    "costs.*": "money",
    "goalposts.*": "scorecard",
    "frontier.*": "frontier",
    "frontier_runs.*": "frontier",
    "gigafactory_lots.*": "new sites",
    "race.*": "race",
    "targets.*": "race",
    "operation.*": "operation",
    "cases.*": "published",
    "original.*": "published",
}


@dataclass(frozen=True, slots=True)
class Input:
    """Parameters that one coordinate of the draws moves, most often a single one.

    The common delay moves none by itself: with the local delays it moves the lead times.
    """

    name: str  # the coordinate's, whatever of its ids is held: the first of them, or its own
    ids: tuple[str, ...]
    column: int  # of the points
    marginals: tuple[Marginal, ...]

    @property
    def group(self) -> str:
        """The group that its parameters belong to."""
        return group_of(self.name)

    @property
    def shown(self) -> str:
        """The id whose value speaks for it: the first, or its name where it moves none."""
        return self.ids[0] if self.ids else self.name


def inputs(params: Params, asked: str = "") -> tuple[Input, ...]:
    """What the draws around these parameters vary: all, or the coordinate of one name or id.

    Every parameter with a range (low < high) that stands at its central value, the penalty law
    by how well each predicts, the precision by its weights, and what the tree leaves to chance. A
    value that a scenario or an override has set is held fixed, the central one too; so are the
    weights. An input keeps its column whatever else is fixed, so two scenarios see the same draws
    of what both vary.

    All saturations share a coordinate: they are one physical h in several rows.
    """
    found, columns = library().parameters, library().coordinates
    made = []
    for name, ids in coordinates().items():
        if asked and asked not in (name, *ids):
            continue
        marginals = {key: _marginal(found[key], params) for key in ids}
        free = {key: one for key, one in marginals.items() if one is not None}
        if free or not ids:
            made.append(Input(name, tuple(free), columns.index(name), tuple(free.values())))
    return tuple(made)


@cache
def coordinates() -> dict[str, tuple[str, ...]]:
    """The ids that each coordinate moves, by its name in the list and in the order of the list.

    Every coordinate must be in `params/coordinates.txt`, else an `InputError`: there its line is
    its dimension of the sequence, its name its scramble. So the list only grows at its end, and a
    name whose parameter is gone keeps its line.
    """
    ranged = [key for key, one in library().parameters.items() if _has_range(one)]
    together = tuple(key for key in sorted(ranged) if fnmatchcase(key, COUPLED))
    alone = {key: (key,) for key in (LAW, *CHOICES, *ranged) if key not in together}
    found = {**alone, together[0]: together, **chance.coordinates()}
    missing = sorted(found.keys() - library().coordinates)
    if missing:
        raise InputError(
            f"{', '.join(missing)} must have a coordinate, as all that draws move has: append to "
            f"params/{COORDINATES}, a line each: {' '.join(missing)}"
        )
    return {name: found[name] for name in library().coordinates if name in found}


def n_coordinates() -> int:
    """The dimension of the points."""
    return len(library().coordinates)


def group_of(key: str) -> str:
    """The group of a parameter's id; an `InputError` where none fits."""
    for pattern, group in GROUPS.items():
        if fnmatchcase(key, pattern):
            return group
    raise InputError(f"{key} belongs to no group: add a pattern to GROUPS ({__name__})")


def _has_range(parameter: Parameter) -> bool:
    """Whether draws move it; an `InputError` for a distribution that none would read."""
    held = any(fnmatchcase(parameter.id, pattern) for pattern in HELD)
    stated = parameter.distribution is not None
    if stated and (held or parameter.id in chance.laws()):
        where = f"({parameter.file}: {parameter.id})"
        raise InputError(f"distribution must be left out: no draw reads this range {where}")
    return (stated or parameter.low != parameter.high) and not held


def _marginal(parameter: Parameter, params: Params) -> Marginal | None:
    """The marginal of a parameter; None where it is held fixed."""
    if parameter.id in params.held:
        return None
    law = chance.laws().get(parameter.id)
    if law:
        return law(parameter, params)
    if value_of(params, parameter.id) != parameter.value:
        return None
    special = SPECIAL.get(parameter.id)
    return special(parameter, params) if special else spread(parameter)


@cache
def _weighed(
    rows: tuple[tuple[str, LossRow], ...], penalty: Penalty
) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """The laws and their weights by the errors of their predictions."""
    weights = fits.law_weights(fits.law_errors(dict(rows), penalty))
    return tuple(weights), tuple(weights.values())


@cache
def weights_of(choice_id: str) -> dict[str, str]:
    """The ids of the weights of a choice, by the names that it is made of."""
    pattern = CHOICES[choice_id]
    before, _, after = pattern.partition("*")
    ids = (key for key in library().parameters if fnmatchcase(key, pattern))
    return {key.removeprefix(before).removesuffix(after): key for key in sorted(ids)}


@cache
def weighing() -> frozenset[str]:
    """The ids that the weights of the laws rest on."""
    known = library().parameters
    return frozenset(key for key in known for p in WEIGHED_BY if fnmatchcase(key, p))


def _by_weight(parameter: Parameter, params: Params) -> Marginal:
    """A choice of a name, each as often as its weight says."""
    weights = {name: value_of(params, key) for name, key in weights_of(parameter.id).items()}
    return choice(CHOICES[parameter.id], weights)


SPECIAL: Final[Mapping[str, Callable[[Parameter, Params], Marginal]]] = {
    **dict.fromkeys(CHOICES, _by_weight),
    "training.bits_per_param": lambda one, _: stepped(one, (4.0, 8.0, 16.0)),
    LAW: lambda _, params: Choice(*_weighed(tuple(params.losses.items()), params.penalty)),
    "costs.site_mw": lambda one, params: stepped(  # a load whose lead times are known
        one, {row.load_mw for row in params.grid_lead_times.values()}
    ),
    # a largest known run does not become smaller with time
    "frontier.growth_per_year": lambda one, _: replace(spread(one), least=1.0),
}
