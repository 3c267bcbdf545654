"""The public machines: how they are spread, counted, in service, granted and missed."""

from __future__ import annotations

import dataclasses
import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh import routes
from euromesh.charts import map as europe
from euromesh.facts import Facts, Run, of
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


def test_distances_by_hand() -> None:
    """A degree of a meridian, a quarter of the equator, a degree of the 60th parallel."""
    assert own.distance_km((0, 0), (1, 0)) == pytest.approx(111.195, abs=0.01)
    assert own.distance_km((0, 0), (0, 90)) == pytest.approx(math.pi / 2 * 6371)
    assert own.distance_km((60, 0), (60, 1)) == pytest.approx(111.195 / 2, abs=0.01)


def test_a_value_that_was_set_has_no_range() -> None:
    assert own.span_of("machines.lumi_ai.bf16_eflops", 20.0) == (20, 20, 20)


def test_the_discs_of_a_place_hold_all_its_machines_up_to_a_status(facts: Facts) -> None:
    assert set(own.STANDINGS) == set(europe.LEVELS)
    sites = facts["machines"].merge(facts["places"])
    discs = europe._discs(sites)
    assert set(discs["city"]) == set(sites["city"])
    largest = discs.groupby("city")["eflops"].max()
    assert largest.sum() == pytest.approx(sites["eflops"].sum())
    running = discs[discs["level"] == "operating"].set_index("city")["eflops"]
    assert running.sum() == pytest.approx(sites[sites["status"] == "operating"]["eflops"].sum())


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


def test_the_first_sums_are_those_published_and_two_corrections_make_the_rest(
    central: Params, facts: Facts
) -> None:
    """576 A100 of 312 TFLOP/s, and 13,824 chips with 124 multiprocessors in place of 108."""
    of, now = values(facts, "corrected"), values(facts, "substrate", "arithmetics")
    alps, leonardo = 576 * 312e-6, 13824 * 312e-6 * 16 / 108
    gains = {"operating": alps + leonardo, "eu27": leonardo, "eurohpc": leonardo}
    published = {"operating": 76.4, "eu27": 57.6, "eurohpc": 42.0}
    for name, gain in gains.items():
        first = of[f"substrate.first_{name}_bf16_eflops"]
        assert first == pytest.approx(published[name], abs=0.05), name
        assert now[f"substrate.{name}_bf16_eflops"] - first == pytest.approx(gain, abs=1e-3), name


def test_a_rank_by_hpl_stands_beside_dense_bf16(facts: Facts) -> None:
    """compute: 'LUMI stands before Leonardo and holds less'; 11,912 x 383 TFLOP/s over 379.7."""
    listed = facts["standings"].set_index("row")
    assert listed.loc["lumi", "factor"] == pytest.approx(11912 * 383e-6 / 0.3797, rel=1e-9)
    lumi, leonardo = listed.loc["lumi"], listed.loc["leonardo"]
    assert lumi["rank"] < leonardo["rank"] and lumi["dense_bf16"] < leonardo["dense_bf16"]
    by_rank = listed.sort_values("rank")["hpl"]
    assert by_rank.is_monotonic_decreasing and (listed["hpl"] < listed["fp64"].fillna(9)).all()
    told = values(facts, "announced")
    assert told["substrate.bf16_over_hpl_least"] == lumi["factor"] == listed["factor"].min()
    assert told["substrate.bf16_over_hpl_most"] == listed["factor"].max()


def test_what_is_announced_by_hand(facts: Facts, central: Params) -> None:
    """13 antennas share EUR 55 million; from mid-April 2026 to the end of 2029."""
    told = values(facts, "announced")
    assert told["substrate.antenna_meur"] == pytest.approx(55.04322 / 13)
    assert told["substrate.platform_years"] == pytest.approx(3 + 260 / 365.25, abs=0.005)
    assert told["substrate.budget_meur"] == 10_000
    known = central.machines.values()
    assert not [m for m in known if "antenna" in m.name.lower()], "'for which we add nothing'"


def test_replicas_are_counted_as_the_stacks_of_cities(central: Params, facts: Facts) -> None:
    found = values(facts, "replicas")
    chips, sized = central.accelerators, facts["machines"].dropna(subset="n_accel")["row"]
    joined = [m for key, m in routes.owned_machines(central).items() if key in set(sized)]
    parts = {(m.city, chips[m.accelerator].stack) for m in joined if m.accelerator}
    assert found == {
        "owned.replicas": len(parts),
        "owned.replica_cities": len({city for city, _ in parts}),
    }
    assert len(parts) > len({city for city, _ in parts}), "'a city with more than one stack'"


def test_what_is_granted_is_stated_in_one_way(central: Params) -> None:
    for name, row in central.access.items():
        ways = [row.time_share, row.accel_hours, row.node_hours]
        assert sum(way is not None for way in ways) == 1, name
        assert row.time_share is None or row.days is not None, f"{name} is a share of no time"


def test_where_nobody_trains_nothing_is_displaced(facts: Facts) -> None:
    idle = values(of("central", {"owned.share": 0.0}), "access", "displaced")
    assert set(idle) == set(values(facts, "access", "displaced"))
    assert set(idle.values()) == {"never"}


def test_a_date_of_the_calendar_is_counted_to_the_planned_finish_in_days() -> None:
    run = of()
    found = run["calendar"].set_index("row")
    finish = date.fromisoformat(run["standing"].set_index("row").loc["owned", "finished"])
    due = found.loc["openeurollm_final"]
    assert due["date"] == "2028-01-31"
    assert due["days"] == pytest.approx((finish - date(2028, 1, 31)).days, abs=1)
    assert found.loc["challenge_winner", "days"] > due["days"]
    idle = of("central", {"owned.share": 0.0})["calendar"]["days"]
    assert all(map(math.isinf, idle))
