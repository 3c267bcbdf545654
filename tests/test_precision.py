"""The arithmetic of a run: one rule for chips and routes, its cost, how often it is drawn."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from euromesh import ensemble, fleet, params, routes
from euromesh import units as u
from euromesh.efficiency import precision_factor
from euromesh.facts import Facts
from euromesh.records import InputError, Params
from euromesh.records.tables import Precision
from euromesh.records.tree import value_of
from euromesh.routes import hardware
from tests.strategies import changed, facts_of, hand_site, values

BF16_ALONE = {"a100_40gb", "a100_64gb", "a100_80gb", "gpu_max_1550", "mi210", "mi250x", "v100_32gb"}
WEIGHTS = "training.precision_weights"


def trained(given: Params, precision: Precision, **more: float) -> Params:
    return changed(given, "training", precision=precision, **more)


def test_fp8_is_for_chips_whose_fp8_rate_was_read(central: Params) -> None:
    for key, chip in central.accelerators.items():
        assert (chip.mfu_run_fp8 is None) == (chip.fp8_tflop_per_s is None), key
    without = {key for key, chip in central.accelerators.items() if chip.mfu_run_fp8 is None}
    assert without >= BF16_ALONE


def test_a_run_speaks_for_one_precision_and_each_chip_finds_one(central: Params) -> None:
    """NVFP4 where the chip has it, else FP8, else BF16; all by runs of that precision."""
    found = {
        key: [central.mfu_runs[fleet.speaking_run(chip, one)].precision for one in fleet.BITS]
        for key, chip in central.accelerators.items()
    }
    assert found["gb200"] == ["bf16", "fp8", "nvfp4"]
    assert found["gh200"] == ["bf16", "fp8", "fp8"]
    assert found["a100_64gb"] == ["bf16"] * 3


def test_a_chip_without_fp8_is_the_same_in_every_precision(central: Params) -> None:
    for key in BF16_ALONE:
        slow, fast = (hardware.hardware_of(trained(central, p), key) for p in ("bf16", "fp8"))
        assert slow == fast, key
    slow, fast = (hardware.hardware_of(trained(central, p), "gh200") for p in ("bf16", "fp8"))
    assert fast.mfu > 1.2 * slow.mfu and fast.saturation < slow.saturation


def test_what_a_precision_costs_by_hand(central: Params) -> None:
    """1.0025^(2 / 0.0985) = 1.0520 FLOP, of which 0.95 are kept: 1.1074; BF16 costs nothing."""
    central = changed(central, "penalty", law="joint")  # no irreducible loss
    more = {"fp8_loss_gap": 0.0025, "low_precision_kept": 0.95}

    def factor(precision: Precision) -> float:
        training = trained(central, precision, **more).training
        return float(precision_factor(central.penalty, training, 4e11))

    assert factor("fp8") == pytest.approx(1.1074, abs=1e-4)
    assert factor("bf16") == 1.0
    assert factor("nvfp4") > factor("fp8")


@pytest.mark.parametrize("one_building", [True, False])
def test_every_route_pays_it(central: Params, one_building: bool) -> None:
    """One building too: the same site takes as many more days as its run takes FLOP."""
    route = routes.Route(sites=(hand_site("a", 1.0, saturation=1.0),), one_building=one_building)
    target = central.targets["original"]
    days = {}
    for precision in ("bf16", "fp8"):
        given = trained(central, precision)
        days[precision] = routes.finish(route, target, given).compute_days
    factor = routes.target_model(central, target).flop_factor
    assert factor > 1 and days["fp8"] / days["bf16"] == pytest.approx(factor, rel=1e-9)


def test_precision_is_drawn_as_often_as_its_weights_say(central: Params) -> None:
    draws = ensemble.sample(central, 2048, 7)
    found = draws.numbers[:, value_of(draws.columns, "training.precision")]  # type: ignore[arg-type]
    weights = np.array([*dataclasses.asdict(central.training.precision_weights).values()])
    counts = np.bincount(found.astype(int), minlength=3)
    assert counts == pytest.approx(2048 * weights / weights.sum(), abs=2) and counts[2] == 0
    none = type(central.training.precision_weights)(bf16=0.0, fp8=0.0, nvfp4=0.0)
    with pytest.raises(InputError, match=rf"{WEIGHTS}.* must be >= 0 and not all 0"):
        ensemble.sample(changed(central, "training", precision_weights=none), 2, 7)


def test_the_weight_of_fp8_is_that_of_its_draws_or_all_or_nothing(facts: Facts) -> None:
    key = "efficiency.fp8_weight"
    assert values(facts, "fp8_weight")[key] == pytest.approx(0.7)
    for precision, share in (("bf16", 0.0), ("fp8", 1.0), ("nvfp4", 0.0)):
        set_ = facts_of(params.load("central", {"training.precision": precision}))
        assert values(set_, "fp8_weight")[key] == share


def test_each_precision_has_its_date_for_every_route(facts: Facts) -> None:
    both, owned = facts["by_precision"], facts["owned_if"].set_index("row")["date"]
    assert both["route"].nunique() == len(routes.ROUTES)
    assert both.set_index("row").loc["owned", ["bf16", "fp8"]].tolist() == [
        owned["bf16"], owned["fp8"]
    ]  # fmt: skip


def test_the_more_accelerators_the_less_fp8_gains(central: Params, facts: Facts) -> None:
    """05_machines: 'Buildings whose accelerators outnumber ... gain little'; 'falls sooner'."""
    both = facts["by_precision"].set_index("row")
    gained = {
        row: (u.last_day(dates["bf16"]) - u.last_day(dates["fp8"])).days
        for row, dates in both.iterrows()
    }
    assert gained["owned"] > gained["leased"] > 2 * max(gained["signed"], gained["campus"])
    runs = central.mfu_runs
    for slow, fast in (("jupiter_32b", "jupiter_32b_fp8"), ("h100_405b", "h100_planned_fp8")):
        assert runs[fast].saturation < runs[slow].saturation
