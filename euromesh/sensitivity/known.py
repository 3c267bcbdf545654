"""What points of the unit cube make of every input: a column of numbers each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from euromesh.ensemble import Draws, Input, draws_at, inputs
from euromesh.ensemble.marginals import Array, Choice, Coded
from euromesh.ensemble.tree import value_of
from euromesh.params import Value
from euromesh.params.texts import nearest
from euromesh.records import InputError, Params

Shown = Callable[[float], Value]  # a number of a column as its parameter writes it


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What could be known of a draw: a column of numbers an input, coded as the marginals do.

    The value of a parameter where the input moves some, the first of them where it moves
    several, for these follow each other; the coordinate itself where it moves none.
    """

    names: tuple[str, ...]
    numbers: Array  # draws x inputs
    shown: tuple[Shown, ...]

    def of(self, names: Sequence[str]) -> Array:
        """The columns of some inputs: draws x names."""
        unknown = [name for name in names if name not in self.names]
        if unknown:
            known = nearest(unknown[0], self.names)
            raise InputError(f"{unknown[0]} is not an input of these draws{known}")
        return self.numbers[:, [self.names.index(name) for name in names]]

    def where(self, kept: NDArray[np.bool_]) -> Known:
        """What could be known of some of the draws."""
        return replace(self, numbers=self.numbers[kept])


def known(params: Params, points: Array) -> Known:
    """What could be known of the draws at points in (0, 1): a row a draw, a column a coordinate."""
    found = inputs(params)
    draws = draws_at(params, points)
    columns = [_column(draws, one, points) for one in found]
    shown = tuple(_shown(one) for one in found)
    return Known(tuple(one.name for one in found), np.column_stack(columns), shown)


def flagged(found: Known, params: Params) -> Known:
    """The same with a flag a name, `law = tax`, in place of every choice among names."""
    named = {one.name: one.marginals[0] for one in inputs(params) if one.marginals}
    parts = [_flags(found, name, named.get(name)) for name in found.names]
    numbers = np.concatenate([part.numbers for part in parts], axis=1)
    return Known(
        tuple(name for part in parts for name in part.names),
        numbers,
        tuple(shown for part in parts for shown in part.shown),
    )


def _column(draws: Draws, one: Input, points: Array) -> Array:
    if not one.ids:
        return points[:, one.column]
    place: int = value_of(draws.columns, one.ids[0])  # type: ignore[arg-type]
    return draws.numbers[:, place]


def _shown(one: Input) -> Shown:
    first = one.marginals[0] if one.marginals else None
    return first.value if isinstance(first, Coded) else float


def _flags(found: Known, name: str, marginal: object) -> Known:
    place = found.names.index(name)
    column = found.numbers[:, place]
    if not isinstance(marginal, Choice):
        return Known((name,), column[:, np.newaxis], (found.shown[place],))
    names = tuple(f"{name} = {one}" for one in marginal.names)
    flags = column[:, np.newaxis] == np.arange(len(names))
    return Known(names, flags.astype(np.float64), (bool,) * len(names))
