"""The form of a leaf, a source and a scenario as the files write them, and the library's records.

One pydantic model holds the provenance that single values and table rows share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from euromesh.params.files import Faults
from euromesh.params.forms import Form
from euromesh.params.shapes import Shape
from euromesh.params.texts import Value, quoted
from euromesh.params.values import is_date

How = Literal["seen", "derived", "assumed"]
Confidence = Literal["low", "medium", "high"]


class Provenance(Form):
    """Where a value comes from: of a single value, or of a whole row of a table."""

    as_of: str
    how: How
    confidence: Confidence
    note: str = ""
    sources: list[str] = Field(default_factory=list)
    seen_at: str = ""
    formula: str = ""
    why: str = ""


class Leaf(Provenance):
    """A single value as YAML writes it; value and range are checked against the record.

    `distribution` is a name or a mapping: module `statements`.
    """

    value: Any
    low: Any = None
    high: Any = None
    distribution: Any = None
    unit: str | None = None


class SourceEntry(Form):
    """An entry of sources.yaml."""

    title: str = Field(min_length=1)
    publisher: str = Field(min_length=1)
    url: str = Field(pattern=r"^(https?://\S+)?$")
    date: str
    accessed: str
    licence: str = Field(min_length=1)


class Source(SourceEntry):
    """What was read, as the bibliography prints it, with its key."""

    key: str


class Scenario(Form):
    """Named values that replace the central ones: an entry of scenarios.yaml."""

    why: str = Field(min_length=1)
    set: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter with its range and its provenance."""

    id: str
    file: str
    value: Value
    low: Value
    high: Value
    distribution: Shape | None  # None: spread from low over the value to high
    unit: str  # of a number; else its kind: date, text, flag or choice
    as_of: str
    sources: tuple[str, ...]
    how: str
    confidence: str
    note: str
    seen_at: str
    formula: str
    why: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its file, columns and row ids, in the order of the file."""

    name: str
    file: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]


def check_provenance(found: Provenance, file: str, key: str, faults: Faults) -> None:
    """What `how` asks for: sources for what was seen, a formula, a reason."""
    if not is_date(found.as_of):
        faults.add(f"as_of must be a date such as 2026-10, got {quoted(found.as_of)}", file, key)
    if found.how != "assumed" and not found.sources:
        faults.add(f"sources must be given for a value that is {found.how}", file, key)
    if found.how == "derived" and not found.formula.strip():
        faults.add("formula must be given for a value that is derived", file, key)
    if found.how == "assumed" and not found.why.strip():
        faults.add("why must be given for a value that is assumed", file, key)
