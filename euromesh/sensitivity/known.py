"""What points of the unit cube make of every input: a column of numbers each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from euromesh.ensemble import draws_at, inputs
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


def known(params: Params, points: Array) -> Known:
    """What could be known of the draws at points in (0, 1): a row a draw, a column a coordinate."""
    draws, names, columns, shown = draws_at(params, points), [], [], list[Shown]()
    for one in inputs(params):
        names.append(one.name)
        if one.ids:
            place: int = value_of(draws.columns, one.ids[0])  # type: ignore[arg-type]
        columns.append(draws.numbers[:, place] if one.ids else points[:, one.column])
        first = one.marginals[0] if one.marginals else None
        shown.append(first.value if isinstance(first, Coded) else float)
    return Known(tuple(names), np.column_stack(columns), tuple(shown))


def flagged(found: Known, params: Params) -> Known:
    """The same with a flag a name, `law = tax`, in place of every choice among names."""
    first = {one.name: one.marginals[0] for one in inputs(params) if one.marginals}
    names, columns, shown = [], [], list[Shown]()
    for name, column, told in zip(found.names, found.numbers.T, found.shown, strict=True):
        choices = choice.names if isinstance(choice := first.get(name), Choice) else ()
        names += [f"{name} = {one}" for one in choices] or [name]
        columns += [column == place for place in range(len(choices))] or [column]
        shown += [bool] * len(choices) or [told]
    return Known(tuple(names), np.column_stack(columns), tuple(shown))
