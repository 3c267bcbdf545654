"""The cards of the countries, and what the bill of the public machines is made of."""

from __future__ import annotations

import dataclasses
import math

import pytest

from euromesh import ledger, routes
from euromesh.facts import Facts
from euromesh.ledger import Bill
from euromesh.records import Params
from tests.strategies import changed, values


def bill(params: Params) -> Bill:
    route, target = routes.owned(params), params.targets["llama_405b"]
    return ledger.owned_bill(params, route, target, routes.finish(route, target, params))


def test_a_host_without_a_row_is_priced_as_the_stand_in(central: Params) -> None:
    without = {k: v for k, v in central.countries.items() if k != "de"}
    standing = changed(central, "costs", unlisted_country="se")
    swedish = {**central.countries, "de": central.countries["se"]}
    here, there = (
        dataclasses.replace(params, countries=rows)
        for params, rows in ((standing, without), (central, swedish))
    )
    assert bill(here) == bill(there)


def test_a_run_that_never_finishes_has_no_bill() -> None:
    idle = values(Facts("central", {"owned.share": 0.0}), "owned_bill")
    assert len(idle) == 7 and set(idle.values()) == {"never"}


def test_every_country_has_a_card_and_those_with_a_lead_time_a_score() -> None:
    facts = Facts()
    cards, scores = facts["cards"], facts["scores"]
    assert cards["row"].tolist() == list(facts.params.countries)
    assert set(scores["row"]) == set(cards.dropna(subset="lead_years")["row"])
    assert scores["score"].between(facts.params.goalposts.floor, 1).all()
    assert scores.sort_values("rank")["score"].is_monotonic_decreasing
    told = values(facts, "rank_changes", "carbon_spread")
    assert told["scorecard.rank_changes"] == (scores["rank"] != scores["arithmetic_rank"]).sum()
    assert told["scorecard.carbon_spread"] > 1


def test_a_score_is_the_geometric_mean_of_its_marks(central: Params) -> None:
    cards = ledger.cards(central, central.targets["llama_405b"])
    marks = ledger.marks(central, cards)["fr"]
    cheapest = min(card.cost_meur for card in cards.values())
    share = 8.76 / 438.6
    assert marks == pytest.approx(
        (
            1 - 3.0 / 10,
            2 - cards["fr"].cost_meur / cheapest,
            1 - 41.5 / 600,
            1 - math.log(share / 0.01) / math.log(100),
        )
    )
    score = Facts()["scores"].set_index("row")["score"]["fr"]
    assert score == pytest.approx(math.prod(marks) ** 0.25)
