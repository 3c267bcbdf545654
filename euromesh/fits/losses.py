"""The loss laws behind the rival penalties, fitted to the published losses.

Only the rows with a loss for every number of replicas take part, so the table is a full factorial
of sizes and replicas. Each function of a law takes a `LossTable` whose losses may have leading
axes, one table each, and returns the coefficients along the last axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from euromesh.records.tables import LossRow

Array: TypeAlias = NDArray[np.float64]

REPLICAS: Final = (1, 2, 4, 8)
SLOPES: Final = (-0.1, 0.01)  # alpha and beta from which a fit starts
TIGHT: Final = 1e-15  # tolerance of a fit: as far as floats go


class FitError(ValueError):
    """A table to which a law cannot be fitted; the text says which and why."""


@dataclass(frozen=True, slots=True)
class LossTable:
    """Losses by size and number of replicas."""

    n_params: Array  # (sizes,), rising
    replicas: Array  # (4,)
    loss: Array  # (..., sizes, 4), nats/token


@dataclass(frozen=True, slots=True)
class IrreducibleFit:
    """loss = a N^alpha M^beta + e."""

    a: float
    alpha: float
    beta: float
    e: float


def irreducible_fit(rows: Mapping[str, LossRow]) -> IrreducibleFit:
    """Least squares of loss = a N^alpha M^beta + e, e >= 0, over the complete rows, in nats."""
    return IrreducibleFit(*map(float, irreducible_coefficients(loss_table(rows))))


def loss_table(rows: Mapping[str, LossRow]) -> LossTable:
    """The complete rows as arrays, from the smallest size to the largest."""
    complete = sorted((row.n_params, losses) for row in rows.values() if (losses := _losses(row)))
    if len(complete) < 2:
        raise FitError(f"a loss law needs two complete rows of losses, got {len(complete)}")
    sizes, losses = zip(*complete, strict=True)
    return LossTable(np.array(sizes), np.array(REPLICAS, dtype=float), np.array(losses))


def joint_coefficients(table: LossTable) -> Array:
    """(a, alpha, beta) of ln loss = ln a + alpha ln N + beta ln M by ordinary least squares.

    In a full factorial the two slopes are independent: each is that of the other's means.
    """
    log = np.log(table.loss)
    alpha = _slope(np.log(table.n_params), log.mean(axis=-1))
    beta = _slope(np.log(table.replicas), log.mean(axis=-2))
    level = log.mean(axis=(-2, -1))
    middle = alpha * np.log(table.n_params).mean() + beta * np.log(table.replicas).mean()
    return np.stack([np.exp(level - middle), alpha, beta], axis=-1)


def joint_fitted(table: LossTable, coefficients: Array) -> Array:
    """a N^alpha M^beta of every cell, nats."""
    a, alpha, beta = coefficients
    return np.asarray(a * table.n_params[:, np.newaxis] ** alpha * table.replicas**beta)


def shrinking_coefficients(table: LossTable) -> Array:
    """(beta_ref, n_ref, decay) of beta = ln(loss_8 / loss_1) / ln 8, a power of N over the sizes.

    A size at which eight replicas lose nothing has no power of N: an error, never left out.
    """
    log = np.log(table.loss)
    beta = (log[..., -1] - log[..., 0]) / np.log(table.replicas[-1])
    if (beta <= 0).any():
        tables = int((beta <= 0).any(axis=-1).sum())
        raise FitError(f"loss_8 > loss_1 must hold at every size, got {tables} tables without it")
    n_ref = table.n_params[0]
    size = np.log(table.n_params / n_ref)
    decay = _slope(size, np.log(beta))
    beta_ref = np.exp(np.log(beta).mean(axis=-1) - decay * size.mean())
    return np.stack([beta_ref, np.full_like(decay, n_ref), decay], axis=-1)


def shrinking_fitted(table: LossTable, coefficients: Array) -> Array:
    """c(N) M^beta(N) of every cell, nats; c(N) by least squares in the logarithm."""
    beta_ref, n_ref, decay = coefficients
    beta = beta_ref * (table.n_params / n_ref) ** decay
    rise = beta[:, np.newaxis] * np.log(table.replicas)
    level = (np.log(table.loss) - rise).mean(axis=-1, keepdims=True)
    return np.asarray(np.exp(level + rise))


def irreducible_coefficients(table: LossTable) -> Array:
    """(a, alpha, beta, e) of loss = a N^alpha M^beta + e by least squares in nats, e >= 0.

    log N is centred and the derivatives are exact: start and order of the cells move the result
    by 1e-8 of itself, and so may the machine.
    """
    size, replicas = (axis.ravel() for axis in np.meshgrid(*_logs(table), indexing="ij"))
    middle = float(size.mean())
    design = np.column_stack([np.ones_like(size), size - middle, replicas])
    tables = table.loss.reshape(-1, size.size)
    log_a, alpha, beta, e = np.array([_not_below_zero(design, loss) for loss in tables]).T
    found = np.stack([np.exp(log_a - alpha * middle), alpha, beta, e], axis=-1)
    return found.reshape(*table.loss.shape[:-2], 4)


def irreducible_fitted(table: LossTable, coefficients: Array) -> Array:
    """a N^alpha M^beta + e of every cell, nats."""
    return np.asarray(joint_fitted(table, coefficients[:3]) + coefficients[3])


def _not_below_zero(design: Array, loss: Array) -> Array:
    """ln a, alpha, beta, e: with e = 0 where more of it would fit worse, else with e free."""
    start = np.array([np.log(loss.mean()), *SLOPES])
    held = _power_fit(design, loss, start)
    worse = np.exp(design @ held).sum() >= loss.sum()  # slope of the squares in e, at e = 0
    held = np.append(held, 0.0)
    return held if worse else _power_fit(design, loss, held)


def _power_fit(design: Array, loss: Array, start: Array) -> Array:
    """Levenberg-Marquardt for ln a, alpha, beta and, where the start has it, e."""

    def power(x: Array) -> Array:
        return np.asarray(np.exp(design @ x[:3]))

    def residuals(x: Array) -> Array:
        return np.asarray(power(x) + x[3:].sum() - loss)

    def slopes(x: Array) -> Array:
        columns = [power(x)[:, np.newaxis] * design, np.ones_like(loss)]
        return np.column_stack(columns)[:, : x.size]

    found = least_squares(
        residuals, start, jac=slopes, method="lm", xtol=TIGHT, ftol=TIGHT, gtol=TIGHT
    )
    if not found.success:
        raise FitError(f"the law with an irreducible loss was not fitted: {found.message}")
    return np.asarray(found.x)


def _slope(x: Array, y: Array) -> Array:
    """Least-squares slope of y on x, along the last axis of y."""
    centred = x - x.mean()
    return np.asarray(y @ centred / (centred @ centred))


def _logs(table: LossTable) -> tuple[Array, Array]:
    return np.log(table.n_params), np.log(table.replicas)


def _losses(row: LossRow) -> tuple[float, ...]:
    """The losses of a row in the order of `REPLICAS`; none where the row is not complete."""
    if row.m1 is None or row.m4 is None or row.m8 is None:
        return ()
    return row.m1, row.m2, row.m4, row.m8
