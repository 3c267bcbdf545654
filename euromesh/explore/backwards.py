"""What somebody would have to set for the odds that are wanted of beating the campus."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from euromesh.explore.session import CAMPUS, FEDERATION, Session
from euromesh.explore.settings import Settings
from euromesh.records import InputError

Told = dict[str, Any]
PAIR: Final = (FEDERATION, CAMPUS)
N: Final = 128  # draws of each trial
TRIALS: Final = 9  # halvings
REFUSAL: Final = "owned.never_granted"
SCALES: Final[Mapping[str, tuple[Callable[[Any], float], Callable[[float], Any]]]] = {
    "owned.share": (math.log, lambda x: min(1.0, math.exp(x))),
    "race.decision_date": (
        lambda day: float(date.fromisoformat(day).toordinal()),
        lambda x: date.fromordinal(round(x)).isoformat(),
    ),
}


def backwards(session: Session, settings: Settings, ask: Mapping[str, Any]) -> Iterator[Told]:
    """What is solved for, after slices of work: the last yields what was found.

    `ask` holds the id that is solved for, the odds, whether a grant is given, and for a search
    the values between which it runs, the better one first. `value` is the one furthest from the
    better end that reaches the odds, None where none does; then `best` is all that can be had.
    """
    key, odds = ask["solve"], ask["odds"]
    if key == REFUSAL:
        yield from _refusal(session, settings, odds)
        return
    if key not in SCALES:
        raise InputError(f"solve must be one of {', '.join([*SCALES, REFUSAL])}, got {key}")
    reached = _Reached(session, settings, key, bool(ask["if_granted"]))
    scale, value = SCALES[key]
    good, bad = scale(ask["better"]), scale(ask["worse"])
    yield from reached.race(value(good))
    best = reached.odds
    for x in (bad,) if best >= odds else ():
        yield from reached.race(value(x))
    if best < odds or reached.odds >= odds:
        found = None if best < odds else value(bad)
        yield {"value": found, "best": best, "n": N, "done": True}
        return
    for _ in range(TRIALS):
        middle = (good + bad) / 2
        yield from reached.race(value(middle))
        good, bad = (middle, bad) if reached.odds >= odds else (good, middle)
    yield {"value": value(good), "best": best, "n": N, "done": True}


def _refusal(session: Session, settings: Settings, odds: float) -> Iterator[Told]:
    """The largest probability of a refusal that leaves the odds: they fall in proportion to it."""
    job = session.odds({**settings, REFUSAL: 0.0})
    job.moved = [name for name in job.moved if name in PAIR]
    while job.n < N:
        job.go_on(N)
        yield {"done": False}
    best, _ = job.pair(N)
    found = 1 - odds / best if best >= odds and best else None
    yield {"value": found, "best": best, "n": N, "done": True}


class _Reached:
    """The odds against the campus with one more thing set, over the first draws."""

    def __init__(self, session: Session, settings: Settings, key: str, if_granted: bool) -> None:
        self.session, self.settings, self.key = session, settings, key
        self.given = {REFUSAL: 0.0} if if_granted else {}
        self.odds = 0.0

    def race(self, value: Any) -> Iterator[Told]:
        """Race the pair with a value, in slices."""
        job = self.session.odds({**self.settings, **self.given, self.key: value})
        job.moved = [name for name in job.moved if name in PAIR]
        job.n = 0 if job.moved else N
        while job.n < N:
            job.go_on(N)
            yield {"done": False}
        self.odds, _ = job.pair(N)
