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


def test_the_held_compute_is_the_run(central: Params) -> None:
    """What the machines deliver before penalty, waiting and batch gate exceeds the run."""
    route, target = routes.owned(central), central.targets["llama_405b"]
    done = routes.finish(route, target, central)
    held = ledger.held_hours(route, target, done, central)
    raw = math.fsum(h * 3600 * s.peak_flop_per_s * s.mfu * s.goodput for s, h in held)
    team = done.federation
    last_efficiency = team.saturation * team.utilization / team.penalty
    assert raw * last_efficiency == pytest.approx(target.training_flop, rel=0.15)


def test_the_bill_scales_with_its_prices(central: Params) -> None:
    once, costs = bill(central), central.costs
    dear = bill(
        changed(
            central,
            "costs",
            owned_eur_per_pflop_per_s=2 * costs.owned_eur_per_pflop_per_s,
            market_usd_per_pflop_hour=2 * costs.market_usd_per_pflop_hour,
        )
    )
    assert dear.full_meur == pytest.approx(2 * once.full_meur)
    assert dear.market_meur == pytest.approx(2 * once.market_meur)
    assert dear.energy_gwh == once.energy_gwh


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


def test_dearer_power_and_dirtier_power_cost_and_emit_more(central: Params) -> None:
    target = central.targets["llama_405b"]
    country = central.countries["fr"]
    worse = dataclasses.replace(
        country,
        wholesale_eur_per_mwh=country.wholesale_eur_per_mwh + 50,
        industrial_eur_per_mwh=country.industrial_eur_per_mwh + 50,
        generation_g_per_kwh=country.generation_g_per_kwh + 100,
    )
    before, after = (ledger.country_card(central, c, None, target) for c in (country, worse))
    assert after.cost_meur > before.cost_meur
    assert after.generation_tonnes > before.generation_tonnes
    assert after.consumption_tonnes == before.consumption_tonnes
