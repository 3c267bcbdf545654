"""Which routes are level: one assumed wait, at an end of its range, turns their order on plan."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations, product

import pytest

from euromesh import params, routes
from euromesh.efficiency.federation import IDLE
from euromesh.facts import Facts, levels, of
from euromesh.params import ends, library
from euromesh.records import Params
from euromesh.routes import ROUTES, Finish

CENTRAL = of()
WAITS = [one.name for one in levels.assumed_waits(CENTRAL.params)]


def dates(changed: Params) -> dict[str, float]:
    target = changed.targets[changed.race.target]
    return {
        name: routes.finish_date_years(make(changed), target, changed)
        for name, make in ROUTES.items()
    }


def level(run: Facts) -> set[frozenset[str]]:
    found = run["levels"].query("level == 'yes'")
    return {frozenset(pair) for pair in zip(found["one"], found["other"], strict=True)}


def turned() -> Iterator[frozenset[str]]:
    """Every pair whose order another value of one wait turns, found by runs with that value set."""
    plan = dates(CENTRAL.params)
    for wait, end in product(WAITS, ("low", "high")):
        now = dates(params.load("central", ends({wait: end})))
        for a, b in combinations(ROUTES, 2):
            if (plan[a] - plan[b]) * (now[a] - now[b]) < 0:
                yield frozenset((a, b))


def test_the_waits_are_assumed_and_ranged_and_slips_are_none_of_them() -> None:
    known = library().parameters
    assert {"owned.grant_months", "leased.procurement_months", "signed.procurement_months"} <= {
        *WAITS
    }
    assert {"gigafactory.contract_months", "new_sites.commissioning_months"} <= {*WAITS}
    assert {known[name].how for name in WAITS} == {"assumed"}
    assert not [name for name in WAITS if "slip_years" in name or "grid_lead_times" in name]


def test_routes_are_level_where_a_run_with_the_wait_set_turns_their_order() -> None:
    assert level(CENTRAL) == {*turned()}
    assert frozenset(("owned", "leased")) in level(CENTRAL)
    assert frozenset(("owned", "campus")) not in level(CENTRAL)


def test_each_wait_that_is_named_turns_the_pair_and_the_earlier_one_stands_first() -> None:
    rows = CENTRAL["levels"].set_index(["one", "other"])
    row = rows.loc[("owned", "leased")]
    assert "leased hall: time that the tender takes" in row["turned_by"]
    assert (row["first"], row["second"]) == ("public machines", "leased hall")
    assert set(rows[rows["level"] == "no"]["turned_by"]) == {"–"}


def test_a_wait_that_a_run_sets_turns_nothing() -> None:
    known = library().parameters
    one = Facts("central", {"owned.grant_months": 12.0})
    assert "time to a grant" not in " ".join(one["levels"]["turned_by"])
    assert not level(Facts("central", {name: known[name].value for name in WAITS}))


def test_what_never_finishes_on_plan_is_level_with_nothing_that_no_wait_brings() -> None:
    refused = Facts("central", {"owned.granted": False, "campus.built": False})
    assert not [pair for pair in level(refused) if pair & {"owned", "campus"}]
    assert refused.made("level_with_owned").rows[0][1] == "none"


@pytest.mark.parametrize(("years", "pairs"), [(1.5, 1), (math.inf, 0)])
def test_routes_that_finish_on_one_day_are_level_and_two_that_never_do_are_not(
    monkeypatch: pytest.MonkeyPatch, years: float, pairs: int
) -> None:
    same = Finish(years, 1.0, years, IDLE)
    monkeypatch.setattr(levels, "raced", lambda *_: same)
    monkeypatch.setattr(levels, "at_the_ends", lambda _: {})
    assert len(level(Facts())) == pairs * math.comb(len(ROUTES), 2)


@pytest.mark.parametrize(("hour", "found"), [(1.0, False), (1.4, True)])
def test_what_turns_an_order_and_moves_no_first_hour_is_no_wait(
    monkeypatch: pytest.MonkeyPatch, hour: float, found: bool
) -> None:
    plan = {name: Finish(2.0 + (name != "owned"), 1.0, 2.0, IDLE) for name in ROUTES}
    late = Finish(9.0, hour, 9.0, IDLE)
    monkeypatch.setattr(levels, "raced", lambda _, name, __: plan[name])
    monkeypatch.setattr(
        levels, "at_the_ends", lambda _: {"slip.sigma": [plan, plan | {"owned": late}]}
    )
    assert (frozenset(("owned", "campus")) in level(Facts())) is found


def test_the_routes_level_with_the_public_machines_are_named() -> None:
    names = CENTRAL.made("level_with_owned").rows[0][1]
    ours = {name for pair in level(CENTRAL) if "owned" in pair for name in pair - {"owned"}}
    assert {*names.split(", ")} == {ROUTES[name].label for name in ours}
