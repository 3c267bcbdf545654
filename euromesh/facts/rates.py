"""Published rates of training beside ours: the curves fitted to them, and what these predict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from euromesh import ensemble, fits, fleet, params
from euromesh.facts.tables import NAME, Column, Figure, Run, count, figures, number, table
from euromesh.facts.watch import plain
from euromesh.fits.published import SaturationFit
from euromesh.records import Params
from euromesh.records.tables import ScalingPoint

MFU: Final = Column("of BF16 peak", ".1%", head="MFU")
CROWD: Final = Column("per parameter-token", ".2e")
RATE: Final = Column("TFLOP/s", ",.0f")
PRECISIONS: Final = {"bf16": "BF16", "fp8": "FP8", "nvfp4": "NVFP4"}
KINDS: Final = {"short": "short benchmark", "campaign": "campaign"}
PRECISION: Final = "training.precision"
SPAN: Final = (1e-17, 3e-14)  # of n / (N B), that curves are drawn over


def fitted_runs(params: Params) -> list[str]:
    """The runs whose curve goes through more than one published rate."""
    runs = [rate.run for rate in params.scaling.values() if rate.in_fit]
    return sorted({run for run in runs if runs.count(run) > 1})


def fitted_to(params: Params, run: str) -> list[ScalingPoint]:
    """The published rates that a run is fitted to, the least crowded first."""
    found = [rate for rate in params.scaling.values() if rate.in_fit and rate.run == run]
    return sorted(found, key=fits.crowding)


def fit_of(params: Params, run: str) -> SaturationFit:
    """The curve through the published rates of a run."""
    given = fitted_to(params, run), params.mfu_runs[run], params.training.sustained
    return fits.saturation_fit(*given)


@table(
    fitted_runs,
    run=NAME,
    mfu_one=MFU,
    saturation=Column("per parameter-token", ".1e", "efficiency.scaling_h_{row}"),
    left=Column("fraction", ".0%", "efficiency.scaling_left_{row}"),
)
def scaling_fits(run: Run, row: str) -> tuple[str, float, float, float]:
    """The fall of the MFU through the published rates of each run, and what is left at the last."""
    fit, rates = fit_of(run.params, row), fitted_to(run.params, row)
    left = fleet.published_mfu(rates[-1]) / fleet.published_mfu(rates[0])
    return run.params.mfu_runs[row].name, fit.mfu_one, fit.saturation, left


@table(run=NAME, n_accel=Column("count", ",.0f"), crowding=CROWD, mfu=MFU, fitted=MFU)
def scaling_points(run: Run) -> Iterator[tuple[Any, ...]]:
    """Published rates as MFU, n / (N B) of each, and the fitted curve there.

    A campaign's as the short benchmark that it would be, where its curve is that of one.
    """
    p = run.params
    for row in fitted_runs(p):
        fit = fit_of(p, row)
        for rate in fitted_to(p, row):
            crowd = fits.crowding(rate)
            mfu = fleet.mfu_beside(rate, p.mfu_runs[row], p.training.sustained)
            yield row, rate.n_accel, crowd, mfu, fleet.mfu_at(fit.mfu_one, crowd, fit.saturation)


@table(run=NAME, crowding=CROWD, mfu=MFU, low=MFU, high=MFU)
def scaling_curves(run: Run) -> Iterator[tuple[Any, ...]]:
    """The fitted fall of the MFU, and the same at the ends of the range of h."""
    for row in fitted_runs(run.params):
        fit = fit_of(run.params, row)
        known = params.library().parameters[f"mfu_runs.{row}.saturation"]
        ends = (fit.saturation, float(known.low or 0), float(known.high or 0))
        for crowd in np.geomspace(*SPAN, 59).tolist():
            yield row, crowd, *(float(fleet.mfu_at(fit.mfu_one, crowd, h)) for h in ends)


@figures
def scaling_misfit(run: Run) -> dict[str, Figure]:
    """How many rates were fitted, and how far the curves miss the worst of them."""
    points = run["scaling_points"]
    off = (points["fitted"] / points["mfu"] - 1).abs()
    return {
        "efficiency.scaling_points": count(len(off)),
        "efficiency.scaling_worst_error": number(float(off.max()), "fraction", ".1%"),
    }


@table(
    lambda p: p.scaling,
    name=Column("name", head="run"),
    precision=NAME,
    kind=NAME,
    published=RATE.headed("published"),
    ours=RATE.headed("ours"),
    error=Column("fraction", "+.1%", "efficiency.rate_error_{row}"),
    role=Column("name", head="curve"),
)
def rates(run: Run, row: str) -> tuple[Any, ...]:
    """Every published rate of one accelerator, and ours: by the curve of its chip and precision."""
    p, rate = run.params, run.params.scaling[row]
    mfu = float(fleet.rate_mfu(rate, p.mfu_runs[rate.run], p.training.sustained))
    words = rate.name, PRECISIONS[rate.precision], KINDS[rate.kind]
    role = "fitted" if rate.in_fit else "predicted"
    return (
        *words,
        rate.tflop_per_s,
        mfu * rate.peak_tflop_per_s,
        mfu / fleet.published_mfu(rate) - 1,
        role,
    )


@figures
def fp8_weight(run: Run) -> dict[str, Figure]:
    """The share of the draws that train in FP8: all or none where a precision is set."""
    training, weights = run.params.training, run.params.training.precision_weights
    share = float(training.precision == "fp8")
    if ensemble.inputs(plain(run.params), PRECISION):
        share = weights.fp8 / (weights.bf16 + weights.fp8 + weights.nvfp4)
    return {"efficiency.fp8_weight": number(share, "fraction", ".0%")}
