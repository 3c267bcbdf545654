"""Bills and cards, against hand-worked sums."""

import dataclasses
import math

import pytest

from euromesh import ledger, routes
from euromesh.records import Params


@pytest.fixture(scope="module")
def run(central: Params) -> tuple[routes.Route, routes.Finish]:
    route = routes.owned(central)
    return route, routes.finish(route, central.targets["llama_405b"], central)


def test_the_hours_held_are_accelerators_times_time(
    central: Params, run: tuple[routes.Route, routes.Finish]
) -> None:
    route, done = run
    held = ledger.held_hours(route, central.targets["llama_405b"], done, central)
    longest = done.compute_days * 24
    for site in {site for site, _ in held}:
        hours = math.fsum(h for s, h in held if s is site)
        assert 0 < hours <= site.n_accel * longest * (1 + 1e-9)
    assert {s.place for s, _ in held} >= set(done.federation.places)


def test_the_held_compute_is_the_run(
    central: Params, run: tuple[routes.Route, routes.Finish]
) -> None:
    """What the machines deliver before penalty, waiting and batch gate exceeds the run."""
    route, done = run
    target = central.targets["llama_405b"]
    held = ledger.held_hours(route, target, done, central)
    raw = math.fsum(h * 3600 * s.peak_flop_per_s * s.mfu * s.goodput for s, h in held)
    team = done.federation
    last_efficiency = team.saturation * team.utilization / team.penalty
    assert raw > target.training_flop
    assert raw * last_efficiency == pytest.approx(target.training_flop, rel=0.15)


def test_the_bill_scales_with_its_prices(
    central: Params, run: tuple[routes.Route, routes.Finish]
) -> None:
    route, done = run
    target = central.targets["llama_405b"]
    once = ledger.owned_bill(central, route, target, done)
    costs = dataclasses.replace(
        central.costs,
        owned_eur_per_pflop_per_s=2 * central.costs.owned_eur_per_pflop_per_s,
        market_usd_per_pflop_hour=2 * central.costs.market_usd_per_pflop_hour,
    )
    dear = ledger.owned_bill(dataclasses.replace(central, costs=costs), route, target, done)
    assert dear.full_meur == pytest.approx(2 * once.full_meur)
    assert dear.market_meur == pytest.approx(2 * once.market_meur)
    assert dear.energy_gwh == once.energy_gwh


def test_a_host_without_a_row_is_priced_as_the_stand_in(
    central: Params, run: tuple[routes.Route, routes.Finish]
) -> None:
    route, done = run
    target = central.targets["llama_405b"]
    without = {k: v for k, v in central.countries.items() if k != "de"}
    costs = dataclasses.replace(central.costs, unlisted_country="se")
    changed = dataclasses.replace(central, countries=without, costs=costs)
    swedish = {**central.countries, "de": central.countries["se"]}
    expected = ledger.owned_bill(
        dataclasses.replace(central, countries=swedish), route, target, done
    )
    assert ledger.owned_bill(changed, route, target, done) == expected


def test_a_run_that_never_finishes_has_no_bill(central: Params) -> None:
    owned = dataclasses.replace(central.owned, share=0.0)
    idle = dataclasses.replace(central, owned=owned)
    target = idle.targets["llama_405b"]
    route = routes.owned(idle)
    bill = ledger.owned_bill(idle, route, target, routes.finish(route, target, idle))
    assert math.isinf(bill.full_meur)


def test_every_country_has_a_card_and_those_with_a_lead_time_a_score(central: Params) -> None:
    cards = ledger.cards(central, central.targets["llama_405b"])
    scores = ledger.scores(central, cards)
    assert set(cards) == set(central.countries)
    assert set(scores) == {name for name, card in cards.items() if card.lead_years is not None}
    assert all(central.goalposts.floor <= score <= 1 for score in scores.values())


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


def test_an_hour_of_a_french_site_by_hand(central: Params) -> None:
    """Rubin on 25.5 USD/W of hardware and the country's building, at the central prices."""
    costs, country = central.costs, central.countries["fr"]
    site = ledger.reference_site(central, country)
    watts = site.it_kw * 1000
    crf_it = 0.07 / (1 - 1.07**-5)
    crf_facility = 0.07 / (1 - 1.07**-14)
    yearly = watts * costs.eur_per_usd * (25.5 * crf_it + 10.43 * crf_facility + 0.3)
    yearly += costs.wan_eur_per_site_year / site.n_accel
    power = site.it_kw * 1.17 * (63.2 + 0.75 * (94.2 - 63.2)) / 1000
    expected = yearly / (8760 * costs.use) + power
    power = ledger.power_eur_hour(central, country, site.it_kw)
    assert ledger.accel_hour_eur(central, country, site, power) == pytest.approx(expected)
