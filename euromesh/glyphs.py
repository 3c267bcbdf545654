"""What the fonts of the printed book can show, asked of Typst itself before any work."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import typst

from euromesh import escape
from euromesh.folders import ROOT
from euromesh.params import Library
from euromesh.records import InputError

PDF: Final[dict[str, Any]] = {
    "font_paths": [ROOT / "book" / "_static" / "fonts"],
    "ignore_system_fonts": True,
    "pdf_standards": ["a-2b", "ua-1"],
}
"""How the book is set: only with the committed fonts and those that Typst brings."""
UNSHOWN: Final = re.compile(r'the text `"(.*?)"` could not be displayed.*?\.typ:(\d+):', re.DOTALL)


def check(values: Mapping[str, object], library: Library) -> None:
    """Refuse a run with a text that the book cannot print, by the id of the text."""
    texts = {
        key: text
        for found in (values, *_provenance(library))
        for key, text in found.items()
        if isinstance(text, str)
    }
    letters = sorted(set("".join(texts.values())))
    alone = {letters[line] for line in missing(letters)}  # with others some are one sign
    asked = {key: text for key, text in texts.items() if alone & set(text)}
    for line, lost in missing(list(asked.values())).items():
        raise InputError(
            f"{list(asked)[line]}: no font of the book has {' '.join(lost)}; "
            "write it in other letters"
        )


def missing(texts: list[str]) -> dict[int, list[str]]:
    """The letters that no font has, by the index of the text that holds them."""
    lines = (f"#text({escape.typst(' '.join(text.split()))})" for text in texts)
    try:
        typst.compile("\n".join(["#set document(title: [Letters])", *lines]).encode(), **PDF)
    except typst.TypstError as error:
        found: dict[int, list[str]] = {}
        for letters, line in UNSHOWN.findall(error.diagnostic or ""):
            found.setdefault(int(line) - 2, []).append(letters)
        if not found:
            raise
        return found
    return {}


def _provenance(library: Library) -> Iterator[dict[str, object]]:
    """What is said of every value, and every publication, by the id of each text."""
    for key, told in library.parameters.items():
        yield {f"{key}.{name}": getattr(told, name) for name in told.__slots__}
    for key, source in library.sources.items():
        yield {f"sources.yaml: {key}.{name}": text for name, text in source}
