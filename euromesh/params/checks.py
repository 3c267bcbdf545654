"""What may be wrong with parameters once they are read, each as a line that says where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from euromesh.params import rules
from euromesh.params.files import SCENARIOS, SOURCES, Place, Sheet, shown
from euromesh.params.forms import Parameter, Provenance, Source
from euromesh.params.spec import Columns, Span, Spec, is_date, rank
from euromesh.params.texts import folded, quoted, typed

if TYPE_CHECKING:
    from euromesh.params.library import Library

HEAD: Final = re.compile(r"(?P<name>\w+)(?: \[(?P<unit>[^\]]+)\])?")
BIBTEX: Final = re.compile(r"[A-Za-z][A-Za-z0-9:_.-]*")
ROW_NEEDS: Final = ("id", "as_of", "sources", "how", "confidence", "note")
ENDS: Final = ("low", "high")


def check_unit(unit: str | None, kind: Spec, here: Place) -> None:
    """A number states its unit, the one of its record; other kinds state none."""
    wanted = kind.unit if kind.numeric else None
    if unit != wanted:
        wish = f"must be {wanted!r}" if wanted else f"must be left out of a {kind.unit}"
        here.add(f"unit {wish}, got {quoted(unit)}")


def check_span(kind: Spec, span: Span, assumed: bool, here: Place) -> None:
    """Value and ends are of the right kind, within bounds and in order; an assumed number has ends.

    The faults of a range are looked for where value and ends are sound.
    """
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


def check_header(sheet: Sheet, columns: Columns, here: Place) -> dict[str, str] | None:
    """Header cells to column names, None where some are missing or stand twice.

    The column of a number states its unit, as `lead_years [years]`; no other column states one.
    """
    words = ("id", *Provenance.model_fields, *(f"{name}_{end}" for name in columns for end in ENDS))
    known = {**dict.fromkeys(words, Spec("text")), **columns}
    heads: dict[str, str] = {}
    for cell in sheet.header:
        match = HEAD.fullmatch(cell)
        name = heads[cell] = match["name"] if match else cell
        if name in known:
            check_unit(match and match["unit"], known[name], here.at(name))
        else:
            here.add(f"unknown column {typed(cell)}", (name, known))
    names = [*heads.values()]
    wrong = [f"{name} is missing" for name in (*columns, *ROW_NEEDS) if name not in names]
    wrong += [f"{name} stands twice" for name in sorted({*names}) if names.count(name) > 1]
    for what in wrong:
        here.add(f"column {what}")
    return None if wrong else heads


# --- the library as a whole ----------------------------------------------------------------------


def check_source(source: Source, here: Place) -> None:
    """A source's key suits BibTeX and its days are days."""
    if not BIBTEX.fullmatch(source.key):
        here.add("a source key is a letter, then letters, digits and - _ . :")
    for name, day in (("date", source.date), ("accessed", source.accessed)):
        if day and not is_date(day):
            here.add(f"{name} must be a date such as 2026-10, got {quoted(day)}")


def check_sources_exist(found: Library, here: Place) -> None:
    """Every source that a parameter names is in the list of sources."""
    named = {key: p for p in found.parameters.values() for key in p.sources}
    for key, parameter in named.items():
        if key not in found.sources:
            what = f"source {quoted(key)} is not in {SOURCES}"
            here.of(parameter.file, parameter.id).add(what, (key, found.sources))


def check_sources(found: Library, here: Place) -> None:
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


def check_scenarios(found: Library, here: Place) -> None:
    """Scenarios set parameters that exist, to values these may have."""
    here = here.of(shown(found.folder / SCENARIOS))
    if "central" not in found.scenarios or found.scenarios["central"].set:
        here.add("central must be there and set nothing")
    for name, scenario in found.scenarios.items():
        met: set[str] = set()
        for pattern, value in scenario.set.items():
            keys = matching(pattern, found.parameters)
            if not keys:
                here.at(name).add(
                    f"unknown parameter {typed(pattern)}", (pattern, found.parameters)
                )
            again = [f"{key} is set twice" for key in keys if key in met]
            for what in (*_setting_faults(keys, value, found), *again):
                here.at(name).add(what)
            met.update(keys)


def _setting_faults(keys: Iterable[str], value: object, found: Library) -> list[str]:
    """What is wrong with one line of a scenario, for the ids that it sets."""
    if value in ENDS:
        ends = {key: getattr(found.parameters[key], str(value)) for key in keys}
        return [f"{key} has no {value} end" for key, end in ends.items() if end is None]
    told = [(key, kind.fault(kind.read(value))) for key in keys for kind in [found.spec(key)]]
    return [f"{key} {fault}, got {quoted(value)}" for key, fault in told if fault]


def check_rules(found: Library, here: Place) -> None:
    """What holds between values holds."""
    given = {key: parameter.value for key, parameter in found.parameters.items()}
    for broken in rules.broken(given, {name: table.rows for name, table in found.tables.items()}):
        table, _, name = broken.key.partition(".")
        in_table = table in found.tables
        file = found.tables[table].file if in_table else found.parameters[broken.key].file
        here.of(file, name if in_table else broken.key).add(broken.what, broken.near)


def matching(pattern: str, parameters: Mapping[str, Parameter]) -> list[str]:
    """Ids that a pattern stands for; `*` stands for a row of a table, so for one word."""
    if "*" not in pattern:
        return [pattern] if pattern in parameters else []
    words = [r"[^.]+" if word == "*" else re.escape(word) for word in pattern.split(".")]
    return [*filter(re.compile(r"\.".join(words)).fullmatch, parameters)]
