"""Lead times and slips as distributions: worked by hand, by another rule, and as properties."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, optimize

from euromesh import params
from euromesh.availability import (
    ESTIMATORS,
    Lognormal,
    Wait,
    expected_slip_years,
    first_of_cdf,
    first_of_quantile,
    mixture_cdf,
    mixture_quantile,
    sigma_of,
    slip_quantile_years,
)
from euromesh.facts import Facts, grid, of
from euromesh.records import Params
from tests.strategies import positive, values

PHI = NormalDist()
DOUBLING = Lognormal(4.0, math.log(2))  # a standard deviation is a factor of two
SEVEN = tuple(Lognormal(median, 0.3) for median in (5, 6, 6.5, 7.5, 7.5, 8.5, 9))
PROBABILITIES = st.floats(0.001, 0.999)
CORRELATIONS = st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 0.99))
LAWS = st.builds(Lognormal, positive(0.5, 20), positive(0.05, 1.2))
SOME = st.lists(LAWS, min_size=1, max_size=5)


def test_a_lognormal_worked_by_hand() -> None:
    assert DOUBLING.quantile(PHI.cdf(1)) == pytest.approx(8)
    assert DOUBLING.quantile(PHI.cdf(-1)) == pytest.approx(2)
    assert DOUBLING.cdf(16) == pytest.approx(PHI.cdf(2))
    assert DOUBLING.mean == pytest.approx(4 * 2 ** (math.log(2) / 2))
    assert DOUBLING.mode == pytest.approx(4 * 2 ** -math.log(2))


def test_sigma_comes_from_the_distance_between_p10_and_p90() -> None:
    sigma = sigma_of(3.5, 8)
    assert sigma == pytest.approx(math.log(8 / 3.5) / 2.563, rel=1e-4)
    law = Lognormal(math.sqrt(3.5 * 8), sigma)
    assert (law.quantile(0.1), law.quantile(0.9)) == (pytest.approx(3.5), pytest.approx(8))


@pytest.mark.parametrize("law", [Lognormal(0.0, 0.4), Lognormal(3.0, 0.0), Lognormal(0.0, 0.0)])
def test_a_law_without_spread_jumps_at_its_median(law: Lognormal) -> None:
    assert law.quantile(0.2) == law.quantile(0.8) == law.median
    assert law.cdf(law.median) == law.cdf(law.median + 1) == 1
    assert law.cdf(law.median - 1e-9) == 0
    assert mixture_quantile([law, law], 0.3) == law.median
    assert first_of_quantile([law, DOUBLING], 0.5, 1e-6) <= DOUBLING.quantile(1e-6)


def test_the_median_of_two_mirrored_regions_is_in_the_middle() -> None:
    """On the log scale 2 and 8 lie on both sides of 4."""
    pair = [Lognormal(2, 0.5), Lognormal(8, 0.5)]
    assert mixture_quantile(pair, 0.5) == pytest.approx(4, rel=1e-8)
    assert mixture_cdf(pair, 2) == pytest.approx((0.5 + PHI.cdf(-math.log(4) / 0.5)) / 2)


@given(found=SOME, p=PROBABILITIES)
def test_a_quantile_undoes_its_cdf_and_the_mixture_is_between_its_regions(
    found: list[Lognormal], p: float
) -> None:
    years = mixture_quantile(found, p)
    ends = [law.quantile(p) for law in found]
    assert [law.cdf(end) for law, end in zip(found, ends, strict=True)] == pytest.approx(
        [p] * len(found), abs=1e-9
    )
    assert min(ends) * (1 - 1e-9) <= years <= max(ends) * (1 + 1e-9)
    assert mixture_cdf(found, years) == pytest.approx(p, abs=1e-6)


def test_the_first_of_filings_that_share_no_luck_or_all_worked_by_hand() -> None:
    """P(min <= t) = 1 - (1 - F(t))^n, so the median is the quantile 1 - 0.5^(1/n) of one.

    With one luck for all they are as late as the best.
    """
    for n in (1, 2, 7):
        expected = DOUBLING.quantile(1 - 0.5 ** (1 / n))
        assert first_of_quantile([DOUBLING] * n, 0.0, 0.5) == pytest.approx(expected, rel=1e-7)
    assert first_of_quantile([DOUBLING] * 7, 1.0, 0.3) == pytest.approx(DOUBLING.quantile(0.3))
    assert first_of_quantile(SEVEN, 1.0, 0.5) == pytest.approx(5)
    assert first_of_cdf(SEVEN, 1.0, 5.0) == pytest.approx(0.5)


def exact_cdf(found: tuple[Lognormal, ...], rho: float, years: float) -> float:
    """The same integral by adaptive quadrature, told where the integrand bends."""
    scores = [law.score(years) for law in found]
    shared, own = math.sqrt(rho), math.sqrt(1 - rho)

    def still(z: float) -> float:
        factors = (PHI.cdf((shared * z - score) / own) for score in scores)
        return PHI.pdf(z) * math.prod(factors)

    bends = [score / shared for score in scores if abs(score / shared) < 9]
    return 1 - integrate.quad(still, -9, 9, points=bends, limit=500, epsabs=1e-12)[0]


@pytest.mark.parametrize("rho", [0.1, 0.5, 0.8, 0.99, 0.9999, 0.999995])
def test_the_integral_is_that_of_an_adaptive_rule(rho: float) -> None:
    for years in (3.0, 4.5, 6.0):
        assert first_of_cdf(SEVEN, rho, years) == pytest.approx(
            exact_cdf(SEVEN, rho, years), abs=1e-7
        )
    found = first_of_quantile(SEVEN, rho, 0.5)
    wanted = optimize.brentq(lambda t: exact_cdf(SEVEN, rho, t) - 0.5, 2, 9)
    assert found == pytest.approx(wanted, rel=1e-6)


@given(found=SOME, rhos=st.tuples(CORRELATIONS, CORRELATIONS), ps=st.tuples(*[PROBABILITIES] * 2))
def test_the_first_is_late_by_its_part_of_cases_and_by_shared_luck(
    found: list[Lognormal], rhos: tuple[float, float], ps: tuple[float, float]
) -> None:
    (apart, together), (low, high) = sorted(rhos), sorted(ps)
    first = first_of_quantile(found, apart, low)
    assert first <= min(law.quantile(low) for law in found) * (1 + 1e-9)
    assert first_of_quantile([*found, DOUBLING], apart, low) <= first * (1 + 1e-6)
    assert first <= first_of_quantile(found, apart, high) * (1 + 1e-9)
    assert first <= first_of_quantile(found, together, low) * (1 + 1e-6)


def test_the_slip_of_a_plan_worked_by_hand() -> None:
    """Four in ten are late: the P90 of all is the 75th percentile of the late ones."""
    assert slip_quantile_years(0.4, 0.75, 0.8, 0.9) == pytest.approx(
        0.75 * math.exp(0.8 * PHI.inv_cdf(0.75))
    )
    assert slip_quantile_years(0.4, 0.75, 0.8, 0.8) == pytest.approx(0.75)
    assert slip_quantile_years(0.4, 0.75, 0.8, 0.6) == 0
    assert slip_quantile_years(0.0, 0.75, 0.8, 0.99) == 0
    assert slip_quantile_years(1.0, 0.75, 0.8, 0.5) == 0.75


@given(p=st.floats(0, 1), median=positive(0.1, 3), sigma=positive(0.1, 1))
def test_the_mean_slip_is_the_area_under_its_quantiles(
    p: float, median: float, sigma: float
) -> None:
    parts = (np.arange(4000) + 0.5) / 4000
    area = np.mean([slip_quantile_years(p, median, sigma, q) for q in parts])
    assert area == pytest.approx(float(expected_slip_years(p, median, sigma)), rel=0.02, abs=0.002)


def wait(low: float, central: float, high: float, *, weak: bool = False) -> Wait:
    return Wait(law=Lognormal(central, sigma_of(low, high)), low=low, high=high, weak=weak)


THREE = [wait(1, 2, 4), wait(3, 4, 8), wait(6, 9, 24, weak=True)]
SQUARES = [(math.log(ratio) / 2.5631031) ** 2 for ratio in (4, 8 / 3, 4)]  # of sigma
BY_HAND = {
    "mean_of_centrals": 5,
    "median_of_centrals": 4,
    "trimmed_mean": 4,
    "geometric_mean": 72 ** (1 / 3),
    "mean_of_midpoints": (2.5 + 5.5 + 15) / 3,
    "triangular": (7 / 3 + 5 + 13) / 3,
    "pert": (13 / 6 + 4.5 + 11) / 3,
    "swanson": (2.3 + 4.9 + 12.6) / 3,
    "mean_without_weak": 3,
    "mean_of_means": sum(c * math.exp(s / 2) for c, s in zip((2, 4, 9), SQUARES, strict=True)) / 3,
    "mean_of_modes": sum(c * math.exp(-s) for c, s in zip((2, 4, 9), SQUARES, strict=True)) / 3,
    "median_at_random": mixture_quantile([one.law for one in THREE], 0.5),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_worked_by_hand_keeps_to_its_unit_and_to_equal_regions(name: str) -> None:
    assert ESTIMATORS[name](THREE) == pytest.approx(BY_HAND[name], rel=1e-6)
    twice = [wait(2 * w.low, 2 * w.law.median, 2 * w.high, weak=w.weak) for w in THREE]
    assert ESTIMATORS[name](twice) == pytest.approx(2 * ESTIMATORS[name](THREE), rel=1e-8)
    sure = [Wait(law=Lognormal(6.0, 0.0), low=6.0, high=6.0, weak=False)] * 7
    assert ESTIMATORS[name](sure) == pytest.approx(6)


def quantiles(load: str, run: Facts) -> dict[str, float]:
    found: dict[str, float] = run["lead_choices"].set_index("row").loc[load].to_dict()
    return found


def figures(name: str, **overrides: object) -> dict[str, object]:
    """The numbers of a table in a run with overrides."""
    return values(of("central", overrides), name)


def test_a_row_that_a_run_has_moved_keeps_its_spread_and_moves_its_ends(central: Params) -> None:
    moved = params.load("central", {"grid_lead_times.france_1000mw.lead_years": 10.0})
    before, after = (grid.waits(p, 1000.0)["france"] for p in (central, moved))
    assert (after.law.median, after.law.sigma) == (10.0, before.law.sigma)
    assert (after.low, after.high) == (7.0, 16.0), "3.5 and 8 beside a central value of 5"


def test_filings_without_correlation_and_a_lead_time_of_nothing() -> None:
    alone = quantiles("1gw", of("central", {"grid.correlation": 0.0}))
    assert alone["first_of_seven_p50"] == alone["first_of_seven_p50_independent"]
    at_once = of("central", {"grid_lead_times.france_1000mw.lead_years": 0.0})
    found = quantiles("1gw", at_once)
    assert found["first_of_seven_p50"] == found["best_region_p50"] == 0
    assert found["random_p10"] == 0, "one region in seven has power at once"
    assert at_once["estimates"]["years"].min() == 0


def test_terms_of_a_gigafactory_that_were_set_have_no_range() -> None:
    terms = {"selected_on": "2027-06", "contract_months": 0.0, "build_months": 24.0}
    terms |= {"second_build_months": 24.0}
    given = {f"gigafactory.{key}": value for key, value in (terms | {"slip_years": 0.0}).items()}
    assert set(figures("gigafactory_dates", **given).values()) == {"2029-06-29"}


def test_what_nobody_said_of_the_call_is_not_known_and_what_has_not_come_never() -> None:
    blank = {"n_sites": None, "public_eur": None, "happened_on": None}
    found = figures("milestones", **{f"milestones.call.{key}": v for key, v in blank.items()})
    assert found["gigafactory.sites_most"] == found["gigafactory.public_bn_eur"] == "not known"
    assert found["gigafactory.call_slip_years"] == "never"
    assert found["gigafactory.plans_missed"] == 2


def test_the_money_of_the_union_for_all_sites_is_what_the_call_has() -> None:
    """4 (100 + 400) + 3 (200 + 800) million are 5 billion."""
    known = of().params
    lots = known.gigafactory_lots.values()
    money = sum(lot.n_sites * (lot.union_first_eur + lot.union_second_eur) for lot in lots)
    assert money == known.milestones["call"].union_eur
    assert sum(lot.n_sites for lot in lots) == known.milestones["call"].n_sites


def test_the_lots_are_sized_whatever_the_run_takes_and_whether_it_is_built() -> None:
    usual, never = (
        of("central", given)["gigafactory_lots"]
        for given in ({}, {"gigafactory.built": False, "gigafactory.share": 0.0})
    )
    assert usual.equals(never)
    smaller = usual.set_index("row").loc["smaller"]
    assert smaller["first_it_mw"] == pytest.approx(25_000 * 989.4 / 4000 * 2.625 / 1000)
    assert smaller["second_accel"] == pytest.approx(3 * smaller["first_accel"])
