"""Routes on equal terms: the same power, the same date, the least share that is enough."""

import dataclasses
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh import routes, units
from euromesh.availability import cumulative_flop
from euromesh.efficiency import dense
from euromesh.fleet import Site
from euromesh.records import Params
from tests.strategies import changed, curve, few, hand_site, positive, sites

NAMES = sorted(routes.ROUTES)
TARGET = "llama_405b"


def power(site: Site) -> float:
    return site.grid_mw


def route_of(*made: Site) -> routes.Route:
    return routes.Route(sites=made)


# --- equal terms ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weigh", "budget", "kept"),
    [
        (power, 1.25, {"a": 1000, "b": 250}),  # of those that start together, the first by name
        (power, 3.0, {"a": 1000, "b": 1000, "c": 1000}),
        (power, math.inf, {"a": 1000, "b": 1000, "c": 1000}),
        (power, 0.0, {}),
        (lambda _: 0.0, 1.0, {"a": 1000, "b": 1000, "c": 1000}),  # they weigh nothing
    ],
)
def test_a_trimmed_route_keeps_its_earliest_sites_and_a_part_of_the_last(
    weigh: Callable[[Site], float], budget: float, kept: dict[str, float]
) -> None:
    route = route_of(hand_site("c", 2), hand_site("b", 1), hand_site("a", 1))
    found = routes.trimmed(route, weigh, budget).sites
    assert {site.place: site.n_accel for site in found} == kept


@few
@given(fleet=st.lists(sites(), min_size=1, max_size=6), part=positive(0.01, 1.5))
def test_a_trimmed_route_uses_the_budget_and_never_more(fleet: list[Site], part: float) -> None:
    whole = math.fsum(map(power, fleet))
    kept = routes.trimmed(route_of(*fleet), power, part * whole).sites
    assert math.fsum(map(power, kept)) == pytest.approx(min(1.0, part) * whole)
    order = sorted(fleet, key=lambda site: (site.start_years, site.place))
    assert all(k.start_years == s.start_years for k, s in zip(kept, order, strict=False))
    in_full = [k.n_accel == s.n_accel for k, s in zip(kept, order, strict=False)]
    assert all(in_full[:-1])


@pytest.mark.parametrize("name", NAMES)
def test_every_route_can_be_cut_to_the_power_of_the_public_machines(
    central: Params, name: str
) -> None:
    budget = routes.peak_weight(routes.owned(central), power)
    route = routes.ROUTES[name](central)
    cut = routes.trimmed(route, power, budget)
    total = math.fsum(map(power, cut.sites))
    assert total == pytest.approx(min(budget, math.fsum(map(power, route.sites))))
    target = central.targets[TARGET]
    dates = [routes.finish_date_years(r, target, central) for r in (route, cut)]
    assert dates[0] <= dates[1]


def test_the_peak_is_what_is_held_at_one_time() -> None:
    """Two until year 2, then one alone, then three from year 4."""
    given = (("a", 0, 2), ("b", 1), ("e", 2, 3), ("c", 4), ("d", 4))
    made = [hand_site(*one) for one in given]
    assert routes.peak_weight(route_of(*made), power) == pytest.approx(3)
    assert routes.peak_weight(route_of(*made[:3]), power) == pytest.approx(2)
    gone = hand_site("gone", 1.1, 0.5)  # retired before it starts
    assert routes.peak_weight(route_of(gone), power) == routes.peak_weight(route_of(), power) == 0.0


# --- the same date -------------------------------------------------------------------------------


def test_what_is_computed_by_a_date_by_hand(central: Params) -> None:
    """One building at 0.4 x 0.9 of a thousand petaflop per second, from the year 2 on."""
    site = hand_site("a", 2, saturation=1.0)  # whatever the batch
    route = dataclasses.replace(route_of(site), one_building=True)
    rate = 1000 * 1e15 * 0.4 * 0.9
    accrued = routes.accrual(route, dense(1e11), central)
    assert cumulative_flop(accrued, 1.9) == 0.0
    expected = rate * 1.5 * units.SECONDS_PER_YEAR
    assert cumulative_flop(accrued, 3.5) == pytest.approx(expected)


def test_the_largest_run_by_a_date_by_hand() -> None:
    """1e25 a year from the year 1: nothing by then, 2e25 by the year 3, 5e25 when it stops."""
    finish = curve((1, 6, 1e25))
    assert routes.largest_run(finish, 1.0) == 0.0
    assert routes.largest_run(finish, 3.0) == pytest.approx(2e25, rel=2e-6)
    assert routes.largest_run(finish, 20.0) == pytest.approx(5e25, rel=2e-6)
    assert routes.largest_run(curve(), 20.0) == 0.0


@pytest.mark.parametrize("name", NAMES)
def test_the_largest_run_is_the_inverse_of_the_finish(central: Params, name: str) -> None:
    finish = routes.finish_curve(routes.ROUTES[name](central), central)
    for flop in (3e23, 1.7e25, 2.2e26):
        years = finish(flop)
        found = routes.largest_run(finish, years)
        assert found == pytest.approx(flop, rel=1e-5)
        assert finish(found) <= years < finish(found * (1 + 1e-5))


# --- the least share -----------------------------------------------------------------------------


def finish_at(params: Params, share: float) -> float:
    granted = changed(params, "owned", share=share)
    return routes.finish_date_years(routes.owned(granted), granted.targets[TARGET], granted)


def test_the_least_share_is_just_enough(central: Params) -> None:
    target, tried = central.targets[TARGET], []

    def seen(params: Params) -> Params:
        tried.append(params.owned.share)
        return params

    for by in (1.5, 3.0):
        share = routes.least_share(routes.owned, target, by, central, seen)
        assert finish_at(central, share) <= by < finish_at(central, share - 1e-6)
        assert tried[0] == 1.0 and share in tried
    early = routes.least_share(routes.owned, target, 1.0, central, seen)
    assert math.isinf(early), "before the grant"
    without = routes.least_share(routes.leased, target, 2.0, central, seen)
    assert without == pytest.approx(0.0, abs=2e-7), "a hall needs no machine"
