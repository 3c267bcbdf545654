"""Spreads of layer 1 over draws."""

import dataclasses

import numpy as np
import pytest

from euromesh import report
from euromesh.records import Params
from euromesh.report import Number, spread


def test_spreads_come_from_at_least_a_thousand_draws() -> None:
    assert spread.DRAWS >= 1024


def test_the_ends_stand_in_order(numbers: dict[str, Number]) -> None:
    for stem in ("penalty_405b_m8", "product"):
        low, median, high = (
            float(numbers[f"efficiency.{stem}_{end}"].value) for end in ("low", "median", "high")
        )
        assert low < median < high


def test_the_median_of_the_penalty_lies_between_the_laws(numbers: dict[str, Number]) -> None:
    median = float(numbers["efficiency.penalty_405b_m8_median"].value)
    assert numbers["efficiency.penalty_405b_m8_shrinking"].value < median
    assert median < numbers["efficiency.penalty_405b_m8_irreducible"].value


def test_the_product_follows_the_law_that_is_drawn(central: Params) -> None:
    """With the weight on no penalty at all, every draw loses less than with the dearest law."""

    def product(law: str) -> list[float]:
        only = {name: float(name == law) for name in dataclasses.asdict(central.penalty.weights)}
        weights = dataclasses.replace(central.penalty.weights, **only)
        penalty = dataclasses.replace(central.penalty, weights=weights)
        return spread.products(dataclasses.replace(central, penalty=penalty))

    free, dear = np.array(product("none")), np.array(product("irreducible"))
    assert (free >= dear * (1 - 1e-12)).all()
    assert np.median(free) > 1.3 * np.median(dear)


def test_a_fleet_of_nothing_is_worth_nothing(central: Params) -> None:
    owned = dataclasses.replace(central.owned, share=0.0)
    idle = dataclasses.replace(central, owned=owned)
    assert spread.products(idle) == [0.0]


def test_the_product_is_one_where_nothing_is_lost(central: Params) -> None:
    """One building's law, no jitter, all up, a wide link: only the batch gate is left out."""
    training = dataclasses.replace(
        central.training, step_jitter=0.0, quorum=0.0, wan_gbit_per_s=1e6, wan_latency_seconds=0.0
    )
    penalty = dataclasses.replace(central.penalty, law="none")
    free = dataclasses.replace(central, training=training, penalty=penalty)
    found = report.evaluate(report.federation.subset, free)["efficiency.product_405b"]
    assert found.value == pytest.approx(1.0)
