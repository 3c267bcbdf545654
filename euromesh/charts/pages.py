"""Charts of the written pages: drawn from the results of a run, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import pandas as pd

from euromesh import units as u
from euromesh.charts import grid, race
from euromesh.charts.shared import Chart
from euromesh.routes import ROUTES

EXPECTED: Final = ("expected_from", "expected_on", "expected_to")
END: Final[Mapping[str, Callable[[str], date]]] = {  # the day that a date of a month stands for
    "planned_from": u.first_day,
    "planned_on": u.last_day,
    "happened_on": u.last_day,
}
Results = Mapping[str, Mapping[str, Any]]


def answer(results: Results, horizon: str) -> Chart:
    """Finish date of every route with the range of the scenarios `low` and `high`."""
    rows = []
    for key, kind in ROUTES.items():
        days = [str(results[f"{key}.finish_date{end}"]["value"]) for end in ("", "_low", "_high")]
        central, first, last = days[0], min(days), max(days)  # `never` sorts after every date
        placed = [horizon if day == "never" else day for day in (first, central, last)]
        rows.append((kind.label, *placed, _month(central), first[:4], _year(last)))
    columns = ["route", "first", "central", "last", "label", "first_label", "last_label"]
    data = pd.DataFrame(rows, columns=columns)
    return race.finish_dates(data, _finding(data))


def gigafactories(results: Results, horizon: str) -> Chart:
    """The programme of AI gigafactories: what was planned, what happened, what is expected."""
    days = ["planned_from", "planned_on", "happened_on"]
    rows = [
        tuple(results[f"{row}.{name}"]["value"] for name in ("name", *days))
        for row in _rows(results, "milestones")
    ]
    rows.sort(key=lambda row: (row[3] or row[2] or "", row[1] or ""))
    data = pd.DataFrame(
        [*(row + (None,) * 3 for row in rows), *_ahead(results)],
        columns=["event", *days, *EXPECTED],
    )
    first, central, last = (_month(data[name].iloc[-1]) for name in EXPECTED)
    return grid.milestones(
        data.assign(**{name: data[name].map(END[name], na_action="ignore") for name in END}),
        f"{results['gigafactory.plans_missed']['value']} plans were missed before the call came; "
        f"operation is expected in {central}, from {first} to {last}.",
    )


CHARTS: Final[dict[str, Callable[[Results, str], Chart]]] = {
    "answer": answer,
    "gigafactories": gigafactories,
}


def _rows(results: Results, table: str) -> list[str]:
    """The ids of a table's rows, `table.row`."""
    names = (key for key in results if key.startswith(f"{table}.") and key.endswith(".name"))
    return [key.removesuffix(".name") for key in names]


def _ahead(results: Results) -> list[tuple[object, ...]]:
    """Selection with its range; operation on paper and as expected with its range."""
    selected = [results[f"gigafactory.selected_on.{end}"]["value"] for end in ("low", "high")]
    paper, *expected = (
        results[f"gigafactory.operation_date{end}"]["value"]
        for end in ("_on_paper", "_earliest", "", "_latest")
    )
    return [
        ("Selection of the sites", *selected, None, None, None, None),
        ("Operation", paper, paper, None, *expected),
    ]


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
