"""What may be wrong with parameters once they are read, each as a line that says where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from euromesh.params import values
from euromesh.params.files import SOURCES, Faults, Sheet
from euromesh.params.leaf import Parameter, Scenario, Source, Table
from euromesh.params.spec import Columns, Spec
from euromesh.params.values import Span

HEAD: Final = re.compile(r"(?P<name>\w+)(?: \[(?P<unit>[^\]]+)\])?")
WORD: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
BIBTEX: Final = re.compile(r"[A-Za-z][A-Za-z0-9:_.-]*")
ROW_NEEDS: Final = ("id", "as_of", "sources", "how", "confidence", "note")
ENDS: Final = ("low", "high")
OF_SEVEN: Final = {"mean", "best"}  # of the seven regions; a campus may stand there
LINKS: Final = {  # values that name a row of a table, or a value of a column
    "machines.*.accelerator": "accelerators",
    "accelerators.*.mfu_run": "mfu_runs",
    "countries.*.region": "grid_lead_times.region",
    "campus.region": "grid_lead_times.region",
    "race.target": "targets",
    "owned.left_out": "machines",
    "gigafactory.country": "countries",
    "leased.country": "countries",
    "on_site.country": "countries",
    "costs.unlisted_country": "countries",
    "cases.*.run": "mfu_runs",
    "scaling.*.run": "mfu_runs",
    "claims.*.machine": "machines",
    "access.*.machine": "machines",
}


def is_word(text: str) -> bool:
    """Whether a text is lower case words joined by underscores."""
    return WORD.fullmatch(text) is not None


def check_unit(unit: str | None, kind: Spec, file: str, key: str, faults: Faults) -> None:
    """A number states its unit, the one of its record; other kinds state none."""
    wanted = kind.unit if kind.numeric else None
    if unit != wanted:
        wish = f"must be {wanted!r}" if wanted else f"must be left out of a {kind.unit}"
        faults.add(f"unit {wish}, got {unit!r}", file, key)


def check_span(kind: Spec, span: Span, file: str, key: str, faults: Faults) -> None:
    """Value and ends are of the right kind and within bounds, and low <= value <= high."""
    name = key.rpartition(".")[2]
    sound = True
    for end, cell in (("", span.value), ("_low", span.low), ("_high", span.high)):
        fault = values.fault(kind, cell) if not end or cell is not None else None
        if fault:
            faults.add(f"{name}{end} {fault}, got {cell!r}", file, key)
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
    """Header cells to column names, None where some are missing.

    The column of a number states its unit, as `lead_years [years]`; its `_low` and `_high` do not.
    """
    heads = {cell: HEAD.sub(r"\g<name>", cell) for cell in sheet.header}
    for cell, name in heads.items():
        if name in columns:
            match = HEAD.fullmatch(cell)
            check_unit(match and match["unit"], columns[name], sheet.file, name, faults)
        elif name not in words and name not in _range_columns(columns):
            known = values.nearest(name, [*columns, *words])
            faults.add(f"unknown column {cell}{known}", sheet.file)
    missing = [name for name in (*columns, *ROW_NEEDS) if name not in heads.values()]
    for name in missing:
        faults.add(f"column {name} is missing", sheet.file)
    return None if missing else heads


def _range_columns(columns: Columns) -> set[str]:
    return {f"{name}_{end}" for name in columns for end in ENDS}


# --- the library as a whole ----------------------------------------------------------------------


def check_links(
    parameters: Mapping[str, Parameter], tables: Mapping[str, Table], faults: Faults
) -> None:
    """Every value that names a row names one that exists."""
    given = {key: parameter.value for key, parameter in parameters.items()}
    for key, fault in broken_links(given, {name: table.rows for name, table in tables.items()}):
        file = parameters[key].file
        name = key.partition(".")[2] if file.endswith(".csv") else key
        faults.add(f"{name.rpartition('.')[2]} {fault}", file, name)


def broken_links(
    given: Mapping[str, Any], rows: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, str]]:
    """Ids whose value names nothing, each with what is wrong."""
    regions = {given[key] for key in matching("grid_lead_times.*.region", given)}
    known = {**rows, "grid_lead_times.region": regions}
    for pattern, to in LINKS.items():
        allowed = {*known[to], *OF_SEVEN} if pattern == "campus.region" else {*known[to]}
        for key in matching(pattern, given):
            value = given[key]
            if value is not None and value not in allowed:
                yield key, f"must name a row of {to}, got {value!r}{values.nearest(value, allowed)}"


def check_sources_exist(
    parameters: Mapping[str, Parameter], sources: Mapping[str, Source], faults: Faults
) -> None:
    """Every source that a parameter names is in the list of sources."""
    named = {key: p for p in parameters.values() for key in p.sources}
    for key, parameter in named.items():
        if key not in sources:
            what = f"source {key!r} is not in {SOURCES}{values.nearest(key, sources)}"
            faults.add(what, parameter.file, parameter.id)


def check_sources_used(
    parameters: Mapping[str, Parameter], sources: Mapping[str, Source], file: str, faults: Faults
) -> None:
    """Every source in the list is named by a parameter."""
    named = {key for parameter in parameters.values() for key in parameter.sources}
    for key in sorted(sources.keys() - named):
        faults.add("no parameter uses this source: use it or delete it", file, key)


def check_source(source: Source, file: str, faults: Faults) -> None:
    """A source's key suits BibTeX and its days are days."""
    if not BIBTEX.fullmatch(source.key):
        faults.add("a source key is a letter, then letters, digits and - _ . :", file, source.key)
    for name, day in (("date", source.date), ("accessed", source.accessed)):
        if day and not values.is_date(day):
            faults.add(f"{name} must be a date such as 2026-10, got {day!r}", file, source.key)


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
        for pattern, value in scenario.set.items():
            for fault in setting_faults(pattern, value, parameters, kind):
                faults.add(fault, file, name)


def setting_faults(
    pattern: str, value: Any, parameters: Mapping[str, Parameter], kind: Callable[[str], Spec]
) -> list[str]:
    """What is wrong with one line of a scenario."""
    keys = matching(pattern, parameters)
    if not keys:
        return [f"unknown parameter {pattern}{values.nearest(pattern, parameters)}"]
    if value in ENDS:
        return [f"{k} has no {value} end" for k in keys if getattr(parameters[k], value) is None]
    faults = [(key, values.fault(kind(key), value)) for key in keys]
    return [f"{key} {fault}, got {value!r}" for key, fault in faults if fault]


def matching(pattern: str, parameters: Iterable[str]) -> list[str]:
    """Ids that a pattern stands for; `*` stands for a row of a table, so for one word."""
    words = pattern.split(".")
    return [
        key
        for key in parameters
        if len(parts := key.split(".")) == len(words)
        and all(want in ("*", have) for want, have in zip(words, parts, strict=True))
    ]
