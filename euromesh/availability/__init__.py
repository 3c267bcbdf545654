"""Layer 2: delays, accrual, finish dates, and up to which size federation is first."""

from euromesh.availability.accrual import (
    Segment,
    cumulative_flop,
    finish_years,
    first_compute_years,
)
from euromesh.availability.crossing import CStar, FinishTime, c_star, last_like
from euromesh.availability.delays import expected_slip_years, slip_quantile_years
from euromesh.availability.waits import (
    ESTIMATORS,
    Lognormal,
    Wait,
    first_of_cdf,
    first_of_quantile,
    mixture_cdf,
    mixture_quantile,
    sigma_of,
)
