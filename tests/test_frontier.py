"""The moving frontier."""

import pytest
from hypothesis import given

from euromesh import frontier
from tests.strategies import positive


def test_a_frontier_that_grows_fivefold_passes_a_fifth_of_its_size_a_year_before() -> None:
    assert frontier.frontier_flop(2.0, 5e26, 5.0) == pytest.approx(1.25e28)
    assert frontier.lag_years(1e26, 2.0, 5e26, 5.0) == pytest.approx(3.0)
    assert frontier.gap(1e26, 5e26) == 5.0


@given(flop=positive(1e24, 1e28), years=positive(0, 10), growth=positive(1.5, 6))
def test_the_frontier_a_lag_ago_was_the_run(flop: float, years: float, growth: float) -> None:
    lag = frontier.lag_years(flop, years, 5e26, growth)
    assert frontier.frontier_flop(years - lag, 5e26, growth) == pytest.approx(flop, rel=1e-9)


def test_algorithmic_progress_makes_a_later_run_worth_more() -> None:
    assert frontier.effective_flop(1e25, 2.0, 3.0) == pytest.approx(9e25)
