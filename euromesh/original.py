"""EuroMesh-0: the logic of the June 2026 study, kept as it was so that its dates reproduce."""

from __future__ import annotations

import math
from datetime import date

from euromesh import units as u

KW_PER_MW = 1000.0
MONTHS = 12


def accelerators(site_mw: float, accel_kw: float) -> int:
    """Accelerators of a site: MW over kW each, all-in, without a PUE."""
    return math.floor(site_mw * KW_PER_MW / accel_kw)


def compute_days(flop: float, n_accel: float, peak_flop_per_s: float, mfu: float) -> float:
    """C / (n q mu), days."""
    return flop / (n_accel * peak_flop_per_s * mfu) / u.SECONDS_PER_DAY


def energised_month(lead_years: float) -> int:
    """k = round(12 x lead), months after the start of the study."""
    return round(MONTHS * lead_years)


def delivery_month(lead_years: float, days: float, month_days: float) -> int:
    """First whole month after energisation whose running total reaches C."""
    return energised_month(lead_years) + max(1, math.ceil(days / month_days))


def month(start: str, months: int) -> str:
    """'YYYY-MM', a number of months after the start month."""
    first = u.first_day(start)
    index = first.year * MONTHS + first.month - 1 + months
    return date(index // MONTHS, index % MONTHS + 1, 1).strftime("%Y-%m")
