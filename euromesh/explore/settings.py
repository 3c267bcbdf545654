"""Parameters from flat values, and what somebody sets of them, refused where it cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache, partial
from typing import Any, get_args, get_type_hints

from euromesh.params import rules, spec
from euromesh.records import InputError, Params
from euromesh.records.tree import nested, value_of, with_values

Settings = Mapping[str, Any]  # values by parameter id


def params_of(values: Settings, held: list[str]) -> Params:
    """The records of every parameter's value by id, as `params.load` makes them."""
    made: Params = _record(Params, {**nested(values), "held": tuple(held)})
    return made


def _record(kind: type, node: Mapping[str, Any]) -> Any:
    return kind(**{name: _value(hint, node[name]) for name, hint in _hints(kind).items()})


def _value(hint: Any, found: Any) -> Any:
    if is_dataclass(hint):
        return _record(hint, found)  # type: ignore[arg-type]
    if isinstance(found, dict):
        row = get_args(hint)[1]
        return {name: _record(row, one) for name, one in found.items()}
    return found


@cache
def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind)}


def with_settings(params: Params, settings: Settings, names: Mapping[str, list[str]]) -> Params:
    """The parameters with some values set; an `InputError` names what cannot be."""
    read = {key: _read(params, key, value, names) for key, value in settings.items()}
    changed = with_values(params, read)
    for key, what, _ in rules.disordered(partial(value_of, changed), read):
        raise InputError(f"{key}: {what}")
    return changed


def _read(params: Params, key: str, value: Any, names: Mapping[str, list[str]]) -> Any:
    kind = spec.of(key)
    if kind is None or not _exists(params, key):
        raise InputError(f"there is no parameter {key}{rules.reason(key)}")
    fault = kind.fault(value)
    if not fault and value is not None and key in names and value not in names[key]:
        fault = f"must be one of {', '.join(names[key])}"
    if fault:
        raise InputError(f"{key} {fault}, got {value}{rules.reason(f'{key}={value}')}")
    return spec.tidy(value)


def _exists(params: Params, key: str) -> bool:
    try:
        value_of(params, key)
    except (AttributeError, KeyError):
        return False
    return True
