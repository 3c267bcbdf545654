"""What points of the unit cube make of the parameters: an array for every id that is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from euromesh import units as u
from euromesh.ensemble.inputs import inputs
from euromesh.ensemble.marginals import Array, Choice, Coded, Dependent, Marginal
from euromesh.ensemble.tree import rebuilt, value_of
from euromesh.params import nested
from euromesh.records import Params

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Varied:
    """What draws around some parameters vary: the column and the marginal of every id."""

    params: Params
    columns: Mapping[str, int]
    marginals: Mapping[str, Marginal]
    fields: Mapping[str, tuple[str, ...]]  # the varied numbers below every record, by its path
    known: dict[str, Any] = field(default_factory=dict)  # values that were asked for

    def value(self, key: str) -> Any:
        """The central value of an id."""
        if key not in self.known:
            self.known[key] = value_of(self.params, key)
        return self.known[key]


def varied(params: Params) -> Varied:
    """What draws around these parameters vary."""
    found = inputs(params)
    columns = {key: one.column for one in found for key in one.known_as}
    marginals = {k: m for one in found for k, m in zip(one.ids, one.marginals, strict=True)}
    below: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for key, marginal in marginals.items():
        words = key.split(".")
        for end in range(1, len(words) if not isinstance(marginal, Coded) else 0):
            below[".".join(words[:end])] += (key,)
    return Varied(params, columns, marginals, dict(below))


@dataclass(frozen=True, slots=True)
class Columns:
    """The parameters at some points, a row a draw, each made when it is first asked for.

    Coded as the marginals code them: a date as its day, a choice as its place, a flag as 0 or 1.
    """

    of: Varied
    points: Array
    made: dict[str, Array] = field(default_factory=dict)
    kept: dict[Any, Any] = field(default_factory=dict)  # what several routes or targets share

    def __len__(self) -> int:
        return len(self.points)

    def drawn(self, key: str) -> Array:
        """The numbers of an id, or of a coordinate of chance: one a draw."""
        if key not in self.made:
            self.made[key] = self._make(key)
        return self.made[key]

    def _make(self, key: str) -> Array:
        marginal = self.of.marginals.get(key)
        if marginal is None and key not in self.of.columns:
            return np.full(len(self), self.of.value(key), dtype=np.float64)
        at = np.ascontiguousarray(self.points[:, self.of.columns[key]])
        if marginal is None:
            return at
        return marginal.at(at, self.drawn) if isinstance(marginal, Dependent) else marginal.at(at)

    def varies(self, key: str) -> bool:
        """Whether the draws vary an id."""
        return key in self.of.marginals

    def number(self, key: str) -> Any:
        """The numbers of an id that the draws vary, else its one value."""
        return self.drawn(key) if self.varies(key) else self.of.value(key)

    def day(self, key: str, month_ends: bool = True) -> Any:
        """The day of a date since the calendar began; of a month its last or first."""
        if self.varies(key):
            return self.drawn(key)
        read = u.last_day if month_ends else u.first_day
        return read(self.of.value(key)).toordinal()

    def decided(self) -> Any:
        """The day of the decision, from which every route counts."""
        return self.day("race.decision_date", month_ends=False)

    def choice(self, key: str) -> tuple[tuple[str, ...], NDArray[np.intp]]:
        """The names that an id may take, and the place of the one that every draw takes."""
        marginal = self.of.marginals.get(key)
        if isinstance(marginal, Choice):
            return marginal.names, self.drawn(key).astype(np.intp)
        return (self.of.value(key),), np.zeros(len(self), dtype=np.intp)

    def record(self, path: str) -> Any:
        """A record of the tree with arrays in its fields of numbers that the draws vary."""
        below = self.of.fields.get(path, ())
        places = nested({key[len(path) + 1 :]: place for place, key in enumerate(below)})
        return rebuilt(self.of.value(path), places, [self.drawn(key) for key in below])

    def once(self, name: Any, make: Callable[[], Made]) -> Made:
        """What `make` gives, made at the first call with this name."""
        if name not in self.kept:
            self.kept[name] = make()
        made: Made = self.kept[name]
        return made
