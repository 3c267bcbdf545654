"""What may be wrong with parameters once they are read, each as a line that says where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from euromesh.params import rules, values
from euromesh.params.files import SOURCES, Faults, Sheet
from euromesh.params.leaf import Parameter, Scenario, Source, Table
from euromesh.params.spec import Columns, Spec
from euromesh.params.texts import folded, quoted, typed
from euromesh.params.values import Span

HEAD: Final = re.compile(r"(?P<name>\w+)(?: \[(?P<unit>[^\]]+)\])?")
WORD: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
BIBTEX: Final = re.compile(r"[A-Za-z][A-Za-z0-9:_.-]*")
ROW_NEEDS: Final = ("id", "as_of", "sources", "how", "confidence", "note")
ENDS: Final = ("low", "high")


def is_word(text: str) -> bool:
    """Whether a text is lower case words joined by underscores."""
    return WORD.fullmatch(text) is not None


def check_unit(unit: str | None, kind: Spec, file: str, key: str, faults: Faults) -> None:
    """A number states its unit, the one of its record; other kinds state none."""
    wanted = kind.unit if kind.numeric else None
    if unit != wanted:
        wish = f"must be {wanted!r}" if wanted else f"must be left out of a {kind.unit}"
        faults.add(f"unit {wish}, got {quoted(unit)}", file, key)


def check_span(kind: Spec, span: Span, file: str, key: str, faults: Faults) -> None:
    """Value and ends are of the right kind and within bounds, and low <= value <= high."""
    name = key.rpartition(".")[2]
    sound = True
    for end, cell in (("", span.value), ("_low", span.low), ("_high", span.high)):
        fault = values.fault(kind, cell) if not end or cell is not None else None
        if fault:
            faults.add(f"{name}{end} {fault}, got {quoted(cell)}", file, key)
            sound = False
    if sound:
        for what in _range_faults(kind, span):
            faults.add(what, file, key)


def _range_faults(kind: Spec, span: Span) -> Iterator[str]:
    """What is wrong between a sound value and the sound ends of its range."""
    value, low, high = span
    if low is None and high is None:
        return
    if not (kind.numeric or kind.unit == "date") or None in span:
        yield "low and high go together, beside a number or a date"
    elif values.rank(low) > values.rank(value):
        yield f"low must be <= the value, got {low!r} > {value!r}"
    elif values.rank(value) > values.rank(high):
        yield f"high must be >= the value, got {high!r} < {value!r}"


def check_assumed(kind: Spec, span: Span, file: str, key: str, faults: Faults) -> None:
    """A number that is assumed has a range."""
    if kind.numeric and span.value is not None and span.low is None:
        faults.add("low and high must be given for a number that is assumed", file, key)


def check_header(
    sheet: Sheet, columns: Columns, words: Iterable[str], faults: Faults
) -> dict[str, str] | None:
    """Header cells to column names, None where some are missing or stand twice.

    The column of a number states its unit, as `lead_years [years]`; no other column states one.
    """
    matches = {cell: HEAD.fullmatch(cell) for cell in sheet.header}
    heads = {cell: match["name"] if match else cell for cell, match in matches.items()}
    known = [*columns, *words, *(f"{name}_{end}" for name in columns for end in ENDS)]
    for cell, match in matches.items():
        name = heads[cell]
        if name in known:
            kind = columns.get(name, Spec("text"))
            check_unit(match and match["unit"], kind, sheet.file, name, faults)
        else:
            faults.add(f"unknown column {typed(cell)}", sheet.file, near=(name, known))
    names = [*heads.values()]
    missing = [name for name in (*columns, *ROW_NEEDS) if name not in names]
    for name in missing:
        faults.add(f"column {name} is missing", sheet.file)
    again = sorted({name for name in names if names.count(name) > 1})
    for name in again:
        faults.add(f"column {name} stands twice", sheet.file)
    return None if missing or again else heads


# --- the library as a whole ----------------------------------------------------------------------


def check_rules(
    parameters: Mapping[str, Parameter], tables: Mapping[str, Table], faults: Faults
) -> None:
    """What holds between values holds."""
    given = {key: parameter.value for key, parameter in parameters.items()}
    for found in rules.broken(given, {name: table.rows for name, table in tables.items()}):
        table, _, name = found.key.partition(".")
        in_table = table in tables
        file = tables[table].file if in_table else parameters[found.key].file
        faults.add(found.what, file, name if in_table else found.key, found.near)


def check_sources_exist(
    parameters: Mapping[str, Parameter], sources: Mapping[str, Source], faults: Faults
) -> None:
    """Every source that a parameter names is in the list of sources."""
    named = {key: p for p in parameters.values() for key in p.sources}
    for key, parameter in named.items():
        if key not in sources:
            what = f"source {quoted(key)} is not in {SOURCES}"
            faults.add(what, parameter.file, parameter.id, (key, sources))


def check_sources_used(
    parameters: Mapping[str, Parameter], sources: Mapping[str, Source], file: str, faults: Faults
) -> None:
    """Every source in the list is named by a parameter."""
    named = {key for parameter in parameters.values() for key in parameter.sources}
    for key in sorted(sources.keys() - named):
        faults.add("no parameter uses this source: use it or delete it", file, key)


def check_sources_once(sources: Mapping[str, Source], file: str, faults: Faults) -> None:
    """No page stands under two keys."""
    met: dict[tuple[str, str], str] = {}
    for key, source in sources.items():
        first = met.setdefault((folded(source.title), source.url), key)
        if first != key:
            faults.add(f"is the source {first}: merge the two", file, key)


def check_source(source: Source, file: str, faults: Faults) -> None:
    """A source's key suits BibTeX and its days are days."""
    if not BIBTEX.fullmatch(source.key):
        faults.add("a source key is a letter, then letters, digits and - _ . :", file, source.key)
    for name, day in (("date", source.date), ("accessed", source.accessed)):
        if day and not values.is_date(day):
            faults.add(
                f"{name} must be a date such as 2026-10, got {quoted(day)}", file, source.key
            )


def check_scenarios(
    scenarios: Mapping[str, Scenario],
    parameters: Mapping[str, Parameter],
    kind: Callable[[str], Spec],
    file: str,
    faults: Faults,
) -> None:
    """Scenarios set parameters that exist, to values these may have."""
    if "central" not in scenarios or scenarios["central"].set:
        faults.add("central must be there and set nothing", file)
    for name, scenario in scenarios.items():
        met: set[str] = set()
        for pattern, value in scenario.set.items():
            keys = matching(pattern, parameters)
            if not keys:
                near = (pattern, parameters)
                faults.add(f"unknown parameter {typed(pattern)}", file, name, near)
            again = [f"{key} is set twice" for key in keys if key in met]
            for what in (*setting_faults(keys, value, parameters, kind), *again):
                faults.add(what, file, name)
            met.update(keys)


def setting_faults(
    keys: Iterable[str],
    value: object,
    parameters: Mapping[str, Parameter],
    kind: Callable[[str], Spec],
) -> list[str]:
    """What is wrong with one line of a scenario, for the ids that it sets."""
    if value in ENDS:
        return [f"{k} has no {value} end" for k in keys if getattr(parameters[k], value) is None]
    told = [(key, values.fault(kind(key), values.read(kind(key), value))) for key in keys]
    return [f"{key} {fault}, got {quoted(value)}" for key, fault in told if fault]


def matching(pattern: str, parameters: Mapping[str, Parameter]) -> list[str]:
    """Ids that a pattern stands for; `*` stands for a row of a table, so for one word."""
    if "*" not in pattern:
        return [pattern] if pattern in parameters else []
    words = [r"[^.]+" if word == "*" else re.escape(word) for word in pattern.split(".")]
    return [*filter(re.compile(r"\.".join(words)).fullmatch, parameters)]
