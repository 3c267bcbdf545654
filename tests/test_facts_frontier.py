"""The tables of the moving frontier, and the charts that they make in every kind of run."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from euromesh.charts import frontier as charts
from euromesh.charts import svg
from euromesh.facts import Facts, of
from euromesh.facts import frontier as facts
from euromesh.routes import ROUTES

CENTRAL = of()
IDLE = of("central", {"owned.share": 0.0})
RUNS = {
    "nothing granted": IDLE,
    "low": of("low"),
    "high": of("high"),
    "nobody in time": of("central", {"race.horizon": "2027-01-31"}),
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


def test_a_frontier_that_is_given_has_no_spread_and_a_disputed_one_lies_around() -> None:
    given = of("central", {"frontier.reading": "astra", "frontier.growth_per_year": 4.31})
    for name in ROUTES:
        (on_plan,) = rows("standing", name, given).to_dict("records")
        (held,) = rows("standing_drawn", name, given).to_dict("records")
        assert held["lag_p10"] == held["lag_p90"] == pytest.approx(on_plan["lag_months"])
        assert held["gap_p10"] == held["gap_p90"] == pytest.approx(on_plan["gap"])
        (drawn,) = rows("standing_drawn", name).to_dict("records")
        assert drawn["lag_p10"] < on_plan["lag_months"] < drawn["lag_p90"]
        assert drawn["gap_p10"] < on_plan["gap"] < drawn["gap_p90"]


def test_b_is_met_as_often_as_its_ratio_allows() -> None:
    wide = of("central", {"frontier.class_ratio": 3000.0})
    (odds,) = rows("standing_drawn", "owned", wide)["odds_b"]
    assert 0.9 < odds < 1 and set(IDLE["standing_drawn"]["odds_b"].tolist()) >= {0.0}
    (never,) = rows("standing_drawn", "owned", IDLE).to_dict("records")
    assert math.isinf(never["lag_p10"]) and never["odds_b"] == 0


def test_every_reading_has_its_own_day_and_size() -> None:
    """C = 3.8e25 on plan: t - ln(C / C_0) / ln G by hand, for the record of July 2025."""
    found = CENTRAL["readings"].set_index("row")
    assert found["weight"].sum() == pytest.approx(1)
    finished = pd.Timestamp(rows("standing", "owned")["finished"].iloc[0])
    since = (finished - pd.Timestamp("2025-07-09")).days / 365.25
    expected = 12 * (since - math.log(3.8e25 / 5e26) / math.log(4.31))
    assert found.loc["grok_4", "lag_months"] == pytest.approx(expected, abs=0.05)


def test_readings_alone_spread_the_lag_from_the_nearest_to_the_older_record() -> None:
    """Weights of 0.7, 0.2 and 0.1: P10 is the first, P90 the second or between it and the third."""
    steady = of("central", {"frontier.growth_per_year": 4.31})
    by = steady["readings"].set_index("row")["lag_months"]
    (found,) = rows("standing_drawn", "owned", steady).to_dict("records")
    assert found["lag_p10"] == pytest.approx(by["astra"])
    assert by["grok_4"] - 1e-6 < found["lag_p90"] < by["mythos"]
