"""The first page: short, true in every run, and shorter than a minute."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import pytest

from euromesh.book.words import spoken
from euromesh.routes import ROUTES
from tests.stating import NOTHING_GRANTED, ROOT, Rules, changed, printed
from tests.test_words import FAULTS, prose

PAGE = (ROOT / "book" / "intro.md").read_text(encoding="utf-8")
WORDS, NUMBERS, TERMS = 80, 6, 3
NAMES = ("Llama 3.1 405B", "EuroMesh-0")  # no numbers, though they hold digits
RIVALS = "|".join(name for name in ROUTES if name != "owned")
NO_RIVAL: Final[Rules] = {rf"({RIVALS})\.finish_(date|p10|p50|p90)": "never"}
OTHER_RUN: Final[Rules] = {r"race\.target": "run_5e26"}
CHANGES: Final[Mapping[str, Rules]] = {
    "central": {},
    "nothing granted": NOTHING_GRANTED,
    "likely never": {r"owned\.finish_p50": "never"},
    "another run": OTHER_RUN,
    "another run, never": OTHER_RUN | NOTHING_GRANTED,
    "another run, at poor odds": OTHER_RUN | NOTHING_GRANTED | {r"owned\.never_share": 0.78},
    "ours alone": NO_RIVAL,
    "nobody": NO_RIVAL | NOTHING_GRANTED,
    "ours far ahead": {r"owned\.finish_date": "2027-02-01", r"owned\.finish_p50": "2027-08-01"},
    "ours last": {r"owned\.finish_date": "2039-02-01", r"owned\.finish_p50": "2040-01-01"},
    "a frontier model": {r"frontier\.is_b\.signed": "yes"},
    "refused": {r"owned\.granted": False} | NOTHING_GRANTED,
}
NO_FRONTIER, LEVEL, ALONE, EARLIER, UNLIKELY, NOBODY = CLAIMS = (
    "No route gives Europe a frontier model.",
    "; the figure's first routes are level.",
    "; no route is as early.",
    "; other routes are earlier.",
    "More likely than not its public machines do not finish",
    "No other route does.",
)
SAYS: Final[Mapping[str, tuple[set[str], str]]] = {  # the claims that are true, and other words
    "central": ({NO_FRONTIER, LEVEL}, "finish a model the size of Llama 3.1 405B by"),
    "nothing granted": ({NO_FRONTIER}, "The first route to do so, the signed projects, does by"),
    "likely never": ({NO_FRONTIER, LEVEL}, "more likely than not they never do"),
    "another run": ({NO_FRONTIER, LEVEL}, ""),
    "another run, never": (
        {NO_FRONTIER},
        "do not finish a run of 5 × 10²⁶ FLOP by the end of 2040",
    ),
    "another run, at poor odds": ({NO_FRONTIER, UNLIKELY}, ""),
    "ours alone": ({NO_FRONTIER, ALONE}, ""),
    "nobody": ({NO_FRONTIER, NOBODY}, ""),
    "ours far ahead": ({NO_FRONTIER, ALONE}, ""),
    "ours last": ({NO_FRONTIER, EARLIER}, ""),
    "a frontier model": ({LEVEL}, "Signed projects could reach a frontier model."),
    "refused": ({NO_FRONTIER}, "In this run the share is decided and not granted."),
}


def above_the_figure(text: str) -> str:
    return text.partition("\n")[2].partition("```{chart}")[0]


@pytest.mark.parametrize("name", CHANGES)
def test_the_first_page_is_short_and_says_what_the_run_found(name: str) -> None:
    state = changed(CHANGES[name])
    written = spoken(PAGE, state)
    seen = re.sub(r"\{(?:term|doc)\}`([^`<]*?) ?(?:<[^`]*>)?`", r"\1", printed(written, state))
    text, first = " ".join(seen.split()), " ".join(above_the_figure(seen).split())
    assert not [fault for fault, pattern in FAULTS.items() if pattern.search(prose(text))]
    assert ("Llama 3.1 405B" in first) == (state.target == "llama_405b")
    claims, words = SAYS[name]
    assert {claim for claim in CLAIMS if claim in first} == claims
    assert words in text
    above = above_the_figure(written)
    for model in NAMES:
        above, first = above.replace(model, "Model"), first.replace(model, "Model")
    assert len(first.replace(" × ", "×").split()) <= WORDS
    assert above.count("{val}") <= NUMBERS and above.count("{term}") <= TERMS
    assert not re.search(r"\d", re.sub(r"`[^`]*`", "", above)), "a number is typed"
