"""A view of the records that notes the first read of each field: what a table depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any, cast

from euromesh.records import Params


class Watched:
    """A record whose fields are noted by id when they are first read; then they are its own."""

    def __init__(self, record: Any, path: str, read: set[str]) -> None:
        self._record, self._path, self._read = record, path, read

    def __getattr__(self, name: str) -> Any:
        path = f"{self._path}.{name}" if self._path else name
        found = _seen(getattr(self._record, name), path, self._read)
        setattr(self, name, found)
        return found


class WatchedTable(Mapping[str, Any]):
    """A table whose cells are noted by id when they are first read."""

    def __init__(self, rows: Mapping[str, Any], path: str, read: set[str]) -> None:
        self._rows, self._path, self._read = rows, path, read
        self._known: dict[str, Any] = {}

    def __getitem__(self, row: str) -> Any:
        if row not in self._known:
            self._known[row] = _seen(self._rows[row], f"{self._path}.{row}", self._read)
        return self._known[row]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


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


def _seen(value: Any, path: str, read: set[str]) -> Any:
    if is_dataclass(value):
        return Watched(value, path, read)
    if isinstance(value, Mapping):
        return WatchedTable(value, path, read)
    read.add(path)
    return value
