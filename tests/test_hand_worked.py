"""The bill of the owned machines and the days of a federation, worked out by hand."""

import dataclasses
import math

import pytest

from euromesh import ledger, routes
from euromesh.fleet import Site
from euromesh.records import Params
from euromesh.records.tables import Target
from tests.stating import headline
from tests.strategies import changed, hand_site

CRF_SIX_YEARS = 0.07 / (1 - 1.07**-6)


def test_the_federation_steps_while_its_sites_are_up(central: Params) -> None:
    """T = 6 N B / sum (r / g): the step time holds no goodput, and no other loss of the whole."""
    target = central.targets["llama_405b"]
    route = routes.owned(central)
    team = routes.finish(route, target, central).federation
    per_step = 6 * 405e9 * team.batch_tokens
    factor = routes.target_model(central, target).flop_factor
    rate = team.flop_per_s * factor / team.efficiency / central.owned.goodput
    assert team.step_seconds == pytest.approx(per_step / rate)


def test_the_bill_and_the_carbon_of_the_owned_machines(central: Params) -> None:
    route, target = routes.owned(central), central.targets["llama_405b"]
    held = ledger.held_hours(route, target, routes.finish(route, target, central), central)
    pflop_hours = math.fsum(hours * s.peak_flop_per_s / 1e15 for s, hours in held)
    full = pflop_hours * 21_469 * CRF_SIX_YEARS / (8760 * 0.85) / 1e6
    rent = pflop_hours * 2.375 * central.costs.eur_per_usd / 1e6
    kwh = math.fsum(hours * s.it_kw * central.countries[s.country].pue for s, hours in held)
    power = math.fsum(
        hours * s.it_kw * c.pue * (w + 0.75 * (c.industrial_eur_per_mwh - w)) / 1000
        for s, hours in held
        for c in [central.countries[s.country]]
        for w in [c.wholesale_eur_per_mwh]
    )
    assert headline("owned.full_meur") == pytest.approx(full)
    assert headline("owned.market_meur") == pytest.approx(rent)
    assert headline("owned.avoidable_meur") == pytest.approx(power / 1e6 + 0.5 * rent)
    assert headline("owned.energy_gwh") == pytest.approx(kwh / 1e6)
    assert headline("owned.full_meur_per_1e25_flop") == pytest.approx(full / 3.8)
    embodied = central.carbon.embodied_kg_per_accel * 1000 / (8760 * 0.85 * 6)
    grams = math.fsum(
        hours * (s.it_kw * c.pue * 1.25 * c.generation_g_per_kwh + embodied)
        for s, hours in held
        for c in [central.countries[s.country]]
    )
    assert headline("owned.tonnes") == pytest.approx(grams / 1e6)


# --- a federation to the day ---------------------------------------------------------------------

EXAFLOP_DAY = 1e18 * 86400
KAPPA_TWO, KAPPA_THREE = 1.177342, 1.295322  # 2^x and 3^x at x = 2 x 0.0116 / 0.0985


def place(name: str, start_day: float, end_day: float, exaflop_per_s: float) -> Site:
    start, end = start_day / 365.25, end_day / 365.25
    rate = {"peak_flop_per_s": 2.5e15, "mfu": 0.5, "goodput": 0.8}
    return hand_site(name, start, end, n_accel=1000 * exaflop_per_s, saturation=1.0, **rate)


THREE_PLACES = routes.Route(
    sites=(place("a", 100, 1200, 1), place("b", 400, math.inf, 1), place("c", 800, math.inf, 2))
)


def penalty_alone(params: Params, law: str) -> Params:
    """A run that only its penalty slows: no wait for data, for a quorum or for the slowest."""
    training = {"wan_gbit_per_s": 1e12, "wan_latency_seconds": 0.0, "quorum": 0.0}
    steady = changed(params, "training", **training, step_jitter=0.0, precision="bf16")
    return changed(steady, "penalty", law=law, inner_steps_exponent=0.0)


def days_to(exaflop_days: float, route: routes.Route, params: Params) -> float:
    """Days from the decision to the end of a run of 100 billion parameters."""
    target = Target(
        name="days", training_flop=exaflop_days * EXAFLOP_DAY, n_params=1e11, n_active=None
    )
    return routes.finish(route, target, params).finish_years * 365.25


TWO, THREE = 2 / KAPPA_TWO, 4 / KAPPA_THREE  # a day


@pytest.mark.parametrize(
    ("exaflop_days", "law", "one_building", "days"),
    [
        (200, "joint_vs_one", False, 300),
        (600, "joint_vs_one", False, 400 + 300 / TWO),
        (2000, "joint_vs_one", False, 800 + (2000 - 300 - 400 * TWO) / THREE),
        (3000, "joint_vs_one", False, 1200 + (3000 - 300 - 400 * (TWO + THREE)) / 3 * KAPPA_TWO),
        (2700, "none", False, 1200),
        (3000, "none", False, 1300),
        (3000, "joint_vs_one", True, 1300),
    ],
)
def test_three_places_to_the_day(
    central: Params, exaflop_days: float, law: str, one_building: bool, days: float
) -> None:
    """Place a alone for 300 days, two places for 400, three for 400, then two without a.

    300 + 400 x 2 / 1.1773 + 400 x 4 / 1.2953 = 2214.7; the rest at 3 / 1.1773 a day. Without a
    penalty, or as one building, 2700 on day 1200 and three a day after it.
    """
    route = dataclasses.replace(THREE_PLACES, one_building=one_building)
    here = penalty_alone(central, law)
    assert days_to(exaflop_days, route, here) == pytest.approx(days, abs=2e-3)
