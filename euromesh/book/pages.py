"""The generated pages, as MyST text: what each result read, every parameter, every source.

From a number on any page one click leads to its entry here, a second one to the parameter and its
sources. A cell of a table shares the entry of its row, where the row's provenance stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from euromesh.book.model import Evidence, Group
from euromesh.book.values import ISO_DATE, as_text, printed
from euromesh.escape import markdown as escaped
from euromesh.escape import role, tex
from euromesh.params import Parameter, Source, Table

UNSPOKEN = {"count", "date", "factor", "flag", "fraction", "month", "number", "score", "text"}
UNSPOKEN |= {"choice", "name"}


def pages(evidence: Evidence) -> dict[str, str]:
    """Every generated page by name; the first is the one that `_toc.yml` lists."""
    tables = {page_name(table): table_page(evidence, table) for table in evidence.tables.values()}
    return {
        "sources": results_page(evidence),
        "sources-parameters": parameters_page(evidence),
        **tables,
        "sources-list": sources_page(evidence),
    }


def page_name(table: Table) -> str:
    """The page of a table."""
    return f"sources-{table.name.replace('_', '-')}"


def results_page(evidence: Evidence) -> str:
    """Every result with its value and exactly the inputs it read; those with the same together."""
    intro = (
        "# Sources\n\n"
        "Every number in the text links to its entry on this page. Below the entry stand the "
        "inputs that its table of facts read, as recorded while it was made, by topic or table; "
        "each name leads to the page where its values stand with their ranges and sources. Single "
        "values are listed as {doc}`sources-parameters`, tables on the pages after it, "
        "publications in the {doc}`sources-list`.\n"
    )
    chapters: dict[str, list[str]] = {}
    for inputs, keys in _together(evidence):
        topics = dict.fromkeys(words(key.partition(".")[0]) for key in keys)
        chapter = chapters.setdefault(upper_first(", ".join(topics)), [])
        chapter.append(_entry(evidence, inputs, keys))
    lines = [intro]
    for heading, found in chapters.items():
        lines += [f"## {heading}\n", *found]
    return "\n".join(lines)


def _together(evidence: Evidence) -> Iterable[tuple[tuple[str, ...], list[str]]]:
    """The keys of the results by the inputs they share, in the order of their first key."""
    found: dict[tuple[str, ...], list[str]] = {}
    for key in sorted(evidence.results):
        found.setdefault(tuple(evidence.results[key]["inputs"]), []).append(key)
    return found.items()


def _entry(evidence: Evidence, inputs: Sequence[str], keys: Sequence[str]) -> str:
    """Results that read the same inputs, and these inputs."""
    results = "\n\n".join(result_line(evidence, key) for key in keys)
    verb = "It reads" if len(keys) == 1 else f"All {len(keys)} read"
    shown = f":::{{div}} em-results\n{results}\n:::\n"
    listed = inputs_list(evidence, inputs)
    return f"{shown}\n:::{{div}} em-inputs\n{verb} {len(inputs):,} inputs:\n\n{listed}\n:::\n"


def inputs_list(evidence: Evidence, inputs: Sequence[str]) -> str:
    """Inputs as a list: a line for the values of each topic, and for cells of a table alike."""
    singles, groups = evidence.grouped(inputs)
    topics: dict[str, list[str]] = {}
    for key in singles:
        topics.setdefault(key.partition(".")[0], []).append(key)
    lines = [topic_line(evidence, topic, keys) for topic, keys in topics.items()]
    return "\n".join(f"- {line}" for line in [*lines, *(group_line(evidence, g) for g in groups)])


def topic_line(evidence: Evidence, topic: str, keys: Sequence[str]) -> str:
    """The single values of a topic: all of them, all but a few, or by name."""
    every = [key for key in evidence.singles() if key.partition(".")[0] == topic]
    names = _some([key.partition(".")[2] for key in every], [key.partition(".")[2] for key in keys])
    return f"{link(f'topic-{topic}', topic)}, {names}"


def _some(every: Sequence[str], named: Sequence[str]) -> str:
    """Which of all names are meant, in the fewest words."""
    left_out = [name for name in every if name not in named]
    if len(every) > 1 and len(left_out) < len(every) / 2:
        return "every one" + (f" but {_names(left_out)}" if left_out else "")
    return _names(named)


def _names(names: Iterable[str]) -> str:
    """Names of ours, as they are: as code each would take ten times the room."""
    return ", ".join(names)


def result_line(evidence: Evidence, key: str) -> str:
    """One result: what it is called and what it is."""
    value = evidence.result(key)
    shown = escaped(value.printed())
    return f"({value.target})=\n`{key}` **{shown}** {unit_text(value.unit)}".rstrip()


def group_line(evidence: Evidence, group: Group) -> str:
    """The cells of one table: every row, every row but a few, or the rows by name."""
    rows = _some(evidence.tables[group.table].rows, group.rows)
    return f"{link(f'table-{group.table}', group.table)}, {rows}: {_names(group.columns)}"


def parameters_page(evidence: Evidence) -> str:
    """Every single parameter with its range and provenance, by topic."""
    topics: dict[str, list[str]] = {}
    for key in evidence.singles():
        topics.setdefault(key.partition(".")[0], []).append(key)
    lines = [
        "# Parameters\n",
        "A range in brackets runs from the 10th to the 90th percentile. *Seen* means read in the "
        "source, *derived* computed from it as stated, *assumed* our own choice with its reason.\n",
    ]
    for topic, keys in topics.items():
        lines.append(f"(topic-{topic})=\n## {title(topic)}\n")
        lines += [parameter_entry(evidence, key) for key in keys]
    return "\n".join(lines)


def parameter_entry(evidence: Evidence, key: str) -> str:
    """One parameter: value, range, unit, how it is known, and from whom."""
    parameter = evidence.parameters[key]
    value = escaped(evidence.text(key))
    head = f"`{key}` **{value}** {spread(parameter)} {unit_text(parameter.unit)}"
    changed = evidence.value(key) != parameter.value
    central = escaped(as_text(parameter.value))
    note = f"This run uses another value than the central one, {central}." if changed else ""
    return entry([f"value-{key}"], " ".join(head.split()), provenance(evidence, parameter), note)


def table_page(evidence: Evidence, table: Table) -> str:
    """One table: its values, then the provenance of the rows, once for those that share it."""
    lines = [f"(table-{table.name})=\n# {title(table.name)}\n", values_table(evidence, table)]
    shared: dict[str, list[str]] = {}
    for row in table.rows:
        first = evidence.parameters[f"{table.name}.{row}.{table.columns[0]}"]
        shared.setdefault(provenance(evidence, first), []).append(row)
    lines.append("## Provenance of the rows\n")
    for body, rows in shared.items():
        labels = [f"value-{table.name}.{row}" for row in rows]
        lines.append(entry(labels, ", ".join(f"`{row}`" for row in rows), body))
    return "\n".join(lines)


def values_table(evidence: Evidence, table: Table) -> str:
    """The cells of a table, with ranges where the file gives them."""
    heads = [column_head(evidence, table, name) for name in table.columns]
    lines = [":::{div} em-wide", row_line(["row", *heads]), row_line(["---"] * (len(heads) + 1))]
    for row in table.rows:
        cells = [cell_text(evidence, f"{table.name}.{row}.{name}") for name in table.columns]
        lines.append(row_line([link(f"value-{table.name}.{row}", row), *cells]))
    return "\n".join([*lines, ":::\n"])


def column_head(evidence: Evidence, table: Table, column: str) -> str:
    """A column's name, and its unit in brackets."""
    unit = unit_text(evidence.parameters[f"{table.name}.{table.rows[0]}.{column}"].unit)
    return f"{words(column)} ({unit})" if unit else words(column)


def row_line(cells: Sequence[str]) -> str:
    """A row of a Markdown table; a bar within a cell is no border."""
    inner = " | ".join(re.sub(r"(?<!\\)\|", r"\|", cell) for cell in cells)
    return f"| {inner} |"


def cell_text(evidence: Evidence, key: str) -> str:
    """The value of a cell and its range, dates short; an empty cell stays empty."""
    value = evidence.value(key)
    if value is None:
        return ""
    short = isinstance(value, str) and ISO_DATE.fullmatch(value)
    text = printed(value, "%b %Y") if short else as_text(value)
    return f"{escaped(text)} {spread(evidence.parameters[key])}".strip()


def sources_page(evidence: Evidence) -> str:
    """Every publication that a parameter cites."""
    entries = (source_entry(source) for source in evidence.sources.values())
    return "\n".join(["# List of sources\n", *entries])


def source_entry(source: Source) -> str:
    """One publication: who, what, where, when, and on which terms."""
    facts = [f"published {dated(source.date)}" if source.date else ""]
    facts += [f"read {dated(source.accessed)}" if source.accessed else "", licence(source)]
    where = f"<{source.url}>" if source.url else ""
    told = "; ".join(fact for fact in facts if fact)
    body = f"{escaped(source.publisher or '')}{'; ' if source.publisher and told else ''}{told}"
    return entry([f"source-{source.key}"], f"**{escaped(source.title)}**", f"{body}. {where}")


def entry(labels: Sequence[str], *paragraphs: str) -> str:
    """A block that links can lead to, by each of its labels."""
    body = "\n\n".join(text for text in paragraphs if text)
    targets = "\n".join(f"({label})=" for label in labels)
    return f"{targets}\n::::{{div}} em-entry\n{body}\n::::\n"


def provenance(evidence: Evidence, parameter: Parameter) -> str:
    """How a value is known, and from which sources."""
    facts = [str(parameter.how), f"confidence {parameter.confidence}"]
    facts += [f"as of {dated(parameter.as_of)}"] if parameter.as_of else []
    cited = [source_link(evidence.sources[key]) for key in parameter.sources]
    facts += [f"sources: {'; '.join(cited)}"] if cited else []
    told = [parameter.formula, parameter.why, parameter.note]
    told += [f"Seen at {parameter.seen_at}."] if parameter.seen_at else []
    notes = " ".join(sentence(escaped(str(text))) for text in told if text)
    return f"{upper_first('; '.join(facts))}.\n\n{notes}".strip()


def source_link(source: Source) -> str:
    """A source by publisher and title, linked to its entry."""
    return link(f"source-{source.key}", f"{source.publisher}, {source.title}")


def link(label: str, text: str) -> str:
    """A reference to a label of any page."""
    return role("to", f"{label} {text}")


def spread(parameter: Parameter) -> str:
    """The range from the 10th to the 90th percentile and its distribution, in brackets."""
    if parameter.low is None or parameter.high is None:
        return ""
    shape = f"; {parameter.distribution.words}" if parameter.distribution else ""
    return f"({escaped(as_text(parameter.low))} to {escaped(as_text(parameter.high))}{shape})"


def unit_text(unit: str | None) -> str:
    """A unit as it follows a value; dates, words and counts need none."""
    return "" if unit is None or unit in UNSPOKEN else unit


def dated(day: object) -> str:
    """A date in words, whatever its precision."""
    text = str(day)
    return as_text(text)


def title(key: str) -> str:
    """A key as a heading."""
    return upper_first(words(key))


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


def licence(source: Source) -> str:
    """The licence of a source, or that none is stated."""
    stated = escaped(source.licence or "not stated")
    return f"licence {stated}" if stated.startswith("not stated") else f"licence: {stated}"


def bibliography(evidence: Evidence) -> str:
    """The sources as BibTeX, so that `cite` takes the same keys."""
    return "\n".join(bibtex(source) for source in evidence.sources.values())


def bibtex(source: Source) -> str:
    """One source as a BibTeX entry; braces keep names and titles as they are."""
    fields: Mapping[str, str] = {
        "author": f"{{{tex(source.publisher or source.key)}}}",
        "title": f"{{{tex(source.title)}}}",
        "year": str(source.date or source.accessed or "")[:4],
        "url": source.url or "",
    }
    listed = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@misc{{{source.key},\n{listed}\n}}\n"
