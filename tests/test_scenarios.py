"""What every named scenario changes: which machines are in, whose date moves, and which way."""

import math
from collections.abc import Callable, Mapping
from functools import cache

import pytest

from euromesh import params, routes
from euromesh.records import Params
from euromesh.records.tables import Machine

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
LONGER = {"one_leased_site": "run_1e26"}  # a run that is not done before the hall is there


load = cache(params.load)


@cache
def dates(scenario: str, run: str = "") -> Mapping[str, float]:
    here = load(scenario)
    target = here.targets[run or here.race.target]
    return {
        name: routes.finish_date_years(routes.ROUTES[name](here), target, here) for name in NAMES
    }


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_is_a_whole_set_of_parameters_that_gives_dates(scenario: str) -> None:
    found = dates(scenario)
    assert min(found.values()) < math.inf
    assert not [name for name in NAMES if not found[name] > 0]


@pytest.mark.parametrize("scenario", ONE_ROUTE)
def test_a_scenario_moves_one_date_its_way_and_no_other(scenario: str) -> None:
    route, months = ONE_ROUTE[scenario]
    run = LONGER.get(scenario, "")
    found, before = dates(scenario, run), dates("central", run)
    assert {name for name in NAMES if found[name] != before[name]} == {route}
    moved = found[route] - before[route]
    assert moved * months > 0 if abs(months) == 1 else moved * 12 == pytest.approx(months)


def test_the_low_and_the_high_scenario_enclose_the_public_machines() -> None:
    low, between, high = map(dates, ("low", "central", "high"))
    assert high["owned"] < between["owned"] < low["owned"]
    for name in ("campus", "new_medium"):
        assert low[name] < between[name] < high[name]


def stack(machine: Machine, of: Params) -> str | None:
    return of.accelerators[machine.accelerator].stack if machine.accelerator else None


@pytest.mark.parametrize(
    ("scenario", "leaves_out"),
    [
        ("nvidia_only", lambda machine, of: stack(machine, of) in ("rocm", "oneapi")),
        ("without_jupiter", lambda machine, of: machine == of.machines["jupiter_booster"]),
        ("eu27_only", lambda machine, of: machine.country in ("ch", "gb", "no")),
        ("eurohpc_only", lambda machine, of: machine.programme != "eurohpc"),
    ],
)
def test_a_scenario_leaves_out_the_machines_that_it_names_and_adds_none(
    central: Params, scenario: str, leaves_out: Callable[[Machine, Params], bool]
) -> None:
    before, after = (routes.owned_machines(here) for here in (central, load(scenario)))
    kept = {name for name, machine in before.items() if not leaves_out(machine, central)}
    assert after.keys() == kept < before.keys()


def test_a_leased_hall_goes_on_from_what_the_machines_have_computed() -> None:
    """Sooner than either alone, with the hall in the team at the end."""
    here, run = load("one_leased_site"), LONGER["one_leased_site"]
    target = here.targets[run]
    found = routes.finish(routes.owned(here), target, here)
    assert found.finish_years < min(dates("central", run)["owned"], dates("central", run)["leased"])
    assert "leased hall 1" in found.federation.places
    assert found.first_compute_years < routes.leased(here).sites[0].start_years
    team = routes.owned_team(target, here)  # the hall is a place that no machine names
    assert any(site.place.startswith("leased hall") for site in team.sites)
    regions = list(routes.by_country(team))
    assert sum(map(len, regions)) == len(team.members)
    assert len(regions) == len({site.country for site in team.sites})
