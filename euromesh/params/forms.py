"""Mappings of a file as pydantic models, and what does not fit as faults."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from euromesh.params.files import Faults
from euromesh.params.spec import Spec
from euromesh.params.texts import quoted, typed
from euromesh.params.values import fault

HOW_FIX = "seen, derived or assumed; a value never read in a source is assumed, with a range"


class Form(BaseModel):
    """What a mapping of a file may hold: these keys and no others, each of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


Model = TypeVar("Model", bound=Form)


def parsed(model: type[Model], data: object, file: str, key: str, faults: Faults) -> Model | None:
    """The data as the model, or None and a fault for each thing that does not fit."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for found in error.errors():
            field = ".".join(str(part) for part in found["loc"])
            where = f"{key}.{field}" if field else key
            near = (field, model.model_fields) if found["type"] == "extra_forbidden" else None
            faults.add(_sentence(field, found), file, where, near)
        return None


def _sentence(field: str, found: Any) -> str:
    kind, got = found["type"], quoted(found["input"])
    if field == "how" and kind != "missing":
        return f"how must be {HOW_FIX}, got {got}"
    return {
        "missing": f"{field} is missing",
        "extra_forbidden": f"unknown key {typed(field)}",
        "string_type": f"{field} must be a text, in quotes where YAML reads a number, got {got}",
        "float_type": f"{field} {fault(Spec('number'), found['input'])}, got {got}",
        "value_error": str(found.get("ctx", {}).get("error")),
    }.get(kind, f"{field or 'entry'}: {found['msg'].lower()}, got {got}")
