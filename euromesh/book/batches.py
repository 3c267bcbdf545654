"""Which results read the same inputs, and how to list the inputs of many results shortly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

ANCHORS: Final = (".finish_date", ".finish_p50")  # endings of results that stand for others
WORTH: Final = 30  # inputs that a reference must spare


@dataclass(frozen=True, slots=True)
class Listing:
    """The inputs of a batch: what its anchors read, with some more, and without some."""

    anchors: tuple[str, ...]
    own: tuple[str, ...]
    without: tuple[str, ...]


def batches(results: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[Listing, list[str]]]:
    """The keys of the results by the inputs they share, in the order of their first key."""
    found: dict[tuple[str, ...], list[str]] = {}
    for key in sorted(results):
        found.setdefault(tuple(results[key]["inputs"]), []).append(key)
    anchors = {
        key: frozenset(inputs)
        for inputs, keys in found.items()
        for key in keys
        if key.endswith(ANCHORS)
    }
    for inputs, keys in found.items():
        holds_an_anchor = any(key in anchors for key in keys)
        yield Listing((), inputs, ()) if holds_an_anchor else listing(inputs, anchors), keys


def listing(inputs: Sequence[str], anchors: Mapping[str, frozenset[str]]) -> Listing:
    """The shortest listing found: anchors are taken while each spares enough inputs."""
    wanted, taken = frozenset(inputs), frozenset[str]()
    chosen: list[str] = []
    while anchors:
        spared = {key: _spared(read, wanted, taken) for key, read in anchors.items()}
        best = max(spared, key=lambda key: spared[key])
        if spared[best] < WORTH:
            break
        chosen.append(best)
        taken |= anchors[best]
    return Listing(
        tuple(chosen),
        tuple(key for key in inputs if key not in taken),
        tuple(sorted(taken - wanted)),
    )


def _spared(read: frozenset[str], wanted: frozenset[str], taken: frozenset[str]) -> int:
    """How many inputs an anchor spares, less those that it makes the listing take back."""
    new = read - taken
    return len(new & wanted) - len(new - wanted)
