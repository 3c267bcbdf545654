"""The fall of the MFU with the number of accelerators, fitted to published scaling runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from euromesh import fleet
from euromesh.records.tables import MfuRun, ScalingPoint

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SaturationFit:
    """mu = mu_1 / (1 + n / (h N B)) of one run, with the points it was fitted to."""

    mfu_one: float  # mu_1
    saturation: float  # h, accelerators at half MFU per parameter and token of the batch
    n_half: float  # h N B, accelerators
    n_accel: tuple[float, ...]
    published: tuple[float, ...]


def saturation_fit(points: Iterable[ScalingPoint], run: MfuRun) -> SaturationFit:
    """Least squares of mu = mu_1 / (1 + n / n_h) for ln mu_1 and ln n_h; h = n_h / (N B).

    With two points the curve goes through both.
    """
    n_accel, mfu = np.array(sorted((point.n_accel, point.mfu) for point in points)).T

    def misfit(x: Array) -> Array:
        return np.asarray(fleet.mfu_at(np.exp(x[0]), n_accel, np.exp(x[1])) - mfu)

    start = np.log([mfu.max(), n_accel.max()])
    found = least_squares(misfit, start, method="lm", xtol=1e-12, ftol=1e-12, gtol=1e-12)
    mfu_one, n_half = map(float, np.exp(found.x))
    return SaturationFit(
        mfu_one=mfu_one,
        saturation=n_half / (run.n_params * run.batch_tokens),
        n_half=n_half,
        n_accel=tuple(map(float, n_accel)),
        published=tuple(map(float, mfu)),
    )
