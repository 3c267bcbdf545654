"""Comparatives of the page on uncertainty, so that it fails when a result flips.

Each test quotes the words of the page that it holds.
"""

from __future__ import annotations

import numpy as np
import pytest

from euromesh import routes, sensitivity
from euromesh.facts import Facts
from euromesh.facts.uncertainty import BEFORE, FIRST, Drawn, draw
from euromesh.records import Params
from euromesh.records.tree import with_values
from euromesh.routes import ROUTES
from euromesh.sensitivity.points import SAMPLE
from tests.stating import headline

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def drawn(central: Params) -> Drawn:
    """The draws of the page."""
    return draw(central, SAMPLE)


def widest(facts: Facts, outcome: str, n: int) -> set[str]:
    """The inputs of the widest bars."""
    bars = facts["tornado"]
    return set(bars[bars["outcome"] == outcome].nlargest(n, "swing")["input"])


# --- dates, and who is first ---------------------------------------------------------------------


def test_the_lead_of_the_hall_is_larger_than_its_error() -> None:
    """'The lead of the private clusters ... rests on ranges that we assume, not on luck'."""
    found = [
        [headline(f"race.p_{name}_first.llama_405b{end}") for end in ("", "_se")] for name in ROUTES
    ]
    (second, its_error), (first, error) = sorted(found)[-2:]
    assert first - second > 2 * (its_error + error)


def test_the_grant_moves_the_odds_and_the_grid_does_not(facts: Facts, drawn: Drawn) -> None:
    """'Against the campus ... whether a share is granted'; 'even with short waits ... behind'."""
    granted = {"owned.granted", "owned.never_granted"}
    assert widest(facts, BEFORE, 2) == granted
    assert widest(facts, BEFORE, 3) == {*granted, "owned.share"}
    assert widest(facts, FIRST, 3) == {"owned.granted", "owned.share", "owned.grant_months"}
    bars = facts["tornado"]
    named = " ".join(bars["input"])
    assert "grid" not in named and "region" not in named and "drawn_years" not in named
    waits, race = drawn.inputs["grid.common_delay"], drawn.race
    for place in sensitivity.places(waits):
        moved = sensitivity.values_at(race.params, waits, place.quantile)
        changed = with_values(race.params, moved)
        assert race.finish("campus", changed) - race.finish("owned", changed) > 2
    flags = bars[(bars["range"] == "yes or no") & bars["input"].str.startswith("owned.")]
    assert (flags["low"] > flags["high"]).all()


def test_a_later_decision_favours_routes_with_calendars_of_their_own(drawn: Drawn) -> None:
    """'The gigafactory and the signed projects follow calendars ... that do not wait for it'."""
    column = drawn.inputs["race.decision_date"].column
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


def test_first_orders_of_the_first_place_are_small(facts: Facts) -> None:
    """'Most first orders are small there: inputs decide together'."""
    alone, total = (facts["win_orders"][order] for order in ("first", "total"))
    assert (alone < 0.05).mean() > 0.5 and alone.sum() < 0.6
    assert total.sum() > 1.5


# --- what turns the order, and what to know ------------------------------------------------------


def test_the_campus_is_first_where_nothing_is_granted(facts: Facts) -> None:
    """'when the share is not granted and the campus is built'; 'a weak sign'."""
    found = facts["boxes"].set_index("draws")
    limits = "share granted: no; gigawatt campus: built: yes"
    assert found.loc["as drawn", "limits"] == limits
    both = found.loc["both granted and built"]
    assert both["limits"].startswith("share of the public machines up to")
    assert both["density"] < 0.5


def test_without_facts_the_choice_is_the_surest_route(
    facts: Facts, drawn: Drawn, central: Params
) -> None:
    """'takes the new medium sites ...'; 'It is worth most to know whether a quicker route ...'."""
    worth = sensitivity.utilities(drawn.finishes, routes.horizon_years(central))
    assert list(ROUTES)[int(np.argmax(worth.mean(axis=0)))] == "new_medium"
    found = facts["information"]
    events = ["private.built", "leased.built", "signed.built", "owned.granted"]
    assert found["kind"].tolist()[: len(events)] == ["event"] * len(events)
    assert found["input"].iloc[0] == events[0] and set(found["input"][: len(events)]) == {*events}
    months = found.set_index("input")["months"]
    counts = found[found["kind"] == "number"]
    assert counts["months"].max() < months["owned.granted"] / 2
    assert counts["input"].str.contains("never").any()
    assert months.iloc[0] - months.iloc[1] > 2 * found["se"].iloc[0]


def test_blocks_have_the_smallest_error(facts: Facts) -> None:
    """fig-convergence: 'Blocks need a fraction of the draws of independent ones'."""
    times = facts["settling"].groupby("way")["times"]
    assert times.min()["independent draws"] > 4
    assert times.min()["independent, odds counted"] > 1
    assert times.last()["independent, odds counted"] > 2
