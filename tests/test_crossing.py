"""Up to which run one route finishes before another: by hand, by brute force, and every pair."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise, permutations

import pytest
from hypothesis import given

from euromesh import routes
from euromesh.availability import CStar, FinishTime, c_star
from euromesh.records import Params
from tests.strategies import curve, curves, few

FOREVER = 1e9  # years
NEVER = curve()
PAIRS = list(permutations(routes.ROUTES, 2))
every_pair = pytest.mark.parametrize(("first", "second"), PAIRS)


def crossing(federation: FinishTime, other: FinishTime) -> CStar:
    return c_star(federation, other, 1e22, 1e30)


@pytest.fixture(scope="module")
def central_curves(central: Params) -> Mapping[str, FinishTime]:
    return {
        name: routes.finish_curve(make(central), central) for name, make in routes.ROUTES.items()
    }


# --- by hand -------------------------------------------------------------------------------------

SLOW = curve((1, FOREVER, 1e25))
FAST = curve((7, FOREVER, 1e27))
STEADY = curve((1, 13, 1e25))  # until a horizon of 13 years
BURST = curve((3, 4, 1e26), (4, 13, 1e24))  # a year at ten times the rate, then a tenth of it


MEET = 6 / (1e-25 - 1e-27)  # start 1 at 1e25 a year, start 7 at 1e27: they meet at 6/(1/r - 1/R)
PAUSING = curve((1, 8, 1e25), (12, 13, 1e26))
THRICE = curve((3, 4, 4e25), (4, 8, 2e24), (8, 13, 1e26))


@pytest.mark.parametrize(
    ("federation", "other", "flop", "at_least", "further"),
    [
        pytest.param(SLOW, FAST, MEET, False, (), id="where the curves cross"),
        pytest.param(FAST, curve((1, FOREVER, 1e28)), 0.0, False, (), id="the other leads"),
        pytest.param(FAST, SLOW, 0.0, False, (MEET,), id="the lead comes late"),
        # 1 + x = 3 + x/10 at x = 20/9; 1 + x = 4 + 10 (x - 10) at x = 97/9, in units of 1e25
        pytest.param(STEADY, BURST, 20 / 9 * 1e25, False, (97 / 9 * 1e25,), id="twice"),
        pytest.param(BURST, STEADY, 0.0, False, (20 / 9 * 1e25, 97 / 9 * 1e25), id="twice, back"),
        # 1 + x = 3 + x/4, then 1 + x = 4 + 5 (x - 4); at 7e25 it pauses for four years
        pytest.param(PAUSING, THRICE, 8 / 3 * 1e25, False, (4.25e25, 7e25), id="three times"),
        # 1.2e26 by the horizon of 13 years; the other never starts, or would need 13.6 years
        pytest.param(STEADY, NEVER, 1.2e26, True, (), id="the other never comes"),
        pytest.param(STEADY, curve((3, 13, 1.13e25)), 1.2e26, True, (), id="both at the horizon"),
        # the federation stops at 4e25; the other does 5e25 by the year 15
        pytest.param(curve((1, 5, 1e25)), curve((10, 15, 1e25)), 4e25, False, (), id="one retires"),
        pytest.param(
            curve((1, FOREVER, 1e27)), curve((2, FOREVER, 1e26)), 1e30, True, (), id="always leads"
        ),
        pytest.param(NEVER, NEVER, 0.0, False, (), id="where nobody finishes nobody leads"),
        pytest.param(SLOW, SLOW, 0.0, False, (), id="equal routes have no first"),
        # the other leads up to 1e25 and stops; where the federation stops too nobody crosses
        pytest.param(STEADY, curve((0, 1, 1e25)), 0.0, False, (1e25,), id="the other stops"),
    ],
)
def test_c_star_by_hand(
    federation: FinishTime, other: FinishTime, flop: float, at_least: bool, further: Sequence[float]
) -> None:
    found = crossing(federation, other)
    assert found.flop == pytest.approx(flop, rel=1e-8)
    assert found.at_least == at_least
    assert found.further == pytest.approx(further, rel=1e-8)


def test_no_run_is_looked_at_beyond_the_first_that_nobody_finishes() -> None:
    asked = []

    def federation(flop: float) -> float:
        asked.append(flop)
        return STEADY(flop)

    crossing(federation, BURST)
    assert max(asked) < 1.2e26 * 10 ** (1 / 20) * (1 + 1e-9)


# --- properties ----------------------------------------------------------------------------------


def lead_changes(one: FinishTime, other: FinishTime, points: int) -> list[tuple[float, float]]:
    """Between which runs of a dense grid the lead changes while both still finish."""
    grid = [10 ** (22 + i / points) for i in range(8 * points)]
    return [
        (low, high)
        for low, high in pairwise(grid)
        if math.isfinite(max(one(low), other(low)))
        and (one(low) < other(low)) != (one(high) < other(high))
    ]


@few
@given(one=curves(), other=curves())
def test_the_federation_is_first_for_every_run_below_c_star_and_not_above(
    one: FinishTime, other: FinishTime
) -> None:
    found = crossing(one, other)
    if found.flop:
        assert all(one(found.flop * part) < other(found.flop * part) for part in (1e-3, 0.5, 1))
        assert one(found.flop * (1 + 1e-9)) >= other(found.flop * (1 + 1e-9))
    else:
        assert one(1e22) >= other(1e22)


@few
@given(one=curves(), other=curves())
def test_who_is_caught_up_with_at_c_star_catches_up_there(
    one: FinishTime, other: FinishTime
) -> None:
    found, back = crossing(one, other), crossing(other, one)
    assert not (found.flop and back.flop)
    if found.flop and not found.at_least:
        assert back.further[0] == pytest.approx(found.flop, rel=1e-9)
        assert back.further[1:] == pytest.approx(found.further, rel=1e-9)
    if found.at_least:
        assert back == CStar(0.0, at_least=False)


# --- the routes of the central run ---------------------------------------------------------------


@every_pair
def test_a_pair_of_routes_changes_its_lead_where_a_dense_grid_says(
    central_curves: Mapping[str, FinishTime], first: str, second: str
) -> None:
    one, other = central_curves[first], central_curves[second]
    found = routes.curves_c_star(one, other)
    changes = lead_changes(one, other, 60)
    met = [*([found.flop] if found.flop and not found.at_least else []), *found.further]
    if found.at_least:
        changes = changes[:-1]
    assert len(met) == len(changes)
    assert all(low <= flop <= high for flop, (low, high) in zip(met, changes, strict=True))


def test_the_race_of_two_routes_is_that_of_their_curves(
    central: Params, central_curves: Mapping[str, FinishTime]
) -> None:
    found = routes.race_c_star(routes.owned(central), routes.campus(central), central)
    assert found == routes.curves_c_star(central_curves["owned"], central_curves["campus"])
    assert not found.at_least
    ahead = [  # on both sides of C*, where a date may jump over a gap between machines
        central_curves["owned"](found.flop * by) < central_curves["campus"](found.flop * by)
        for by in (1 - 1e-8, 1 + 1e-8)
    ]
    assert ahead == [True, False]
