"""Cost, carbon and score, against hand-worked cases and invariants."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh import scorecard
from tests.strategies import positive


def test_capital_recovery_by_hand() -> None:
    """Seven per cent over five years: 0.07 / (1 - 1.07^-5) = 0.2439 a year."""
    assert scorecard.capital_recovery(0.07, 5) == pytest.approx(0.24389, abs=1e-5)
    assert scorecard.capital_recovery(0.0, 5) == 0.2
    assert list(np.asarray(scorecard.capital_recovery(np.array([0.0, 0.07]), 5))) == (
        pytest.approx([0.2, 0.24389], abs=1e-5)
    )


@given(wacc=positive(1e-4, 0.5), life=positive(1, 30))
def test_capital_recovery_lies_above_straight_line_and_above_interest(
    wacc: float, life: float
) -> None:
    share = float(scorecard.capital_recovery(wacc, life))
    assert share > wacc
    assert share >= 1 / life


def test_an_accelerator_hour_by_hand() -> None:
    """40,000 EUR over five years without interest, 10 EUR/W of building over ten, half used."""
    yearly = scorecard.capital_eur_year(
        it_kw=1.0, it_eur=40_000, facility_eur_per_w=10, it_life_years=5, facility_life_years=10,
        real_wacc=0.0, operation_eur_year=300, wan_eur_year=80,
    )  # fmt: skip
    assert yearly == pytest.approx(8000 + 1000 + 380)
    power = scorecard.power_eur_per_hour(1.2, 1.25, 60, 40, 0.5)  # 1.5 kW at 80 EUR/MWh
    assert power == pytest.approx(0.12)
    assert scorecard.eur_per_accel_hour(yearly, 0.5, power) == pytest.approx(9380 / 4380 + 0.12)
    embodied = scorecard.embodied_g_per_hour(150, 1.0, 5)  # kg, spread over a life
    assert embodied == pytest.approx(150_000 / 43_800)
    grams = scorecard.carbon_g_per_accel_hour(0.5, 1.2, 0.25, 100, embodied)
    assert grams == pytest.approx(75 + embodied)


@given(a=positive(0, 20), b=positive(0, 20))
def test_a_goalpost_prefers_the_better_value_and_stays_on_its_scale(a: float, b: float) -> None:
    one, other = (scorecard.linear_goalpost(x, 0.0, 10.0, 0.01) for x in (a, b))
    assert 0.01 <= one <= 1
    assert (one >= other) == (a <= b) or one == other


def test_scores_by_hand() -> None:
    """A logarithmic scale halves at the geometric middle; a poor score is not bought back."""
    assert scorecard.log_goalpost(0.1, 0.01, 1.0, 0.01) == pytest.approx(0.5)
    assert scorecard.geometric_mean((0.01, 1.0)) == pytest.approx(0.1)
    assert scorecard.geometric_mean((0.5, 0.5)) == pytest.approx(0.5)


@given(st.dictionaries(st.sampled_from("abcdefgh"), positive(0, 1), min_size=1))
def test_ranks_are_a_permutation_with_the_best_first(scores: dict[str, float]) -> None:
    ranks = scorecard.ranks(scores)
    assert sorted(ranks.values()) == list(range(1, len(scores) + 1))
    assert sorted(scores, key=lambda name: (-scores[name], name)) == sorted(ranks, key=ranks.get)  # type: ignore[arg-type]
