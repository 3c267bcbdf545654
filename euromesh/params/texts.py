"""Texts as every reader of parameters takes them, and as every message quotes them.

A number, a truth and a blank are those of the core schema of YAML 1.2, in decimal digits alone:
`010` is 10, `3.8e25` a number, `1:30`, `0x1F`, `1_000` and `no` are texts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Final, TypeAlias

Value: TypeAlias = float | str | bool | None
Near: TypeAlias = tuple[str, Iterable[str]]  # a word that is unknown, and the known ones

LONGEST: Final = 80  # characters of a value that a message quotes
EXACT: Final = 15  # digits that a whole number keeps as it is written
NUMBER: Final = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)(e[-+]?[0-9]+)?|[-+]?\.?inf|\.?nan", re.IGNORECASE | re.ASCII
)
WHOLE: Final = re.compile(rf"[-+]?[0-9]{{1,{EXACT}}}")
BLANKS: Final = ("", "~", "null", "Null", "NULL")
WORDS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(BLANKS),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_CONTROLS: Final = (  # C0 but tab and line feed, C1, line ends, bidi, surrogates, no characters
    r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff"
)
IN_FILE: Final = re.compile(f"[{_CONTROLS}]")
IN_TEXT: Final = re.compile(rf"[\t\n{_CONTROLS}]")
ONE_LINE: Final = "must stand on one line, without tabs or control characters"


def number(text: str) -> float | None:
    """The number that a text spells, or None."""
    return float(re.sub(r"\.(?=[in])", "", text.lower())) if NUMBER.fullmatch(text) else None


def scalar(text: str) -> Value:
    """What a text without quotes means in YAML: nothing, a truth, a number or the text itself."""
    if text in WORDS:
        return WORDS[text]
    if WHOLE.fullmatch(text):
        return int(text)
    found = number(text)
    return text if found is None else found


def quoted(value: object) -> str:
    """A value as a message shows it, cut to 80 characters."""
    try:
        return _cut(repr(value))
    except (ValueError, RecursionError):
        return f"a {type(value).__name__} too large to print"


def typed(value: object) -> str:
    """The same of what was typed: without quotes where every character of it can be seen."""
    return _cut(value) if isinstance(value, str) and value.isprintable() else quoted(value)


def nearest(word: str, known: Iterable[str]) -> str:
    """'; did you mean ...?' with the closest known word, or nothing where none is known."""
    close = get_close_matches(word[:LONGEST], list(known), n=1, cutoff=0.0)
    return f"; did you mean {close[0]}?" if close else ""


@cache
def folded(text: str) -> str:
    """A text without case, accents, spaces and signs: what two spellings of a name share."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
