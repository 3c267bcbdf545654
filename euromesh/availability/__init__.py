"""Layer 2: delays, accrual, finish dates, and up to which size federation is first."""

from euromesh.availability.accrual import (
    CStar,
    FinishTime,
    Segment,
    c_star,
    cumulative_flop,
    finish_years,
    last_like,
)
from euromesh.availability.waits import (
    ESTIMATORS,
    Lognormal,
    Wait,
    expected_slip_years,
    first_of_cdf,
    first_of_quantile,
    mixture_cdf,
    mixture_quantile,
    sigma_of,
    slip_quantile_years,
)
