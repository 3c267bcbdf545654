"""One value against its specification: how it is read from text, and what may be wrong with it."""

from __future__ import annotations

import math
import re
from typing import Any, Final, NamedTuple

from euromesh.params.spec import Spec
from euromesh.params.texts import BLANKS, IN_TEXT, ONE_LINE, WORDS, Value, number
from euromesh.units import first_day, last_day

DATE: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
YEARS: Final = (1990, 2100)  # a date is of one of these


class Span(NamedTuple):
    """A value with the ends of its range, None where it has none."""

    value: Any
    low: Any
    high: Any


def read(spec: Spec, written: object) -> object:
    """What is written for a parameter of this kind means; the same thing if it means nothing.

    Every text is read so, be it a table cell, `-p id=text`, of a YAML file or of a notebook.
    """
    if not isinstance(written, str):
        return written
    text = written.strip(" ")
    if spec.optional and text in BLANKS:
        return None
    if spec.unit == "flag":
        return WORDS.get(text, text)
    found = number(text) if spec.numeric else None
    return text if found is None else found


def fault(spec: Spec, value: object) -> str | None:
    """What a value must be and is not, to follow its name in a sentence; None if it is right."""
    if value is None or (isinstance(value, str) and not value):
        return None if value is None and spec.optional else "must be given"
    if spec.numeric:
        return _number_fault(spec, value)
    if spec.unit == "flag":
        return None if isinstance(value, bool) else "must be true or false"
    return _text_fault(spec, value)


def tidy(spec: Spec, value: object) -> Value:
    """A faultless value in the one type its kind has."""
    if value is None or isinstance(value, str | bool):
        return value
    return float(value)  # type: ignore[arg-type]


def rank(value: object, *, last: bool = False) -> float:
    """A number, or the first or last day of a date as one, to compare two of a kind."""
    if isinstance(value, str):
        return float((last_day if last else first_day)(value).toordinal())
    return float(value)  # type: ignore[arg-type]


def is_date(text: str) -> bool:
    """Whether a text is 'YYYY', 'YYYY-MM' or 'YYYY-MM-DD' and such a day exists, near our time."""
    try:
        return bool(DATE.fullmatch(text)) and YEARS[0] <= first_day(text).year <= YEARS[1]
    except ValueError:
        return False


def allowed(spec: Spec) -> str:
    """The values a unit allows, as an interval."""
    low, high = spec.bounds
    left = "(-inf" if math.isinf(low) else f"[{low:g}"
    return f"{left}, inf)" if math.isinf(high) else f"{left}, {high:g}]"


def _text_fault(spec: Spec, value: object) -> str | None:
    if not isinstance(value, str):
        return f"must be {_kind(spec)}"
    if spec.unit == "text":
        return ONE_LINE if IN_TEXT.search(value) else None
    sound = is_date(value) if spec.unit == "date" else value in spec.choices
    return None if sound else f"must be {_kind(spec)}"


def _kind(spec: Spec) -> str:
    return {
        "date": "a date such as 2027-01-31, 2027-01 or '2027', in quotes where it is a bare year,"
        f" from {YEARS[0]} to {YEARS[1]}",
        "text": "a text",
        "choice": f"one of {', '.join(spec.choices)}",
    }[spec.unit]


def _number_fault(spec: Spec, value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"must be a number in {allowed(spec)}"
    if not _is_finite(value):
        return f"must be a finite number in {allowed(spec)}"
    low, high = spec.bounds
    if not low <= value <= high:
        return f"must be in {allowed(spec)}"
    if spec.unit == "count" and not float(value).is_integer():
        return "must be a whole number"
    least, most = spec.plausible
    if least <= value <= most:
        return None
    return f"must be plausible, from {least:g} to {most:g} ({spec.unit})"


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
