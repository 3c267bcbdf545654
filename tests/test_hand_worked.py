"""Sites, bills and headlines worked out by hand from the central parameters."""

import dataclasses
import math
from collections.abc import Callable
from datetime import date
from typing import TypeAlias

import pytest

from euromesh import ledger, routes, units
from euromesh.fleet import Site, run_mfu_one
from euromesh.records import Params
from euromesh.records.tables import Target
from tests.strategies import changed, hand_site

Value: TypeAlias = Callable[[str], float]

CRF_SIX_YEARS = 0.07 / (1 - 1.07**-6)


@pytest.fixture(scope="module")
def held(central: Params) -> list[tuple[Site, float]]:
    route, target = routes.owned(central), central.targets["llama_405b"]
    return ledger.held_hours(route, target, routes.finish(route, target, central), central)


def test_a_tranche_of_the_campus(central: Params) -> None:
    """250 MW / PUE / 2.625 kW of Rubin, half a year after power, with tokens to spare."""
    site = routes.campus(central).sites[0]
    regions = {row.region for row in routes.seven_leads(central, 1000.0)}
    pue = sum(routes.region_pue(central, region) for region in regions) / 7
    assert site.n_accel == pytest.approx(250_000 / pue / 2.625)
    assert site.start_years == pytest.approx(37.5 / 7 + 0.5)
    assert site.mfu == run_mfu_one(central.mfu_runs["rubin_planned"])
    assert site.mfu > central.mfu_runs["rubin_planned"].mfu


def test_a_new_site_pays_for_its_cooling(central: Params) -> None:
    site = routes.new_medium(central).sites[0]
    assert site.n_accel == pytest.approx(40_000 / routes.region_pue(central, "nordics") / 2.625)
    assert site.start_years == pytest.approx(2.5 + 0.5)


def test_an_owned_machine_waits_for_the_grant_and_the_port(central: Params) -> None:
    """Twelve months, the port beside them; after them, one for CUDA and four for ROCm."""
    porting = dataclasses.replace(central.owned.porting, beside=False)
    after = dataclasses.replace(central, owned=dataclasses.replace(central.owned, porting=porting))
    for params, cuda, rocm in ((central, 12, 12), (after, 13, 16)):
        sites = {(s.place, round(s.n_accel, 1)): s for s in routes.owned(params).sites}
        assert sites["Jülich", 2353.6].start_years == pytest.approx(cuda / 12)
        assert sites["Kajaani", 1191.2].start_years == pytest.approx(rocm / 12)


def test_the_federation_steps_while_its_sites_are_up(central: Params) -> None:
    """T = 6 N B / sum (r / g): the step time holds no goodput, and no other loss of the whole."""
    target = central.targets["llama_405b"]
    route = routes.owned(central)
    team = routes.finish(route, target, central).federation
    per_step = 6 * 405e9 * team.batch_tokens
    rate = team.flop_per_s / team.efficiency / central.owned.goodput
    assert team.step_seconds == pytest.approx(per_step / rate)


def test_the_bill_of_the_owned_machines(
    central: Params, held: list[tuple[Site, float]], value: Value
) -> None:
    costs = central.costs
    pflop_hours = math.fsum(hours * s.peak_flop_per_s / 1e15 for s, hours in held)
    full = pflop_hours * 21_469 * CRF_SIX_YEARS / (8760 * 0.85) / 1e6
    rent = pflop_hours * 2.375 * costs.eur_per_usd / 1e6
    kwh = math.fsum(hours * s.it_kw * central.countries[s.country].pue for s, hours in held)
    power = math.fsum(
        hours * s.it_kw * c.pue * (w + 0.75 * (c.industrial_eur_per_mwh - w)) / 1000
        for s, hours in held
        for c in [central.countries[s.country]]
        for w in [c.wholesale_eur_per_mwh]
    )
    assert value("owned.full_meur") == pytest.approx(full)
    assert value("owned.market_meur") == pytest.approx(rent)
    assert value("owned.avoidable_meur") == pytest.approx(power / 1e6 + 0.5 * rent)
    assert value("owned.energy_gwh") == pytest.approx(kwh / 1e6)
    assert value("owned.full_meur_per_1e25_flop") == pytest.approx(full / 3.8)


def test_the_carbon_of_the_owned_machines(
    central: Params, held: list[tuple[Site, float]], value: Value
) -> None:
    embodied = central.carbon.embodied_kg_per_accel * 1000 / (8760 * 0.85 * 6)
    grams = math.fsum(
        hours * (s.it_kw * c.pue * 1.25 * c.generation_g_per_kwh + embodied)
        for s, hours in held
        for c in [central.countries[s.country]]
    )
    assert value("owned.tonnes") == pytest.approx(grams / 1e6)


def test_the_card_of_france(central: Params, value: Value) -> None:
    """Accelerator-hours of the run on one site, times what an hour costs and emits there."""
    country, target = central.countries["fr"], central.targets["llama_405b"]
    site = ledger.reference_site(central, country)
    hours = target.training_flop / ledger.site_rate(central, site, target) / 3600 * site.n_accel
    power = ledger.power_eur_hour(central, country, site.it_kw)
    eur = ledger.accel_hour_eur(central, country, site, power)
    embodied = central.carbon.embodied_kg_per_accel * 1000 / (8760 * 0.85 * 5)
    grams = site.it_kw * 1.17 * 1.25 * 41.5 + embodied
    consumed = site.it_kw * 1.17 * 1.25 * country.consumption_g_per_kwh + embodied
    assert value("scorecard.fr.cost_meur") == pytest.approx(hours * eur / 1e6)
    assert value("scorecard.fr.generation_tonnes") == pytest.approx(hours * grams / 1e6)
    assert value("scorecard.fr.consumption_tonnes") == pytest.approx(hours * consumed / 1e6)


def test_the_frontier_at_the_finish(central: Params, value: Value) -> None:
    """From 9 July 2025 and 23 July 2024 to the finish, in years of 365.25 days."""
    target = central.targets["llama_405b"]
    done = routes.finish(routes.owned(central), target, central).finish_years
    since_largest = done + 541 / 365.25
    lag = since_largest + math.log(5e26 / 3.8e25) / math.log(4.5)
    effective = 2.8 ** (done + 892 / 365.25)
    assert value("frontier.central_lag_months.owned") == pytest.approx(12 * lag)
    assert value("frontier.gap.owned") == pytest.approx(5e26 * 4.5**since_largest / 3.8e25)
    assert value("frontier.effective_over_reference.owned") == pytest.approx(effective)


def test_units_of_the_headlines(value: Value) -> None:
    assert value("campus.grid_months") == pytest.approx(37.5 / 7 * 12)
    assert value("efficiency.replica_memory_405b_tb") == pytest.approx(10.757, abs=1e-3)
    assert value("substrate.contracted_bf16_eflops") == pytest.approx(78.9, abs=0.05)
    goodput, sites = 0.872, value("owned.replicas_at_finish")
    assert value("owned.all_up_share") == pytest.approx(goodput**sites)


# --- a federation to the day ---------------------------------------------------------------------

EXAFLOP_DAY = 1e18 * 86400
KAPPA_TWO, KAPPA_THREE = 1.177342, 1.295322  # 2^x and 3^x at x = 2 x 0.0116 / 0.0985


def place(name: str, start_day: float, end_day: float, exaflop_per_s: float) -> Site:
    start, end = start_day / 365.25, end_day / 365.25
    rate = {"peak_flop_per_s": 2.5e15, "mfu": 0.5, "goodput": 0.8}
    return hand_site(name, start, end, n_accel=1000 * exaflop_per_s, **rate)


THREE_PLACES = routes.Route(
    sites=(place("a", 100, 1200, 1), place("b", 400, math.inf, 1), place("c", 800, math.inf, 2))
)


def penalty_alone(params: Params, law: str) -> Params:
    """A run that only its penalty slows: no wait for data, for a quorum or for the slowest."""
    training = {"wan_gbit_per_s": 1e12, "wan_latency_seconds": 0.0, "quorum": 0.0}
    steady = changed(params, "training", **training, step_jitter=0.0, saturation=1.0)
    return changed(steady, "penalty", law=law, inner_steps_exponent=0.0)


def days_to(exaflop_days: float, route: routes.Route, params: Params) -> float:
    """Days from the decision to the end of a run of 100 billion parameters."""
    target = Target(
        name="days", training_flop=exaflop_days * EXAFLOP_DAY, n_params=1e11, n_active=None
    )
    return routes.finish(route, target, params).finish_years * 365.25


def test_three_places_with_a_penalty_to_the_day(central: Params) -> None:
    """Place a alone for 300 days, two places for 400, three for 400, then two without a.

    300 + 400 x 2 / 1.1773 + 400 x 4 / 1.2953 = 2214.7; the rest at 3 / 1.1773 a day.
    """
    here = penalty_alone(central, "joint_vs_one")
    two, three = 2 / KAPPA_TWO, 4 / KAPPA_THREE
    assert days_to(200, THREE_PLACES, here) == pytest.approx(300, abs=1e-3)
    assert days_to(600, THREE_PLACES, here) == pytest.approx(400 + 300 / two, abs=1e-3)
    assert days_to(2000, THREE_PLACES, here) == pytest.approx(
        800 + (2000 - 300 - 400 * two) / three, abs=1e-3
    )
    last = days_to(3000, THREE_PLACES, here)
    left = 3000 - 300 - 400 * two - 400 * three
    assert last == pytest.approx(1200 + left / (3 / KAPPA_TWO), abs=1e-2)
    assert math.floor(last) == 1508
    assert units.date_after(date(2027, 1, 1), last / 365.25) == date(2031, 2, 17)


def test_the_three_places_without_a_penalty_or_as_one_building(central: Params) -> None:
    """300 + 400 x 2 + 400 x 4 = 2700 on day 1200, and three a day after it."""
    free = penalty_alone(central, "none")
    assert days_to(2700, THREE_PLACES, free) == pytest.approx(1200, abs=1e-6)
    assert days_to(3000, THREE_PLACES, free) == pytest.approx(1300, abs=1e-6)
    together = dataclasses.replace(THREE_PLACES, one_building=True)
    here = penalty_alone(central, "joint_vs_one")
    assert days_to(3000, together, here) == pytest.approx(1300, abs=1e-6)


def test_a_slow_place_stays_out_while_its_penalty_costs_more_than_it_brings(
    central: Params,
) -> None:
    """1.1 places' rate over 1.1773 is less than 1: the slow place joins nobody."""
    here = penalty_alone(central, "joint_vs_one")
    slow = place("slow", 0, math.inf, 0.1)
    with_slow = routes.Route(sites=(place("a", 100, math.inf, 1), slow))
    assert days_to(400, with_slow, here) == pytest.approx(100 + 390, abs=1e-6)
