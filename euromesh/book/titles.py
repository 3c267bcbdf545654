"""What a number is called: a title in words for every result and parameter, by rules of one file.

`book/_data/titles.yaml` holds the rules. A row of a table has the name that the table gives it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import yaml

from euromesh.book.pieces import upper_first
from euromesh.facts import changes
from euromesh.facts.decisions import LATE
from euromesh.facts.naming import GROUPS, LAWS, named
from euromesh.folders import ROOT
from euromesh.params import Library
from euromesh.routes import ROUTES

FILE: Final = ROOT / "book" / "_data" / "titles.yaml"
PLACE: Final = re.compile(r"\{(\w+)\}")
ANY: Final = "[a-z0-9_]+(?:\\.[a-z0-9_]+)*"


@dataclass(frozen=True, slots=True)
class Titles:
    """The rules, with the words that their places stand for."""

    rules: Mapping[re.Pattern[str], str]
    endings: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]

    def of(self, key: str) -> str | None:
        """The title of a key by the first rule that fits it; nothing where none does."""
        return self._of(key) or next(
            (
                told.format(title)
                for ending, told in self.endings.items()
                if key.endswith(ending) and (title := self._of(key.removesuffix(ending)))
            ),
            None,
        )

    def _of(self, key: str) -> str | None:
        for pattern, title in self.rules.items():
            if found := pattern.fullmatch(key):
                places = {name: self._word(name, told) for name, told in found.groupdict().items()}
                return upper_first(title.format(**places))
        return None

    def topic(self, name: str) -> str:
        """What the results of a topic are about."""
        return self._word("topic", name)

    def _word(self, name: str, told: str) -> str:
        """What a piece of a key means; of a piece of any kind its words."""
        return self.words.get(name, {}).get(told) or re.sub("[._]", " ", told)


@cache
def _file() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def titles(library: Library) -> Titles:
    """The rules with the names of routes and of the rows of tables."""
    routes = {name: kind.label for name, kind in ROUTES.items()}
    tables = {name: _names(library, name) for name in library.tables}
    known = _file()["words"]
    words = {**tables, **known, "route": routes, "other": routes}
    words["topic"] = {**known["topic"], **routes}
    words["change"] = {**changes.WORDS, **known["change"]}
    words["law"] = LAWS
    words["group"] = {name.replace(" ", "_"): told for name, told in GROUPS.items()}
    words["step"] = {name: told for name, (told, _) in LATE.items()}
    rules = {_pattern(key, words): title for key, title in _file()["rules"].items()}
    return Titles(rules, _file()["endings"], words)


def _names(library: Library, table: str) -> dict[str, str]:
    """The names of the rows of a table, by their ids."""
    rows = {
        row: library.parameters.get(f"{table}.{row}.name") for row in library.tables[table].rows
    }
    return {row: str(one.value) if one else row.replace("_", " ") for row, one in rows.items()}


def _pattern(key: str, words: Mapping[str, Mapping[str, str]]) -> re.Pattern[str]:
    """The keys that a rule is of: each place stands for one of its words."""
    pieces = PLACE.split(key)  # texts and, between them, the names of places
    told = [re.escape(pieces[0])]
    for name, text in zip(pieces[1::2], pieces[2::2], strict=True):
        known = sorted(words.get(name, ()), key=len, reverse=True)
        told.append(f"(?P<{name}>{'|'.join(map(re.escape, known)) or ANY}){re.escape(text)}")
    return re.compile("".join(told))


def title_of(key: str, known: Titles, library: Library) -> str:
    """The title of any number: by rule, as a cell of a table, or by the words of its key."""
    if title := known.of(key):
        return title
    return upper_first(named(key) if key in library.parameters else plain(key))


def plain(key: str) -> str:
    """A key in words: its topic, and the rest."""
    topic, _, rest = key.partition(".")
    return re.sub("[._]", " ", f"{topic}: {rest}")
