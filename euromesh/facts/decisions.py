"""What the public machines lose if a step takes half a year longer, or without what is ordered."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from euromesh import units as u
from euromesh.facts.changes import Change, finished
from euromesh.facts.finishes import FEDERATION, date_of, years
from euromesh.facts.tables import DAY, TEXT, Column, Run, table
from euromesh.records import Params

DELAY_MONTHS: Final = 6


def _decided_later(p: Params) -> Change:
    """The day of the decision, half a year on."""
    day = u.last_day(p.race.decision_date)
    months = day.month - 1 + DELAY_MONTHS
    later = date(day.year + months // 12, months % 12 + 1, min(day.day, 28))
    return {"race.decision_date": later.isoformat()}


def _ported_later(p: Params) -> Change:
    """Every port of the software, half a year longer."""
    names = ("cuda_months", "rocm_months", "oneapi_months")
    return {
        f"owned.porting.{name}": getattr(p.owned.porting, name) + DELAY_MONTHS for name in names
    }


LATE: Final[Mapping[str, tuple[str, Callable[[Params], Change]]]] = {
    "decision": ("the decision", _decided_later),
    "grant": ("the grant", lambda p: {"owned.grant_months": p.owned.grant_months + DELAY_MONTHS}),
    "port": ("the port of the software", _ported_later),
    "orders": ("machines on order: not used", lambda _: {"owned.contracted": False}),
}


@table(
    lambda _: LATE,
    late=TEXT.headed("half a year late"),
    date=DAY.keyed("decision.{row}.finish_date", "public machines finish"),
    months=Column("months", ".0f").keyed("decision.{row}.months_later", "months later"),
)
def decisions(run: Run, row: str) -> tuple[str, str, float]:
    """When the public machines finish if one step takes half a year longer; without the orders."""
    words, change = LATE[row]
    date_then = finished(run.changed(change(run.params)), FEDERATION)
    before = date_of(run.params, years(run, FEDERATION))
    if "never" in (date_then, before):
        return words, date_then, math.inf
    days = (date.fromisoformat(date_then) - date.fromisoformat(before)).days
    return words, date_then, days / u.DAYS_PER_YEAR * u.MONTHS_PER_YEAR
