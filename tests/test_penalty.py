"""The rival laws of the FLOP penalty."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from euromesh.charts.marks import spread
from euromesh.efficiency import LAWS, flop_penalty, inner_steps_factor, penalty_from_losses
from euromesh.records import Params
from tests.strategies import positive

LLAMA = 405e9


def test_factors_of_losses_and_of_the_rhythm_by_hand() -> None:
    """One per cent of loss is 23 per cent of FLOP, and more above a floor; equal is nothing."""
    assert penalty_from_losses(1.01, 1.0, -0.0953, 0.0) == pytest.approx(1.23, abs=0.005)
    assert penalty_from_losses(2.02, 2.0, -0.0953, 1.0) > 1.5
    assert penalty_from_losses(2.5, 2.5, -0.1, 0.0) == penalty_from_losses(2.5, 2.5, -0.1, 1.3) == 1
    assert penalty_from_losses(2.6, 2.5, -0.1, 0.0) > 1 > penalty_from_losses(2.4, 2.5, -0.1, 0.0)
    assert inner_steps_factor(30, 30, 0.072) == 1.0
    assert inner_steps_factor(1000, 50, 0.0718) == pytest.approx(1.24, abs=0.001)


@pytest.mark.parametrize(
    ("law", "alone", "eight"),
    [
        ("joint", 0.58, 0.95),
        ("joint_vs_one", 1.0, 1.63),
        ("tax", 1.0, 1.5),
        ("none", 1.0, 1.0),
        ("shrinking", 1.0, 1.083),
        ("irreducible", 1.0, 1.71),
    ],
)
def test_every_law_at_405b(central: Params, law: str, alone: float, eight: float) -> None:
    """All but one are against a single replica."""
    within = 0.005 if law == "joint" else 1e-12
    assert LAWS[law](central.penalty, LLAMA, 1) == pytest.approx(alone, abs=within)
    assert LAWS[law](central.penalty, LLAMA, 8) == pytest.approx(eight, abs=0.01)


def test_every_law_has_a_weight_and_every_weight_a_law(central: Params) -> None:
    assert set(LAWS) == {field.name for field in dataclasses.fields(central.penalty.weights)}


@given(n_params=positive(1e9, 1e13))
def test_the_joint_law_is_one_where_its_two_losses_are_equal(
    central: Params, n_params: float
) -> None:
    law = central.penalty.joint
    one = law.a * n_params**law.alpha
    baseline = law.baseline_a * n_params**law.baseline_alpha
    n_replicas = (baseline / one) ** (1 / law.beta)
    assert LAWS["joint"](central.penalty, n_params, n_replicas) == pytest.approx(1.0, rel=1e-9)


@given(n_params=positive(1e7, 1e13), n_replicas=positive(1, 100))
def test_the_penalty_against_one_replica_is_a_power_of_m_whatever_the_floor(
    central: Params, n_params: float, n_replicas: float
) -> None:
    law = central.penalty.irreducible
    for floor in (0.0, law.e):
        penalty = dataclasses.replace(
            central.penalty, irreducible=dataclasses.replace(law, e=floor)
        )
        assert LAWS["irreducible"](penalty, n_params, n_replicas) == pytest.approx(
            n_replicas ** (2 * law.beta / abs(law.alpha)), rel=1e-6
        )


@given(n_params=positive(1e9, 1e13))
def test_more_replicas_never_need_less_compute(central: Params, n_params: float) -> None:
    for law in LAWS.values():
        many = np.asarray(law(central.penalty, n_params, np.array([1.0, 2.0, 4.0, 8.0, 20.0])))
        assert (np.diff(many) >= 0).all()


def test_the_whole_penalty_is_the_product_of_its_factors(central: Params) -> None:
    """Law, twice the steps between exchanges, fewer bits and overlap; one replica pays its law."""
    changes: dict[str, Any] = {"compression_factor": 1.02, "staleness_factor": 1.03}
    for name, law in LAWS.items():
        plain = dataclasses.replace(central.penalty, law=name)
        steps = plain.reference_inner_steps
        assert flop_penalty(plain, LLAMA, 8, steps) == law(plain, LLAMA, 8)
        dearer = dataclasses.replace(plain, **changes)
        factors = 1.02 * 1.03 * 2**plain.inner_steps_exponent
        ours = flop_penalty(dearer, LLAMA, 8, 2 * steps)
        assert ours == pytest.approx(law(plain, LLAMA, 8) * factors)
        assert flop_penalty(dearer, LLAMA, 1, 100) == law(plain, LLAMA, 1)


# --- chart ---------------------------------------------------------------------------------------


def test_labels_are_moved_apart_in_their_order_and_no_more_than_needed() -> None:
    heights = pd.Series([1.5, 2.2, 1.496, 1.68], index=list("abcd"))
    moved = spread(heights, 0.1)
    assert list(moved.sort_values().index) == list("cadb")
    assert (moved.sort_values().diff().dropna() >= 0.1 - 1e-12).all()
    assert moved["b"] == 2.2 and moved["d"] == 1.68
    assert moved[["a", "c"]].mean() == pytest.approx(heights[["a", "c"]].mean())
