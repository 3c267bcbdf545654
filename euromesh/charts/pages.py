"""Charts of the written pages: drawn from the results of a run, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import pandas as pd

from euromesh import units as u
from euromesh.charts import grid, race
from euromesh.charts.shared import Chart
from euromesh.routes import ROUTES

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
    """The programme of AI gigafactories: what was planned and what happened."""
    rows = [_milestone(results, key) for key in results if _is_milestone(key)]
    rows.sort(key=lambda row: min(str(day) for day in row[1:] if day))
    columns = ["event", "planned_from", "planned_on", "happened_on"]
    data = pd.DataFrame([*rows, *_ahead(results)], columns=columns)
    late = (data["happened_on"] > data["planned_on"]).sum()
    slip = f"{results['gigafactory.call_slip_years']['value']:.1f}"
    return grid.milestones(
        data,
        f"{late} plans of the programme were missed; the call came {slip} years late, and the "
        "selection and the operation lie ahead.",
    )


CHARTS: Final[dict[str, Callable[[Results, str], Chart]]] = {
    "answer": answer,
    "gigafactories": gigafactories,
}


def _is_milestone(key: str) -> bool:
    return key.startswith("milestones.") and key.endswith(".name")


def _milestone(results: Results, key: str) -> tuple[object, ...]:
    """An event of the table with the first and last day of its plan, and its own day."""
    row = key.removesuffix(".name")
    first, last, happened = (
        results[f"{row}.{name}"]["value"] for name in ("planned_from", "planned_on", "happened_on")
    )
    days = (u.first_day(first) if first else None, u.last_day(last) if last else None)
    return results[key]["value"], *days, u.last_day(happened) if happened else None


def _ahead(results: Results) -> list[tuple[object, ...]]:
    """Selection and operation, as planned: the range, and from paper date to mean slip."""
    selected = [results[f"gigafactory.selected_on.{end}"]["value"] for end in ("low", "high")]
    operation = [results[f"gigafactory.operation_date{end}"]["value"] for end in ("_on_paper", "")]
    return [
        ("Selection of the sites", u.first_day(selected[0]), u.last_day(selected[1]), None),
        ("Operation", *(u.first_day(day) for day in operation), None),
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
