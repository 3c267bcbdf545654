"""Quasi-random draws of the whole parameter tree, each a function of (params, i, seed) alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from euromesh.ensemble.columns import Columns, varied
from euromesh.ensemble.marginals import Array, Coded
from euromesh.ensemble.points import sobol
from euromesh.params import Value, library
from euromesh.records import Params
from euromesh.records.tree import nested, rebuilt


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """Draws of the parameters, each built when it is asked for.

    `numbers` has a row a draw and a column an id, coded as the marginals code them.
    """

    params: Params
    numbers: Array
    columns: Mapping[str, Any]  # the tree of the varied ids, with the column of each at its leaf
    coded: Mapping[int, Callable[[float], Value]]  # the columns that are not plain numbers

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[Params]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, index: int) -> Params:
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
    of = varied(params)
    columns = Columns(of, points)
    numbers = np.empty((len(points), len(of.marginals)))
    for place, key in enumerate(of.marginals):
        numbers[:, place] = columns.drawn(key)
    keys = nested({key: place for place, key in enumerate(of.marginals)})
    coded = {k: m.value for k, m in enumerate(of.marginals.values()) if isinstance(m, Coded)}
    return Draws(params, numbers, keys, coded)
