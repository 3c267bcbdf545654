"""How well each penalty law predicts the next size of model, and the weights that follow from it.

A law is fitted to the losses of the sizes up to one, from the smallest two on, and predicts
loss_M / loss_1 of the next at every M. That ratio is measured; kappa is not, for it rests on each
law's own irreducible loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from euromesh.efficiency import LAWS
from euromesh.fits.losses import REPLICAS, Array, FitError, LossTable, loss_table
from euromesh.fits.resampling import REFITS, FittedLaw, refitted
from euromesh.records.settings import Law, Penalty
from euromesh.records.tables import LossRow

FIT_OF: Final[Mapping[Law, FittedLaw]] = {
    "joint": "joint",
    "joint_vs_one": "joint",
    "irreducible": "irreducible",
    "shrinking": "shrinking",
    "gap": "gap",
    "miri": "shrinking",
}
"""The form that is fitted for a law; one without stays as published, from other sources."""
FIRST: Final = 2  # sizes in the first fit
LEAST_WEIGHT: Final = 0.02  # of a law that takes part
APART: Final[tuple[Law, ...]] = ("none",)  # no law, but its absence: of no weight


def measured_ratios(rows: Mapping[str, LossRow]) -> tuple[Array, Array]:
    """The sizes that are predicted, and their loss_M / loss_1: a row a size, M = 2, 4, 8."""
    table = loss_table(rows)
    if len(table.n_params) <= FIRST:
        raise FitError(f"a law predicts from {FIRST} complete rows of losses, and none is left")
    return table.n_params[FIRST:], (table.loss[:, 1:] / table.loss[:, :1])[FIRST:]


def predicted_ratios(law: Law, rows: Mapping[str, LossRow], penalty: Penalty) -> Array:
    """loss_M / loss_1 of each size but the first two by the law fitted to those before it."""
    table = loss_table(rows)
    found = []
    for count, n_params in enumerate(table.n_params.tolist()):
        if count >= FIRST:
            before = LossTable(table.n_params[:count], table.loss[:count])
            found.append(_ratios(law, _fitted_to(before, law, penalty), n_params))
    return np.array(found)


def law_errors(rows: Mapping[str, LossRow], penalty: Penalty) -> dict[Law, float]:
    """The mean absolute error of the predicted loss_M / loss_1 of every law."""
    measured = measured_ratios(rows)[1]
    return {
        law: float(np.abs(predicted_ratios(law, rows, penalty) - measured).mean()) for law in LAWS
    }


def law_weights(errors: Mapping[Law, float]) -> dict[Law, float]:
    """How often a draw takes each law: f + (1 - n f) x error^-2 / sum of them over the n laws.

    f is `LEAST_WEIGHT`. The inverse square is the weight of an independent estimate of that
    error. What stands apart has none.
    """
    part = [law for law in errors if law not in APART]
    trust = {law: errors[law] ** -2 for law in part}
    free = (1 - len(part) * LEAST_WEIGHT) / sum(trust.values())
    return {law: LEAST_WEIGHT + free * trust[law] if law in trust else 0.0 for law in errors}


def _fitted_to(table: LossTable, law: Law, penalty: Penalty) -> Penalty:
    if law not in FIT_OF:
        return penalty
    fit = REFITS[FIT_OF[law]]
    return refitted(penalty, law, dict(zip(fit.names, fit.coefficients(table), strict=True)))


def _ratios(law: Law, penalty: Penalty, n_params: float) -> Array:
    """loss_M / loss_1 at M = 2, 4, 8, against one replica also where the baseline is another."""
    ratio = np.asarray(LAWS[law](penalty, n_params, REPLICAS).ratio)
    return np.asarray(ratio[1:] / ratio[0])
