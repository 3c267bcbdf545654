"""Charts of the written pages: drawn from the results of a run, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Final

import pandas as pd

from euromesh import units as u
from euromesh.charts import grid
from euromesh.charts import odds as charts
from euromesh.charts.shared import Chart
from euromesh.routes import ROUTES, YEARS

EXPECTED: Final = ("expected_from", "expected_on", "expected_to")
END: Final[Mapping[str, Callable[[str], date]]] = {  # the day that a date of a month stands for
    "planned_from": u.first_day,
    "planned_on": u.last_day,
    "happened_on": u.last_day,
}
Results = Mapping[str, Mapping[str, Any]]


def odds(results: Results, horizon: str) -> Chart:
    """The odds that a route has finished by the end of some years, the likeliest date first."""
    years = [year for year in YEARS if year < int(horizon[:4])]
    periods = _periods([*years, int(horizon[:4])])
    parts = [p for name in _by_date(results) for p in _parts(name, results, years, periods)]
    data = pd.DataFrame(parts)
    return charts.odds(data, "; ".join(data.drop_duplicates("route")["summary"]))


def _by_date(results: Results) -> list[str]:
    """The routes by their likely date; `never` sorts last."""
    ends = ("finish_p50", "finish_date")
    return sorted(ROUTES, key=lambda name: [str(results[f"{name}.{end}"]["value"]) for end in ends])


def _parts(
    name: str, results: Results, years: Sequence[int], periods: Sequence[str]
) -> Iterator[dict[str, object]]:
    """The bar of one route: its odds by period, and never."""
    never = 100 * float(results[f"{name}.never_share"]["value"])
    done = [100 * float(results[f"{name}.odds_by_{year}"]["value"]) for year in years]
    likely = f"even odds: {_month(str(results[f'{name}.finish_p50']['value']))}"
    route = {"route": ROUTES[name].label, "likely": likely}
    route["summary"] = f"{route['route']}: {likely}, never in {never:.0f} of 100"
    for period, (start, end) in zip(periods, pairwise([0, *done, 100 - never, 100]), strict=True):
        told = f"{period}: {end - start:.0f} in 100"
        yield {**route, "period": period, "start": start, "end": end, "told": told}


def _periods(years: Sequence[int]) -> list[str]:
    """What the parts of a bar that ends with these years are called."""
    later = [str(b) if b == a + 1 else f"{a + 1} to {b}" for a, b in pairwise(years)]
    return [f"by the end of {years[0]}", *later, "never"]


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
    "odds": odds,
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
