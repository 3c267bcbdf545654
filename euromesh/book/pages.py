"""The generated pages, as MyST text: what each result read, every parameter, every source.

From a number on any page one click leads to its entry here, a second one to the parameter and its
sources. A cell of a table shares the entry of its row, where the row's provenance stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from euromesh.book.model import Evidence, Group
from euromesh.book.values import Value, own_format, printed
from euromesh.params import Parameter, Source

LONG = 12  # rows a group may name in the open; more of them fold into a dropdown
UNITS = {"count": "", "name": "", "date": "", "text": "", "bool": "", "label": ""}


def pages(evidence: Evidence) -> dict[str, str]:
    """Every generated page by name; the first is the one that `_toc.yml` lists."""
    tables = {f"sources_{name}": table_page(evidence, name) for name in evidence.tables}
    return {
        "sources": results_page(evidence),
        "sources_parameters": parameters_page(evidence),
        **tables,
        "sources_list": sources_page(evidence),
    }


def results_page(evidence: Evidence) -> str:
    """Every result with its value, its unit and exactly the inputs it read."""
    intro = (
        "# Sources\n\n"
        "Every number in the text links to an entry here. The entry names the inputs the "
        "calculation read, as recorded while it ran; each of them links to its own value, range "
        "and sources. "
        "{doc}`Parameters <sources_parameters>` lists the single values, the pages after it the "
        "tables, and {doc}`sources_list` all publications.\n\n## Results\n"
    )
    entries = (result_entry(evidence, key) for key in sorted(evidence.results))
    return "\n".join([intro, *entries])


def result_entry(evidence: Evidence, key: str) -> str:
    """One result; long lists of rows fold away and open when a link leads here."""
    value = Value.read(evidence.as_values()[key])
    singles, groups = evidence.grouped(evidence.results[key]["inputs"])
    lines = [group_line(evidence, group) for group in groups]
    links = [f"{link(evidence.target(single), single)}" for single in singles]
    listed = ([", ".join(links)] if links else []) + lines
    body = "\n".join(f"- {line}" for line in listed) or "It reads no parameter."
    head = f"`{key}` **{value.printed()}** {unit_text(value.unit)}".rstrip()
    return entry(f"value-{key}", head, f"Inputs:\n\n{body}" if listed else body)


def group_line(evidence: Evidence, group: Group) -> str:
    """The cells of one table: every row, every row but a few, or the rows by name."""
    columns = ", ".join(f"`{name}`" for name in group.columns)
    every = evidence.rows(group.table)
    left_out = [row for row in every if row not in group.rows]
    table = link(f"table-{group.table}", group.table)
    if len(every) > 1 and len(left_out) < len(every) / 2:
        but = f" but {row_links(group.table, left_out)}" if left_out else ""
        return f"{table}, every row{but}: {columns}"
    return f"{table}, {row_links(group.table, group.rows)}: {columns}"


def row_links(table: str, rows: Iterable[str]) -> str:
    """Rows by name, each a link to its provenance."""
    return ", ".join(link(f"value-{table}.{row}", row) for row in rows)


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
        lines.append(f"## {title(topic)}\n")
        lines += [parameter_entry(evidence, key) for key in keys]
    return "\n".join(lines)


def parameter_entry(evidence: Evidence, key: str) -> str:
    """One parameter: value, range, unit, how it is known, and from whom."""
    parameter = evidence.parameters[key]
    head = f"`{key}` **{evidence.text(key)}** {spread(parameter)} {unit_text(parameter.unit)}"
    changed = evidence.value(key) != parameter.value
    central = printed(parameter.value, own_format(parameter.value))
    note = f"This run uses another value than the central one, {central}." if changed else ""
    return entry(f"value-{key}", " ".join(head.split()), provenance(evidence, parameter), note)


def table_page(evidence: Evidence, table: str) -> str:
    """One table: its values, then the provenance of each row."""
    rows, columns = evidence.rows(table), evidence.columns(table)
    lines = [f"(table-{table})=\n# {title(table)}\n", "## Values\n"]
    lines += [values_table(evidence, table, rows, columns), "## Provenance of the rows\n"]
    for row in rows:
        key = next(
            key
            for key in (f"{table}.{row}.{name}" for name in columns)
            if key in evidence.parameters
        )
        body = provenance(evidence, evidence.parameters[key])
        lines.append(entry(f"value-{table}.{row}", f"`{row}`", body))
    return "\n".join(lines)


def values_table(
    evidence: Evidence, table: str, rows: Sequence[str], columns: Sequence[str]
) -> str:
    """The cells of a table, with ranges where the file gives them."""
    units = [column_unit(evidence, table, rows, name) for name in columns]
    heads = [f"{words(name)}<br>{unit}" if unit else words(name) for name, unit in
             zip(columns, units, strict=True)]  # fmt: skip
    lines = [":::{div} em-wide", row_line(["Row", *heads]), row_line(["---"] * (len(columns) + 1))]
    for row in rows:
        cells = [cell_text(evidence, f"{table}.{row}.{name}") for name in columns]
        lines.append(row_line([link(f"value-{table}.{row}", row), *cells]))
    return "\n".join([*lines, ":::\n"])


def row_line(cells: Sequence[str]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def cell_text(evidence: Evidence, key: str) -> str:
    """The value of a cell and its range; an empty cell stays empty."""
    if key not in evidence.parameters:
        return ""
    return escaped(f"{evidence.text(key)} {spread(evidence.parameters[key])}".strip())


def column_unit(evidence: Evidence, table: str, rows: Sequence[str], column: str) -> str:
    """The unit of a column, as its first filled cell gives it."""
    keys = (f"{table}.{row}.{column}" for row in rows)
    units = (evidence.parameters[key].unit for key in keys if key in evidence.parameters)
    return unit_text(next(units, ""))


def sources_page(evidence: Evidence) -> str:
    """Every publication that a parameter cites."""
    entries = (source_entry(source) for source in evidence.sources.values())
    return "\n".join(["# List of sources\n", *entries])


def source_entry(source: Source) -> str:
    """One publication: who, what, where, when, and on which terms."""
    facts = [f"published {dated(source.date)}" if source.date else ""]
    facts += [f"read {dated(source.accessed)}" if source.accessed else "", source.licence or ""]
    where = f"<{source.url}>" if source.url else ""
    told = "; ".join(fact for fact in facts if fact)
    body = f"{escaped(source.publisher or '')}{'; ' if source.publisher and told else ''}{told}"
    return entry(f"source-{source.key}", f"**{escaped(source.title)}**", f"{body}. {where}")


def entry(label: str, *paragraphs: str) -> str:
    """A block that links can lead to."""
    body = "\n\n".join(text for text in paragraphs if text)
    return f"({label})=\n::::{{div}} em-entry\n{body}\n::::\n"


def provenance(evidence: Evidence, parameter: Parameter) -> str:
    """How a value is known, and from which sources."""
    facts = [str(parameter.how), f"confidence {parameter.confidence}"]
    facts += [f"as of {dated(parameter.as_of)}"] if parameter.as_of else []
    cited = [source_link(evidence.sources[key]) for key in parameter.sources]
    facts += [f"sources: {'; '.join(cited)}"] if cited else []
    told = [parameter.formula, parameter.why, parameter.note]
    told += [f"Seen at {parameter.seen_at}."] if parameter.seen_at else []
    notes = " ".join(sentence(escaped(str(text))) for text in told if text)
    return f"{'; '.join(facts).capitalize() if not cited else upper_first('; '.join(facts))}.\n\n{notes}".strip()


def source_link(source: Source) -> str:
    """A source by publisher and title, linked to its entry."""
    short = source.title if len(source.title) <= 70 else f"{source.title[:67].rstrip()}..."
    return link(f"source-{source.key}", f"{source.publisher}, {short}")


def link(label: str, text: str) -> str:
    """A reference to a label of any page."""
    return f"{{ref}}`{re.sub(r'[<>`]', '', text)} <{label}>`"


def spread(parameter: Parameter) -> str:
    """The range from the 10th to the 90th percentile, in brackets."""
    if parameter.low is None or parameter.high is None:
        return ""
    low, high = (printed(end, own_format(end)) for end in (parameter.low, parameter.high))
    return f"({low} to {high})"


def unit_text(unit: str | None) -> str:
    """A unit in words; names, dates and counts need none."""
    return UNITS.get(unit or "", (unit or "").replace("_", " "))


def dated(day: object) -> str:
    """A date in words, whatever its precision."""
    text = str(day)
    return printed(text, own_format(text)) if re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", text) else text


def title(key: str) -> str:
    """A key as a heading."""
    return upper_first(words(key))


def words(key: str) -> str:
    """A key with spaces, so that it breaks in a narrow column."""
    return key.replace("_", " ")


def upper_first(text: str) -> str:
    """The text with a capital at its start and the rest as it is."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """The text with a full stop."""
    text = upper_first(text.strip())
    return text if text.endswith((".", "?", "!")) else f"{text}."


def escaped(text: str) -> str:
    """Text from a data file, safe in Markdown: nothing in it is markup, addresses are links."""
    text = re.sub(r"\s+", " ", text)
    return re.sub(r"([\\`*_{}\[\]<>|$#~])", r"\\\1", text)


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


def tex(text: str) -> str:
    """Text in which TeX finds no commands."""
    text = text.replace("\\", "/").replace("{", "(").replace("}", ")")
    return re.sub(r"([&%$#_])", r"\\\1", text).replace("~", r"\textasciitilde{}")
