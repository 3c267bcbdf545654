"""Comparatives of the page on the moving frontier, each with the words that it holds."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import TypeAlias

import pandas as pd
import pytest

from euromesh import frontier, routes
from euromesh.facts import Facts, Number
from euromesh.facts.frontier import growth_ends
from euromesh.frontier import Run
from euromesh.params import library
from euromesh.records import Params
from euromesh.routes import ROUTES

Value: TypeAlias = Callable[[str], float]


@pytest.fixture(scope="module")
def runs(facts: Facts) -> pd.DataFrame:
    """What the page draws."""
    found = facts["largest_runs"]
    return found[found["date"] <= "2036-01-01"]


@pytest.fixture(scope="module")
def tiles(facts: Facts) -> pd.DataFrame:
    return facts["c_star_map"]


def test_the_low_share_adds_more_to_the_lag_than_the_slowest_growth(
    numbers: dict[str, Number], value: Value
) -> None:
    """'which adds more to the lag than the slowest growth'."""
    low, usual = (
        date.fromisoformat(str(numbers[f"owned.{key}"].value))
        for key in ("finish_if.share_low", "finish_date")
    )
    central = value("frontier.central_lag_months.owned")
    slow, fast = (value(f"frontier.lag_months_if.growth_{end}") for end in ("low", "high"))
    assert (low - usual).days / 365.25 * 12 > slow - central
    assert fast < central < slow < value("frontier.lag_months.owned")


def test_the_trend_is_ahead_of_the_list_and_of_what_was_held_feasible(
    numbers: dict[str, Number], value: Value, central: Params
) -> None:
    """'the trend passes that in ...', before the end of the year it was held feasible by."""
    assert value("frontier.trend_at_decision") > 1
    passed = str(numbers["frontier.trend_passes_feasible_date"].value)
    assert passed < central.frontier.feasible_by
    growth = value("frontier.growth_to_feasible")
    assert growth_ends()[0] < growth < central.frontier.growth_per_year


def test_the_distance_grows_on_every_route(runs: pd.DataFrame, central: Params) -> None:
    """fig-moving-frontier: 'by the end of the chart the distance has grown on all of them'."""
    for _, mine in runs.groupby("route"):
        gaps = [frontier.standing(Run(r.flop, r.years), central).gap for r in mine.itertuples()]
        assert gaps[-1] > min(gaps) > 10


def test_each_route_is_nearest_within_about_a_year_of_its_first_step(
    runs: pd.DataFrame, central: Params
) -> None:
    """fig-frontier-lags: 'within about a year of its first step and then falls back'."""
    for name, kind in ROUTES.items():
        mine = runs[runs["row"] == name].reset_index(drop=True)
        best = mine["lag_months"].idxmin()
        started = min(site.start_years for site in kind(central).sites)
        assert mine.loc[best, "years"] - started < 1.25, kind.label
        assert mine["lag_months"].iloc[best:].is_monotonic_increasing, kind.label


def test_at_a_constant_rate_a_route_falls_back_almost_a_month_a_month(
    runs: pd.DataFrame,
) -> None:
    """'At a constant rate of compute a route falls back almost a month a month'."""
    mine = runs[runs["row"] == "leased"]
    months, years = (mine[name].iloc[-1] - mine[name].iloc[-8] for name in ("lag_months", "years"))
    assert 0.8 < months / 12 / years < 1


def test_a_larger_share_beats_the_campus_to_larger_runs_and_a_later_day_to_smaller(
    tiles: pd.DataFrame,
) -> None:
    """fig-cstar-map: 'With a larger share ... larger runs, after a later decision to smaller'."""
    for (_, _), row in tiles.groupby(["rival", "decided"]):
        assert row.sort_values("share")["flop"].is_monotonic_increasing
    for (rival, _), column in tiles.groupby(["rival", "share"], sort=False):
        assert column["lag_months"].is_monotonic_increasing
        assert rival == ROUTES["leased"].label or column["flop"].is_monotonic_decreasing


def test_no_tile_of_the_map_is_within_b_at_the_slowest_growth(
    tiles: pd.DataFrame, central: Params
) -> None:
    """fig-cstar-map: 'No tile is within B at any growth of our range'; slower is nearer."""
    slow, _ = growth_ends()
    known = central.frontier
    for row in tiles.itertuples():
        months = row.lag_months + 12 * math.log(row.flop / known.largest_flop) / math.log(
            known.growth_per_year
        )
        largest = frontier.frontier_flop(months / 12, known.largest_flop, slow)
        assert frontier.gap(row.flop, largest) > known.class_ratio


def test_half_a_year_adds_about_half_a_year_against_the_hall(tiles: pd.DataFrame) -> None:
    """'Each half year of delay leaves the model about half a year further behind'."""
    hall = tiles[tiles["rival"] == ROUTES["leased"].label]
    for _, column in hall.groupby("share"):
        first, second, *_, last = column["lag_months"]
        assert 4 < second - first < 7
        assert (last - first) / 5 == pytest.approx(6, abs=0.5)


def test_c_star_grows_faster_than_the_share(tiles: pd.DataFrame) -> None:
    """'From ... to ... of each machine $C^*$ grows faster than the share against either rival'."""
    known = library().parameters["owned.share"]
    low, high = float(known.low or 0), float(known.high or 0)
    for _, row in tiles.groupby(["rival", "decided"]):
        by_share = row.set_index("share")["flop"]
        assert by_share[high] / by_share[low] > high / low


def test_renewal_keeps_the_public_machines_without_making_them_grow(
    value: Value,
) -> None:
    """'Renewal keeps their compute from running out and does not make it grow'."""
    second, third = (value(f"frontier.generation_{n}_flop.owned") for n in (2, 3))
    last, renewed = (
        value(f"frontier.last_unrenewed_{size}.owned") for size in ("flop", "renewed_flop")
    )
    assert third < 1.1 * second
    assert renewed < third and last < renewed / 2


def test_only_public_machines_are_renewed(central: Params) -> None:
    """'rivals keep what they bought': their sites have no end."""
    for name in list(ROUTES)[1:]:
        assert all(math.isinf(site.end_years) for site in ROUTES[name](central).sites)


def test_the_rate_of_progress_was_measured_before_the_reference(central: Params) -> None:
    """'The rate was measured on years before that reference'."""
    known = library().parameters["frontier.algorithmic_progress_per_year"]
    assert str(known.as_of) < central.frontier.reference_on
    assert routes.decision_date(central).isoformat() > central.frontier.reference_on
