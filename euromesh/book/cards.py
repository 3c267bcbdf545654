"""The card of a number: what a reader sees who points at it in the text.

A card is one object of a JSON file, its parts under one letter each:
t title, v value with unit, r range, k how it is known, i whether it has inputs, m what moves it
most (name, then what the input is and what the number is at either end), s keys of sources.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias

from euromesh.book.model import Driver, Evidence
from euromesh.book.pieces import counted, unit_text, upper_first
from euromesh.book.results import result_value, told
from euromesh.book.titles import Titles
from euromesh.book.values import printed
from euromesh.params import Parameter

Card: TypeAlias = dict[str, Any]

MOST: Final = 3  # sources that a card names
KNOWN: Final = ("seen", "derived", "assumed")
ENDS: Final[Sequence[Mapping[str, str]]] = (  # of a range: what a key ends in, and its word
    {"p10": "tenth percentile", "p50": "median", "p90": "ninetieth percentile"},
    {"low": "low", "median": "median", "high": "high"},
    {"least": "least", "most": "most"},
    {"earliest": "earliest", "latest": "latest"},
)
STEM_ENDINGS: Final = ("_date", "_p50", "_median")


def cards(evidence: Evidence) -> dict[str, Card]:
    """The cards of every result and parameter by key, and the sources by theirs."""
    known, counts, library = evidence.titles(), _Counts(evidence), evidence.library
    found = {key: result_card(evidence, known, counts, key) for key in evidence.results}
    found |= {key: value_card(evidence, known, key) for key in library.parameters}
    sources = {
        key: ", ".join(filter(None, [one.publisher, one.title]))
        for key, one in library.sources.items()
    }
    return {"cards": found, "sources": sources}


def result_card(evidence: Evidence, known: Titles, counts: _Counts, key: str) -> Card:
    """The card of a number that the model computed."""
    drivers = evidence.drivers.get(key, ())
    inputs = evidence.results[key]["inputs"]
    keys = [one.input for one in drivers] if drivers else inputs
    cited = counts.sources(keys)
    title = evidence.title(key, known)
    return _card(
        t=title,
        v=result_value(evidence, key, title),
        r=spread_of(evidence, key),
        k=counts.known(inputs),
        i=1,
        m=[_moved(evidence, known, key, one) for one in drivers],
        s=cited[:MOST] if drivers or len(cited) <= MOST else [],
    )


def value_card(evidence: Evidence, known: Titles, key: str) -> Card:
    """The card of a parameter: its value, range and provenance."""
    parameter = evidence.library.parameters[key]
    facts = [f"{parameter.how}", f"confidence {parameter.confidence}"]
    facts += [f"as of {printed(str(parameter.as_of))}"] if parameter.as_of else []
    return _card(
        t=evidence.title(key, known),
        v=_with_unit(evidence.value(key), parameter),
        r=_range(parameter),
        k=f"{upper_first(', '.join(facts))}.",
        s=list(parameter.sources[:MOST]),
    )


def _card(**parts: Any) -> Card:
    """A card without the parts that are empty."""
    return {name: part for name, part in parts.items() if part}


def _with_unit(value: Any, parameter: Parameter) -> str:
    """A value with its unit; of a fraction its per cent."""
    spec = "percent" if parameter.unit == "fraction" and value is not None else ""
    return f"{printed(value, spec)} {unit_text(parameter.unit)}".strip()


def _range(parameter: Parameter) -> str:
    """The range of a parameter, from the tenth to the ninetieth percentile."""
    if parameter.low is None or parameter.high is None:
        return ""
    low, high = (_with_unit(end, parameter) for end in (parameter.low, parameter.high))
    return f"Range: {low} to {high}, tenth to ninetieth percentile."


def _moved(evidence: Evidence, known: Titles, key: str, one: Driver) -> list[str]:
    ends = [part for at, then in one.ends for part in (at, told(evidence, known, key, then))]
    return [upper_first(one.name), *ends]


# --- the range of a result -----------------------------------------------------------------------


def spread_of(evidence: Evidence, key: str) -> str:
    """The range of a result where the run has one: percentiles of its draws, else its two ends."""
    unit = unit_text(evidence.result(key).unit)
    for ends in ENDS:
        found = {word: near for end, word in ends.items() if (near := _near(evidence, key, end))}
        if len(found) > 1:
            texts = (f"{word} {evidence.result(near).printed()}" for word, near in found.items())
            told = f"{', '.join(texts)} {unit}".strip()
            return f"{'Over the draws' if 'p10' in ends else 'Range'}: {told}."
    return ""


def _near(evidence: Evidence, key: str, end: str) -> str:
    """The key of another end of the same number, in the same unit; empty where there is none."""
    unit = evidence.results[key]["unit"]
    alike = (one for one in _beside(key, end) if one in evidence.results)
    return next((one for one in alike if evidence.results[one]["unit"] == unit), "")


def _beside(key: str, end: str) -> Iterable[str]:
    """What the other end of a number may be called."""
    *before, last = key.split(".")
    for place, part in enumerate([*before, last]):
        for ending in ("", *STEM_ENDINGS):
            if part.endswith(ending):
                changed = f"{part.removesuffix(ending)}_{end}"
                yield ".".join([*before[:place], changed, *[*before, last][place + 1 :]])


# --- what a result rests on ----------------------------------------------------------------------


class _Counts:
    """How the inputs of results are known and who published them: many results share their set."""

    def __init__(self, evidence: Evidence) -> None:
        self.parameters: Mapping[str, Parameter] = evidence.library.parameters
        self._known = cache(self._known_of)
        self._sources = cache(self._sources_of)

    def known(self, inputs: Sequence[str]) -> str:
        """How many inputs there are, and how many of them are seen, derived and assumed."""
        return self._known(tuple(inputs))

    def sources(self, inputs: Sequence[str]) -> list[str]:
        """The sources of some inputs, each once."""
        return self._sources(tuple(inputs))

    def _known_of(self, inputs: tuple[str, ...]) -> str:
        how = Counter(str(self.parameters[key].how) for key in inputs)
        parts = ", ".join(f"{how[word]:,} {word}" for word in KNOWN if how[word])
        return f"Computed from {counted(len(inputs), 'input')}: {parts}." if parts else "Computed."

    def _sources_of(self, inputs: tuple[str, ...]) -> list[str]:
        known = (self.parameters[key] for key in inputs if key in self.parameters)
        return list(dict.fromkeys(source for one in known for source in one.sources))
