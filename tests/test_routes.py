"""Routes on one clock: invariants of every finish date, for every route of the table."""

import dataclasses
import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh import params, routes, units
from euromesh.availability import Segment, cumulative_flop, finish_years
from euromesh.ensemble import chance
from euromesh.fleet import Site
from euromesh.records import Params
from tests.strategies import changed, few, one_chip, positive, with_value

NAMES = sorted(routes.ROUTES)
TARGET = "llama_405b"
LIBRARY = params.library()
WAITING = {*NAMES, "new_sites", "slip"}  # topics whose years and months pass before a start
NO_WAITS = {"owned.service_life_years", "new_sites.hardware_lead_years"}
WAITS = sorted(
    key
    for key, one in LIBRARY.parameters.items()
    if one.unit in ("years", "months") and key.split(".")[0] in WAITING and key not in NO_WAITS
)
TABLES = sorted(
    field.name
    for field in dataclasses.fields(Params)
    if field.name in LIBRARY.tables and field.name != "targets"
)


def done(params: Params, name: str, target: str = TARGET) -> float:
    """Finish of a route in model time."""
    return routes.finish_date_years(routes.ROUTES[name](params), params.targets[target], params)


def all_done(params: Params) -> dict[str, float]:
    """Finish of every route in model time."""
    return {name: done(params, name) for name in NAMES}


def starts(params: Params) -> list[float]:
    """When every site of every route starts, in the order of its route."""
    return [s.start_years for name in NAMES for s in routes.ROUTES[name](params).sites]


def none_built(params: Params) -> Params:
    """Nothing that may fail comes: no grant, no building, no filing, no project."""
    for topic in NAMES:
        for flag in ("built", "granted"):
            if hasattr(getattr(params, topic), flag):
                params = changed(params, topic, **{flag: False})
    rows = {key: dataclasses.replace(p, built=False) for key, p in params.projects.items()}
    lost = changed(params, "new_medium", lost_sites=params.new_medium.n_sites)
    return dataclasses.replace(lost, projects=rows)


@pytest.fixture(scope="module")
def fixed(central: Params) -> Params:
    """One chip on sale, so that waiting buys nothing; every wait counts.

    Plans are late more often than not, and the code is ported after the grant.
    """
    late = changed(one_chip(central), "slip", probability=0.8)
    return with_value(late, "owned.porting.beside", False)


@pytest.fixture(scope="module")
def fixed_dates(fixed: Params) -> Mapping[str, float]:
    return all_done(fixed)


@pytest.fixture(scope="module")
def accrued(central: Params) -> Mapping[str, tuple[Segment, ...]]:
    """What every route computes until the horizon, for the model of the target."""
    model = routes.target_model(central, central.targets[TARGET])
    return {name: routes.accrual(routes.ROUTES[name](central), model, central) for name in NAMES}


# --- what never delays ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "least", "most"),
    [
        pytest.param(("owned.share",), 0.01, 0.9, id="machines"),
        pytest.param(("gigafactory.share",), 0.01, 0.9, id="gigafactory"),
        pytest.param(("owned.goodput", "new_sites.goodput"), 0.3, 1.0, id="goodput"),
        pytest.param(("training.wan_gbit_per_s",), 0.1, 1000.0, id="bandwidth"),
    ],
)
@few
@given(drawn=st.data())
def test_more_share_goodput_or_bandwidth_never_delays(
    central: Params, keys: tuple[str, ...], least: float, most: float, drawn: st.DataObject
) -> None:
    less = drawn.draw(positive(least, most))
    more = drawn.draw(positive(less, most))
    poor, rich = central, central
    for key in keys:
        poor, rich = with_value(poor, key, less), with_value(rich, key, more)
    later, sooner = all_done(poor), all_done(rich)
    assert not [name for name in NAMES if sooner[name] > later[name] * (1 + 1e-12)]


@few
@given(factor=positive(1.0, 2.0))
def test_a_better_mfu_is_earlier_on_every_route(central: Params, factor: float) -> None:
    poor = {k: dataclasses.replace(r, mfu=r.mfu / factor) for k, r in central.mfu_runs.items()}
    sooner, later = all_done(central), all_done(dataclasses.replace(central, mfu_runs=poor))
    assert not [name for name in NAMES if sooner[name] > later[name]]
    assert factor < 1.01 or all(sooner[name] < later[name] for name in NAMES)


@pytest.mark.parametrize("target", ["ai_act", TARGET])
@pytest.mark.parametrize("name", NAMES)
def test_a_place_that_may_stay_out_never_hurts(central: Params, name: str, target: str) -> None:
    """Of a whole place; within one, a slow partition shares the batch with the fast."""
    route, run = routes.ROUTES[name](central), central.targets[target]
    everyone = routes.finish_date_years(route, run, central)
    for place in sorted({s.place for s in route.sites}):
        rest = tuple(s for s in route.sites if s.place != place)
        fewer = dataclasses.replace(route, sites=rest)
        assert routes.finish_date_years(fewer, run, central) >= everyone * (1 - 1e-12), place


# --- waits ---------------------------------------------------------------------------------------


def longer_by(params: Params, key: str, factor: float) -> Params:
    """A wait made longer; a blank slip is the median of the slip law."""
    value: Any = params
    for word in key.split("."):
        value = getattr(value, word)
    return with_value(params, key, routes.slip_years(value, params) * factor)


@pytest.mark.parametrize("key", WAITS)
@few
@given(factor=positive(1.0, 3.0))
def test_a_longer_wait_never_helps(
    fixed: Params, fixed_dates: Mapping[str, float], key: str, factor: float
) -> None:
    later = all_done(longer_by(fixed, key, factor))
    assert not [name for name in NAMES if later[name] < fixed_dates[name] * (1 - 1e-12)]


@pytest.mark.parametrize("key", WAITS)
def test_a_longer_wait_delays_some_site_and_speeds_none(fixed: Params, key: str) -> None:
    later = starts(longer_by(fixed, key, 2.0))
    pairs = list(zip(starts(fixed), later, strict=True))
    assert all(after >= before for before, after in pairs)
    assert any(after > before for before, after in pairs)


@few
@given(longer=positive(1.0, 2.0))
def test_longer_lead_times_never_help(fixed: Params, longer: float) -> None:
    rows = {
        key: dataclasses.replace(row, lead_years=row.lead_years * longer)
        for key, row in fixed.grid_lead_times.items()
    }
    later = all_done(dataclasses.replace(fixed, grid_lead_times=rows))
    before = all_done(fixed)
    assert later["campus"] >= before["campus"] and later["new_medium"] >= before["new_medium"]
    others = set(NAMES) - {"campus", "new_medium"}
    assert all(later[name] == before[name] for name in others)


@few
@given(drawn=st.data())
def test_one_longer_lead_time_never_helps_where_buildings_are_alike(
    fixed: Params, drawn: st.DataObject
) -> None:
    """With one PUE everywhere it does not matter which region has the most sites."""
    alike = {key: dataclasses.replace(c, pue=1.1) for key, c in fixed.countries.items()}
    here = dataclasses.replace(fixed, countries=alike)
    key = drawn.draw(st.sampled_from(sorted(here.grid_lead_times)))
    factor = drawn.draw(positive(1.0, 3.0))
    years = here.grid_lead_times[key].lead_years * factor
    later = all_done(with_value(here, f"grid_lead_times.{key}.lead_years", years))
    before = all_done(here)
    assert not [name for name in NAMES if later[name] < before[name] * (1 - 1e-12)]


@few
@given(drawn=st.data())
def test_a_longer_slip_of_one_project_never_helps(fixed: Params, drawn: st.DataObject) -> None:
    key = drawn.draw(st.sampled_from(sorted(fixed.projects)))
    less = drawn.draw(positive(0.0, 4.0))
    more = drawn.draw(positive(less, 5.0))
    sooner, later = (
        done(with_value(fixed, f"projects.{key}.slip_years", years), "signed", "run_5e26")
        for years in (less, more)
    )
    assert sooner <= later * (1 + 1e-12)


# --- dates, sizes and parts ----------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_delivery_never_precedes_the_first_site(central: Params, name: str) -> None:
    route = routes.ROUTES[name](central)
    found = routes.finish(route, central.targets[TARGET], central)
    assert found.finish_years > found.first_compute_years >= min(s.start_years for s in route.sites)
    assert found.finish_years == routes.finish_date_years(route, central.targets[TARGET], central)


@pytest.mark.parametrize("name", NAMES)
def test_larger_targets_are_never_earlier(
    central: Params, accrued: Mapping[str, tuple[Segment, ...]], name: str
) -> None:
    sizes = sorted(target.training_flop for target in central.targets.values())
    dates = [finish_years(accrued[name], flop) for flop in sizes]
    assert dates == sorted(dates)


@pytest.mark.parametrize("name", NAMES)
@few
@given(drawn=st.data())
def test_compute_accrues_without_a_jump_and_never_falls(
    central: Params,
    accrued: Mapping[str, tuple[Segment, ...]],
    name: str,
    drawn: st.DataObject,
) -> None:
    fastest = max(segment.flop_per_s for segment in accrued[name])
    edges = [segment.start_years for segment in accrued[name]]
    at = drawn.draw(st.one_of(st.sampled_from(edges), positive(0, 15)))
    step = drawn.draw(positive(1e-9, 1.0))
    before, after = (cumulative_flop(accrued[name], years) for years in (at, at + step))
    most = fastest * step * units.SECONDS_PER_YEAR
    assert 0 <= (after - before) * (1 + 1e-12) <= most * (1 + 1e-6) + after * 1e-12


@pytest.mark.parametrize("name", NAMES)
def test_what_is_computed_by_a_finish_is_the_run(
    central: Params, accrued: Mapping[str, tuple[Segment, ...]], name: str
) -> None:
    flop = central.targets[TARGET].training_flop
    assert cumulative_flop(accrued[name], done(central, name)) == pytest.approx(flop, rel=1e-9)


def forever(site: Site) -> Site:
    return dataclasses.replace(site, end_years=math.inf)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_of_twice_the_compute_takes_one_site_twice_the_days(
    central: Params, name: str
) -> None:
    route = routes.ROUTES[name](central)
    fastest = max(route.sites, key=lambda site: site.n_accel * site.peak_flop_per_s * site.mfu)
    alone = dataclasses.replace(route, sites=(forever(fastest),))
    once = dataclasses.replace(central.targets["ai_act"], n_params=1e11)
    twice = dataclasses.replace(once, training_flop=2 * once.training_flop)
    days = [routes.finish(alone, run, central).compute_days for run in (once, twice)]
    assert 0 < days[0] < math.inf
    assert days[1] == pytest.approx(2 * days[0], rel=1e-9)


@pytest.mark.parametrize("target", ["ai_act", TARGET, "run_5e26"])
@pytest.mark.parametrize("scenario", sorted(LIBRARY.scenarios))
def test_the_parts_of_every_route_sum_to_its_finish(scenario: str, target: str) -> None:
    here = params.load(scenario)
    for name in NAMES:
        route = routes.ROUTES[name](here)
        found = routes.finish(route, here.targets[target], here)
        years = dataclasses.astuple(routes.parts(route, found))
        assert min(years) >= -1e-12, name
        assert math.fsum(years) == pytest.approx(found.finish_years), name


@pytest.mark.parametrize("name", NAMES)
def test_every_site_has_power_and_hardware(central: Params, name: str) -> None:
    for site in routes.ROUTES[name](central).sites:
        assert 0 < site.grid_mw < math.inf
        assert 0 < site.mfu <= 1 and 0 < site.goodput <= 1 and site.pue >= 1
        assert site.start_years < site.end_years or name == "owned"


# --- never ---------------------------------------------------------------------------------------


def test_no_share_means_never(central: Params) -> None:
    assert math.isinf(done(changed(central, "owned", share=0.0), "owned"))
    assert math.isinf(done(changed(central, "gigafactory", share=0.0), "gigafactory"))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_never_built_never_finishes(central: Params, name: str) -> None:
    route = routes.ROUTES[name](none_built(central))
    assert route.sites == ()
    found = routes.finish(route, central.targets[TARGET], central)
    assert math.isinf(found.finish_years) and math.isinf(found.first_compute_years)
    assert math.isinf(found.compute_days) and found.federation.places == ()
    assert math.isinf(routes.parts(route, found).compute_years)
    assert math.isinf(routes.finish_curve(route, central)(1e22))


@pytest.mark.parametrize("topic", [name for name in chance.flags() if name != "owned"])
def test_one_route_that_is_not_built_leaves_the_others_alone(central: Params, topic: str) -> None:
    without = all_done(changed(central, topic, built=False))
    assert math.isinf(without.pop(topic))
    assert without == {name: years for name, years in all_done(central).items() if name != topic}


def test_a_run_that_the_machines_end_before_never_finishes_and_names_its_fastest_team(
    central: Params,
) -> None:
    """A tenth of the tenth: the machines of today retire first."""
    slow = changed(central, "owned", share=0.008)
    route, target = routes.owned(slow), slow.targets["run_1e26"]
    found = routes.finish(route, target, slow)
    accrual = routes.accrual(route, routes.target_model(slow, target), slow)
    assert math.isinf(found.finish_years) and math.isfinite(found.at_years)
    assert found.federation.flop_per_s == max(segment.flop_per_s for segment in accrual)


def test_without_bandwidth_one_place_trains_alone(central: Params) -> None:
    cut = changed(central, "training", wan_gbit_per_s=0.0)
    found = routes.finish(routes.owned(cut), cut.targets[TARGET], cut)
    assert len(found.federation.places) == 1


# --- order and places ----------------------------------------------------------------------------


@few
@given(order=st.randoms())
def test_the_order_of_the_rows_does_not_matter(central: Params, order: Any) -> None:
    shuffled = central
    for table in TABLES:
        rows = list(getattr(central, table).items())
        order.shuffle(rows)
        shuffled = dataclasses.replace(shuffled, **{table: dict(rows)})
    expected = all_done(central)
    assert all_done(shuffled) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_the_sites_does_not_matter(central: Params, name: str) -> None:
    route = routes.ROUTES[name](central)
    turned = dataclasses.replace(route, sites=route.sites[::-1])
    there, back = (routes.finish(r, central.targets[TARGET], central) for r in (route, turned))
    assert back.finish_years == pytest.approx(there.finish_years, rel=1e-12)
    assert sorted(back.federation.places) == sorted(there.federation.places)


def test_the_places_come_in_the_order_of_their_names(central: Params) -> None:
    up = routes.up_at(routes.owned(central), 2.0)
    found = routes.replicas(up, central)
    assert routes.replicas(up[::-1], central) == found
    assert [replica.place for replica in found] == sorted({site.place for site in up})


def test_what_the_stages_leave_is_the_rate_of_the_federation(central: Params) -> None:
    for name in NAMES:
        route = routes.ROUTES[name](central)
        found = routes.finish(route, central.targets[TARGET], central)
        left = list(routes.stages(route, found).values())
        assert all(after <= before for before, after in pairwise(left))
        factor = routes.target_model(central, central.targets[TARGET]).flop_factor
        last = left[-3] / found.federation.penalty / factor
        assert last == pytest.approx(left[-1]) == pytest.approx(found.federation.flop_per_s)


def test_a_place_of_unequal_goodputs_has_their_mean_by_time(central: Params) -> None:
    """Rates r / g of 1 and 3 with goodput 0.5 and 0.9: together (0.5 + 2.7) / 4."""
    site = next(s for s in routes.owned(central).sites if s.start_years < s.end_years)
    running = site.n_accel * site.peak_flop_per_s * site.mfu
    two = [
        dataclasses.replace(site, goodput=0.5),
        dataclasses.replace(site, goodput=0.9, n_accel=3 * site.n_accel),
    ]
    (replica,) = routes.replicas(two, central)
    assert replica.goodput == pytest.approx((0.5 + 2.7) / 4)
    assert replica.running_flop_per_s == pytest.approx(4 * running)


def test_the_parts_of_a_city_stay_out_where_its_link_is_useless(central: Params) -> None:
    """A kilobit a second to Kajaani leaves the date that the others have without its machines."""
    link = dataclasses.replace(central.links["kajaani"], gbit_per_s=1e-6)
    cut_off = dataclasses.replace(central, links={"x": link})
    others = {k: m for k, m in central.machines.items() if m.city != "Kajaani"}
    without = dataclasses.replace(central, machines=others, links={})
    for target in (central.targets["llama_405b"], central.targets["run_1e26"]):
        cut, rest, whole = (
            routes.finish_date_years(routes.owned(p), target, p)
            for p in (cut_off, without, central)
        )
        assert cut == pytest.approx(rest, rel=1e-12)
        assert whole < cut


def test_a_known_link_slows_a_site_and_never_speeds_it(central: Params) -> None:
    link = dataclasses.replace(next(iter(central.links.values())), city="Jülich", gbit_per_s=5.0)
    slow = dataclasses.replace(central, links={"x": link})
    site = next(s for s in routes.owned(central).sites if s.place == "Jülich")
    (replica,) = routes.replicas([site], slow)
    assert replica.trunk.bits_per_s == 5e9
    fast = dataclasses.replace(central, links={"x": dataclasses.replace(link, gbit_per_s=1e4)})
    assert routes.replicas([site], fast)[0].trunk.bits_per_s == 40e9
