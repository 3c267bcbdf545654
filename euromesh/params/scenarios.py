"""From the library to values: central, then a scenario, then overrides."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pydantic import TypeAdapter

from euromesh.params import checks, rules, values
from euromesh.params.files import Faults, ParamsError, read_yaml
from euromesh.params.library import FOLDER, Library, library
from euromesh.params.texts import Value, nearest, quoted, typed
from euromesh.records import Params

Overrides = Mapping[str, object]
NONE: Final[Overrides] = MappingProxyType({})
MAPPING: Final = (
    "overrides must be a mapping of id to value: give papermill -y 'overrides: {owned.share: 0.2}'"
    " or python -m euromesh run -p owned.share=0.2"
)


def load(scenario: str = "central", overrides: Overrides = NONE, folder: Path = FOLDER) -> Params:
    """The parameters of a scenario with overrides, as frozen records that know what was set."""
    tree = nested(resolve(scenario, overrides, folder))
    tree["held"] = sorted({*_scenario_values(library(folder), scenario), *overrides})
    return _adapter().validate_json(json.dumps(tree))


def resolve(
    scenario: str = "central", overrides: Overrides = NONE, folder: Path = FOLDER
) -> dict[str, Value]:
    """Every parameter's value by id, sorted: central, then the scenario, then the overrides."""
    found = library(folder)
    given = {key: parameter.value for key, parameter in found.parameters.items()}
    given |= _scenario_values(found, scenario)
    given |= _override_values(found, overrides, "override")
    faults = Faults()
    for broken in rules.broken(given, {name: table.rows for name, table in found.tables.items()}):
        path = broken.key.rpartition(".")[0]
        faults.add(f"{path}.{broken.what}", "", near=broken.near)
    faults.stop()
    return dict(sorted(given.items()))


def read_overrides(
    pairs: Sequence[str], file: Path | None = None, folder: Path = FOLDER
) -> dict[str, object]:
    """The overrides of a flat YAML file, then those of `-p id=value` texts, checked and typed."""
    found, faults = library(folder), Faults()
    from_file = read_yaml(file, file.name, faults) if file else {}
    faults.stop()
    read: dict[str, object] = {}
    read |= _override_values(found, from_file, file.name if file else "")
    read |= _override_values(found, _pairs(pairs), "-p")
    return read


def ends(change: Overrides, folder: Path = FOLDER) -> dict[str, Value]:
    """A change with the words `low` and `high` replaced by those ends of the ranges."""
    found = library(folder)
    return {key: _setting(found, key, value) for key, value in change.items()}


def nested(flat: Mapping[str, Value]) -> dict[str, Any]:
    """The tree of a flat mapping: `a.b.c` to {a: {b: {c: ...}}}."""
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        *branch, leaf = key.split(".")
        node = tree
        for word in branch:
            node = node.setdefault(word, {})
        node[leaf] = value
    return tree


@cache
def _adapter() -> TypeAdapter[Params]:
    return TypeAdapter(Params)


def _scenario_values(found: Library, name: str) -> dict[str, Value]:
    if not isinstance(name, str) or name not in found.scenarios:
        known = sorted(found.scenarios)
        near = nearest(str(name), known)
        told = f"the scenarios are {', '.join(known)}"
        raise ParamsError(f"unknown scenario {quoted(name)}{near} ({told})")
    return {
        key: _setting(found, key, value)
        for pattern, value in found.scenarios[name].set.items()
        for key in checks.matching(pattern, found.parameters)
    }


def _setting(found: Library, key: str, value: Any) -> Value:
    """A literal, or the end of the parameter's range that the word names."""
    if value in checks.ENDS:
        end: Value = getattr(found.parameters[key], value)
        return end
    kind = found.spec(key)
    return values.tidy(kind, values.read(kind, value))


def _pairs(texts: Sequence[str]) -> dict[str, str]:
    """Texts `id=value` as a mapping; each id once."""
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise ParamsError(f"an override is id=value, got {quoted(text)} (-p)")
        if (key := key.strip(" ")) in found:
            raise ParamsError(f"{typed(key)} is given twice (-p)")
        found[key] = value
    return found


def _override_values(found: Library, given: object, where: str) -> dict[str, Value]:
    """Overrides as typed values; a `ParamsError` quotes each wrong one as it was written."""
    if not isinstance(given, Mapping):
        raise ParamsError(f"{MAPPING}, got {quoted(given)} ({where})")
    faults, read = Faults(), {}
    for key, written in given.items():
        if key not in found.parameters:
            near = (str(key), found.parameters)
            faults.add(f"unknown parameter {typed(key)}", where, near=near)
            continue
        kind = found.spec(key)
        value = values.read(kind, written)
        fault = values.fault(kind, value)
        if fault:
            faults.add(f"{key} {fault}, got {typed(written)}", where)
        else:
            read[key] = values.tidy(kind, value)
    faults.stop()
    return read
