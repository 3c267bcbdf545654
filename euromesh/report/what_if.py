"""One input at a time: what a single change does to the central answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final, NamedTuple

from euromesh.report import frontier
from euromesh.report.figure import Group

Change = Mapping[str, object]  # parameter id -> value, or the word `low` or `high`

GROWTH: Final[dict[str, Change]] = {
    "growth_low": {"frontier.growth_per_year": "low"},
    "growth_high": {"frontier.growth_per_year": "high"},
}
PROGRESS: Final[dict[str, Change]] = {
    "progress_low": {"frontier.algorithmic_progress_per_year": "low"},
    "progress_high": {"frontier.algorithmic_progress_per_year": "high"},
}
PROGRAMME: Final[Change] = {"owned.renewal": True}  # for the models after the first


class Case(NamedTuple):
    """Changes, the group they are put through, and the number that is kept of it."""

    changes: Mapping[str, Change]
    group: Group
    source: str
    stem: str


CASES: Final[tuple[Case, ...]] = (
    Case(
        GROWTH,
        partial(frontier.at_finish, "owned"),
        "frontier.central_lag_months.owned",
        "frontier.lag_months_if",
    ),
    Case(
        PROGRESS,
        partial(frontier.at_finish, "owned"),
        "frontier.effective_over_reference.owned",
        "frontier.effective_if",
    ),
)
