"""The files of `params/` as plain Python data, with nothing of their meaning.

YAML is read without its dates (`2027-01-01` stays a text) and with duplicate keys refused; a CSV
table becomes rows of cells. Everything found wrong is added to `Faults`, to be reported at once.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SOURCES = "sources.yaml"
SCENARIOS = "scenarios.yaml"


class ParamsError(Exception):
    """Everything that is wrong with the parameters, a line each."""


@dataclass
class Faults:
    """The lines of a message that grows while the files are read."""

    lines: list[str] = field(default_factory=list)

    def add(self, what: str, file: str, key: str = "") -> None:
        """Note a fault and where it stands."""
        where = f"{file}: {key}" if key else file
        self.lines.append(f"{what} ({where})")

    def stop(self) -> None:
        """Raise all of them, if there are any."""
        if self.lines:
            raise ParamsError("\n".join(self.lines))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A CSV table: its name, file, header and rows of texts."""

    name: str
    file: str
    header: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


class _Loader(yaml.SafeLoader):
    """Safe YAML in which a date is a text and a repeated key is an error."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    again = [str(key) for key, count in Counter(keys).items() if count > 1]
    if again:
        line = node.start_mark.line + 1
        raise yaml.YAMLError(f"{', '.join(again)} stands twice in the mapping of line {line}")
    return loader.construct_mapping(node)


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, regex) for tag, regex in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_yaml(path: Path, shown: str, faults: Faults) -> dict[str, Any]:
    """A YAML mapping; an empty one, and a fault, where the file holds anything else."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except OSError as error:
        faults.add(f"cannot be read: {error.strerror}", shown)
        return {}
    except yaml.YAMLError as error:
        faults.add(f"not valid YAML: {' '.join(str(error).split())}", shown)
        return {}
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        faults.add("must be a mapping whose keys are texts (write 'no' in quotes)", shown)
        return {}
    return data


def read_csv(path: Path, shown: str, faults: Faults) -> Sheet:
    """A table named after its file. Ragged rows and repeated columns and rows are faults."""
    text = io.StringIO(path.read_text(encoding="utf-8"))
    lines: list[list[str]] = list(csv.reader(text)) or [[]]
    header, rows = lines[0], []
    for number, line in enumerate(lines[1:], start=2):
        if len(line) == len(header):
            rows.append(dict(zip(header, line, strict=True)))
        elif line:
            what = f"row has {len(line)} cells, the header {len(header)}"
            faults.add(what, shown, f"line {number}")
    for kind, names in (("column", header), ("row", [row.get("id", "") for row in rows])):
        for name in [name for name, count in Counter(names).items() if count > 1]:
            faults.add(f"{kind} {name!r} stands twice", shown)
    return Sheet(path.stem, shown, tuple(header), tuple(rows))
