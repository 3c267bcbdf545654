"""Published losses: the penalties they measure, and the laws behind the rival ones, fitted.

Only rows with a loss for every number of replicas take part in a fit: a table is a full factorial
of sizes and replicas. Each function of a law takes a `LossTable` whose losses may have leading
axes, one table each, and returns the coefficients along the last axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import leastsq

from euromesh.efficiency import LAWS, penalty_from_losses
from euromesh.records.cases import LossCase
from euromesh.records.settings import Law, Penalty
from euromesh.records.tables import LossRow

Array: TypeAlias = NDArray[np.float64]

REPLICAS: Final = np.array([1.0, 2.0, 4.0, 8.0])
SLOPES: Final = (-0.1, 0.01)  # alpha and beta from which a fit starts
N_REF: Final = 2e8  # size at which the gap of the law `gap` is stated
DECAY: Final = -0.25  # power of N from which a fit of what shrinks starts
TIGHT: Final = 1e-15  # tolerance of a fit: as far as floats go
CONVERGED: Final = range(1, 5)  # states in which MINPACK ends a fit that succeeds
ONE, DATA_PARALLEL = "M = 1", "data-parallel"


class FitError(ValueError):
    """A table to which a law cannot be fitted; the text says which and why."""


@dataclass(frozen=True, slots=True)
class LossTable:
    """Losses by size and number of replicas."""

    n_params: Array  # (sizes,), rising
    loss: Array  # (..., sizes, 4), nats/token


def loss_table(rows: Mapping[str, LossRow]) -> LossTable:
    """The complete rows as arrays, from the smallest size to the largest."""
    cells = sorted((r.n_params, r.m1, r.m2, r.m4, r.m8) for r in rows.values() if _complete(r))
    if len(cells) < 2:
        raise FitError(f"a loss law needs two complete rows of losses, got {len(cells)}")
    table = np.array(cells)
    return LossTable(table[:, 0], table[:, 1:])


def _complete(row: LossRow) -> bool:
    return row.m1 is not None and row.m4 is not None and row.m8 is not None


def measured_penalties(
    rows: Mapping[str, LossRow], penalty: Penalty, published: LossCase
) -> pd.DataFrame:
    """kappa of every published pair of losses by the central law's E and alpha, by size.

    The baseline loss_0 is that of M = 1, or of the data-parallel run in a row without M = 1; the
    column `against` says which. Epoch AI's two factors stand as published, against data-parallel,
    at no stated size.
    """
    pairs: list[tuple[object, ...]] = []
    for row in sorted(rows.values(), key=lambda row: row.n_params):
        against, baseline = (DATA_PARALLEL, row.data_parallel) if row.m1 is None else (ONE, row.m1)
        for n_replicas, loss in ((2, row.m2), (4, row.m4), (8, row.m8)):
            if loss is not None:
                kappa = measured_penalty(penalty.law, penalty, row.n_params, loss / baseline)
                pairs.append((row.name, row.n_params, n_replicas, kappa, against))
    case = published
    for n_nodes, factor in (case.few_nodes, case.few_factor), (case.many_nodes, case.many_factor):
        pairs.append(("Epoch", None, n_nodes, factor, DATA_PARALLEL))
    return pd.DataFrame(pairs, columns=["name", "n_params", "n_replicas", "kappa", "against"])


def measured_penalty(law: Law, penalty: Penalty, n_params: float, ratio: float) -> float:
    """kappa of a measured loss_M / loss_0, by the E and the alpha that a law has at that size."""
    one = LAWS[law](penalty, n_params, 1.0)
    return float(penalty_from_losses(ratio, 1.0, one.alpha, one.floor))


def joint_coefficients(table: LossTable) -> Array:
    """(a, alpha, beta) of ln loss = ln a + alpha ln N + beta ln M by ordinary least squares.

    In a full factorial the two slopes are independent: each is that of the other's means.
    """
    log = np.log(table.loss)
    alpha = _slope(np.log(table.n_params), log.mean(axis=-1))
    beta = _slope(np.log(REPLICAS), log.mean(axis=-2))
    level = log.mean(axis=(-2, -1))
    middle = alpha * np.log(table.n_params).mean() + beta * np.log(REPLICAS).mean()
    return np.stack([np.exp(level - middle), alpha, beta], axis=-1)


def joint_fitted(table: LossTable, coefficients: Array) -> Array:
    """a N^alpha M^beta of every cell, nats."""
    a, alpha, beta = coefficients
    return np.asarray(a * table.n_params[:, np.newaxis] ** alpha * REPLICAS**beta)


def shrinking_coefficients(table: LossTable) -> Array:
    """(beta_ref, n_ref, decay) of ln loss = c(N) + beta(N) ln M by least squares over all cells.

    The levels c(N) are free, so the slopes of each size hold all that the cells say of a power of
    N. A size at which more replicas lose nothing has no such power: an error, never left out.
    """
    beta = _slope(np.log(REPLICAS), np.log(table.loss))
    if (beta <= 0).any():
        tables = int((beta <= 0).any(axis=-1).sum())
        raise FitError(f"loss must rise with replicas at every size, got {tables} tables without")
    n_ref = table.n_params[0]
    size = np.log(table.n_params / n_ref)
    design = np.column_stack([np.ones_like(size), size])
    start = np.array([np.log(beta.mean()), DECAY])
    found = [_power_fit(design, one, start) for one in beta.reshape(-1, size.size)]
    log_beta, decay = np.array(found).T.reshape(2, *beta.shape[:-1])
    return np.stack([np.exp(log_beta), np.full_like(decay, n_ref), decay], axis=-1)


def shrinking_fitted(table: LossTable, coefficients: Array) -> Array:
    """c(N) M^beta(N) of every cell, nats; c(N) by least squares in the logarithm."""
    beta_ref, n_ref, decay = coefficients
    beta = beta_ref * (table.n_params / n_ref) ** decay
    rise = beta[:, np.newaxis] * np.log(REPLICAS)
    level = (np.log(table.loss) - rise).mean(axis=-1, keepdims=True)
    return np.asarray(np.exp(level + rise))


def irreducible_coefficients(table: LossTable) -> Array:
    """(a, alpha, beta, e) of loss = a N^alpha M^beta + e by least squares in nats, e >= 0.

    log N is centred and the derivatives are exact: start and order of the cells move the result
    by 1e-8 of itself, and so may the machine.
    """
    logs = np.meshgrid(np.log(table.n_params), np.log(REPLICAS), indexing="ij")
    size, replicas = (axis.ravel() for axis in logs)
    middle = float(size.mean())
    design = np.column_stack([np.ones_like(size), size - middle, replicas])
    tables = table.loss.reshape(-1, size.size)
    log_a, alpha, beta, e = np.array([_not_below_zero(design, loss) for loss in tables]).T
    found = np.stack([np.exp(log_a - alpha * middle), alpha, beta, e], axis=-1)
    return found.reshape(*table.loss.shape[:-2], 4)


def irreducible_fitted(table: LossTable, coefficients: Array) -> Array:
    """a N^alpha M^beta + e of every cell, nats."""
    return np.asarray(joint_fitted(table, coefficients[:3]) + coefficients[3])


def gap_coefficients(table: LossTable) -> Array:
    """(one_a, alpha, e, a, n_ref, decay, m_exponent) of the law `gap`, both parts in nats.

    loss_1 = one_a N^alpha + e by least squares, e >= 0 and 0 where two sizes leave it open; then
    loss_M - loss_1 = a (N / n_ref)^decay (M - 1)^m_exponent by least squares.
    """
    size, middle = np.log(table.n_params), float(np.log(table.n_params).mean())
    line = np.column_stack([np.ones_like(size), size - middle])
    logs = np.meshgrid(np.log(table.n_params / N_REF), np.log(REPLICAS[1:] - 1), indexing="ij")
    plane = np.column_stack([np.ones(logs[0].size), *(axis.ravel() for axis in logs)])
    found = []
    for loss in table.loss.reshape(-1, size.size, REPLICAS.size):
        log_one, alpha, e = _not_below_zero(line, loss[:, 0])
        rise = (loss[:, 1:] - loss[:, :1]).ravel()
        log_a, decay, power = _power_fit(plane, rise, np.array([np.log(rise.mean()), DECAY, 1.0]))
        found.append((np.exp(log_one - alpha * middle), alpha, e, np.exp(log_a), decay, power))
    rows = np.insert(np.array(found), 4, N_REF, axis=1)
    return rows.reshape(*table.loss.shape[:-2], rows.shape[1])


def gap_fitted(table: LossTable, coefficients: Array) -> Array:
    """one_a N^alpha + e + a (N / n_ref)^decay (M - 1)^m_exponent of every cell, nats."""
    one_a, alpha, e, a, n_ref, decay, power = coefficients
    n_params = table.n_params[:, np.newaxis]
    rise = a * (n_params / n_ref) ** decay * (REPLICAS - 1) ** power
    return np.asarray(one_a * n_params**alpha + e + rise)


def _not_below_zero(design: Array, loss: Array) -> Array:
    """The x of exp(design x) and e: e = 0 where more of it would fit worse or no better."""
    powers = design.shape[1]
    held = _power_fit(design, loss, np.array([np.log(loss.mean()), *SLOPES[: powers - 1]]))
    worse = np.exp(design @ held).sum() >= loss.sum()  # slope of the squares in e, at e = 0
    held = np.append(held, 0.0)
    return held if worse or loss.size <= powers else _power_fit(design, loss, held)


def _power_fit(design: Array, wanted: Array, start: Array) -> Array:
    """Levenberg-Marquardt for the x of exp(design x) and, where the start has it, a floor."""
    powers = design.shape[1]

    def power(x: Array) -> Array:
        return np.asarray(np.exp(design @ x[:powers]))

    def residuals(x: Array) -> Array:
        return np.asarray(power(x) + x[powers:].sum() - wanted)

    def slopes(x: Array) -> Array:
        columns = [power(x)[:, np.newaxis] * design, np.ones_like(wanted)]
        return np.column_stack(columns)[:, : x.size]

    found, state = leastsq(residuals, start, Dfun=slopes, ftol=TIGHT, xtol=TIGHT, gtol=TIGHT)
    if state not in CONVERGED:
        raise FitError(f"a law of losses was not fitted: state {state} of MINPACK")
    return np.asarray(found)


def _slope(x: Array, y: Array) -> Array:
    """Least-squares slope of y on x, along the last axis of y."""
    centred = x - x.mean()
    return np.asarray(y @ centred / (centred @ centred))
