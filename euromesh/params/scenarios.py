"""From the library to values: central, then a scenario, then overrides."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import TypeAdapter

from euromesh.params import rules
from euromesh.params.files import ParamsError, Place, read_yaml
from euromesh.params.library import FOLDER, Library, library, matching
from euromesh.params.texts import Value, nearest, quoted, typed
from euromesh.records import Params
from euromesh.records.tree import nested, with_values

Overrides = Mapping[str, object]
NONE: Final[Overrides] = MappingProxyType({})
MAPPING: Final = (
    "overrides must be a mapping of id to value: give papermill -y 'overrides: {owned.share: 0.2}'"
    " or python -m euromesh run -p owned.share=0.2"
)


def load(scenario: str = "central", overrides: Overrides = NONE, folder: Path = FOLDER) -> Params:
    """The parameters of a scenario with overrides, as frozen records that know what was set.

    What is set to nothing is not: it is left to the law or the default that stands for a blank.
    """
    values, central = _resolved(scenario, overrides, folder), library(folder).parameters
    given = {*_scenario_values(library(folder), scenario), *overrides}
    changed = {key: value for key, value in values.items() if value != central[key].value}
    held = tuple(sorted(key for key in given if values[key] is not None))
    return with_values(_central(folder), {**changed, "held": held})


@cache
def _central(folder: Path) -> Params:
    """The central parameters, of which all others are copies with some values changed."""
    tree = nested({key: one.value for key, one in sorted(library(folder).parameters.items())})
    return TypeAdapter(Params).validate_json(json.dumps(tree))


def resolve(
    scenario: str = "central", overrides: Overrides = NONE, folder: Path = FOLDER
) -> dict[str, Value]:
    """Every parameter's value by id, sorted: central, then the scenario, then the overrides."""
    return dict(sorted(_resolved(scenario, overrides, folder).items()))


def _resolved(scenario: str, overrides: Overrides, folder: Path) -> dict[str, Value]:
    found = library(folder)
    given = {key: parameter.value for key, parameter in found.parameters.items()}
    given |= _scenario_values(found, scenario)
    given |= _override_values(found, overrides, "override")
    nowhere = Place("")
    tables = {name: table.rows for name, table in found.tables.items()}
    for key, what, near in rules.broken(given, tables):
        nowhere.add(f"{key.rpartition('.')[0]}.{what}", near)
    nowhere.stop()
    return given


def read_overrides(
    pairs: Sequence[str], file: Path | None = None, folder: Path = FOLDER
) -> dict[str, object]:
    """The overrides of a flat YAML file, then those of `-p id=value` texts, checked and typed."""
    found, read = library(folder), dict[str, object]()
    if file:
        here = Place(file.name)
        from_file = read_yaml(file, here)
        here.stop()
        read |= _override_values(found, from_file, file.name)
    return read | _override_values(found, _pairs(pairs), "-p")


def ends(change: Overrides, folder: Path = FOLDER) -> dict[str, Value]:
    """A change with the words `low` and `high` replaced by those ends of the ranges."""
    found = library(folder)
    return {key: found.setting(key, value) for key, value in change.items()}


def _scenario_values(found: Library, name: str) -> dict[str, Value]:
    if not isinstance(name, str) or name not in found.scenarios:
        known = sorted(found.scenarios)
        told = f"{nearest(str(name), known)} (the scenarios are {', '.join(known)})"
        raise ParamsError(f"unknown scenario {quoted(name)}{told}")
    return {
        key: found.setting(key, value)
        for pattern, value in found.scenarios[name].set.items()
        for key in matching(pattern, found.parameters)
    }


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
    here, read = Place(where), dict[str, Value]()
    for key, written in given.items():
        if key not in found.parameters:
            why = rules.reason(str(key))
            near = None if why else (str(key), found.parameters)
            here.add(f"unknown parameter {typed(key)}{why}", near)
            continue
        try:
            read[key] = found.value(key, written)
        except ValueError as error:
            here.add(str(error))
    here.stop()
    return read
