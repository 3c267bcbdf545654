"""The pages of results, one a topic: what each number is, what moves it most, what it reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from euromesh.book.model import Counts, Driver, Evidence
from euromesh.book.pieces import counted, link, together, topic, unit_text, upper_first, words
from euromesh.book.titles import Titles
from euromesh.book.values import printed
from euromesh.escape import markdown as escaped

ERROR: Final = "_se"  # the ending of a standard error


def results_pages(evidence: Evidence) -> dict[str, str]:
    """A page for the results of every topic, by its name."""
    known = evidence.titles()
    topics = together(sorted(evidence.results), topic)
    return {
        f"sources-results-{name.replace('_', '-')}": results_page(evidence, known, name, keys)
        for name, keys in topics.items()
    }


def results_page(evidence: Evidence, known: Titles, name: str, keys: Sequence[str]) -> str:
    """The results of a topic; those that read as many inputs of every kind stand together."""
    told = {
        key: inputs_text(evidence.counts(evidence.results[key]["inputs"]))
        for key in sorted(keys)
        if error_of(evidence, key.removesuffix(ERROR)) != key
    }
    lines = [f"(results-{name})=\n# Results: {words(name)}\n"]
    for text, alike in together(told, told.__getitem__).items():
        shown = "\n\n".join(result_text(evidence, known, key) for key in alike)
        verb = "It reads" if len(alike) == 1 else f"Each of these {len(alike)} reads"
        lines.append(
            f":::{{div}} em-results\n{shown}\n:::\n\n:::{{div}} em-inputs\n{verb} {text}.\n:::\n"
        )
    return "\n".join(lines)


def error_of(evidence: Evidence, key: str) -> str:
    """The key of the standard error of a result, which stands in its entry; empty where none is."""
    return f"{key}{ERROR}" if key in evidence.results and f"{key}{ERROR}" in evidence.results else ""


def result_text(evidence: Evidence, known: Titles, key: str) -> str:
    """A result with its label: title, key and value, and what moves it most."""
    value = evidence.result(key)
    shown = f"**{escaped(value.printed())}** {unit_text(value.unit)}".strip()
    labels = f"({value.target})="
    if error := error_of(evidence, key):
        shown += f", standard error {escaped(evidence.result(error).printed())}"
        labels += f"\n({evidence.target(error)})="
    title = escaped(evidence.title(key, known))
    moved = "; ".join(
        driver_text(evidence, known, key, one) for one in evidence.drivers.get(key, ())
    )
    told = f"\\\nMoved most by {moved}." if moved else ""
    return f"{labels}\n{title}\\\n`{key}` {shown}{told}"


def driver_text(evidence: Evidence, known: Titles, key: str, one: Driver) -> str:
    """What an input does to a number, linked to the entry of the input."""
    title = driver_title(evidence, known, one)
    label = evidence.target(one.input) if one.input in evidence.library.parameters else ""
    ends = "; ".join(f"{at}: {escaped(told(evidence, key, then))}" for at, then in one.ends)
    return f"{link(label, title) if label else escaped(title)} ({ends})"


def driver_title(evidence: Evidence, known: Titles, one: Driver) -> str:
    """What an input is called within a sentence."""
    return known.of(one.input) or upper_first(one.name)


def told(evidence: Evidence, key: str, text: str) -> str:
    """A value that a table of facts holds as text, printed like the number itself."""
    entry = evidence.results[key]
    is_text = entry["unit"] == "date" or text == "never"
    return printed(text if is_text else float(text), entry["format"])


def inputs_text(counts: Counts) -> str:
    """How many inputs of each topic and table, each linked to where their values stand."""
    parts = [*_singles(counts), *_cells(counts)]
    return f"{counted(counts.inputs, 'input')}: {', '.join(parts)}" if parts else "no input"


def _singles(counts: Counts) -> Iterable[str]:
    for name, number in sorted(counts.topics.items()):
        yield f"{link(f'topic-{name}', words(name))} ({counted(number, 'value')})"


def _cells(counts: Counts) -> Iterable[str]:
    for name, (rows, columns) in sorted(counts.tables.items()):
        of = f"{counted(rows, 'row')} of {counted(columns, 'column')}"
        yield f"{link(f'table-{name}', words(name))} ({of})"
