"""The generated pages, as MyST text: results by topic, parameters by file, tables, sources.

From a number on any page one click leads to its entry here, a second one to the parameter and its
sources. A cell of a table shares the entry of its row, where the row's provenance stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Final

from euromesh.book.model import Evidence
from euromesh.book.pieces import (
    entry,
    link,
    listed,
    sentence,
    together,
    topic,
    unit_text,
    upper_first,
    words,
)
from euromesh.book.results import results_pages
from euromesh.book.values import ISO_DATE, printed
from euromesh.escape import markdown as escaped
from euromesh.escape import tex
from euromesh.params import Parameter, Source, Table

INDEX: Final = """# Sources

Every number in the text leads to its entry: a result to the page of its topic, which counts by \
table the inputs that it read, a value to the page of its file or table, where its range, date and \
sources stand. The file `lineage.json` of a run names every input of every result.
"""
RESULTS: Final = """# Results

An entry says what a number is, its value, the three inputs that move it most where the run knows \
them, and how many inputs of every kind it read, as recorded while it was made. For a day on plan \
each input is set to either end of its range by itself; for odds and days over draws it is held \
there while all others are drawn.
"""
PARAMETERS: Final = """# Parameters

A range in brackets runs from the 10th to the 90th percentile. *Seen* means read in the \
source or in a copy of it, as its entry in the {doc}`sources-list` says, *derived* computed \
from it as stated, *assumed* our own choice with its reason.
"""
TABLES: Final = """# Tables

Every table of values, each with the provenance of its rows. A range in brackets runs from the \
10th to the 90th percentile.
"""
SOURCES: Final = """# List of sources

A date after *Read* is the day on which the page itself was read. *Read in a copy* names where its \
text was read instead; the page itself was not read then, and a copy may err.
"""


def pages(of: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Every generated page of some parts by name; the first is the one that `_toc.yml` lists."""
    found = {"sources": INDEX + index(of)}
    for below in of.values():
        found |= below
    return found


def parts(evidence: Evidence) -> dict[str, dict[str, str]]:
    """The pages of each part by name, the first of them the index of the others."""
    return {
        "sources-results": part("sources-results", RESULTS, results_pages(evidence)),
        "sources-parameters": part("sources-parameters", PARAMETERS, parameters_pages(evidence)),
        "sources-tables": part("sources-tables", TABLES, table_pages(evidence)),
        "sources-list": {"sources-list": sources_page(evidence)},
    }


def part(name: str, text: str, below: dict[str, str]) -> dict[str, str]:
    """Some pages with their index before them."""
    return {name: text + index(below), **below}


def index(names: Iterable[str]) -> str:
    """The pages below a page, by their titles."""
    return "\n" + "".join(f"- {{doc}}`{name}`\n" for name in names)


def sources_page(evidence: Evidence) -> str:
    """Every publication that a value cites."""
    return "\n".join([SOURCES, *map(source_entry, evidence.library.sources.values())])


def parameters_pages(evidence: Evidence) -> dict[str, str]:
    """The single parameters, a page for every file of `params/`, by its name."""
    known = evidence.library.parameters
    files = together(evidence.singles(), lambda key: PurePath(known[key].file).stem)
    return {
        f"sources-parameters-{name}": parameters_page(evidence, name, keys)
        for name, keys in files.items()
    }


def parameters_page(evidence: Evidence, name: str, keys: Sequence[str]) -> str:
    """The single parameters of a file with range and provenance, by topic."""
    lines = [f"# Parameters: {words(name)}\n"]
    for about, found in together(keys, topic).items():
        lines.append(f"(topic-{about})=\n## {upper_first(words(about))}\n")
        lines += [parameter_entry(evidence, key) for key in found]
    return "\n".join(lines)


def table_pages(evidence: Evidence) -> dict[str, str]:
    """A page for every table, by its name."""
    return {
        f"sources-{name.replace('_', '-')}": table_page(evidence, table)
        for name, table in evidence.library.tables.items()
    }


def parameter_entry(evidence: Evidence, key: str) -> str:
    """One parameter: value, range, unit, how it is known, and from whom."""
    parameter, value = evidence.library.parameters[key], evidence.value(key)
    head = f"`{key}` **{escaped(printed(value))}** {spread(parameter)} {unit_text(parameter.unit)}"
    central = escaped(printed(parameter.value))
    changed = value != parameter.value
    note = f"This run uses another value than the central one, {central}." if changed else ""
    return entry([f"value-{key}"], " ".join(head.split()), provenance(evidence, parameter), note)


def table_page(evidence: Evidence, table: Table) -> str:
    """One table: its values with their ranges, then the provenance of the rows that share it."""
    known = evidence.library.parameters
    heads = ["row"]
    for name in table.columns:
        unit = unit_text(known[f"{table.name}.{table.rows[0]}.{name}"].unit)
        heads.append(f"{words(name)} ({unit})" if unit else words(name))
    rows = []
    for row in table.rows:
        cells = (cell_text(evidence, f"{table.name}.{row}.{name}") for name in table.columns)
        rows.append([link(f"value-{table.name}.{row}", row), *cells])
    lines = [
        f"(table-{table.name})=\n# {upper_first(words(table.name))}\n",
        f":::{{div}} em-wide\n{listed(heads, rows)}:::\n",
        "## Provenance of the rows\n",
    ]
    first = {row: known[f"{table.name}.{row}.{table.columns[0]}"] for row in table.rows}
    for body, same in together(table.rows, lambda row: provenance(evidence, first[row])).items():
        labels = [f"value-{table.name}.{row}" for row in same]
        lines.append(entry(labels, ", ".join(f"`{row}`" for row in same), body))
    return "\n".join(lines)


def cell_text(evidence: Evidence, key: str) -> str:
    """The value of a cell and its range, dates short; an empty cell stays empty."""
    value = evidence.value(key)
    if value is None:
        return ""
    short = isinstance(value, str) and ISO_DATE.fullmatch(value)
    text = escaped(printed(value, "%b %Y" if short else ""))
    return f"{text} {spread(evidence.library.parameters[key])}".strip()


def source_entry(source: Source) -> str:
    """One publication: who, what, where, when, and on which terms."""
    licence = escaped(source.licence or "not stated")
    facts = [
        escaped(source.publisher or ""),
        f"published {printed(str(source.date))}" if source.date else "",
        f"licence{'' if licence.startswith('not stated') else ':'} {licence}",
    ]
    told = "; ".join(filter(None, facts))
    read = " ".join(map(linked, reading(source).split()))
    where = f"<{source.url}>" if source.url else "The address of its page is not known."
    told = f"{told}. {read}. {where}"
    return entry([f"source-{source.key}"], f"**{escaped(source.title)}**", told)


def reading(source: Source) -> str:
    """How a publication was read: at its own page, on that day, or in which copy."""
    if source.read_at:
        return f"Read in a copy: {source.read_at}"
    return f"Read {printed(source.accessed)}"


def linked(word: str) -> str:
    """A word as it is; an address leads to its page."""
    found = re.fullmatch(r"(https?://[^\s<>]+?)(;?)", word)
    return f"<{found[1]}>{found[2]}" if found else escaped(word)


def provenance(evidence: Evidence, parameter: Parameter) -> str:
    """How a value is known, and from which sources."""
    facts = [str(parameter.how), f"confidence {parameter.confidence}"]
    facts += [f"as of {printed(str(parameter.as_of))}"] if parameter.as_of else []
    cited = [
        link(f"source-{key}", f"{source.publisher}, {source.title}")
        for key in parameter.sources
        for source in [evidence.library.sources[key]]
    ]
    facts += [f"sources: {'; '.join(cited)}"] if cited else []
    told = [parameter.formula, parameter.why, parameter.note]
    told += [f"Seen at {parameter.seen_at}."] if parameter.seen_at else []
    notes = " ".join(sentence(escaped(str(text))) for text in told if text)
    return f"{upper_first('; '.join(facts))}.\n\n{notes}".strip()


def bibliography(evidence: Evidence) -> str:
    """The sources as BibTeX, so that `cite` takes the same keys; braces keep names as they are."""
    entries = []
    for source in evidence.library.sources.values():
        fields = {
            "author": f"{{{tex(source.publisher or source.key)}}}",
            "title": f"{{{tex(source.title)}}}",
            "year": source.date[:4],
            "note": tex(reading(source)),
            "url": source.url,
        }
        told = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
        entries.append(f"@misc{{{source.key},\n{told}\n}}\n")
    return "\n".join(entries)


def spread(parameter: Parameter) -> str:
    """The range from the 10th to the 90th percentile and its distribution, in brackets."""
    if parameter.low is None or parameter.high is None:
        return ""
    shape = f"; {parameter.distribution.words}" if parameter.distribution else ""
    return f"({escaped(printed(parameter.low))} to {escaped(printed(parameter.high))}{shape})"
