"""Quasi-random draws of the whole parameter tree, each a function of (params, i, seed) alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, overload

import numpy as np

from euromesh.ensemble.inputs import Input, inputs
from euromesh.ensemble.marginals import Array, Coded, Dependent
from euromesh.ensemble.points import sobol
from euromesh.ensemble.tree import rebuilt, value_of
from euromesh.params import Value, library, nested
from euromesh.records import Params


@dataclass(frozen=True, slots=True, eq=False)
class Draws(Sequence[Params]):
    """Draws of the parameters, each built when it is asked for.

    `numbers` has a row a draw and a column an id, coded as the marginals code them.
    """

    params: Params
    numbers: Array
    columns: Mapping[str, Any]  # the tree of the varied ids, with the column of each at its leaf
    coded: Mapping[int, Callable[[float], Value]]  # the columns that are not plain numbers

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, index: int) -> Params: ...
    @overload
    def __getitem__(self, index: slice) -> Draws: ...
    def __getitem__(self, index: int | slice) -> Params | Draws:
        if isinstance(index, slice):
            return replace(self, numbers=self.numbers[index])
        row: list[Any] = self.numbers[index].tolist()
        for column, value in self.coded.items():
            row[column] = value(row[column])
        draw: Params = rebuilt(self.params, self.columns, row)
        return draw


def sample(params: Params, n: int, seed: int) -> Draws:
    """n draws of the parameters around `params`: a scrambled Sobol sequence through `inputs`.

    The first draws of a longer sample with the same seed are those of a shorter one. n must be
    a power of two of at least 2, else an `InputError`.
    """
    return draws_at(params, sobol(library().coordinates, n, seed))


def draws_at(params: Params, points: Array) -> Draws:
    """The draws at points in (0, 1): a row a draw, a column a coordinate."""
    found = inputs(params)
    columns = _columns(params, found, points)
    marginals = {k: m for one in found for k, m in zip(one.ids, one.marginals, strict=True)}
    numbers = np.empty((len(points), len(marginals)))
    for place, key in enumerate(marginals):
        numbers[:, place] = columns[key]
    keys = nested({key: place for place, key in enumerate(marginals)})
    coded = {k: m.value for k, m in enumerate(marginals.values()) if isinstance(m, Coded)}
    return Draws(params, numbers, keys, coded)


def _columns(params: Params, found: Sequence[Input], points: Array) -> dict[str, Array]:
    """What the points make of every id, of the dependent ones last; coordinates without ids too."""
    columns = {one.name: points[:, one.column] for one in found if not one.ids}
    later: list[tuple[str, Dependent, Array]] = []
    for one in found:
        for key, marginal in zip(one.ids, one.marginals, strict=True):
            if isinstance(marginal, Dependent):
                later.append((key, marginal, points[:, one.column]))
            else:
                columns[key] = marginal.at(points[:, one.column])

    def drawn(key: str) -> Array:
        return columns[key] if key in columns else np.asarray(value_of(params, key))

    return columns | {key: marginal.at(u, drawn) for key, marginal, u in later}
