"""The first page: short, true in every run, and shorter than a minute."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import pytest

from euromesh.book.words import spoken
from euromesh.routes import ROUTES
from tests.stating import LATE, NO_CAMPUS, NOTHING_GRANTED, REFUSED, ROOT, Rules, changed, printed
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
NONE_LEVEL: Final[Rules] = {r"race\.level\..*": "no"}
NO_DRAW: Final[Rules] = NO_RIVAL | NOTHING_GRANTED | {r"\w+\.odds_by_.*": 0.0}
NO_FRONTIER = "No way found gives Europe a frontier model."
LEVEL, ALONE, EARLIER, NOBODY = CLAIMS = (
    "Which comes first rests on waits that we assume.",
    "On plan no route is as early.",
    "On plan other routes are earlier.",
    "On plan no route finishes.",
)
LIKELY, UNLIKELY, NEVER = DATES = (
    "The public machines reach even odds ",
    "More likely than not the public machines never do.",
    "The public machines never do.",
)
FRONTIER = "Signed projects could reach a frontier model."
ODDS: Final = re.compile(
    r"odds of finishing .* are [\w ]*\d+ in 100 for its public machines, "
    r".* in 100 for .* in 100 for a "
)
MONTH: Final = re.compile(
    r"January|February|March|April|May|June|July|August|(?:Septem|Octo|Novem|Decem)ber"
)
SAYS: Final[Mapping[str, tuple[Rules, str, str, str]]] = {
    # a run, what is true of it: who is first, the date of the public machines, other words
    "central": (
        {},
        LEVEL,
        LIKELY,
        "finishing a model the size of Llama 3.1 405B by the end of 2030",
    ),
    "none level": (NONE_LEVEL, EARLIER, LIKELY, "no wait that we assume turns that"),
    "nothing granted": (NOTHING_GRANTED, EARLIER, NEVER, "are 0 in 100 for its public machines"),
    "likely never": ({r"owned\.finish_p50": "never"}, LEVEL, UNLIKELY, ""),
    "another run": (
        OTHER_RUN,
        LEVEL,
        LIKELY,
        "finishing a run of 5 × 10²⁶ FLOP by the end of 2030",
    ),
    "another run, never": (OTHER_RUN | NOTHING_GRANTED, EARLIER, NEVER, ""),
    "another run, at poor odds": (POOR_ODDS, EARLIER, UNLIKELY, ""),
    "ours alone": (NO_RIVAL, ALONE, LIKELY, ""),
    "nobody": (NO_RIVAL | NOTHING_GRANTED, NOBODY, NEVER, ""),
    "nobody in any draw": (NO_DRAW, NOBODY, NEVER, "No route finishes by the end of 2030 in any"),
    "ours far ahead": (FAR | NONE_LEVEL, ALONE, LIKELY, ""),
    "ours ahead, and level": (FAR, LEVEL, LIKELY, "no route is safely first: public machines"),
    "ours last": (LAST | NONE_LEVEL, EARLIER, LIKELY, ""),
    "a late decision": (LATE, EARLIER, LIKELY, "are less than 1 in 100 for its public machines"),
    "no campus": (NO_CAMPUS, LEVEL, LIKELY, "and 0 in 100 for a gigawatt campus."),
    "a frontier model": ({r"frontier\.is_b\.signed": "yes"}, LEVEL, LIKELY, FRONTIER),
    "refused": (REFUSED, EARLIER, NEVER, "is decided and not granted."),
}


def above_the_figure(text: str) -> str:
    return text.partition("\n")[2].partition("```{chart}")[0]


@pytest.mark.parametrize("name", SAYS)
def test_the_first_page_is_short_and_says_what_the_run_found(name: str) -> None:
    rules, claim, dated, words = SAYS[name]
    state = changed(rules)
    written = spoken(PAGE, state)
    seen = re.sub(r"\{(?:term|doc)\}`([^`<]*?) ?(?:<[^`]*>)?`", r"\1", printed(written, state))
    text, first = " ".join(seen.split()), " ".join(above_the_figure(seen).split())
    assert not [fault for fault, pattern in FAULTS.items() if pattern.search(prose(text))]
    assert ("Llama 3.1 405B" in first) == (state.target == "llama_405b")
    assert "".join(found for found in CLAIMS if found in first) == claim
    assert "".join(found for found in DATES if found in first) == dated
    assert (NO_FRONTIER in first) == (words != FRONTIER) and words in text
    above = above_the_figure(written)
    for model in NAMES:
        above, first = above.replace(model, "Model"), first.replace(model, "Model")
    assert len(first.replace(" × ", "×").split()) <= WORDS
    assert above.count("{val}") <= NUMBERS and above.count("{term}") <= TERMS
    assert not re.search(r"\d", re.sub(r"`[^`]*`", "", above)), "a number is typed"


@pytest.mark.parametrize("name", SAYS)
def test_odds_come_before_dates_and_of_level_routes_none_is_called_first(name: str) -> None:
    state = changed(SAYS[name][0])
    text = " ".join(printed(spoken(PAGE, state), state).split())
    odds = ODDS.search(text.replace("{term}", "").replace("`", ""))
    assert odds, "the odds of the public machines, of the best rival and of the campus"
    assert not MONTH.search(text[: text.index("in 100")])
    assert ("no wait that we assume turns that" in text) == (len(state.leaders) == 1)
    assert ("no route is safely first" in text) == (len(state.leaders) > 1)
