"""What could be known of a draw, and what knowing it before the choice of a route would save."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from scipy.interpolate import BSpline

from euromesh import units as u
from euromesh.ensemble import draws_at, inputs
from euromesh.ensemble.marginals import Array, Choice, Coded
from euromesh.params import Value
from euromesh.params.texts import nearest
from euromesh.records import InputError, Params
from euromesh.records.tree import value_of

FOLDS: Final = 8
MOST_LEVELS: Final = 16  # a fact with no more values is taken value by value
PIECES: Final = 8  # of the spline of any other fact
DEGREE: Final = 3
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


# --- what it is worth ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gain:
    """What information is worth, in the unit of the utilities, and its standard error."""

    value: float
    se: float


def utilities(finishes: Array, horizon_years: float) -> Array:
    """U = -12 min(t, H), months: draws x routes from finishes of routes x draws, years.

    Who may build one route chooses the one with the earliest expected finish, where never counts
    as the horizon. Months from the best route of the draw would lead to the same choice and the
    same gains. Months, and not the chance of being first: that counts a route which is second by
    a day like one that never finishes, and here four routes finish within months of each other.
    """
    return -u.MONTHS_PER_YEAR * np.minimum(finishes, horizon_years).T


def perfect_information(worth: Array) -> Gain:
    """EVPI = E[max_d U_d] - max_d E[U_d], of utilities draws x options: all there is to know.

    The most that any fact can be worth: with it the best option is chosen in every draw.
    """
    return _gain(worth, worth.max(axis=1))


def partial_information(facts: Array, worth: Array) -> Gain:
    """EVPPI = E[max_d E[U_d | X]] - max_d E[U_d] of facts X, draws x facts at `points`.

    E[U_d | X] is a regression of the utilities on the facts: Strong, Oakley and Brennan (2014),
    Medical Decision Making 34(3), doi 10.1177/0272989X13505910; methods are compared in Heath,
    Manolopoulou and Baio (2017), ibid. 37(7), doi 10.1177/0272989X17697692. Here a cubic spline
    of the rank of each fact, a mean per value where it has at most 16, and their sum for several.

    The maximum over fitted means is too large, for it picks what noise has raised. So the option
    is chosen by a regression on seven eighths of the draws, and what it really brings in the last
    eighth is counted, eight times over: an estimate of what that rule gains, thus of a lower bound
    of the EVPPI that is close where one fact is smooth, and lower where several interact. A fact
    of no use comes out at 0 or a little below, within the error, which is that of a mean of
    independent draws. A plain Sobol sequence will not do: two of its columns may follow each
    other in every part of it.
    """
    _check(facts, worth)
    bases = np.concatenate([_basis(column) for column in facts.T], axis=1)
    blocks = [np.array_split(rows, FOLDS) for rows in (bases, worth)]
    grams = np.stack([base.T @ base for base in blocks[0]])
    sides = np.stack([base.T @ some for base, some in zip(*blocks, strict=True)])
    chosen = [
        np.argmax(base @ np.linalg.lstsq(grams.sum(0) - gram, sides.sum(0) - side)[0], 1)
        for base, gram, side in zip(blocks[0], grams, sides, strict=True)
    ]
    return _gain(worth, worth[np.arange(len(worth)), np.concatenate(chosen)])


def _gain(worth: Array, chosen: Array) -> Gain:
    """The mean of what the chosen options bring over the one that is best on average."""
    differences = chosen - worth[:, np.argmax(worth.mean(axis=0))]
    se = float(differences.std(ddof=1)) / math.sqrt(len(differences))
    return Gain(float(differences.mean()), se)


def _basis(column: Array) -> Array:
    """The functions of a fact that a regression adds up: draws x functions, all sums 1."""
    levels, place, counts = np.unique(column, return_inverse=True, return_counts=True)
    if len(levels) <= MOST_LEVELS:
        return np.eye(len(levels))[place]
    found: Array = _splines(len(column))[(2 * np.cumsum(counts) - counts)[place]]
    return found


@cache
def _splines(n: int) -> Array:
    """The splines at every rank that a draw of n can have, with ties in the middle of theirs."""
    knots = np.pad(np.linspace(0, 1, PIECES + 1), DEGREE, mode="edge")
    ranks = np.arange(2 * n + 1) / (2 * n)
    return np.asarray(BSpline.design_matrix(ranks, knots, DEGREE).toarray())


def _check(facts: Array, worth: Array) -> None:
    if len(facts) != len(worth) or facts.ndim != 2:
        raise InputError(f"facts must be {len(worth)} draws x facts, got shape {facts.shape}")
    if not (np.isfinite(worth).all() and not np.isnan(facts).any()):
        raise InputError("utilities must be finite and facts numbers, got nan or infinity")
