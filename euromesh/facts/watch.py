"""A view of the records that notes the first read of each field: what a table depends on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import is_dataclass
from typing import Any, cast

from euromesh.records import Params


class Watched:
    """A record whose fields are noted by id when they are first read; then they are its own."""

    def __init__(self, record: Any, path: str, read: set[str]) -> None:
        self._record, self._path, self._read = record, path, read

    def __getattr__(self, name: str) -> Any:
        found, path = getattr(self._record, name), f"{self._path}{name}"
        if is_dataclass(found):
            found = Watched(found, f"{path}.", self._read)
        elif isinstance(found, dict):
            rows = found.items()
            found = {row: Watched(one, f"{path}.{row}.", self._read) for row, one in rows}
        else:
            self._read.add(path)
        setattr(self, name, found)
        return found


def watched(params: Params, read: set[str] | None = None) -> tuple[Params, set[str]]:
    """The parameters behind a view, and the set that collects the ids read through it."""
    noted: set[str] = set() if read is None else read
    return cast(Params, Watched(params, "", noted)), noted


def plain(params: Params) -> Params:
    """The records behind a view; records that are no view are their own."""
    return cast(Params, params._record) if isinstance(params, Watched) else params


def note(params: Params, ids: Iterable[str]) -> None:
    """Note ids as read through a view; nothing happens where the records are no view."""
    if isinstance(params, Watched):
        params._read.update(ids)


def noting(params: Params, other: Params) -> Params:
    """Other records behind a view that notes into the same set; as they are if there is none."""
    return watched(other, params._read)[0] if isinstance(params, Watched) else other
