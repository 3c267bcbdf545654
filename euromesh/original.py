"""EuroMesh-0: the logic of the June 2026 study, kept as it was so that its dates reproduce."""

from __future__ import annotations

import math

from euromesh import units as u
from euromesh.fleet import KW_PER_MW


def accelerators(site_mw: float, accel_kw: float) -> int:
    """Accelerators of a site: MW over kW each, all-in, without a PUE."""
    return math.floor(site_mw * KW_PER_MW / accel_kw)


def compute_days(flop: float, n_accel: float, peak_flop_per_s: float, mfu: float) -> float:
    """C / (n q mu), days."""
    return flop / (n_accel * peak_flop_per_s * mfu) / u.SECONDS_PER_DAY


def energised_month(lead_years: float) -> int:
    """k = round(12 x lead), months after the start of the study."""
    return round(u.MONTHS_PER_YEAR * lead_years)


def delivery_month(lead_years: float, days: float, month_days: float) -> int:
    """First whole month after energisation whose running total reaches C."""
    return energised_month(lead_years) + max(1, math.ceil(days / month_days))


def month(start: str, months: int) -> str:
    """'YYYY-MM', a number of months after the start month."""
    first = u.first_day(start)
    year, before = divmod(first.year * 12 + first.month - 1 + months, 12)
    return f"{year}-{before + 1:02d}"
