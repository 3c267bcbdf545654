"""Which parameters exist, and of what kind, read off the records.

The dataclasses of `euromesh.records` are the only list of parameters. This module turns their
annotations into a `Spec` for each single value and for each column of each table.
"""

from __future__ import annotations

import types
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from euromesh import records
from euromesh.units import BOUNDS, PLAUSIBLE

Columns = dict[str, "Spec"]


@dataclass(frozen=True, slots=True)
class Spec:
    """What a record says of one of its fields."""

    unit: str  # of a number; else the kind: "date", "text", "flag" or "choice"
    optional: bool = False
    choices: tuple[str, ...] = ()

    @property
    def numeric(self) -> bool:
        """Whether the value is a number with a unit."""
        return self.unit in BOUNDS

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest value that the unit allows."""
        return BOUNDS[self.unit]

    @property
    def plausible(self) -> tuple[float, float]:
        """The least and the greatest value that is no slip of a unit."""
        return PLAUSIBLE.get(self.unit, self.bounds)


@cache
def singles() -> dict[str, Spec]:
    """Every single value: its id and its specification."""
    return {
        key: spec
        for name, hint in _topics().items()
        if get_origin(hint) is not dict
        for key, spec in _walk(name, hint)
    }


@cache
def tables() -> dict[str, Columns]:
    """Every table: its name and the specification of each column."""
    return {
        name: {column: _spec(cell) for column, cell in _hints(get_args(hint)[1]).items()}
        for name, hint in _topics().items()
        if get_origin(hint) is dict
    }


def _topics() -> dict[str, Any]:
    """The fields of the tree that hold parameters: records and tables, not what is noted as set."""
    return {name: hint for name, hint in _hints(records.Params).items() if name != "held"}


def _walk(path: str, hint: Any) -> list[tuple[str, Spec]]:
    if not hasattr(hint, "__dataclass_fields__"):
        return [(path, _spec(hint))]
    return [leaf for name, inner in _hints(hint).items() for leaf in _walk(f"{path}.{name}", inner)]


def _hints(cls: Any) -> dict[str, Any]:
    hints = get_type_hints(cls, include_extras=True)
    return {field.name: hints[field.name] for field in fields(cls)}


def _spec(hint: Any) -> Spec:
    if get_origin(hint) in (Union, types.UnionType):
        inner = next(part for part in get_args(hint) if part is not types.NoneType)
        return Spec(**{**_parts(inner), "optional": True})
    return Spec(**_parts(hint))


def _parts(hint: Any) -> dict[str, Any]:
    if get_origin(hint) is Literal:
        return {"unit": "choice", "choices": get_args(hint)}
    if get_origin(hint) is Annotated:
        (of,) = hint.__metadata__
        if is_dataclass(of):
            return {"unit": "choice", "choices": tuple(field.name for field in fields(of))}
        return {"unit": of}
    raise TypeError(f"a record field without a unit: {hint!r}; use a type of euromesh.units")
