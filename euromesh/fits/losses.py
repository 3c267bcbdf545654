"""The law with an irreducible loss, fitted to the published losses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from euromesh.records.tables import LossRow


@dataclass(frozen=True, slots=True)
class IrreducibleFit:
    """loss = a N^alpha M^beta + e."""

    a: float
    alpha: float
    beta: float
    e: float


def irreducible_fit(rows: Mapping[str, LossRow]) -> IrreducibleFit:
    """Least squares of loss = a N^alpha M^beta + e over the published table.

    log N is centred and the derivatives are exact, so that every machine finds the same digits.
    """
    table = [(r.n_params, m, loss) for r in rows.values() for m, loss in _by_replicas(r)]
    n_params, replicas, loss = np.array(table).T
    middle = float(np.log(n_params).mean())
    design = np.column_stack([np.ones_like(loss), np.log(n_params) - middle, np.log(replicas)])

    def power(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.exp(design @ x[:3]))

    def residuals(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(power(x) + x[3] - loss)

    def slopes(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([power(x)[:, np.newaxis] * design, np.ones_like(loss)])

    start = np.array([np.log(loss.mean()), -0.1, 0.01, 0.0])
    tight = 1e-15
    found = least_squares(
        residuals, start, jac=slopes, method="lm", xtol=tight, ftol=tight, gtol=tight
    )
    log_a, alpha, beta, e = found.x
    a = float(np.exp(log_a - alpha * middle))
    return IrreducibleFit(a, float(alpha), float(beta), float(e))


def _by_replicas(row: LossRow) -> tuple[tuple[int, float], ...]:
    """The losses of a row by number of replicas; none where the row is not complete."""
    if row.m1 is None or row.m4 is None or row.m8 is None:
        return ()
    return ((1, row.m1), (2, row.m2), (4, row.m4), (8, row.m8))
