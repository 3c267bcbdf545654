"""Fits to published tables."""

import numpy as np
import pytest

from euromesh import fits
from euromesh.records import Params


def test_one_payload_factor_explains_the_published_bandwidths(central: Params) -> None:
    fit = fits.payload_fit(central.bandwidth)
    assert fit.cells == 60
    assert fit.within_one_step >= 0.97
    assert fit.factor == pytest.approx(0.81, abs=0.02)
    assert max(abs(step) for steps in fit.steps.values() for step in steps) <= 2


def test_a_row_made_by_the_simulator_is_found_again(central: Params) -> None:
    row = next(iter(central.bandwidth.values()))
    for level in fits.LEVELS:
        assert fits.row_utilization(row, fits.needed_gbit_per_s(row, level)) == (
            pytest.approx(level, abs=1e-9)
        )


def test_the_irreducible_fit_is_the_stored_law(central: Params) -> None:
    fit, stored = fits.irreducible_fit(central.losses), central.penalty.irreducible
    for name in ("a", "alpha", "beta", "e"):
        assert getattr(fit, name) == pytest.approx(getattr(stored, name), rel=0.01), name


def test_the_irreducible_fit_finds_a_law_it_was_given(central: Params) -> None:
    import dataclasses

    def loss(n_params: float, replicas: int) -> float:
        return 30 * n_params**-0.12 * replicas**0.02 + 0.8

    rows = {
        name: dataclasses.replace(row, **{f"m{m}": loss(row.n_params, m) for m in (1, 2, 4, 8)})
        for name, row in central.losses.items()
    }
    fit = fits.irreducible_fit(rows)
    assert np.array([fit.a, fit.alpha, fit.beta, fit.e]) == pytest.approx(
        np.array([30, -0.12, 0.02, 0.8]), rel=1e-4
    )
