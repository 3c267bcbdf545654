"""The tree of parameters: a value by its id, and a copy with other values in some places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from euromesh.records import Params


def value_of(params: Params, key: str) -> Any:
    """The value of a parameter by its id."""
    return reduce(_child, key.split("."), params)


def rebuilt(node: Any, changes: Mapping[str, Any], row: Sequence[Any]) -> Any:
    """A record or table with new values in the columns that the tree of changes names.

    A record is copied by its fields: its constructor checks nothing and is slow.
    """
    new = {
        name: row[inner] if isinstance(inner, int) else rebuilt(_child(node, name), inner, row)
        for name, inner in changes.items()
    }
    if isinstance(node, dict):
        return {**node, **new}
    made = object.__new__(type(node))
    vars(made).update(vars(node) | new)
    return made


def with_values(params: Params, values: Mapping[str, Any]) -> Params:
    """The parameters with other values in some places, by id."""
    keys = nested({key: place for place, key in enumerate(values)})
    changed: Params = rebuilt(params, keys, list(values.values()))
    return changed


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """The tree of a flat mapping: `a.b.c` to {a: {b: {c: ...}}}."""
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        *branch, leaf = key.split(".")
        node = tree
        for word in branch:
            node = node.setdefault(word, {})
        node[leaf] = value
    return tree


def _child(node: Any, name: str) -> Any:
    return node[name] if isinstance(node, dict) else getattr(node, name)
