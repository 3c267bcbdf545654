"""How a value is printed: the one place that turns a number or a date into words on a page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

ISO_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")
SIGNED_ZERO = re.compile(r"^[-+](0(?:\.0+)?%?)$")
PREPOSITION = re.compile(r"[a-z]+ %")  # of a format such as `in %B %Y`
_POWER = re.compile(r"^(-?[\d.,]+)e([+-])0*(\d+)$")
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _odds(value: float) -> str:
    """Odds out of 100; what is possible has some, and what may fail has not all of them."""
    whole = round(100 * value)
    if whole == 0 < value:
        return "less than 1 in 100"
    return "more than 99 in 100" if value < 1 and whole == 100 else f"{whole} in 100"


OWN: Final[Mapping[str, Callable[[float], str]]] = {  # formats of our own, beside Python's
    "odds": _odds,
    "percent": lambda value: f"{100 * value:.3g}%",
}


class ValueFormatError(ValueError):
    """A format that does not fit the value it was given for."""


@dataclass(frozen=True, slots=True)
class Value:
    """A result or a parameter as a page sees it; `target` is the label of its entry."""

    value: Any
    unit: str
    format: str
    target: str
    bound: str = ""

    def printed(self, override: str = "") -> str:
        """The value without its unit, in its own format or another one."""
        text = printed(self.value, override or self.format)
        return f"at least {text}" if self.bound == "at_least" and text != "never" else text


def own_format(value: Any) -> str:
    """A format for a value that brings none: by its type and size."""
    if isinstance(value, str):
        return "%B %Y" if re.fullmatch(r"\d{4}-\d{2}", value) else "%-d %B %Y"
    size = abs(value)
    if size >= 1e7 or 0 < size < 1e-3:
        mantissa = f"{value:.5e}".partition("e")[0].rstrip("0")
        return f".{len(mantissa.partition('.')[2])}e"
    whole = float(value).is_integer()
    return (",.0f" if size >= 10_000 else ".0f") if whole else ",.6g"


def printed(value: Any, spec: str = "") -> str:
    """A value by a Python format, a date by strftime; words such as `never` stay as they are.

    Without a format by its type and size. After a preposition never is at no time.
    """
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    spec = spec or own_format(value)
    if not isinstance(value, str):
        return _number(value, spec)
    if ISO_DATE.fullmatch(value):
        return _date(value, spec)
    return "at no time" if value == "never" and PREPOSITION.match(spec) else value


def _number(value: float, spec: str) -> str:
    """Nothing is 0 in every power of ten, and has no sign."""
    if spec in OWN:
        return OWN[spec](value)
    if value == 0 and spec.endswith("e"):
        return "0"
    try:
        return _typeset(SIGNED_ZERO.sub(r"\1", format(value, spec)))
    except ValueError as error:
        raise ValueFormatError(f"format {spec!r} does not fit {value!r}: {error}") from error


def _date(value: str, spec: str) -> str:
    day = date.fromisoformat(value if len(value) == 10 else f"{value}-01")
    if "%" not in spec:
        raise ValueFormatError(f"format {spec!r} does not fit the date {value}: use e.g. %B %Y")
    return day.strftime(spec.replace("%-d", str(day.day)))


def _typeset(text: str) -> str:
    """A true minus, and a power of ten in the usual notation: 3.8e+25 is 3.8 × 10²⁵."""
    if power := _POWER.match(text):
        mantissa, sign, exponent = power.groups()
        raised = f"10{(sign.strip('+') + exponent).translate(_SUPERSCRIPT)}"
        text = raised if mantissa == "1" else f"{mantissa} × {raised}"
    return text.replace("-", "−")
