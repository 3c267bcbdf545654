"""Edges of the routes: late grants, held steps, lost filings, ties, horizons."""

import dataclasses
import math

import pytest

from euromesh import ledger, params, routes
from euromesh.records import InputError
from tests.strategies import changed

C = params.load()
T = C.targets["llama_405b"]


def finish(p, name):
    route = routes.ROUTES[name](p)
    return route, routes.finish(route, T, p)


def test_a_renewed_machine_waits_for_the_grant():
    here = changed(C, "owned", renewal=True)
    assert min(s.start_years for s in routes.owned(here).sites) >= 1.0
    assert min(dataclasses.astuple(routes.parts(*finish(here, "owned")))) >= 0


@pytest.mark.parametrize("procurement", [6.0, 12.0])
def test_parts_with_a_leased_hall_and_a_late_grant(procurement):
    here = changed(C, "owned", leased_sites=1.0, grant_months=24.0)
    here = changed(here, "leased", procurement_months=procurement)
    assert min(dataclasses.astuple(routes.parts(*finish(here, "owned")))) >= -1e-12


def test_a_later_decision_does_not_move_the_gigafactory_that_is_selected_already():
    late = changed(C, "race", decision_date="2029-01-01")
    (site,) = routes.gigafactory(late).sites
    (now,) = routes.gigafactory(C).sites
    assert site.start_years == pytest.approx(max(0.0, now.start_years - 731 / 365.25), abs=1e-6)


def test_a_generation_that_would_end_past_the_horizon_never_finishes():
    here = changed(C, "programme", training_months=180.0)
    made = list(routes.generations(routes.owned(here), T, here))
    assert made[1] == routes.Generation(math.inf, 0.0)


def test_a_campus_on_gas_pays_for_gas_and_emits_it():
    here = changed(C, "campus", on_site_gas=True)
    bills = []
    for p in (here, C):
        route, found = finish(p, "campus")
        bills.append(ledger.run_bill(p, route, T, found))
    assert bills[0].tonnes != pytest.approx(bills[1].tonnes)


def test_the_regions_of_equal_wait_do_not_depend_on_the_row_order():
    here = changed(C, "new_medium", n_sites=2.0)
    turned = dataclasses.replace(here, grid_lead_times=dict(reversed(here.grid_lead_times.items())))
    assert routes.new_medium(turned) == routes.new_medium(here)


def test_chips_of_equal_peak_do_not_depend_on_the_row_order():
    turned = dataclasses.replace(C, accelerators=dict(reversed(C.accelerators.items())))
    years = -700 / 365.25  # in 2025: H200 and GH200 have one peak
    assert routes.hardware_on_sale(turned, years) == routes.hardware_on_sale(C, years)


def test_grid_months_of_a_step_held_back_by_the_one_before():
    rows = {
        k: dataclasses.replace(
            x,
            raced=x.raced and x.site == "campus_ia",
            slip_years=5.0 if k == "campus_ia_first" else 0.0,
        )
        for k, x in C.projects.items()
    }
    route, found = finish(dataclasses.replace(C, projects=rows), "signed")
    assert routes.parts(route, found).set_up_years == pytest.approx(0.5)


def test_a_decision_after_the_horizon_is_refused():
    here = changed(C, "race", decision_date="2041-06-01")
    with pytest.raises(InputError, match=r"race\.horizon must come after race\.decision_date"):
        finish(here, "leased")


def test_generation_of_one_step():
    here = changed(changed(C, "on_site", first_tranche_mw=1000.0), "campus", on_site_gas=True)
    assert routes.campus(here).sites


def test_a_hall_that_is_not_built_does_not_join():
    here = changed(changed(C, "leased", built=False), "owned", leased_sites=1.0)
    assert len(routes.owned(here).sites) == len(routes.owned(C).sites)


# 13 hangs: owned.renewal true, owned.service_life_years 0, programme.renewal_gap_months 0


def test_as_many_filings_are_lost_as_stated():
    here = changed(C, "new_medium", n_sites=45.0, lost_sites=13.0)
    assert len(routes.new_medium(here).sites) == 45 - 13


def test_grid_months_when_a_first_step_is_not_built():
    gone = {"campus_ia_first", "luebbenau", "lappeenranta"}
    rows = {k: dataclasses.replace(x, built=k not in gone) for k, x in C.projects.items()}
    route, found = finish(dataclasses.replace(C, projects=rows), "signed")
    assert routes.parts(route, found).set_up_years == pytest.approx(0.5)
