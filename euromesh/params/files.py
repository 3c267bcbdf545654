"""The files of `params/` as plain Python data, with nothing of their meaning.

YAML is read by the rules of YAML 1.2, with nothing that stands for something else: no anchors,
merges, tags or keys that stand twice. A CSV table becomes rows of cells. Everything found wrong is
added to `Faults`, to be reported at once.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Final, NoReturn

import yaml

from euromesh.params.texts import IN_FILE, IN_TEXT, ONE_LINE, nearest, quoted, scalar, typed

SOURCES: Final = "sources.yaml"
SCENARIOS: Final = "scenarios.yaml"
COORDINATES: Final = "coordinates.txt"
PRINTED: Final = 10  # lines of a message
DEEPEST: Final = 20  # levels of YAML
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
RESTORE: Final = "take the file from the repository, or give another"
NAME: Final = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
Near = tuple[str, Iterable[str]]  # a word that is unknown, and the known ones


class ParamsError(Exception):
    """Everything that is wrong with the parameters, a line each."""


@dataclass
class Faults:
    """The lines of a message that grows while the files are read."""

    lines: list[tuple[str, Near | None, str]] = field(default_factory=list)

    def add(self, what: str, file: str, key: str = "", near: Near | None = None) -> None:
        """Note a fault, where it stands, and the word that a known one may be close to."""
        where = ": ".join(typed(part) for part in (file, key) if part)
        self.lines.append((what, near, f" ({where})" if where else ""))

    def stop(self) -> None:
        """Raise them, if there are any: the first ten, and how many more."""
        if not self.lines:
            return
        told = [
            f"{what}{nearest(*near) if near else ''}{where}"
            for what, near, where in self.lines[:PRINTED]
        ]
        more = len(self.lines) - len(told)
        raise ParamsError("\n".join([*told, f"and {more:,} more"] if more else told))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A CSV table: its name, file, header and rows of texts; no header where it was not read."""

    name: str
    file: str
    header: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


def read_text(path: Path, shown: str, faults: Faults) -> str | None:
    """The text of a file in UTF-8, with or without a byte order mark; None, and a fault, if not."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        faults.add(f"cannot be read: {error.strerror}; {RESTORE}", shown)
        return None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        faults.add("must be UTF-8: save it in that encoding", shown, f"line {line}")
        return None
    found = IN_FILE.search(text := text.replace("\r\n", "\n").replace("\r", "\n"))
    if found:
        line = text.count("\n", 0, found.start()) + 1
        faults.add(f"control character {quoted(found[0])}: delete it", shown, f"line {line}")
    return None if found else text


def read_names(path: Path, shown: str, faults: Faults) -> list[str]:
    """The names of a list, one a line; a fault for a line that holds none, or one again."""
    names = (read_text(path, shown, faults) or "").removesuffix("\n").split("\n")
    for number, name in enumerate(names, start=1):
        if not NAME.fullmatch(name):
            what = f"a line must hold an id, words joined by dots, got {quoted(name)}"
            faults.add(what, shown, f"line {number}")
        elif name in names[: number - 1]:
            faults.add(f"{typed(name)} stands twice: delete this one", shown, f"line {number}")
    return names


def read_yaml(path: Path, shown: str, faults: Faults) -> dict[str, Any]:
    """A YAML mapping; an empty one, and a fault, where the file holds anything else."""
    text = read_text(path, shown, faults)
    if text is None:
        return {}
    try:
        data = _Document(text).read()
    except yaml.YAMLError as error:
        faults.add(f"not valid YAML: {' '.join(str(error).split())}", shown)
        return {}
    if not isinstance(data, dict):
        faults.add(f"must be a mapping, key: value, got {quoted(data)}", shown)
        return {}
    return data


class _Document:
    """A YAML document, event by event, so that nothing is expanded before it is refused."""

    def __init__(self, text: str) -> None:
        self.events: Iterator[Any] = yaml.parse(text, Loader=LOADER)
        self.depth = 0

    def read(self) -> Any:
        """What the document holds; None if there is none."""
        next(self.events)
        start = next(self.events)
        if isinstance(start, yaml.StreamEndEvent):
            return None
        if start.version or start.tags:
            _refuse("directives (%) are not read: delete them", start)
        data = self._node(next(self.events))
        next(self.events)
        end = next(self.events)
        if not isinstance(end, yaml.StreamEndEvent):
            _refuse("one document a file", end)
        return data

    def _node(self, event: Any) -> Any:
        if event.anchor is not None:
            _refuse("anchors and aliases (& and *) are not read: write the value out", event)
        if event.tag is not None:
            _refuse("tags (!) are not read: delete it", event)
        if isinstance(event, yaml.ScalarEvent):
            return _value(event)
        self.depth += 1
        if self.depth > DEEPEST:
            _refuse(f"brackets deeper than {DEEPEST}", event)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        found = self._mapping() if is_mapping else [self._node(inner) for inner in self._inside()]
        self.depth -= 1
        return found

    def _inside(self) -> Iterator[Any]:
        """The events that start the nodes of a list or a mapping, until its end."""
        for event in self.events:
            if isinstance(event, yaml.CollectionEndEvent):
                return
            yield event

    def _mapping(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in self._inside():
            key = self._key(event)
            if key in found:
                _refuse(f"{typed(key)} stands twice in a mapping", event)
            found[key] = self._node(next(self.events))
        return found

    def _key(self, event: Any) -> str:
        """A key is the text that it is written as, whatever it would mean as a value."""
        self._node(event)
        if not isinstance(event, yaml.ScalarEvent):
            _refuse("a key must be a text", event)
        if event.value == "<<":
            _refuse("merge keys (<<) are not read: write the values out", event)
        return str(event.value)


def _value(event: Any) -> Any:
    if IN_TEXT.search(event.value):
        _refuse(f"a text {ONE_LINE}, got {quoted(event.value)}", event)
    return event.value if event.style else scalar(event.value)


def _refuse(what: str, event: Any) -> NoReturn:
    raise yaml.YAMLError(f"{what} (line {event.start_mark.line + 1})")


def read_csv(path: Path, shown: str, faults: Faults) -> Sheet:
    """A table named after its file. Ragged rows and repeated columns and rows are faults."""
    lines = _cells(path, shown, faults)
    header, rows = lines[0], []
    for number, line in enumerate(lines[1:], start=2):
        if len(line) == len(header):
            rows.append(dict(zip(header, line, strict=True)))
        elif line:
            what = f"row has {len(line)} cells, the header {len(header)}"
            faults.add(what, shown, f"line {number}")
    for kind, names in (("column", header), ("row", [row.get("id", "") for row in rows])):
        for name in [name for name, count in Counter(names).items() if count > 1]:
            faults.add(f"{kind} {quoted(name)} stands twice", shown)
    return Sheet(path.stem, shown, tuple(header), tuple(rows))


def _cells(path: Path, shown: str, faults: Faults) -> list[list[str]]:
    """The lines of a table, of which the first is the header."""
    reader = csv.reader(io.StringIO(read_text(path, shown, faults) or ""), strict=True)
    try:
        lines = list(reader) or [[]]
    except csv.Error as error:
        faults.add(f"not a valid table: {error}", shown, f"line {reader.line_num}")
        return [[]]
    for cell in filter(IN_TEXT.search, chain.from_iterable(lines)):
        faults.add(f"a cell {ONE_LINE}, got {quoted(cell)}", shown)
    return lines
