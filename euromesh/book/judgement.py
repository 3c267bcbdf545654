"""Objections and limits of the book, each with what it changes in a run, or why none is computed.

They stand in data files of `book/`; texts follow the state of the run as those of pages do. What
moves most stands first: dates by the months between before and after, then other numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from html import escape
from operator import itemgetter
from typing import Final, TypeVar

import yaml
from pydantic import Field, TypeAdapter, model_validator

from euromesh import units as u
from euromesh.book import tried
from euromesh.book.pages import link, listed, together, upper_first
from euromesh.book.values import ISO_DATE, Value
from euromesh.book.words import NEVER, State, spoken
from euromesh.escape import role
from euromesh.folders import ROOT
from euromesh.params.forms import Form, Text

DATA: Final = ROOT / "book" / "_data"
LARGEST: Final = 10
ABSENT: Final = "no such run"
SHORT: Final = "%b %Y"  # of dates in a table
UNITS: Final[Mapping[str, str]] = {  # that are said after a number
    **{name: name for name in ("months", "years", "days", "million EUR", "FLOP", "EFLOP/s")},
    "bn tokens": "billion tokens",
    "tCO2e": "t",
}


class Effect(Form):
    """A number that moves: the keys of its values, and what is changed from one to the other."""

    moves: Text
    after: Text
    before: str = ""  # none: a single number
    given: str = ""

    @property
    def keys(self) -> list[str]:
        """Its keys, with formats, which may depend on the run."""
        return [key for key in (self.before, self.after) if key]


class Entry(Form):
    """What is computed of an objection or a limit, or why nothing is."""

    id: Text
    effects: list[Effect] = Field(default_factory=list)
    outside: str = ""

    @model_validator(mode="after")
    def _computed_or_outside(self) -> Entry:
        if bool(self.effects) == bool(self.outside):
            raise ValueError(f"{self.id}: give effects, or say in outside why there are none")
        return self


class Objection(Entry):
    """An objection in its strongest form, and the answer."""

    group: Text
    title: Text
    claim: Text
    answer: Text
    covers: list[int] = Field(default_factory=list)
    see: str = ""  # the page that says more


class Limit(Entry):
    """Something that the model leaves out or simplifies, and whom that favours."""

    limit: Text
    favours: Text


Some = TypeVar("Some", bound=Entry)


@cache
def objections() -> list[Objection]:
    """The objections as the file lists them."""
    return TypeAdapter(list[Objection]).validate_python(_read("objections"))


@cache
def limits() -> list[Limit]:
    """The limits as the file lists them."""
    return TypeAdapter(list[Limit]).validate_python(_read("limits"))


def _read(name: str) -> object:
    return yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))


# --- how much an entry moves ---------------------------------------------------------------------


def months(effect: Effect, state: State) -> float | None:
    """Months between two dates or two numbers of months; nothing for other or single numbers.

    A date that never comes counts as the horizon.
    """
    ends = [_months(key, state) for key in _keys(effect, state)]
    known = [end for end in ends if end is not None]
    return abs(known[1] - known[0]) if len(known) == 2 else None


def _months(key: str, state: State) -> float | None:
    """Months from the decision of a date; a number of months as it is."""
    value, is_span = state.v(key), state.values[key]["unit"] == "months"
    if is_span or not isinstance(value, str):
        return float(value) if is_span and value != NEVER else None
    value = state.v("race.horizon") if value == NEVER else value
    if not ISO_DATE.fullmatch(value):
        return None
    origin = date.fromisoformat(state.v("race.decision_date"))
    return u.years_between(origin, u.last_day(value)) * u.MONTHS_PER_YEAR


def _keys(effect: Effect, state: State) -> list[str]:
    return [spoken(key, state).partition(":")[0] for key in effect.keys]


def ordered(entries: Iterable[Some], state: State) -> list[Some]:
    """Entries by the months that they move, then those with another number, then the rest."""

    def rank(entry: Entry) -> tuple[bool, float]:
        moved = (months(effect, state) for effect in entry.effects)
        return not entry.effects, -max((m for m in moved if m is not None), default=-1.0)

    return sorted(entries, key=rank)


# --- what a page shows ---------------------------------------------------------------------------


def values(effect: Effect, state: State, day: str = "") -> str:
    """Before and after of an effect with its unit, as roles that lead to their sources.

    Dates without a format of their own are printed in that of `day`.
    """
    keys = [_formatted(spoken(key, state), state, day) for key in effect.keys]
    shown = [_shown(key, state) for key in keys]
    text = " → ".join(shown)
    if len({_printed(key, state) for key in keys}) < len(keys):
        text = shown[0] if shown[0] == ABSENT else f"{shown[0]} {_same(effect, state)}"
    last = _keys(effect, state)[-1]
    unit = "" if state.v(last) == NEVER else UNITS.get(state.values[last]["unit"], "")
    return f"{text} {unit}".rstrip()


def _same(effect: Effect, state: State) -> str:
    return "in any case" if _never_comes(effect, state) else "as before"


def _never_comes(effect: Effect, state: State) -> bool:
    """Whether neither value of an effect ever comes, so that nothing moves it."""
    return bool(effect.before) and {state.v(key) for key in _keys(effect, state)} == {NEVER}


def _formatted(key: str, state: State, day: str) -> str:
    is_bare = ":" not in key and state.values[key]["unit"] == "date"
    return f"{key}:{day}" if day and is_bare else key


def _shown(key: str, state: State) -> str:
    """The role of a value; what is no date and never comes is not in the run."""
    name = key.partition(":")[0]
    is_date = state.values[name]["unit"] == "date"
    return ABSENT if state.v(name) == NEVER and not is_date else role("val", key)


def _printed(key: str, state: State) -> str:
    name, _, spec = key.partition(":")
    return Value(**state.values[name]).printed(spec)


def said(effect: Effect, state: State, day: str = "") -> str:
    """An effect in words: the number, its values, and what is changed."""
    given = "" if _never_comes(effect, state) else spoken(effect.given, state)
    told = ", ".join(filter(None, (values(effect, state, day), given)))
    return f"{upper_first(effect.moves)}: {told}."


def objections_text(state: State) -> str:
    """Every objection, by group, those that move most first."""
    groups = together(ordered(objections(), state), lambda entry: entry.group)
    named = dict.fromkeys(entry.group for entry in objections())
    parts = []
    for name in named:
        parts += [f"## {name}\n", *(_objection(entry, state) for entry in groups[name])]
    return "\n".join(parts)


def change_of(entry: Entry) -> tried.Change:
    """The change of parameters behind the first effect that has one; else nothing."""
    return next(filter(None, (tried.towards(one.after) for one in entry.effects)), {})


def _objection(entry: Objection, state: State) -> str:
    told = list(dict.fromkeys(said(effect, state) for effect in entry.effects))
    if entry.outside:
        told = [f"Outside this model, because {spoken(entry.outside, state).strip()}"]
    if entry.see:
        told[-1] += f" More: {role('doc', f'/{entry.see}')}."
    if change := change_of(entry):
        told.append(f'<a class="em-web" href="{escape(tried.address(change))}">Try it</a>')
    lines = "\n".join(f"- {line}" for line in told)
    claim, answer = (" ".join(spoken(text, state).split()) for text in (entry.claim, entry.answer))
    return (
        f"(objection-{entry.id})=\n### {entry.title}\n\n> {claim}\n\n{answer}\n\n"
        f":::{{div}} em-effects\n{lines}\n:::\n"
    )


def largest_text(state: State) -> str:
    """The objections that move a date most, with the effect of each that moves it most."""
    found = [most for entry in objections() if (most := _largest(entry, state))]
    rows = []
    for _, entry, effect in sorted(found, key=lambda most: -most[0])[:LARGEST]:
        moved = ", ".join(filter(None, (effect.moves, spoken(effect.given, state))))
        title = link(f"objection-{entry.id}", entry.title)
        rows.append([title, upper_first(moved), values(effect, state, SHORT)])
    heads = ["objection", "what moves", "before → after"]
    return _table(
        "tab-objections", "The objections that move a date most. Our estimate.", listed(heads, rows)
    )


def _largest(entry: Objection, state: State) -> tuple[float, Objection, Effect] | None:
    """The effect on a date that moves it by most months; nothing where no date moves."""
    dated = [one for one in entry.effects if state.values[_keys(one, state)[-1]]["unit"] == "date"]
    moved = [(months(effect, state) or 0.0, effect) for effect in dated]
    most = max(moved, key=itemgetter(0), default=None)
    return (most[0], entry, most[1]) if most and most[0] else None


def limits_text(state: State) -> str:
    """Every limit in a table: whom it favours, and what it moves by how much."""
    rows = []
    for entry in ordered(limits(), state):
        told = " ".join(said(effect, state, SHORT) for effect in entry.effects)
        why = f"Not computed: {spoken(entry.outside, state)}."
        rows.append([spoken(entry.limit, state), upper_first(entry.favours), told or why])
    heads = ["limit", "favours", "what it moves, before → after"]
    return _table(
        "tab-limits", "Limits of the model, and what each moves. Our estimate.", listed(heads, rows)
    )


def _table(name: str, caption: str, rows: str) -> str:
    return f":::{{table}} {caption}\n:name: {name}\n\n{rows}:::\n"


TEXTS: Final[Mapping[str, Callable[[State], str]]] = {
    "excerpt-objections-largest.txt": largest_text,
    "excerpt-objections.txt": objections_text,
    "excerpt-limits.txt": limits_text,
}
"""What pages of the book include, by the name of the file."""
