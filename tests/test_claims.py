"""Comparatives of the text, so that the text fails when a result flips.

Each claim stands with the words of the page that it holds. Words that a page chooses by the state
of its run need no test: they follow the result.
"""

from __future__ import annotations

import dataclasses
import math
import re
from fnmatch import filter as fitting
from statistics import median
from typing import Any

import pandas as pd
import pytest

from euromesh import efficiency, fits, fleet, frontier, params, routes
from euromesh import units as u
from euromesh.efficiency import LAWS
from euromesh.facts import Facts, grid
from euromesh.facts.changes import OWNED
from euromesh.frontier import Run
from euromesh.records import Params
from euromesh.routes import ROUTES
from tests.stating import golden, headline
from tests.strategies import changed

KEY = re.compile(r"(?<![\w.])[a-z]\w*(?:\.[\w*]+)+")
CLAIMS = """
intro: 'The one award ... is smaller than the share that we assume'
    owned.share.low < owned.share
federation: 'We plan Blackwell between them and the pods'
    mfu_runs.blackwell_planned_fp8.mfu < mfu_runs.gb200_pod_fp8.mfu < mfu_runs.gb300_pod_fp8.mfu
the dates of routes, printed with the ends of their range: the worst case, ours, the best
    owned.finish_date_high < owned.finish_date < owned.finish_date_low
    new_medium.finish_date_low <= new_medium.finish_date <= new_medium.finish_date_high
    campus.finish_date_low <= campus.finish_date <= campus.finish_date_high
machines: 'the first place counts for less', 'spread no more evenly than the old'
    substrate.signed_top_host_share < substrate.top_host_share
    substrate.signed_top_five_share >= 0.95 * substrate.top_five_share
    substrate.signed_gini_places >= substrate.gini_places
fig-in-service: 'peaks ... and falls', within a band that is wider than the plans
    evidence.gathered_on < substrate.best_year_end < substrate.last_year_end
    substrate.best_bf16_eflops_high - substrate.best_bf16_eflops_low > substrate.planned_bf16_eflops
'With the contracts the Union's part rises'; states grant more than the Union
    substrate.union_managed_share < min(0.5, substrate.union_signed_managed_share)
machines: 'Over it the projects displaced in a year are ... to ...'
    owned.displaced_projects_year_low < owned.displaced_projects_year
    owned.displaced_projects_year < owned.displaced_projects_year_high
distance: 'The protocol can bind before the fibre does', 'does not hide', 'Several at once would'
    training.transfer_gbit_per_s < efficiency.hiding_gbit_per_s_405b < training.wan_gbit_per_s
    efficiency.hiding_gbit_per_s_405b < min(links.*.gbit_per_s)
    1 < efficiency.transfers_to_hide_405b < 4
distance: 'It matters most which law holds, and how much loss ...': more than the rate of a link
    efficiency.penalty_405b_m8_high - efficiency.penalty_405b_m8_low > 0.2
    efficiency.penalty_on_line_gap > efficiency.penalty_405b_m8_gap + 0.2
    efficiency.product_405b < 1 / efficiency.penalty_405b_plan
distance: a hierarchy by country 'pays only where links inside a country are faster'
    efficiency.hierarchy_seconds_405b > efficiency.ring_seconds_405b
federation: 'Counted against such a building ... more than the ... above'
    efficiency.product_405b < efficiency.product_405b_with_batch
federation: 'the dearer reading'
    efficiency.penalty_405b_effective < efficiency.penalty_405b_plan
    owned.finish_if.effective_replicas <= owned.finish_date
'and a small model on devices ... loses no more than one in step'; 'shows a loss ... above'
    loss_reports.unequal_devices.loss <= loss_reports.unequal_devices.baseline
    loss_reports.unequal_devices.n_params < 1e9
    loss_reports.dilocox.loss > loss_reports.dilocox.baseline
fig-penalties: 'Nobody has measured ...'; 'whose exponent does not fade with size, by'; a higher E
    max(losses.*.n_params) < 5e9
    efficiency.law_error.joint_vs_one > efficiency.law_error.gap
    penalty.miri.e > penalty.gap.e
    efficiency.flop_of_loss_percent_joint < efficiency.flop_of_loss_percent_gap
    efficiency.flop_of_loss_percent_gap < efficiency.flop_of_loss_percent_miri
'The public machines wait for neither grid nor building'; 'one batch cannot feed more'
    owned.grid_months == 0 and owned.set_up_months < leased.set_up_months
    campus.saturation_at_finish < 0.5
'to the smallest run and', 'to the largest'
    targets.ai_act.training_flop == min(targets.*.training_flop)
    targets.run_5e26.training_flop == max(targets.*.training_flop)
when: 'Each of these probabilities is uncertain, with a range that reaches further up than down'
    owned.never_granted.high - owned.never_granted > owned.never_granted - owned.never_granted.low
    private.never_built.high - private.never_built > private.never_built - private.never_built.low
    campus.never_built.high - campus.never_built > campus.never_built - campus.never_built.low
when: 'for the first ... MW, and longer for the rest'; 'Its first step is larger'
    grid.lead_250mw_mean_years < grid.lead_1gw_mean_years
    on_site.first_build_years < on_site.full_build_years
when: 'steps of one project as one site'
    grid.projects_raced >= 1 and race.equal_power_mw < owned.power_mw
when: 'Named projects are smaller'
    grid.projects_median_mw < campus.grid_mw / 2
    grid.projects_mean_by_mw_years > grid.projects_median_years
projects: 'the year after' of Campus IA; without those sites later
    int(grid.campus_ia_compute_date[:4]) == int(projects.campus_ia_first.power_on[:4]) + 1
    signed.finish_if.without_first_capacity > signed.finish_date
projects: '... of the steps is in service', 'to the ninetieth percentile by none to ...'
    grid.projects_energised == 1
    slip.probability <= 0.9
gigafactories: 'The date depends most on the slip, then on the months of building'
    gigafactory.build_months.high - gigafactory.build_months.low > \
gigafactory.contract_months.high - gigafactory.contract_months.low
    12 * grid.late_plan_p90_years > gigafactory.build_months.high - gigafactory.build_months.low
    gigafactory.build_months.high - gigafactory.build_months.low > 12 / 365.25 * \
(day(gigafactory.selected_on.high) - day(gigafactory.selected_on.low)).days
gigafactories: 'in the fastest. So only bidders that hold a connection can keep the date'
    gigafactory.build_months / 12 < grid.lead_250mw_best_years
gigafactories: 'Their IT power is ..., which lies in the span that the call gives'
    gigafactory_lots.smaller.first_it_mw_least < gigafactory.first_it_mw.smaller
    gigafactory.first_it_mw.smaller < gigafactory_lots.smaller.first_it_mw_most
    gigafactory_lots.larger.first_it_mw_least < gigafactory.first_it_mw.larger
    gigafactory.first_it_mw.larger < gigafactory_lots.larger.first_it_mw_most
gigafactories: 'The second phase does not fit so well'
    gigafactory.roomier.smaller > 1.5 and gigafactory.roomier.larger > 1.5
gigafactories: 'all that public money may buy', 'so most of the time of a gigafactory is private'
    gigafactory.share == 2 * gigafactory.union_share < 0.5
gigafactories: 'The call came ... after the middle of the first plan, and missed ...'
    gigafactory.plans_missed == len(milestones.call*.planned_on)
    milestones.call.planned_on == min(milestones.call*.planned_on)
gigafactories: 'the press expected about ... bidders'
    gigafactory.bidders < gigafactory.expressions
cost: 'and our ranges hold them'
    countries.fr.wholesale_eur_per_mwh.low <= countries.fr.latest_eur_per_mwh
    countries.es.wholesale_eur_per_mwh.low <= countries.es.latest_eur_per_mwh
    countries.se.latest_eur_per_mwh <= countries.se.wholesale_eur_per_mwh.high
    countries.de.latest_eur_per_mwh <= countries.de.wholesale_eur_per_mwh.high
    countries.it.wholesale_eur_per_mwh.low <= countries.it.latest_eur_per_mwh
cost: 'so the kind of accelerator hardly matters'
    owned.tonnes_if.embodied_high < 1.03 * owned.tonnes_if.embodied_low
    owned.tonnes_if.idle_low < owned.tonnes_if.embodied_low < owned.tonnes
    owned.tonnes < owned.tonnes_if.embodied_high < owned.tonnes_if.idle_high
frontier: the lag 'over its range', that of growth
    frontier.lag_months_if.growth_high < frontier.central_lag_months.owned
    frontier.central_lag_months.owned < frontier.lag_months_if.growth_low
    frontier.lag_months_if.growth_low < frontier.lag_months.owned
'the trend passes that in ...', before the end of the year it was held feasible by
    frontier.trend_at_decision > 1
frontier: 'Each of the others puts the public machines further behind'
    frontier.lag_months_by.astra < frontier.lag_months_by.grok_4
    frontier.lag_months_by.astra < frontier.lag_months_by.mythos
    frontier.lag_months_by.astra == frontier.central_lag_months.owned
frontier: 'A flagship need not be the largest run'
    frontier_runs.gpt_5.flop < frontier.largest_flop / 10
    frontier.trend_passes_feasible_date[:4] <= frontier.feasible_by[:4]
    frontier.growth_per_year.low < frontier.growth_to_feasible < frontier.growth_per_year
'Renewal keeps their compute from running out and does not make it grow'
    frontier.generation_3_flop.owned < 1.1 * frontier.generation_2_flop.owned
    frontier.last_unrenewed_renewed_flop.owned < frontier.generation_3_flop.owned
    frontier.last_unrenewed_flop.owned < frontier.last_unrenewed_renewed_flop.owned / 2
'The rate was measured on years before Llama'
    frontier.algorithmic_progress_per_year.as_of < frontier.reference_on < race.decision_date
intro: 'no other answer is worth as much'; report: 'more than any other that we could price'
    voi.private.built > max(voi.owned.granted, voi.leased.built, voi.signed.built)
    voi.private.built > max(voi.gigafactory.built, voi.private.never_built)
how_sure: 'From the smallest run to the largest, the probability ... goes from ... to'
    race.p_owned_before_campus.ai_act >= race.p_owned_before_campus.original
    race.p_owned_before_campus.original >= race.p_owned_before_campus.llama_405b
    race.p_owned_before_campus.llama_405b >= race.p_owned_before_campus.run_1e26
    race.p_owned_before_campus.run_1e26 >= race.p_owned_before_campus.run_5e26
    race.p_owned_before_campus.llama_405b > 0.5 > race.p_owned_first.llama_405b
how_sure: 'when the share is not granted and the campus is built'
    sensitivity.box_coverage > 0.5 and sensitivity.box_density > 0.9
choices: 'hours are bought sooner than machines', 'as often as no hall is found', 'most of it'
    private.contract_months < leased.procurement_months
    private.never_built == leased.never_built
    private.share < 0.5 and private.share.high <= 0.5
intro: 'of that bill one run uses little'; report: 'Other routes commit more before the first hour'
    10 * leased.run_meur < leased.commitment_meur
    owned.commitment_meur < min(private.commitment_meur, leased.commitment_meur)
    owned.commitment_meur < min(campus.commitment_meur, new_medium.commitment_meur)
    owned.commitment_meur < min(gigafactory.commitment_meur, signed.commitment_meur)
intro: 'the public machines finish no run before it that ...'
    1e26 < race.c_star_flop
intro: 'Nothing is lost while the grant takes longer', and more if the port begins after it
    decision.port.months_later < 0.5 and owned.finish_date < owned.finish_if.porting_after
report: 'The machines are few and unlike'; 'No one body may grant them'
    substrate.top_five_share > 0.5 and substrate.union_managed_share < 0.5
intro: 'so the plan stands near their better end'
    efficiency.product_median < efficiency.product_405b <= efficiency.product_high
how_sure: 'its dates would be ... months late on average'
    0.25 < sensitivity.month_grid_months_late < 0.75
"""


def value(key: str) -> Any:
    """What a key stands for in the central run, and a pattern of keys for a list."""
    return [headline(found) for found in fitting(golden(), key)] if "*" in key else headline(key)


@pytest.mark.parametrize("claim", [line for line in CLAIMS.splitlines() if line.startswith("    ")])
def test_a_comparative_of_the_text_is_that_of_the_numbers(claim: str) -> None:
    assert eval(KEY.sub(lambda hit: repr(value(hit[0])), claim.strip()), {"day": u.last_day})


# --- the answer ----------------------------------------------------------------------------------


def test_the_date_depends_most_on_the_share_and_the_grant() -> None:
    """choices, intro: 'depends most on' the grant and its size."""
    central = u.last_day(headline("owned.finish_date"))
    moved = {
        key.rpartition(".")[2]: abs((u.last_day(headline(key)) - central).days)
        for key in fitting(golden(), "owned.finish_if.*")
        if not key.endswith("award")
    }
    first, second = sorted(moved, key=lambda name: -moved[name])[:2]
    assert {first, second} == {"share_low", "institutional_high"} and moved[second] >= 300


def test_the_grant_moves_the_odds_most(facts: Facts) -> None:
    """report: "... the odds against the campus most, the wait for it the odds of being first"."""
    bars = facts["tornado"]
    widest = bars.loc[bars.groupby("outcome")["swing"].idxmax()].set_index("outcome")["input"]
    assert widest["before the campus"] == "owned.granted"
    assert widest["first of all"] == "owned.grant_months"


def test_half_a_year_lost_before_the_first_hour_is_half_a_year_lost() -> None:
    """intro: the table of decisions; report: 'Half a year of delay there makes the model ...'."""
    for name in ("decision", "grant"):
        assert 5 < headline(f"decision.{name}.months_later") < 7


def test_a_full_quorum_leaves_fewer_sites(central: Params) -> None:
    """choices: 'If all had to be up, fewer sites would take part'."""
    every = params.load("central", {"training.quorum": 1.0})
    usual, full = (routes.owned_team(p.targets["llama_405b"], p) for p in (central, every))
    assert len(full.members) < len(usual.members)


# --- what Europe owns ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def machines(facts: Facts) -> pd.DataFrame:
    """The machines of a civil BF16 total, the largest first."""
    every = facts["machines"]
    return every[every["in_total"]].sort_values("eflops", ascending=False)


def test_the_machine_taken_out_is_jupiter_and_no_operating_chip_knows_fp4(
    facts: Facts, machines: pd.DataFrame
) -> None:
    """'Without JUPITER', 'and Germany'; 'we read no FP8 figure'."""
    running = machines[machines["status"] == "operating"]
    assert running["row"].iloc[0] == "jupiter_booster"
    assert running.groupby("country")["eflops"].sum().idxmax() == "de"
    chips = facts.params.accelerators
    used = {str(facts.params.machines[row].accelerator) for row in running["row"]}
    assert {chips[chip].fp4_sparse_tflop_per_s for chip in used} == {None}
    assert chips["mi430x"].fp8_tflop_per_s is None


def test_the_fleet_falls_and_its_band_is_the_peak_of_one_chip(
    facts: Facts, machines: pd.DataFrame
) -> None:
    """fig-in-service: 'falls as machines retire'; LUMI-AI and Alice Recoque: 4/5 of the band."""
    lines = facts["growth"].pivot(index="year_end", columns="status", values="eflops")
    coming = lines.loc[lines.index > headline("evidence.gathered_on"), "operating"]
    assert coming.is_monotonic_decreasing
    assert coming.iloc[0] < headline("substrate.operating_bf16_eflops")
    two = machines.set_index("row").loc[["lumi_ai", "alice_recoque"]]
    assert {facts.params.machines[row].accelerator for row in two.index} == {"mi430x"}
    most, least = (headline(f"substrate.best_bf16_eflops_{end}") for end in ("high", "low"))
    assert (two["high"] - two["low"]).sum() > 0.8 * (most - least)


# --- what distance costs, and who trains together ------------------------------------------------


def test_the_scaling_laws_paper_prints_lower_rates(central: Params, facts: Facts) -> None:
    """distance: 'prints lower rates ... so our rates are never below its own'."""
    law, streaming = (
        central.bandwidth[f"{paper}_10b_data_parallel"] for paper in ("law", "stream")
    )
    pairs = list(zip(*map(fits.published_gbit_per_s, (law, streaming)), strict=True))
    assert all(a <= b for a, b in pairs) and sum(a < b for a, b in pairs) >= 3
    steps = facts["payload_steps"].set_index("published_row").drop(columns="factor")
    assert (steps.filter(like="Scaling-laws paper", axis="index") >= 0).all(axis=None)


def test_the_laws_run_from_joint_to_irreducible_and_the_factor_counts_from_joint(
    facts: Facts,
) -> None:
    """fig-penalties: 'the laws run from ... to'; 'with eight sites of that size ... by the law'.

    Between the laws there is more room than within the refit of one. Epoch's tax is no table of
    losses. 'Our refit of the joint law gives the same penalty'.
    """
    fitted = facts["penalty_laws"].set_index("row")
    laws, billions = fitted["kappa"], fitted["billion_params"]
    assert set(laws.index) == set(efficiency.LAWS)
    assert (laws.idxmin(), laws.idxmax()) == ("joint", "irreducible")
    assert laws["joint"] < 1 < laws["gap"] < laws["joint_vs_one"] < laws["irreducible"]
    refits = facts["penalty_refits"].set_index("law")
    assert laws.max() - laws.min() > 2 * (refits["high"] - refits["low"]).loc["gap"]
    assert refits.loc["joint_vs_one", "median"] == pytest.approx(laws["joint_vs_one"], abs=0.02)
    assert billions.max() == billions["joint"] == billions["gap"] == pytest.approx(2.4)
    assert fitted["n_replicas"].drop("tax").max() == 8
    read = fitted["measured"].drop("joint")
    assert (read.min(), read.max()) == (read["joint_vs_one"], read["miri"])
    assert read.between(1.34, 1.45).all()
    assert fitted.loc["gap", "there"] == pytest.approx(read["gap"], abs=0.05)
    assert fitted.loc["joint_vs_one", "there"] > 1.15 * read["joint_vs_one"]


def test_the_central_law_predicts_best_and_close_by(central: Params, facts: Facts) -> None:
    """distance: 'The laws are judged by how well they predict'; ours is within 0.3 points."""
    errors = facts["law_errors"].set_index("row")
    assert errors["error"].idxmin() == central.penalty.law == errors["weight"].idxmax()
    assert errors.loc[central.penalty.law, "within"] >= 0.9 * len(facts["law_predictions"])
    assert errors["error"]["miri"] == errors["error"]["shrinking"], "'predicts what ... does'"
    assert errors["weight"]["none"] == 0 and errors["weight"].sum() == pytest.approx(1)


def test_all_sizes_at_180m_and_above_are_met_by_the_stored_law(central: Params) -> None:
    """At least 90 % of the 15 ratios within 0.3 points by the coefficients that a run uses."""
    penalty = central.penalty
    rows = [row for row in central.losses.values() if row.n_params >= 1.8e8 and row.m1]
    off = [
        LAWS[penalty.law](penalty, row.n_params, n).ratio - loss / row.m1
        for row in rows
        for n, loss in ((2, row.m2), (4, row.m4), (8, row.m8))
    ]
    assert len(off) == 15 and sum(abs(one) <= 0.003 for one in off) >= 14


def test_the_laws_of_one_change_are_the_dearest_and_the_cheapest_against_one_site(
    central: Params, facts: Facts
) -> None:
    """'law_worst' and 'law_best' of the changes, and the law of the scenarios low and high."""
    target = central.targets[central.race.target]
    against_one = {"joint_vs_one", "tax", "irreducible", "shrinking", "gap", "miri"}
    dates = {}
    for law in against_one:
        other = changed(central, "penalty", law=law)
        dates[law] = routes.finish_date_years(routes.owned(other), target, other)
    ends = max(dates, key=lambda law: dates[law]), min(dates, key=lambda law: dates[law])
    stated = params.library().scenarios
    assert ends == tuple(stated[name].set["penalty.law"] for name in ("low", "high"))
    assert ends == tuple(OWNED[name]["penalty.law"] for name in ("law_worst", "law_best"))


def test_mfu_takes_the_most_and_the_penalty_comes_next(central: Params) -> None:
    """fig-chain: 'MFU takes the most, the penalty comes next'."""
    route = routes.owned(central)
    done = routes.finish(route, central.targets["llama_405b"], central)
    left = list(routes.stages(route, done).values())
    names = ("mfu", "gate", "exchange", "stragglers", "quorum", "penalty")
    taken = {name: b / a for name, a, b in zip(names, left, left[1:], strict=False)}
    assert sorted(taken, key=lambda name: taken[name])[:2] == ["mfu", "penalty"]


def test_losing_any_place_leaves_at_least_what_is_left_without_the_fastest(
    central: Params, facts: Facts
) -> None:
    """fig-without: 'that is without ..., the fastest', 'are under contract for the most part'."""
    losses = facts["members"]["loss"]
    assert losses.iloc[0] == losses.max() > losses.iloc[1]
    team = routes.owned_team(central.targets["llama_405b"], central)
    running = dataclasses.replace(central.owned, contracted=False)
    operating = routes.owned(dataclasses.replace(central, owned=running)).sites
    for city in ("Bologna", "Kajaani", "Bruyères-le-Châtel"):
        whole, part = (
            sum(fleet.site_flop_per_s(s) for s in sites if s.city == city)
            for sites in (team.sites, operating)
        )
        assert part < whole / 2, city


# --- when a model is finished, and the projects --------------------------------------------------


def test_the_ranges_of_the_lead_times_overlap(central: Params) -> None:
    """fig-lead-times: 'the ranges overlap'; smaller loads wait less in every region."""
    leads = {load: grid.waits(central, mw) for load, mw in grid.LOADS.items()}
    for region in leads["1gw"]:
        medium, quarter, whole = (leads[load][region].law for load in grid.LOADS)
        assert medium.median < quarter.median < whole.median
    laws = grid.laws(central, grid.GIGAWATT)
    assert max(law.quantile(0.1) for law in laws) < min(law.quantile(0.9) for law in laws)


def test_the_larger_half_of_the_steps_waits_longer_and_raced_are_those_with_a_contract(
    central: Params,
) -> None:
    """projects: 'The promise depends on size'; 'those with a contract or a building site'."""
    steps = sorted(central.projects.values(), key=lambda step: step.mw)
    days = [(u.last_day(s.power_on) - u.last_day(s.announced_on)).days for s in steps]
    half = len(steps) // 2
    assert median(days[-half:]) > 1.2 * median(days[:half])
    assert {step.stage for step in steps if step.raced} == {"signed", "building"}
    assert all(step.raced for step in steps if step.stage == "signed")


# --- the moving frontier -------------------------------------------------------------------------


def test_each_route_is_nearest_within_about_a_year_and_then_falls_back(
    facts: Facts, central: Params
) -> None:
    """fig-frontier-lags: 'within about a year of its first step and then falls back'.

    fig-moving-frontier: 'by the end of the chart the distance has grown on all of them'.
    'At a constant rate of compute a route falls back almost a month a month'.
    """
    runs = facts["largest_runs"]
    runs = runs[runs["date"] <= "2036-01-01"]  # what the page draws
    for name, kind in ROUTES.items():
        mine = runs[runs["row"] == name].reset_index(drop=True)
        best = mine["lag_months"].idxmin()
        started = min(site.start_years for site in kind(central).sites)
        assert mine.loc[best, "years"] - started < 1.25, kind.label
        back = mine["lag_months"].iloc[best:].diff().dropna()
        assert back.min() > -0.25 and back.sum() > 1, kind.label  # a phase wins days back
        gaps = [frontier.standing(Run(r.flop, r.years), central).gap for r in mine.itertuples()]
        assert gaps[-1] > min(gaps) > 10
    hall = runs[runs["row"] == "leased"]
    months, years = (hall[name].iloc[-1] - hall[name].iloc[-8] for name in ("lag_months", "years"))
    assert 0.8 < months / 12 / years < 1


def test_a_larger_share_beats_the_rivals_to_larger_runs_and_a_later_day_to_smaller(
    facts: Facts,
) -> None:
    """fig-cstar-map: 'With a larger share ... larger runs, after a later decision to smaller'.

    'From ... to ... of each machine $C^*$ grows faster than the share against either rival'.
    'the last decision ... further behind the frontier than the first, by more than half a year'.
    """
    low, high = headline("owned.share.low"), headline("owned.share.high")
    tiles = facts["c_star_map"]
    for _, row in tiles.groupby(["rival", "decided"]):
        by_share = row.set_index("share")["flop"].sort_index()
        assert by_share.is_monotonic_increasing
        assert by_share[high] / by_share[low] > high / low
    for (rival, share), column in tiles.groupby(["rival", "share"], sort=False):
        lags = column["lag_months"]
        assert share > high or lags.iloc[-1] > lags.iloc[0] + 6
        assert rival == ROUTES["leased"].label or column["flop"].is_monotonic_decreasing


def test_no_tile_of_the_map_is_within_b_at_the_slowest_growth(
    facts: Facts, central: Params
) -> None:
    """fig-cstar-map: 'None of these runs is within B at any growth'; slower is nearer."""
    known, record = central.frontier, frontier.largest(central)
    slow = headline("frontier.growth_per_year.low")
    for row in facts["c_star_map"].itertuples():
        months = row.lag_months + 12 * math.log(row.flop / record.flop) / math.log(
            known.growth_per_year
        )
        largest = frontier.frontier_flop(months / 12, record.flop, slow)
        assert frontier.gap(row.flop, largest) > known.class_ratio


def test_only_public_machines_are_renewed(central: Params) -> None:
    """'rivals keep what they bought': their sites have no end."""
    for name in list(ROUTES)[1:]:
        assert all(math.isinf(site.end_years) for site in ROUTES[name](central).sites)
