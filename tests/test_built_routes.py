"""Each route by hand from its parameters: what stands where, from when, and what it waits for."""

import dataclasses
import math
from collections import Counter
from datetime import date
from statistics import NormalDist
from typing import Final

import numpy as np
import pytest

from euromesh import ledger, routes
from euromesh.fleet import Site
from euromesh.records import InputError, Params
from euromesh.records.tables import Accelerator
from euromesh.routes import built
from euromesh.units import last_day
from tests.strategies import changed, one_chip, with_value

HALF = 0.5  # year of commissioning
TARGET = "llama_405b"


def years(day: date) -> float:
    """Years of 365.25 days after the decision date."""
    return (day - date(2027, 1, 1)).days / 365.25


def starts(route: routes.Route) -> list[float]:
    return [site.start_years for site in route.sites]


def megawatts(route: routes.Route) -> list[float]:
    return [site.grid_mw for site in route.sites]


def done(route: routes.Route, params: Params) -> float:
    return routes.finish_date_years(route, params.targets[TARGET], params)


def on_sale(params: Params, at: float) -> Accelerator:
    """The fastest accelerator of the stack of new sites on sale at a model time."""
    found = routes.market(params).on_sale(at)
    return params.accelerators[found.keys[found.index]]


# --- signed --------------------------------------------------------------------------------------


def project(params: Params, name: str, **values: object) -> Params:
    row = dataclasses.replace(params.projects[name], **values)
    return dataclasses.replace(params, projects={**params.projects, name: row})


def at(params: Params, place: str) -> list[Site]:
    """The sites of the signed route at one place, in the order in which they start."""
    found = [site for site in routes.signed(params).sites if site.place == place]
    return sorted(found, key=lambda site: site.start_years)


def test_the_steps_of_campus_ia_add_up(central: Params) -> None:
    """240 MW a year after the decision, by the tender, and 700 MW at the end of 2029."""
    first, second = at(central, "campus_ia")
    assert first.grid_mw == pytest.approx(240)
    assert first.start_years == pytest.approx(1 + HALF)
    assert second.grid_mw == pytest.approx(460)
    assert second.start_years == pytest.approx(years(date(2029, 12, 31)) + HALF)
    assert {first.basis, second.basis} == {"let"}
    assert first.pue == 1.17


def test_the_signed_route_has_the_raced_projects_alone(central: Params) -> None:
    """Of Sines the first two buildings belong to somebody else."""
    power = Counter[str]()
    for site in routes.signed(central).sites:
        power[site.place] += site.grid_mw
    expected = {"campus_ia": 700, "luebbenau": 200, "sines": 1200 - 226, "lappeenranta": 310}
    assert {place: power[place] for place in expected} == pytest.approx(expected)
    assert power.keys() == {row.site for row in central.projects.values() if row.raced}


def test_a_step_stands_on_the_one_before(central: Params) -> None:
    without_first = project(central, "campus_ia_first", built=False)
    assert at(without_first, "campus_ia") == []
    without_second = project(central, "campus_ia_second", built=False)
    assert megawatts(routes.Route(sites=tuple(at(without_second, "campus_ia")))) == [
        pytest.approx(240)
    ]
    assert at(project(central, "sines_first", built=False), "sines") == []


def test_a_step_is_never_earlier_than_the_one_before(central: Params) -> None:
    late = project(central, "campus_ia_first", slip_years=5.0)
    first, second = at(late, "campus_ia")
    assert first.start_years == second.start_years
    assert first.start_years == pytest.approx(years(date(2027, 12, 31)) + 5 + HALF)


def test_a_signed_site_waits_for_the_longer_of_power_and_tender(central: Params) -> None:
    """30 months bind the steps of 2027 and leave those of 2029 and 2030 where they were."""
    slow = changed(central, "signed", procurement_months=30.0)
    first, second = at(slow, "campus_ia")
    assert first.start_years == pytest.approx(2.5 + HALF)
    assert second.start_years == at(central, "campus_ia")[1].start_years
    route = routes.signed(slow)
    assert route.institutional_years + route.grid_years == pytest.approx(2.5)
    assert route.grid_years == pytest.approx(years(date(2027, 12, 31)))
    quick = routes.signed(changed(central, "signed", procurement_months=6.0))
    assert (quick.institutional_years, min(starts(quick))) == (
        0,
        pytest.approx(years(date(2027, 12, 31)) + HALF),
    )


def test_a_slip_is_given_or_the_median_of_its_law(central: Params) -> None:
    """Four in ten are late: the median is no slip; of nine in ten it is a lognormal quantile."""
    assert routes.slip_years(None, central) == 0.0
    assert routes.slip_years(2.5, central) == 2.5
    often = changed(central, "slip", probability=0.9)
    rank = NormalDist().inv_cdf((0.5 - 0.1) / 0.9)
    slip = 0.75 * math.exp(0.8 * rank)
    assert routes.slip_years(None, often) == pytest.approx(slip)
    first, second = at(often, "campus_ia")
    assert first.start_years == pytest.approx(years(date(2027, 12, 31)) + slip + HALF)
    assert second.start_years == pytest.approx(years(date(2029, 12, 31)) + slip + HALF)


def test_the_grid_of_the_signed_route_is_that_of_the_first_project_that_is_built(
    central: Params,
) -> None:
    """Without the others: Sines, at the end of 2030."""
    late = central
    for name, row in central.projects.items():
        late = project(late, name, built=row.site == "sines")
    route = routes.signed(late)
    assert {site.place for site in route.sites} == {"sines"}
    assert route.grid_years == pytest.approx(years(date(2030, 12, 31)))


# --- gigafactory ---------------------------------------------------------------------------------


def test_the_gigafactory_is_selected_contracted_and_built(central: Params) -> None:
    """The end of April 2027, six months, then 18 and 36; in operation without commissioning."""
    route = routes.gigafactory(changed(central, "gigafactory", share=0.5))
    first, second = route.sites
    selected = years(date(2027, 4, 30))
    assert starts(route) == pytest.approx([selected + 2, selected + 3.5])
    assert route.institutional_years == pytest.approx(selected + 0.5)
    assert (route.grid_years, route.one_building) == (0.0, True)
    assert (first.country, first.pue, first.basis) == ("de", 1.14, "new")
    assert first.place == second.place
    late = changed(central, "new_sites", commissioning_months=12.0)
    assert routes.gigafactory(late).sites == routes.gigafactory(central).sites


@pytest.mark.parametrize(
    ("lot", "first", "both"), [("smaller", 25_000, 75_000), ("larger", 40_000, 100_000)]
)
def test_a_phase_of_the_gigafactory_has_the_bf16_of_so_many_h100(
    central: Params, lot: str, first: float, both: float
) -> None:
    """989.4 TFLOP/s each, whatever is bought: 4 PFLOP/s a chip, so about a fourth as many."""
    route = routes.gigafactory(changed(central, "gigafactory", lot=lot, share=0.5))
    peaks = [site.n_accel * site.peak_flop_per_s for site in route.sites]
    h100 = 0.5 * 989.4e12
    assert peaks == pytest.approx([first * h100, (both - first) * h100])
    assert {site.peak_flop_per_s for site in route.sites} == {4e15}
    assert route.sites[0].n_accel == pytest.approx(first / 2 * 989.4 / 4000)


def test_a_share_and_a_slip_of_the_gigafactory(central: Params) -> None:
    whole = routes.gigafactory(changed(central, "gigafactory", share=1.0)).sites
    part = routes.gigafactory(changed(central, "gigafactory", share=0.17, slip_years=0.75)).sites
    for one, other in zip(whole, part, strict=True):
        assert other.n_accel == pytest.approx(0.17 * one.n_accel)
        assert other.start_years == pytest.approx(one.start_years + 0.75)


def test_the_second_phase_is_never_before_the_first(central: Params) -> None:
    quick = changed(central, "gigafactory", build_months=30.0, second_build_months=12.0)
    assert len(set(starts(routes.gigafactory(quick)))) == 1


@pytest.mark.parametrize(("decided", "left"), [("2028-01-01", 1.3258), ("2030-01-01", 0.0)])
def test_the_gigafactory_does_not_wait_for_the_decision_to_train(
    central: Params, decided: str, left: float
) -> None:
    """In operation at the end of April 2029, whenever the run is decided."""
    route = routes.gigafactory(changed(central, "race", decision_date=decided))
    assert starts(route)[0] == pytest.approx(left, abs=3e-3)
    assert route.institutional_years == 0.0


# --- leased --------------------------------------------------------------------------------------


def test_a_leased_hall_is_a_tender_and_new_hardware(central: Params) -> None:
    """30 MW / 1.17 / the kW of the chip on sale at the decision, a year before it is bought."""
    route = routes.leased(central)
    (site,) = route.sites
    chip = on_sale(central, 0.0)
    assert site.start_years == pytest.approx(1 + HALF)
    assert site.n_accel == pytest.approx(30_000 / 1.17 / chip.it_kw)
    assert site.peak_flop_per_s == chip.bf16_tflop_per_s * 1e12
    assert (route.institutional_years, route.grid_years, site.country) == (1.0, 0.0, "fr")


def test_two_leased_halls_are_two_places(central: Params) -> None:
    two = routes.leased(changed(central, "leased", n_sites=2.0, site_mw=20.0))
    assert megawatts(two) == pytest.approx([20, 20])
    assert len({site.place for site in two.sites}) == 2
    assert (two.one_building, routes.leased(central).one_building) == (False, True)


# --- on site -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "mw", "power"),
    [
        ({}, [100] * 10, [3 + step / 3 for step in range(10)]),  # the last after six years
        ({"first_tranche_mw": 1000.0}, [1000], [6]),
        ({"first_build_years": 4.0, "full_build_years": 3.0}, [100] * 10, [4] * 10),
    ],
)
def test_a_campus_on_its_own_gas_grows_by_a_hundred_megawatts(
    central: Params, values: dict[str, float], mw: list[float], power: list[float]
) -> None:
    """Or at once; the whole is never earlier than its first tranche."""
    route = routes.on_site(changed(central, "on_site", **values))
    assert megawatts(route) == pytest.approx(mw)
    assert starts(route) == pytest.approx([year + HALF for year in power])
    assert {(s.place, s.country, s.pue, s.basis) for s in route.sites} == {
        ("campus with generation", "ie", 1.085, "gas")
    }
    assert (route.one_building, route.grid_years) == (True, 0.0)


# --- campus --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region", "place", "first", "full", "pue"),
    [
        ("best", "france", 3.5, 5.0, 1.17),
        ("ireland", "ireland", 7.0, 8.5, 1.085),
        ("iberia", "iberia", 4.5, 6.0, (1.228 + 1.199) / 2),
        ("italy", "italy", 3.5, 5.0, 1.215),
        ("mean", "mean", 37.5 / 7, 50 / 7, None),  # of seven regions
    ],
)
def test_a_campus_in_a_region_has_its_lead_times_and_its_pue(
    central: Params, region: str, place: str, first: float, full: float, pue: float | None
) -> None:
    route = routes.campus(changed(central, "campus", region=region))
    assert starts(route) == pytest.approx([first + (full - first) * i / 3 + HALF for i in range(4)])
    assert {site.country for site in route.sites} == {place}
    assert megawatts(route) == pytest.approx([250] * 4)
    assert route.grid_years == pytest.approx(first)
    if pue:
        assert [site.pue for site in route.sites] == pytest.approx([pue] * 4)
        chip = on_sale(central, first - 1)
        assert route.sites[0].n_accel == pytest.approx(250_000 / pue / chip.it_kw)


def test_a_campus_at_once_waits_for_the_full_load(central: Params) -> None:
    at_once = changed(central, "campus", tranches=False)
    assert routes.campus_steps(at_once) == [(1000.0, pytest.approx(50 / 7))]
    assert done(routes.campus(at_once), at_once) > done(routes.campus(central), central)


def test_a_later_tranche_is_never_earlier_than_the_first(central: Params) -> None:
    slow = with_value(central, "grid_lead_times.france_250mw.lead_years", 9.0)
    steps = routes.campus_steps(changed(slow, "campus", region="france"))
    assert [lead for _, lead in steps] == [9.0] * 4


def test_a_filed_site_is_not_built_before_its_building(central: Params) -> None:
    """Three years of building: longer than the Nordic wait, no longer than the French."""
    slow = changed(central, "new_sites", build_years=3.0)
    sites = {site.country: site.start_years - HALF for site in routes.new_medium(slow).sites}
    assert (sites["nordics"], sites["france"], sites["germany"]) == pytest.approx((3, 3, 4.5))
    assert routes.new_medium(slow).grid_years == pytest.approx(2.5)
    slower = changed(central, "new_sites", build_years=6.0)
    full = 50 / 7
    third = 37.5 / 7 + (full - 37.5 / 7) * 2 / 3
    campus = routes.campus(slower)
    assert starts(campus) == pytest.approx([year + HALF for year in (6, 6, third, full)])
    assert campus.grid_years == pytest.approx(37.5 / 7)
    assert routes.leased(slower) == routes.leased(central)


def test_a_drawn_lead_time_replaces_the_median_and_not_the_choice(central: Params) -> None:
    """The best region is the one with the shortest median, however long chance makes it."""
    drawn = with_value(central, "grid_lead_times.france_1000mw.drawn_years", 11.0)
    best = changed(drawn, "campus", region="best")
    assert routes.campus_region(best) == "france"
    assert routes.campus_steps(best)[-1][1] == 11.0


@pytest.mark.parametrize(
    ("region", "first_wait", "power", "basis", "grid"),
    [
        # generation for 250 to 1000 MW after 3 + 3 x (load - 100) / 900 years
        ("mean", None, [3.5, 3 + 3 * 400 / 900, 3 + 3 * 650 / 900, 6], "gas", 0.0),
        # France: 2, 3, 4 and 5 years to the grid, 3.5 to 6 to its own generation
        ("france", 2.0, [2, 3, 4, 5], "new", 2.0),
    ],
)
def test_a_campus_may_burn_gas_until_the_grid_comes(
    central: Params, region: str, first_wait: float | None, power: list[float], basis: str,
    grid: float,
) -> None:  # fmt: skip
    plain = changed(central, "campus", region=region)
    if first_wait:
        plain = with_value(plain, "grid_lead_times.france_250mw.lead_years", first_wait)
    gas = changed(plain, "campus", on_site_gas=True)
    built = routes.campus(gas)
    assert starts(built) == pytest.approx([year + HALF for year in power])
    assert {site.basis for site in built.sites} == {basis}
    assert built.grid_years == grid
    assert routes.campus_steps(gas) == routes.campus_steps(plain)


@pytest.mark.parametrize("region", ["mean", "best", "france", "nordics", "netherlands"])
@pytest.mark.parametrize("tranches", [True, False])
def test_gas_never_makes_a_campus_later(central: Params, region: str, tranches: bool) -> None:
    grid = changed(one_chip(central), "campus", region=region, tranches=tranches)
    gas = changed(grid, "campus", on_site_gas=True)
    plain, own = (routes.campus(params) for params in (grid, gas))
    assert megawatts(plain) == pytest.approx(megawatts(own))
    assert all(sooner <= later for later, sooner in zip(starts(plain), starts(own), strict=True))
    assert done(own, gas) <= done(plain, grid)


def test_an_unknown_load_is_refused_with_the_loads_there_are(central: Params) -> None:
    with pytest.raises(ValueError, match=r"no lead times for 60 MW; .*40.0, 250.0, 1000.0"):
        routes.seven_leads(central, 60.0)


# --- new medium sites ----------------------------------------------------------------------------


def regions(route: routes.Route) -> Counter[str]:
    return Counter(site.country for site in route.sites)


def test_medium_sites_go_round_the_regions_from_the_shortest_wait(central: Params) -> None:
    """25 = 3 x 7 + 4: the four shortest have four sites, each 40 MW at a place of its own."""
    route = routes.new_medium(central)
    short, long = ("nordics", "france", "iberia", "germany"), ("united_kingdom", "ireland")
    assert regions(route) == dict.fromkeys(short, 4) | dict.fromkeys((*long, "netherlands"), 3)
    assert megawatts(route) == pytest.approx([40] * 25)
    assert len({site.place for site in route.sites}) == 25
    waits = {site.country: site.start_years - HALF for site in route.sites}
    assert waits == pytest.approx(
        {"nordics": 2.5, "france": 3, "iberia": 3, "germany": 4.5, "united_kingdom": 5}
        | {"ireland": 6, "netherlands": 7}
    )
    assert route.grid_years == pytest.approx(2.5)
    assert not route.one_building


@pytest.mark.parametrize("regions", [1, 3, 7])
def test_lost_filings_lie_evenly_over_all(central: Params, regions: int) -> None:
    """In every draw alike, with phases at which a filing is just lost or just not."""
    phases = (0.0, 0.25, 0.5, 0.875, *(1 - k / 7 for k in range(1, 7)))
    cases = [(n, lost, at) for n in (0, 1, 6, 7) for lost in range(n + 1) for at in phases]
    n_sites, lost_sites, phase = np.array(cases, dtype=np.float64).T
    here = {"n_sites": n_sites, "lost_sites": lost_sites, "lost_phase": phase}
    found = built._kept(dataclasses.replace(central.new_medium, **here), regions)
    for row, (n, lost, at) in enumerate(cases):
        edges = [divmod(lost * k, max(n, 1)) for k in range(n + 1)]
        below = [whole + (rest / max(n, 1) + at >= 1) for whole, rest in edges]
        kept = [k % regions for k in range(n) if below[k] == below[k + 1]]
        told = [float(np.broadcast_to(one, len(cases))[row]) for one in found]
        assert told == [kept.count(region) for region in range(regions)]


@pytest.mark.parametrize(
    ("filed", "lost", "left"), [(1, 1, 0), (1, 0, 1), (25, 25, 0), (45, 13, 32)]
)
def test_the_sites_that_are_not_lost_stand(
    central: Params, filed: int, lost: int, left: int
) -> None:
    terms = {"n_sites": float(filed), "lost_sites": float(lost)}
    route = routes.new_medium(changed(central, "new_medium", **terms))
    assert len(route.sites) == left
    assert math.isinf(route.grid_years) == (left == 0)


def test_one_new_medium_site_finishes_with_the_first_of_all(central: Params) -> None:
    """Compute hardly binds: one site finishes within a week of the whole mesh."""
    one = changed(central, "new_medium", n_sites=1.0)
    finishes = [done(routes.new_medium(params), params) for params in (one, central)]
    assert finishes[1] <= finishes[0] < finishes[1] + 7 / 365.25


# --- the public machines -------------------------------------------------------------------------


def test_a_machine_that_is_left_out_does_not_join(central: Params) -> None:
    without = changed(central, "owned", left_out="lumi_g")
    before, after = (routes.owned_machines(params) for params in (central, without))
    assert before.keys() - after.keys() == {"lumi_g"}
    assert len(routes.owned(without).sites) == len(routes.owned(central).sites) - 1


def test_only_machines_that_run_or_are_under_contract_join(central: Params) -> None:
    every = routes.owned_machines(central)
    assert {m.status for m in every.values()} == {"operating", "installing", "contracted"}
    running = routes.owned_machines(changed(central, "owned", contracted=False))
    assert {m.status for m in running.values()} == {"operating"}
    assert "jean_zay_v100" not in every  # outside the BF16 total


@pytest.mark.parametrize(("stacks", "city"), [("rocm", "Kajaani"), ("cuda", "Jülich")])
def test_machines_of_one_stack_alone(central: Params, stacks: str, city: str) -> None:
    machines = routes.owned_machines(changed(central, "owned", stacks=stacks))
    kinds = {central.accelerators[m.accelerator].stack for m in machines.values() if m.accelerator}
    assert kinds == {stacks}
    assert city in {m.city for m in machines.values()}


SPLIT: Final = {  # the replicas of a city, by what trains as one
    ("Jülich", "stack"): {"Jülich"},
    ("Jülich", "machine"): {"Jülich (JUPITER Booster)", "Jülich (JUWELS Booster)"}
    | {"Jülich (JURECA-DC GPU)"},
    ("Lugano", "stack"): {"Lugano (CUDA)", "Lugano (ROCm)"},
    ("Lugano", "city"): {"Lugano"},
    ("Cambridge", "stack"): {"Cambridge (oneAPI)", "Cambridge (ROCm)"},
    ("Stuttgart", "stack"): {"Stuttgart (CUDA)", "Stuttgart (ROCm)"},
    ("Bologna", "stack"): {"Bologna"},
    ("Montpellier", "stack"): {"Montpellier"},
    ("Reims", "machine"): {"Reims"},
}


@pytest.mark.parametrize(("city", "part"), SPLIT)
def test_a_city_is_split_by_what_trains_as_one(central: Params, city: str, part: str) -> None:
    """A100 and H100 in Bologna, MI250X and MI300A in Montpellier stay one; other names stay."""
    sites = routes.owned(changed(central, "owned", replica_of=part)).sites
    assert {s.place for s in sites if s.city == city} == SPLIT[city, part]


def test_the_parts_of_a_split_city_are_replicas_and_each_has_its_link(central: Params) -> None:
    """Garching has three: a tenth of 960 GPU Max, of 600 MI300A and of 768 A100."""
    slow = dataclasses.replace(central.links["bologna"], city="Garching", gbit_per_s=5.0)
    linked = dataclasses.replace(central, links={"x": slow})
    sites = [s for s in routes.owned(linked).sites if s.city == "Garching"]
    found = {r.place.removeprefix("Garching "): r for r in routes.replicas(sites, linked)}
    sizes = {name: r.n_accel for name, r in found.items()}
    assert sizes == pytest.approx({"(CUDA)": 76.8, "(ROCm)": 60.0, "(oneAPI)": 96.0})
    assert {r.trunk.bits_per_s for r in found.values()} == {5e9}


def test_one_stack_alone_splits_no_city_and_a_planned_machine_splits_none(central: Params) -> None:
    """JARVIS in Jülich is planned and its chip unknown; with CUDA alone Lugano has one stack."""
    cuda = routes.owned(changed(central, "owned", stacks="cuda")).sites
    assert all(site.place == site.city for site in cuda)
    signed = with_value(central, "machines.jarvis.status", "contracted")
    assert "Jülich" in {site.place for site in routes.owned(signed).sites}


def test_a_renewed_machine_of_another_stack_keeps_its_replica(central: Params) -> None:
    """The chip on sale when Hunter retires is NVIDIA's; its place stays that of Hunter."""
    kept = {name: central.machines[name] for name in ("hunter", "hammerhai")}
    here = dataclasses.replace(changed(central, "owned", renewal=True), machines=kept)
    places = {site.place for site in routes.owned(here).sites}
    assert places == {"Stuttgart (CUDA)", "Stuttgart (ROCm)"}


def test_a_leased_hall_that_joins_is_that_of_its_route(central: Params) -> None:
    joined, machines = changed(central, "owned", leased_sites=1.0), routes.owned(central).sites
    assert routes.owned(joined).sites == (*machines, *routes.leased(central).sites)
    assert routes.owned(changed(joined, "leased", built=False)).sites == machines


def test_a_contracted_machine_slips_and_one_that_runs_does_not(central: Params) -> None:
    """LUMI-AI is due in September 2027 and LUMI-G stops at the end of that year."""
    late = changed(central, "owned", grant_months=6.0)
    late = changed(late, "slip", probability=1.0)
    sites = [s for s in routes.owned(late).sites if s.city == "Kajaani"]
    lumi_ai = max(sites, key=lambda site: site.start_years)
    assert lumi_ai.start_years == pytest.approx(years(date(2027, 9, 30)) + 0.75)
    lumi_g = next(s for s in sites if s.n_accel == pytest.approx(1191.2))
    assert lumi_g.end_years == pytest.approx(years(date(2027, 12, 31)))


def renewing(central: Params, name: str) -> Params:
    """One machine alone, renewed."""
    kept = {name: central.machines[name]}
    return dataclasses.replace(changed(central, "owned", renewal=True), machines=kept)


def test_a_retired_machine_is_renewed_at_the_same_power_after_a_gap(central: Params) -> None:
    """Six years of service, half a year of nothing, and the chip ordered a year ahead.

    One with a stated end has its successor in the table.
    """
    assert len(routes.owned(renewing(central, "lumi_g")).sites) == 1
    here = renewing(central, "jupiter_booster")
    first, second, third = routes.owned(here).sites
    assert first.end_years == pytest.approx(years(date(2025, 9, 5)) + 6)
    assert second.start_years == pytest.approx(first.end_years + HALF)
    assert second.end_years - second.start_years == pytest.approx(6)
    assert third.start_years == pytest.approx(second.end_years + HALF)
    assert third.start_years < routes.horizon_years(here) < third.end_years
    for before, after in ((first, second), (second, third)):
        assert after.n_accel * after.it_kw == pytest.approx(before.n_accel * before.it_kw)
    chip = on_sale(here, second.start_years - 1)
    assert second.peak_flop_per_s == chip.bf16_tflop_per_s * 1e12 > first.peak_flop_per_s
    assert second.it_kw == pytest.approx(chip.it_kw * here.programme.mean_draw)
    assert here.programme.mean_draw == 0.768
    assert {first.place, second.place, third.place} == {"Jülich"}


def test_a_renewed_machine_waits_for_the_grant_and_the_port(central: Params) -> None:
    """JUWELS Booster retires in November 2026: its successor stands before the grant."""
    here = renewing(central, "juwels_booster")
    gone, successor, *_ = routes.owned(here).sites
    assert gone.end_years < 0
    assert successor.start_years == pytest.approx(1.0)
    assert successor.end_years == pytest.approx(gone.end_years + HALF + 6)
    after = with_value(here, "owned.porting.beside", False)
    assert routes.owned(after).sites[1].start_years == pytest.approx(13 / 12)


@pytest.mark.parametrize(("stack", "city"), [("cuda", "Jülich"), ("rocm", "Kajaani")])
def test_the_port_runs_beside_the_grant_or_after_it(central: Params, stack: str, city: str) -> None:
    """A year of grant; one month for CUDA, four for ROCm; a port of two years is the longer."""
    first = {"cuda": 2353.6, "rocm": 1191.2}[stack]

    def start(params: Params) -> float:
        sites = routes.owned(params).sites
        return next(
            s.start_years for s in sites if s.city == city and s.n_accel == pytest.approx(first)
        )

    after = with_value(central, "owned.porting.beside", False)
    assert start(central) == pytest.approx(1.0)
    assert start(after) == pytest.approx({"cuda": 13 / 12, "rocm": 16 / 12}[stack])
    long = with_value(central, f"owned.porting.{stack}_months", 24.0)
    assert start(long) == pytest.approx(2.0)


def test_renewal_never_makes_a_run_later(central: Params) -> None:
    renewed = changed(central, "owned", renewal=True)
    for target in central.targets.values():
        plain, kept = (
            routes.finish_date_years(routes.owned(p), target, p) for p in (central, renewed)
        )
        assert kept <= plain * (1 + 1e-12)


# --- hardware ------------------------------------------------------------------------------------


def test_hardware_is_what_was_on_sale(central: Params) -> None:
    """Rubin from the last day of 2026; before 2025 ended, nothing of Blackwell's year."""
    assert on_sale(central, 0.0).name.startswith("Rubin")
    before = on_sale(central, years(date(2025, 12, 30)))
    assert before.on_sale < "2025"
    assert on_sale(central, years(date(2025, 12, 31))).on_sale == "2025"


@pytest.mark.parametrize("stack", ["cuda", "rocm"])
def test_new_sites_buy_the_fastest_chip_of_their_stack(central: Params, stack: str) -> None:
    here = changed(central, "new_sites", stack=stack)
    chips = [a for a in central.accelerators.values() if a.stack == stack]
    assert on_sale(here, 9.0) == max(chips, key=lambda a: a.bf16_tflop_per_s)


def test_the_earlier_the_order_the_older_the_chip(central: Params) -> None:
    peaks = []
    for lead in (0.5, 1.0, 2.0, 3.0):
        ordered = changed(central, "new_sites", hardware_lead_years=lead)
        (site,) = routes.leased(ordered).sites
        peaks.append(site.peak_flop_per_s)
        assert peaks[-1] == on_sale(central, 1.0 - lead).bf16_tflop_per_s * 1e12
    assert peaks == sorted(peaks, reverse=True) and peaks[0] > peaks[-1]


def test_every_draw_buys_the_fastest_chip_on_sale(central: Params) -> None:
    """As one draw does that is alone, whichever peaks are drawn and whoever orders before all."""
    rng = np.random.default_rng(1)
    drawn = {key: rng.uniform(0.5, 1.5, 200) for key in ("rubin", "gb300", "v100_32gb")}
    assert drawn.keys() <= central.accelerators.keys()
    ordered = rng.uniform(-14, 6, 200)
    peaks = {
        key: a.bf16_tflop_per_s * drawn.get(key, 1.0) for key, a in central.accelerators.items()
    }
    chips = {
        key: dataclasses.replace(a, bf16_tflop_per_s=peaks[key], it_kw=float(number))
        for number, (key, a) in enumerate(central.accelerators.items())
    }
    found = routes.market(dataclasses.replace(central, accelerators=chips)).on_sale(ordered)
    for row in range(200):
        one = {
            key: dataclasses.replace(
                a, bf16_tflop_per_s=float(np.broadcast_to(peaks[key], 200)[row])
            )
            for key, a in chips.items()
        }
        alone = dataclasses.replace(central, accelerators=one)
        bought = on_sale(alone, float(ordered[row]))
        of_stack = [a for a in one.values() if a.stack == central.new_sites.stack]
        sold = {a.name: years(last_day(a.on_sale)) for a in of_stack}
        known = [a for a in of_stack if sold[a.name] <= ordered[row]]
        best = max(known, key=lambda a: (a.bf16_tflop_per_s, a.name), default=None)
        assert bought == (best or min(of_stack, key=lambda a: sold[a.name]))
        assert found.it_kw[row] == bought.it_kw  # type: ignore[index]


# --- edges ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["grid_lead_times", "accelerators"])
def test_what_is_equal_does_not_depend_on_the_order_of_the_rows(
    central: Params, table: str
) -> None:
    """Regions of equal wait; in 2025 two chips of one peak."""
    here = changed(central, "new_medium", n_sites=2.0)
    rows = dict(reversed(getattr(here, table).items()))
    turned = dataclasses.replace(here, **{table: rows})
    assert routes.new_medium(turned) == routes.new_medium(here)
    then = years(date(2025, 1, 31))
    assert on_sale(turned, then) == on_sale(here, then)


@pytest.mark.parametrize("procurement", [None, 6.0, 12.0])
def test_no_part_of_a_date_is_negative(central: Params, procurement: float | None) -> None:
    """Of machines that are renewed, or of halls that stand before a late grant."""
    here = changed(central, "owned", renewal=True)
    if procurement:
        here = changed(central, "owned", leased_sites=1.0, grant_months=24.0)
        here = changed(here, "leased", procurement_months=procurement)
    route = routes.owned(here)
    found = routes.finish(route, here.targets[TARGET], here)
    assert min(dataclasses.astuple(routes.parts(route, found))) >= -1e-12


@pytest.mark.parametrize("gone", [set[str](), {"campus_ia_first", "luebbenau", "lappeenranta"}])
def test_a_step_held_back_or_not_built_waits_for_the_grid(central: Params, gone: set[str]) -> None:
    rows = {
        k: dataclasses.replace(
            row,
            raced=row.raced and (bool(gone) or row.site == "campus_ia"),
            built=k not in gone,
            slip_years=5.0 if k == "campus_ia_first" else row.slip_years if gone else 0.0,
        )
        for k, row in central.projects.items()
    }
    here = dataclasses.replace(central, projects=rows)
    route = routes.signed(here)
    found = routes.finish(route, here.targets[TARGET], here)
    assert routes.parts(route, found).set_up_years == pytest.approx(HALF)


def test_a_decision_after_the_horizon_is_refused(central: Params) -> None:
    late = changed(central, "race", decision_date="2041-06-01")
    with pytest.raises(InputError, match=r"race\.horizon must come after race\.decision_date"):
        done(routes.leased(late), late)


def test_a_campus_on_gas_pays_for_gas_and_emits_it(central: Params) -> None:
    def tonnes(here: Params) -> float:
        route, target = routes.campus(here), here.targets[TARGET]
        return ledger.run_bill(here, route, target, routes.finish(route, target, here)).tonnes

    gas = changed(central, "campus", on_site_gas=True)
    assert tonnes(gas) != pytest.approx(tonnes(central))
    assert routes.campus(changed(gas, "on_site", first_tranche_mw=1000.0)).sites
