"""The objections and the limits: all of them, computed where they can be, true in every run."""

from __future__ import annotations

import re
from typing import Final

import pytest
from pydantic import ValidationError

from euromesh.book import judgement
from euromesh.book.judgement import Effect, Objection
from euromesh.book.titles import titles
from euromesh.book.words import spoken
from euromesh.params import library
from tests import stating
from tests.stating import Rules
from tests.test_prose import allowed_in, named_wrongly, numbers, passages, style_faults
from tests.test_words import FAULTS, OUTSIDE, prose

COMPUTED: Final = [entry for entry in judgement.objections() if entry.effects]
DEBATED: Final = {  # what public discussion raised
    *("capital", "talent", "who-ships", "access-cut", "no-need", "distil", "smaller-models"),
    *("serving", "ai-act", "data-law", "foreign-chips", "nuclear", "american-power-prices"),
    *("slow-institutions", "wealth-bias"),
}
PAGE: Final = stating.ROOT / "book/objections.md"


def answer(name: str, rules: Rules) -> str:
    """The answer to an objection where some numbers are others."""
    entry = next(entry for entry in judgement.objections() if entry.id == name)
    return " ".join(spoken(entry.answer, stating.changed(rules)).split())


def test_every_objection_is_there_once_and_most_have_a_computed_effect() -> None:
    covered = [number for entry in judgement.objections() for number in entry.covers]
    assert sorted(covered) == [*range(1, 57)]
    names = [entry.id for entry in judgement.objections()]
    assert len(names) == len({*names}) and {*names} >= DEBATED
    assert len(COMPUTED) >= 30


@pytest.mark.parametrize("run", stating.RUNS)
@pytest.mark.parametrize("name", judgement.TEXTS)
def test_the_text_reads_rightly_and_keeps_the_style_in_every_run(name: str, run: str) -> None:
    state = stating.state(run)
    text = judgement.TEXTS[name](state)
    typed = {p.text: hits for p in passages(text) if (hits := numbers(p.text, allowed_in(PAGE)))}
    wrong = {p.text: faults for p in passages(text) if (faults := style_faults(p))}
    named = {p.text: names for p in passages(text) if (names := named_wrongly(p.text, name))}
    assert not typed and not wrong and not named
    shown = prose(stating.printed(text, state))
    found = {fault: hit[0] for fault, pattern in FAULTS.items() if (hit := pattern.search(shown))}
    assert not found and not OUTSIDE.search(text)
    assert "{%" not in text and "  " not in re.sub(r"\n *", "\n", text)


def test_every_number_that_is_printed_has_a_title() -> None:
    state, known = stating.state("central"), titles(library())
    text = "".join(told(state) for told in judgement.TEXTS.values())
    keys = {key for key, _ in stating.ROLE.findall(text)}
    results = {key for key in keys if re.sub(r"\.(low|high)$", "", key) not in library().parameters}
    assert len(results) > 60 and not [key for key in results if not known.of(key)]


def test_entries_stand_in_the_order_of_the_months_that_they_move() -> None:
    def first(rules: Rules) -> list[str]:
        found = judgement.ordered(judgement.objections(), stating.changed(rules))
        return [entry.id for entry in found]

    never = {r"owned\.finish_in\.without_jupiter": "never"}
    plan, late = first({}), first(never)
    assert plan.index("share-is-political") < plan.index("few-hosts") < plan.index("carbon")
    assert late.index("few-hosts") < late.index("share-is-political")
    shown = [judgement.largest_text(stating.changed(rules)) for rules in ({}, never)]
    assert ["objection-few-hosts" in text for text in shown] == [False, True]
    assert all(text.count("{to}") == judgement.LARGEST for text in shown)
    assert "objection-frontier-moves" not in shown[0], "months among dates"


def test_a_date_that_never_comes_counts_as_the_horizon() -> None:
    effect = Effect(moves="x", before="owned.finish_date", after="owned.finish_if.award")
    rules = {r"race\.decision_date": "2027-01-01", r"owned\.finish_date": "2028-01-01"}
    moved = judgement.months(effect, stating.changed({**rules, r"owned\.finish_if\.aw.*": "never"}))
    assert moved == pytest.approx(13 * 12 - 1 / 30, abs=0.1)  # to the end of 2040
    single = Effect(moves="x", after="owned.finish_date")
    assert judgement.months(single, stating.changed(rules)) is None


def test_an_effect_that_changes_nothing_says_so() -> None:
    effect = Effect(moves="x", before="owned.finish_date", after="owned.finish_if.award")
    same = stating.changed({r"owned\.finish_(date|if\.award)": "2028-01-01"})
    assert judgement.said(effect, same) == "X: {val}`owned.finish_date` as before."
    never = stating.changed({r"owned\.finish_(date|if\.award)": "never"})
    given = Effect(moves="x", before=effect.before, after=effect.after, given="without it")
    assert judgement.said(given, never) == "X: {val}`owned.finish_date` in any case."
    bill = Effect(moves="x", before="owned.full_meur", after="leased.run_meur", given="there")
    lost = stating.changed({r"owned\.full_meur": "never"})
    told = "X: no such run → {val}`leased.run_meur` million EUR, there."
    assert judgement.said(bill, lost) == told


def test_an_entry_says_what_it_moves_or_why_nothing_is_computed() -> None:
    with pytest.raises(ValidationError, match="a-b: give effects, or say in outside"):
        Objection(id="a-b", group="g", title="t", claim="c", answer="a")


@pytest.mark.parametrize(
    ("name", "claim", "rules"),
    [
        ("waits-are-guesses", "Even then", {r"objections\.campus_without_.*": "2027-12-31"}),
        ("own-generation", "it is earlier", {r"on_site\.finish_date": "2039-01-01"}),
        ("private-clusters-exist", "no other is earlier", {r"private\.finish_date": "2039-01-01"}),
        ("coordination-is-the-problem", "most of the", {r"owned\.institutional_months": 1.0}),
        ("one-run-is-no-lab", "fall further", {r"frontier\.generation_3_lag.*owned": 1.0}),
        ("american-power-prices", "most of the bill", {r"objections\.leased_free_.*": 1.0}),
        ("compute-never-binds", "holds here too", {r"objections\.one_new_site_date": "2039-01-01"}),
        ("why-not-lease", "they are level", {r"race\.level\.owned_leased": "no"}),
        ("old-target", "never finish", {r"owned\.finish_run_5e26_date": "2033-01-01"}),
        ("machines-retire", "never finished", {r"owned\.finish_run_5e26_date": "2033-01-01"}),
        ("network", "little waiting", {r"efficiency\.utilization_405b": 0.5}),
        ("frontier-moves", "of its day.", {r"frontier\.is_b\.signed": "yes"}),
    ],
)
def test_a_claim_goes_where_the_numbers_turn(name: str, claim: str, rules: Rules) -> None:
    assert claim in answer(name, {})
    assert claim not in answer(name, rules)


def test_one_public_machine_has_the_chip_of_the_rumour() -> None:
    known = library().parameters
    rows = library().tables["machines"].rows
    chips = {row: known[f"machines.{row}.accelerator"].value for row in rows}
    assert [row for row, chip in chips.items() if chip == "rubin"] == ["blue_lion"]
