"""The public machines: how they are spread, counted, in service, granted and missed."""

from __future__ import annotations

import dataclasses
import math
from datetime import date
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh import fleet, params, routes
from euromesh.charts import map as europe
from euromesh.facts import Facts, Run
from euromesh.facts import access as granting
from euromesh.facts import machines as own
from euromesh.records import Params
from tests.strategies import facts_of, values

YEAR_HOURS = 365.25 * 24


def with_machines(central: Params, **changed: dict[str, Any]) -> Facts:
    """The tables of nothing but these machines, changed as told."""
    kept = {k: dataclasses.replace(central.machines[k], **new) for k, new in changed.items()}
    return facts_of(dataclasses.replace(central, machines=kept))


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=30), st.floats(0.1, 10))
def test_gini_is_half_the_mean_difference_over_the_mean(sizes: list[float], by: float) -> None:
    assert own.gini([6, 1, 2]) == pytest.approx(10 / 27), "worked by hand"
    n = len(sizes)
    gaps = math.fsum(abs(a - b) for a in sizes for b in sizes)
    assert own.gini(sizes) == pytest.approx(gaps / (2 * n * math.fsum(sizes)), abs=1e-9)
    assert own.gini([by * size for size in sizes]) == pytest.approx(own.gini(sizes), abs=1e-9)


def test_two_places_of_unlike_size(central: Params) -> None:
    two = with_machines(central, jupiter_booster={}, alps_gh200={}, isambard_ai={"city": "Lugano"})
    told = values(two, "concentration", "substrate")
    jupiter, lugano = 23536, 10752 + 5448
    total = jupiter + lugano
    assert told["substrate.gini_places"] == pytest.approx((jupiter - lugano) / total / 2)
    assert told["substrate.top_five_share"] == 1
    assert told["substrate.top_country_share"] == pytest.approx(jupiter / total)
    assert told["substrate.operating_countries"] == 3
    left = told["substrate.without_largest_bf16_eflops"]
    assert left == pytest.approx(lugano * 989.5e12 / 1e18)


def test_distances_weigh_a_pair_by_both_places(central: Params) -> None:
    """By hand: a degree of a meridian, a quarter of the equator, a degree of the 60th parallel."""
    assert own.distance_km((0, 0), (1, 0)) == pytest.approx(111.195, abs=0.01)
    assert own.distance_km((0, 0), (0, 90)) == pytest.approx(math.pi / 2 * 6371)
    assert own.distance_km((60, 0), (60, 1)) == pytest.approx(111.195 / 2, abs=0.01)
    three = with_machines(central, jupiter_booster={}, alps_gh200={}, lumi_g={})
    size = dict(zip(three["machines"]["row"], three["machines"]["eflops"], strict=True))
    where = {name: (m.latitude, m.longitude) for name, m in three.params.machines.items()}
    pairs = [*combinations(("jupiter_booster", "alps_gh200", "lumi_g"), 2)]
    km = [own.distance_km(where[a], where[b]) for a, b in pairs]
    weight = [size[a] * size[b] for a, b in pairs]
    told = values(three, "distances")
    assert told["substrate.widest_km"] == max(km)
    mean = sum(k * w for k, w in zip(km, weight, strict=True)) / sum(weight)
    assert told["substrate.mean_km"] == pytest.approx(mean)


def test_a_machine_without_a_size_is_in_no_total_and_a_value_that_was_set_has_no_range(
    facts: Facts,
) -> None:
    assert own.span_of("machines.lumi_ai.bf16_eflops", 20.0) == (20, 20, 20)
    assert own.size_span(facts.params, "herder") is None
    machines, told = facts["machines"], values(facts, "substrate")
    assert len(machines) == len(facts.params.machines)
    blank = machines[machines["eflops"].isna()]
    assert told["substrate.unsized_systems"] == blank["in_total"].sum() == len(blank) > 0
    assert set(machines["stack"]) <= set(europe.STACKS)
    assert set(machines["status"]) == set(europe.SHAPES) == set(own.STANDINGS)


def test_a_total_leaves_out_what_stands_outside_it_and_a_place_has_two(
    central: Params, facts: Facts
) -> None:
    """What operates and what is under contract."""
    three = with_machines(
        central, jupiter_booster={}, alps_gh200={"programme": "eurohpc"}, lumi_g={"in_total": False}
    )
    told = values(three, "substrate", "arithmetics")
    assert (told["substrate.operating_systems"], told["substrate.outside_systems"]) == (2, 1)
    assert told["substrate.outside_bf16_eflops"] == pytest.approx(11912 * 383e-6)
    assert told["substrate.eu27_bf16_eflops"] == pytest.approx(23.288872)
    both = (23536 + 10752) * 989.5e-6
    assert told["substrate.eurohpc_bf16_eflops"] == pytest.approx(both)
    assert told["substrate.operating_bf16_eflops"] == pytest.approx(both)
    hosts = facts["hosts"].set_index(["city", "status"])["eflops"]
    assert hosts["Kajaani", "under contract"] == 22.8
    assert hosts["Kajaani", "operating"] == pytest.approx(11912 * 383e-6 + 528 * 989.5e-6)


@pytest.mark.parametrize(
    ("status", "starts", "ends", "slip", "days"),
    [
        ("operating", "2024-06", "2026-03", 0.0, "2024-06-29 2024-06-30 2026-03-30 2026-03-31"),
        ("operating", "2024-12-31", None, 0.0, "2024-12-30 2024-12-31 2030-12-30 2031-01-01"),
        ("contracted", "2027-01-01", None, 1.0, "2027-12-31 2028-01-02 2033-12-31 2034-01-02"),
        ("contracted", "2027-01-01", None, None, "2026-12-31 2027-01-02 2032-12-31 2033-01-02"),
    ],
    ids=["retires", "serves its life", "slips", "slips by the median, none"],
)
def test_a_machine_serves_from_its_date_and_its_slip_until_it_retires(
    central: Params, status: str, starts: str, ends: str | None, slip: float | None, days: str
) -> None:
    """The days before and on which it starts, the last one and the one after."""
    cells = {"operational_on": starts, "retires_on": ends, "status": status, "slip_years": slip}
    one = Run(with_machines(central, jupiter_booster=cells))
    when = [date.fromisoformat(day) for day in days.split()]
    serving = [own.in_service(one, day)[1] for day in when]
    assert serving == pytest.approx([0, 23.288872, 23.288872, 0])
    alone = own.in_service(one, when[1], "operating")[1]
    assert alone == (serving[1] if status == "operating" else 0)


def test_a_machine_scales_with_its_chip_and_stays_where_that_is_unknown(central: Params) -> None:
    two = with_machines(central, zenith={}, gaia_ai_factory={"status": "contracted"})
    assert two.params.machines["gaia_ai_factory"].accelerator is None
    size = two["machines"].set_index("row")["eflops"]
    rows = two["arithmetics"].set_index("row")
    gaia = size["gaia_ai_factory"]
    assert rows.loc["bf16", "signed"] == pytest.approx(3.8 + gaia)
    assert rows.loc["fp8", "signed"] == pytest.approx(3.8 * 2 + gaia)
    assert rows.loc["fp8", "operating"] == 0


def test_a_claim_is_set_against_dense_bf16_and_of_two_the_larger_counts(
    central: Params, facts: Facts
) -> None:
    factor = facts["claims"].set_index("row")["factor"]
    assert factor["jupiter"] == pytest.approx(40 / 23.288872)
    assert factor["it4lia_inference"] == pytest.approx(8)
    assert (facts["claims"]["dense_bf16"] > 0).all()
    kept = {name: central.claims[name] for name in ("it4lia_inference", "it4lia_training")}
    told = values(facts_of(dataclasses.replace(central, claims=kept)), "claimed")
    assert told["substrate.claimed_eflops"] == 164
    assert told["substrate.claimed_bf16_eflops"] == pytest.approx(20.5)
    assert told["substrate.claims_machines"] == 1
    assert told["substrate.claims"] == told["substrate.claims_sparse"] == 2
    assert told["substrate.claims_named"] == 0


def test_what_is_granted_in_accelerator_hours_is_stated_in_one_way(facts: Facts) -> None:
    """A share of EuroHPC is one of its operating machines."""
    machines, chips = facts.params.machines.values(), facts.params.accelerators
    owned = [
        fleet.accelerator_count(m, chips) or 0.0
        for m in machines
        if m.programme == "eurohpc" and m.status == "operating"
    ]
    for name, hours in {
        "apertus": 6e6,
        "ai_access": 156_600 * 4,
        "lumi_job": 0.344 * 11912 * 48,
        "lumi_window": 11912 * 6,
        "lumi_half": 0.5 * 11912 * YEAR_HOURS,
        "frontier_challenge": 0.025 * sum(owned) * YEAR_HOURS,
    }.items():
        rule = facts.params.access[name]
        assert granting.accel_hours(Run(facts), rule) == pytest.approx(hours), name
    for name, row in facts.params.access.items():
        ways = [row.time_share, row.accel_hours, row.node_hours]
        assert sum(way is not None for way in ways) == 1, name
        assert row.time_share is None or row.days is not None, f"{name} is a share of no time"


def test_the_union_manages_its_share_of_each_machine(central: Params) -> None:
    three = with_machines(central, jupiter_booster={}, arrhenius_gpu={}, alps_gh200={})
    told = values(three, "union")
    managed = 0.5 * 23.288872 + 0.35 * 1528 * 989.5e-6
    total = (23536 + 1528 + 10752) * 989.5e-6
    assert told["substrate.union_managed_bf16_eflops"] == pytest.approx(managed)
    assert told["substrate.union_managed_share"] == pytest.approx(managed / total)
    left = told["substrate.union_left_to_states_bf16_eflops"]
    assert left == pytest.approx(total - managed)


def test_what_the_share_displaces_in_a_year_and_in_the_run(facts: Facts) -> None:
    told = values(facts, "displaced", "owned_bill")
    central = facts.params
    route, target = routes.owned(central), central.targets["llama_405b"]
    done = routes.finish(route, target, central)
    hours, costs = done.federation.n_accel * 8760, central.costs
    assert told["owned.displaced_million_accel_hours_year"] == pytest.approx(hours / 1e6)
    per_project = 145e6 / 2334
    known = params.library().parameters["costs.accel_per_node"]
    for end, nodes in (("", costs.accel_per_node), ("_low", known.high), ("_high", known.low)):
        projects = hours / (per_project * float(nodes or 0))
        assert told[f"owned.displaced_projects_year{end}"] == pytest.approx(projects, abs=1)
    needed = told["owned.million_accel_hours"] * 1e6 / (per_project * costs.accel_per_node)
    assert told["owned.displaced_projects_run"] == pytest.approx(needed, abs=1)
    peak = routes.stages(route, done)["granted peak"] / 1e15
    rent = peak * 8760 * costs.market_usd_per_pflop_hour * costs.eur_per_usd / 1e6
    assert told["owned.displaced_meur_year"] == pytest.approx(rent)
    idle = values(Facts("central", {"owned.share": 0.0}), "access", "displaced")
    assert set(idle) == set(values(facts, "access", "displaced"))
    assert set(idle.values()) == {"never"}, "where nobody trains"
