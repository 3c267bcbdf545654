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
LIKELIER: Final[Rules] = {r"owned\.odds_by_2030": 0.9}
NO_ORDERS: Final[Rules] = {r"decision\.orders\..*|owned\.finish_if\.operating_only": "never"}
NO_USE: Final[Rules] = {r"decision\.orders\.months_later": 0.0}
NO_DRAW: Final[Rules] = NO_RIVAL | NOTHING_GRANTED | {r"\w+\.odds_by_.*": 0.0}
NO_FRONTIER = "No: no way found gives Europe a frontier model."
LEVEL, ALONE, EARLIER, NOBODY = CLAIMS = (
    "no route is safely first",
    "no route is as early as the public machines.",
    "no wait that we assume turns that",
    "No route finishes even if everything goes to plan.",
)
BEHIND, COULD, NEVER = POSSIBLE = (
    "months behind the frontier. They come before",
    r"(?:405B|FLOP)\. They come before",
    "Nor do its public machines finish",
)
FRONTIER = "Signed projects could reach a frontier model."
ODDS: Final = re.compile(r"odds (?:are|of) [\w ]*\d+ in 100")
MONTH: Final = re.compile(
    r"January|February|March|April|May|June|July|August|(?:Septem|Octo|Novem|Decem)ber"
)
SAYS: Final[Mapping[str, tuple[Rules, str, str, str]]] = {
    # a run, what is true of it on plan, of the public machines, and other words
    "central": (
        {},
        LEVEL,
        BEHIND,
        "gigawatt campus with odds of 70 in 100. We put the odds by the end of 2030 at 62 in 100;",
    ),
    "none level": (NONE_LEVEL, EARLIER, BEHIND, "other ways are about as likely."),
    "nothing granted": (NOTHING_GRANTED, LEVEL, NEVER, "With these inputs nothing is granted."),
    "likely never": ({r"owned\.finish_p50": "never"}, LEVEL, COULD, "405B. They come before"),
    "another run": (
        OTHER_RUN,
        LEVEL,
        COULD,
        "could finish a run of 5 × 10²⁶ FLOP. They come before",
    ),
    "another run, never": (OTHER_RUN | NOTHING_GRANTED, LEVEL, NEVER, "a run of 5 × 10²⁶ FLOP: "),
    "another run, at poor odds": (POOR_ODDS, LEVEL, NEVER, ""),
    "ours alone": (NO_RIVAL, ALONE, BEHIND, ""),
    "nobody": (NO_RIVAL | NOTHING_GRANTED, NOBODY, NEVER, ""),
    "nobody in any draw": (NO_DRAW, NOBODY, NEVER, "No route finishes by the end of 2030 in any"),
    "ours far ahead": (FAR | NONE_LEVEL, ALONE, BEHIND, ""),
    "ours ahead, and level": (FAR, LEVEL, BEHIND, "no route is safely first: public machines"),
    "ours last": (LAST | NONE_LEVEL, EARLIER, BEHIND, ""),
    "ours likelier": (LIKELIER, LEVEL, BEHIND, "no other way is as likely."),
    "a late decision": (LATE, EARLIER, BEHIND, "other ways are likelier."),
    "no campus": (NO_CAMPUS, LEVEL, BEHIND, ""),
    "a frontier model": ({r"frontier\.is_b\.signed": "yes"}, LEVEL, BEHIND, FRONTIER),
    "refused": (REFUSED, LEVEL, NEVER, "is decided and not granted."),
    "no orders": (NO_ORDERS, LEVEL, BEHIND, "Without machines on order they never do."),
    "orders of no use": (NO_USE, LEVEL, BEHIND, "The machines on order do not matter."),
}


def above_the_figure(text: str) -> str:
    return text.partition("\n")[2].partition("```{chart}")[0]


@pytest.mark.parametrize("name", SAYS)
def test_the_first_page_is_short_and_says_what_the_run_found(name: str) -> None:
    rules, on_plan, possible, words = SAYS[name]
    state = changed(rules)
    written = spoken(PAGE, state)
    seen = re.sub(r"\{(?:term|doc)\}`([^`<]*?) ?(?:<[^`]*>)?`", r"\1", printed(written, state))
    text, first = " ".join(seen.split()), " ".join(above_the_figure(seen).split())
    assert not [fault for fault, pattern in FAULTS.items() if pattern.search(prose(text))]
    assert ("Llama 3.1 405B" in first) == (state.target == "llama_405b")
    assert [found for found in CLAIMS if found in text] == [on_plan]
    assert [found for found in POSSIBLE if re.search(found, first)][:1] == [possible]
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
    first = " ".join(above_the_figure(printed(spoken(PAGE, state), state)).split())
    odds = ODDS.search(first)
    assert odds and not MONTH.search(first[: odds.start()])
    assert ("no route is safely first" in text) == (len(state.leaders) > 1)


def test_the_report_is_short() -> None:
    state = changed({})
    text = printed(spoken((ROOT / "book/report.md").read_text(encoding="utf-8"), state), state)
    assert len(text.split()) <= 2500 and text.count("{chart}") <= 8
