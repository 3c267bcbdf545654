"""What every named scenario changes: which machines are in, whose date moves, and which way."""

import math
from collections.abc import Mapping
from functools import cache

import pytest

from euromesh import params, routes
from euromesh.records import Params

NAMES = sorted(routes.ROUTES)
SCENARIOS = sorted(params.library().scenarios)
ONE_ROUTE = {  # scenario: the only route whose date moves, and by how many months, or which way
    "one_leased_site": ("owned", -1),
    "nvidia_only": ("owned", 1),
    "without_jupiter": ("owned", 1),
    "eu27_only": ("owned", 1),
    "eurohpc_only": ("owned", 1),
    "gigafactory_late": ("gigafactory", 24),  # the median of the slip law is no slip
    "on_site_gas": ("campus", 12 * (3.5 - 37.5 / 7)),  # the first tranche in three and a half years
}


load = cache(params.load)


@cache
def dates(scenario: str) -> Mapping[str, float]:
    here = load(scenario)
    target = here.targets[here.race.target]
    return {
        name: routes.finish_date_years(routes.ROUTES[name](here), target, here) for name in NAMES
    }


@pytest.fixture(scope="module")
def central_dates() -> Mapping[str, float]:
    return dates("central")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_is_a_whole_set_of_parameters_that_gives_dates(scenario: str) -> None:
    found = dates(scenario)
    assert min(found.values()) < math.inf
    assert not [name for name in NAMES if not found[name] > 0]


@pytest.mark.parametrize("scenario", ONE_ROUTE)
def test_a_scenario_moves_one_date_its_way_and_no_other(
    central_dates: Mapping[str, float], scenario: str
) -> None:
    route, months = ONE_ROUTE[scenario]
    found = dates(scenario)
    assert {name for name in NAMES if found[name] != central_dates[name]} == {route}
    moved = found[route] - central_dates[route]
    assert moved * months > 0 if abs(months) == 1 else moved * 12 == pytest.approx(months)


def test_the_low_and_the_high_scenario_enclose_the_public_machines(
    central_dates: Mapping[str, float],
) -> None:
    low, high = dates("low"), dates("high")
    assert high["owned"] < central_dates["owned"] < low["owned"]
    for name in ("campus", "new_medium"):
        assert low[name] < central_dates[name] < high[name]


# --- which machines are in -----------------------------------------------------------------------


def gone(central: Params, scenario: str) -> set[str]:
    """The machines that a scenario leaves out; it adds none."""
    before, after = (routes.owned_machines(here).keys() for here in (central, load(scenario)))
    assert after < before
    return before - after


def test_nvidia_only_leaves_out_every_other_stack(central: Params) -> None:
    stacks = {
        central.accelerators[accelerator].stack
        for name in gone(central, "nvidia_only")
        if (accelerator := central.machines[name].accelerator)
    }
    assert stacks == {"rocm", "oneapi"}
    left = routes.owned_machines(load("nvidia_only")).values()
    assert {central.accelerators[m.accelerator].stack for m in left if m.accelerator} == {"cuda"}


def test_without_jupiter_its_place_keeps_its_older_machines(central: Params) -> None:
    assert gone(central, "without_jupiter") == {"jupiter_booster"}
    sites = routes.owned(load("without_jupiter")).sites
    assert any(site.place == "Jülich" for site in sites)
    assert not [site for site in sites if site.n_accel == pytest.approx(2353.6)]


def test_eu27_only_leaves_out_three_countries(central: Params) -> None:
    out = gone(central, "eu27_only")
    assert {central.machines[name].country for name in out} == {"ch", "gb", "no"}
    left = routes.owned_machines(load("eu27_only")).values()
    assert not {m.country for m in left} & {"ch", "gb", "no"}


def test_eurohpc_only_leaves_the_machines_that_eurohpc_owns(central: Params) -> None:
    left = routes.owned_machines(load("eurohpc_only"))
    assert {m.programme for m in left.values()} == {"eurohpc"}
    assert {"jupiter_booster", "lumi_g", "leonardo_booster", "alice_recoque"} <= left.keys()
    assert not {central.machines[name].programme for name in gone(central, "eurohpc_only")} & {
        "eurohpc"
    }


def test_one_leased_site_adds_a_hall_that_goes_on_from_what_the_machines_have_computed(
    central: Params, central_dates: Mapping[str, float]
) -> None:
    """Sooner than either alone; from its first day on the hall trains by itself."""
    here = load("one_leased_site")
    assert routes.owned_machines(here) == routes.owned_machines(central)
    added = routes.owned(here).sites[len(routes.owned(central).sites) :]
    assert added == routes.leased(here).sites
    target = here.targets[here.race.target]
    found = routes.finish(routes.owned(here), target, here)
    assert found.finish_years < min(central_dates["owned"], central_dates["leased"])
    assert found.federation.places == ("leased hall 1",)
    assert found.first_compute_years < routes.leased(here).sites[0].start_years
    team = routes.owned_team(target, here)  # the hall is a place that no machine names
    assert any(site.place.startswith("leased hall") for site in team.sites)
    regions = list(routes.by_country(team))
    assert sum(1 + len(region.inside) for region in regions) == len(team.members)
    assert len(regions) == len({site.country for site in team.sites})
