"""The public machines: how they are spread, counted, in service, granted and missed."""

from __future__ import annotations

import dataclasses
import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh import fleet, params, report, routes
from euromesh.charts import growth, style
from euromesh.charts import map as europe
from euromesh.frames import machines as frames
from euromesh.records import Params
from euromesh.report import machines
from euromesh.report.machines import distance_km, gini

YEAR_HOURS = 365.25 * 24


def with_machines(central: Params, **changed: dict[str, Any]) -> Params:
    """The central parameters with nothing but these machines, changed as told."""
    kept = {k: dataclasses.replace(central.machines[k], **new) for k, new in changed.items()}
    return dataclasses.replace(central, machines=kept)


# --- concentration -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [([2, 2, 2], 0), ([0, 0, 0, 1], 3 / 4), ([1, 3], 1 / 4), ([3, 1], 1 / 4), ([1, 2, 6], 10 / 27)],
)
def test_gini_by_hand(sizes: list[float], expected: float) -> None:
    assert gini(sizes) == pytest.approx(expected)


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=30), st.floats(0.1, 10))
def test_gini_is_half_the_mean_difference_over_the_mean(sizes: list[float], by: float) -> None:
    n = len(sizes)
    gaps = math.fsum(abs(a - b) for a in sizes for b in sizes)
    assert gini(sizes) == pytest.approx(gaps / (2 * n * math.fsum(sizes)), abs=1e-9)
    assert gini([by * size for size in sizes]) == pytest.approx(gini(sizes), abs=1e-9)


def test_two_places_of_unlike_size(central: Params) -> None:
    two = with_machines(central, jupiter_booster={}, alps_gh200={}, isambard_ai={"city": "Lugano"})
    found = machines.concentration(two)
    jupiter, lugano = 23536, 10752 + 5448
    total = jupiter + lugano
    assert found["substrate.gini_places"].value == pytest.approx((jupiter - lugano) / total / 2)
    assert found["substrate.top_five_share"].value == 1
    assert found["substrate.top_country_share"].value == pytest.approx(jupiter / total)
    assert found["substrate.operating_countries"].value == 3
    left = found["substrate.without_largest_bf16_eflops"].value
    assert left == pytest.approx(lugano * 989.5e12 / 1e18)


def test_a_degree_of_a_meridian_and_a_quarter_of_the_equator(central: Params) -> None:
    here = dataclasses.replace(central.machines["lumi_g"], latitude=0.0, longitude=0.0)
    north, east = (dataclasses.replace(here, **{axis: 1.0}) for axis in ("latitude", "longitude"))
    quarter = dataclasses.replace(here, longitude=90.0)
    high = dataclasses.replace(here, latitude=60.0)
    assert distance_km(here, north) == pytest.approx(111.195, abs=0.01)
    assert distance_km(here, east) == pytest.approx(111.195, abs=0.01)
    assert distance_km(here, quarter) == pytest.approx(math.pi / 2 * 6371)
    along = distance_km(high, dataclasses.replace(high, longitude=1.0))
    assert along == pytest.approx(111.195 / 2, abs=0.01)


def test_distances_weigh_a_pair_by_both_places(central: Params) -> None:
    three = with_machines(central, jupiter_booster={}, alps_gh200={}, lumi_g={})
    size = {name: frames.exaflops(three, m) for name, m in three.machines.items()}
    km = {
        (a, b): distance_km(three.machines[a], three.machines[b])
        for a, b in (("jupiter_booster", "alps_gh200"), ("jupiter_booster", "lumi_g"),
                     ("alps_gh200", "lumi_g"))
    }  # fmt: skip
    weight = {pair: size[pair[0]] * size[pair[1]] for pair in km}
    found = machines.distances(three)
    mean = sum(km[pair] * weight[pair] for pair in km) / sum(weight.values())
    assert found["substrate.mean_km"].value == pytest.approx(mean)
    assert found["substrate.widest_km"].value == max(km.values())


# --- sizes and ranges ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "low", "value", "high"),
    [
        ("jupiter_booster", 23.288872, 23.288872, 23.288872),
        ("daedalus", 1970 * 989.5e-6, 2000 * 989.5e-6, 2050 * 989.5e-6),
        ("leonardo_booster", 13824 * 312e-6, 13824 * 312e-6, 13824 * 354e-6),
        ("lumi_ai", 11.4, 22.8, 45.6),
        ("herder", 0, 0, 0),
    ],
)
def test_a_size_takes_the_range_of_what_it_is_made_of(
    central: Params, name: str, low: float, value: float, high: float
) -> None:
    span = frames.size_span(central, name, central.machines[name])
    assert dataclasses.astuple(span) == pytest.approx((low, value, high))
    assert span.value == pytest.approx(frames.exaflops(central, central.machines[name]))


def test_a_value_that_was_set_has_no_range() -> None:
    assert frames.span_of("machines.lumi_ai.bf16_eflops", 20.0) == frames.Span(20, 20, 20)
    assert frames.span_of("machines.lumi_ai.bf16_eflops", 22.8) == frames.Span(11.4, 22.8, 45.6)


def test_every_machine_of_the_table_is_on_the_map(central: Params) -> None:
    sites = frames.sites(central)
    assert len(sites) == len(central.machines) == 88
    unsized = report.evaluate(report.substrate.unsized, central)["substrate.unsized_systems"]
    assert sites["eflops"].isna().sum() == unsized.value
    assert set(sites["stack"]) <= set(europe.STACKS)
    assert set(sites["status"]) == set(europe.SHAPES) == set(frames.STANDINGS)


def test_the_hosts_are_the_largest_with_both_statuses(central: Params) -> None:
    data = frames.hosts(central, 3)
    assert set(data["city"]) == {"Jülich", "Kajaani", "Bologna"}
    kajaani = data[data["city"] == "Kajaani"].set_index("status")["eflops"]
    assert kajaani["under contract"] == 22.8
    assert kajaani["operating"] == pytest.approx(11912 * 383e-6 + 528 * 989.5e-6)
    assert (data["low"] <= data["eflops"]).all() and (data["eflops"] <= data["high"]).all()


# --- in service ----------------------------------------------------------------------------------


def on(params: Params, *day: int, wanted: tuple[Any, ...] = frames.STANDINGS) -> float:
    return frames.in_service(params, date(*day), wanted).value


def test_a_machine_serves_from_its_date_until_it_retires(central: Params) -> None:
    one = with_machines(
        central, jupiter_booster={"operational_on": "2024-06", "retires_on": "2026-03"}
    )
    assert on(one, 2024, 6, 29) == 0
    assert on(one, 2024, 6, 30) == pytest.approx(23.288872)
    assert on(one, 2026, 3, 30) > 0
    assert on(one, 2026, 3, 31) == 0


def test_without_a_stated_end_the_service_life_applies(central: Params) -> None:
    one = with_machines(central, jupiter_booster={"operational_on": "2024-12-31"})
    years = round(central.owned.service_life_years)
    assert on(one, 2024 + years, 12, 30) > 0
    assert on(one, 2025 + years, 1, 1) == 0


def test_a_date_to_come_carries_its_slip(central: Params) -> None:
    late = {"status": "contracted", "operational_on": "2027-01-01", "slip_years": 1.0}
    one = with_machines(central, jupiter_booster=late)
    assert on(one, 2027, 12, 31) == 0
    assert on(one, 2028, 1, 2) > 0
    assert on(one, 2028, 1, 2, wanted=("operating",)) == 0
    median = with_machines(central, jupiter_booster=late | {"slip_years": None})
    assert on(median, 2026, 12, 31) == 0
    assert on(median, 2027, 1, 2) > 0, f"the median slip is {routes.slip_years(None, central)}"


def test_the_lines_of_growth_lie_on_each_other_and_in_their_bands(central: Params) -> None:
    data = frames.growth(central)
    assert (data["low"] <= data["eflops"]).all() and (data["eflops"] <= data["high"]).all()
    wide = data.pivot(index="year_end", columns="status", values="eflops")
    assert (wide["operating"] <= wide["under contract"]).all()
    assert (wide["under contract"] <= wide["planned"]).all()
    assert list(wide.index) == [f"{year}-12-31" for year in range(2018, 2031)]


def test_the_best_year_end_is_the_best_of_the_lines(central: Params) -> None:
    data = frames.growth(central)
    signed = data[data["status"] == "under contract"].set_index("year_end")
    found = machines.growth(central)
    assert found["substrate.best_year_end"].value == signed["eflops"].idxmax()
    best = signed.loc[signed["eflops"].idxmax()]
    for end, column in (("", "eflops"), ("_low", "low"), ("_high", "high")):
        assert found[f"substrate.best_bf16_eflops{end}"].value == pytest.approx(best[column])
    left = data[data["status"] == "operating"]["eflops"].iloc[-1]
    assert found["substrate.last_operating_bf16_eflops"].value == pytest.approx(left)


# --- arithmetic ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chip", "rates"),
    [
        ("a100_40gb", (312, 312, 312, 312)),
        ("gh200", (989.5, 1978.9, 3957.8, 3957.8)),
        ("gb200", (2500, 5000, 10000, 20000)),
        ("rubin", (4000, 17500, 17500, 17500)),
    ],
)
def test_a_chip_without_a_format_counts_in_the_next_wider(
    central: Params, chip: str, rates: tuple[float, ...]
) -> None:
    found = [frames.chip_peak(central.accelerators[chip], kind) for kind in frames.ARITHMETICS]
    assert tuple(found) == rates


def test_an_estimated_machine_scales_with_its_chip(central: Params) -> None:
    zenith = central.machines["zenith"]
    assert frames.exaflops_in(central, zenith, "dense FP8") == pytest.approx(3.8 * 2)
    gaia = central.machines["gaia_ai_factory"]
    assert gaia.accelerator is None
    assert frames.exaflops_in(central, gaia, "sparse FP4") == frames.exaflops(central, gaia)


def test_the_rows_of_the_unit_box_are_the_headline_numbers(central: Params) -> None:
    rows = frames.arithmetics(central).set_index("counted in")
    found = machines.arithmetics(central)
    for kind, name in (("dense FP8", "fp8"), ("sparse FP8", "fp8_sparse"),
                       ("sparse FP4", "fp4_sparse")):  # fmt: skip
        for column, fleet_ in (("operating", "operating"), ("with contracts", "signed")):
            shown = rows.loc[kind, f"{column}, EFLOP/s"]
            assert found[f"substrate.{fleet_}_{name}_eflops"].value == pytest.approx(shown)
    assert rows.loc["dense BF16", "operating, EFLOP/s"] == pytest.approx(76.4, abs=0.1)


def test_a_claim_is_set_against_dense_bf16(central: Params) -> None:
    assert frames.claim_factor(central, central.claims["jupiter"]) == pytest.approx(40 / 23.288872)
    assert frames.claim_factor(central, central.claims["it4lia_inference"]) == pytest.approx(8)
    shown = frames.claims(central)
    assert shown["factor"].is_monotonic_decreasing
    assert len(shown) == len(central.claims)


def test_a_machine_with_two_claims_counts_once_with_the_larger(central: Params) -> None:
    kept = {name: central.claims[name] for name in ("it4lia_inference", "it4lia_training")}
    found = machines.claims(dataclasses.replace(central, claims=kept))
    assert found["substrate.claimed_eflops"].value == 164
    assert found["substrate.claimed_bf16_eflops"].value == pytest.approx(20.5)
    assert found["substrate.claims_machines"].value == 1
    assert found["substrate.claims"].value == found["substrate.claims_sparse"].value == 2
    assert found["substrate.claims_named"].value == 0


def test_every_claim_is_about_a_machine_of_known_size(central: Params) -> None:
    for claim in central.claims.values():
        assert frames.exaflops(central, central.machines[claim.machine]) > 0


# --- access --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        ("apertus", 6e6),
        ("ai_access", 156_600 * 4),
        ("lumi_job", 0.344 * 11912 * 48),
        ("lumi_window", 11912 * 6),
        ("lumi_half", 0.5 * 11912 * YEAR_HOURS),
    ],
)
def test_what_is_granted_in_accelerator_hours(central: Params, name: str, hours: float) -> None:
    assert frames.accel_hours(central, central.access[name]) == pytest.approx(hours)


def test_a_share_of_eurohpc_is_one_of_its_operating_machines(central: Params) -> None:
    owned = [
        fleet.accelerator_count(m, central.accelerators) or 0.0
        for m in central.machines.values()
        if m.programme == "eurohpc" and m.status == "operating"
    ]
    challenge = frames.accel_hours(central, central.access["frontier_challenge"])
    assert challenge == pytest.approx(0.025 * sum(owned) * YEAR_HOURS)


def test_every_grant_is_stated_in_one_way(central: Params) -> None:
    for name, row in central.access.items():
        ways = [row.time_share, row.accel_hours, row.node_hours]
        assert sum(way is not None for way in ways) == 1, name
        assert row.time_share is None or row.days is not None, f"{name} is a share of no time"


def test_the_table_of_access_says_it_in_words(central: Params) -> None:
    rows = frames.access(central).set_index("route")
    assert rows.loc["Largest job on LUMI", "granted"] == "34.4% of LUMI-G"
    assert rows.loc["Largest job on LUMI", "for"] == "2 days"
    assert rows.loc["Whole-machine window on LUMI", "for"] == "6 hours"
    assert rows.loc["Frontier AI Grand Challenge", "granted"] == "2.5% of EuroHPC"
    assert rows.loc["Frontier AI Grand Challenge", "for"] == "a year"
    assert rows.loc["AI and data-intensive access", "granted"] == "156,600 node-hours"
    assert rows.loc["OpenEuroLLM", "for"] == "not stated"
    assert rows["million accelerator-hours"].is_monotonic_increasing


def test_each_grant_is_compared_with_what_the_run_needs(central: Params) -> None:
    needed = frames.run_accel_hours(central)
    bill = report.evaluate(report.layer3.owned_bill, central)["owned.million_accel_hours"]
    assert bill.value == pytest.approx(needed / 1e6)
    found = machines.access(central)
    assert found["owned.access.openeurollm"].value == pytest.approx(1e7 / needed)
    shown = frames.access(central).set_index("route").loc["OpenEuroLLM", "of the run"]
    assert shown == f"{1e7 / needed:.1%}"


def test_the_union_manages_its_share_of_each_machine(central: Params) -> None:
    two = with_machines(central, jupiter_booster={}, arrhenius_gpu={}, alps_gh200={})
    found = machines.union(two)
    managed = 0.5 * 23.288872 + 0.35 * 1528 * 989.5e-6
    total = (23536 + 1528 + 10752) * 989.5e-6
    assert found["substrate.union_managed_bf16_eflops"].value == pytest.approx(managed)
    assert found["substrate.union_managed_share"].value == pytest.approx(managed / total)
    left = found["substrate.union_left_to_states_bf16_eflops"].value
    assert left == pytest.approx(total - managed)


# --- displaced science ---------------------------------------------------------------------------


def test_what_a_year_of_the_share_displaces(central: Params) -> None:
    route, target = routes.owned(central), central.targets["llama_405b"]
    done = routes.finish(route, target, central)
    hours = done.federation.n_accel * 8760
    found = machines.displaced(central)
    costs = central.costs
    assert found["owned.displaced_million_accel_hours_year"].value == pytest.approx(hours / 1e6)
    projects = hours / (145e6 / 2334 * costs.accel_per_node)
    assert found["owned.displaced_projects_year"].value == pytest.approx(projects, abs=1)
    known = params.library().parameters["costs.accel_per_node"]
    for end, nodes in (("low", known.high), ("high", known.low)):
        assert found[f"owned.displaced_projects_year_{end}"].value == pytest.approx(
            projects * costs.accel_per_node / float(nodes or 0), abs=1
        )
    peak = routes.stages(route, done)["granted peak"] / 1e15
    rent = peak * 8760 * costs.market_usd_per_pflop_hour * costs.eur_per_usd / 1e6
    assert found["owned.displaced_meur_year"].value == pytest.approx(rent)


def test_the_run_displaces_its_own_hours(central: Params) -> None:
    found = machines.displaced(central)
    needed = frames.run_accel_hours(central)
    per_project = central.costs.project_node_hours * central.costs.accel_per_node
    assert found["owned.displaced_projects_run"].value == pytest.approx(needed / per_project, abs=1)


def test_where_nobody_trains_every_key_says_never(central: Params) -> None:
    idle = params.load("central", {"owned.share": 0.0})
    for group in (machines.access, machines.displaced):
        assert set(group(idle)) == set(group(central))
        assert {figure.value for figure in group(idle).values()} == {"never"}
    assert set(frames.access(idle)["of the run"]) == {"nobody trains"}


# --- charts --------------------------------------------------------------------------------------


def drawn_map(central: Params) -> dict[str, Any]:
    countries = [country.drawn() for country in params.outlines().features]
    spec: dict[str, Any] = europe.machines(frames.sites(central), countries, 3).to_dict()
    return spec


def layers(spec: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = spec["hconcat"][0]["hconcat"][0]["layer"]
    return found


def rows(spec: dict[str, Any], layer: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = spec["datasets"][layer["data"]["name"]]
    return found


def test_the_map_draws_every_machine_once_and_the_larger_first(central: Params) -> None:
    spec = drawn_map(central)
    sized, hollow = layers(spec)[1:3]
    sizes = [row["eflops"] for row in rows(spec, sized)]
    assert sizes == sorted(sizes, reverse=True)
    names = [row["name"] for row in rows(spec, sized) + rows(spec, hollow)]
    assert sorted(names) == sorted(m.name for m in central.machines.values())
    assert not hollow["mark"]["filled"]


def test_equal_peaks_cover_equal_areas_whatever_the_shape(central: Params) -> None:
    spec = drawn_map(central)
    for row in rows(spec, layers(spec)[1]):
        covered = row["drawn"] * europe.AREAS[row["status"]] / europe.AREAS["operating"]
        assert covered == pytest.approx(max(row["eflops"], europe.LEAST))


def test_a_machine_of_unknown_size_stands_beside_the_others_of_its_city(central: Params) -> None:
    spec = drawn_map(central)
    sized, hollow = (rows(spec, layer) for layer in layers(spec)[1:3])
    shared = {row["city"] for row in sized} & {row["city"] for row in hollow}
    assert "Jülich" in shared
    where = {m.name: m.longitude for m in central.machines.values()}
    for row in hollow:
        moved = row["longitude"] - where[row["name"]]
        assert moved == pytest.approx(europe.ASIDE[0] if row["city"] in shared else 0)


def test_the_map_names_the_largest_places_and_uses_the_colours_of_the_style(
    central: Params,
) -> None:
    spec = drawn_map(central)
    names = {rows(spec, layer)[0]["city"] for layer in layers(spec)[3:]}
    assert names == {"Jülich", "Kajaani", "Bologna"}
    assert set(europe.STACKS.values()) <= set(style.COLOURS.values())


def test_a_line_of_growth_starts_where_it_leaves_the_one_below(central: Params) -> None:
    spec = growth.in_service(frames.growth(central), "2026-11-21").to_dict()
    shown = next(rows for rows in spec["datasets"].values() if "low" in rows[0])
    first = {}
    for row in shown:
        first.setdefault(row["line"], row["year_end"][:4])
    assert first == {"operating": "2018", "with contracts": "2025", "with plans": "2026"}
    assert {row["line"] for row in shown if row["status"] == "under contract"} == {"with contracts"}
