"""Published runs: one factor on the bits they exchange, and the fall of their MFU with size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import brentq, least_squares

from euromesh import fleet
from euromesh import units as u
from euromesh.efficiency import Pace, compute_utilization, planned
from euromesh.fits.losses import Array
from euromesh.records.settings import ByPrecision
from euromesh.records.tables import BandwidthRow, MfuRun, ScalingPoint

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

    Ours is the smallest rate of the grid that is at least as fast as needed, theirs the nearest to
    what is printed, rounded. Rows that stand beside the fit are left out. U depends on Z/W alone,
    so a factor on Z is the same factor on the rate that is needed.
    """
    rows = {name: row for name, row in rows.items() if row.in_fit}
    needed = np.array([[needed_gbit_per_s(r, level) for level in LEVELS] for r in rows.values()])
    printed = np.array([published_gbit_per_s(row) for row in rows.values()])
    published = np.abs(np.log(printed)[..., np.newaxis] - np.log(RATES)).argmin(axis=-1)
    steps = np.array([np.searchsorted(RATES, factor * needed) - published for factor in FACTORS])
    within = (np.abs(steps) <= 1).mean(axis=(1, 2))
    best = int(np.lexsort((np.abs(steps).mean(axis=(1, 2)), -within))[0])
    off = dict(zip(rows, map(tuple, steps[best].tolist()), strict=True))
    return PayloadFit(float(FACTORS[best]), off)


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
    cells = (getattr(row, f"cu{100 * level:.0f}_gbit_per_s") for level in LEVELS)
    return tuple(float(cell) for cell in cells)


# --- the fall of the MFU -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SaturationFit:
    """mu = mu_1 / (1 + n / (h N B)) of one run."""

    mfu_one: float  # mu_1
    saturation: float  # h, accelerators at half MFU per parameter and token of the batch


def saturation_fit(
    points: Iterable[ScalingPoint], run: MfuRun, sustained: ByPrecision
) -> SaturationFit:
    """Least squares of mu = mu_1 / (1 + n / (h N B)) for ln mu_1 and ln h, in the kind of the run.

    Each point has its own n, N and B. With two points the curve goes through both.
    """
    given = [(crowding(rate), fleet.mfu_beside(rate, run, sustained)) for rate in points]
    crowd, mfu = np.array(given).T

    def misfit(x: Array) -> Array:
        return np.asarray(fleet.mfu_at(np.exp(x[0]), crowd, np.exp(x[1])) - mfu)

    start = np.log([mfu.max(), crowd.max()])
    found = least_squares(misfit, start, method="lm", xtol=1e-12, ftol=1e-12, gtol=1e-12)
    mu_one, h = map(float, np.exp(found.x))
    return SaturationFit(mfu_one=mu_one, saturation=h)


def crowding(rate: ScalingPoint) -> float:
    """n / (N B) of a published rate; 0 where its batch was not read: tokens to spare."""
    return rate.n_accel / (rate.n_params * rate.batch_tokens) if rate.batch_tokens else 0.0
