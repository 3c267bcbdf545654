"""The files of `params/` as plain Python data, with nothing of their meaning.

YAML is read by the rules of YAML 1.2, with nothing that stands for something else: no anchors,
merges, tags or keys that stand twice. A CSV table becomes rows of cells. Everything found wrong is
added to the faults of a `Place`, to be reported at once.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, takewhile
from pathlib import Path
from typing import Any, Final, NoReturn

import yaml

from euromesh.params.texts import IN_FILE, IN_TEXT, ONE_LINE, Near, nearest, quoted, scalar, typed

SOURCES: Final = "sources.yaml"
SCENARIOS: Final = "scenarios.yaml"
COORDINATES: Final = "coordinates.txt"
PRINTED: Final = 10  # lines of a message
DEEPEST: Final = 20  # levels of YAML
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NAME: Final = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")


class ParamsError(Exception):
    """Everything that is wrong with the parameters, a line each."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader stands, and all that was found wrong on its way, here and elsewhere."""

    file: str
    key: str = ""
    faults: list[tuple[str, Near | None, str]] = field(default_factory=list)

    def of(self, file: str, key: str = "") -> Place:
        """Another place of the same way."""
        return Place(file, key, self.faults)

    def at(self, *words: object) -> Place:
        """The place of a key inside this one."""
        inside = [self.key, *map(str, words)] if self.key else map(str, words)
        return self.of(self.file, ".".join(inside))

    def add(self, what: str, near: Near | None = None) -> None:
        """Note a fault that stands here, and the word that a known one may be close to."""
        where = ": ".join(typed(part) for part in (self.file, self.key) if part)
        self.faults.append((what, near, f" ({where})" if where else ""))

    def stop(self) -> None:
        """Raise the faults, if there are any: the first ten, and how many more."""
        if not self.faults:
            return
        told = [
            f"{what}{nearest(*near) if near else ''}{where}"
            for what, near, where in self.faults[:PRINTED]
        ]
        more = len(self.faults) - len(told)
        raise ParamsError("\n".join([*told, f"and {more:,} more"] if more else told))


def shown(path: Path) -> str:
    """A file as messages name it: by folder and name, wherever the folder is."""
    return f"{path.parent.name}/{path.name}"


def read_text(path: Path, here: Place) -> str | None:
    """The text of a file in UTF-8, with or without a byte order mark; None, and a fault, if not."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        fix = "take the file from the repository, or give another"
        here.add(f"cannot be read: {error.strerror}; {fix}")
        return None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        here.at(f"line {line}").add("must be UTF-8: save it in that encoding")
        return None
    found = IN_FILE.search(text := text.replace("\r\n", "\n").replace("\r", "\n"))
    if found:
        line = text.count("\n", 0, found.start()) + 1
        here.at(f"line {line}").add(f"control character {quoted(found[0])}: delete it")
    return None if found else text


def read_names(path: Path, here: Place) -> list[str]:
    """The names of a list, one a line; a fault for a line that holds none, or one again."""
    names = (read_text(path, here) or "").removesuffix("\n").split("\n")
    for number, name in enumerate(names, start=1):
        if not NAME.fullmatch(name):
            what = f"a line must hold an id, words joined by dots, got {quoted(name)}"
            here.at(f"line {number}").add(what)
        elif name in names[: number - 1]:
            here.at(f"line {number}").add(f"{typed(name)} stands twice: delete this one")
    return names


def read_yaml(path: Path, here: Place) -> dict[str, Any]:
    """A YAML mapping; an empty one, and a fault, where the file holds anything else."""
    text = read_text(path, here)
    if text is None:
        return {}
    try:
        data = _document(text)
    except yaml.YAMLError as error:
        here.add(f"not valid YAML: {' '.join(str(error).split())}")
        return {}
    if not isinstance(data, dict):
        here.add(f"must be a mapping, key: value, got {quoted(data)}")
        return {}
    return data


def _document(text: str) -> Any:
    """What a YAML document holds, event by event: nothing is expanded before it is refused."""
    events: Iterator[Any] = yaml.parse(text, Loader=LOADER)
    next(events)
    start = next(events)
    if isinstance(start, yaml.StreamEndEvent):
        return None
    if start.version or start.tags:
        _refuse("directives (%) are not read: delete them", start)
    data = _node(next(events), events, 0)
    next(events)
    end = next(events)
    if not isinstance(end, yaml.StreamEndEvent):
        _refuse("one document a file", end)
    return data


def _node(event: Any, events: Iterator[Any], depth: int) -> Any:
    """The scalar, list or mapping that an event starts."""
    if event.anchor is not None:
        _refuse("anchors and aliases (& and *) are not read: write the value out", event)
    if event.tag is not None:
        _refuse("tags (!) are not read: delete it", event)
    if isinstance(event, yaml.ScalarEvent):
        if IN_TEXT.search(event.value):
            _refuse(f"a text {ONE_LINE}, got {quoted(event.value)}", event)
        return event.value if event.style else scalar(event.value)
    if depth == DEEPEST:
        _refuse(f"brackets deeper than {DEEPEST}", event)
    inside = takewhile(lambda inner: not isinstance(inner, yaml.CollectionEndEvent), events)
    read = _mapping if isinstance(event, yaml.MappingStartEvent) else _list
    return read(inside, events, depth + 1)


def _list(inside: Iterable[Any], events: Iterator[Any], depth: int) -> list[Any]:
    return [_node(inner, events, depth) for inner in inside]


def _mapping(inside: Iterable[Any], events: Iterator[Any], depth: int) -> dict[str, Any]:
    """A mapping; a key is the text that it is written as, whatever it would mean as a value."""
    found: dict[str, Any] = {}
    for key in inside:
        _node(key, events, depth)
        if not isinstance(key, yaml.ScalarEvent):
            _refuse("a key must be a text", key)
        if key.value == "<<":
            _refuse("merge keys (<<) are not read: write the values out", key)
        if key.value in found:
            _refuse(f"{typed(key.value)} stands twice in a mapping", key)
        found[key.value] = _node(next(events), events, depth)
    return found


def _refuse(what: str, event: Any) -> NoReturn:
    raise yaml.YAMLError(f"{what} (line {event.start_mark.line + 1})")


def read_csv(path: Path, here: Place) -> tuple[list[str], list[dict[str, str]]] | None:
    """The header and the rows of a table, None where it cannot be read.

    Ragged rows and repeated columns and rows are faults.
    """
    if (text := read_text(path, here)) is None:
        return None
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        header, *lines = list(reader) or [[]]
    except csv.Error as error:
        here.at(f"line {reader.line_num}").add(f"not a valid table: {error}")
        return None
    for cell in filter(IN_TEXT.search, chain(header, *lines)):
        here.add(f"a cell {ONE_LINE}, got {quoted(cell)}")
    return header, _rows(header, lines, here)


def _rows(header: list[str], lines: list[list[str]], here: Place) -> list[dict[str, str]]:
    """The rows of the lines that have as many cells as the header; a blank line is none."""
    for number, line in enumerate(lines, start=2):
        if line and len(line) != len(header):
            what = f"row has {len(line)} cells, the header {len(header)}"
            here.at(f"line {number}").add(what)
    rows = [dict(zip(header, line, strict=True)) for line in lines if len(line) == len(header)]
    for kind, names in (("column", header), ("row", [row.get("id", "") for row in rows])):
        for name in [name for name, count in Counter(names).items() if count > 1]:
            here.add(f"{kind} {quoted(name)} stands twice")
    return rows
