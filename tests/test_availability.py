"""Accrual, finish dates and C*, against hand-worked cases and brute force."""

import dataclasses
import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from euromesh import routes
from euromesh import units as u
from euromesh.availability import cumulative_flop, finish_years
from euromesh.efficiency import dense
from euromesh.fleet import Site, site_flop_per_s
from euromesh.records import Params
from euromesh.records.tables import Target
from tests.oracle import segments
from tests.strategies import changed, few, hand_site, positive, sites

HORIZON = 13.0
YEAR = u.SECONDS_PER_YEAR


def site(place: str, start: float, end: float, flop_per_s: float) -> Site:
    whole = {"n_accel": 1.0, "mfu": 1.0, "goodput": 1.0, "peak_flop_per_s": flop_per_s}
    return hand_site(place, start, end, **whole)


def total(up: Sequence[Site]) -> float:
    return math.fsum(site_flop_per_s(s) for s in up)


def test_three_sites_worked_by_hand() -> None:
    """Rates 0, 1, 3, 2, 3 EFLOP/s over the years 0-1, 1-2, 2-3, 3-4 and from 4 on."""
    spans = (("a", 1, 3, 1e18), ("b", 2, math.inf, 2e18), ("c", 4, math.inf, 1e18))
    accrued = segments([site(*span) for span in spans], total, HORIZON)
    assert [s.flop_per_s / 1e18 for s in accrued] == [0, 1, 3, 2, 3]
    assert cumulative_flop(accrued, 4.0) == pytest.approx(6e18 * YEAR)
    assert finish_years(accrued, 5e18 * YEAR) == pytest.approx(3.5, rel=1e-12)
    assert finish_years(accrued, 7.5e18 * YEAR) == pytest.approx(4.5, rel=1e-12)
    assert finish_years(accrued, 1e30) == math.inf
    assert finish_years(segments((), total, HORIZON), 1.0) == math.inf


@given(st.lists(sites(), min_size=1, max_size=6), positive(1e22, 1e26), positive(1, 10))
def test_the_finish_date_is_when_the_integral_reaches_the_run(
    fleet: list[Site], flop: float, factor: float
) -> None:
    accrued = segments(fleet, total, HORIZON)
    done = finish_years(accrued, flop)
    found = [cumulative_flop(accrued, HORIZON * part / 20) for part in range(21)]
    assert all(b >= a * (1 - 1e-12) for a, b in pairwise(found))
    assert done <= finish_years(accrued, flop * factor)
    if math.isinf(done):
        assert found[-1] < flop
    else:
        assert cumulative_flop(accrued, done) == pytest.approx(flop, rel=1e-9)
        assert done >= min(s.start_years for s in fleet)


# --- the rate of a federation, hour by hour ------------------------------------------------------

HOUR = u.SECONDS_PER_HOUR / YEAR
MODEL = dense(1e10)


@st.composite
def hourly_sites(draw: st.DrawFn) -> list[Site]:
    """Two to four places that start, and may retire, on the hour within eighty days."""
    fleet = []
    for place in "abcd"[: draw(st.integers(2, 4))]:
        start = draw(st.integers(0, 800))
        end = draw(st.one_of(st.none(), st.integers(start, 1900)))
        span = {"start_years": start * HOUR, "end_years": math.inf if end is None else end * HOUR}
        fleet.append(dataclasses.replace(draw(sites(place)), **span))
    return fleet


@pytest.mark.parametrize("one_building", [False, True])
@few
@given(fleet=hourly_sites(), part=positive(0.05, 1.05))
def test_a_federation_stepped_by_the_hour_agrees_to_one_step(
    central: Params, fleet: list[Site], part: float, one_building: bool
) -> None:
    """With the utilisation, penalty and quorum of whatever is up, over a slow trunk."""
    assume(part != pytest.approx(1))  # else rounding decides whether the last hour is enough
    here = changed(central, "training", wan_gbit_per_s=2.0, precision="bf16")
    here = changed(here, "race", horizon="2027-03-22")
    route = routes.Route(sites=tuple(fleet), one_building=one_building)

    @cache
    def rate(up: tuple[int, ...]) -> float:
        places = routes.replicas([fleet[i] for i in up], here)
        penalty = route.penalty(here)
        return routes.best_federation(places, MODEL, here.training, penalty).flop_per_s

    rates = [rate(up_in(fleet, hour)) for hour in range(80 * 24)]
    flop = part * 3600 * math.fsum(rates)
    target = Target(name="brute", training_flop=flop, n_params=MODEL.n_params, n_active=None)
    found = routes.finish_date_years(route, target, here)
    done = 0.0
    for hour, flop_per_s in enumerate(rates):
        done += flop_per_s * 3600
        if flop and done >= flop:
            assert hour - 1e-3 <= found / HOUR <= hour + 1 + 1e-3
            return
    assert not flop or math.isinf(found)


def up_in(fleet: Sequence[Site], hour: int) -> tuple[int, ...]:
    """The places that are up in the hour after a whole hour."""
    middle = (hour + 0.5) * HOUR
    return tuple(i for i, s in enumerate(fleet) if s.start_years <= middle < s.end_years)
