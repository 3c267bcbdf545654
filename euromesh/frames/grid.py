"""The data frames of lead times: laws by region, power by year, and the mean by every estimator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Final

import pandas as pd

from euromesh.availability import (
    ESTIMATORS,
    Lognormal,
    Wait,
    first_of_cdf,
    mixture_cdf,
    sigma_of,
)
from euromesh.params import Parameter, library
from euromesh.records import Params

LOADS: Final = {"40 MW": 40.0, "250 MW": 250.0, "1 GW": 1000.0}
GIGAWATT, QUARTER = LOADS["1 GW"], LOADS["250 MW"]
SPOKEN: Final = {
    "mean_of_centrals": "mean of central values",
    "median_of_centrals": "median of central values",
    "trimmed_mean": "mean without both extremes",
    "geometric_mean": "geometric mean",
    "mean_of_modes": "mean of likeliest values",
    "mean_of_means": "mean of expected waits",
    "mean_of_midpoints": "midpoints of P10 and P90",
    "triangular": "triangular law",
    "pert": "PERT",
    "swanson": "Swanson",
    "median_at_random": "median, region at random",
    "mean_without_weak": "mean without weak rows",
    "mean_by_electricity": "mean, by electricity used",
    "mean_over_tranches": "mean over the tranches",
}
QUANTILES: Final = {"p05": 0.05, "p10": 0.10, "p50": 0.50, "p90": 0.90, "p95": 0.95}


def waits(params: Params, load_mw: float) -> dict[str, Wait]:
    """The original's seven regions at a load, by name.

    Sigma comes from the P10 and P90 of the table. Where a scenario or an override has moved a
    row, its value is the median and the ends move with it, in proportion.
    """
    known = library().parameters
    return {
        row.region: _wait(known[f"grid_lead_times.{key}.lead_years"], row.lead_years)
        for key, row in params.grid_lead_times.items()
        if row.of_original_seven and row.load_mw == load_mw
    }


def _wait(known: Parameter, central: float) -> Wait:
    low, value, high = (float(end or 0) for end in (known.low, known.value, known.high))
    return Wait(
        law=Lognormal(central, sigma_of(low, high)),
        low=low * central / value,
        high=high * central / value,
        weak=known.confidence == "low",
    )


def laws(params: Params, load_mw: float) -> list[Lognormal]:
    """The laws of the seven regions at a load."""
    return [wait.law for wait in waits(params, load_mw).values()]


def best_region(found: Sequence[Lognormal]) -> Lognormal:
    """The law of the region with the shortest median."""
    return min(found, key=lambda law: law.median)


def lead_times(params: Params) -> pd.DataFrame:
    """Quantiles of every region. Columns: region, load, p05, p10, p50, p90, p95 (years), weak."""
    rows = [
        {"region": _spoken(region), "load": load, "weak": wait.weak}
        | {name: wait.law.quantile(p) for name, p in QUANTILES.items()}
        for load, load_mw in LOADS.items()
        for region, wait in waits(params, load_mw).items()
    ]
    return pd.DataFrame(rows)


def power_by_year(params: Params, load_mw: float, years: Sequence[float]) -> pd.DataFrame:
    """P(power) within so many years of filing. Columns: years, choice, probability."""
    found = laws(params, load_mw)
    rho = params.grid.correlation
    curves: dict[str, Callable[[float], float]] = {
        "region at random": lambda t: mixture_cdf(found, t),
        "best region": best_region(found).cdf,
        f"first of seven, ρ = {rho:g}": lambda t: first_of_cdf(found, rho, t),
        "first of seven, ρ = 0": lambda t: first_of_cdf(found, 0.0, t),
    }
    rows = [(t, choice, cdf(t)) for choice, cdf in curves.items() for t in years]
    return pd.DataFrame(rows, columns=["years", "choice", "probability"])


def estimates(params: Params) -> dict[str, float]:
    """The mean wait of the seven regions for a gigawatt by every estimator, years.

    To those of one table of waits come two that weigh: regions by the electricity they use, and
    the megawatts of a campus by the year they arrive, from the first quarter in equal steps to
    the last.
    """
    found = waits(params, GIGAWATT)
    first = waits(params, QUARTER)
    used = _electricity_twh(params)
    weighed = sum(used[name] * wait.law.median for name, wait in found.items())
    steps = [(first[name].law.median + wait.law.median) / 2 for name, wait in found.items()]
    return {name: estimator(list(found.values())) for name, estimator in ESTIMATORS.items()} | {
        "mean_by_electricity": weighed / sum(used[name] for name in found),
        "mean_over_tranches": fmean(steps),
    }


def estimators(params: Params) -> pd.DataFrame:
    """The mean wait for a gigawatt by every estimator. Columns: estimator, years."""
    rows = [(SPOKEN[name], years) for name, years in estimates(params).items()]
    return pd.DataFrame(rows, columns=["estimator", "years"])


def _electricity_twh(params: Params) -> dict[str, float]:
    """Electricity that the countries of each region use, TWh a year."""
    used: dict[str, float] = {}
    for country in params.countries.values():
        if country.region is not None:
            used[country.region] = used.get(country.region, 0.0) + country.electricity_twh
    return used


def _spoken(region: str) -> str:
    return region.replace("_", " ").title()
