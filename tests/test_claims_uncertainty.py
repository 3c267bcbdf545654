"""Comparatives of the page on uncertainty, so that it fails when a result flips.

Each test quotes the words of the page that it holds.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from euromesh import routes, sensitivity
from euromesh.frames import turns
from euromesh.frames import uncertainty as frames
from euromesh.records import Params
from euromesh.report import Number
from euromesh.report.drivers import OF_THE_RACE
from euromesh.report.spread import SEED
from euromesh.routes import ROUTES

pytestmark = pytest.mark.slow

Numbers = dict[str, Number]
OURS = "public machines"
RUNS = ("ai_act", "original", "llama_405b", "run_1e26", "run_5e26")  # the smallest first


def value(numbers: Numbers, key: str) -> float:
    return float(numbers[key].value)


def first(numbers: Numbers, run: str) -> dict[str, float]:
    return {name: value(numbers, f"race.p_{name}_first.{run}") for name in ROUTES}


@pytest.fixture(scope="module")
def drawn(central: Params) -> frames.Drawn:
    """The draws of the page."""
    return frames.draw(central, OF_THE_RACE, SEED)


@pytest.fixture(scope="module")
def runs(central: Params) -> list[tuple[frames.Plan, frames.Tally]]:
    return frames.tallies(central, SEED)


@pytest.fixture(scope="module")
def bars(drawn: frames.Drawn, runs: list[tuple[frames.Plan, frames.Tally]]) -> pd.DataFrame:
    return frames.tornado(drawn, runs[-1], 10)


@pytest.fixture(scope="module")
def shares(drawn: frames.Drawn) -> pd.DataFrame:
    return frames.orders(drawn, OF_THE_RACE, 8)


def widest(bars: pd.DataFrame, outcome: str, n: int) -> set[str]:
    """The inputs of the widest bars, without their ranges."""
    found = bars[bars["outcome"] == outcome].nlargest(n, "swing")["input"]
    return {name.split(", ")[0] for name in found}


def largest(shares: pd.DataFrame, outcome: str, kind: str, n: int) -> list[str]:
    """The sets with the largest total order."""
    found = shares[
        (shares["outcome"] == outcome) & (shares["kind"] == kind) & (shares["order"] == "total")
    ]
    return found.nlargest(n, "value")["name"].tolist()


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


def test_the_quickest_routes_are_not_the_surest(
    numbers: Numbers, runs: list[tuple[frames.Plan, frames.Tally]]
) -> None:
    """fig-odds-over-time: 'The leased hall, public machines and signed projects lead at first'."""
    found = frames.curves(*runs[-1])
    found["date"] = pd.to_datetime(found["date"])
    at = {
        year: found[found["date"] <= pd.Timestamp(date(year, 12, 31))]
        .groupby("route")["share"]
        .max()
        .sort_values(ascending=False)
        for year in (2028, 2029, 2032)
    }
    leaders = {ROUTES[name].label for name in ("leased", "owned", "signed")}
    assert set(at[2028].index[:3]) == set(at[2029].index[:3]) == leaders
    assert at[2032].index[0] == "new medium sites"
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


def test_the_grant_moves_the_odds_and_the_grid_does_not(
    bars: pd.DataFrame, drawn: frames.Drawn
) -> None:
    """'Against the campus ... whether a share is granted'; 'even with short waits ... behind'."""
    granted, never = f"{OURS}: granted", f"{OURS}: never granted"
    assert widest(bars, "before the campus", 2) == {granted, never}
    assert widest(bars, "before the campus", 3) == {granted, never, f"{OURS}: share"}
    first_place = {granted, f"{OURS}: share", f"{OURS}: grant months"}
    assert widest(bars, "first of all", 3) == first_place
    named = " ".join(bars["input"])
    assert "grid" not in named and "region" not in named and "drawn years" not in named
    waits = drawn.inputs()["grid.common_delay"]
    bar = sensitivity.central_bar(drawn.race.lead_months, drawn.race.params, waits)
    assert min(end.outcome for end in bar.ends) > 24
    flags = bars[bars["input"].str.endswith("yes or no") & bars["input"].str.startswith(OURS)]
    assert (flags["low"] > flags["high"]).all()


def test_a_later_decision_favours_routes_with_calendars_of_their_own(drawn: frames.Drawn) -> None:
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


def test_what_is_granted_and_built_spreads_the_date_most(
    numbers: Numbers, shares: pd.DataFrame
) -> None:
    """'Whether routes are granted and built spreads the date ... most', 'the terms ... as much'."""
    words = [group.replace(" ", "_") for group in OF_THE_RACE]
    date_, win = (
        {word: value(numbers, f"sensitivity.{stem}.{word}") for word in words}
        for stem in ("total_order", "win_total_order")
    )
    assert max(date_, key=lambda word: date_[word]) == "never_built"
    assert max(date_, key=lambda word: date_[word] * (word != "never_built")) == "terms"
    assert set(sorted(win, key=lambda word: -win[word])[:2]) == {"terms", "never_built"}
    assert win["grid"] < 0.03 and win["common_delay"] < 0.03
    built = "whether a route is granted or built"
    assert largest(shares, "date of the public machines", "group", 1) == [built]
    assert built in largest(shares, "first of all", "group", 2)


def test_first_orders_of_the_first_place_are_small(shares: pd.DataFrame) -> None:
    """'There most first orders are small: inputs decide together'."""
    found = shares[(shares["outcome"] == "first of all") & (shares["kind"] == "group")]
    alone = found[found["order"] == "first"]["value"]
    assert (alone < 0.05).mean() > 0.5 and alone.sum() < 0.6
    assert found[found["order"] == "total"]["value"].sum() > 1.5


def test_single_inputs_spread_the_date_and_the_first_place(shares: pd.DataFrame) -> None:
    """'the grant itself spreads the date most; ... the months until the grant and the share do'."""
    assert largest(shares, "date of the public machines", "input", 1) == [f"{OURS}: granted"]
    months = {f"{OURS}: grant months", f"{OURS}: share"}
    assert set(largest(shares, "first of all", "input", 2)) == months


# --- what turns the order, and what to know ------------------------------------------------------


def test_no_range_flips_the_order_and_all_that_flip_are_shown(
    numbers: Numbers, drawn: frames.Drawn
) -> None:
    """'no range of a number closes that'; 'With a little more share, or a grant'."""
    assert value(numbers, "sensitivity.flips_within_range") == 0
    found = turns.flips(drawn, 8).set_index("input")
    flipping = found[found["flips at"] != "never"]
    assert len(flipping) == value(numbers, "sensitivity.flips_beyond")
    assert len(flipping) < len(found)
    share, months = (found.loc[f"{OURS}: {name}"] for name in ("share", "grant months"))
    assert 10 < float(share["first place at"].removesuffix(" %")) < 11
    assert 11 < float(months["first place at"]) < 12
    assert value(numbers, "race.owned_before_campus_months") > 24


def test_the_campus_is_first_where_nothing_is_granted(
    numbers: Numbers, drawn: frames.Drawn
) -> None:
    """'when the share is not granted and the campus is built'; 'a weak sign'."""
    found = turns.boxes(drawn).set_index("draws")
    limits = "public machines: granted: no; gigawatt campus: built: yes"
    assert found.loc["as drawn", "limits"] == limits
    assert value(numbers, "sensitivity.box_coverage") > 0.5
    assert value(numbers, "sensitivity.box_density") > 0.9
    both = found.loc["both granted and built"]
    assert both["limits"].startswith("public machines: share up to")
    assert float(both["density"].removesuffix("%")) < 50


def test_without_facts_the_choice_is_the_surest_route(
    numbers: Numbers, drawn: frames.Drawn, central: Params
) -> None:
    """'takes the new medium sites ...'; 'Whether a quicker route comes off is worth most'."""
    worth = sensitivity.utilities(drawn.finishes, routes.horizon_years(central))
    assert list(ROUTES)[int(np.argmax(worth.mean(axis=0)))] == "new_medium"
    found = frames.information(drawn, 5)
    assert found["what it is"].tolist()[:4] == ["event"] * 4
    assert found["known first"].iloc[0] == "leased hall: built"
    quicker = {f"{ROUTES[name].label}: built" for name in ("leased", "signed")}
    assert {*quicker, f"{OURS}: granted"} == set(found["known first"][:3])
    assert found["months saved"].max() < value(numbers, "voi.perfect")
    grant = found[found["known first"] == f"{OURS}: granted"]["months saved"].iloc[0]
    counts = found[found["what it is"] == "number"]
    assert counts["months saved"].max() < grant / 2
    assert counts["known first"].str.contains("never").any()
    best, error = found[["months saved", "standard error"]].iloc[0]
    assert best - found["months saved"].iloc[1] > 2 * error


def test_blocks_have_the_smallest_error(
    numbers: Numbers, drawn: frames.Drawn, runs: list[tuple[frames.Plan, frames.Tally]]
) -> None:
    """fig-convergence: 'Blocks need a fraction of the draws of independent ones'."""
    found = frames.convergence(runs, drawn)
    assert (found[found["way"] == "independent draws"]["times"] > 5).all()
    counted = found[found["way"] == "independent, odds counted"]["times"]
    assert (counted > 1).all() and counted.iloc[-1] > 2
    ours = found[found["estimate"].notna()].iloc[-1]
    published = value(numbers, "race.p_owned_before_campus.llama_405b")
    assert ours["estimate"] == published
    assert ours["error"] == value(numbers, "race.p_owned_before_campus.llama_405b_se")


def test_one_ensemble_makes_every_probability_of_the_page(
    numbers: Numbers,
    drawn: frames.Drawn,
    runs: list[tuple[frames.Plan, frames.Tally]],
    bars: pd.DataFrame,
) -> None:
    """No two pages give two numbers for one thing."""
    ends = frames.curves(*runs[-1]).groupby("route").last()
    for name, kind in ROUTES.items():
        assert ends.loc[kind.label, "never"] == value(numbers, f"{name}.never_share")
    for outcome, key in zip(frames.VERDICTS, ("before_campus", "first"), strict=True):
        published = value(numbers, f"race.p_owned_{key}.llama_405b")
        assert set(bars[bars["outcome"] == outcome]["mean"]) == {published}
    box = turns.boxes(drawn).set_index("draws").loc["as drawn"]
    for word in ("coverage", "density"):
        assert box[word] == f"{value(numbers, f'sensitivity.box_{word}'):.0%}"
    found = frames.information(drawn, 5).set_index("known first")["months saved"]
    assert found["leased hall: built"] == value(numbers, "voi.leased.built")


def test_a_month_grid_is_late(numbers: Numbers) -> None:
    """'its dates would be ... months late on average'."""
    assert 0.25 < value(numbers, "sensitivity.month_grid_months_late") < 0.75
