"""Comparatives of the page on when a model is finished, so that it fails when a result flips.

Each test quotes the words of the page that it holds.
"""

from __future__ import annotations

from datetime import date

import pytest

from euromesh import ledger, routes
from euromesh.availability import cumulative_flop
from euromesh.facts import Number, grid
from euromesh.facts.finishes import FEDERATION, RIVALS
from euromesh.records import Params
from euromesh.routes import ROUTES, YEARS

Numbers = dict[str, Number]
ENDS = ("lowest", "highest")


def value(numbers: Numbers, key: str) -> float:
    return float(numbers[key].value)


def day(numbers: Numbers, key: str) -> date:
    """A date; never comes after every date."""
    text = str(numbers[key].value)
    return date.max if text == "never" else date.fromisoformat(text)


def of_routes(numbers: Numbers, ending: str) -> dict[str, date]:
    return {name: day(numbers, f"{name}.{ending}") for name in ROUTES}


def in_order(days: dict[str, date]) -> list[str]:
    return sorted(days, key=lambda name: days[name])


def test_the_leaders_finish_within_weeks_and_the_campus_years_later(numbers: Numbers) -> None:
    """fig-finish: 'The first routes, ..., are level', 'The campus follows ... months after'."""
    days = of_routes(numbers, "finish_date")
    order = in_order(days)
    assert order[:3] == ["signed", "owned", "leased"]
    assert (days["leased"] - days["signed"]).days < 42
    assert order[-1] == "campus"
    assert (days["campus"] - days["owned"]).days > 2 * 365


def test_every_central_date_is_earlier_than_its_median(numbers: Numbers) -> None:
    """'Every date on plan is earlier than its median'."""
    central, median = (of_routes(numbers, f"finish_{which}") for which in ("date", "p50"))
    assert all(central[name] < median[name] for name in ROUTES)


def test_by_the_median_signed_and_hall_come_before_the_public_machines(numbers: Numbers) -> None:
    """'By the median of all draws the first routes are, in their order, signed projects, ...'."""
    assert in_order(of_routes(numbers, "finish_p50"))[:3] == ["signed", "leased", "owned"]


def test_in_single_draws_hall_and_machines_are_first_about_as_often(numbers: Numbers) -> None:
    """'In single draws the likeliest to be first are the leased hall ..., the public machines'."""
    first = {name: value(numbers, f"race.p_{name}_first.llama_405b") for name in ROUTES}
    assert set(sorted(first, key=lambda name: -first[name])[:2]) == {"leased", "owned"}
    assert abs(first["leased"] - first["owned"]) < 0.05


def test_the_ranges_of_the_lead_times_overlap(central: Params) -> None:
    """fig-lead-times: 'the ranges overlap'; smaller loads wait less in every region."""
    leads = {load: grid.waits(central, mw) for load, mw in grid.LOADS.items()}
    for region in leads["1gw"]:
        medium, quarter, whole = (leads[load][region].law for load in grid.LOADS)
        assert medium.median < quarter.median < whole.median
    laws = grid.laws(central, grid.GIGAWATT)
    assert max(law.quantile(0.1) for law in laws) < min(law.quantile(0.9) for law in laws)


def test_to_choose_the_region_is_worth_more_than_to_file_in_all(numbers: Numbers) -> None:
    """fig-power: 'To choose the best region saves more than to file in the others as well'."""
    random, best, filed, alone = (
        value(numbers, f"grid.lead_1gw_{name}")
        for name in (
            "random_p50", "best_region_p50", "first_of_seven_p50", "first_of_seven_p50_independent",
        )
    )  # fmt: skip
    assert random - best > 2 * (best - filed)
    assert random - best > 1.5
    assert 0.25 < best - filed < 1
    assert alone < filed


def test_the_advertised_wait_is_the_mean_of_expected_waits(
    numbers: Numbers, central: Params
) -> None:
    """fig-estimators: 'which happens to equal the mean of expected waits', near the upper end."""
    advertised = central.original.advertised_lead_years
    assert value(numbers, "grid.estimate_1gw.mean_of_means_years") == pytest.approx(
        advertised, abs=0.05
    )
    lowest, highest = (value(numbers, f"grid.estimate_1gw_{end}_years") for end in ENDS)
    assert highest - lowest > 1
    assert (lowest + highest) / 2 < advertised < highest
    assert central.original.campus_lead.baseline_years < advertised


def test_half_of_the_promises_take_over_four_years(numbers: Numbers, central: Params) -> None:
    """'Named projects are smaller'; half of the promises take over four years."""
    assert value(numbers, "grid.projects_median_years") > 4
    assert value(numbers, "grid.projects_raced") < value(numbers, "grid.projects") / 2
    assert value(numbers, "grid.projects_median_mw") < central.campus.grid_mw / 2
    assert value(numbers, "grid.projects_energised") == 1


def test_the_public_machines_start_first_and_wait_for_no_grid(numbers: Numbers) -> None:
    """'They start ..., before every rival', 'wait for neither grid nor building'."""
    assert in_order(of_routes(numbers, "first_compute_date"))[0] == FEDERATION
    assert value(numbers, "owned.grid_months") == 0
    assert value(numbers, "owned.set_up_months") < value(numbers, "leased.set_up_months")


def test_every_rival_overtakes_the_public_machines_the_campus_last(central: Params) -> None:
    """fig-accrual: 'the gigawatt campus last', 'level off as they retire'."""
    target = central.targets[central.race.target]
    model = routes.target_model(central, target)
    steps = {n: routes.accrual(make(central), model, central) for n, make in ROUTES.items()}
    months = [month / 12 for month in range(1, round(12 * routes.horizon_years(central)))]
    behind = {
        rival: max(
            t
            for t in months
            if cumulative_flop(steps[rival], t) < cumulative_flop(steps[FEDERATION], t)
        )
        for rival in RIVALS
    }
    assert max(behind.values()) < months[-1]
    assert max(behind, key=lambda name: behind[name]) == "campus"
    assert steps[FEDERATION][-1].flop_per_s == 0


def test_compute_takes_weeks_but_on_the_public_machines(numbers: Numbers) -> None:
    """fig-parts: weeks of compute on all rivals, from the signed projects to the leased hall."""
    days = {name: value(numbers, f"{name}.compute_days") for name in ROUTES}
    ours = days.pop(FEDERATION)
    assert min(days, key=lambda name: days[name]) == "signed"
    assert max(days, key=lambda name: days[name]) == "leased"
    assert 14 < min(days.values()) < max(days.values()) < 60 < ours


def test_one_batch_cannot_feed_the_campus(numbers: Numbers) -> None:
    """'as one batch cannot feed more', 'the run uses ... of ... new medium sites'."""
    assert value(numbers, "campus.saturation_at_finish") < 0.25
    assert value(numbers, "new_medium.replicas_at_finish") == 1


def test_one_leased_hall_among_them_beats_the_hall_alone(numbers: Numbers) -> None:
    """'With one leased hall among them the public machines finish ... before every route alone'."""
    joined = day(numbers, "owned.finish_in.one_leased_site")
    assert joined < min(of_routes(numbers, "finish_date").values())


def test_on_equal_terms_the_public_machines_are_first(numbers: Numbers) -> None:
    """fig-equal: 'On each of these terms every rival is later'."""
    for terms in ledger.TERMS:
        days = {name: day(numbers, f"race.equal_{terms}_date.{name}") for name in ROUTES}
        assert in_order(days)[0] == FEDERATION
    assert in_order(of_routes(numbers, "finish_date"))[0] == "signed"


def test_on_equal_dates_the_signed_projects_lead(numbers: Numbers) -> None:
    """'By the end of every year below the signed projects have computed most'."""
    most = []
    for year in YEARS:
        done = {name: value(numbers, f"{name}.flop_by_{year}") for name in ROUTES}
        most.append(max(done, key=lambda name: done[name]))
    assert set(most) == {"signed"}


def test_the_run_is_cheapest_and_cleanest_in_the_hall(numbers: Numbers, central: Params) -> None:
    """'The cheapest run is that of the leased hall, the cleanest too', 'we place the hall in'."""
    for unit in ("meur", "tonnes"):
        bills = {name: value(numbers, f"{name}.run_{unit}") for name in ROUTES}
        assert min(bills, key=lambda name: bills[name]) == "leased"
    assert central.leased.country == "fr"
    assert {site.basis for site in routes.signed(central).sites} == {"new"}


def test_the_public_machines_finish_the_smallest_runs_first(
    numbers: Numbers, central: Params
) -> None:
    """fig-cstar: 'finish the smallest runs first'; 'The crossing with the signed projects lies at'.

    Once ahead, the signed projects keep their lead.
    """
    ours = {rival: value(numbers, f"race.c_star_flop.owned_vs_{rival}") for rival in RIVALS}
    assert min(ours.values()) > 0
    assert min(ours, key=lambda name: ours[name]) == "signed"
    assert max(ours, key=lambda name: ours[name]) == "campus"
    target = central.targets[central.race.target].training_flop
    assert ours["signed"] == pytest.approx(target, rel=0.1)
    assert value(numbers, "race.owned_before_signed_months") < 0
    largest = max(one.training_flop for one in central.targets.values())
    assert value(numbers, "race.c_star_flop.signed_vs_on_site") > 10 * largest


def test_no_pair_changes_its_lead_again(numbers: Numbers) -> None:
    """fig-cstar: 'The lead changes again in ... pairs': none, so the column leads beyond C*."""
    assert numbers["race.pairs_crossing_again"].value == 0
    assert numbers["race.pairs"].value == len(ROUTES) * (len(ROUTES) - 1) / 2


def test_the_largest_run_is_out_of_reach(numbers: Numbers, central: Params) -> None:
    """'They beat ... to the smallest run and ... to the largest, which they never finish'."""
    sizes = {key: target.training_flop for key, target in central.targets.items()}
    order = sorted(sizes, key=lambda key: sizes[key])
    assert (order[0], order[-1]) == ("ai_act", "run_5e26")
    assert numbers["owned.finish_run_5e26_date"].value == "never"
    beaten = [value(numbers, f"race.rivals_beaten.{key}") for key in order]
    assert beaten == sorted(beaten, reverse=True)
