"""Which parameters exist and of what kind, read off the records; and one value against its kind.

The dataclasses of `euromesh.records` are the only list of parameters. Their annotations become a
`Spec` for each single value and for each column of each table.
"""

from __future__ import annotations

import math
import re
import sys
import types
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NamedTuple,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from euromesh import records
from euromesh.params.texts import BLANKS, IN_TEXT, ONE_LINE, WORDS, Value, number
from euromesh.units import BOUNDS, PLAUSIBLE, first_day, last_day

Columns = dict[str, "Spec"]
DATE: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
YEARS: Final = (1990, 2100)  # a date is of one of these


class Span(NamedTuple):
    """A value with the ends of its range, None where it has none."""

    value: Any
    low: Any
    high: Any


@dataclass(frozen=True, slots=True)
class Spec:
    """What a record says of one of its fields."""

    unit: str  # of a number; else the kind: "date", "text", "flag" or "choice"
    optional: bool = False
    choices: tuple[str, ...] = ()

    @property
    def numeric(self) -> bool:
        """Whether the value is a number with a unit."""
        return self.unit in BOUNDS

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest value that the unit allows."""
        return BOUNDS[self.unit]

    @property
    def plausible(self) -> tuple[float, float]:
        """The least and the greatest value that is no slip of a unit."""
        return PLAUSIBLE.get(self.unit, self.bounds)

    @property
    def allowed(self) -> str:
        """The values that the unit allows, as an interval."""
        low, high = self.bounds
        left = "(-inf" if math.isinf(low) else f"[{low:g}"
        return f"{left}, inf)" if math.isinf(high) else f"{left}, {high:g}]"

    def read(self, written: object) -> object:
        """What is written for a parameter means; the same thing if it means nothing.

        Every text is read so, be it a table cell, `-p id=text`, of a YAML file or of a notebook.
        """
        if not isinstance(written, str):
            return written
        text = written.strip(" ")
        if self.optional and text in BLANKS:
            return None
        if self.unit == "flag":
            return WORDS.get(text, text)
        found = number(text) if self.numeric else None
        return text if found is None else found

    def fault(self, value: object) -> str | None:
        """What a value must be and is not, to follow its name; None if it is right."""
        if value is None or (isinstance(value, str) and not value):
            return None if value is None and self.optional else "must be given"
        if self.numeric:
            return self._number_fault(value)
        if self.unit == "text" and isinstance(value, str):
            return ONE_LINE if IN_TEXT.search(value) else None
        sound, kind = {
            "flag": (isinstance(value, bool), "true or false"),
            "date": (
                isinstance(value, str) and is_date(value),
                "a date such as 2027-01-31, 2027-01 or '2027', in quotes where it is a bare year,"
                f" from {YEARS[0]} to {YEARS[1]}",
            ),
            "text": (False, "a text"),
            "choice": (value in self.choices, f"one of {', '.join(self.choices)}"),
        }[self.unit]
        return None if sound else f"must be {kind}"

    def _number_fault(self, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"must be a number in {self.allowed}"
        if not abs(value) <= sys.float_info.max:
            return f"must be a finite number in {self.allowed}"
        low, high = self.bounds
        if not low <= value <= high:
            return f"must be in {self.allowed}"
        if self.unit == "count" and not float(value).is_integer():
            return "must be a whole number"
        least, most = self.plausible
        sound = least <= value <= most
        return None if sound else f"must be plausible, from {least:g} to {most:g} ({self.unit})"


def of(key: str) -> Spec | None:
    """What the records say of a parameter, of a table's row whichever; None where there is none."""
    table, _, rest = key.partition(".")
    columns = tables().get(table)
    return columns.get(rest.rpartition(".")[2]) if columns else singles().get(key)


def tidy(value: Any) -> Value:
    """A faultless value in the one type its kind has."""
    return value if value is None or isinstance(value, str | bool) else float(value)


def rank(value: Any, *, last: bool = False) -> float:
    """A number, or the first or last day of a date as one, to compare two of a kind."""
    if isinstance(value, str):
        return float((last_day if last else first_day)(value).toordinal())
    return float(value)


def is_date(text: str) -> bool:
    """Whether a text is 'YYYY', 'YYYY-MM' or 'YYYY-MM-DD' and such a day exists, near our time."""
    try:
        return bool(DATE.fullmatch(text)) and YEARS[0] <= first_day(text).year <= YEARS[1]
    except ValueError:
        return False


@cache
def singles() -> dict[str, Spec]:
    """Every single value: its id and its specification."""
    topics = [(name, hint) for name, hint in _topics().items() if get_origin(hint) is not dict]
    return dict(leaf for topic in topics for leaf in _walk(*topic))


@cache
def tables() -> dict[str, Columns]:
    """Every table: its name and the specification of each column."""
    return {
        name: {column: _spec(cell) for column, cell in _hints(get_args(hint)[1]).items()}
        for name, hint in _topics().items()
        if get_origin(hint) is dict
    }


def _topics() -> dict[str, Any]:
    """The fields of the tree that hold parameters: records and tables, not what is noted as set."""
    return {name: hint for name, hint in _hints(records.Params).items() if name != "held"}


def _walk(path: str, hint: Any) -> list[tuple[str, Spec]]:
    if not is_dataclass(hint):
        return [(path, _spec(hint))]
    return [leaf for name, inner in _hints(hint).items() for leaf in _walk(f"{path}.{name}", inner)]


def _hints(cls: Any) -> dict[str, Any]:
    hints = get_type_hints(cls, include_extras=True)
    return {field.name: hints[field.name] for field in fields(cls)}


def _spec(hint: Any) -> Spec:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        inner = _spec(next(part for part in get_args(hint) if part is not types.NoneType))
        return Spec(inner.unit, True, inner.choices)
    if origin is Literal:
        return Spec("choice", choices=get_args(hint))
    if origin is Annotated:
        (unit,) = hint.__metadata__
        return Spec(unit)
    raise TypeError(f"a record field without a unit: {hint!r}; use a type of euromesh.units")
