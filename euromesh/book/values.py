"""How a value is printed: the one place that turns a number or a date into words on a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

ISO_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")
SIGNED_ZERO = re.compile(r"^[-+](0(?:\.0+)?%?)$")
PREPOSITION = re.compile(r"[a-z]+ %")  # of a format such as `in %B %Y`
OWN = {  # formats of our own, beside Python's
    "odds": lambda value: f"{100 * value:.0f} in 100",
    "percent": lambda value: f"{100 * value:.3g}%",
}
_POWER = re.compile(r"^(-?[\d.,]+)e([+-])0*(\d+)$")
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


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

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Value:
        """The value that `values.json` holds for a key."""
        return cls(**data)

    def printed(self, override: str = "") -> str:
        """The value without its unit, in its own format or another one."""
        text = printed(self.value, override or self.format or own_format(self.value))
        return f"at least {text}" if self.bound == "at_least" and text != "never" else text


def as_text(value: Any) -> str:
    """A value in the format that fits its type and size."""
    return printed(value, own_format(value))


def own_format(value: Any) -> str:
    """A format for a value that brings none: by its type and size."""
    if isinstance(value, str):
        return "%B %Y" if re.fullmatch(r"\d{4}-\d{2}", value) else "%-d %B %Y"
    if isinstance(value, bool) or value is None:
        return ""
    size = abs(value)
    if size >= 1e7 or 0 < size < 1e-3:
        return f".{_mantissa_digits(value)}e"
    whole = float(value).is_integer()
    return (",.0f" if size >= 10_000 else ".0f") if whole else ",.6g"


def _mantissa_digits(value: float) -> int:
    """Digits after the point that write the value as it was given, in powers of ten."""
    mantissa = f"{value:.5e}".split("e")[0].rstrip("0")
    return len(mantissa.split(".")[1])


def printed(value: Any, spec: str) -> str:
    """A value by a Python format, a date by strftime; words such as `never` stay as they are."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _text(value, spec) if isinstance(value, str) else _number(value, spec)


def _text(value: str, spec: str) -> str:
    """A date, or a word in its place; after a preposition never is at no time."""
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
    power = _POWER.match(text)
    if power:
        mantissa, sign, exponent = power.groups()
        raised = (("-" if sign == "-" else "") + exponent).translate(_SUPERSCRIPT)
        text = f"10{raised}" if mantissa == "1" else f"{mantissa} × 10{raised}"
    return text.replace("-", "−")
