"""Comparatives of the page on uncertainty, so that it fails when a result flips.

Each test quotes the words of the page that it holds.
"""

from __future__ import annotations

import numpy as np
import pytest

from euromesh import routes, sensitivity
from euromesh.facts import Facts, Number
from euromesh.facts.naming import GROUPS
from euromesh.facts.uncertainty import BEFORE, FIRST, Drawn, draw
from euromesh.records import Params
from euromesh.routes import ROUTES
from euromesh.sensitivity.points import SAMPLE

pytestmark = pytest.mark.slow

Numbers = dict[str, Number]
OURS = "public machines"
RUNS = ("ai_act", "original", "llama_405b", "run_1e26", "run_5e26")  # the smallest first


def value(numbers: Numbers, key: str) -> float:
    return float(numbers[key].value)


def first(numbers: Numbers, run: str) -> dict[str, float]:
    return {name: value(numbers, f"race.p_{name}_first.{run}") for name in ROUTES}


@pytest.fixture(scope="module")
def tables() -> Facts:
    return Facts()


@pytest.fixture(scope="module")
def drawn(central: Params) -> Drawn:
    """The draws of the page."""
    return draw(central, SAMPLE)


def widest(tables: Facts, outcome: str, n: int) -> set[str]:
    """The inputs of the widest bars."""
    bars = tables["tornado"]
    return set(bars[bars["outcome"] == outcome].nlargest(n, "swing")["input"])


def largest(tables: Facts, name: str, n: int, outcome: str | None = None) -> list[str]:
    """The sets of a table with the largest total order."""
    found = tables[name]
    kept = found if outcome is None else found[found["outcome"] == outcome]
    return kept.nlargest(n, "total")["name"].tolist()


# --- dates, and who is first ---------------------------------------------------------------------


def test_the_odds_fall_from_the_smallest_run_to_the_largest(
    numbers: Numbers, central: Params
) -> None:
    """'From the smallest run to the largest the probability ... goes from ... to'."""
    sizes = [central.targets[run].training_flop for run in RUNS]
    assert sizes == sorted(sizes) and set(RUNS) == set(central.targets)
    odds = [value(numbers, f"race.p_owned_before_campus.{run}") for run in RUNS]
    assert odds == sorted(odds, reverse=True)
    assert odds[2] > 0.5 > value(numbers, "race.p_owned_first.llama_405b")


def test_the_quickest_routes_are_not_the_surest(numbers: Numbers, tables: Facts) -> None:
    """fig-odds-over-time: 'The leased hall, public machines and signed projects lead at first'."""
    found = tables["odds_over_time"]
    at = {
        year: found[found["date"] <= f"{year}-12-31"]
        .groupby("row")["share"]
        .max()
        .sort_values(ascending=False)
        for year in (2028, 2029, 2032)
    }
    assert set(at[2028].index[:3]) == set(at[2029].index[:3]) == {"leased", "owned", "signed"}
    assert at[2032].index[0] == "new_medium"
    never = {name: value(numbers, f"{name}.never_share") for name in ROUTES}
    assert min(never, key=lambda name: never[name]) == "new_medium"
    assert never["owned"] > 2 * never["new_medium"]


def test_the_likeliest_winner_changes_with_the_run(numbers: Numbers) -> None:
    """'in the smallest it is the public machines, in the largest the signed projects'; the hall."""
    winners = [max(odds := first(numbers, run), key=lambda name: odds[name]) for run in RUNS]
    assert winners == ["owned", "owned", "leased", "leased", "signed"]


def test_the_lead_of_the_hall_is_larger_than_its_error(numbers: Numbers) -> None:
    """'the lead of the leased hall at ... rests on assumed ranges', and not on sampling."""
    odds = first(numbers, "llama_405b")
    error = value(numbers, "race.p_owned_first.llama_405b_se")
    error += value(numbers, "race.p_leased_first.llama_405b_se")
    assert odds["leased"] - odds["owned"] > 2 * error


def test_they_are_likelier_to_beat_every_rival_but_the_hall_and_the_signed(
    numbers: Numbers,
) -> None:
    """'likelier than not to beat every rival but these: signed projects and leased hall'."""
    rivals = [name for name in ROUTES if name != "owned"]
    odds = {name: value(numbers, f"race.p_owned_before_{name}.llama_405b") for name in rivals}
    assert {name for name in rivals if odds[name] < 0.5} == {"leased", "signed"}
    assert max(value(numbers, f"race.p_owned_before_{name}.run_5e26") for name in rivals) < 0.25


# --- what moves and spreads the odds -------------------------------------------------------------


def test_the_grant_moves_the_odds_and_the_grid_does_not(tables: Facts, drawn: Drawn) -> None:
    """'Against the campus ... whether a share is granted'; 'even with short waits ... behind'."""
    granted = {"owned.granted", "owned.never_granted"}
    assert widest(tables, BEFORE, 2) == granted
    assert widest(tables, BEFORE, 3) == {*granted, "owned.share"}
    assert widest(tables, FIRST, 3) == {"owned.granted", "owned.share", "owned.grant_months"}
    bars = tables["tornado"]
    named = " ".join(bars["input"])
    assert "grid" not in named and "region" not in named and "drawn_years" not in named
    waits, race = drawn.inputs()["grid.common_delay"], drawn.race
    for place in sensitivity.places(waits):
        moved = sensitivity.values_at(race.params, waits, place.quantile)
        changed = sensitivity.with_values(race.params, moved)
        assert race.finish("campus", changed) - race.finish("owned", changed) > 2
    flags = bars[(bars["range"] == "yes or no") & bars["input"].str.startswith("owned.")]
    assert (flags["low"] > flags["high"]).all()


def test_a_later_decision_favours_routes_with_calendars_of_their_own(drawn: Drawn) -> None:
    """'The gigafactory and the signed projects follow calendars ... that do not wait for it'."""
    column = drawn.inputs()["race.decision_date"].column
    lost = {}
    points = drawn.points[:2048].copy()
    for end in (0.1, 0.9):
        points[:, column] = end
        done = drawn.race.finishes(points)
        for row, name in enumerate(ROUTES):
            lost[name] = (done[0] < done[row]).mean() - lost.get(name, 0.0)
    assert sorted(lost, key=lambda name: lost[name])[:2] == ["gigafactory", "signed"]
    assert lost["signed"] < -0.1
    assert min(lost["leased"], lost["new_medium"], lost["campus"]) > -0.05


def test_what_is_granted_and_built_spreads_the_date_most(numbers: Numbers, tables: Facts) -> None:
    """'Whether routes are granted and built spreads the date ... most', 'the terms ... as much'."""
    words = [group.replace(" ", "_") for group in GROUPS]
    date_, win = (
        {word: value(numbers, f"sensitivity.{stem}.{word}") for word in words}
        for stem in ("total_order", "win_total_order")
    )
    assert max(date_, key=lambda word: date_[word]) == "never_built"
    assert max(date_, key=lambda word: date_[word] * (word != "never_built")) == "terms"
    assert set(sorted(win, key=lambda word: -win[word])[:2]) == {"terms", "never_built"}
    assert win["grid"] < 0.03 and win["common_delay"] < 0.03
    built = "whether a route is granted or built"
    assert largest(tables, "date_orders", 1) == [built]
    assert built in largest(tables, "win_orders", 2)


def test_first_orders_of_the_first_place_are_small(tables: Facts) -> None:
    """'There most first orders are small: inputs decide together'."""
    alone, total = (tables["win_orders"][order] for order in ("first", "total"))
    assert (alone < 0.05).mean() > 0.5 and alone.sum() < 0.6
    assert total.sum() > 1.5


def test_single_inputs_spread_the_date_and_the_first_place(tables: Facts) -> None:
    """'the grant itself spreads the date most; ... the months until the grant and the share do'."""
    granted = [f"{OURS}: granted"]
    assert largest(tables, "input_orders", 1, "date of the public machines") == granted
    months = {f"{OURS}: grant months", f"{OURS}: share"}
    assert set(largest(tables, "input_orders", 2, "first of all")) == months


# --- what turns the order, and what to know ------------------------------------------------------


def test_no_range_flips_the_order(numbers: Numbers, tables: Facts) -> None:
    """'no range of a number closes that'; 'With a little more share, or a grant'."""
    assert value(numbers, "sensitivity.flips_within_range") == 0
    found = tables["nearest_flips"].set_index("input")
    share, months = (found.loc[f"owned.{name}"] for name in ("share", "grant_months"))
    assert 10 < float(share["first_at"].removesuffix(" %")) < 11
    assert 11 < float(months["first_at"]) < 12
    assert value(numbers, "race.owned_before_campus_months") > 24


def test_the_campus_is_first_where_nothing_is_granted(numbers: Numbers, tables: Facts) -> None:
    """'when the share is not granted and the campus is built'; 'a weak sign'."""
    found = tables["boxes"].set_index("draws")
    limits = "public machines: granted: no; gigawatt campus: built: yes"
    assert found.loc["as drawn", "limits"] == limits
    assert value(numbers, "sensitivity.box_coverage") > 0.5
    assert value(numbers, "sensitivity.box_density") > 0.9
    both = found.loc["both granted and built"]
    assert both["limits"].startswith("public machines: share up to")
    assert both["density"] < 0.5


def test_without_facts_the_choice_is_the_surest_route(
    tables: Facts, drawn: Drawn, central: Params
) -> None:
    """'takes the new medium sites ...'; 'Whether a quicker route comes off is worth most'."""
    worth = sensitivity.utilities(drawn.finishes, routes.horizon_years(central))
    assert list(ROUTES)[int(np.argmax(worth.mean(axis=0)))] == "new_medium"
    found = tables["information"]
    assert found["kind"].tolist()[:4] == ["event"] * 4
    assert found["input"].iloc[0] == "leased.built"
    assert set(found["input"][:3]) == {"leased.built", "signed.built", "owned.granted"}
    months = found.set_index("input")["months"]
    counts = found[found["kind"] == "number"]
    assert counts["months"].max() < months["owned.granted"] / 2
    assert counts["input"].str.contains("never").any()
    assert months.iloc[0] - months.iloc[1] > 2 * found["se"].iloc[0]


def test_blocks_have_the_smallest_error(tables: Facts) -> None:
    """fig-convergence: 'Blocks need a fraction of the draws of independent ones'."""
    times = tables["settling"].groupby("way")["times"]
    assert times.min()["independent draws"] > 5
    assert times.min()["independent, odds counted"] > 1
    assert times.last()["independent, odds counted"] > 2


def test_a_month_grid_is_late(numbers: Numbers) -> None:
    """'its dates would be ... months late on average'."""
    assert 0.25 < value(numbers, "sensitivity.month_grid_months_late") < 0.75
