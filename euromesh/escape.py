"""Text from a data file as the text it is, in each language that it is written into."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

PUNCTUATION: Final = re.compile(r"([!-/:-@\[-`{-~])")
TEX: Final = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "{": "(",
    "}": ")",
    "$": "{$}",
    **{char: f"\\{char}" for char in "&%#_"},
}


def markdown(text: str) -> str:
    """Text in which Markdown finds no mark-up: every punctuation mark stands for itself."""
    return PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


def role(name: str, text: str) -> str:
    """A role of MyST with a text in which it finds no end: its fence is longer than any within."""
    text = " ".join(text.split())
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if len(fence) > 1 else ""
    return f"{{{name}}}{fence}{pad}{text}{pad}{fence}"


def tex(text: str) -> str:
    """Text in which BibTeX finds no commands and no ligatures; it knows no braces."""
    plain = re.sub(r"[\\{}~&%#_$]", lambda char: TEX[char[0]], text)
    return re.sub(r"([-'`,!?])(?=[-'`,])", r"{\1}", plain)


def typst(text: str) -> str:
    """A string of Typst."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def terminal(text: str) -> str:
    """Text of which a terminal obeys nothing: control characters are written as escapes."""
    return "".join(
        repr(char)[1:-1] if unicodedata.category(char)[0] == "C" and char != "\n" else char
        for char in text
    )
