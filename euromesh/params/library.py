"""The library: every parameter, table, source and scenario of a folder, validated together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from euromesh.params import checks, files, spec, statements
from euromesh.params.files import COORDINATES, SCENARIOS, SOURCES, Place, shown
from euromesh.params.forms import (
    Leaf,
    Model,
    Parameter,
    Provenance,
    Scenario,
    Source,
    SourceEntry,
    Table,
    parsed,
)
from euromesh.params.shapes import Shape
from euromesh.params.spec import Columns, Span, Spec
from euromesh.params.texts import quoted, typed

FOLDER: Final = Path(__file__).parents[2] / "params"
READ: Final = (".yaml", ".csv")
BESIDE: Final = {"europe.geojson", COORDINATES}  # read elsewhere
WORD: Final = r"[a-z0-9]+(_[a-z0-9]+)*"


@dataclass(frozen=True)
class Library:
    """All that a folder of parameters holds, by id, name and key."""

    folder: Path
    parameters: dict[str, Parameter] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    scenarios: dict[str, Scenario] = field(default_factory=dict)
    coordinates: list[str] = field(default_factory=list)  # of the draws, each in its dimension

    def spec(self, key: str) -> Spec:
        """What the records say of a parameter."""
        table, _, rest = key.partition(".")
        if table in self.tables:
            return spec.tables()[table][rest.rpartition(".")[2]]
        return spec.singles()[key]


@cache
def library(folder: Path = FOLDER) -> Library:
    """Read and validate a folder of parameters; a `ParamsError` names everything wrong at once."""
    reader = _Reader(Library(folder), Place(folder.name))
    for path in _listed(folder, reader.root):
        here = reader.root.of(shown(path))
        if path.suffix == ".yaml":
            reader.read_yaml(path, here)
        elif path.suffix == ".csv":
            reader.read_table(path, here)
    listed = folder / COORDINATES
    reader.found.coordinates.extend(files.read_names(listed, reader.root.of(shown(listed))))
    reader.check()
    return reader.found


def _listed(folder: Path, root: Place) -> list[Path]:
    """What the folder holds, YAML first; files that nothing reads are faults."""
    try:
        found = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        root.add(f"cannot be read: {error.strerror}")
        root.stop()
    for path in sorted(found):
        if path.suffix not in READ and path.name not in BESIDE:
            suffix = {"yml": ".yaml"}.get(low := path.suffix[1:].lower(), f".{low}")
            fix = f"name it {path.stem}{suffix}" if suffix in READ else "move it elsewhere"
            root.of(shown(path)).add(f"is not read: {fix}")
    return sorted(found, key=lambda path: (path.suffix != READ[0], path.name))


@dataclass
class _Reader:
    """A library that grows, the place it starts from, and the ids met so far."""

    found: Library
    root: Place
    met: set[str] = field(default_factory=set)
    whole: bool = True  # nothing was left out
    complete: bool = True  # every file was read, so what is not there is missing

    def read_yaml(self, path: Path, here: Place) -> None:
        """Add the sources, the scenarios or the single values of a file."""
        noted = len(here.faults)
        data = files.read_yaml(path, here)
        self.complete &= len(here.faults) == noted
        if path.name == SOURCES:
            for key, source in _parsed(SourceEntry, data, here):
                made = self.found.sources[key] = Source(key=key, **source.model_dump())
                checks.check_source(made, here.at(key))
        elif path.name == SCENARIOS:
            self.found.scenarios.update(_parsed(Scenario, data, here))
        else:
            self._read_branch(data, here)

    def read_table(self, path: Path, here: Place) -> None:
        """Add a table, a parameter a cell."""
        sheet, name = files.read_csv(path, here), path.stem
        self.met.add(name)
        if name not in spec.tables():
            here.add(f"unknown table {typed(name)}", (name, spec.tables()))
            return
        columns = spec.tables()[name]
        heads = sheet and checks.check_header(sheet, columns, here)
        if not sheet or not heads:
            self.whole = False
            return
        rows = [{heads[cell]: text for cell, text in row.items()} for row in sheet.rows]
        ids = tuple(row["id"] for row in rows)
        self.found.tables[name] = Table(name, here.file, tuple(columns), ids)
        for row in rows:
            self._read_row(name, columns, row, here)

    def check(self) -> None:
        """What can only be checked once everything is read; raises if anything was wrong."""
        missing = [key for key in (*spec.singles(), *spec.tables()) if key not in self.met]
        if self.complete:
            for key in missing:
                self.root.add(f"{key} is missing: the records have it")
            checks.check_sources_exist(self.found, self.root)
        if self.whole and not missing:
            checks.check_sources(self.found, self.root)
            checks.check_scenarios(self.found, self.root)
        if not self.root.faults:
            checks.check_rules(self.found, self.root)
        self.root.stop()

    def _read_branch(self, data: dict[str, Any], here: Place) -> None:
        """Go down the keys of a YAML file to its leaves."""
        for word, inner in data.items():
            there = here.at(word)
            if there.key in spec.singles():
                self._read_leaf(inner, there)
            elif not any(known.startswith(f"{there.key}.") for known in spec.singles()):
                depth = there.key.count(".") + 1
                known = {".".join(key.split(".")[:depth]) for key in spec.singles()}
                here.of(here.file).add(f"unknown key {typed(there.key)}", (there.key, known))
            elif isinstance(inner, dict):
                self._read_branch(inner, there)
            else:
                there.add(f"{word} must hold parameters, got {quoted(inner)}")

    def _read_leaf(self, data: object, here: Place) -> None:
        if here.key in self.met:
            here.add("stands in another file too")
        self.met.add(here.key)
        leaf = parsed(Leaf, data, here)
        if leaf is None:
            self.whole = False
            return
        kind = spec.singles()[here.key]
        shape, span = statements.stated(leaf, kind, here)
        leaf.check(here)
        checks.check_unit(leaf.unit, kind, here)
        checks.check_span(kind, span, leaf.how == "assumed", here)
        self._add(here.key, here.file, kind, span, shape, leaf)

    def _read_row(self, table: str, columns: Columns, row: dict[str, str], here: Place) -> None:
        there = here.at(row["id"])
        if not re.fullmatch(WORD, row["id"]):
            what = f"id must be words of a-z and 0-9 joined by _, got {quoted(row['id'])}"
            here.add(what)
        told = {word: row[word] for word in Provenance.model_fields if word in row}
        where = parsed(Provenance, told | {"sources": row["sources"].split()}, there)
        if where is None:
            self.whole = False
            return
        where.check(there)
        spans = {column: _span(kind, row, column) for column, kind in columns.items()}
        assumed = where.how == "assumed"
        if assumed and all(span.low is None for span in spans.values()):
            there.add("low and high must be given for a row that is assumed")
        for column, kind in columns.items():
            is_ranged = assumed and f"{column}_low" in row
            checks.check_span(kind, spans[column], is_ranged, there.at(column))
            key = f"{table}.{row['id']}.{column}"
            self._add(key, here.file, kind, spans[column], None, where)

    def _add(
        self, key: str, file: str, kind: Spec, span: Span, shape: Shape | None, where: Provenance
    ) -> None:
        """Note a parameter; a faulty value passes here unchanged, its fault is noted already."""
        value, low, high = (cell if kind.fault(cell) else spec.tidy(cell) for cell in span)
        told = {name: getattr(where, name) for name in Provenance.model_fields}
        told |= {"sources": tuple(where.sources), "unit": kind.unit, "distribution": shape}
        self.found.parameters[key] = Parameter(
            id=key, file=file, value=value, low=low, high=high, **told
        )


def _parsed(model: type[Model], data: dict[str, Any], here: Place) -> Iterator[tuple[str, Model]]:
    """The entries of a file that are of a model, by their keys."""
    for key, entry in data.items():
        if found := parsed(model, entry, here.at(key)):
            yield key, found


def _span(kind: Spec, row: dict[str, str], column: str) -> Span:
    """A cell and its range; None where a cell is blank or not there."""
    texts = [row.get(column + end, "").strip(" ") for end in ("", "_low", "_high")]
    return Span(*(kind.read(text) if text else None for text in texts))
