"""Constants, unit kinds with their bounds, and dates as model time.

Model time is a float: years of 365.25 days after the decision date. The unit of a parameter is
written in its type (`share: Fraction`); `BOUNDS` says which values each unit allows.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values: TypeAlias = float | NDArray[np.float64]
else:
    Values = float

DAYS_PER_YEAR: Final = 365.25
MONTHS_PER_YEAR: Final = 12.0
SECONDS_PER_HOUR: Final = 3600.0
SECONDS_PER_DAY: Final = 86400.0
SECONDS_PER_YEAR: Final = SECONDS_PER_DAY * DAYS_PER_YEAR
KWH_PER_MWH: Final = 1000.0
HOURS_PER_YEAR: Final = 8760.0  # the accounting year of power prices and asset lives
TERA: Final = 1e12
PETA: Final = 1e15
EXA: Final = 1e18
GIGA: Final = 1e9
FLOP_PER_PARAM_TOKEN: Final = 6.0  # C = 6 N D
NEVER: Final = math.inf

Number = Annotated[float, "number"]
Saturation = Annotated[float, "per parameter-token"]
Mfu = Annotated[float, "of BF16 peak"]
Fraction = Annotated[float, "fraction"]
Count = Annotated[float, "count"]
Factor = Annotated[float, "factor"]
Degrees = Annotated[float, "degrees"]
Pue = Annotated[float, "pue"]
Exponent = Annotated[float, "exponent"]
Years = Annotated[float, "years"]
Months = Annotated[float, "months"]
Days = Annotated[float, "days"]
Hours = Annotated[float, "hours"]
Minutes = Annotated[float, "minutes"]
Seconds = Annotated[float, "seconds"]
Tokens = Annotated[float, "tokens"]
Flop = Annotated[float, "FLOP"]
TflopPerS = Annotated[float, "TFLOP/s"]
Eflops = Annotated[float, "EFLOP/s"]
GbitPerS = Annotated[float, "Gbit/s"]
Bits = Annotated[float, "bits"]
Bytes = Annotated[float, "bytes"]
GB = Annotated[float, "GB"]
MW = Annotated[float, "MW"]
KW = Annotated[float, "kW"]
TWh = Annotated[float, "TWh"]
GWh = Annotated[float, "GWh"]
Kg = Annotated[float, "kgCO2e"]
Tonnes = Annotated[float, "tCO2e"]
GPerKwh = Annotated[float, "gCO2e/kWh"]
EurPerMwh = Annotated[float, "EUR/MWh"]
Eur = Annotated[float, "EUR"]
UsdPerW = Annotated[float, "USD/W"]
EurPerPflop = Annotated[float, "EUR per PFLOP/s"]
UsdPerPflopHour = Annotated[float, "USD/h per PFLOP/s"]
EurPerUsd = Annotated[float, "EUR/USD"]
BnUsd = Annotated[float, "bn USD"]
Nats = Annotated[float, "nats/token"]
Date = Annotated[str, "date"]
Text = Annotated[str, "text"]
Flag = Annotated[bool, "flag"]

PLAUSIBLE: Final[dict[str, tuple[float, float]]] = {  # wider than any evidence: a slip of a unit
    "number": (0.0, 1e9),
    "per parameter-token": (1e-18, 1e9),
    "of BF16 peak": (0.0, 4.0),
    "factor": (0.0, 1e4),
    "count": (0.0, 1e15),
    "years": (0.0, 1e3),
    "months": (0.0, 1e4),
    "days": (0.0, 1e5),
    "hours": (0.0, 1e11),
    "minutes": (0.0, 1e5),
    "seconds": (0.0, 1e5),
    "tokens": (0.0, 1e15),
    "FLOP": (1e18, 1e33),
    "TFLOP/s": (1.0, 1e5),
    "EFLOP/s": (0.0, 1e4),
    "Gbit/s": (0.0, 1e6),
    "bits": (0.0, 64.0),
    "bytes": (0.0, 128.0),
    "GB": (1.0, 1e5),
    "MW": (0.0, 1e5),
    "kW": (0.01, 100.0),
    "TWh": (1e-3, 1e5),
    "GWh": (0.0, 1e5),
    "kgCO2e": (0.0, 1e6),
    "tCO2e": (0.0, 1e9),
    "gCO2e/kWh": (0.0, 3e3),
    "EUR/MWh": (0.0, 5e3),
    "EUR": (0.0, 1e13),
    "bn USD": (0.0, 1e4),
    "USD/W": (0.0, 1e3),
    "EUR/USD": (0.1, 10.0),
    "EUR per PFLOP/s": (1.0, 1e8),
    "USD/h per PFLOP/s": (1e-3, 1e4),
    "nats/token": (0.0, 20.0),
}
BOUNDS: Final[dict[str, tuple[float, float]]] = {
    **dict.fromkeys(PLAUSIBLE, (0.0, math.inf)),
    "number": (-math.inf, math.inf),
    "per parameter-token": (1e-18, math.inf),  # 0 would stop a machine by itself
    "exponent": (-10.0, 10.0),
    "fraction": (0.0, 1.0),
    "degrees": (-180.0, 180.0),
    "pue": (1.0, 3.0),
}


@cache
def first_day(text: str) -> date:
    """The first day of 'YYYY', 'YYYY-MM' or 'YYYY-MM-DD'."""
    parts = [int(part) for part in text.split("-")]
    return date(*[*parts, 1, 1][:3])


@cache
def last_day(text: str) -> date:
    """The last day of 'YYYY', 'YYYY-MM' or 'YYYY-MM-DD': what a promise so dated allows."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        return date(*parts)
    year, month = parts if len(parts) == 2 else (parts[0], 12)
    return date(year, month, calendar.monthrange(year, month)[1])


def years_after(decided: str, day: str, read: Callable[[str], date] = last_day) -> float:
    """Model time of a day after the first day of the decision, years.

    Each is a date as text, or the days of many draws since the calendar began.
    """
    return (_ordinal(day, read) - _ordinal(decided, first_day)) / DAYS_PER_YEAR


def latest(day: str) -> str:
    """A date as text, of the days of many draws the latest."""
    return day if isinstance(day, str) else date.fromordinal(int(day.max())).isoformat()


def _ordinal(day: str, read: Callable[[str], date]) -> int:
    return read(day).toordinal() if isinstance(day, str) else day


def years_between(origin: date, day: date) -> float:
    """Model time of a day: years of 365.25 days after the origin, negative before it."""
    return (day - origin).days / DAYS_PER_YEAR


def date_after(origin: date, years: float) -> date:
    """The day on which a model time falls."""
    return origin + timedelta(days=math.floor(years * DAYS_PER_YEAR + 1e-6))


def date_text(origin: date, years: float) -> str:
    """The day of a model time as 'YYYY-MM-DD', or the word never."""
    return "never" if math.isinf(years) else date_after(origin, years).isoformat()
