"""The rival laws of the FLOP penalty."""

import dataclasses
import math
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from euromesh import params
from euromesh.charts.marks import spread
from euromesh.efficiency import (
    LAWS,
    UNPRICED,
    flop_penalty,
    inner_steps_factor,
    law_penalty,
    penalty_from_losses,
    replicas_by_rhythm,
    tokens_factor,
)
from euromesh.efficiency.penalty import gap, miri
from euromesh.records import Params
from euromesh.records.settings import Law
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
        ("gap", 1.0, 1.12),
        ("miri", 1.0, 1.69),
    ],
)
def test_every_law_at_405b(central: Params, law: Law, alone: float, eight: float) -> None:
    """All but one are against a single replica."""
    within = 0.005 if law == "joint" else 1e-12
    assert law_penalty(law, central.penalty, LLAMA, 1) == pytest.approx(alone, abs=within)
    assert law_penalty(law, central.penalty, LLAMA, 8) == pytest.approx(eight, abs=0.01)


def test_every_name_of_a_law_is_a_function_and_none_has_no_coefficients() -> None:
    assert set(LAWS) == set(get_args(Law))
    assert not set(LAWS) & set(UNPRICED)


@given(n_params=positive(1e9, 1e13))
def test_the_joint_law_is_one_where_its_two_losses_are_equal(
    central: Params, n_params: float
) -> None:
    law = central.penalty.joint
    one = law.a * n_params**law.alpha
    baseline = law.baseline_a * n_params**law.baseline_alpha
    n_replicas = (baseline / one) ** (1 / law.beta)
    assert law_penalty("joint", central.penalty, n_params, n_replicas) == pytest.approx(
        1.0, rel=1e-9
    )


@given(n_params=positive(1e7, 1e13), n_replicas=positive(1, 100))
def test_the_penalty_against_one_replica_is_a_power_of_m_whatever_the_floor(
    central: Params, n_params: float, n_replicas: float
) -> None:
    law = central.penalty.irreducible
    for floor in (0.0, law.e):
        penalty = dataclasses.replace(
            central.penalty, irreducible=dataclasses.replace(law, e=floor)
        )
        assert law_penalty("irreducible", penalty, n_params, n_replicas) == pytest.approx(
            n_replicas ** (2 * law.beta / abs(law.alpha)), rel=1e-6
        )


@given(n_params=positive(1e9, 1e13))
def test_more_replicas_never_need_less_compute(central: Params, n_params: float) -> None:
    for law in LAWS:
        m = np.array([1.0, 2.0, 4.0, 8.0, 20.0])
        many = np.asarray(law_penalty(law, central.penalty, n_params, m))
        assert (np.diff(many) >= 0).all()


def test_the_whole_penalty_is_the_product_of_its_factors(central: Params) -> None:
    """Law, twice the steps between exchanges, fewer bits and overlap; one replica pays its law."""
    changes: dict[str, Any] = {"compression_factor": 1.02, "staleness_factor": 1.03}
    for name in LAWS:
        plain = dataclasses.replace(central.penalty, law=name)
        steps = plain.reference_inner_steps
        law = law_penalty(name, plain, LLAMA, 8)
        assert flop_penalty(plain, LLAMA, 8, steps) == pytest.approx(law, rel=1e-12)
        dearer = dataclasses.replace(plain, **changes)
        ours = flop_penalty(dearer, LLAMA, 8, 2 * steps)
        rhythm = 2**plain.inner_steps_exponent
        if name == "miri":
            counted = replicas_by_rhythm(8, 2 * steps, steps)
            law, rhythm = law_penalty(name, plain, LLAMA, counted), 1.0
        assert ours == pytest.approx(law * 1.02 * 1.03 * rhythm)
        assert flop_penalty(dearer, LLAMA, 1, 100) == law_penalty(name, plain, LLAMA, 1)


@pytest.mark.parametrize(
    ("n_params", "eight", "many"), [(1e10, 1.04, 2.15), (1e11, 0.60, 1.25), (2.5e11, 0.48, 1.00)]
)
def test_the_published_rises_of_the_simulator_are_met(
    central: Params, n_params: float, eight: float, many: float
) -> None:
    """Per cent of loss at 8 and at 72 replicas and H = 30; at H = 200 about 1.56 times as much."""
    rises = [100 * (miri(central.penalty, n_params, m).ratio - 1) for m in (8.0, 72.0)]
    assert rises == pytest.approx([eight, many], abs=0.011)
    often = miri(central.penalty, n_params, replicas_by_rhythm(72.0, 200.0, 30.0))
    assert 100 * (often.ratio - 1) == pytest.approx(1.56 * many, rel=0.02)


def test_the_published_loss_of_flop_is_met_and_its_range_is_carried(central: Params) -> None:
    """250B, 72 replicas, H = 200: 79 % of the FLOP are lost, and 24 to 98 % by other exponents."""
    found, lost = (
        params.library().parameters[key]
        for key in ("penalty.miri.amplification", "cases.amplified.lost")
    )
    case = central.cases.amplified
    counted = replicas_by_rhythm(case.n_replicas, case.inner_steps, 30.0)
    for end in ("low", "value", "high"):
        law = dataclasses.replace(central.penalty.miri, amplification=getattr(found, end))
        penalty = dataclasses.replace(central.penalty, miri=law)
        kappa = law_penalty("miri", penalty, case.n_params, counted)
        assert 1 - 1 / kappa == pytest.approx(getattr(lost, end), abs=0.02)
        of_flop = math.log1p(-getattr(lost, end)) / math.log1p(-case.lost)
        assert getattr(found, end) == pytest.approx(of_flop, abs=1e-3)


def test_tokens_that_make_up_for_a_loss_do_so_at_fixed_size(central: Params) -> None:
    """By hand: with that many more tokens E + A N^-a + B D^-b is the loss of one replica again."""
    law, n_params = central.penalty.miri, 1e11

    def loss(tokens: float) -> float:
        return law.e + law.a * n_params**-law.alpha + law.b * tokens**-law.beta

    federated = 1.005 * loss(20 * n_params)
    more = tokens_factor(law, n_params, 1.005)
    assert federated - (loss(20 * n_params) - loss(more * 20 * n_params)) == pytest.approx(
        loss(20 * n_params)
    )
    assert more > 1
    assert math.isinf(tokens_factor(law, n_params, 1.05))
    assert tokens_factor(law, n_params, 1.0) == 1 > tokens_factor(law, n_params, 0.99)


def test_the_gap_is_zero_at_one_replica_and_that_of_the_table_at_eight(central: Params) -> None:
    """At 200M it is a (M - 1)^c nats by definition, and kappa follows from its own E by hand."""
    law = central.penalty.gap
    one = law.one_a * 2e8**law.alpha + law.e
    rise = law.a * 7**law.m_exponent
    assert gap(central.penalty, 2e8, 8.0).ratio == pytest.approx((one + rise) / one)
    by_hand = ((one + rise - law.e) / (one - law.e)) ** (2 / abs(law.alpha))
    assert law_penalty("gap", central.penalty, 2e8, 8.0) == pytest.approx(by_hand)
    assert law_penalty("gap", central.penalty, 2e8, 1.0) == 1.0


# --- chart ---------------------------------------------------------------------------------------


def test_labels_are_moved_apart_in_their_order_and_no_more_than_needed() -> None:
    heights = pd.Series([1.5, 2.2, 1.496, 1.68], index=list("abcd"))
    moved = spread(heights, 0.1)
    assert list(moved.sort_values().index) == list("cadb")
    assert (moved.sort_values().diff().dropna() >= 0.1 - 1e-12).all()
    assert moved["b"] == 2.2 and moved["d"] == 1.68
    assert moved[["a", "c"]].mean() == pytest.approx(heights[["a", "c"]].mean())
