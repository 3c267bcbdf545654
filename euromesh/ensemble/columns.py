"""What points of the unit cube make of the parameters: an array for every id that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from weakref import proxy

import numpy as np

from euromesh.elementwise import Named
from euromesh.ensemble.chance import COMMON_DELAY
from euromesh.ensemble.inputs import CHOICES, LAW, inputs, weighing, weights_of
from euromesh.ensemble.marginals import Array, Choice, Dependent, Marginal
from euromesh.records import Params
from euromesh.records.tree import value_of

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Varied:
    """What draws around some parameters vary: the column and the marginal of every id."""

    params: Params
    columns: Mapping[str, int]
    marginals: Mapping[str, Marginal]
    above: Collection[str]  # the records and tables with such an id below them


def varied(params: Params) -> Varied:
    """What draws around these parameters vary."""
    found = inputs(params)
    columns = {key: one.column for one in found for key in one.ids or (one.name,)}
    marginals = {k: m for one in found for k, m in zip(one.ids, one.marginals, strict=True)}
    above = {key[:end] for key in marginals for end, sign in enumerate(key) if sign == "."}
    return Varied(params, columns, marginals, above)


def behind(of: Varied, ids: Collection[str]) -> set[str]:
    """The ids that the draws of some ids read: the laws of chance, what weighs the choices."""
    marginals = of.marginals
    read = [marginals[key] for key in marginals.keys() & ids]
    found = {other for one in read if isinstance(one, Dependent) for other in one.others}
    if LAW in ids:
        found |= weighing()
    for key in CHOICES.keys() & ids:
        found |= set(weights_of(key).values())
    return found - {COMMON_DELAY}


@dataclass(frozen=True, slots=True, weakref_slot=True)
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
        if key not in self.of.columns:
            return np.full(len(self), value_of(self.of.params, key), dtype=np.float64)
        u = np.ascontiguousarray(self.points[:, self.of.columns[key]])
        match self.of.marginals.get(key):
            case None:
                return u
            case Dependent() as law:
                return law.at(u, self.drawn)
            case marginal:
                return marginal.at(u)

    def moved(self, points: Array) -> Columns:
        """The same at other points, with the numbers in which no column that differs has a part."""
        differs = (points != self.points).any(axis=0)
        changed = {key for key, column in self.of.columns.items() if differs[column]}
        laws = ((k, m) for k, m in self.of.marginals.items() if isinstance(m, Dependent))
        changed |= {key for key, law in laws if not changed.isdisjoint(law.others)}
        kept = {key: one for key, one in self.made.items() if key not in changed}
        return Columns(self.of, points, kept)

    def varies(self, key: str) -> bool:
        """Whether the draws vary an id."""
        return key in self.of.marginals

    def number(self, key: str) -> Any:
        """The numbers of an id that the draws vary, else its one value."""
        return self.drawn(key) if self.varies(key) else value_of(self.of.params, key)

    def params(self, raised: str = "") -> Params:
        """The parameters with arrays of draws in the place of what the draws vary.

        Each array is made when it is first read. A flag of a route that is named, by its id, is
        true.
        """
        seen: Any = self.once("params", lambda: self.some(...))
        if raised:
            route, _, flag = raised.partition(".")
            seen = _With(seen, route, _With(getattr(seen, route), flag, True))
        return cast(Params, seen)

    def some(self, at: Any, **values: Any) -> Params:
        """The same with a part of each array; dots of ids are written as two underscores."""
        held = {key.replace("__", "."): value for key, value in values.items()}
        return cast(Params, _Seen(proxy(self), self.of.params, "", at, held))

    def once(self, name: Any, make: Callable[[], Made]) -> Made:
        """What `make` gives, made at the first call with this name."""
        if name not in self.kept:
            self.kept[name] = make()
        made: Made = self.kept[name]
        return made


class _Seen:
    """A record, or the whole tree, over draws: a field is made when it is first read, and kept."""

    def __init__(
        self, columns: Columns, record: Any, path: str, at: Any, held: Mapping[str, Any]
    ) -> None:
        self._made_of = (columns, record, path, at, held)

    def __getattr__(self, name: str) -> Any:
        columns, record, path, at, held = self._made_of
        found = _seen(columns, getattr(record, name), f"{path}{name}", at, held)
        setattr(self, name, found)
        return found


def _seen(columns: Columns, value: Any, key: str, at: Any, held: Mapping[str, Any]) -> Any:
    """A value over draws: a record, a table, a number, or the name of every draw."""
    if key in held:
        return held[key]
    if marginal := columns.of.marginals.get(key):
        drawn = columns.drawn(key)[at]
        if isinstance(marginal, Choice):
            return Named(marginal.names, drawn.astype(np.intp))
        return drawn
    if key not in columns.of.above:
        return value
    if isinstance(value, dict):
        return {row: _seen(columns, one, f"{key}.{row}", at, held) for row, one in value.items()}
    return _Seen(columns, value, f"{key}.", at, held)


class _With:
    """A record, or the whole tree, with another value in one field."""

    def __init__(self, record: Any, name: str, value: Any) -> None:
        self._record = record
        setattr(self, name, value)

    def __getattr__(self, name: str) -> Any:
        setattr(self, name, getattr(self._record, name))
        return vars(self)[name]
