"""Published pairs of losses as measured FLOP penalties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pandas as pd

from euromesh.efficiency import penalty_from_losses
from euromesh.records.cases import LossCase
from euromesh.records.tables import LossRow

COLUMNS: Final = ("name", "n_params", "n_replicas", "kappa", "against")
ONE: Final = "M = 1"
DATA_PARALLEL: Final = "data-parallel"


def measured_penalties(
    rows: Mapping[str, LossRow], alpha: float, published: LossCase
) -> pd.DataFrame:
    """kappa = (loss_M / loss_0)^(2 / |alpha|) of every published pair, the smallest size first.

    E = 0 and `alpha` is that of the joint law. The baseline loss_0 is that of M = 1, or of the
    data-parallel run in a row without M = 1; the column `against` says which. Epoch AI's two
    factors stand as published, against data-parallel, at no stated size.
    """
    by_size = sorted(rows.values(), key=lambda row: row.n_params)
    pairs = [pair for row in by_size for pair in _pairs(row, alpha)]
    return pd.DataFrame([*pairs, *_published(published)], columns=list(COLUMNS))


def _pairs(row: LossRow, alpha: float) -> Iterator[tuple[str, float, int, float, str]]:
    """The measured penalties of one size."""
    against, baseline = (DATA_PARALLEL, row.data_parallel) if row.m1 is None else (ONE, row.m1)
    for n_replicas, loss in ((2, row.m2), (4, row.m4), (8, row.m8)):
        if loss is not None:
            kappa = float(penalty_from_losses(loss, baseline, alpha, 0.0))
            yield row.name, row.n_params, n_replicas, kappa, against


def _published(case: LossCase) -> Iterator[tuple[str, None, float, float, str]]:
    """Epoch AI's two factors."""
    yield "Epoch", None, case.few_nodes, case.few_factor, DATA_PARALLEL
    yield "Epoch", None, case.many_nodes, case.many_factor, DATA_PARALLEL
