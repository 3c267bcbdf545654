"""Comparatives of the pages on projects and gigafactories, so that the text fails when one flips.

Each test quotes the words of the page that it holds.
"""

from statistics import median

import pytest

from euromesh import params
from euromesh import units as u
from euromesh.availability import slip_quantile_years
from euromesh.facts import Facts, Number
from euromesh.records import Params
from euromesh.records.tables import Project


@pytest.fixture(scope="module")
def found() -> dict[str, Number]:
    """The numbers that the two pages print."""
    names = (
        *("leads_of_seven", "lead_choices", "late_plan", "projects"),
        *("gigafactory_dates", "gigafactory_size", "milestones"),
    )
    run = Facts()
    return {key: one for name in names for key, one in run.made(name).numbers()}


def waited(step: Project) -> float:
    return u.years_between(u.last_day(step.announced_on), u.last_day(step.power_on))


def test_the_larger_half_of_the_steps_waits_longer(
    central: Params, found: dict[str, Number]
) -> None:
    """projects: 'The promise depends on size'."""
    steps = sorted(central.projects.values(), key=lambda step: step.mw)
    half = len(steps) // 2
    assert median(map(waited, steps[-half:])) > 1.2 * median(map(waited, steps[:half]))
    by_mw = float(found["grid.projects_mean_by_mw_years"].value)
    assert by_mw > float(found["grid.projects_median_years"].value)


def test_one_step_is_in_service(found: dict[str, Number]) -> None:
    """projects: '... of the steps is in service'."""
    assert found["grid.projects_energised"].value == 1


def test_most_plans_are_on_time(central: Params) -> None:
    """projects: 'from the tenth to the ninetieth percentile by none to ...'."""
    law = central.slip
    assert slip_quantile_years(law.probability, law.median_years, law.sigma, 0.1) == 0


def test_raced_are_those_with_a_contract_or_a_building_site(central: Params) -> None:
    """projects: 'those with a contract or a building site whose capacity may be let'."""
    raced = [step for step in central.projects.values() if step.raced]
    assert {step.stage for step in raced} == {"signed", "building"}
    signed = [step for step in central.projects.values() if step.stage == "signed"]
    assert all(step.raced for step in signed)


def test_the_opening_of_a_gigafactory_depends_most_on_the_slip(found: dict[str, Number]) -> None:
    """gigafactories: 'The date depends most on the slip'."""
    known = params.library().parameters
    selected, months = (known[f"gigafactory.{name}"] for name in ("selected_on", "build_months"))
    by_slip = float(found["grid.late_plan_p90_years"].value)
    by_building = (float(months.high or 0) - float(months.low or 0)) / u.MONTHS_PER_YEAR
    by_selection = u.years_between(u.last_day(str(selected.low)), u.last_day(str(selected.high)))
    assert by_slip > by_building > by_selection


def test_the_press_gave_several_times_the_power(found: dict[str, Number]) -> None:
    """gigafactories: 'several times as much'."""
    said, drawn = (found[f"gigafactory.site_mw{e}"].value for e in ("_in_press", "_most"))
    assert float(said) > 3 * float(drawn)


def test_only_bidders_with_a_connection_can_keep_the_date(
    central: Params, found: dict[str, Number]
) -> None:
    """gigafactories: 'in the fastest, so only bidders that hold a connection can keep the date'."""
    years = central.gigafactory.build_months / u.MONTHS_PER_YEAR
    assert years < float(found["grid.lead_250mw_best_years"].value)
    sizes = (float(found[f"gigafactory.site_mw{e}"].value) for e in ("", "_most"))
    assert all(100 < size < 500 for size in sizes), "'a site of this size' is a quarter gigawatt"


def test_the_call_missed_every_plan_that_was_read(
    central: Params, found: dict[str, Number]
) -> None:
    """gigafactories: 'The call came ... after the middle of the first plan, and missed ...'."""
    plans = [key for key in central.milestones if key.startswith("call")]
    assert found["gigafactory.plans_missed"].value == len(plans)
    planned = sorted(plans, key=lambda key: str(central.milestones[key].planned_on))
    assert planned[0] == "call", "the row `call` holds the first plan"


def test_bidders_fell_from_the_expressions_of_interest(found: dict[str, Number]) -> None:
    """gigafactories: 'groups had expressed interest', 'about ... bidders were expected'."""
    assert float(found["gigafactory.bidders"].value) < float(found["gigafactory.expressions"].value)
