"""Laws fitted to published tables."""

from euromesh.fits.ahead import (
    FIT_OF,
    LEAST_WEIGHT,
    law_errors,
    law_weights,
    measured_ratios,
    predicted_ratios,
)
from euromesh.fits.losses import FitError, loss_table, measured_penalties, measured_penalty
from euromesh.fits.published import (
    LEVELS,
    crowding,
    implied_factor,
    needed_gbit_per_s,
    payload_fit,
    published_gbit_per_s,
    row_utilization,
    saturation_fit,
)
from euromesh.fits.resampling import (
    REFITS,
    RESAMPLES,
    SEED,
    Bootstrap,
    FittedLaw,
    bootstrap,
    kappas,
    least_squares,
    percentiles,
    refitted,
)
