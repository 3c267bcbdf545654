"""The generated pages, as MyST text: what each result read, every parameter, every source.

From a number on any page one click leads to its entry here, a second one to the parameter and its
sources. A cell of a table shares the entry of its row, where the row's provenance stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Final, TypeVar

from euromesh.book.model import Evidence
from euromesh.book.values import ISO_DATE, printed
from euromesh.charts.tables import UNSPOKEN
from euromesh.escape import markdown as escaped
from euromesh.escape import role, tex
from euromesh.params import Parameter, Source, Table

RESULTS: Final = """# Sources

Every number in the text links to its entry on this page. Below the entry stand the \
inputs that its table of facts read, as recorded while it was made, by topic or table; \
each name leads to the page where its values stand with their ranges and sources. Single \
values are listed as {doc}`sources-parameters`, tables on the pages after it, \
publications in the {doc}`sources-list`.
"""
SOURCES: Final = """# List of sources

A date after *Read* is the day on which the page itself was read. *Read in a copy* names where its \
text was read instead; the page itself was not read then, and a copy may err.
"""
PARAMETERS: Final = """# Parameters

A range in brackets runs from the 10th to the 90th percentile. *Seen* means read in the \
source or in a copy of it, as its entry in the {doc}`sources-list` says, *derived* computed \
from it as stated, *assumed* our own choice with its reason.
"""
Item = TypeVar("Item")


def pages(evidence: Evidence) -> dict[str, str]:
    """Every generated page by name; the first is the one that `_toc.yml` lists."""
    tables = {
        f"sources-{name.replace('_', '-')}": table_page(evidence, table)
        for name, table in evidence.library.tables.items()
    }
    sources = map(source_entry, evidence.library.sources.values())
    return {
        "sources": results_page(evidence),
        "sources-parameters": parameters_page(evidence),
        **tables,
        "sources-list": "\n".join([SOURCES, *sources]),
    }


def results_page(evidence: Evidence) -> str:
    """Every result with its value and exactly the inputs it read; those with the same together."""
    alike = together(sorted(evidence.results), lambda key: tuple(evidence.results[key]["inputs"]))
    chapters = together(
        alike.items(),
        lambda entry: ", ".join(dict.fromkeys(words(topic(key)) for key in entry[1])),
    )
    lines = [RESULTS]
    for heading, entries in chapters.items():
        lines.append(f"## {upper_first(heading)}\n")
        lines += [_results_entry(evidence, inputs, keys) for inputs, keys in entries]
    return "\n".join(lines)


def _results_entry(evidence: Evidence, inputs: Sequence[str], keys: Sequence[str]) -> str:
    """Results that read the same inputs, and these inputs."""
    verb = "It reads" if len(keys) == 1 else f"All {len(keys)} read"
    results = []
    for key in keys:
        value = evidence.result(key)
        text = f"`{key}` **{escaped(value.printed())}** {unit_text(value.unit)}"
        results.append(f"({value.target})=\n{text}".rstrip())
    shown = "\n\n".join(results)
    listed = "\n".join(f"- {line}" for line in input_lines(evidence, inputs))
    return (
        f":::{{div}} em-results\n{shown}\n:::\n\n"
        f":::{{div}} em-inputs\n{verb} {len(inputs):,} inputs:\n\n{listed}\n:::\n"
    )


def input_lines(evidence: Evidence, inputs: Sequence[str]) -> Iterable[str]:
    """A line for the single values of each topic, and for cells of a table that share columns."""
    singles = [key for key in inputs if evidence.split(key) is None]
    every = together(evidence.singles(), topic)
    for name, keys in together(singles, topic).items():
        named = some(*([key.partition(".")[2] for key in found] for found in (every[name], keys)))
        yield f"{link(f'topic-{name}', name)}, {named}"
    cells = together(filter(None, map(evidence.split, inputs)), lambda cell: cell[:2])
    alike = together(cells.items(), lambda row: (row[0][0], tuple(column for *_, column in row[1])))
    for (table, columns), found in alike.items():
        rows = some(evidence.library.tables[table].rows, [row for (_, row), _ in found])
        yield f"{link(f'table-{table}', table)}, {rows}: {', '.join(columns)}"


def some(every: Sequence[str], named: Collection[str]) -> str:
    """Which of all names are meant, in the fewest words; as code each would take more room."""
    left_out = [name for name in every if name not in named]
    if len(every) > 1 and len(left_out) < len(every) / 2:
        return "every one" + (f" but {', '.join(left_out)}" if left_out else "")
    return ", ".join(named)


def parameters_page(evidence: Evidence) -> str:
    """Every single parameter with its range and provenance, by topic."""
    lines = [PARAMETERS]
    for name, keys in together(evidence.singles(), topic).items():
        lines.append(f"(topic-{name})=\n## {upper_first(words(name))}\n")
        lines += [parameter_entry(evidence, key) for key in keys]
    return "\n".join(lines)


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


# --- pieces of a page ----------------------------------------------------------------------------


def together(items: Iterable[Item], key: Callable[[Item], Any]) -> dict[Any, list[Item]]:
    """Items by what they share, in the order of the first of each."""
    found: dict[Any, list[Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def entry(labels: Sequence[str], *paragraphs: str) -> str:
    """A block that links can lead to, by each of its labels."""
    body = "\n\n".join(filter(None, paragraphs))
    targets = "\n".join(f"({label})=" for label in labels)
    return f"{targets}\n::::{{div}} em-entry\n{body}\n::::\n"


def listed(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar within a cell is no border."""
    lines = (
        " | ".join(re.sub(r"(?<!\\)\|", r"\|", cell) for cell in cells)
        for cells in (heads, ["---"] * len(heads), *rows)
    )
    return "".join(f"| {line} |\n" for line in lines)


def link(label: str, text: str) -> str:
    """A reference to a label of any page."""
    return role("to", f"{label} {text}")


def spread(parameter: Parameter) -> str:
    """The range from the 10th to the 90th percentile and its distribution, in brackets."""
    if parameter.low is None or parameter.high is None:
        return ""
    shape = f"; {parameter.distribution.words}" if parameter.distribution else ""
    return f"({escaped(printed(parameter.low))} to {escaped(printed(parameter.high))}{shape})"


def unit_text(unit: str | None) -> str:
    """A unit as it follows a value; dates, words and counts need none."""
    return "" if unit is None or unit in UNSPOKEN else unit


def topic(key: str) -> str:
    """The topic of a key: its first word."""
    return key.partition(".")[0]


def words(key: str) -> str:
    """A key with spaces, so that it breaks in a narrow column."""
    return " ".join("MFU" if word == "mfu" else word for word in key.split("_"))


def upper_first(text: str) -> str:
    """The text with a capital at its start and the rest as it is."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """The text with a full stop."""
    text = upper_first(text.strip())
    return text if text.endswith((".", "?", "!")) else f"{text}."
