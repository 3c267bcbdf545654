"""A programme that keeps training: what each model after the first gets."""

import itertools
import math

import pytest

from euromesh import routes, units
from euromesh.availability import cumulative_flop
from euromesh.efficiency import dense, optimal_params
from euromesh.records import Params
from euromesh.records.tables import Target
from tests.strategies import changed, hand_site

RATE = 1e18  # useful FLOP/s of the hand-worked site
YEAR = units.SECONDS_PER_YEAR
FIRST = Target(name="first", training_flop=0.5 * RATE * YEAR, n_params=1e11, n_active=None)
NAMES = sorted(routes.ROUTES)


def building(start: float, end: float = math.inf) -> routes.Route:
    """One building of a constant rate, whatever the batch: no gate, and penalty 1."""
    site = hand_site("a", start, end, peak_flop_per_s=RATE / 360, saturation=1.0)
    return routes.Route(sites=(site,), one_building=True)


@pytest.fixture(scope="module")
def central(central: Params) -> Params:
    """In BF16, which takes no more FLOP than its run has."""
    return changed(central, "training", precision="bf16")


def run(route: routes.Route, params: Params, first: Target = FIRST) -> list[routes.Generation]:
    return list(routes.generations(route, first, params))


def test_each_generation_fills_its_months(central: Params) -> None:
    """Half a year for the first; then each computes a year at the same rate."""
    made = run(building(2), central)
    assert [one.finish_years for one in made] == pytest.approx([2.5, 3.5, 4.5])
    assert [one.training_flop for one in made] == pytest.approx(
        [0.5 * RATE * YEAR, RATE * YEAR, RATE * YEAR], rel=2e-6
    )
    short = changed(central, "programme", training_months=6.0, n_generations=4.0)
    made = run(building(2), short)
    assert [one.finish_years for one in made] == pytest.approx([2.5, 3, 3.5, 4])
    assert made[3].training_flop == pytest.approx(RATE * YEAR / 2, rel=2e-6)
    (only,) = run(building(2), changed(central, "programme", n_generations=1.0))
    assert (only.finish_years, only.training_flop) == (pytest.approx(2.5), FIRST.training_flop)


def test_a_generation_has_what_is_left_before_its_machine_retires_and_later_ones_nothing(
    central: Params,
) -> None:
    made = run(building(2, 3.75), central)
    assert made[2].finish_years == pytest.approx(4.5)
    assert made[2].training_flop == pytest.approx(RATE * YEAR / 4, rel=2e-6)
    nothing = [routes.Generation(math.inf, 0.0)] * 2
    first, *later = run(building(2, 2.25), central)
    assert first == routes.Generation(math.inf, FIRST.training_flop) and later == nothing
    first, *later = run(building(2, 2.500001), central)  # half a minute: less than the smallest run
    assert first.finish_years == pytest.approx(2.5) and later == nothing
    first, *later = run(building(routes.horizon_years(central) - 0.7), central)
    assert math.isfinite(first.finish_years) and later == nothing, "past the horizon"


def test_a_run_between_two_dates_by_hand(central: Params) -> None:
    route = building(2)
    assert routes.run_between(route, 0.0, 1.9, central) == 0.0
    assert routes.run_between(route, 1.0, 2.5, central) == pytest.approx(RATE * YEAR / 2, rel=2e-6)
    assert routes.run_between(route, 3.0, 3.0, central) == 0.0


@pytest.mark.parametrize("name", NAMES)
def test_a_run_between_two_dates_computes_itself(central: Params, name: str) -> None:
    """F(end; N(C)) - F(start; N(C)) = C, and no larger run fits."""
    route = routes.ROUTES[name](central)
    for start, end in ((1.9, 2.4), (3.2, 6.5)):
        flop = routes.run_between(route, start, end, central)
        assert (flop > 0) == any(s.start_years < end for s in route.sites)
        for size, fits in ((flop, True), (flop * (1 + 1e-5), False)) if flop else ():
            model = dense(float(optimal_params(size, central.training.tokens_per_param)))
            accrued = routes.accrual(route, model, central)
            before, after = (cumulative_flop(accrued, t) for t in (start, end))
            assert (after - before >= size) == fits


@pytest.mark.parametrize("name", NAMES)
def test_the_generations_of_every_route_follow_one_another(central: Params, name: str) -> None:
    target = central.targets["llama_405b"]
    made = list(routes.generations(routes.ROUTES[name](central), target, central))
    assert len(made) == central.programme.n_generations
    assert made[0].training_flop == target.training_flop
    for before, after in itertools.pairwise(made):
        assert after.finish_years == pytest.approx(before.finish_years + 1)
        assert after.training_flop > target.training_flop
