"""Comparatives of the page on the public machines, so that the text fails when a result flips.

Each test quotes the words of the page that it holds.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from euromesh.facts import Facts, Number


@pytest.fixture(scope="module")
def found(numbers: dict[str, Number]) -> dict[str, Any]:
    """The headline numbers of the machines, and of the run on them."""
    stems = ("substrate.", "owned.")
    return {k.partition(".")[2]: n.value for k, n in numbers.items() if k.startswith(stems)}


@pytest.fixture(scope="module")
def machines(facts: Facts) -> pd.DataFrame:
    """The machines of a civil BF16 total, the largest first."""
    every = facts["machines"]
    return every[every["in_total"]].sort_values("eflops", ascending=False)


def of(machines: pd.DataFrame, status: str) -> pd.DataFrame:
    return machines[machines["status"] == status]


def test_the_machine_taken_out_is_jupiter_and_the_first_country_germany(
    machines: pd.DataFrame,
) -> None:
    """'Without JUPITER', 'and Germany'."""
    running = of(machines, "operating")
    assert running["row"].iloc[0] == "jupiter_booster"
    assert running.groupby("country")["eflops"].sum().idxmax() == "de"


def test_contracts_lower_the_first_place_and_spread_nothing(found: dict[str, Any]) -> None:
    """'make the first place count for less ...', 'spread no more evenly than the old'."""
    assert found["signed_top_host_share"] < found["top_host_share"]
    assert found["signed_top_five_share"] >= 0.95 * found["top_five_share"]
    assert found["signed_gini_places"] >= found["gini_places"]


def test_the_fleet_peaks_and_falls_within_a_band_wider_than_the_plans(
    facts: Facts, found: dict[str, Any]
) -> None:
    """fig-in-service: 'peaks ... and falls as machines retire'; the band is wider than plans."""
    lines = facts["growth"].pivot(index="year_end", columns="status", values="eflops")
    now = facts.params.evidence.gathered_on
    coming = lines.loc[lines.index > now, "operating"]
    assert coming.is_monotonic_decreasing
    assert coming.iloc[0] < found["operating_bf16_eflops"]
    assert now < found["best_year_end"] < found["last_year_end"]
    band = found["best_bf16_eflops_high"] - found["best_bf16_eflops_low"]
    assert band > found["planned_bf16_eflops"]


def test_the_band_is_the_peak_of_one_chip(
    facts: Facts, machines: pd.DataFrame, found: dict[str, Any]
) -> None:
    """'The band is the peak of one chip': that of LUMI-AI and Alice Recoque, four fifths of it."""
    two = machines.set_index("row").loc[["lumi_ai", "alice_recoque"]]
    assert {facts.params.machines[row].accelerator for row in two.index} == {"mi430x"}
    band = found["best_bf16_eflops_high"] - found["best_bf16_eflops_low"]
    assert (two["high"] - two["low"]).sum() > 0.8 * band


def test_no_operating_chip_knows_fp4_and_no_fp8_was_read_for_one(
    facts: Facts, machines: pd.DataFrame
) -> None:
    """'no operating chip knows FP4'; 'For the chip of LUMI-AI and ... no FP8 figure was read'."""
    chips = facts.params.accelerators
    for row in of(machines, "operating")["row"]:
        chip = chips[str(facts.params.machines[row].accelerator)]
        assert chip.fp4_sparse_tflop_per_s is None
    assert chips["mi430x"].fp8_tflop_per_s is None


def test_contracts_raise_the_part_of_the_union(found: dict[str, Any]) -> None:
    """'With the contracts the Union's part rises'; states grant more than the Union."""
    assert found["union_managed_share"] < 0.5
    assert found["union_signed_managed_share"] > found["union_managed_share"]


def test_the_range_of_the_projects_holds_the_central_count(found: dict[str, Any]) -> None:
    """'as much as ... average EuroHPC projects (... to ...)'."""
    low, central, high = (found[f"displaced_projects_year{end}"] for end in ("_low", "", "_high"))
    assert low < central < high
