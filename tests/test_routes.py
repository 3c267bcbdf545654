"""Routes on one clock: invariants of every finish date."""

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euromesh import routes
from euromesh.availability import finish_years
from euromesh.records import Params
from tests.strategies import positive

NAMES = sorted(routes.ROUTES)
few = settings(max_examples=15)


def changed(params: Params, topic: str, **values: Any) -> Params:
    """The parameters with some values of one topic replaced."""
    record = dataclasses.replace(getattr(params, topic), **values)
    return dataclasses.replace(params, **{topic: record})


def done(params: Params, name: str, target: str = "llama_405b") -> float:
    """Finish of a route in model time."""
    return routes.finish(routes.ROUTES[name](params), params.targets[target], params).finish_years


@pytest.mark.parametrize(
    ("topic", "field", "least", "most"),
    [
        ("owned", "share", 0.01, 0.9),
        ("owned", "goodput", 0.3, 1.0),
        ("training", "wan_gbit_per_s", 0.1, 1000.0),
    ],
)
@few
@given(drawn=st.data())
def test_more_share_goodput_or_bandwidth_never_delays(
    central: Params, topic: str, field: str, least: float, most: float, drawn: st.DataObject
) -> None:
    less = drawn.draw(positive(least, most))
    more = drawn.draw(positive(less, most))
    later, sooner = (
        done(changed(central, topic, **{field: value}), "owned") for value in (less, more)
    )
    assert sooner <= later


@few
@given(factor=positive(1.0, 1.5))
def test_a_better_mfu_never_delays(central: Params, factor: float) -> None:
    runs = {
        name: dataclasses.replace(run, mfu=min(1.0, run.mfu * factor))
        for name, run in central.mfu_runs.items()
    }
    better = dataclasses.replace(central, mfu_runs=runs)
    for name in NAMES:
        assert done(better, name) <= done(central, name)


@few
@given(longer=positive(1.0, 2.0))
def test_longer_lead_times_never_help(central: Params, longer: float) -> None:
    rows = {
        key: dataclasses.replace(row, lead_years=row.lead_years * longer)
        for key, row in central.grid_lead_times.items()
    }
    later = dataclasses.replace(central, grid_lead_times=rows)
    for name in ("campus", "new_medium"):
        assert done(later, name) >= done(central, name)
    assert done(later, "owned") == done(central, "owned")


@pytest.mark.parametrize("name", NAMES)
def test_delivery_never_precedes_the_first_site(central: Params, name: str) -> None:
    route = routes.ROUTES[name](central)
    found = routes.finish(route, central.targets["llama_405b"], central)
    assert found.finish_years > found.first_compute_years >= min(s.start_years for s in route.sites)


@pytest.mark.parametrize("name", NAMES)
def test_larger_targets_are_never_earlier(central: Params, name: str) -> None:
    sizes = sorted(central.targets.values(), key=lambda target: target.training_flop)
    route = routes.ROUTES[name](central)
    n_params = routes.target_params(central, sizes[0])
    accrued = routes.accrual(route, n_params, central)
    dates = [finish_years(accrued, target.training_flop) for target in sizes]
    assert dates == sorted(dates)


def test_no_share_means_never(central: Params) -> None:
    assert math.isinf(done(changed(central, "owned", share=0.0), "owned"))


def test_without_bandwidth_one_place_trains_alone(central: Params) -> None:
    cut = changed(central, "training", wan_gbit_per_s=0.0)
    found = routes.finish(routes.owned(cut), cut.targets["llama_405b"], cut)
    assert len(found.federation.places) == 1


@pytest.mark.parametrize("target", ["ai_act", "llama_405b"])
def test_a_place_that_may_stay_out_never_hurts(central: Params, target: str) -> None:
    """Of a whole place; within one, a slow partition shares the batch with the fast."""
    everyone = done(central, "owned", target)
    for city in sorted({m.city for m in central.machines.values()}):
        rest = {name: m for name, m in central.machines.items() if m.city != city}
        fewer = dataclasses.replace(central, machines=rest)
        assert done(fewer, "owned", target) >= everyone * (1 - 1e-12), city


@few
@given(order=st.randoms())
def test_the_order_of_the_machines_does_not_matter(central: Params, order: Any) -> None:
    names = list(central.machines)
    order.shuffle(names)
    shuffled = dataclasses.replace(central, machines={n: central.machines[n] for n in names})
    assert done(shuffled, "owned") == pytest.approx(done(central, "owned"), rel=1e-12)


def test_a_campus_at_once_waits_for_the_full_load(central: Params) -> None:
    at_once = changed(central, "campus", tranches=False)
    assert [mw for mw, _ in routes.campus_steps(at_once)] == [1000.0]
    assert done(at_once, "campus") > done(central, "campus")
    steps = routes.campus_steps(central)
    assert [mw for mw, _ in steps] == [250.0] * 4
    assert [lead for _, lead in steps] == sorted(lead for _, lead in steps)
    assert steps[-1][1] == routes.campus_steps(at_once)[0][1]


def test_one_new_medium_site_finishes_with_the_first_of_all(central: Params) -> None:
    """Compute does not bind: one site gives the same date as the whole mesh."""
    one = changed(central, "new_medium", n_sites=1.0)
    assert done(one, "new_medium") == pytest.approx(done(central, "new_medium"))


def test_a_campus_in_the_fastest_region_is_earlier_than_the_mean(central: Params) -> None:
    best = min(routes.seven_leads(central, 1000.0), key=lambda row: row.lead_years).region
    assert done(changed(central, "campus", region=best), "campus") < done(central, "campus")


def test_an_unknown_load_is_refused_with_the_loads_there_are(central: Params) -> None:
    with pytest.raises(ValueError, match=r"no lead times for 60 MW; .*40.0, 250.0, 1000.0"):
        routes.seven_leads(central, 60.0)


def test_c_star_is_where_both_finish_together(central: Params) -> None:
    owned, campus = routes.owned(central), routes.campus(central)
    found = routes.race_c_star(owned, campus, central)
    assert not found.at_least
    ours, theirs = (routes.finish_time(route, central, found.flop) for route in (owned, campus))
    assert ours == pytest.approx(theirs, abs=1e-6)
    smaller = found.flop * 0.99
    assert routes.finish_time(owned, central, smaller) < routes.finish_time(
        campus, central, smaller
    )


def test_hardware_is_what_was_on_sale(central: Params) -> None:
    early, late = (routes.hardware_on_sale(central, years) for years in (-2.5, 3.0))
    assert early.bf16_tflop_per_s < late.bf16_tflop_per_s
    assert late.name.startswith("Rubin")


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


def test_a_known_link_slows_a_site_and_never_speeds_it(central: Params) -> None:
    link = dataclasses.replace(next(iter(central.links.values())), city="Jülich", gbit_per_s=5.0)
    slow = dataclasses.replace(central, links={"x": link})
    site = next(s for s in routes.owned(central).sites if s.place == "Jülich")
    (replica,) = routes.replicas([site], slow)
    assert replica.trunk.bits_per_s == 5e9
    fast = dataclasses.replace(central, links={"x": dataclasses.replace(link, gbit_per_s=1e4)})
    assert routes.replicas([site], fast)[0].trunk.bits_per_s == 40e9


@pytest.mark.parametrize(("stacks", "cities"), [("rocm", "Kajaani"), ("cuda", "Jülich")])
def test_machines_of_one_stack_alone(central: Params, stacks: str, cities: str) -> None:
    owned = dataclasses.replace(central.owned, stacks=stacks)
    machines = routes.owned_machines(dataclasses.replace(central, owned=owned))
    kinds = {central.accelerators[m.accelerator].stack for m in machines.values() if m.accelerator}
    assert kinds == {stacks}
    assert cities in {m.city for m in machines.values()}
