"""The library: every parameter, table, source and scenario of a folder, validated together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from euromesh.params import checks, spec, statements, values
from euromesh.params.files import SCENARIOS, SOURCES, Faults, Sheet, read_csv, read_yaml
from euromesh.params.leaf import (
    Leaf,
    Parameter,
    Provenance,
    Scenario,
    ScenarioEntry,
    Source,
    SourceEntry,
    Table,
    check_provenance,
    parsed,
)
from euromesh.params.shapes import Shape
from euromesh.params.spec import Columns, Spec
from euromesh.params.values import Span

FOLDER: Final = Path(__file__).parents[2] / "params"
ROW_WORDS: Final = ("id", *Provenance.model_fields)


@dataclass(frozen=True)
class Library:
    """All that a folder of parameters holds, by id, name and key."""

    folder: Path
    parameters: dict[str, Parameter] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    scenarios: dict[str, Scenario] = field(default_factory=dict)

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
    for path in sorted(folder.glob("*.yaml")):
        reader.read_yaml(path)
    for path in sorted(folder.glob("*.csv")):
        reader.read_table(read_csv(path, shown(path), reader.faults))
    reader.check()
    return reader.found


def shown(path: Path) -> str:
    """A file as messages name it: by folder and name, wherever the folder is."""
    return f"{path.parent.name}/{path.name}"


@dataclass
class _Reader:
    """A library that grows, what was found wrong with it, and the ids met so far."""

    found: Library
    faults: Faults = field(default_factory=Faults)
    met: set[str] = field(default_factory=set)
    whole: bool = True  # nothing was left out, so what is not there is missing

    def read_yaml(self, path: Path) -> None:
        """Add the sources, the scenarios or the single values of a file."""
        file = shown(path)
        data = read_yaml(path, file, self.faults)
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
            known = values.nearest(sheet.name, spec.tables())
            self.faults.add(f"unknown table {sheet.name}{known}", sheet.file)
            return
        columns = spec.tables()[sheet.name]
        heads = checks.check_header(sheet, columns, ROW_WORDS, self.faults)
        if heads is None:
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
        for key in [*spec.singles(), *spec.tables()]:
            if key not in self.met:
                self.faults.add(f"{key} is missing: the records have it", self.found.folder.name)
                self.whole = False
        checks.check_sources_exist(self.found.parameters, self.found.sources, self.faults)
        if self.whole:
            self._check_whole()
        self.faults.stop()

    def _check_whole(self) -> None:
        found, faults = self.found, self.faults
        sources, scenarios = shown(found.folder / SOURCES), shown(found.folder / SCENARIOS)
        checks.check_sources_used(found.parameters, found.sources, sources, faults)
        checks.check_links(found.parameters, found.tables, faults)
        checks.check_scenarios(found.scenarios, found.parameters, found.spec, scenarios, faults)

    def _sources(self, data: dict[str, Any], file: str) -> Iterator[tuple[str, Source]]:
        for key, entry in data.items():
            source = parsed(SourceEntry, entry, file, key, self.faults)
            if source:
                made = Source(key=key, **source.model_dump())
                checks.check_source(made, file, self.faults)
                yield key, made

    def _scenarios(self, data: dict[str, Any], file: str) -> Iterator[tuple[str, Scenario]]:
        for name, entry in data.items():
            scenario = parsed(ScenarioEntry, entry, file, name, self.faults)
            if scenario:
                yield name, Scenario(name, scenario.why, scenario.set)

    def _read_branch(self, file: str, path: str, data: dict[str, Any]) -> None:
        """Go down the keys of a YAML file to its leaves."""
        for word, inner in data.items():
            key = f"{path}.{word}" if path else str(word)
            if key in spec.singles():
                self._read_leaf(file, key, inner)
            elif not any(known.startswith(f"{key}.") for known in spec.singles()):
                self.faults.add(f"unknown key {key}{_nearest(key)}", file)
            elif isinstance(inner, dict):
                self._read_branch(file, key, inner)
            else:
                self.faults.add(f"{word} must hold parameters, got {inner!r}", file, key)

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
            self.faults.add(f"id must be words of a-z and 0-9 joined by _, got {name!r}", file)
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
    texts = [row.get(column + end, "").strip() for end in ("", "_low", "_high")]
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


def _nearest(key: str) -> str:
    depth = key.count(".") + 1
    return values.nearest(key, {".".join(k.split(".")[:depth]) for k in spec.singles()})
