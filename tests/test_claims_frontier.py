"""Comparatives of the page on the moving frontier, each with the words that it holds."""

from __future__ import annotations

import math
from datetime import date

import pandas as pd
import pytest

from euromesh import frontier, routes
from euromesh.facts import Facts, Number
from euromesh.facts.frontier import growth_ends
from euromesh.frontier import Run
from euromesh.params import library
from euromesh.records import Params
from euromesh.routes import ROUTES

FEDERATION, *RIVALS = ROUTES


def value(numbers: dict[str, Number], key: str) -> float:
    return float(numbers[key].value)


def months_later(numbers: dict[str, Number], key: str) -> float:
    """Months from the central finish of the public machines to another day."""
    later, central = (date.fromisoformat(str(numbers[k].value)) for k in (key, "owned.finish_date"))
    return (later - central).days / 365.25 * 12


@pytest.fixture(scope="module")
def tables() -> Facts:
    return Facts()


@pytest.fixture(scope="module")
def runs(tables: Facts) -> pd.DataFrame:
    """What the page draws."""
    found = tables["largest_runs"]
    return found[found["date"] <= "2036-01-01"]


@pytest.fixture(scope="module")
def tiles(tables: Facts) -> pd.DataFrame:
    return tables["c_star_map"]


def test_the_low_share_adds_more_to_the_lag_than_the_slowest_growth(
    numbers: dict[str, Number],
) -> None:
    """'which adds more to the lag than the slowest growth'."""
    central, slow, fast = (
        value(numbers, key)
        for key in (
            "frontier.central_lag_months.owned",
            "frontier.lag_months_if.growth_low",
            "frontier.lag_months_if.growth_high",
        )
    )
    assert months_later(numbers, "owned.finish_if.share_low") > slow - central
    assert fast < central < slow < value(numbers, "frontier.lag_months.owned")


def test_every_route_meets_a_and_c_and_none_meets_b(numbers: dict[str, Number]) -> None:
    """'every route that finishes it meets A and C, and none meets B'."""
    for name in ROUTES:
        met = [numbers[f"frontier.is_{letter}.{name}"].value for letter in "abc"]
        assert met == ["yes", "no", "yes"], name


def test_growth_does_not_decide_b_for_the_target(
    numbers: dict[str, Number], central: Params
) -> None:
    """'Growth does not decide B for this target': even a frontier that stopped is out of class."""
    assert value(numbers, "frontier.gap_if_stopped.owned") > central.frontier.class_ratio


def test_the_trend_is_ahead_of_the_list_and_of_what_was_held_feasible(
    numbers: dict[str, Number], central: Params
) -> None:
    """'the trend passes that in ...', before the end of the year it was held feasible by."""
    assert value(numbers, "frontier.trend_at_decision") > 1
    passed = str(numbers["frontier.trend_passes_feasible_date"].value)
    assert passed < central.frontier.feasible_by
    growth = value(numbers, "frontier.growth_to_feasible")
    known = library().parameters["frontier.growth_per_year"]
    assert float(known.low or 0) < growth < float(known.value or 0)


def test_no_route_reaches_the_size_that_b_asks_for_and_the_distance_grows(
    runs: pd.DataFrame, tables: Facts, central: Params
) -> None:
    """fig-moving-frontier: 'No route reaches the size'; fig-frontier-lags: none within B."""
    allowed = tables["class_lag"].iloc[0]["central"]
    for _, mine in runs.groupby("route"):
        assert mine["lag_months"].min() > allowed
        gaps = [frontier.standing(Run(r.flop, r.years), central).gap for r in mine.itertuples()]
        assert min(gaps) > 10
        assert gaps[-1] > min(gaps)


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


def test_signed_projects_come_nearest_and_alone_meet_b_within_the_range_of_growth(
    numbers: dict[str, Number],
) -> None:
    """'The signed projects come nearest'; 'it is ... a year, where our range starts at'."""
    lags = {name: value(numbers, f"frontier.nearest_lag_months.{name}") for name in ROUTES}
    assert min(lags, key=lambda name: lags[name]) == "signed"
    low = float(library().parameters["frontier.growth_per_year"].low or 0)
    within = [n for n in ROUTES if value(numbers, f"frontier.class_growth.{n}") > low]
    assert within == ["signed"]


def test_at_a_constant_rate_a_route_falls_back_almost_a_month_a_month(
    runs: pd.DataFrame,
) -> None:
    """'At a constant rate of compute a route falls back almost a month a month'."""
    mine = runs[runs["row"] == "leased"]
    (before, after) = mine.iloc[-8], mine.iloc[-1]
    assert (
        0.8
        < (after["lag_months"] - before["lag_months"]) / 12 / (after["years"] - before["years"])
        < 1
    )


def test_the_target_is_smaller_than_the_largest_known_run(central: Params) -> None:
    """'The frontier passed every size below C_0 before t_0', the target's among them."""
    assert central.targets[central.race.target].training_flop < central.frontier.largest_flop


def test_c_star_against_the_hall_is_little_more_than_the_target(
    numbers: dict[str, Number], central: Params
) -> None:
    """'Before the leased hall the largest has ..., little more than the target'."""
    target = central.targets[central.race.target].training_flop
    campus, hall = (
        value(numbers, f"race.c_star_flop.owned_vs_{name}") for name in ("campus", "leased")
    )
    assert target < hall < 1.5 * target < campus


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
    """'from ... to ... of each machine C* grows faster than the share against either rival'."""
    known = library().parameters["owned.share"]
    low, high = float(known.low or 0), float(known.high or 0)
    for _, row in tiles.groupby(["rival", "decided"]):
        by_share = row.set_index("share")["flop"]
        assert by_share[high] / by_share[low] > high / low


def test_the_second_model_gains_on_every_route_but_that_of_the_public_machines(
    numbers: dict[str, Number],
) -> None:
    """fig-programme: 'The second model gains ... with these routes'; 'The third falls back'."""
    for name in ROUTES:
        first, second, third = (
            value(numbers, f"frontier.generation_{n}_lag_months.{name}") for n in (1, 2, 3)
        )
        assert (second < first) == (name != FEDERATION), name
        assert third > second, name
        sizes = [value(numbers, f"frontier.generation_{n}_flop.{name}") for n in (1, 2)]
        assert name == FEDERATION or sizes[1] > 5 * sizes[0]


def test_renewal_keeps_the_public_machines_without_making_them_grow(
    numbers: dict[str, Number],
) -> None:
    """'Renewal keeps their compute from running out and does not make it grow'."""
    second, third = (value(numbers, f"frontier.generation_{n}_flop.owned") for n in (2, 3))
    last, renewed = (value(numbers, f"frontier.last_unrenewed{e}.owned") for e in (
        "_flop", "_renewed_flop"
    ))  # fmt: skip
    assert third < 1.1 * second
    assert renewed < third and last < renewed / 2


def test_only_public_machines_are_renewed(central: Params) -> None:
    """'rivals keep what they bought': their sites have no end."""
    for name in RIVALS:
        assert all(math.isinf(site.end_years) for site in ROUTES[name](central).sites)


def test_the_rate_of_progress_was_measured_before_the_reference(central: Params) -> None:
    """'The rate was measured on years before that reference'."""
    known = library().parameters["frontier.algorithmic_progress_per_year"]
    assert str(known.as_of) < central.frontier.reference_on
    assert routes.decision_date(central).isoformat() > central.frontier.reference_on
