"""The tables of the moving frontier, and the charts that they make in every kind of run."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from euromesh.charts import frontier as charts
from euromesh.charts import svg
from euromesh.facts import Facts
from euromesh.facts import frontier as facts
from euromesh.routes import ROUTES

CENTRAL = Facts()
IDLE = Facts("central", {"owned.share": 0.0})
RUNS = {
    "nothing granted": IDLE,
    "low": Facts("low"),
    "high": Facts("high"),
    "nobody in time": Facts("central", {"race.horizon": "2027-01-31"}),
}


def rows(table: str, route: str, run: Facts = CENTRAL) -> pd.DataFrame:
    found = run[table]
    return found[found["row"] == route]


def test_a_route_that_never_finishes_stands_nowhere() -> None:
    (owned,) = rows("standing", "owned", IDLE).to_dict("records")
    words = {owned[name] for name in ("finished", "is_a", "is_b", "is_c")}
    assert words == {"never"} and math.isinf(owned["lag_months"]) and math.isinf(owned["gap"])
    (nearest,) = rows("nearest_runs", "owned", IDLE).to_dict("records")
    assert nearest["date"] == "never" and math.isinf(nearest["flop"])
    assert "never" in set(charts.by_model(IDLE["programme"])["model 1"])


def test_the_nearest_run_is_the_least_lag_of_the_scan_and_not_of_the_last_day() -> None:
    for run in (CENTRAL, RUNS["low"]):
        for name in ROUTES:
            scan = rows("largest_runs", name, run)
            (nearest,) = rows("nearest_runs", name, run).to_dict("records")
            assert nearest["flop"] in facts.SIZES
            assert nearest["lag_months"] == scan["lag_months"].min()


def test_a_coarse_c_star_at_its_limits() -> None:
    assert facts.coarse_c_star(lambda c: 2.0, lambda c: 1.0).flop == 0
    assert facts.coarse_c_star(lambda c: 1.0, lambda c: 2.0).at_least
    ended = facts.coarse_c_star(lambda c: 1.0 if c < 3e25 else math.inf, lambda c: math.inf)
    assert ended.at_least and ended.flop == pytest.approx(3e25, rel=1e-3)
    met = facts.coarse_c_star(lambda c: c / 1e25, lambda c: 7.0)
    assert not met.at_least and met.flop == pytest.approx(7e25, rel=1e-3)


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS.keys())
def test_the_page_stands_in_every_run(run: Facts) -> None:
    for chart in (
        charts.moving(run["trend"], run["largest_runs"], run["known_runs"]),
        charts.lags(run["largest_runs"], run["class_lag"]),
        charts.crossings(run["c_star_map"], 3.8e25),
        charts.programme(run["trend"], run["programme"]),
    ):
        assert "<svg" in svg(chart.to_dict())
        assert "Infinity" not in chart.to_json() and "NaN" not in chart.to_json()
    assert len(charts.by_model(run["programme"])) == len(run["nearest_runs"]) == len(ROUTES)
