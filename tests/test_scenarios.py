"""What every named scenario changes: which machines are in, whose date moves, and which way."""

import math
from collections.abc import Mapping

import pytest

from euromesh import params, routes
from euromesh.records import Params

NAMES = sorted(routes.ROUTES)
SCENARIOS = sorted(params.library().scenarios)
ONE_ROUTE = {  # scenario: the only route whose date moves, and whether it comes later
    "one_leased_site": ("owned", False),
    "nvidia_only": ("owned", True),
    "without_jupiter": ("owned", True),
    "eu27_only": ("owned", True),
    "eurohpc_only": ("owned", True),
    "gigafactory_late": ("gigafactory", True),
    "on_site_gas": ("campus", False),
}


def dates(here: Params) -> dict[str, float]:
    target = here.targets[here.race.target]
    return {
        name: routes.finish_date_years(routes.ROUTES[name](here), target, here) for name in NAMES
    }


@pytest.fixture(scope="module")
def central_dates(central: Params) -> Mapping[str, float]:
    return dates(central)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_is_a_whole_set_of_parameters_that_gives_dates(scenario: str) -> None:
    found = dates(params.load(scenario))
    assert min(found.values()) < math.inf
    assert not [name for name in NAMES if not found[name] > 0]


def test_the_central_scenario_is_the_central_parameters(central: Params) -> None:
    assert params.load("central") == central


@pytest.mark.parametrize("scenario", ONE_ROUTE)
def test_a_scenario_moves_one_date_its_way_and_no_other(
    central_dates: Mapping[str, float], scenario: str
) -> None:
    route, later = ONE_ROUTE[scenario]
    found = dates(params.load(scenario))
    assert {name for name in NAMES if found[name] != central_dates[name]} == {route}
    assert (found[route] > central_dates[route]) == later


def test_the_low_and_the_high_scenario_enclose_the_public_machines(
    central_dates: Mapping[str, float],
) -> None:
    low, high = dates(params.load("low")), dates(params.load("high"))
    assert high["owned"] < central_dates["owned"] < low["owned"]
    for name in ("campus", "new_medium"):
        assert low[name] < central_dates[name] < high[name]


# --- which machines are in -----------------------------------------------------------------------


def gone(central: Params, scenario: str) -> set[str]:
    """The machines that a scenario leaves out; it adds none."""
    before, after = (
        routes.owned_machines(here).keys() for here in (central, params.load(scenario))
    )
    assert after < before
    return before - after


def test_nvidia_only_leaves_out_every_other_stack(central: Params) -> None:
    stacks = {
        central.accelerators[accelerator].stack
        for name in gone(central, "nvidia_only")
        if (accelerator := central.machines[name].accelerator)
    }
    assert stacks == {"rocm", "oneapi"}
    left = routes.owned_machines(params.load("nvidia_only")).values()
    assert {central.accelerators[m.accelerator].stack for m in left if m.accelerator} == {"cuda"}


def test_without_jupiter_its_place_keeps_its_older_machines(central: Params) -> None:
    assert gone(central, "without_jupiter") == {"jupiter_booster"}
    sites = routes.owned(params.load("without_jupiter")).sites
    assert any(site.place == "Jülich" for site in sites)
    assert not [site for site in sites if site.n_accel == pytest.approx(2353.6)]


def test_eu27_only_leaves_out_three_countries(central: Params) -> None:
    out = gone(central, "eu27_only")
    assert {central.machines[name].country for name in out} == {"ch", "gb", "no"}
    left = routes.owned_machines(params.load("eu27_only")).values()
    assert not {m.country for m in left} & {"ch", "gb", "no"}


def test_eurohpc_only_leaves_the_machines_that_eurohpc_owns(central: Params) -> None:
    left = routes.owned_machines(params.load("eurohpc_only"))
    assert {m.programme for m in left.values()} == {"eurohpc"}
    assert {"jupiter_booster", "lumi_g", "leonardo_booster", "alice_recoque"} <= left.keys()
    assert not {central.machines[name].programme for name in gone(central, "eurohpc_only")} & {
        "eurohpc"
    }


def test_one_leased_site_adds_the_leased_hall_and_keeps_every_machine(central: Params) -> None:
    here = params.load("one_leased_site")
    assert routes.owned_machines(here) == routes.owned_machines(central)
    added = routes.owned(here).sites[len(routes.owned(central).sites) :]
    assert added == routes.leased(here).sites


def test_the_leased_hall_goes_on_from_what_the_machines_have_computed(
    central_dates: Mapping[str, float],
) -> None:
    """Sooner than either alone; from its first day on the hall trains by itself."""
    here = params.load("one_leased_site")
    found = routes.finish(routes.owned(here), here.targets[here.race.target], here)
    assert found.finish_years < min(central_dates["owned"], central_dates["leased"])
    assert found.federation.places == ("leased hall 1",)
    assert found.first_compute_years < routes.leased(here).sites[0].start_years


# --- exact moves ---------------------------------------------------------------------------------


def test_the_late_gigafactory_is_two_years_later_than_its_call_says(
    central_dates: Mapping[str, float],
) -> None:
    """The median of the slip law is no slip; the chips are the same."""
    later = dates(params.load("gigafactory_late"))["gigafactory"] - central_dates["gigafactory"]
    assert later == pytest.approx(2)


def test_gas_brings_the_first_tranche_of_the_campus_to_three_and_a_half_years(
    central_dates: Mapping[str, float],
) -> None:
    """From 37.5/7 years; both train with the same chips, so the date moves as much."""
    sooner = dates(params.load("on_site_gas"))["campus"]
    assert central_dates["campus"] - sooner == pytest.approx(37.5 / 7 - 3.5)


def test_a_leased_hall_among_the_public_machines_adds_up_with_those_of_its_country() -> None:
    """The hall is a place that no machine names."""
    run = params.load("one_leased_site")
    team = routes.owned_team(run.targets["llama_405b"], run)
    assert any(site.place.startswith("leased hall") for site in team.sites)
    regions = list(routes.by_country(team))
    assert sum(1 + len(region.inside) for region in regions) == len(team.members)
    assert len(regions) == len({site.country for site in team.sites})
