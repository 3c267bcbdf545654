"""What the public machines lose if a step takes half a year longer, or without what is ordered."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

import numpy as np

from euromesh import ensemble, routes
from euromesh import params as parameters
from euromesh import units as u
from euromesh.ensemble.columns import Columns, varied
from euromesh.ensemble.marginals import number
from euromesh.facts.chances import YEAR, days_of
from euromesh.facts.changes import OWNED, Change, finished
from euromesh.facts.finishes import FEDERATION, date_of, years
from euromesh.facts.tables import DAY, SHARE, TEXT, Column, Figure, Run, figures, table
from euromesh.facts.tables import number as figure
from euromesh.facts.uncertainty import HELD_POINTS, sampled
from euromesh.facts.watch import plain
from euromesh.params import Value
from euromesh.records import Params
from euromesh.records.tree import value_of, with_values
from euromesh.sensitivity.model import years_if_built

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
}


@table(
    lambda _: LATE,
    late=TEXT.headed("half a year late"),
    date=DAY.keyed("decision.{row}.finish_date", "public machines finish"),
    months=Column("months", ".0f").keyed("decision.{row}.months_later", "months later"),
    odds=SHARE.keyed(f"decision.{{row}}.odds_by_{YEAR}", f"odds by {YEAR}"),
)
def decisions(run: Run, row: str) -> tuple[str, str, float, float]:
    """When and how likely the public machines finish if one step takes half a year longer."""
    words, change = LATE[row]
    date_then = finished(run.changed(change(run.params)), FEDERATION)
    late = parameters.ends(change(plain(run.params)))
    return words, date_then, _months_later(run, date_then), _odds(run, late)


@figures
def orders(run: Run) -> dict[str, Figure]:
    """How much later the public machines finish without what is ordered."""
    date_then = finished(run.changed(OWNED["operating_only"]), FEDERATION)
    return {"decision.orders.months_later": figure(_months_later(run, date_then), "months", ".0f")}


def _months_later(run: Run, date_then: str) -> float:
    before = date_of(run.params, years(run, FEDERATION))
    if "never" in (date_then, before):
        return math.inf
    days = (date.fromisoformat(date_then) - date.fromisoformat(before)).days
    return days / u.DAYS_PER_YEAR * u.MONTHS_PER_YEAR


def _odds(run: Run, change: Mapping[str, Value]) -> float:
    """The odds of a year with what is changed moved by as much in every draw.

    The published odds and the difference that it makes to the same draws.
    """
    params, points = plain(run.params), sampled(run).points[:HELD_POINTS]
    before, end = Columns(varied(params), points), u.last_day(str(YEAR))
    fixed = {key: value for key, value in change.items() if not before.varies(key)}
    late = Columns(varied(with_values(params, fixed)), points)
    for key in change.keys() - fixed.keys():
        late.made[key] = before.drawn(key) + number(change[key]) - number(value_of(params, key))
    by = u.years_between(routes.decision_date(params), end)
    done = [years_if_built(one, FEDERATION, params.race.target) <= by for one in (before, late)]
    lost = np.mean(before.number("owned.granted") * (done[0].astype(float) - done[1]))
    return max(0.0, ensemble.odds_by(days_of(run, FEDERATION), by) - float(lost))
