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
FAR: Final[Rules] = {r"owned\.finish_date": "2027-02-01", r"owned\.finish_p50": "2027-08-01"}
LAST: Final[Rules] = {r"owned\.finish_date": "2039-02-01", r"owned\.finish_p50": "2040-01-01"}
POOR_ODDS: Final[Rules] = OTHER_RUN | NOTHING_GRANTED | {r"owned\.never_share": 0.78}
NO_FRONTIER = "No route gives Europe a frontier model."
LEVEL, ALONE, EARLIER, UNLIKELY, NOBODY = CLAIMS = (
    "; the figure's first routes are level.",
    "; no route is as early.",
    "; other routes are earlier.",
    "More likely than not its public machines do not finish",
    "No other route does.",
)
NEVER_BY = "do not finish a run of 5 × 10²⁶ FLOP by the end of 2040"
FRONTIER = "Signed projects could reach a frontier model."
SAYS: Final[Mapping[str, tuple[Rules, str, str]]] = {  # a run, the claim that is true, other words
    "central": ({}, LEVEL, "finish a model the size of Llama 3.1 405B by"),
    "nothing granted": (NOTHING_GRANTED, "", "to do so, the private clusters, does by"),
    "likely never": ({r"owned\.finish_p50": "never"}, LEVEL, "more likely than not they never do"),
    "another run": (OTHER_RUN, LEVEL, ""),
    "another run, never": (OTHER_RUN | NOTHING_GRANTED, "", NEVER_BY),
    "another run, at poor odds": (POOR_ODDS, UNLIKELY, ""),
    "ours alone": (NO_RIVAL, ALONE, ""),
    "nobody": (NO_RIVAL | NOTHING_GRANTED, NOBODY, ""),
    "ours far ahead": (FAR, ALONE, ""),
    "ours last": (LAST, EARLIER, ""),
    "a frontier model": ({r"frontier\.is_b\.signed": "yes"}, LEVEL, FRONTIER),
    "refused": ({r"owned\.granted": False} | NOTHING_GRANTED, "", "is decided and not granted."),
}


def above_the_figure(text: str) -> str:
    return text.partition("\n")[2].partition("```{chart}")[0]


@pytest.mark.parametrize("name", SAYS)
def test_the_first_page_is_short_and_says_what_the_run_found(name: str) -> None:
    rules, claim, words = SAYS[name]
    state = changed(rules)
    written = spoken(PAGE, state)
    seen = re.sub(r"\{(?:term|doc)\}`([^`<]*?) ?(?:<[^`]*>)?`", r"\1", printed(written, state))
    text, first = " ".join(seen.split()), " ".join(above_the_figure(seen).split())
    assert not [fault for fault, pattern in FAULTS.items() if pattern.search(prose(text))]
    assert ("Llama 3.1 405B" in first) == (state.target == "llama_405b")
    assert "".join(found for found in CLAIMS if found in first) == claim
    assert (NO_FRONTIER in first) == (words != FRONTIER) and words in text
    above = above_the_figure(written)
    for model in NAMES:
        above, first = above.replace(model, "Model"), first.replace(model, "Model")
    assert len(first.replace(" × ", "×").split()) <= WORDS
    assert above.count("{val}") <= NUMBERS and above.count("{term}") <= TERMS
    assert not re.search(r"\d", re.sub(r"`[^`]*`", "", above)), "a number is typed"
