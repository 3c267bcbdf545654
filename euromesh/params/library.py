"""The library: every parameter, table, source and scenario of a folder, validated together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

from euromesh.params import files, rules, spec, statements
from euromesh.params.files import COORDINATES, SCENARIOS, SOURCES, Place, shown
from euromesh.params.forms import Leaf, Model, Provenance, Scenario, Source, SourceEntry, parsed
from euromesh.params.shapes import Shape
from euromesh.params.spec import Columns, Span, Spec, rank, tidy
from euromesh.params.texts import Value, folded, quoted, typed

FOLDER: Final = Path(__file__).parents[2] / "params"
READ: Final = (".yaml", ".csv")
BESIDE: Final = {"europe.geojson", COORDINATES}  # read elsewhere
HEAD: Final = re.compile(r"(?P<name>\w+)(?: \[(?P<unit>[^\]]+)\])?")
BIBTEX: Final = re.compile(r"[A-Za-z][A-Za-z0-9:_.-]*")
ROW_NEEDS: Final = ("id", "as_of", "sources", "how", "confidence", "note")
ENDS: Final = ("low", "high")
WORD: Final = r"[a-z0-9]+(_[a-z0-9]+)*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter with its range and its provenance."""

    id: str
    file: str
    label: str  # in words, within a sentence; nothing where its id says it
    value: Value
    low: Value
    high: Value
    distribution: Shape | None  # None: spread from low over the value to high
    unit: str  # of a number; else its kind: date, text, flag or choice
    as_of: str
    sources: tuple[str, ...]
    how: str
    confidence: str
    note: str
    seen_at: str
    formula: str
    why: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its file, columns and row ids, in the order of the file."""

    name: str
    file: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]


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
        if (found := spec.of(key)) is None:
            raise KeyError(key)
        return found

    def value(self, key: str, written: object) -> Value:
        """What is written for a parameter means; a `ValueError` says why it means nothing."""
        kind = self.spec(key)
        value = kind.read(written)
        if fault := kind.fault(value):
            why = rules.reason(f"{key}={typed(written)}")
            raise ValueError(f"{key} {fault}, got {typed(written)}{why}")
        return tidy(value)

    def setting(self, key: str, written: object) -> Value:
        """The end of the parameter's range that is named, `low` or `high`, or what is written."""
        if written not in ENDS:
            return self.value(key, written)
        end: Value = getattr(self.parameters[key], str(written))
        if end is None:
            raise ValueError(f"{key} has no {written} end")
        return end


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
                told = source.model_dump(exclude_defaults=True)
                self.found.sources[key] = Source(key=key, **told)
                if not BIBTEX.fullmatch(key):
                    here.at(key).add("a source key is a letter, then letters, digits and - _ . :")
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
        heads = sheet and _check_header(sheet[0], columns, here)
        if not sheet or not heads:
            self.whole = False
            return
        rows = [{heads[cell]: text for cell, text in row.items()} for row in sheet[1]]
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
            _check_sources_exist(self.found, self.root)
        if self.whole and not missing:
            _check_sources(self.found, self.root)
            _check_scenarios(self.found, self.root)
        if not self.root.faults:
            _check_rules(self.found, self.root)
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
        _check_unit(leaf.unit, kind, here)
        _check_span(kind, span, leaf.how == "assumed", here)
        self._add(here.key, here.file, kind, span, shape, leaf)

    def _read_row(self, table: str, columns: Columns, row: dict[str, str], here: Place) -> None:
        there = here.at(row["id"])
        if not re.fullmatch(WORD, row["id"]):
            here.add(f"id must be words of a-z and 0-9 joined by _, got {quoted(row['id'])}")
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
            _check_span(kind, spans[column], is_ranged, there.at(column))
            key = f"{table}.{row['id']}.{column}"
            self._add(key, here.file, kind, spans[column], None, where)

    def _add(
        self, key: str, file: str, kind: Spec, span: Span, shape: Shape | None, where: Provenance
    ) -> None:
        """Note a parameter; a faulty value passes here unchanged, its fault is noted already."""
        value, low, high = (cell if kind.fault(cell) else tidy(cell) for cell in span)
        told = {name: getattr(where, name) for name in Provenance.model_fields}
        told |= {"sources": tuple(where.sources), "unit": kind.unit, "distribution": shape}
        told |= {"label": where.label if isinstance(where, Leaf) else ""}
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


# --- what may be wrong ----------------------------------------------------------------------------


def _check_unit(unit: str | None, kind: Spec, here: Place) -> None:
    """A number states its unit, the one of its record; other kinds state none."""
    wanted = kind.unit if kind.numeric else None
    if unit != wanted:
        wish = f"must be {wanted!r}" if wanted else f"must be left out of a {kind.unit}"
        here.add(f"unit {wish}, got {quoted(unit)}")


def _check_span(kind: Spec, span: Span, assumed: bool, here: Place) -> None:
    """Value and ends are of the right kind, in bounds and in order; an assumed number has ends."""
    name = here.key.rpartition(".")[2]
    cells = [(end, cell) for end, cell in zip(("", "_low", "_high"), span, strict=True)]
    told = [(end, kind.fault(cell), cell) for end, cell in cells if not end or cell is not None]
    wrong = [f"{name}{end} {fault}, got {quoted(cell)}" for end, fault, cell in told if fault]
    for what in wrong or _range_faults(kind, span):
        here.add(what)
    if assumed and kind.numeric and span.value is not None and span.low is None:
        here.add("low and high must be given for a number that is assumed")


def _range_faults(kind: Spec, span: Span) -> Iterator[str]:
    """What is wrong between a sound value and the sound ends of its range."""
    value, low, high = span
    if low is None and high is None:
        return
    if not (kind.numeric or kind.unit == "date") or None in span:
        yield "low and high go together, beside a number or a date"
    elif rank(low) > rank(value):
        yield f"low must be <= the value, got {low!r} > {value!r}"
    elif rank(value) > rank(high):
        yield f"high must be >= the value, got {high!r} < {value!r}"


def _check_header(header: list[str], columns: Columns, here: Place) -> dict[str, str] | None:
    """Header cells to column names, None where some are missing or stand twice.

    The column of a number states its unit, as `lead_years [years]`; no other column states one.
    """
    words = ("id", *Provenance.model_fields, *(f"{name}_{end}" for name in columns for end in ENDS))
    known = {**dict.fromkeys(words, Spec("text")), **columns}
    heads: dict[str, str] = {}
    for cell in header:
        match = HEAD.fullmatch(cell)
        name = heads[cell] = match["name"] if match else cell
        if name in known:
            _check_unit(match and match["unit"], known[name], here.at(name))
        else:
            here.add(f"unknown column {typed(cell)}", (name, known))
    names = [*heads.values()]
    wrong = [f"{name} is missing" for name in (*columns, *ROW_NEEDS) if name not in names]
    wrong += [f"{name} stands twice" for name in sorted({*names}) if names.count(name) > 1]
    for what in wrong:
        here.add(f"column {what}")
    return None if wrong else heads


def _check_sources_exist(found: Library, here: Place) -> None:
    """Every source that a parameter names is in the list of sources."""
    named = {key: p for p in found.parameters.values() for key in p.sources}
    for key, parameter in named.items():
        if key not in found.sources:
            what = f"source {quoted(key)} is not in {SOURCES}"
            here.of(parameter.file, parameter.id).add(what, (key, found.sources))


def _check_sources(found: Library, here: Place) -> None:
    """Every source in the list is named by a parameter, and no page stands under two keys."""
    here = here.of(shown(found.folder / SOURCES))
    named = {key for parameter in found.parameters.values() for key in parameter.sources}
    met: dict[tuple[str, str], str] = {}
    for key, source in found.sources.items():
        first = met.setdefault((folded(source.title), source.url), key)
        if first != key:
            here.at(key).add(f"is the source {first}: merge the two")
        if key not in named:
            here.at(key).add("no parameter uses this source: use it or delete it")


def _check_scenarios(found: Library, here: Place) -> None:
    """Scenarios set parameters that exist, to values these may have."""
    here = here.of(shown(found.folder / SCENARIOS))
    if "central" not in found.scenarios or found.scenarios["central"].set:
        here.add("central must be there and set nothing")
    for name, scenario in found.scenarios.items():
        told = [_check_setting(found, *one, here.at(name)) for one in scenario.set.items()]
        for key, count in Counter(chain.from_iterable(told)).items():
            if count > 1:
                here.at(name).add(f"{key} is set twice")


def _check_setting(found: Library, pattern: str, value: object, here: Place) -> list[str]:
    """The ids that one line of a scenario sets."""
    keys = matching(pattern, found.parameters)
    if not keys:
        here.add(f"unknown parameter {typed(pattern)}", (pattern, found.parameters))
    for key in keys:
        try:
            found.setting(key, value)
        except ValueError as error:
            here.add(str(error))
    return keys


def _check_rules(found: Library, here: Place) -> None:
    """What holds between values holds."""
    given = {key: parameter.value for key, parameter in found.parameters.items()}
    tables = {name: table.rows for name, table in found.tables.items()}
    for key, what, near in rules.broken(given, tables):
        table, _, name = key.partition(".")
        in_table = table in tables
        file = found.tables[table].file if in_table else found.parameters[key].file
        here.of(file, name if in_table else key).add(what, near)


def matching(pattern: str, parameters: Mapping[str, Parameter]) -> list[str]:
    """Ids that a pattern stands for; `*` stands for a row of a table, so for one word."""
    if "*" not in pattern:
        return [pattern] if pattern in parameters else []
    words = [r"[^.]+" if word == "*" else re.escape(word) for word in pattern.split(".")]
    return [*filter(re.compile(r"\.".join(words)).fullmatch, parameters)]
