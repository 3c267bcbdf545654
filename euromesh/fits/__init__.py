"""Laws fitted to published tables."""

from euromesh.fits.losses import FitError, measured_penalties
from euromesh.fits.payload import (
    LEVELS,
    implied_factor,
    needed_gbit_per_s,
    payload_fit,
    published_gbit_per_s,
    row_utilization,
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
from euromesh.fits.saturation import saturation_fit
