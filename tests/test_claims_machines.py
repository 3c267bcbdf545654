"""Comparatives of the page on the public machines, so that the text fails when a result flips.

Each test quotes the words of the page that it holds.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

from euromesh.frames import machines as frames
from euromesh.records import Params
from euromesh.report import Figure, machines, substrate
from euromesh.report.figure import Group

GROUPS: tuple[Group, ...] = (substrate.substrate, *machines.GROUPS)


@pytest.fixture(scope="module")
def found(central: Params) -> dict[str, Figure]:
    """The headline numbers of the machines alone."""
    return {key: figure for group in GROUPS for key, figure in group(central).items()}


def value(found: dict[str, Figure], key: str) -> float:
    return float(found[key].value)


def largest(sizes: dict[str, float], n: int) -> list[str]:
    return sorted(sizes, key=lambda name: -sizes[name])[:n]


def test_the_largest_machines_stand_where_the_map_says(central: Params) -> None:
    """fig-machines-map: Jülich operates the largest; Kajaani, Bologna and Bruyères await theirs."""
    for status, cities in (
        ("operating", ["Jülich"]),
        ("under contract", ["Kajaani", "Bologna", "Bruyères-le-Châtel"]),
    ):
        machines_ = frames.standing(central, status)  # type: ignore[arg-type]
        sizes = {key: frames.exaflops(central, m) for key, m in machines_.items()}
        assert [central.machines[k].city for k in largest(sizes, len(cities))] == cities


def test_most_places_run_cuda_and_the_new_ones_of_finland_and_france_rocm(central: Params) -> None:
    """fig-machines-map: most places run CUDA, the new machines of Finland and France ROCm."""
    stacks = defaultdict(set)
    for machine in frames.standing(central, "operating").values():
        assert machine.accelerator is not None
        stacks[machine.city].add(central.accelerators[machine.accelerator].stack)
    assert sum("cuda" in found for found in stacks.values()) > len(stacks) / 2
    for machine in frames.standing(central, "under contract").values():
        if machine.country in ("fi", "fr"):
            assert central.accelerators[str(machine.accelerator)].stack == "rocm"


def test_the_machine_taken_out_is_jupiter_and_the_first_country_germany(central: Params) -> None:
    """'Without JUPITER', 'and Germany'."""
    running = frames.standing(central, "operating")
    assert largest({k: frames.exaflops(central, m) for k, m in running.items()}, 1) == [
        "jupiter_booster"
    ]
    assert largest(frames.exaflops_by(central, running.values(), "country"), 1) == ["de"]


def test_contracts_lower_the_first_place_and_spread_nothing(found: dict[str, Figure]) -> None:
    """'make the first place count for less ...', 'spread no more evenly than the old'."""
    assert value(found, "substrate.signed_top_host_share") < value(
        found, "substrate.top_host_share"
    )
    assert value(found, "substrate.signed_top_five_share") >= 0.95 * value(
        found, "substrate.top_five_share"
    )
    assert value(found, "substrate.signed_gini_places") >= value(found, "substrate.gini_places")


def test_the_fleet_peaks_and_falls_within_a_band_wider_than_the_plans(
    central: Params, found: dict[str, Figure]
) -> None:
    """fig-in-service: 'peaks ... and falls as machines retire'; the band is wider than plans."""
    data = frames.growth(central)
    lines = data.pivot(index="year_end", columns="status", values="eflops")
    now = central.evidence.gathered_on
    coming = lines.loc[lines.index > now, "operating"]
    assert coming.is_monotonic_decreasing
    assert coming.iloc[0] < value(found, "substrate.operating_bf16_eflops")
    best = str(found["substrate.best_year_end"].value)
    assert now < best < str(found["substrate.last_year_end"].value)
    band = value(found, "substrate.best_bf16_eflops_high") - value(
        found, "substrate.best_bf16_eflops_low"
    )
    assert band > value(found, "substrate.planned_bf16_eflops")


def test_the_band_is_the_peak_of_one_chip(central: Params, found: dict[str, Figure]) -> None:
    """'The band is the peak of one chip': that of LUMI-AI and Alice Recoque, four fifths of it."""
    spans = [
        frames.size_span(central, k, central.machines[k]) for k in ("lumi_ai", "alice_recoque")
    ]
    assert {central.machines[k].accelerator for k in ("lumi_ai", "alice_recoque")} == {"mi430x"}
    band = value(found, "substrate.best_bf16_eflops_high") - value(
        found, "substrate.best_bf16_eflops_low"
    )
    assert sum(span.high - span.low for span in spans) > 0.8 * band


def test_no_operating_chip_knows_fp4_and_no_fp8_was_read_for_one(central: Params) -> None:
    """'no operating chip knows FP4'; 'For the chip of LUMI-AI and ... no FP8 figure was read'."""
    for machine in frames.standing(central, "operating").values():
        assert central.accelerators[str(machine.accelerator)].fp4_sparse_tflop_per_s is None
    assert central.accelerators["mi430x"].fp8_tflop_per_s is None


def test_no_award_or_rule_for_one_project_reaches_the_run(found: dict[str, Figure]) -> None:
    """'The Union's own time ... holds that', 'yet nothing ... gives one project as much'."""
    of_many = {"union_least", "union_most", "lumi_half"}
    for key, figure in found.items():
        if key.startswith("owned.access.") and key.rpartition(".")[2] not in of_many:
            assert float(figure.value) < 1
    assert value(found, "owned.access.union_least") > 1


def test_contracts_raise_the_part_of_the_union(found: dict[str, Figure]) -> None:
    """'With the contracts the Union's part rises'; states grant more than the Union."""
    part = value(found, "substrate.union_managed_share")
    assert part < 0.5
    assert value(found, "substrate.union_signed_managed_share") > part


def test_the_range_of_the_projects_holds_the_central_count(found: dict[str, Figure]) -> None:
    """'as much as ... average EuroHPC projects (... to ...)'."""
    low, central, high = (
        value(found, f"owned.displaced_projects_year{end}") for end in ("_low", "", "_high")
    )
    assert low < central < high
