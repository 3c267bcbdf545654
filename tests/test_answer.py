"""The first page: short, true in every run, and shorter than a minute."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import pytest

from euromesh.book.words import State, WordsError, spoken
from euromesh.routes import ROUTES
from tests.stating import NOTHING_GRANTED, ROOT, Rules, changed, printed

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
    "ours far ahead": {
        r"owned\.finish_date": "2027-02-01",
        r"owned\.finish_p50": "2027-08-01",
    },
    "ours last": {r"owned\.finish_date": "2039-02-01", r"owned\.finish_p50": "2040-01-01"},
    "a frontier model": {r"frontier\.is_b\.signed": "yes"},
    "refused": {r"owned\.granted": False} | NOTHING_GRANTED,
}
each_state = pytest.mark.parametrize("name", CHANGES)


@pytest.fixture
def state(name: str) -> State:
    return changed(CHANGES[name])


def seen_in(state: State) -> str:
    """The page as a reader sees it."""
    text = printed(spoken(PAGE, state), state)
    return re.sub(r"\{(?:term|doc)\}`([^`<]*?) ?(?:<[^`]*>)?`", r"\1", text)


def above_the_figure(text: str) -> str:
    return text.partition("\n")[2].partition("```{chart}")[0]


@each_state
def test_the_first_screen_is_short(state: State) -> None:
    written, seen = above_the_figure(spoken(PAGE, state)), above_the_figure(seen_in(state))
    for model in NAMES:
        written, seen = written.replace(model, "Model"), seen.replace(model, "Model")
    assert len(seen.replace(" × ", "×").split()) <= WORDS, seen
    assert written.count("{val}") <= NUMBERS
    assert written.count("{term}") <= TERMS
    assert not re.search(r"\d", re.sub(r"`[^`]*`", "", written)), "a number is typed"


@each_state
def test_the_first_page_reads_rightly_in_every_run(state: State) -> None:
    text = " ".join(seen_in(state).split())
    assert not re.search(r"\b(in|by|on|from|to|after|likely|costs|of) never\b", text)
    assert not re.search(r"\bnever (million|months|days|FLOP)\b", text)
    assert not re.search(r"\{[%=]|[%=]\}|\{val\}", text)
    llama = above_the_figure(seen_in(state)).count("Llama 3.1 405B")
    assert (llama > 0) == (state.target == "llama_405b")


NO_FRONTIER, LEVEL, ALONE, EARLIER, UNLIKELY = (
    "No route gives Europe a frontier model.",
    "; the figure's first routes are level.",
    "; no route is as early.",
    "; other routes are earlier.",
    "More likely than not its public machines do not finish",
)
CLAIMS = {NO_FRONTIER, LEVEL, ALONE, EARLIER, UNLIKELY, "No other route does."}
SAYS: dict[str, set[str]] = {  # of the claims above, those that are true
    "central": {NO_FRONTIER, LEVEL},
    "nothing granted": {NO_FRONTIER},
    "likely never": {NO_FRONTIER, LEVEL},
    "another run, never": {NO_FRONTIER},
    "another run, at poor odds": {NO_FRONTIER, UNLIKELY},
    "ours alone": {NO_FRONTIER, ALONE},
    "nobody": {NO_FRONTIER, "No other route does."},
    "ours far ahead": {NO_FRONTIER, ALONE},
    "ours last": {NO_FRONTIER, EARLIER},
    "a frontier model": {LEVEL},
    "refused": {NO_FRONTIER},
}
ALSO = {
    "central": "finish a model the size of Llama 3.1 405B by",
    "nothing granted": "The first route to do so, the signed projects, does by",
    "likely never": "more likely than not they never do",
    "another run, never": "do not finish a run of 5 × 10²⁶ FLOP by the end of 2040",
    "a frontier model": "Signed projects could reach a frontier model.",
    "refused": "In this run the share is decided and not granted.",
}


@pytest.mark.parametrize(("name", "claims"), SAYS.items())
def test_the_first_screen_claims_what_the_run_found(state: State, claims: set[str]) -> None:
    text = " ".join(above_the_figure(seen_in(state)).split())
    assert {claim for claim in CLAIMS if claim in text} == claims


@pytest.mark.parametrize(("name", "words"), ALSO.items())
def test_the_first_page_says_what_the_run_found(state: State, words: str) -> None:
    assert words in " ".join(seen_in(state).split())


def test_a_condition_that_asks_for_what_no_run_has_is_named() -> None:
    central = changed({})
    with pytest.raises(WordsError, match=r"owned\.finish_dat; did you mean owned\.finish_date"):
        spoken("{% if v('owned.finish_dat') %}x{% endif %}", central)
    with pytest.raises(WordsError, match="nevr"):
        spoken("{% if nevr('owned') %}x{% endif %}", central)
    with pytest.raises(WordsError, match="in: {% if"):
        spoken("{% if never('owned') %}x", central)
