"""Charts of the written pages: drawn from the results of a run, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import pandas as pd

from euromesh.charts import race
from euromesh.charts.shared import Chart

Results = Mapping[str, Mapping[str, Any]]
KEYS: Final = ("owned", "new_medium", "campus")


def answer(results: Results, horizon: str) -> Chart:
    """Finish date of every route with the range of the scenarios `low` and `high`."""
    rows = []
    for key, route in zip(KEYS, race.ROUTES, strict=True):
        days = [str(results[f"{key}.finish_date{end}"]["value"]) for end in ("", "_low", "_high")]
        central, first, last = days[0], min(days), max(days)  # `never` sorts after every date
        placed = [horizon if day == "never" else day for day in (first, central, last)]
        rows.append((route, *placed, _month(central), first[:4], _year(last)))
    columns = ["route", "first", "central", "last", "label", "first_label", "last_label"]
    data = pd.DataFrame(rows, columns=columns)
    return race.finish_dates(data, _finding(data))


CHARTS: Final[dict[str, Callable[[Results, str], Chart]]] = {"answer": answer}


def _month(day: str) -> str:
    return "never" if day == "never" else f"{pd.Timestamp(day):%B %Y}"


def _year(day: str) -> str:
    return "never" if day == "never" else day[:4]


def _finding(data: pd.DataFrame) -> str:
    """The alternative text: the routes in the order in which they finish, with their ranges."""
    rows = data.sort_values("central").itertuples()
    return "; ".join(
        f"{row.route}: {row.label}, from {row.first_label} to {row.last_label}" for row in rows
    )
