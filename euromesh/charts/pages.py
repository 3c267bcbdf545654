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
        dates = [str(results[f"{key}.finish_date{end}"]["value"]) for end in ("", "_low", "_high")]
        placed = sorted(horizon if day == "never" else day for day in dates)
        central = horizon if dates[0] == "never" else dates[0]
        rows.append((route, placed[0], central, placed[-1], _month(dates[0])))
    data = pd.DataFrame(rows, columns=["route", "first", "central", "last", "label"])
    return race.finish_dates(data, _finding(data))


CHARTS: Final[dict[str, Callable[[Results, str], Chart]]] = {"answer": answer}


def _month(day: str) -> str:
    return "never" if day == "never" else f"{pd.Timestamp(day):%B %Y}"


def _finding(data: pd.DataFrame) -> str:
    """The alternative text: the routes in the order in which they finish."""
    order = data.sort_values("central")
    return "; ".join(f"{row.route} in {row.label}" for row in order.itertuples()) + "."
