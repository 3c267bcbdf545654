"""One value against its specification: how it is read from text, and what may be wrong with it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeAlias

from euromesh.params.spec import Spec
from euromesh.units import first_day

Value: TypeAlias = float | str | bool | None


class Span(NamedTuple):
    """A value with the ends of its range, None where it has none."""

    value: Any
    low: Any
    high: Any


def read(spec: Spec, text: str) -> object:
    """The value that a text means for a parameter of this kind; the text itself if it means none.

    Used for table cells and for `-p id=text`, so `3.8e25` is a number here, whatever YAML says.
    """
    text = text.strip()
    if text == "" and spec.optional:
        return None
    if spec.unit == "flag":
        return {"true": True, "false": False}.get(text.lower(), text)
    if not spec.numeric:
        return text
    try:
        return float(text)
    except ValueError:
        return text


def fault(spec: Spec, value: object) -> str | None:
    """What a value must be and is not, to follow its name in a sentence; None if it is right."""
    if value is None or value == "":
        return None if value is None and spec.optional else "must be given"
    if spec.numeric:
        return _number_fault(spec, value)
    if spec.unit == "flag":
        return None if isinstance(value, bool) else "must be true or false"
    return None if _is_text_of(spec, value) else f"must be {_kind(spec)}"


def tidy(spec: Spec, value: object) -> Value:
    """A faultless value in the one type its kind has."""
    if value is None or isinstance(value, str | bool):
        return value
    return float(value)  # type: ignore[arg-type]


def rank(value: object) -> float:
    """A number or a date as a number, to compare the ends of a range."""
    return float(first_day(value).toordinal()) if isinstance(value, str) else float(value)  # type: ignore[arg-type]


def is_date(text: str) -> bool:
    """Whether a text is 'YYYY', 'YYYY-MM' or 'YYYY-MM-DD' and such a day exists."""
    lengths = [len(part) for part in text.split("-")]
    if lengths not in ([4], [4, 2], [4, 2, 2]):
        return False
    try:
        first_day(text)
    except ValueError:
        return False
    return True


def nearest(word: str, known: Iterable[str]) -> str:
    """'; did you mean ...?' with the closest known word, or nothing where none is known."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.0)
    return f"; did you mean {close[0]}?" if close else ""


def allowed(spec: Spec) -> str:
    """The values a unit allows, as an interval."""
    low, high = spec.bounds
    left = "(-inf" if math.isinf(low) else f"[{low:g}"
    return f"{left}, inf)" if math.isinf(high) else f"{left}, {high:g}]"


def written(number: float) -> str:
    """Six digits of a number in a spelling that YAML reads as one."""
    return _in_yaml(f"{number:.6g}")


def _is_text_of(spec: Spec, value: object) -> bool:
    if not isinstance(value, str):
        return False
    if spec.unit == "date":
        return is_date(value)
    return not spec.choices or value in spec.choices


def _kind(spec: Spec) -> str:
    return {
        "date": "a date such as 2027-01-31, 2027-01 or '2027', in quotes where it is a bare year",
        "text": "a text",
        "choice": f"one of {', '.join(spec.choices)}",
    }[spec.unit]


def _number_fault(spec: Spec, value: object) -> str | None:
    if isinstance(value, str):
        return f"must be a number in {allowed(spec)}{_respelt(value)}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"must be a number in {allowed(spec)}"
    if not math.isfinite(value):
        return f"must be a finite number in {allowed(spec)}"
    low, high = spec.bounds
    return None if low <= value <= high else f"must be in {allowed(spec)}"


def _respelt(text: str) -> str:
    """How to write in YAML a number that YAML takes for a text."""
    try:
        number = float(text)
    except ValueError:
        return ""
    return f" (YAML reads it as a text: write {_in_yaml(repr(number))}, without quotes)"


def _in_yaml(shown: str) -> str:
    return shown.replace("e", ".0e") if "e" in shown and "." not in shown else shown
