"""The form of a leaf, a source and a scenario as the files write them.

One pydantic model holds the provenance that single values and table rows share.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from euromesh.params.files import Place
from euromesh.params.spec import Spec, is_date
from euromesh.params.texts import quoted, typed

HOW_FIX = "seen, derived or assumed; a value never read in a source is assumed, with a range"
PAGE: Final = r"^(https?://[^\s/]+/\S+)?$"  # a host alone is no page
READ: Final = "give accessed, the day the page itself was read, or read_at, the copy that was read"


class Form(BaseModel):
    """What a mapping of a file may hold: these keys and no others, each of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def _day(text: str, info: ValidationInfo) -> str:
    if text and not is_date(text):
        raise ValueError(f"{info.field_name} must be a date such as 2026-10, got {quoted(text)}")
    return text


def _page(url: str) -> str:
    if not re.fullmatch(PAGE, url):
        fix = "must be the address of a page, or '' where it is not known"
        raise ValueError(f"url {fix}, got {quoted(url)}")
    return url


Text = Annotated[str, Field(min_length=1)]
Day = Annotated[str, AfterValidator(_day)]
Known = Annotated[Text, AfterValidator(_day)]  # a day that is given


class Provenance(Form):
    """Where a value comes from: of a single value, or of a whole row of a table."""

    as_of: Known
    how: Literal["seen", "derived", "assumed"]
    confidence: Literal["low", "medium", "high"]
    note: str = ""
    sources: list[str] = Field(default_factory=list)
    seen_at: str = ""
    formula: str = ""
    why: str = ""

    def check(self, here: Place) -> None:
        """What `how` asks for is there: sources for what was seen, a formula, a reason."""
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
    label: str = ""  # in words, within a sentence, if its id does not say it
    low: Any = None
    high: Any = None
    distribution: Any = None
    unit: str | None = None


class SourceEntry(Form):
    """An entry of sources.yaml: read at its page on a day, or in a copy."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [word]} for word in ("accessed", "read_at")]}
    )

    title: Text
    publisher: Text
    url: Annotated[str, AfterValidator(_page), WithJsonSchema({"type": "string", "pattern": PAGE})]
    date: Day
    accessed: Known = ""
    read_at: Text = ""
    licence: Text

    @model_validator(mode="after")
    def _read_in_one_way(self) -> SourceEntry:
        """No date is printed on which nobody read the page."""
        if bool(self.accessed) == bool(self.read_at):
            got = "both" if self.accessed else "neither"
            raise ValueError(f"{READ}: one of the two, got {got}")
        return self


class Source(SourceEntry):
    """What was read, as the bibliography prints it, with its key."""

    key: str


class Scenario(Form):
    """Named values that replace the central ones: an entry of scenarios.yaml."""

    why: Text
    set: dict[str, Any]


Model = TypeVar("Model", bound=BaseModel)


def parsed(model: type[Model], data: object, here: Place) -> Model | None:
    """The data as the model, or None and a fault for each thing that does not fit."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for found in error.errors():
            word = ".".join(str(part) for part in found["loc"])
            is_unknown = found["type"] == "extra_forbidden" and len(found["loc"]) == 1
            near = (word, model.model_fields) if is_unknown else None
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
