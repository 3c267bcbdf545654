"""What objections ask, each against the race itself."""

from __future__ import annotations

import pytest

from euromesh import facts, params, routes
from euromesh import units as u
from euromesh.facts.tables import Number
from euromesh.routes import ROUTES


@pytest.fixture(scope="module")
def found() -> dict[str, Number]:
    """The numbers of the module, and the dates they are compared with."""
    run = facts.of()
    names = ("objected", "waits_to_tie", "of_waiting", "of_hosts", "equal_chips", "of_tokens")
    tables = (*names, "of_power_price", "run_bills", "finish", "leads")
    return {key: number for name in tables for key, number in run.made(name).numbers()}


def finish_years(route: str, **changed: object) -> float:
    """When a route finishes the target, with some parameters set."""
    p = params.load("central", {key.replace("__", "."): value for key, value in changed.items()})
    return routes.finish_date_years(ROUTES[route](p), p.targets[p.race.target], p)


@pytest.mark.parametrize("rival", ["campus", "leased", "private"])
def test_a_rival_is_ahead_once_the_grant_takes_longer_than_the_tie(
    found: dict[str, Number], rival: str
) -> None:
    tie, theirs = float(found[f"objections.grant_months_to_tie.{rival}"].value), finish_years(rival)
    early, late = (finish_years("owned", owned__grant_months=tie + step) for step in (-0.2, 0.2))
    assert early < theirs < late


def test_the_campus_had_to_be_filed_as_much_earlier_as_it_is_late(
    found: dict[str, Number],
) -> None:
    origin = routes.decision_date(params.load())
    filed = u.last_day(str(found["objections.campus_filed_on"].value))
    ahead = -u.years_between(origin, filed) * u.MONTHS_PER_YEAR
    assert ahead == pytest.approx(found["race.owned_before_campus_months"].value, abs=0.1)


def test_what_is_taken_away_never_helps(found: dict[str, Number]) -> None:
    plan = str(found["owned.finish_date"].value)
    for name in ("after_platform", "without_rubin", "without_largest_country"):
        assert str(found[f"objections.{name}_date"].value) >= plan
    for name in ("running_clusters", "without_mistral"):
        assert str(found[f"objections.{name}_date"].value) > str(found["private.finish_date"].value)
    for row in ("campus", "new_medium", "leased", "signed"):
        same = found[f"objections.equal_chips_date.{row}"].value
        assert str(same) >= str(found[f"{row}.finish_date"].value)
    free, paid = found["objections.leased_free_power_meur"].value, found["leased.run_meur"].value
    assert 0 < float(free) < float(paid)
    assert 0 < float(found["objections.largest_country_share"].value) < 1


def test_the_date_without_a_country_is_that_of_the_other_machines(found: dict[str, Number]) -> None:
    p = params.load()
    name = found["objections.largest_country"].value
    host = next(code for code, country in p.countries.items() if country.name == name)
    theirs = [row for row, machine in p.machines.items() if machine.country == host]
    others = finish_years("owned", **{f"machines.{row}.in_total": False for row in theirs})
    left = u.date_text(routes.decision_date(p), others)
    assert found["objections.without_largest_country_date"].value == left


def test_tokens_follow_from_six_flop_a_parameter(found: dict[str, Number]) -> None:
    assert found["objections.run_tokens"].value == pytest.approx(3.8e25 / 6 / 4.05e11 / 1e9)
    rate = 1e18 * float(found["owned.net_eflops_at_finish"].value)
    read = rate / (2 * 4.05e11) * 86400 / 1e9
    assert found["objections.tokens_read_a_day"].value == pytest.approx(read)
    small, plan = found["objections.small_model_date"].value, found["owned.finish_date"].value
    assert str(small) < str(plan)


def test_where_nothing_is_granted_nobody_trains_and_no_wait_is_short_enough() -> None:
    run = facts.of("central", {"owned.share": 0.0})
    told = {k: n.value for t in ("waits_to_tie", "of_hosts") for k, n in run.made(t).numbers()}
    assert told["objections.grant_months_to_tie.campus"] == 0
    assert told["objections.largest_country"] == "nobody"
    assert told["objections.without_largest_country_date"] == "never"
