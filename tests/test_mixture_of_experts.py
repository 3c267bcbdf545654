"""A mixture of experts: priced by what computes a token, held in memory and sent whole."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from euromesh import ensemble, params, routes, sensitivity
from euromesh.efficiency import ModelSize, Replica, Trunk, dense, federate, memory_gate
from euromesh.params import ParamsError
from euromesh.records import Params
from euromesh.routes import ROUTES
from tests.oracle import drawn_years
from tests.strategies import changed

ALL, ACTIVE = 671e9, 37e9  # DeepSeek-V3
SPARSE = ModelSize(ALL, ACTIVE, 1.0)
TARGET = "llama_405b"


def run(n_params: float | None, n_active: float | None) -> Params:
    """The central case with another model for the target."""
    changes = {"n_params": n_params, "n_active": n_active}
    return params.load("central", {f"targets.{TARGET}.{k}": v for k, v in changes.items()})


def dates(given: Params) -> dict[str, float]:
    target = given.targets[TARGET]
    return {n: routes.finish_date_years(make(given), target, given) for n, make in ROUTES.items()}


def replicas() -> list[Replica]:
    return [
        Replica(
            place=place, n_accel=2000.0, load=2e17, flop_per_s=8e17, goodput=0.9, hbm_bytes=1e15,
            trunk=Trunk(2e10, 0.0),
        )
        for place in "abcd"
    ]  # fmt: skip


def test_the_target_of_a_race_is_the_model_that_its_row_says(central: Params) -> None:
    central = changed(central, "training", precision="bf16")
    given = changed(run(ALL, ACTIVE), "training", precision="bf16")
    assert routes.target_model(given, given.targets[TARGET]) == SPARSE
    assert routes.target_params(given, given.targets[TARGET]) == ACTIVE
    llama = central.targets[TARGET]
    assert routes.target_model(central, llama) == dense(405e9)
    optimal = routes.target_model(central, dataclasses.replace(llama, n_params=None))
    assert optimal.n_params == optimal.n_active == pytest.approx((3.8e25 / 120) ** 0.5)


def test_batch_step_and_penalty_follow_the_active_ones(central: Params) -> None:
    """By a law that knows the size of the model."""
    setting = (central.training, dataclasses.replace(central.penalty, law="shrinking"))
    sparse, small, large = (
        federate(replicas(), m, *setting) for m in (SPARSE, dense(ACTIVE), dense(ALL))
    )
    for field in ("batch_tokens", "step_seconds", "penalty", "saturation"):
        assert getattr(sparse, field) == getattr(small, field) != getattr(large, field)


def test_the_exchange_sends_all_of_them(central: Params) -> None:
    """The same step, eighteen times as much to send: a link that hides one shows the other."""
    setting = (central.training, central.penalty)
    assert federate(replicas(), dense(ACTIVE), *setting).utilization == 1.0
    assert federate(replicas(), SPARSE, *setting).utilization < 1.0


def test_memory_holds_all_of_them(central: Params) -> None:
    need = memory_gate(replicas()[0], SPARSE.n_params, central.training, 1).needed
    place = dataclasses.replace(replicas()[0], hbm_bytes=need * 0.99)
    assert memory_gate(place, ACTIVE, central.training, 1).passed
    given = run(ALL, ACTIVE)
    site = routes.leased(given).sites[0]
    site = dataclasses.replace(site, hbm_bytes=0.99 * need / site.n_accel)
    assert routes.able_sites([site], SPARSE, given) == []
    assert routes.able_sites([site], dense(ACTIVE), given) == [site]


def test_a_mixture_is_no_earlier_than_the_dense_model_of_its_active_size() -> None:
    """By all its parameters it came out half a year to three years early."""
    mixture, small, large = (
        dates(run(*sizes)) for sizes in ((ALL, ACTIVE), (ACTIVE, None), (ALL, None))
    )
    for name in ROUTES:
        assert mixture[name] >= small[name] - 1e-9
        assert mixture[name] > large[name] + 0.25


def test_draws_price_it_alike() -> None:
    given = run(ALL, ACTIVE)
    points = sensitivity.points(sensitivity.design(1024, 5))[:6]
    years = ensemble.outcomes(given, (TARGET,), points).years[0]
    for name in ("owned", "signed", "leased"):
        row = list(ROUTES).index(name)
        expected = drawn_years(given, (TARGET,), name, points)[0]
        assert np.allclose(years[row], expected, atol=1e-9, rtol=0)


@pytest.mark.parametrize("key", [f"targets.{TARGET}", "models.deepseek_671b"])
def test_more_active_than_there_are_is_refused(key: str) -> None:
    with pytest.raises(ParamsError, match=rf"n_active.*{key}|{key}.*n_active"):
        params.load("central", {f"{key}.n_params": 37e9, f"{key}.n_active": 671e9})
