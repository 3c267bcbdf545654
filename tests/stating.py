"""States of runs that no test needs to compute: the goldens, and what other runs would change."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import jupytext
import pytest

from euromesh import facts, params
from euromesh.book.model import Evidence
from euromesh.book.values import Value
from euromesh.book.words import State

Rules: TypeAlias = Mapping[str, object]  # a pattern of keys, and the value that all of them take

ROOT: Final = Path(__file__).resolve().parent.parent
ROLE: Final = re.compile(r"\{val\}`([^`:]+)(?::([^`]*))?`")
UNFINISHED: Final[Rules] = {
    r"owned\.(finish_(date|p50)|finish_if\..*|compute_days|.*_meur.*|tonnes|run_.*)": "never",
    r"owned\.(access\..*|displaced_.*|million_accel_hours|energy_gwh)": "never",
    r"frontier\.(central_lag_months|gap.*|is_.|lag_months|effective_.*|last_.*)\.owned": "never",
    r"frontier\.(effective_if|lag_months_if)\..*": "never",
    r"race\.(equal_bill_date\..*|equal_\w+_date\.owned|owned_before_\w+_months)": "never",
    r"race\.equal_bill_meur": 0.0,
    r"decision\..*\.(finish_date|months_later)": "never",
    r"objections\.((after|without)_(pl|ru|la).*|campus_filed_on)": "never",
    r"objections\.grant_months_to_tie\..*": 0.0,
}
NOTHING_GRANTED: Final[Rules] = UNFINISHED | {
    r"owned\.(finish_.*|(first|last)_compute_date.*|set_up_months)": "never",
    r"frontier\.(.*\.owned|c_star_lag_months\..*)": "never",
    r"(race\.equal_\w+|objections\.equal_chips)_date\..*|objections\.small_.*": "never",
    r"objections\.(countries_.*|.*_country_share|tokens_read_.*)": 0,
    r"(objections\.largest_country|efficiency\.largest_host)": "nobody",
    r"efficiency\.(hiding|hierarchy|ring|run_days|transfers|week)_.*": "never",
    r"efficiency\.(utilization_405b_one_transfer|product_405b_with_batch)": "never",
    r"owned\.(share|(flop|odds|done)_by_.*|\w+_at_finish|power_mw)": 0.0,
    r"efficiency\.(best_subset_.*|product_(405b|low|median|high)|share_of_date_.*)": 0,
    r"efficiency\.(eligible|serving|half_mfu|places_able|equal_tokens|without_largest)_.*": 0,
    r"efficiency\.effective_replicas_.*": 0.0,
    r"race\.(c_star_(over_target|compute_years|flop(\.owned_vs_\w+)?)|p_owned_.*)": 0.0,
    r"race\.(rivals_beaten\..*|equal_power_mw|equal_money_meur_year)": 0,
    r"sensitivity\.(first|total|win_total)_order\..*": 0.0,
    r"owned\.never_share": 1.0,
}
OTHER_TARGET: Final[Rules] = UNFINISHED | {
    r"race\.target": "run_5e26",
    r"signed\.finish_date": "2028-09-01",
    r"private\.(finish|best_alone)_date": "2029-10-15",
    r"gigafactory\.finish_date": "2029-09-11",
    r"leased\.finish_date": "2029-09-30",
}
HALL_FIRST: Final[Rules] = {
    r"leased\.finish_date": "2027-12-01",
    r"leased\.finish_p50": "2028-03-01",
    r"race\.p_leased_first\.llama_405b": 0.6,
    r"race\.first_route\.llama_405b": "leased hall",
}
NO_CAMPUS: Final[Rules] = {
    r"campus\.(finish_.*|compute_days.*|first_compute_date|run_.*|set_up_months)": "never",
    r"frontier\..*\.campus|race\.(equal_\w+_date\.campus|owned_before_campus_months)": "never",
    r"objections\.(campus_.*|equal_chips_date\.campus)": "never",
    r"campus\.(accelerators_at_finish|odds_by_.*)|race\.p_campus_.*": 0,
    r"sensitivity\.box_(coverage|density|mass)": 0.0,
    r"campus\.never_share": 1.0,
}
REFUSED: Final[Rules] = NOTHING_GRANTED | {r"owned\.granted": False}
LATE: Final[Rules] = {
    r"race\.decision_date": "2029-01-01",
    r"\w+\.odds_by_2028": 0.0,
    r"owned\.odds_by_2030": 0.004,
    r"owned\.finish_(date|p50)": "2031-02-01",
    r"race\.level\..*": "no",
}
RUNS: Final[Mapping[str, Rules]] = {
    "central": {},
    "nothing granted": NOTHING_GRANTED,
    "another target": OTHER_TARGET,
    "hall first": HALL_FIRST,
    "no campus": NO_CAMPUS,
    "refused": REFUSED,
    "late decision": LATE,
}


def nothing_computed(patch: pytest.MonkeyPatch) -> None:
    """Runs have no numbers, and one table without a row: no model is computed."""
    patch.setattr(facts.Facts, "numbers", lambda _: {})
    patch.setattr(facts.Facts, "csv", lambda _: {"drivers": ""})


@cache
def golden() -> Mapping[str, Mapping[str, Any]]:
    """What the pages of the central run print, from the goldens."""
    text = (ROOT / "tests/results.json").read_text(encoding="utf-8")
    resolved = params.resolve("central", {})
    return Evidence(json.loads(text)["numbers"], resolved, params.library()).as_values()


def headline(key: str) -> Any:
    """A number of the central run, from the goldens: what a row more of the data moves."""
    return golden()[key]["value"]


@cache
def state(run: str) -> State:
    """The state of one of the runs."""
    return changed(RUNS[run])


def changed(rules: Rules) -> State:
    """The central state where every key that fits a pattern has its value."""
    fits = {re.compile(pattern): value for pattern, value in rules.items()}
    values = dict(golden())
    for pattern, value in fits.items():
        found = [key for key in values if pattern.fullmatch(key)]
        assert found, f"no key fits {pattern.pattern}"
        values |= {key: {**values[key], "value": value} for key in found}
    return State(values, central=not rules)


def swapped(one: str, other: str) -> State:
    """The central state where two routes, or two changes, have each the values of the other."""
    names = {one: other, other: one}
    found = re.compile(rf"(?<![a-z])({one}|{other})(?![a-z])")
    values = golden()
    twins = {key: found.sub(lambda hit: names[hit[1]], key) for key in values}
    return State({key: values.get(twin, values[key]) for key, twin in twins.items()}, central=True)


def parts(page: Path, captions: bool = True) -> Iterator[str]:
    """What is rendered by itself: a page, a cell of text, a caption."""
    text = page.read_text(encoding="utf-8")
    if page.parent.name == "book":
        yield text
        return
    for cell in jupytext.reads(text, fmt="md:myst").cells:
        if cell.cell_type == "markdown":
            yield cell.source
        elif captions and (figure := cell.metadata.get("mystnb", {}).get("figure")):
            yield figure["caption"]


def printed(text: str, run: State) -> str:
    """A text as a reader sees it: roles of values as their values."""
    return ROLE.sub(lambda hit: Value(**run.values[hit[1]]).printed(hit[2] or ""), text)
