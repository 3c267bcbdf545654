"""Laws fitted to published tables."""

from euromesh.fits.losses import IrreducibleFit, irreducible_fit
from euromesh.fits.payload import (
    LEVELS,
    RATES,
    PayloadFit,
    needed_gbit_per_s,
    payload_fit,
    published_gbit_per_s,
    row_utilization,
)

__all__ = [
    "LEVELS",
    "RATES",
    "IrreducibleFit",
    "PayloadFit",
    "irreducible_fit",
    "needed_gbit_per_s",
    "payload_fit",
    "published_gbit_per_s",
    "row_utilization",
]
