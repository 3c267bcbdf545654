"""What may be wrong with parameters once they are read, each as a line that says where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from euromesh.params import values
from euromesh.params.files import SCENARIOS, SOURCES, Faults, Sheet
from euromesh.params.leaf import Parameter, Scenario, Source, Table
from euromesh.params.spec import Columns, Spec

HEAD: Final = re.compile(r"(?P<name>\w+)(?: \[(?P<unit>[^\]]+)\])?")
WORD: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
BIBTEX: Final = re.compile(r"[A-Za-z][A-Za-z0-9:_.-]*")
ENDS: Final = ("low", "high")
MEAN: Final = "mean"  # of the seven regions; a campus may stand there
LINKS: Final = {  # values that name a row of a table, or a value of a column
    "machines.*.accelerator": "accelerators",
    "accelerators.*.mfu_run": "mfu_runs",
    "countries.*.region": "grid_lead_times.region",
    "campus.region": "grid_lead_times.region",
    "race.target": "targets",
    "cases.*.run": "mfu_runs",
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


def check_value(
    kind: Spec, value: Any, low: Any, high: Any, file: str, key: str, faults: Faults
) -> None:
    """Value and ends are of the right kind and within bounds, and low <= value <= high."""
    sound = True
    name = key.rpartition(".")[2]
    for end, cell in (("", value), ("_low", low), ("_high", high)):
        fault = values.fault(kind, cell) if end == "" or cell is not None else None
        if fault:
            faults.add(f"{name}{end} {fault}, got {cell!r}", file, key)
            sound = False
    if not sound or value is None or not (kind.numeric or kind.unit == "date"):
        return
    if low is not None and values.rank(low) > values.rank(value):
        faults.add(f"low must be <= the value, got {low!r} > {value!r}", file, key)
    if high is not None and values.rank(high) < values.rank(value):
        faults.add(f"high must be >= the value, got {high!r} < {value!r}", file, key)


def check_range(
    kind: Spec, value: Any, low: Any, high: Any, file: str, key: str, faults: Faults
) -> None:
    """A number that is assumed has both ends."""
    if kind.numeric and value is not None and (low is None or high is None):
        faults.add("low and high must be given for a number that is assumed", file, key)


def check_header(
    sheet: Sheet, columns: Columns, words: Iterable[str], faults: Faults
) -> dict[str, str]:
    """Header cells to column names; a number's column states its unit, as `lead_years [years]`."""
    heads = {}
    for cell in sheet.header:
        match = HEAD.fullmatch(cell)
        name = match["name"] if match else cell
        heads[cell] = name
        if name in columns:
            check_unit(match["unit"] if match else None, columns[name], sheet.file, name, faults)
        elif name not in words and re.sub("_(low|high)$", "", name) not in columns:
            faults.add(
                f"unknown column {cell}{values.nearest(name, [*columns, *words])}", sheet.file
            )
    for name in [*columns, "id", "as_of", "sources", "how", "confidence", "note"]:
        if name not in heads.values():
            faults.add(f"column {name} is missing", sheet.file)
    return heads


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
) -> Iterable[tuple[str, str]]:
    """Ids whose value names nothing, each with what is wrong."""
    known: dict[str, set[str]] = {name: set(ids) for name, ids in rows.items()}
    regions = {str(v) for k, v in given.items() if fnmatchcase(k, "grid_lead_times.*.region")}
    known["grid_lead_times.region"] = regions
    for pattern, to in LINKS.items():
        allowed = known.get(to, set()) | ({MEAN} if pattern == "campus.region" else set())
        for key in [key for key in given if fnmatchcase(key, pattern)]:
            value = given[key]
            if isinstance(value, str) and value not in allowed:
                yield key, f"must name a row of {to}, got {value!r}{values.nearest(value, allowed)}"


def check_sources(
    parameters: Mapping[str, Parameter], sources: Mapping[str, Source], faults: Faults
) -> None:
    """Every source that is named exists, every one that exists is named, keys suit BibTeX."""
    used: dict[str, tuple[str, str]] = {}
    for parameter in parameters.values():
        for key in parameter.sources:
            used.setdefault(key, (parameter.file, parameter.id))
    for key, (file, where) in used.items():
        if key not in sources:
            faults.add(f"source {key!r} is not in {SOURCES}{values.nearest(key, sources)}", file, where)
    for key, source in sources.items():
        if key not in used:
            faults.add("no parameter uses this source: use it or delete it", SOURCES, key)
        if not BIBTEX.fullmatch(key):
            faults.add("a source key is letters, digits and - _ . : after a letter", SOURCES, key)
        for name, day in (("date", source.date), ("accessed", source.accessed)):
            if day and not values.is_date(day):
                faults.add(f"{name} must be a date such as 2026-10, got {day!r}", SOURCES, key)


def check_scenarios(
    scenarios: Mapping[str, Scenario],
    parameters: Mapping[str, Parameter],
    kind: Callable[[str], Spec],
    faults: Faults,
) -> None:
    """Scenarios set parameters that exist, to values these may have."""
    if "central" not in scenarios or scenarios["central"].set:
        faults.add("central must be there and set nothing", SCENARIOS)
    for name, scenario in scenarios.items():
        for pattern, value in scenario.set.items():
            for fault in setting_faults(pattern, value, parameters, kind):
                faults.add(fault, SCENARIOS, name)


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
