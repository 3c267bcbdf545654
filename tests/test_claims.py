"""Comparatives of the text, so that the text fails when a result flips.

Each test quotes the words of the page that it holds.
"""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from euromesh import efficiency, fits, fleet, ledger, params, routes
from euromesh.facts import Facts, Number
from euromesh.records import Params

STAGES = ("mfu", "gate", "exchange", "stragglers", "quorum", "penalty")


def value(numbers: dict[str, Number], key: str) -> float:
    return float(numbers[key].value)


def test_yes_for_a_model_the_size_of_llama(numbers: dict[str, Number]) -> None:
    """intro: 'Yes, for a model the size of Llama and against a gigawatt campus'."""
    assert numbers["race.verdict"].value == "Yes"
    assert str(numbers["owned.finish_date"].value) < str(numbers["campus.finish_date"].value)


def test_the_nearest_rivals_are_signed_sites_and_a_leased_hall(numbers: dict[str, Number]) -> None:
    """intro: 'A campus is not the nearest rival'; fig-answer: 'within weeks of each other'."""
    months = {r: value(numbers, f"race.owned_before_{r}_months") for r in list(routes.ROUTES)[1:]}
    nearest = sorted(months, key=lambda rival: abs(months[rival]))
    assert set(nearest[:2]) == {"signed", "leased"}
    assert (
        max(abs(months["signed"]), abs(months["leased"]), months["leased"] - months["signed"]) < 2
    )
    assert months["campus"] > 24


def test_by_the_median_the_hall_comes_before_the_public_machines(
    numbers: dict[str, Number],
) -> None:
    """intro: 'by the median of the draws the hall comes before the public machines'."""
    assert str(numbers["leased.finish_p50"].value) < str(numbers["owned.finish_p50"].value)


def test_the_award_ends_with_the_campus(numbers: dict[str, Number]) -> None:
    """intro: 'would finish in ..., when the campus does'."""
    award, campus = (
        date.fromisoformat(str(numbers[key].value))
        for key in ("owned.finish_if.award", "campus.finish_date")
    )
    assert abs((award - campus).days) < 31


def test_the_waits_of_the_nearest_are_assumed_alike(central: Params) -> None:
    """intro: 'rests on waits of ... months that nobody has tried'."""
    assert central.owned.grant_months == central.leased.procurement_months
    assert central.owned.grant_months == central.signed.procurement_months


def test_the_share_is_what_most_often_never_comes(numbers: dict[str, Number]) -> None:
    """intro: 'most often because the share is decided and not granted'."""
    never = params.library().parameters["owned.never_granted"].value
    assert float(never or 0) > value(numbers, "owned.never_share") / 2


def test_compute_takes_weeks_except_on_the_public_machines(numbers: dict[str, Number]) -> None:
    """intro: 'For every other route the months before the first step decide and compute takes'."""
    for name in routes.ROUTES:
        before = sum(
            value(numbers, f"{name}.{part}_months") for part in ("institutional", "grid", "set_up")
        )
        if name != "owned":
            assert value(numbers, f"{name}.compute_days") < 60
            assert value(numbers, f"{name}.compute_days") / 30 < before / 5
    assert value(numbers, "owned.compute_days") > 180


@pytest.mark.parametrize("term", ["power", "money", "bill"])
def test_on_equal_terms_the_public_machines_are_first(
    numbers: dict[str, Number], term: str
) -> None:
    """intro: 'On equal power or for equal money the public machines are first'."""
    dates = {name: str(numbers[f"race.equal_{term}_date.{name}"].value) for name in routes.ROUTES}
    assert min(dates, key=lambda name: dates[name]) == "owned"


def test_the_date_depends_most_on_the_share(numbers: dict[str, Number]) -> None:
    """intro: 'The date depends most on the share granted'; fig-changes: share and months most."""
    central = date.fromisoformat(str(numbers["owned.finish_date"].value))
    moved = {
        key.removeprefix("owned.finish_if."): abs(
            (date.fromisoformat(str(number.value)) - central).days
        )
        for key, number in numbers.items()
        if key.startswith("owned.finish_if.") and not key.endswith("award")
    }
    assert sorted(moved, key=lambda name: -moved[name])[:2] == ["share_low", "institutional_high"]
    assert min(moved["share_low"], moved["institutional_high"]) >= 365


def test_a_low_rate_leaves_fewer_sites(central: Params) -> None:
    """What distance costs: 'at the measured ... fewer sites would take part'."""
    known = params.library().parameters["training.wan_gbit_per_s"]
    slow = params.load("central", {"training.wan_gbit_per_s": known.low})
    teams = [
        routes.finish(routes.owned(p), p.targets["llama_405b"], p).federation
        for p in (central, slow)
    ]
    assert len(teams[1].places) < len(teams[0].places)


def test_no_single_change_makes_the_public_machines_lose(numbers: dict[str, Number]) -> None:
    """When a model is finished: 'No single change makes the public machines lose to the campus'.

    The award changes share and machines together; intro: it finishes 'after the campus'.
    """
    campus = str(numbers["campus.finish_date"].value)
    dates = {
        key.rpartition(".")[2]: str(number.value)
        for key, number in numbers.items()
        if key.startswith("owned.finish_if.")
    }
    assert dates.pop("award") > campus
    assert max(dates.values()) < campus


def test_in_the_scenario_low_the_campus_is_first(numbers: dict[str, Number]) -> None:
    """intro: 'in `low` the campus is first'."""
    assert numbers["campus.finish_date_low"].value < numbers["owned.finish_date_low"].value


def test_a_frontier_model_of_the_day_is_out_of_reach(numbers: dict[str, Number]) -> None:
    """intro: 'A frontier model of that day ... is out of reach on every route'."""
    for name in routes.ROUTES:
        assert value(numbers, f"frontier.nearest_lag_months.{name}") > value(
            numbers, "frontier.class_lag_months"
        )


def test_the_lead_is_over_for_larger_runs(numbers: dict[str, Number]) -> None:
    """intro: 'without renewal they never finish' the largest target."""
    assert numbers["owned.finish_run_5e26_date"].value == "never"
    assert value(numbers, "race.c_star_over_target") > 1


def test_rival_laws_run_from_less_than_one_to_more_than_the_central(
    numbers: dict[str, Number],
) -> None:
    """intro and what distance costs: from `joint` to `irreducible`, none above the latter."""
    laws = {law: value(numbers, f"efficiency.penalty_405b_m8_{law}") for law in efficiency.LAWS}
    assert min(laws, key=lambda law: laws[law]) == "joint"
    assert max(laws, key=lambda law: laws[law]) == "irreducible"
    assert laws["joint"] < 1 < laws["joint_vs_one"] < laws["irreducible"]


def test_julich_holds_the_most_and_contracts_put_kajaani_and_bologna_next() -> None:
    """fig-hosts: Jülich operates the most, contracts put Kajaani and Bologna beside it."""
    hosts = Facts()["hosts"]
    running = hosts[hosts["status"] == "operating"].set_index("city")["eflops"]
    assert running.idxmax() == "Jülich"
    both = hosts.groupby("city")["eflops"].sum()
    assert set(both.nlargest(3).index) == {"Jülich", "Kajaani", "Bologna"}


def test_mfu_takes_the_most_and_the_penalty_comes_next(central: Params) -> None:
    """What distance costs: the caption of the chain."""
    route = routes.owned(central)
    done = routes.finish(route, central.targets["llama_405b"], central)
    left = list(routes.stages(route, done).values())
    taken = {name: b / a for name, a, b in zip(STAGES, left, left[1:], strict=False)}
    assert sorted(taken, key=lambda name: taken[name])[:2] == ["mfu", "penalty"]
    assert left[-1] == pytest.approx(done.federation.flop_per_s)


def test_france_scores_first_and_poland_last(numbers: dict[str, Number], central: Params) -> None:
    """fig-scores: 'France scores ... and comes first; Poland, ..., comes last'."""
    target = central.targets["llama_405b"]
    found = {name: ledger.card(central, name, target) for name in central.countries}
    scores = ledger.scores(central, found)
    ranked = sorted(scores, key=lambda name: -scores[name])
    assert ranked[0] == "fr"
    assert set(ranked[1:4]) == {"no", "se", "es"}
    assert ranked[-1] == "pl"


def test_cost_spreads_little_and_carbon_twentyfold(numbers: dict[str, Number]) -> None:
    """Cost, carbon and place: cheapest in Spain, dearest in Britain, carbon twentyfold."""
    costs = {k.split(".")[1]: value(numbers, k) for k in numbers if k.endswith(".cost_meur")}
    assert min(costs, key=lambda name: costs[name]) == "es"
    assert max(costs, key=lambda name: costs[name]) == "gb"
    assert max(costs.values()) / min(costs.values()) < 1.3
    tonnes = [value(numbers, k) for k in numbers if k.endswith("generation_tonnes")]
    spread = value(numbers, "scorecard.carbon_spread")
    assert spread == pytest.approx(max(tonnes) / min(tonnes))


def test_market_rent_is_the_dearest_basis(numbers: dict[str, Number]) -> None:
    """fig-bill: market rent is the dearest basis."""
    full, avoidable, market = (
        value(numbers, f"owned.{basis}_meur") for basis in ("full", "avoidable", "market")
    )
    assert market > avoidable
    assert market > full


def test_no_grant_on_record_is_larger_than_the_central_share() -> None:
    """What Europe owns: 'The central share is larger than any grant on record'."""
    share = params.library().parameters["owned.share"]
    assert share.low < share.value
    assert "frontier-challenge" in share.sources


def test_the_protocol_binds_before_the_fibre(numbers: dict[str, Number], central: Params) -> None:
    """What distance costs: one transfer does not hide the exchange, the known links do."""
    hiding = value(numbers, "efficiency.hiding_gbit_per_s_405b")
    assert central.training.transfer_gbit_per_s < hiding < central.training.wan_gbit_per_s
    assert hiding < min(link.gbit_per_s for link in central.links.values())
    assert value(numbers, "efficiency.transfers_to_hide_405b") > 1


def test_a_hierarchy_by_country_takes_longer_than_a_ring(numbers: dict[str, Number]) -> None:
    """What distance costs: 'it pays only where links inside are faster'."""
    ring, tree = (value(numbers, f"efficiency.{k}_seconds_405b") for k in ("ring", "hierarchy"))
    assert tree > ring


def test_the_scaling_laws_paper_prints_lower_rates(central: Params, facts: Facts) -> None:
    """What distance costs: 'prints lower rates ... so its rows come out a step high'."""
    law, streaming = (
        central.bandwidth[f"{paper}_10b_data_parallel"] for paper in ("law", "stream")
    )
    pairs = list(zip(*map(fits.published_gbit_per_s, (law, streaming)), strict=True))
    assert all(a <= b for a, b in pairs) and sum(a < b for a, b in pairs) >= 3
    steps = facts["payload_steps"].set_index("published_row").drop(columns="factor")
    assert (steps.filter(like="Scaling-laws paper", axis="index") >= 0).all(axis=None)


def test_the_penalty_depends_most_on_the_law(facts: Facts) -> None:
    """What distance costs: between the laws there is more room than within the refit of one."""
    laws, refits = facts["penalty_laws"]["kappa"], facts["penalty_refits"].set_index("law")
    ours = refits.loc["joint_vs_one"]
    assert laws.max() - laws.min() > 2 * (ours["high"] - ours["low"])


def test_the_factor_beyond_the_fits_counts_from_the_joint_law(facts: Facts) -> None:
    """What distance costs: 'counts from the joint law', 'the most in any public table of losses'.

    Epoch's tax is no table of losses.
    """
    fitted = facts["penalty_laws"].set_index("row")
    assert fitted["billion_params"].idxmax() == "joint"
    assert fitted["billion_params"].max() == pytest.approx(405 / 168.75)
    assert fitted["n_replicas"].drop("tax").max() == 8


def test_draws_reach_above_the_dearest_law(numbers: dict[str, Number], facts: Facts) -> None:
    """What distance costs: 'above the dearest law'."""
    dearest = facts["penalty_laws"].set_index("row")["kappa"]
    assert dearest.idxmax() == "irreducible"
    assert value(numbers, "efficiency.penalty_405b_m8_high") > dearest.max()


def test_measured_points_end_below_five_billion_parameters(central: Params) -> None:
    """fig-penalties: every measured point is of a smaller model."""
    assert max(row.n_params for row in central.losses.values()) < 5e9


def test_the_last_doubling_costs_more_than_the_law_has(numbers: dict[str, Number]) -> None:
    """What distance costs: 'beyond eight sites every law may be too cheap'."""
    seen = value(numbers, "efficiency.measured_last_doubling")
    assert seen > value(numbers, "efficiency.law_doubling")


def test_the_terms_move_the_date_more_than_distance(numbers: dict[str, Number]) -> None:
    """Which machines train together: 'the terms of the grant vary more'."""
    terms, distance = (
        value(numbers, f"sensitivity.first_order.{group}") for group in ("terms", "layer_1")
    )
    assert terms > 3 * max(distance, 0.0)


def test_losing_the_fastest_host_costs_a_sixth(central: Params, facts: Facts) -> None:
    """Which machines train together: a sixth without the largest, almost nothing of the least."""
    team = routes.owned_team(central.targets["llama_405b"], central)
    losses = facts["members"]["loss"]
    assert losses.iloc[0] == losses.max() == pytest.approx(1 / 6, abs=0.02)
    assert losses.iloc[-4:].max() < 0.03
    running = dataclasses.replace(central.owned, contracted=False)
    operating = routes.owned(dataclasses.replace(central, owned=running)).sites
    for city in ("Bologna", "Kajaani", "Bruyères-le-Châtel"):
        whole, part = (
            sum(fleet.site_flop_per_s(s) for s in sites if s.place == city)
            for sites in (team.sites, operating)
        )
        assert part < whole / 2, f"{city} is 'under contract for the most part'"


def test_the_best_subset_is_neither_the_largest_host_nor_everybody(
    numbers: dict[str, Number],
) -> None:
    """Which machines train together: the rate rises to the best number of sites and falls."""
    size = value(numbers, "efficiency.best_subset_size")
    assert 1 < size < value(numbers, "efficiency.places_able_405b")
    assert value(numbers, "efficiency.best_subset_one_fewer") < 1
    assert value(numbers, "efficiency.best_subset_eight") > 0.95
    assert value(numbers, "efficiency.best_subset_largest_alone") < 0.5
    alone, together = (numbers[k].value for k in ("owned.finish_if.one_site", "owned.finish_date"))
    assert alone > together, "intro: federation gains the months between"


def test_half_day_jobs_take_over_a_third_longer(numbers: dict[str, Number]) -> None:
    """Which machines train together: the days of a run, and the textbook's two errors."""
    reserved, short, closed, hidden, ring = (
        value(numbers, f"efficiency.run_days_{way}")
        for way in (
            "reserved_median", "short_median", "reserved_closed", "textbook_hidden", "textbook",
        )
    )  # fmt: skip
    assert short > reserved * 4 / 3
    assert hidden < closed < ring


def test_the_mfu_falls_by_a_quarter_and_by_two_fifths(numbers: dict[str, Number]) -> None:
    """fig-scaling: what is left of the MFU at the last published point."""
    assert value(numbers, "efficiency.scaling_left_jupiter") == pytest.approx(0.75, abs=0.02)
    assert value(numbers, "efficiency.scaling_left_lumi") == pytest.approx(0.6, abs=0.02)


def test_a_week_on_short_jobs(numbers: dict[str, Number]) -> None:
    """Which machines train together: two thirds training, and more down than waiting."""
    training, down, waiting = (
        value(numbers, f"efficiency.week_{state}") for state in ("training", "down", "waiting")
    )
    assert training == pytest.approx(2 / 3, abs=0.03)
    assert down > waiting


def test_at_the_low_share_they_still_beat_new_medium_sites(numbers: dict[str, Number]) -> None:
    """When a model is finished: 'they still finish before the new medium sites'."""
    assert numbers["owned.finish_if.share_low"].value < numbers["new_medium.finish_date"].value
