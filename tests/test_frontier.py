"""The moving frontier."""

from dataclasses import replace

import pytest
from hypothesis import given

from euromesh import frontier
from euromesh.frontier import Run
from euromesh.records import Params
from tests.strategies import positive


def test_a_frontier_that_grows_fivefold_passes_a_fifth_of_its_size_a_year_before() -> None:
    assert frontier.frontier_flop(2.0, 5e26, 5.0) == pytest.approx(1.25e28)
    assert frontier.lag_years(1e26, 2.0, 5e26, 5.0) == pytest.approx(3.0)
    assert frontier.passing_years(1e26, 5e26, 5.0) == pytest.approx(-1.0)
    assert frontier.gap(1e26, 5e26) == 5.0
    assert frontier.effective_flop(1e25, 2.0, 3.0) == pytest.approx(9e25)  # progress


@given(flop=positive(1e24, 1e28), years=positive(0, 10), growth=positive(1.5, 6))
def test_the_frontier_a_lag_ago_was_the_run(flop: float, years: float, growth: float) -> None:
    lag = frontier.lag_years(flop, years, 5e26, growth)
    assert frontier.frontier_flop(years - lag, 5e26, growth) == pytest.approx(flop, rel=1e-9)


@given(flop=positive(1e24, 1e28), years=positive(0.5, 10), ratio=positive(2, 30))
def test_at_the_class_growth_a_run_is_just_in_class(
    flop: float, years: float, ratio: float
) -> None:
    growth = frontier.class_growth(flop, years, 5e26, ratio)
    largest = frontier.frontier_flop(years, 5e26, growth)
    assert frontier.gap(flop, largest) == pytest.approx(ratio, rel=1e-9)


def test_a_run_of_the_largest_known_size_two_years_later(central: Params) -> None:
    """By hand, decided on the day of the largest known run: growth 4.5, progress 2.8."""
    known = replace(central.frontier, reading="grok_4", growth_per_year=4.5)
    origin = central.frontier_runs["grok_4"].released_on
    race = replace(central.race, decision_date=origin)
    params = replace(central, race=race, frontier=known)
    found = frontier.standing(Run(5e26, 2.0), params)
    assert frontier.lag_months(Run(5e26, 2.0), params, 4.5) == pytest.approx(24.0)
    assert found.gap == pytest.approx(4.5**2)
    assert found.frontier_flop == pytest.approx(5e26 * 4.5**2)
    since_reference = 2 + 351 / 365.25  # from 23 July 2024 to 9 July 2025
    expected = 5e26 / 3.8e25 * 2.8**since_reference
    assert found.effective_over_reference == pytest.approx(expected)
    assert (found.is_a, found.is_b, found.is_c) == (True, False, True)


def test_in_class_is_a_lag_of_at_most_ln_ratio_over_ln_growth(central: Params) -> None:
    known, record = central.frontier, frontier.largest(central)
    allowed = float(frontier.passing_years(known.class_ratio, 1.0, known.growth_per_year))
    start = -frontier.since(record.released_on, 0.0, central)
    just_in, just_out = (
        frontier.standing(Run(record.flop, start + allowed * part), central)
        for part in (0.999, 1.001)
    )
    assert just_in.is_b and not just_out.is_b


def test_the_run_in_class_at_the_fastest_growth_trades_size_against_time(central: Params) -> None:
    runs = [Run(1e25, -2.0), Run(1e25, 1.0), Run(1e27, 2.0), Run(1.2e27, 5.0)]
    assert frontier.fastest_in_class(runs, central) == pytest.approx(
        10 ** (1 / frontier.since("2026-09-03", 2.0, central))
    )


def test_an_older_record_has_grown_since(central: Params) -> None:
    """5e26 of July 2025 at 4.31 a year is 2.7e27 in September 2026, above the 1e27 of that day."""
    older = replace(central, frontier=replace(central.frontier, reading="grok_4"))
    found, central_one = (frontier.standing(Run(1e26, 0.0), p) for p in (older, central))
    grown = 5e26 * 4.31 ** (421 / 365.25) / 1e27
    assert found.frontier_flop / central_one.frontier_flop == pytest.approx(grown, rel=1e-6)
