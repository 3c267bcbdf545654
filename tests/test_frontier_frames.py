"""The data frames of the page on the moving frontier."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from euromesh import params, routes
from euromesh import units as u
from euromesh.charts import frontier as charts
from euromesh.charts import svg
from euromesh.frames import frontier as frames
from euromesh.records import Params
from euromesh.report import what_if
from euromesh.routes import ROUTES

FIRST, LAST = date(2024, 1, 1), date(2036, 1, 1)
LABELS = [kind.label for kind in ROUTES.values()]


@pytest.fixture(scope="module")
def runs(central: Params) -> pd.DataFrame:
    return frames.largest_runs(central, LAST)


def test_the_largest_runs_are_those_of_routes_largest_run(
    central: Params, runs: pd.DataFrame
) -> None:
    for name in ("campus", "leased"):
        curve = routes.finish_curve(ROUTES[name](central), central)
        mine = runs[runs["route"] == ROUTES[name].label]
        for row in (mine.iloc[len(mine) // 2], mine.iloc[-1]):
            assert routes.largest_run(curve, row["years"]) == pytest.approx(row["flop"], rel=1e-4)


def test_larger_runs_come_later_and_end_on_the_last_day(runs: pd.DataFrame) -> None:
    assert set(runs["route"]) == set(LABELS)
    for _, mine in runs.groupby("route"):
        assert mine["flop"].is_monotonic_increasing and mine["years"].is_monotonic_increasing
        assert abs((mine["date"].iloc[-1] - LAST).days) <= 1


def test_a_lag_by_hand(central: Params, runs: pd.DataFrame) -> None:
    """Months from the largest known run to the finish, less those the trend takes between them."""
    row = runs[runs["route"] == "signed projects"].iloc[-1]
    months = (row["date"] - date(2025, 7, 9)).days / 365.25 * 12
    for column, growth in (("lag", 4.5), ("lag_low", 2.5), ("lag_high", 5.0)):
        between = math.log(row["flop"] / 5e26) / math.log(growth) * 12
        assert row[column] == pytest.approx(months - between, abs=0.05)


def test_the_trend_is_one_line_until_the_largest_known_run_and_a_fan_after(
    central: Params,
) -> None:
    before, known, after = frames.trend(central, FIRST, LAST).itertuples(index=False)
    assert before.low == before.central == before.high == pytest.approx(5.09e25, rel=1e-2)
    assert known.low == known.central == known.high == 5e26
    assert after.low < after.central < after.high
    years = (LAST - date(2025, 7, 9)).days / 365.25
    assert after.low == pytest.approx(5e26 * 2.5**years)
    assert after.in_class == pytest.approx(after.central / 10)


def test_b_allows_a_lag_of_ln_ten_over_ln_growth(central: Params) -> None:
    row = frames.class_lag(central).iloc[0]
    assert row["central"] == pytest.approx(12 * math.log(10) / math.log(4.5))
    assert row["low"] < row["central"] < row["high"]


def test_definitions_by_hand(central: Params) -> None:
    table = frames.definitions(central).set_index("route")
    assert list(table.index) == LABELS
    owned = table.loc["public machines"]
    years = (date(2028, 7, 25) - date(2025, 7, 9)).days / 365.25
    assert owned["finished"] == "Jul 2028"
    gap = float(owned["times as large"].replace(",", ""))
    assert gap == pytest.approx(5e26 * 4.5**years / 3.8e25, rel=5e-3)
    assert list(owned[["A", "B", "C"]]) == ["yes", "no", "yes"]


def test_the_nearest_run_of_a_table_is_the_least_lag_of_the_scan(
    central: Params, runs: pd.DataFrame
) -> None:
    table = frames.nearest_runs(runs, central).set_index("route")
    for label, mine in runs.groupby("route"):
        assert table.loc[label, "months behind"] == f"{mine['lag'].min():.0f}"


def test_the_map_has_the_c_star_of_the_race(central: Params) -> None:
    day = date(2027, 1, 1)
    tiles = frames.crossings(central, ("campus", "leased"), (0.025, 0.1), (day,))
    ours = routes.finish_curve(routes.owned(central), central)
    for name in ("campus", "leased"):
        exact = routes.curves_c_star(ours, routes.finish_curve(ROUTES[name](central), central))
        (row,) = tiles[(tiles["rival"] == ROUTES[name].label) & (tiles["share"] == "10%")].iloc
        assert row["flop"] == pytest.approx(exact.flop, rel=2e-3)
        finished = u.date_after(day, ours(row["flop"]))
        months = (finished - date(2025, 7, 9)).days / 365.25 * 12
        between = math.log(row["flop"] / 5e26) / math.log(4.5) * 12
        assert row["lag"] == pytest.approx(months - between, abs=0.1)


def test_a_coarse_c_star_at_its_limits() -> None:
    assert frames.coarse_c_star(lambda c: 2.0, lambda c: 1.0).flop == 0
    assert frames.coarse_c_star(lambda c: 1.0, lambda c: 2.0).at_least
    ended = frames.coarse_c_star(lambda c: 1.0 if c < 3e25 else math.inf, lambda c: math.inf)
    assert ended.at_least and ended.flop == pytest.approx(3e25, rel=1e-3)
    met = frames.coarse_c_star(lambda c: c / 1e25, lambda c: 7.0)
    assert not met.at_least and met.flop == pytest.approx(7e25, rel=1e-3)


def test_the_map_spans_the_ranges_of_the_share_and_of_the_decision() -> None:
    assert frames.shares() == [0.01, 0.025, 0.05, 0.1, 0.25, 0.5]
    days = frames.decision_days()
    assert (days[0], days[-1], len(days)) == (date(2026, 7, 1), date(2029, 1, 1), 6)


def test_a_programme_by_hand(central: Params) -> None:
    """The hall trains at one rate, so its second model is what a year of that rate gives."""
    models = frames.programme(central).set_index(["route", "model"])
    second, third = (models.loc[("leased hall", n)] for n in (2, 3))
    assert second["flop"] == pytest.approx(third["flop"], rel=1e-3)
    assert (third["date"] - second["date"]).days in (365, 366)
    assert third["lag"] - second["lag"] == pytest.approx(12, abs=0.05)
    made = routes.run_between(
        routes.leased(central),
        u.years_between(date(2027, 1, 1), models.loc[("leased hall", 1)]["date"]),
        u.years_between(date(2027, 1, 1), second["date"]),
        central,
    )
    assert second["flop"] == pytest.approx(made, rel=0.01)
    table = frames.programme_table(frames.programme(central))
    assert list(table["route"]) == LABELS and table.shape[1] == 7


@pytest.mark.parametrize("scenario", ["low", "high"])
def test_the_page_stands_in_other_scenarios(scenario: str) -> None:
    drawn(params.load(scenario))


def test_the_page_stands_where_a_route_or_all_never_finish(central: Params) -> None:
    idle = params.load("central", {"owned.share": 0.0, **what_if.PROGRAMME})
    drawn(idle)
    table = frames.definitions(idle).set_index("route")
    assert set(table.loc["public machines"]) == {"never"}
    assert "never" in set(frames.programme_table(frames.programme(idle))["model 1"])
    never = replace(idle, race=replace(idle.race, horizon="2027-01-31"))
    drawn(never)


def drawn(loaded: Params) -> None:
    """Every chart of the page, from frames of one run."""
    runs, models = frames.largest_runs(loaded, LAST), frames.programme(loaded)
    trend = frames.trend(loaded, FIRST, LAST)
    tiles = frames.crossings(loaded, ("campus",), (0.0, 0.1), (date(2027, 1, 1),))
    assert len(frames.nearest_runs(runs, loaded)) == len(frames.programme_table(models))
    for chart in (
        charts.moving(trend, runs, frames.known_runs(loaded)),
        charts.lags(runs, frames.class_lag(loaded)),
        charts.crossings(tiles, 3.8e25),
        charts.programme(trend, models),
    ):
        assert "<svg" in svg(chart.to_dict())
