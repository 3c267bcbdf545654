"""Words follow the state of the run: true in every run, and read as sentences."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Final

import jupytext
import pytest

from euromesh.book.words import State, WordsError, spoken
from euromesh.routes import ROUTES
from tests import stating
from tests.stating import parts
from tests.test_prose import PAGES

PREPOSITION: Final = r"in|by|on|from|to|until|after|for|of|at"
UNIT: Final = r"\s+(?:million|months|days|years|FLOP|GWh|t|EUR|MW)\b"
FAULTS: Final = {
    "a preposition before never": re.compile(
        rf"\b(?:{PREPOSITION}|costs|takes|is)\s+never\b(?!\s+built)"
    ),
    "a unit after never": re.compile(rf"\bnever{UNIT}"),
    "a number that is not known": re.compile(r"\bnot known\b|\b(?:inf|nan)\b"),
    "a condition that is left": re.compile(r"\{[=%]|[=%]\}"),
    "two stops": re.compile(r"(?<!\.)\.\s*[.;,](?!\.)| [.;,]\s"),
}
CHART: Final = re.compile(r"(?ms)^```\{chart\} \w+\n:name: (\S+)\n\n(.*?)^```$")
ROLES: Final = re.compile(r"\{\w+\}`([^`<]*)(?: <[^`]*)?`")
SOURCE: Final = re.compile(
    r"\b[Oo]ur (?:estimate|fit|judgement|law|simulation)\b|[Ss]ources|[Ee]vidence|euromesh-0"
    "|from operators|public domain|reproduced by its"
)
DAY: Final = (
    rf"(?:{'|'.join(ROUTES)})\.(?:finish_(?!if_ever)|first_compute)[\w.]*|race\.equal_\w+_date\.\w+"
)
OUTSIDE: Final = re.compile(rf"\b(?:{PREPOSITION})\s+\{{val\}}`(?:{DAY})[`:]")


def captions(run: State) -> dict[str, str]:
    """The captions of all figures by their labels, as a run prints them."""
    found = {}
    for page in stating.ROOT.glob("notebooks/*.md"):
        for cell in jupytext.read(page).cells:
            if figure := cell.metadata.get("mystnb", {}).get("figure"):
                found[figure["name"]] = spoken(figure["caption"], run)
    for page in stating.ROOT.glob("book/*.md"):
        found |= dict(CHART.findall(spoken(page.read_text(encoding="utf-8"), run)))
    return {label: stating.printed(text, run) for label, text in found.items()}


def test_a_caption_is_short_and_says_where_it_is_from() -> None:
    """The finding, what is drawn, the source: in sixty words."""
    for label, caption in captions(stating.state("central")).items():
        text = ROLES.sub(r"\1", caption)
        assert len(text.split()) <= 60, label
        assert SOURCE.search(text), f"{label}: our estimate, or whose it is"


def prose(text: str) -> str:
    """A text in which an x stands for code and formulas, whose words are not read as prose."""
    return re.sub(r"(?ms)^(`{3,})(?!\{chart\}).*?^\1$|`[^`]*`|\$[^$]*\$", "x", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_reads_rightly_in_every_run(page: Path) -> None:
    for part, state in itertools.product(parts(page), map(stating.state, stating.RUNS)):
        text = prose(stating.printed(spoken(part, state), state))
        for fault, pattern in FAULTS.items():
            found = pattern.search(text)
            assert not found, f"{fault}: {text[max(0, found.start() - 80) : found.end() + 40]!r}"
    bare = OUTSIDE.search(page.read_text(encoding="utf-8"))
    assert not bare, f"{bare[0]}: write the preposition into the format, `:in %B %Y`"


@pytest.mark.parametrize(
    ("label", "one", "other", "claimed"),
    [
        (
            "fig-finish",
            "private",
            "campus",
            "private clusters, public machines, signed projects",
        ),
        ("fig-accrual", "private", "campus", "first route to compute is the private clusters"),
        ("fig-cstar", "private", "campus", "none before the private clusters"),
        ("fig-odds-over-time", "new_medium", "on_site", "The surest, the new medium sites"),
        (
            "fig-odds-over-time",
            "leased",
            "campus",
            "clusters, public machines and leased hall",
        ),
        ("fig-changes", "share_low", "one_site", "the share granted and the months"),
        ("fig-parts", "signed", "campus", "(signed projects) to"),
        ("fig-programme", "owned", "signed", "gigawatt campus, signed projects"),
    ],
)
def test_a_claimed_order_follows_the_numbers(
    label: str, one: str, other: str, claimed: str
) -> None:
    assert claimed in captions(stating.state("central"))[label]
    assert claimed not in captions(stating.swapped(one, other))[label]


def test_what_a_condition_may_ask() -> None:
    run = stating.state("another target")
    assert run.a_run == "a run of {val}`targets.run_5e26.training_flop` FLOP"
    assert stating.state("central").a_run == "a run of Llama's size"
    assert run.known("signed.finish_date") and not run.known("signed.finish_date", "owned.tonnes")
    assert run.ranked("*.finish_date")[0] == "signed" and run.ranked("*.finish_date")[-1] == "owned"
    sooner = run.less("*.finish_date", "leased.finish_date")
    assert {"signed", "gigafactory"} <= {*sooner} and not {"leased", "owned"} & {*sooner}
    assert stating.state("no campus").less("*.never_share", 0.1) == ["new_medium"]
    assert "terms_low" not in run.ranked("sensitivity.total_order.*")
    assert stating.state("hall first").chances[0] == "leased"
    assert run.meets("a") == [route for route in ROUTES if route != "owned"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{% if v('owned.finish_dat') %}x{% endif %}", r"_dat; did you mean owned\.finish_date"),
        ("{% if nevr('owned') %}x{% endif %}", "nevr"),
        ("{% if never('owned') %}x", "in: {% if"),
        ("{= v('no.key') =}", "no.key"),
    ],
)
def test_a_condition_that_asks_for_what_no_run_has_is_named(text: str, words: str) -> None:
    with pytest.raises(WordsError, match=words):
        spoken(text, stating.state("central"))
