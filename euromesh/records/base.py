"""What makes a record: frozen, and exact about its fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, dataclass_transform


class InputError(ValueError):
    """Parameters that are valid one by one and do not fit together; the text names them."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Record:
    """A frozen dataclass that a validator holds to its fields and types exactly."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid", "strict": True, "allow_inf_nan": False}

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True, kw_only=True)(cls)
