"""What the first page, the report, the explorer and the captions say turns where the numbers do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, TypeAlias

import jupytext
import pytest
import yaml

from euromesh.book.words import State, spoken
from tests import stating

Turn: TypeAlias = Mapping[str, Any]  # when: other numbers; then: words that come; gone: that go

TURNS: Final[Mapping[str, list[Turn]]] = yaml.safe_load(
    (stating.ROOT / "tests/turns.yaml").read_text(encoding="utf-8")
)
PAGES: Final = ("intro", "report", "explorer")
LINK: Final = re.compile(r"\{(?:term|doc)\}`([^`<]*?) ?(?:<[^`]*>)?`")


@cache
def texts() -> Mapping[str, str]:
    """The pages by their names, and the captions of the notebooks by their labels, as written."""
    pages = {name: stating.ROOT / f"book/{name}.md" for name in PAGES}
    cells = [c for page in stating.ROOT.glob("notebooks/*.md") for c in jupytext.read(page).cells]
    figures = [cell.metadata.get("mystnb", {}).get("figure") for cell in cells]
    return {name: page.read_text(encoding="utf-8") for name, page in pages.items()} | {
        figure["name"]: figure["caption"] for figure in figures if figure
    }


def read(text: str, state: State) -> str:
    """A text as a reader reads it in a run."""
    return " ".join(LINK.sub(r"\1", stating.printed(spoken(text, state), state)).split())


def faults(text: str, turn: Turn) -> Iterator[str]:
    """The words of a turn that do not come or go; what goes stood there before, or comes."""
    before, after = read(text, stating.state("central")), read(text, stating.changed(turn["when"]))
    yield from (f"comes not: {words}" for words in turn.get("then", []) if words not in after)
    yield from (f"was there: {words}" for words in turn.get("then", []) if words in before)
    yield from (f"goes not: {words}" for words in turn.get("gone", []) if words in after)


@pytest.mark.parametrize("name", TURNS)
def test_what_a_text_says_turns_where_the_numbers_do(name: str) -> None:
    text, turns = texts()[name], TURNS[name]
    central = read(text, stating.state("central"))
    comes = [words for turn in turns for words in turn.get("then", [])]
    gone = [words for turn in turns for words in turn.get("gone", [])]
    assert not [words for words in gone if words not in central and words not in comes]
    wrong = {fault: turn["when"] for turn in turns for fault in faults(text, turn)}
    assert not wrong
