"""Changes of parameters behind numbers of the book, as what the explorer can be set to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from euromesh import params as parameters
from euromesh.facts import changes
from euromesh.facts.naming import query
from euromesh.facts.objections import ALTERNATIVES
from euromesh.params import Value

Change = Mapping[str, Value]
MOST: Final = 40  # settings of a change: more do not fit an address
NAMED: Final = (  # keys of dates, and the changes that lead to them
    (re.compile(r"owned\.finish_if\.(\w+)"), changes.OWNED),
    (re.compile(r"campus\.finish_if\.(\w+)"), changes.CAMPUS),
)


def named(name: str) -> Change:
    """What a change of the public machines sets, by id."""
    return parameters.ends(changes.OWNED[name])


def scenario(name: str) -> Change:
    """What a named scenario sets, by id."""
    before, after = parameters.resolve(), parameters.resolve(name)
    return {key: value for key, value in after.items() if value != before[key]}


def towards(key: str) -> Change:
    """What is set for a date of the book; nothing where no few parameters lead to it."""
    found = _towards(key)
    return found if len(found) <= MOST else {}


def _towards(key: str) -> Change:
    for pattern, known in NAMED:
        if (hit := pattern.fullmatch(key)) and hit[1] in known:
            return parameters.ends(known[hit[1]])
    if (hit := re.fullmatch(r"objections\.(\w+)_date", key)) and hit[1] in ALTERNATIVES:
        return parameters.ends(ALTERNATIVES[hit[1]][1](parameters.load()))
    hit = re.fullmatch(r"\w+\.finish_in\.(\w+)", key)
    return scenario(hit[1]) if hit else {}


def address(change: Mapping[str, Any]) -> str:
    """The explorer with a change set."""
    return f"explorer.html?{query(change)}"
