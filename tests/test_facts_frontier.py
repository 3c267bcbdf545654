"""The tables of the moving frontier, and the charts that they make in every kind of run."""

from __future__ import annotations

import itertools
import math
from datetime import date

import pandas as pd
import pytest

from euromesh import routes
from euromesh import units as u
from euromesh.charts import frontier as charts
from euromesh.charts import svg
from euromesh.facts import Facts
from euromesh.facts import frontier as facts
from euromesh.records import Params
from euromesh.routes import ROUTES

LABELS = [kind.label for kind in ROUTES.values()]
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


def months_behind(finished: date, flop: float, growth: float = 4.5) -> float:
    """Months from the largest known run to the finish, less those the trend takes between them."""
    months = (finished - date(2025, 7, 9)).days / 365.25 * 12
    return months - math.log(flop / 5e26) / math.log(growth) * 12


def test_the_largest_runs_are_those_of_routes_largest_run(central: Params) -> None:
    for name in ("campus", "leased"):
        curve = routes.finish_curve(ROUTES[name](central), central)
        mine = rows("largest_runs", name)
        row = mine.iloc[len(mine) // 2]
        assert routes.largest_run(curve, row["years"]) == pytest.approx(row["flop"], rel=1e-4)


def test_larger_runs_come_later_and_the_last_one_never() -> None:
    for name in ROUTES:
        *done, never = rows("largest_runs", name).to_dict("records")
        assert never["date"] == "never" and math.isinf(never["lag_months"])
        for one, other in itertools.pairwise(done):
            assert one["flop"] <= other["flop"] and one["years"] <= other["years"]
        assert "2036-01-01" in [one["date"] for one in done]


def test_a_lag_by_hand() -> None:
    row = rows("largest_runs", "signed").iloc[-2]
    for column, growth in (("lag_months", 4.5), ("lag_low", 2.5), ("lag_high", 5.0)):
        by_hand = months_behind(date.fromisoformat(row["date"]), row["flop"], growth)
        assert row[column] == pytest.approx(by_hand, abs=0.05)


def test_the_trend_is_one_line_until_the_largest_known_run_and_a_fan_after() -> None:
    trend = CENTRAL["trend"].set_index("date")
    before, known, after = (trend.loc[day] for day in ("2024-01-01", "2025-07-09", "2036-01-01"))
    assert before.low == before.central == before.high == pytest.approx(5.09e25, rel=1e-2)
    assert known.low == known.central == known.high == 5e26
    assert after.low < after.central < after.high
    years = (date(2036, 1, 1) - date(2025, 7, 9)).days / 365.25
    assert after.low == pytest.approx(5e26 * 2.5**years)
    assert after.in_class == pytest.approx(after.central / 10)


def test_b_allows_a_lag_of_ln_ten_over_ln_growth() -> None:
    row = CENTRAL["class_lag"].iloc[0]
    assert row["central"] == pytest.approx(12 * math.log(10) / math.log(4.5))
    assert row["low"] < row["central"] < row["high"]


def test_definitions_by_hand() -> None:
    assert CENTRAL["standing"]["route"].tolist() == LABELS
    (owned,) = rows("standing", "owned").to_dict("records")
    assert [owned[f"is_{letter}"] for letter in "abc"] == ["yes", "no", "yes"]


def test_a_route_that_never_finishes_stands_nowhere() -> None:
    (owned,) = rows("standing", "owned", IDLE).to_dict("records")
    words = {owned[name] for name in ("finished", "is_a", "is_b", "is_c")}
    assert words == {"never"} and math.isinf(owned["lag_months"]) and math.isinf(owned["gap"])
    (nearest,) = rows("nearest_runs", "owned", IDLE).to_dict("records")
    assert nearest["date"] == "never" and math.isinf(nearest["flop"])


def test_the_nearest_run_is_the_least_lag_of_the_scan_and_not_of_the_last_day() -> None:
    for run in (CENTRAL, RUNS["low"]):
        for name in ROUTES:
            scan = rows("largest_runs", name, run)
            (nearest,) = rows("nearest_runs", name, run).to_dict("records")
            assert nearest["flop"] in facts.SIZES
            assert nearest["lag_months"] == scan["lag_months"].min()


def test_a_row_rests_on_its_own_route_alone() -> None:
    for table in ("standing", "nearest_runs"):
        made = CENTRAL.made(table)
        read = dict(zip((row[0] for row in made.rows), made.inputs, strict=True))
        assert "owned.share" in read["owned"] and "owned.share" not in read["campus"]
        assert not {key for key in read["owned"] if key.startswith("campus.")}


def test_the_map_has_the_c_star_of_the_race(central: Params) -> None:
    tiles = CENTRAL["c_star_map"]
    ours = routes.finish_curve(routes.owned(central), central)
    for name in facts.MAP_RIVALS:
        exact = routes.curves_c_star(ours, routes.finish_curve(ROUTES[name](central), central))
        mine = tiles[(tiles["rival"] == ROUTES[name].label) & (tiles["share"] == 0.1)]
        (row,) = mine[mine["decided"] == "2027-01-01"].to_dict("records")
        assert row["flop"] == pytest.approx(exact.flop, rel=2e-3)
        finished = u.date_after(date(2027, 1, 1), ours(row["flop"]))
        assert row["lag_months"] == pytest.approx(months_behind(finished, row["flop"]), abs=0.1)
        lags = CENTRAL["c_star_lags"].set_index("row")["lag_months"]
        assert row["lag_months"] == pytest.approx(lags[name])


def test_a_coarse_c_star_at_its_limits() -> None:
    assert facts.coarse_c_star(lambda c: 2.0, lambda c: 1.0).flop == 0
    assert facts.coarse_c_star(lambda c: 1.0, lambda c: 2.0).at_least
    ended = facts.coarse_c_star(lambda c: 1.0 if c < 3e25 else math.inf, lambda c: math.inf)
    assert ended.at_least and ended.flop == pytest.approx(3e25, rel=1e-3)
    met = facts.coarse_c_star(lambda c: c / 1e25, lambda c: 7.0)
    assert not met.at_least and met.flop == pytest.approx(7e25, rel=1e-3)


def test_the_map_spans_the_ranges_of_the_share_and_of_the_decision() -> None:
    tiles = CENTRAL["c_star_map"]
    assert tiles["share"].unique().tolist() == [0.01, 0.025, 0.05, 0.1, 0.25, 0.5]
    days = tiles["decided"].unique().tolist()
    assert (days[0], days[-1], len(days)) == ("2026-07-01", "2029-01-01", 6)


def test_a_programme_by_hand(central: Params) -> None:
    """The hall trains at one rate, so its second model is what a year of that rate gives."""
    first, second, third = rows("programme", "leased").to_dict("records")
    assert second["flop"] == pytest.approx(third["flop"], rel=1e-3)
    days = [date.fromisoformat(one["date"]) for one in (first, second, third)]
    assert (days[2] - days[1]).days in (365, 366)
    assert third["lag_months"] - second["lag_months"] == pytest.approx(12, abs=0.05)
    start, end = (u.years_between(date(2027, 1, 1), day) for day in days[:2])
    made = routes.run_between(routes.leased(central), start, end, central)
    assert second["flop"] == pytest.approx(made, rel=0.01)
    table = charts.by_model(CENTRAL["programme"])
    assert list(table["route"]) == LABELS and table.shape[1] == 7
    assert "never" in set(charts.by_model(IDLE["programme"])["model 1"])


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
