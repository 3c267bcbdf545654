"""What one headline number is before its inputs are known."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from euromesh import units as u
from euromesh.facts import Number as Number
from euromesh.records import Params

AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its unit, its Python format, and its bound if it is one."""

    value: float | int | str
    unit: str
    format: str
    bound: str | None = None
    inputs: frozenset[str] | None = None  # what it read, where its group knows better than the view


NOT_COMPUTED = Figure("not computed", "text", "s")  # in a run that would take too long
Group = Callable[[Params], Mapping[str, Figure]]


def number(value: float, unit: str, format_: str) -> Figure:
    """A number; one that never comes is the word never."""
    return Figure("never" if math.isinf(value) else value, unit, format_)


def never(stem: str, *endings: str) -> dict[str, Figure]:
    """Numbers that do not come, for a run in which nobody trains."""
    return {f"{stem}{ending}": Figure("never", "none", "s") for ending in endings}


def count(value: float, unit: str = "count") -> Figure:
    """A whole number."""
    return Figure(round(value), unit, ",d")


def day(origin: date, years: float) -> Figure:
    """A date from model time; beyond the horizon it is never."""
    return Figure(u.date_text(origin, years), "date", "%B %Y")
