"""The month grid: dates of the original's own logic, and half a month late on average."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from euromesh import ensemble, original, routes
from euromesh import units as u
from euromesh.ensemble import months
from euromesh.fleet import site_flop_per_s
from euromesh.records import Params
from euromesh.records.tables import Target
from euromesh.routes import Route

SEED = 20270101
DAYS = u.DAYS_PER_YEAR / u.MONTHS_PER_YEAR


def alone(params: Params, **changes: float) -> tuple[Route, Callable[[float], Target]]:
    """A site of the campus by itself, and the run that takes it so many days."""
    site = replace(routes.campus(params).sites[0], **changes)
    route, target = Route(sites=(site,), one_building=True), params.targets["llama_405b"]
    model = routes.target_model(params, target)
    rate = routes.federation_of(route.sites, route, model, params).flop_per_s
    assert 0 < rate <= site_flop_per_s(site)
    return route, lambda days: replace(target, training_flop=days * u.SECONDS_PER_DAY * rate)


@pytest.mark.parametrize("lead", [1.8, 2.65, 4.01, 5.46])
def test_one_site_delivers_in_the_month_of_the_original(central: Params, lead: float) -> None:
    route, run = alone(central, start_years=lead)
    for days in (3.0, 20.0, 45.0, 200.0):
        found = months.finish_month(route, run(days), central)
        assert found == original.delivery_month(lead, days, DAYS)


def test_a_site_that_retires_too_soon_or_starts_too_late_never_delivers(central: Params) -> None:
    route, run = alone(central, start_years=1.0, end_years=1.5)
    assert months.finish_month(route, run(6 * DAYS - 1), central) == 18
    assert math.isinf(months.finish_month(route, run(6 * DAYS + 1), central))
    start = routes.horizon_years(central) + 1
    late, run = alone(central, start_years=start, end_years=99.0)
    assert math.isinf(months.finish_month(late, run(45.0), central))


def test_the_grid_is_about_half_a_month_late(central: Params) -> None:
    """A start goes to the nearest month, the finish to the end of one; races shift by the rest."""
    points = ensemble.sobol(range(ensemble.n_coordinates()), 64, SEED)
    late = months.months_late(central, points, "llama_405b")
    assert late.shape == (len(routes.ROUTES), 64)
    assert np.nanmean(late) == pytest.approx(0.5, abs=0.15)
    assert np.nanmax(late) < 2
    exact = ensemble.outcomes(central, ["llama_405b"], points).finish_years[0]
    assert not np.isfinite(late[np.isinf(exact)]).any()
