"""Laws fitted to published tables."""

from euromesh.fits.losses import FitError, measured_penalties
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
)
