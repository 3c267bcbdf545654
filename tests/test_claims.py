"""Comparatives of the text, so that the text fails when a result flips.

Each test quotes the words of the page that it holds. Words that a page chooses by the state of its
run need no test: they follow the result.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date
from statistics import median
from typing import TypeAlias

import pytest

from euromesh import efficiency, fits, fleet, params, routes
from euromesh import units as u
from euromesh.availability import slip_quantile_years
from euromesh.facts import Facts, Number, grid
from euromesh.params import Parameter
from euromesh.records import Params
from euromesh.records.tables import Project

Value: TypeAlias = Callable[[str], float]


@pytest.fixture(scope="module")
def known() -> Mapping[str, Parameter]:
    """Every parameter with its range, by id."""
    return params.library().parameters


# --- the answer ----------------------------------------------------------------------------------


def test_the_date_depends_most_on_the_share_and_the_grant(numbers: dict[str, Number]) -> None:
    """intro: 'Their date depends most on that grant and on its size'."""
    days = {
        key.removeprefix("owned.finish_if."): date.fromisoformat(str(number.value))
        for key, number in numbers.items()
        if key.startswith("owned.finish_if.") and not key.endswith("award")
    }
    central = date.fromisoformat(str(numbers["owned.finish_date"].value))
    moved = {name: abs((day - central).days) for name, day in days.items()}
    assert sorted(moved, key=lambda name: -moved[name])[:2] == ["share_low", "institutional_high"]
    assert min(moved["share_low"], moved["institutional_high"]) >= 365


def test_no_grant_on_record_is_larger_than_the_central_share(
    known: Mapping[str, Parameter],
) -> None:
    """intro: 'none so large exists', 'The one award for a model of the size ... is smaller'."""
    share = known["owned.share"]
    assert float(share.low or 0) < float(share.value or 0)
    assert "frontier-challenge" in share.sources


def test_a_full_quorum_leaves_fewer_sites(central: Params) -> None:
    """decisions: 'If all had to be up, fewer sites would take part'."""
    every = params.load("central", {"training.quorum": 1.0})
    usual, full = (routes.owned_team(p.targets["llama_405b"], p) for p in (central, every))
    assert len(full.members) < len(usual.members)


# --- what distance costs, and who trains together ------------------------------------------------


def test_the_protocol_binds_before_the_fibre(value: Value, central: Params) -> None:
    """efficiency: 'The protocol can bind before the fibre', 'one does not'."""
    hiding = value("efficiency.hiding_gbit_per_s_405b")
    assert central.training.transfer_gbit_per_s < hiding < central.training.wan_gbit_per_s
    assert hiding < min(link.gbit_per_s for link in central.links.values())


def test_a_hierarchy_by_country_takes_longer_than_a_ring(value: Value) -> None:
    """efficiency: 'it pays only where links inside are faster'."""
    assert value("efficiency.hierarchy_seconds_405b") > value("efficiency.ring_seconds_405b")


def test_the_scaling_laws_paper_prints_lower_rates(central: Params, facts: Facts) -> None:
    """efficiency: 'prints lower rates ... so its rows come out a step high'."""
    law, streaming = (
        central.bandwidth[f"{paper}_10b_data_parallel"] for paper in ("law", "stream")
    )
    pairs = list(zip(*map(fits.published_gbit_per_s, (law, streaming)), strict=True))
    assert all(a <= b for a, b in pairs) and sum(a < b for a, b in pairs) >= 3
    steps = facts["payload_steps"].set_index("published_row").drop(columns="factor")
    assert (steps.filter(like="Scaling-laws paper", axis="index") >= 0).all(axis=None)


def test_the_laws_run_from_joint_to_irreducible(value: Value, facts: Facts) -> None:
    """fig-penalties: 'the laws run from ... to'; 'above the dearest law'.

    Between the laws there is more room than within the refit of one.
    """
    laws = facts["penalty_laws"].set_index("row")["kappa"]
    assert set(laws.index) == set(efficiency.LAWS)
    assert (laws.idxmin(), laws.idxmax()) == ("joint", "irreducible")
    assert laws["joint"] < 1 < laws["joint_vs_one"] < laws["irreducible"]
    ours = facts["penalty_refits"].set_index("law").loc["joint_vs_one"]
    assert laws.max() - laws.min() > 2 * (ours["high"] - ours["low"])
    assert value("efficiency.penalty_405b_m8_high") > laws.max()


def test_the_factor_beyond_the_fits_counts_from_the_joint_law(facts: Facts) -> None:
    """efficiency: 'counts from the joint law', 'eight sites, the most in a public table of losses'.

    Epoch's tax is no table of losses.
    """
    fitted = facts["penalty_laws"].set_index("row")
    assert fitted["billion_params"].idxmax() == "joint"
    assert fitted["billion_params"].max() == pytest.approx(405 / 168.75)
    assert fitted["n_replicas"].drop("tax").max() == 8


def test_measured_points_are_of_smaller_models_and_of_a_dearer_last_doubling(
    value: Value, central: Params
) -> None:
    """fig-penalties: 'Nobody has measured ...'; 'beyond eight sites every law may be too cheap'."""
    assert max(row.n_params for row in central.losses.values()) < 5e9
    assert value("efficiency.measured_last_doubling") > value("efficiency.law_doubling")


def test_mfu_takes_the_most_and_the_penalty_comes_next(central: Params) -> None:
    """fig-chain: 'MFU takes the most, the penalty comes next'."""
    route = routes.owned(central)
    done = routes.finish(route, central.targets["llama_405b"], central)
    left = list(routes.stages(route, done).values())
    names = ("mfu", "gate", "exchange", "stragglers", "quorum", "penalty")
    taken = {name: b / a for name, a, b in zip(names, left, left[1:], strict=False)}
    assert sorted(taken, key=lambda name: taken[name])[:2] == ["mfu", "penalty"]
    assert left[-1] == pytest.approx(done.federation.flop_per_s)


def test_losing_any_place_leaves_at_least_what_is_left_without_the_fastest(
    central: Params, facts: Facts
) -> None:
    """fig-without: 'that is without ..., the fastest', 'are under contract for the most part'."""
    losses = facts["members"]["loss"]
    assert losses.iloc[0] == losses.max() == pytest.approx(1 / 6, abs=0.02)
    team = routes.owned_team(central.targets["llama_405b"], central)
    running = dataclasses.replace(central.owned, contracted=False)
    operating = routes.owned(dataclasses.replace(central, owned=running)).sites
    for city in ("Bologna", "Kajaani", "Bruyères-le-Châtel"):
        whole, part = (
            sum(fleet.site_flop_per_s(s) for s in sites if s.place == city)
            for sites in (team.sites, operating)
        )
        assert part < whole / 2, city


# --- when a model is finished --------------------------------------------------------------------


def test_the_ranges_of_the_lead_times_overlap(central: Params) -> None:
    """fig-lead-times: 'the ranges overlap'; smaller loads wait less in every region."""
    leads = {load: grid.waits(central, mw) for load, mw in grid.LOADS.items()}
    for region in leads["1gw"]:
        medium, quarter, whole = (leads[load][region].law for load in grid.LOADS)
        assert medium.median < quarter.median < whole.median
    laws = grid.laws(central, grid.GIGAWATT)
    assert max(law.quantile(0.1) for law in laws) < min(law.quantile(0.9) for law in laws)


def test_waits_and_batches_of_the_routes(value: Value, central: Params) -> None:
    """'The public machines wait for neither grid nor building'; 'one batch cannot feed more'."""
    assert value("owned.grid_months") == 0
    assert value("owned.set_up_months") < value("leased.set_up_months")
    assert value("campus.saturation_at_finish") < 0.25
    sizes = {key: target.training_flop for key, target in central.targets.items()}
    assert min(sizes, key=lambda key: sizes[key]) == "ai_act", "'to the smallest run and'"
    assert max(sizes, key=lambda key: sizes[key]) == "run_5e26", "'to the largest'"


# --- projects and gigafactories ------------------------------------------------------------------


def test_projects_are_smaller_and_the_larger_half_of_the_steps_waits_longer(
    central: Params, value: Value
) -> None:
    """availability: 'Named projects are smaller'; projects: 'The promise depends on size'."""

    def waited(step: Project) -> float:
        return u.years_between(u.last_day(step.announced_on), u.last_day(step.power_on))

    assert value("grid.projects_median_mw") < central.campus.grid_mw / 2
    steps = sorted(central.projects.values(), key=lambda step: step.mw)
    half = len(steps) // 2
    assert median(map(waited, steps[-half:])) > 1.2 * median(map(waited, steps[:half]))
    assert value("grid.projects_mean_by_mw_years") > value("grid.projects_median_years")


def test_one_step_is_in_service_and_most_plans_are_on_time(value: Value, central: Params) -> None:
    """projects: '... of the steps is in service', 'to the ninetieth percentile by none to ...'."""
    assert value("grid.projects_energised") == 1
    law = central.slip
    assert slip_quantile_years(law.probability, law.median_years, law.sigma, 0.1) == 0


def test_raced_are_those_with_a_contract_or_a_building_site(central: Params) -> None:
    """projects: 'those with a contract or a building site whose capacity may be let'."""
    raced = [step for step in central.projects.values() if step.raced]
    assert {step.stage for step in raced} == {"signed", "building"}
    signed = [step for step in central.projects.values() if step.stage == "signed"]
    assert all(step.raced for step in signed)


def test_the_opening_of_a_gigafactory_depends_most_on_the_slip(
    value: Value, known: Mapping[str, Parameter]
) -> None:
    """gigafactories: 'The date depends most on ... and on the slip'."""
    selected, months = known["gigafactory.selected_on"], known["gigafactory.build_months"]
    by_building = (float(months.high or 0) - float(months.low or 0)) / u.MONTHS_PER_YEAR
    by_selection = u.years_between(u.last_day(str(selected.low)), u.last_day(str(selected.high)))
    assert value("grid.late_plan_p90_years") > by_building > by_selection


def test_only_bidders_with_a_connection_can_keep_the_date(central: Params, value: Value) -> None:
    """gigafactories: 'in the fastest, so only bidders that hold a connection can keep the date'."""
    years = central.gigafactory.build_months / u.MONTHS_PER_YEAR
    assert years < value("grid.lead_250mw_best_years")
    usual, most = (value(f"gigafactory.site_mw{end}") for end in ("", "_most"))
    assert all(100 < size < 500 for size in (usual, most)), "'a site of this size'"
    assert value("gigafactory.site_mw_in_press") > 3 * most, "'several times as much'"


def test_the_call_missed_every_plan_and_bidders_fell(central: Params, value: Value) -> None:
    """gigafactories: 'The call came ... after the middle of the first plan, and missed ...'."""
    plans = [key for key in central.milestones if key.startswith("call")]
    assert value("gigafactory.plans_missed") == len(plans)
    planned = sorted(plans, key=lambda key: str(central.milestones[key].planned_on))
    assert planned[0] == "call", "the row `call` holds the first plan"
    assert value("gigafactory.bidders") < value("gigafactory.expressions"), (
        "'bidders were expected'"
    )
