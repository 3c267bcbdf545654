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
FINISH: Final = {  # column of the chart -> ending of the key
    "central": "finish_date",
    "first": "finish_p10",
    "median": "finish_p50",
    "last": "finish_p90",
}
Results = Mapping[str, Mapping[str, Any]]


def answer(results: Results, horizon: str) -> Chart:
    """Finish of every route, the first route first: central, median and range of the draws."""
    rows = []
    for key, kind in ROUTES.items():
        days = [str(results[f"{key}.{end}"]["value"]) for end in FINISH.values()]
        placed = [horizon if day == "never" else day for day in days]
        label, span = _month(days[0]), _span(days[1], days[3], results[f"{key}.never_share"])
        rows.append((kind.label, *placed, label, span, days[0]))
    columns = ["route", *FINISH, "label", "span_label", "order"]
    data = pd.DataFrame(rows, columns=columns).sort_values("order")  # `never` sorts last
    return race.finish_spread(data.drop(columns="order"), _finding(data))


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


def _span(first: str, last: str, never: Mapping[str, Any]) -> str:
    """The years of the range; where the last is never, the share of the draws that it has."""
    if last != "never":
        return f"{first[:4]} to {last[:4]}"
    share = f"never in {never['value']:.0%}" if never["value"] != 1 else "never"
    return share if first == "never" else f"{first[:4]}; {share}"


def _finding(data: pd.DataFrame) -> str:
    """The alternative text: the routes in the order in which they finish, with their ranges."""
    return "; ".join(
        f"{row.route}: {row.label}, range {row.span_label}" for row in data.itertuples()
    )
