"""The controls, presets and words of the explorer, from `book/_data/explorer.yaml` and the run."""

from __future__ import annotations

from collections.abc import Iterator, Set
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from docutils.nodes import make_id
from pydantic import Field

from euromesh.book import tried
from euromesh.book.judgement import DATA, change_of, objections
from euromesh.book.model import Evidence
from euromesh.book.pieces import upper_first
from euromesh.book.values import printed
from euromesh.charts.style import DARK_OF
from euromesh.charts.style import ROUTES as COLOURS
from euromesh.facts.chances import YEAR
from euromesh.facts.naming import UNITLESS, named, written
from euromesh.params import rules
from euromesh.params.forms import Form, Text
from euromesh.records import Params
from euromesh.routes import ROUTES, YEARS


class Control(Form):
    """A control: what it moves, how it is called, and the ends of its slider."""

    id: Text
    group: Text
    label: Text
    unit: str = ""
    one: str = ""  # the unit of exactly one
    percent: bool = False
    log: bool = False
    least: float | str | None = None
    most: float | str | None = None
    step: float = 0.0
    names: dict[str, str] = Field(default_factory=dict)  # an empty one is that of the pages
    hint: str = ""  # what a reader may not know of it, in a sentence or two
    answer: bool = False


class Preset(Form):
    """A question to try: a change of the public machines by its name, or a scenario."""

    label: Text
    change: str = ""
    scenario: str = ""


class Explorer(Form):
    """All that the file holds."""

    strings: dict[str, Text]
    groups: dict[str, Text]
    controls: list[Control]
    presets: list[Preset]


@cache
def explorer() -> Explorer:
    """The file, checked."""
    return Explorer.model_validate(
        yaml.safe_load((DATA / "explorer.yaml").read_text(encoding="utf-8"))
    )


def data(evidence: Evidence, params: Params) -> dict[str, Any]:
    """What the script of the page needs before the model is there: words, controls, numbers."""
    found, ticks = explorer(), list(_ticks())
    presets = [
        {"label": one.label, "scenario": one.scenario, "set": _preset(one)} for one in found.presets
    ]
    every = [*presets, *ticks]
    settable = {"owned.country_left_out"} | {key for one in every for key in one["set"]}
    return {
        "strings": found.strings,
        "groups": found.groups,
        "controls": [_control(one, evidence) for one in found.controls],
        "presets": presets,
        "objections": ticks,
        "known": {key: evidence.value(key) for key in sorted(settable)},
        "labels": _labels(settable, evidence),
        "routes": {name: _route(name, evidence) for name in ROUTES},
        "years": list(YEARS),
        "year": str(YEAR),
        "before": _before(evidence, params.race.target),
        "lag": evidence.results["frontier.lag_months.owned"]["value"],
        "c_star": evidence.results["race.c_star_flop"]["value"],
        "evidence": params.evidence.gathered_on,
    }


def _labels(settable: Set[str], evidence: Evidence) -> dict[str, Any]:
    """What an address may set besides the controls: its words, its unit, the names it takes."""
    ranged = {key for key, one in evidence.library.parameters.items() if one.low != one.high}
    return {key: _label(key, evidence) for key in sorted(settable | ranged)}


def _label(key: str, evidence: Evidence) -> dict[str, Any]:
    kind = evidence.library.spec(key)
    rows = evidence.library.tables.get(rules.LINKS.get(key, ""))
    names = {name: written(key, name) for name in (rows.rows if rows else kind.choices)}
    is_said = kind.numeric and kind.unit not in (*UNITLESS, "fraction")
    told = {
        "label": named(key),
        "unit": kind.unit if is_said else "",
        "percent": kind.unit == "fraction",
        "kind": "date" if kind.unit == "date" else "",
        "names": names,
    }
    return {name: one for name, one in told.items() if one}


def _control(one: Control, evidence: Evidence) -> dict[str, Any]:
    """A control with the value of the run, its evidence range, and its source."""
    known = evidence.library.parameters[one.id]
    ranged = known.low is not None and known.low != known.high
    names = {name: _name(one.id, name, text, evidence) for name, text in one.names.items()}
    return {
        **one.model_dump(exclude_defaults=True),
        **({"names": names} if names else {}),
        "value": evidence.value(one.id),
        "how": known.how,
        "range": [known.low, known.high] if ranged else None,
        "kind": evidence.library.spec(one.id).unit,
        "source": _source(one.id, evidence),
    }


def _name(key: str, name: str, text: str, evidence: Evidence) -> str:
    """What a choice is called; that of a run may hold its size."""
    if key != "race.target":
        return text or upper_first(written(key, name))
    return text.format(flop=printed(evidence.value(f"targets.{name}.training_flop"), ".1e"))


def _source(key: str, evidence: Evidence) -> str:
    """The address of the entry of a parameter among the sources."""
    table = evidence.split(key)
    name = table[0] if table else f"parameters-{Path(evidence.library.parameters[key].file).stem}"
    return f"sources-{name.replace('_', '-')}.html#{make_id(evidence.target(key))}"


def _preset(one: Preset) -> tried.Change:
    return tried.scenario(one.scenario) if one.scenario else tried.named(one.change)


def _ticks() -> Iterator[dict[str, Any]]:
    """The objections that one can share: those whose effect is a change of parameters."""
    for entry in objections():
        change = change_of(entry)
        if change:
            page = f"objections.html#objection-{entry.id}"
            yield {"label": entry.title, "page": page, "set": change}


def _route(name: str, evidence: Evidence) -> dict[str, Any]:
    def value(key: str) -> Any:
        return evidence.results[f"{name}.{key}"]["value"]

    light = COLOURS[ROUTES[name].colour][0]
    return {
        "label": ROUTES[name].label,
        "colour": [light, DARK_OF[light]],
        "date": value("finish_date"),
        "likely": value("finish_p50"),
        "by": {str(year): value(f"odds_by_{year}") for year in YEARS},
        "never": value("never_share"),
    }


def _before(evidence: Evidence, target: str) -> dict[str, Any]:
    keys = {
        "odds": f"race.p_owned_before_campus.{target}",
        "if_granted": f"race.p_owned_before_campus_if_granted.{target}",
    }
    return {name: evidence.results[key]["value"] for name, key in keys.items()}
