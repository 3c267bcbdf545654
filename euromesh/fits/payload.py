"""One factor on the exchanged bits, fitted to the published bandwidth tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from euromesh import units as u
from euromesh.efficiency import Pace, compute_utilization, planned
from euromesh.records.tables import BandwidthRow

REPLICAS_OF_ROWS: Final = 2
LEVELS: Final = (0.50, 0.80, 0.90, 0.95, 0.99)
RATES: Final = np.logspace(-1, 3, 50)  # Gbit/s; the papers' grid, a factor of 1.21 a step
FACTORS: Final = np.linspace(0.5, 1.2, 141)


@dataclass(frozen=True, slots=True)
class PayloadFit:
    """One factor on the exchanged bits, and how far off it leaves the published cells."""

    factor: float
    steps: dict[str, tuple[int, ...]]  # ours less published in grid steps, by row


def payload_fit(rows: Mapping[str, BandwidthRow]) -> PayloadFit:
    """The factor on Z that puts most published cells within one step of their own grid.

    Rows that stand beside the fit are left out. U depends on Z/W alone, so a factor on Z is the
    same factor on the rate that is needed.
    """
    rows = {name: row for name, row in rows.items() if row.in_fit}
    needed = np.array([[needed_gbit_per_s(r, level) for level in LEVELS] for r in rows.values()])
    published = _nearest(np.array([published_gbit_per_s(row) for row in rows.values()]))
    steps = np.array([_at_least(factor * needed) - published for factor in FACTORS])
    within = (np.abs(steps) <= 1).mean(axis=(1, 2))
    best = int(np.lexsort((np.abs(steps).mean(axis=(1, 2)), -within))[0])
    return PayloadFit(
        factor=float(FACTORS[best]),
        steps={name: tuple(map(int, steps[best, i])) for i, name in enumerate(rows)},
    )


def implied_factor(row: BandwidthRow) -> float:
    """The factor on Z at which a row's own cells come out, as a geometric mean."""
    ours = np.array([needed_gbit_per_s(row, level) for level in LEVELS])
    return float(np.exp(np.log(np.array(published_gbit_per_s(row)) / ours).mean()))


def needed_gbit_per_s(row: BandwidthRow, level: float) -> float:
    """The rate at which a published row's run reaches a compute utilisation, Gbit/s."""

    def short(log_rate: float) -> float:
        return float(row_utilization(row, float(np.exp(log_rate)))) - level

    return float(np.exp(brentq(short, np.log(1e-3), np.log(1e5), xtol=1e-12)))


def row_utilization(row: BandwidthRow, gbit_per_s: float) -> float:
    """U of a published row's run at a rate."""
    pace = Pace(
        n_params=row.n_params,
        n_replicas=REPLICAS_OF_ROWS,
        step_seconds=row.step_seconds,
        latency_seconds=0.0,
    )
    return float(compute_utilization(planned(row), pace, gbit_per_s * u.GIGA))


def published_gbit_per_s(row: BandwidthRow) -> tuple[float, ...]:
    """The five cells of a published row, in the order of `LEVELS`."""
    return (
        row.cu50_gbit_per_s,
        row.cu80_gbit_per_s,
        row.cu90_gbit_per_s,
        row.cu95_gbit_per_s,
        row.cu99_gbit_per_s,
    )


def _at_least(rates: NDArray[np.float64]) -> NDArray[np.intp]:
    """Index of the smallest rate of the papers' grid that is at least as fast."""
    return np.asarray(np.searchsorted(RATES, rates))


def _nearest(rates: NDArray[np.float64]) -> NDArray[np.intp]:
    """Index of the grid rate that a printed, rounded rate stands for."""
    distance = np.abs(np.log(rates)[..., np.newaxis] - np.log(RATES))
    return np.asarray(distance.argmin(axis=-1))
