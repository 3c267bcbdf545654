"""Accrual, finish dates and C*, against hand-worked cases and brute force."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh import units as u
from euromesh.availability import (
    c_star,
    cumulative_flop,
    expected_slip_years,
    finish_years,
    first_compute_years,
    segments,
)
from euromesh.fleet import Site, site_flop_per_s
from tests.strategies import positive, sites

HORIZON = 13.0
YEAR = u.SECONDS_PER_YEAR


def site(place: str, start: float, end: float, flop_per_s: float) -> Site:
    return Site(
        place=place,
        country="de",
        start_years=start,
        end_years=end,
        n_accel=1.0,
        peak_flop_per_s=flop_per_s,
        mfu=1.0,
        goodput=1.0,
        hbm_bytes=1e15,
        it_kw=1.0,
        pue=1.1,
        basis="new",
    )


def total(up: object) -> float:
    return math.fsum(site_flop_per_s(s) for s in up)  # type: ignore[attr-defined]


THREE = (site("a", 1, 3, 1e18), site("b", 2, math.inf, 2e18), site("c", 4, math.inf, 1e18))


def test_three_sites_worked_by_hand() -> None:
    """Rates 0, 1, 3, 2, 3 EFLOP/s over the years 0-1, 1-2, 2-3, 3-4 and from 4 on."""
    accrued = segments(THREE, total, HORIZON)
    assert [s.flop_per_s / 1e18 for s in accrued] == [0, 1, 3, 2, 3]
    assert cumulative_flop(accrued, 4.0) == pytest.approx(6e18 * YEAR)
    assert finish_years(accrued, 5e18 * YEAR) == pytest.approx(3.5, rel=1e-12)
    assert finish_years(accrued, 7.5e18 * YEAR) == pytest.approx(4.5, rel=1e-12)
    assert first_compute_years(accrued) == 1.0


def test_no_site_means_never() -> None:
    accrued = segments((), total, HORIZON)
    assert finish_years(accrued, 1.0) == math.inf
    assert first_compute_years(accrued) == math.inf


def test_a_run_too_large_for_the_horizon_is_never() -> None:
    assert finish_years(segments(THREE, total, HORIZON), 1e30) == math.inf


@given(st.lists(sites(), min_size=1, max_size=6), positive(1e23, 1e26))
def test_the_finish_date_is_when_the_integral_reaches_the_run(
    fleet: list[Site], flop: float
) -> None:
    accrued = segments(fleet, total, HORIZON)
    done = finish_years(accrued, flop)
    if math.isinf(done):
        assert cumulative_flop(accrued, HORIZON) < flop
    else:
        assert cumulative_flop(accrued, done) == pytest.approx(flop, rel=1e-9)
        assert done >= min(s.start_years for s in fleet)


@given(st.lists(sites(), min_size=1, max_size=5), st.lists(positive(0, HORIZON), min_size=2))
def test_cumulative_compute_never_falls(fleet: list[Site], times: list[float]) -> None:
    accrued = segments(fleet, total, HORIZON)
    found = [cumulative_flop(accrued, t) for t in sorted(times)]
    assert all(b >= a * (1 - 1e-12) for a, b in pairwise(found))


@given(st.lists(sites(), min_size=1, max_size=5), positive(1e22, 1e25), positive(1, 10))
def test_a_smaller_run_is_never_later(fleet: list[Site], flop: float, factor: float) -> None:
    accrued = segments(fleet, total, HORIZON)
    assert finish_years(accrued, flop) <= finish_years(accrued, flop * factor)


@given(st.permutations(THREE))
def test_the_order_of_the_sites_does_not_matter(fleet: list[Site]) -> None:
    assert segments(fleet, total, HORIZON) == segments(THREE, total, HORIZON)


def test_doubling_a_run_at_a_constant_rate_doubles_its_compute_time() -> None:
    accrued = segments((site("a", 1, math.inf, 1e18),), total, HORIZON)
    once, twice = (finish_years(accrued, c * 1e18 * YEAR) - 1.0 for c in (2, 4))
    assert twice == pytest.approx(2 * once, rel=1e-12)


@pytest.mark.parametrize("flop", [0.3e18 * YEAR, 5e18 * YEAR, 9e18 * YEAR])
def test_hourly_steps_agree_to_one_step(flop: float) -> None:
    hour = u.SECONDS_PER_HOUR / YEAR
    done, clock = 0.0, 0.0
    while done < flop:
        done += total([s for s in THREE if s.start_years <= clock < s.end_years]) * 3600
        clock += hour
    assert finish_years(segments(THREE, total, HORIZON), flop) == pytest.approx(clock, abs=hour)


def linear(start: float, rate: float) -> object:
    return lambda flop: start + flop / rate


def test_c_star_is_where_the_curves_cross() -> None:
    """Start 1 at rate 1e25 a year against start 7 at 1e27: they meet at 6/(1/r - 1/R)."""
    found = c_star(linear(1, 1e25), linear(7, 1e27), 1e22, 1e30)  # type: ignore[arg-type]
    assert found.flop == pytest.approx(6 / (1e-25 - 1e-27), rel=1e-8)
    assert not found.at_least


def test_c_star_is_zero_when_the_other_leads_from_the_start() -> None:
    found = c_star(linear(7, 1e27), linear(1, 1e25), 1e22, 1e30)  # type: ignore[arg-type]
    assert (found.flop, found.at_least) == (0.0, False)


def test_c_star_is_a_bound_when_the_other_never_comes() -> None:
    """The federation reaches 1.2e26 by its horizon of 13 years; the other never starts."""

    def ours(flop: float) -> float:
        return 1 + flop / 1e25 if flop <= 1.2e26 else math.inf

    found = c_star(ours, lambda flop: math.inf, 1e22, 1e30)
    assert found.flop == pytest.approx(1.2e26, rel=1e-8)
    assert found.at_least


def test_a_federation_that_always_leads_gives_the_end_of_the_scan() -> None:
    found = c_star(linear(1, 1e27), linear(2, 1e26), 1e22, 1e30)  # type: ignore[arg-type]
    assert (found.flop, found.at_least) == (1e30, True)


def test_the_mean_slip_by_hand() -> None:
    assert expected_slip_years(0.4, 0.75, 0.8) == pytest.approx(0.3 * math.exp(0.32))
    assert expected_slip_years(0.0, 0.75, 0.8) == 0.0
