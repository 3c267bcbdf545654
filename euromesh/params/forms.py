"""The form of a leaf, a source and a scenario as the files write them, and the library's records.

One pydantic model holds the provenance that single values and table rows share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from euromesh.params.files import Place
from euromesh.params.spec import Spec, is_date
from euromesh.params.texts import Value, quoted, typed

if TYPE_CHECKING:
    from euromesh.params.shapes import Shape

HOW_FIX = "seen, derived or assumed; a value never read in a source is assumed, with a range"


class Form(BaseModel):
    """What a mapping of a file may hold: these keys and no others, each of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Provenance(Form):
    """Where a value comes from: of a single value, or of a whole row of a table."""

    as_of: str
    how: Literal["seen", "derived", "assumed"]
    confidence: Literal["low", "medium", "high"]
    note: str = ""
    sources: list[str] = Field(default_factory=list)
    seen_at: str = ""
    formula: str = ""
    why: str = ""

    def check(self, here: Place) -> None:
        """What `how` asks for is there: sources for what was seen, a formula, a reason."""
        if not is_date(self.as_of):
            here.add(f"as_of must be a date such as 2026-10, got {quoted(self.as_of)}")
        if self.how != "assumed" and not self.sources:
            here.add(f"sources must be given for a value that is {self.how}")
        for how, word, told in (("derived", "formula", self.formula), ("assumed", "why", self.why)):
            if self.how == how and not told.strip():
                here.add(f"{word} must be given for a value that is {how}")


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


Model = TypeVar("Model", bound=BaseModel)


def parsed(model: type[Model], data: object, here: Place) -> Model | None:
    """The data as the model, or None and a fault for each thing that does not fit."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for found in error.errors():
            word = ".".join(str(part) for part in found["loc"])
            near = (word, model.model_fields) if found["type"] == "extra_forbidden" else None
            here.at(*found["loc"]).add(_sentence(word, found), near)
        return None


def _sentence(word: str, found: Any) -> str:
    kind, got = found["type"], quoted(found["input"])
    if word == "how" and kind != "missing":
        return f"how must be {HOW_FIX}, got {got}"
    return {
        "missing": f"{word} is missing",
        "extra_forbidden": f"unknown key {typed(word)}",
        "string_type": f"{word} must be a text, in quotes where YAML reads a number, got {got}",
        "float_type": f"{word} {Spec('number').fault(found['input'])}, got {got}",
        "value_error": str(found.get("ctx", {}).get("error")),
    }.get(kind, f"{word or 'entry'}: {found['msg'].lower()}, got {got}")
