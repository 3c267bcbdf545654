"""Questions and answers as JSON, for whoever has no Python."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from euromesh.explore.backwards import backwards
from euromesh.explore.odds import Odds
from euromesh.explore.session import Session
from euromesh.records import InputError

Told = dict[str, Any]
SHOWN: Final = 64  # draws after which odds are told again


def jobs(session: Session, asked: Mapping[str, Any]) -> Iterator[Told]:
    """What a request leads to, piece by piece, so that another may come in between.

    Where it holds `"draws": false`, nothing is raced: dates on plan and C* are all that is told.
    """
    settings = asked["settings"]
    if "solve" in asked:
        for found in backwards(session, settings, asked):
            yield {"backwards": found}
        return
    yield {"dates": session.dates(settings)}
    if asked.get("draws", True):
        yield from _sharper(session.odds(settings))
    for star in session.c_star(settings):
        yield {"c_star": {"flop": star.flop, "at_least": star.at_least}} if star else {}


def _sharper(job: Odds) -> Iterator[Told]:
    """The odds every so many draws, and nothing in between."""
    shown = 0
    while not job.done:
        job.go_on(shown + SHOWN)
        yield {}
        if job.n >= shown + SHOWN:
            shown = job.n
            yield {"odds": job.result()}
    if not shown:
        yield {"odds": job.result()}


def answer(session: Session, request: str) -> str:
    """Begin what is asked, or go on with it: `{"next": true}`; a JSON text, empty at the end."""
    asked = json.loads(request)
    try:
        if "next" not in asked:
            session.running = jobs(session, asked)
        return json.dumps(next(session.running, {"end": True}), allow_nan=False)
    except (InputError, ArithmeticError, KeyError, ValueError) as error:
        return json.dumps({"error": str(error)})
