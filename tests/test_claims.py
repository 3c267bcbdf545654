"""Comparatives of the text, so that the text fails when a result flips.

Each test quotes the words of the page that it holds. Words that a page chooses by the state of its
run need no test: they follow the result.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from datetime import date
from statistics import median
from typing import Any, TypeAlias

import pandas as pd
import pytest

from euromesh import efficiency, fits, fleet, frontier, params, routes
from euromesh import units as u
from euromesh.availability import slip_quantile_years
from euromesh.facts import Facts, Number, grid
from euromesh.frontier import Run
from euromesh.records import Params
from euromesh.records.tables import Project
from euromesh.routes import ROUTES

Value: TypeAlias = Callable[[str], float]


def ends(key: str) -> tuple[float, float]:
    """The ends of the range of a parameter."""
    known = params.library().parameters[key]
    return float(known.low or 0), float(known.high or 0)


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


def test_no_grant_on_record_is_larger_than_the_central_share(central: Params) -> None:
    """intro: 'none so large exists', 'The one award for a model of the size ... is smaller'."""
    assert ends("owned.share")[0] < central.owned.share
    assert "frontier-challenge" in params.library().parameters["owned.share"].sources


def test_a_full_quorum_leaves_fewer_sites(central: Params) -> None:
    """decisions: 'If all had to be up, fewer sites would take part'."""
    every = params.load("central", {"training.quorum": 1.0})
    usual, full = (routes.owned_team(p.targets["llama_405b"], p) for p in (central, every))
    assert len(full.members) < len(usual.members)


# --- what Europe owns ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(numbers: dict[str, Number]) -> dict[str, Any]:
    """The headline numbers of the machines, and of the run on them."""
    stems = ("substrate.", "owned.")
    return {k.partition(".")[2]: n.value for k, n in numbers.items() if k.startswith(stems)}


@pytest.fixture(scope="module")
def machines(facts: Facts) -> pd.DataFrame:
    """The machines of a civil BF16 total, the largest first."""
    every = facts["machines"]
    return every[every["in_total"]].sort_values("eflops", ascending=False)


def of(machines: pd.DataFrame, status: str) -> pd.DataFrame:
    return machines[machines["status"] == status]


def test_the_machine_taken_out_is_jupiter_and_the_first_country_germany(
    machines: pd.DataFrame,
) -> None:
    """'Without JUPITER', 'and Germany'."""
    running = of(machines, "operating")
    assert running["row"].iloc[0] == "jupiter_booster"
    assert running.groupby("country")["eflops"].sum().idxmax() == "de"


def test_contracts_lower_the_first_place_and_spread_nothing(found: dict[str, Any]) -> None:
    """'make the first place count for less ...', 'spread no more evenly than the old'."""
    assert found["signed_top_host_share"] < found["top_host_share"]
    assert found["signed_top_five_share"] >= 0.95 * found["top_five_share"]
    assert found["signed_gini_places"] >= found["gini_places"]


def test_the_fleet_peaks_and_falls_within_a_band_wider_than_the_plans(
    facts: Facts, found: dict[str, Any]
) -> None:
    """fig-in-service: 'peaks ... and falls as machines retire'; the band is wider than plans."""
    lines = facts["growth"].pivot(index="year_end", columns="status", values="eflops")
    now = facts.params.evidence.gathered_on
    coming = lines.loc[lines.index > now, "operating"]
    assert coming.is_monotonic_decreasing
    assert coming.iloc[0] < found["operating_bf16_eflops"]
    assert now < found["best_year_end"] < found["last_year_end"]
    band = found["best_bf16_eflops_high"] - found["best_bf16_eflops_low"]
    assert band > found["planned_bf16_eflops"]


def test_the_band_is_the_peak_of_one_chip(
    facts: Facts, machines: pd.DataFrame, found: dict[str, Any]
) -> None:
    """'The band is the peak of one chip': that of LUMI-AI and Alice Recoque, four fifths of it."""
    two = machines.set_index("row").loc[["lumi_ai", "alice_recoque"]]
    assert {facts.params.machines[row].accelerator for row in two.index} == {"mi430x"}
    band = found["best_bf16_eflops_high"] - found["best_bf16_eflops_low"]
    assert (two["high"] - two["low"]).sum() > 0.8 * band


def test_no_operating_chip_knows_fp4_and_no_fp8_was_read_for_one(
    facts: Facts, machines: pd.DataFrame
) -> None:
    """'no operating chip knows FP4'; 'For the chip of LUMI-AI and ... no FP8 figure was read'."""
    chips = facts.params.accelerators
    for row in of(machines, "operating")["row"]:
        chip = chips[str(facts.params.machines[row].accelerator)]
        assert chip.fp4_sparse_tflop_per_s is None
    assert chips["mi430x"].fp8_tflop_per_s is None


def test_contracts_raise_the_part_of_the_union(found: dict[str, Any]) -> None:
    """'With the contracts the Union's part rises'; states grant more than the Union."""
    assert found["union_managed_share"] < 0.5
    assert found["union_signed_managed_share"] > found["union_managed_share"]


def test_the_range_of_the_projects_holds_the_central_count(found: dict[str, Any]) -> None:
    """'as much as ... average EuroHPC projects (... to ...)'."""
    low, central, high = (found[f"displaced_projects_year{end}"] for end in ("_low", "", "_high"))
    assert low < central < high


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


def test_the_opening_of_a_gigafactory_depends_most_on_the_slip(value: Value) -> None:
    """gigafactories: 'The date depends most on ... and on the slip'."""
    known = params.library().parameters["gigafactory.selected_on"]
    selected = (u.last_day(str(day)) for day in (known.low, known.high))
    least, most = ends("gigafactory.build_months")
    by_building = (most - least) / u.MONTHS_PER_YEAR
    assert value("grid.late_plan_p90_years") > by_building > u.years_between(*selected)


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


# --- the moving frontier -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def runs(facts: Facts) -> pd.DataFrame:
    """What the page draws."""
    found = facts["largest_runs"]
    return found[found["date"] <= "2036-01-01"]


@pytest.fixture(scope="module")
def tiles(facts: Facts) -> pd.DataFrame:
    return facts["c_star_map"]


def test_the_low_share_adds_more_to_the_lag_than_the_slowest_growth(
    numbers: dict[str, Number], value: Value
) -> None:
    """'which adds more to the lag than the slowest growth'."""
    low, usual = (
        date.fromisoformat(str(numbers[f"owned.{key}"].value))
        for key in ("finish_if.share_low", "finish_date")
    )
    central = value("frontier.central_lag_months.owned")
    slow, fast = (value(f"frontier.lag_months_if.growth_{end}") for end in ("low", "high"))
    assert (low - usual).days / 365.25 * 12 > slow - central
    assert fast < central < slow < value("frontier.lag_months.owned")


def test_the_trend_is_ahead_of_the_list_and_of_what_was_held_feasible(
    numbers: dict[str, Number], value: Value, central: Params
) -> None:
    """'the trend passes that in ...', before the end of the year it was held feasible by."""
    assert value("frontier.trend_at_decision") > 1
    passed = str(numbers["frontier.trend_passes_feasible_date"].value)
    assert passed < central.frontier.feasible_by
    growth = value("frontier.growth_to_feasible")
    assert ends("frontier.growth_per_year")[0] < growth < central.frontier.growth_per_year


def test_the_distance_grows_on_every_route(runs: pd.DataFrame, central: Params) -> None:
    """fig-moving-frontier: 'by the end of the chart the distance has grown on all of them'."""
    for _, mine in runs.groupby("route"):
        gaps = [frontier.standing(Run(r.flop, r.years), central).gap for r in mine.itertuples()]
        assert gaps[-1] > min(gaps) > 10


def test_each_route_is_nearest_within_about_a_year_of_its_first_step(
    runs: pd.DataFrame, central: Params
) -> None:
    """fig-frontier-lags: 'within about a year of its first step and then falls back'."""
    for name, kind in ROUTES.items():
        mine = runs[runs["row"] == name].reset_index(drop=True)
        best = mine["lag_months"].idxmin()
        started = min(site.start_years for site in kind(central).sites)
        assert mine.loc[best, "years"] - started < 1.25, kind.label
        assert mine["lag_months"].iloc[best:].is_monotonic_increasing, kind.label


def test_at_a_constant_rate_a_route_falls_back_almost_a_month_a_month(
    runs: pd.DataFrame,
) -> None:
    """'At a constant rate of compute a route falls back almost a month a month'."""
    mine = runs[runs["row"] == "leased"]
    months, years = (mine[name].iloc[-1] - mine[name].iloc[-8] for name in ("lag_months", "years"))
    assert 0.8 < months / 12 / years < 1


def test_a_larger_share_beats_the_campus_to_larger_runs_and_a_later_day_to_smaller(
    tiles: pd.DataFrame,
) -> None:
    """fig-cstar-map: 'With a larger share ... larger runs, after a later decision to smaller'."""
    for (_, _), row in tiles.groupby(["rival", "decided"]):
        assert row.sort_values("share")["flop"].is_monotonic_increasing
    for (rival, _), column in tiles.groupby(["rival", "share"], sort=False):
        assert column["lag_months"].is_monotonic_increasing
        assert rival == ROUTES["leased"].label or column["flop"].is_monotonic_decreasing


def test_no_tile_of_the_map_is_within_b_at_the_slowest_growth(
    tiles: pd.DataFrame, central: Params
) -> None:
    """fig-cstar-map: 'No tile is within B at any growth of our range'; slower is nearer."""
    slow, _ = ends("frontier.growth_per_year")
    known = central.frontier
    for row in tiles.itertuples():
        months = row.lag_months + 12 * math.log(row.flop / known.largest_flop) / math.log(
            known.growth_per_year
        )
        largest = frontier.frontier_flop(months / 12, known.largest_flop, slow)
        assert frontier.gap(row.flop, largest) > known.class_ratio


def test_half_a_year_adds_about_half_a_year_against_the_hall(tiles: pd.DataFrame) -> None:
    """'Each half year of delay leaves the model about half a year further behind'."""
    hall = tiles[tiles["rival"] == ROUTES["leased"].label]
    for _, column in hall.groupby("share"):
        first, second, *_, last = column["lag_months"]
        assert 4 < second - first < 7
        assert (last - first) / 5 == pytest.approx(6, abs=0.5)


def test_c_star_grows_faster_than_the_share(tiles: pd.DataFrame) -> None:
    """'From ... to ... of each machine $C^*$ grows faster than the share against either rival'."""
    low, high = ends("owned.share")
    for _, row in tiles.groupby(["rival", "decided"]):
        by_share = row.set_index("share")["flop"]
        assert by_share[high] / by_share[low] > high / low


def test_renewal_keeps_the_public_machines_without_making_them_grow(
    value: Value,
) -> None:
    """'Renewal keeps their compute from running out and does not make it grow'."""
    second, third = (value(f"frontier.generation_{n}_flop.owned") for n in (2, 3))
    last, renewed = (
        value(f"frontier.last_unrenewed_{size}.owned") for size in ("flop", "renewed_flop")
    )
    assert third < 1.1 * second
    assert renewed < third and last < renewed / 2


def test_only_public_machines_are_renewed(central: Params) -> None:
    """'rivals keep what they bought': their sites have no end."""
    for name in list(ROUTES)[1:]:
        assert all(math.isinf(site.end_years) for site in ROUTES[name](central).sites)


def test_the_rate_of_progress_was_measured_before_the_reference(central: Params) -> None:
    """'The rate was measured on years before that reference'."""
    known = params.library().parameters["frontier.algorithmic_progress_per_year"]
    assert str(known.as_of) < central.frontier.reference_on
    assert routes.decision_date(central).isoformat() > central.frontier.reference_on
