"""The library: every parameter, table, source and scenario of a folder, validated together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from euromesh.params import checks, spec, statements, values
from euromesh.params.files import (
    COORDINATES,
    SCENARIOS,
    SOURCES,
    Faults,
    Near,
    Sheet,
    read_csv,
    read_names,
    read_yaml,
)
from euromesh.params.forms import parsed
from euromesh.params.leaf import (
    Leaf,
    Parameter,
    Provenance,
    Scenario,
    Source,
    SourceEntry,
    Table,
    check_provenance,
)
from euromesh.params.shapes import Shape
from euromesh.params.spec import Columns, Spec
from euromesh.params.texts import quoted, typed
from euromesh.params.values import Span

FOLDER: Final = Path(__file__).parents[2] / "params"
ROW_WORDS: Final = ("id", *Provenance.model_fields)
READ: Final = (".yaml", ".csv")
BESIDE: Final = {"europe.geojson", COORDINATES}  # read elsewhere


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
    reader = _Reader(Library(folder))
    for path in _listed(folder, reader.faults):
        if path.suffix == ".yaml":
            reader.read_yaml(path)
        elif path.suffix == ".csv":
            reader.read_table(read_csv(path, shown(path), reader.faults))
    listed = folder / COORDINATES
    reader.found.coordinates.extend(read_names(listed, shown(listed), reader.faults))
    reader.check()
    return reader.found


def _listed(folder: Path, faults: Faults) -> list[Path]:
    """What the folder holds, YAML first; files that nothing reads are faults."""
    try:
        found = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        faults.add(f"cannot be read: {error.strerror}", folder.name)
        faults.stop()
    for path in sorted(found):
        if path.suffix not in READ and path.name not in BESIDE:
            suffix = {"yml": ".yaml"}.get(low := path.suffix[1:].lower(), f".{low}")
            fix = f"name it {path.stem}{suffix}" if suffix in READ else "move it elsewhere"
            faults.add(f"is not read: {fix}", shown(path))
    return sorted(found, key=lambda path: (path.suffix != READ[0], path.name))


def shown(path: Path) -> str:
    """A file as messages name it: by folder and name, wherever the folder is."""
    return f"{path.parent.name}/{path.name}"


@dataclass
class _Reader:
    """A library that grows, what was found wrong with it, and the ids met so far."""

    found: Library
    faults: Faults = field(default_factory=Faults)
    met: set[str] = field(default_factory=set)
    whole: bool = True  # nothing was left out
    complete: bool = True  # every file was read, so what is not there is missing

    def read_yaml(self, path: Path) -> None:
        """Add the sources, the scenarios or the single values of a file."""
        file = shown(path)
        noted = len(self.faults.lines)
        data = read_yaml(path, file, self.faults)
        self.complete &= len(self.faults.lines) == noted
        if path.name == SOURCES:
            self.found.sources.update(self._sources(data, file))
        elif path.name == SCENARIOS:
            self.found.scenarios.update(self._scenarios(data, file))
        else:
            self._read_branch(file, "", data)

    def read_table(self, sheet: Sheet) -> None:
        """Add a table, a parameter a cell."""
        self.met.add(sheet.name)
        if sheet.name not in spec.tables():
            near = (sheet.name, spec.tables())
            self.faults.add(f"unknown table {typed(sheet.name)}", sheet.file, near=near)
            return
        columns = spec.tables()[sheet.name]
        heads = sheet.header and checks.check_header(sheet, columns, ROW_WORDS, self.faults)
        if not heads:
            self.whole = False
            return
        rows = [{heads[cell]: text for cell, text in row.items()} for row in sheet.rows]
        ids = tuple(row["id"] for row in rows)
        self.found.tables[sheet.name] = Table(sheet.name, sheet.file, tuple(columns), ids)
        for row in rows:
            for parameter in self._read_row(sheet, columns, row):
                self.found.parameters[parameter.id] = parameter

    def check(self) -> None:
        """What can only be checked once everything is read; raises if anything was wrong."""
        missing = [key for key in (*spec.singles(), *spec.tables()) if key not in self.met]
        self.whole &= not missing
        if self.complete:
            for key in missing:
                self.faults.add(f"{key} is missing: the records have it", self.found.folder.name)
            checks.check_sources_exist(self.found.parameters, self.found.sources, self.faults)
        if self.whole:
            self._check_whole()
        self.faults.stop()

    def _check_whole(self) -> None:
        found, faults = self.found, self.faults
        sources, scenarios = shown(found.folder / SOURCES), shown(found.folder / SCENARIOS)
        checks.check_sources_once(found.sources, sources, faults)
        checks.check_sources_used(found.parameters, found.sources, sources, faults)
        checks.check_scenarios(found.scenarios, found.parameters, found.spec, scenarios, faults)
        if not faults.lines:
            checks.check_rules(found.parameters, found.tables, faults)

    def _sources(self, data: dict[str, Any], file: str) -> Iterator[tuple[str, Source]]:
        for key, entry in data.items():
            source = parsed(SourceEntry, entry, file, key, self.faults)
            if source:
                made = Source(key=key, **source.model_dump())
                checks.check_source(made, file, self.faults)
                yield key, made

    def _scenarios(self, data: dict[str, Any], file: str) -> Iterator[tuple[str, Scenario]]:
        for name, entry in data.items():
            if scenario := parsed(Scenario, entry, file, name, self.faults):
                yield name, scenario

    def _read_branch(self, file: str, path: str, data: dict[str, Any]) -> None:
        """Go down the keys of a YAML file to its leaves."""
        for word, inner in data.items():
            key = f"{path}.{word}" if path else str(word)
            if key in spec.singles():
                self._read_leaf(file, key, inner)
            elif not any(known.startswith(f"{key}.") for known in spec.singles()):
                self.faults.add(f"unknown key {typed(key)}", file, near=_near(key))
            elif isinstance(inner, dict):
                self._read_branch(file, key, inner)
            else:
                self.faults.add(f"{word} must hold parameters, got {quoted(inner)}", file, key)

    def _read_leaf(self, file: str, key: str, data: object) -> None:
        if key in self.met:
            self.faults.add("stands in another file too", file, key)
        self.met.add(key)
        leaf = parsed(Leaf, data, file, key, self.faults)
        if leaf is None:
            self.whole = False
            return
        kind = spec.singles()[key]
        shape, span = statements.stated(leaf, kind, file, key, self.faults)
        check_provenance(leaf, file, key, self.faults)
        checks.check_unit(leaf.unit, kind, file, key, self.faults)
        checks.check_span(kind, span, file, key, self.faults)
        if leaf.how == "assumed":
            checks.check_assumed(kind, span, file, key, self.faults)
        self.found.parameters[key] = _parameter(key, file, kind, span, shape, leaf)

    def _read_row(self, sheet: Sheet, columns: Columns, row: dict[str, Any]) -> Iterator[Parameter]:
        name, file = row["id"], sheet.file
        if not checks.is_word(name):
            self.faults.add(
                f"id must be words of a-z and 0-9 joined by _, got {quoted(name)}", file
            )
        told = {word: row[word] for word in Provenance.model_fields if word in row}
        told |= {"sources": row["sources"].split()}
        where = parsed(Provenance, told, file, name, self.faults)
        if where is None:
            self.whole = False
            return
        check_provenance(where, file, name, self.faults)
        spans = {column: _span(kind, row, column) for column, kind in columns.items()}
        if where.how == "assumed" and all(span.low is None for span in spans.values()):
            self.faults.add("low and high must be given for a row that is assumed", file, name)
        for column, kind in columns.items():
            key, span = f"{name}.{column}", spans[column]
            checks.check_span(kind, span, file, key, self.faults)
            if where.how == "assumed" and f"{column}_low" in row:
                checks.check_assumed(kind, span, file, key, self.faults)
            yield _parameter(f"{sheet.name}.{key}", file, kind, span, None, where)


def _span(kind: Spec, row: dict[str, Any], column: str) -> Span:
    """A cell and its range; None where a cell is blank or not there."""
    texts = [row.get(column + end, "").strip(" ") for end in ("", "_low", "_high")]
    return Span(*(values.read(kind, text) if text else None for text in texts))


def _parameter(
    key: str, file: str, kind: Spec, span: Span, shape: Shape | None, where: Provenance
) -> Parameter:
    """A parameter; a faulty value passes here unchanged, its fault is noted already."""
    value, low, high = (
        values.tidy(kind, cell) if values.fault(kind, cell) is None else cell for cell in span
    )
    shared = {name: getattr(where, name) for name in Provenance.model_fields}
    shared["sources"] = tuple(where.sources)
    shared |= {"value": value, "low": low, "high": high, "distribution": shape, "unit": kind.unit}
    return Parameter(id=key, file=file, **shared)


def _near(key: str) -> Near:
    depth = key.count(".") + 1
    return key, {".".join(k.split(".")[:depth]) for k in spec.singles()}
