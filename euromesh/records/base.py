"""What makes a record: frozen, slotted, and exact about its fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


class InputError(ValueError):
    """Parameters that are valid one by one and do not fit together; the text names them."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
def record(cls: type[T]) -> type[T]:
    """A frozen, slotted dataclass that a validator holds to its fields and types exactly."""
    config: Any = {"extra": "forbid", "strict": True, "allow_inf_nan": False}
    cls.__pydantic_config__ = config  # type: ignore[attr-defined]
    return dataclass(frozen=True, slots=True, kw_only=True)(cls)
