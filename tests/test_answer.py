"""The first page: short, true in every run, and shorter than a minute."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from euromesh import params
from euromesh.book.model import Evidence
from euromesh.book.values import Value
from euromesh.book.words import State, WordsError, spoken
from euromesh.routes import ROUTES
from euromesh.runs import GOLDEN, ROOT

PAGE = (ROOT / "book" / "intro.md").read_text(encoding="utf-8")
WORDS, NUMBERS, TERMS = 80, 6, 3
NAMES = ("Llama 3.1 405B", "EuroMesh-0")  # no numbers, though they hold digits


def never(route: str) -> dict[str, Any]:
    ends = ("finish_date", "finish_p10", "finish_p50", "finish_p90", "compute_days", "run_meur")
    odds = {f"{route}.odds_by_{year}": 0.0 for year in (2028, 2030, 2032, 2035)}
    return {f"{route}.{end}": "never" for end in ends} | odds | {f"{route}.never_share": 1.0}


ONLY_OURS = {key: one for name in ROUTES if name != "owned" for key, one in never(name).items()}
NOBODY = ONLY_OURS | never("owned")
CHANGES: dict[str, dict[str, Any]] = {
    "central": {},
    "nothing granted": never("owned") | {"owned.share": 0.0, "owned.replicas_at_finish": 0},
    "likely never": {"owned.finish_p50": "never"},
    "another run": {"race.target": "run_5e26"},
    "another run, never": {"race.target": "run_5e26"} | never("owned"),
    "ours alone": ONLY_OURS,
    "nobody": NOBODY,
    "ours far ahead": {"owned.finish_date": "2027-02-01", "owned.finish_p50": "2027-08-01"},
    "ours last": {"owned.finish_date": "2039-02-01", "owned.finish_p50": "2040-01-01"},
    "a frontier model": {"frontier.is_b.signed": "yes"},
    "refused": {"owned.granted": False} | never("owned"),
}
each_state = pytest.mark.parametrize("name", CHANGES)


@pytest.fixture(scope="module")
def values() -> dict[str, dict[str, Any]]:
    results = json.loads(GOLDEN.read_text(encoding="utf-8"))["numbers"]
    return Evidence.of(results, params.resolve(), params.library()).as_values()


@pytest.fixture
def state(values: dict[str, dict[str, Any]], name: str) -> State:
    return State(values | {k: values[k] | {"value": v} for k, v in CHANGES[name].items()}, False)


def printed(state: State, text: str) -> str:
    """The text as a reader sees it."""

    def value(match: re.Match[str]) -> str:
        key, _, spec = match[1].partition(":")
        return Value.read(state.values[key]).printed(spec)

    text = re.sub(r"\{val\}`([^`]*)`", value, spoken(text, state))
    return re.sub(r"\{(?:term|doc)\}`([^`<]*?) ?(?:<[^`]*>)?`", r"\1", text)


def above_the_figure(text: str) -> str:
    return text.partition("\n")[2].partition("```{chart}")[0]


@each_state
def test_the_first_screen_is_short(state: State) -> None:
    written, seen = above_the_figure(spoken(PAGE, state)), above_the_figure(printed(state, PAGE))
    for model in NAMES:
        written, seen = written.replace(model, "Model"), seen.replace(model, "Model")
    assert len(seen.replace(" × ", "×").split()) <= WORDS, seen
    assert written.count("{val}") <= NUMBERS
    assert written.count("{term}") <= TERMS
    assert not re.search(r"\d", re.sub(r"`[^`]*`", "", written)), "a number is typed"


@each_state
def test_the_first_page_reads_rightly_in_every_run(state: State) -> None:
    text = " ".join(printed(state, PAGE).split())
    assert not re.search(r"\b(in|by|on|from|to|after|likely|costs|of) never\b", text)
    assert not re.search(r"\bnever (million|months|days|FLOP)\b", text)
    assert not re.search(r"\{[%=]|[%=]\}|\{val\}", text)
    llama = above_the_figure(printed(state, PAGE)).count("Llama 3.1 405B")
    assert (llama > 0) == (state.target == "llama_405b")


NO_FRONTIER, LEVEL, ALONE, EARLIER = (
    "No route gives Europe a frontier model.",
    "; two others are level.",
    "; no route is as early.",
    "; other routes are earlier.",
)
CLAIMS = {NO_FRONTIER, LEVEL, ALONE, EARLIER, "No other route does."}
SAYS: dict[str, set[str]] = {  # of the claims above, those that are true
    "central": {NO_FRONTIER, LEVEL},
    "nothing granted": {NO_FRONTIER},
    "likely never": {NO_FRONTIER, LEVEL},
    "another run, never": {NO_FRONTIER},
    "ours alone": {NO_FRONTIER, ALONE},
    "nobody": {NO_FRONTIER, "No other route does."},
    "ours far ahead": {NO_FRONTIER, ALONE},
    "ours last": {NO_FRONTIER, EARLIER},
    "a frontier model": {LEVEL},
}
ALSO = {
    "central": "finish a model the size of Llama 3.1 405B by",
    "nothing granted": "The first route to do so, the signed projects, does by",
    "likely never": "more likely than not they never do",
    "another run, never": "do not finish a run of 5 × 10²⁶ FLOP by the end of 2040",
    "a frontier model": "Signed projects could give Europe a frontier model.",
    "refused": "In this run the share is decided and not granted.",
}


@pytest.mark.parametrize(("name", "claims"), SAYS.items())
def test_the_first_screen_claims_what_the_run_found(state: State, claims: set[str]) -> None:
    text = " ".join(above_the_figure(printed(state, PAGE)).split())
    assert {claim for claim in CLAIMS if claim in text} == claims


@pytest.mark.parametrize(("name", "words"), ALSO.items())
def test_the_first_page_says_what_the_run_found(state: State, words: str) -> None:
    assert words in " ".join(printed(state, PAGE).split())


def test_a_condition_that_asks_for_what_no_run_has_is_named(
    values: dict[str, dict[str, Any]],
) -> None:
    state = State(values, True)
    with pytest.raises(WordsError, match="owned.finish_dat.*did you mean owned.finish_date"):
        spoken("{% if v('owned.finish_dat') %}x{% endif %}", state)
    with pytest.raises(WordsError, match="nevr"):
        spoken("{% if nevr('owned') %}x{% endif %}", state)
    with pytest.raises(WordsError, match="in: {% if"):
        spoken("{% if never('owned') %}x", state)
