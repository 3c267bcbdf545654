"""The pages of results, one a topic: what each number is, what moves it most, what it reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from euromesh.book.model import Counts, Driver, Evidence
from euromesh.book.pieces import counted, link, together, topic, unit_text, upper_first, words
from euromesh.book.titles import Titles
from euromesh.book.values import printed
from euromesh.escape import markdown as escaped

ERROR: Final = "_se"  # the ending of a standard error
MOST: Final = 100  # results that stand together
LONGEST: Final = 50_000  # characters of a page: twice as many and more of HTML


def results_pages(evidence: Evidence) -> dict[str, str]:
    """A page for the results of every topic, by its name; a long one in parts."""
    known, found = evidence.titles(), {}
    shown = [key for key in sorted(evidence.results) if not is_error(evidence, key)]
    for name, keys in together(shown, topic).items():
        blocks = [block(evidence, known, text, alike) for text, alike in _alike(evidence, keys)]
        for number, text in enumerate(pages_of(blocks), start=1):
            first = number == 1
            title = f"Results: {known.topic(name)}{'' if first else f', part {number}'}"
            label = f"(results-{name})=\n" if first else ""
            slug = name.replace("_", "-") + ("" if first else f"-{number}")
            found[f"sources-results-{slug}"] = f"{label}# {title}\n\n{text}"
    return found


def pages_of(blocks: Iterable[str]) -> list[str]:
    """Blocks in their order on as many pages as they need."""
    found = [""]
    for one in blocks:
        if found[-1] and len(found[-1]) + len(one) > LONGEST:
            found.append("")
        found[-1] += f"{one}\n"
    return found


def _alike(evidence: Evidence, keys: Iterable[str]) -> Iterable[tuple[str, list[str]]]:
    """Results that read as many inputs of every kind, a few at a time, with these in words."""
    told = {key: inputs_text(evidence.counts(evidence.results[key]["inputs"])) for key in keys}
    for text, alike in together(told, told.__getitem__).items():
        yield from ((text, alike[at : at + MOST]) for at in range(0, len(alike), MOST))


def block(evidence: Evidence, known: Titles, text: str, keys: Sequence[str]) -> str:
    """Results that stand together, and below them what each of them reads."""
    shown = "\n\n".join(result_text(evidence, known, key) for key in keys)
    verb = "It reads" if len(keys) == 1 else f"Each of these {len(keys)} reads"
    return f":::{{div}} em-results\n{shown}\n:::\n\n:::{{div}} em-inputs\n{verb} {text}.\n:::\n"


def is_error(evidence: Evidence, key: str) -> bool:
    """Whether a result is the standard error of another, in whose entry it stands."""
    return key.endswith(ERROR) and key.removesuffix(ERROR) in evidence.results


def result_text(evidence: Evidence, known: Titles, key: str) -> str:
    """A result with its label: title, key and value, and what moves it most."""
    name = evidence.title(key, known)
    shown = f"**{escaped(result_value(evidence, key, name))}**"
    labels = f"({evidence.result(key).target})="
    error = f"{key}{ERROR}"
    if error in evidence.results:
        shown += f", standard error {escaped(evidence.result(error).printed())}"
        labels += f"\n({evidence.result(error).target})="
    moved = "; ".join(
        driver_text(evidence, known, key, one) for one in evidence.drivers.get(key, ())
    )
    told = f"\\\nMoved most by {moved}." if moved else ""
    return f"{labels}\n{escaped(name)}\\\n`{key}` {shown}{told}"


def result_value(evidence: Evidence, key: str, title: str) -> str:
    """A result with its unit; what is called odds is printed out of 100."""
    value = evidence.result(key)
    text = value.printed("odds" if _is_odds(value.unit, title) else "")
    return f"{text} {unit_text(value.unit)}".strip()


def _is_odds(unit: str, title: str) -> bool:
    return unit == "fraction" and "odds" in re.split(r"\W+", title.lower())


def driver_text(evidence: Evidence, known: Titles, key: str, one: Driver) -> str:
    """What an input does to a number, linked to the entry of the input."""
    title = upper_first(one.name)
    label = evidence.target(one.input) if one.input in evidence.library.parameters else ""
    ends = "; ".join(f"{at}: {escaped(told(evidence, known, key, then))}" for at, then in one.ends)
    return f"{link(label, title) if label else escaped(title)} ({ends})"


def told(evidence: Evidence, known: Titles, key: str, text: str) -> str:
    """A value that a table of facts holds as text, printed like the number itself."""
    entry = evidence.results[key]
    if entry["unit"] == "date" or text == "never":
        return printed(text, entry["format"])
    is_odds = _is_odds(entry["unit"], evidence.title(key, known))
    return printed(float(text), "odds" if is_odds else entry["format"])


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
