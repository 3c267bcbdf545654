"""How far the coefficients of the loss laws can be trusted: a seeded residual bootstrap.

loss* = fitted + r*, or loss* = fitted exp(r*) for the laws fitted in logarithms, where r* are
drawn with replacement from the residuals of the point estimate, centred and widened by
sqrt(n / (n - p)) for the p numbers that were fitted. Each loss* is fitted again. No fit is left
out: one that wants a negative irreducible loss has none, and one that cannot be made raises
`FitError`.

The spread is that of the scatter about a law, for tables of the same sizes. It says nothing about
the form of the law, nor about sizes and replicas beyond the table.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd

from euromesh.efficiency import law_penalty
from euromesh.fits.losses import (
    Array,
    LossTable,
    gap_coefficients,
    gap_fitted,
    irreducible_coefficients,
    irreducible_fitted,
    joint_coefficients,
    joint_fitted,
    loss_table,
    shrinking_coefficients,
    shrinking_fitted,
)
from euromesh.records.settings import Law, Penalty
from euromesh.records.tables import LossRow

FittedLaw: TypeAlias = Literal["joint", "irreducible", "shrinking", "gap"]

RESAMPLES: Final = 1000
SEED: Final = 2503_09799  # the number of the paper with the losses


@dataclass(frozen=True, slots=True)
class Refit:
    """How one law is fitted to a table of losses."""

    coefficients: Callable[[LossTable], Array]  # (..., sizes, 4) losses -> (..., len(names))
    fitted: Callable[[LossTable, Array], Array]
    n_fitted: int  # p: numbers fitted to one table, levels included
    in_logs: bool
    names: tuple[str, ...]  # of the coefficients, as in the records


REFITS: Final[dict[FittedLaw, Refit]] = {
    "joint": Refit(joint_coefficients, joint_fitted, 3, True, ("a", "alpha", "beta")),
    "irreducible": Refit(
        irreducible_coefficients, irreducible_fitted, 4, False, ("a", "alpha", "beta", "e")
    ),
    "shrinking": Refit(
        shrinking_coefficients, shrinking_fitted, 9, True, ("beta_ref", "n_ref", "decay")
    ),
    "gap": Refit(
        gap_coefficients,
        gap_fitted,
        6,
        False,
        ("one_a", "alpha", "e", "a", "n_ref", "decay", "m_exponent"),
    ),
}


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Estimates of a law's coefficients, one a resample."""

    law: FittedLaw
    draws: pd.DataFrame  # one row a resample, one column a coefficient


def bootstrap(
    law: FittedLaw, rows: Mapping[str, LossRow], seed: int, n_resamples: int
) -> Bootstrap:
    """Refit a law to resampled losses; the same seed gives the same draws."""
    table, refit = loss_table(rows), REFITS[law]
    fitted = refit.fitted(table, refit.coefficients(table))
    residuals = np.log(table.loss / fitted) if refit.in_logs else table.loss - fitted
    count = residuals.size
    spread = (residuals - residuals.mean()) * np.sqrt(count / (count - refit.n_fitted))
    which = np.random.default_rng(seed).integers(0, count, (n_resamples, *fitted.shape))
    noise = spread.ravel()[which]
    loss = fitted * np.exp(noise) if refit.in_logs else fitted + noise
    drawn = refit.coefficients(LossTable(table.n_params, loss))
    return Bootstrap(law, pd.DataFrame(drawn, columns=list(refit.names)))


def least_squares(law: FittedLaw, rows: Mapping[str, LossRow]) -> dict[str, float]:
    """The coefficients of a law that fit the complete rows best, by name."""
    found = REFITS[law].coefficients(loss_table(rows))
    return dict(zip(REFITS[law].names, found.tolist(), strict=True))


def refitted(penalty: Penalty, law: Law, coefficients: Mapping[str, Any]) -> Penalty:
    """The penalty with other coefficients of a law; both joint laws read one record."""
    record = "joint" if law == "joint_vs_one" else law
    changed: Any = dataclasses.replace(getattr(penalty, record), **coefficients)
    given: dict[str, Any] = {record: changed}
    return dataclasses.replace(penalty, **given)


def kappas(
    found: Bootstrap, law: Law, penalty: Penalty, n_params: float, n_replicas: float
) -> Array:
    """kappa of the law at N and M, one value a resample of what is fitted for it.

    What was not refitted, such as the alpha of the shrinking law, is taken from `penalty`.
    """
    drawn = {str(name): column.to_numpy() for name, column in found.draws.items()}
    kappa = law_penalty(law, refitted(penalty, law, drawn), n_params, n_replicas)
    return np.broadcast_to(kappa, len(found.draws))


def percentiles(values: Array | pd.Series) -> tuple[float, float, float]:
    """P10, P50 and P90."""
    low, middle, high = np.quantile(np.asarray(values, dtype=float), (0.10, 0.50, 0.90))
    return float(low), float(middle), float(high)
