"""Refusing settings that mean nothing, by name, with what would be right."""

from __future__ import annotations

from euromesh.elementwise import everywhere, least
from euromesh.records.base import InputError
from euromesh.units import Values


def need_at_least(name: str, value: Values, least: float) -> None:
    """Refuse a value, or any element of an array, below the least that makes sense."""
    if not everywhere(value >= least):
        raise InputError(f"{name} must be at least {least:g}, got {value}")


def need_whole(name: str, value: Values) -> None:
    """Refuse a count, or any element of an array, that is no whole number of at least 1."""
    if not everywhere((value % 1 == 0) & (value >= 1)):
        raise InputError(f"{name} must be a whole number of at least 1, got {least(value):g}")


def need_some(name: str, values: object) -> None:
    """Refuse a set of sites or links that is empty."""
    if not values:
        raise InputError(
            f"{name} must hold at least one entry, got none: grant a share of a machine"
        )
