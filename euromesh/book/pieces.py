"""Pieces that generated pages are made of, as MyST text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from euromesh.charts.tables import UNSPOKEN
from euromesh.escape import role

Item = TypeVar("Item")


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


def counted(number: int, one: str, many: str = "") -> str:
    """How many there are of something, in words: `1 row`, `1,002 rows`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


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
