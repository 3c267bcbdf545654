"""A view of the records that notes each field read: what a number depends on is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any, cast

from euromesh.records import Params


class Watched:
    """A record whose fields are noted by id as they are read."""

    __slots__ = ("_path", "_read", "_record")

    def __init__(self, record: Any, path: str, read: set[str]) -> None:
        self._record, self._path, self._read = record, path, read

    def __getattr__(self, name: str) -> Any:
        path = f"{self._path}.{name}" if self._path else name
        return _seen(getattr(self._record, name), path, self._read)


class WatchedTable(Mapping[str, Any]):
    """A table whose cells are noted by id as they are read."""

    def __init__(self, rows: Mapping[str, Any], path: str, read: set[str]) -> None:
        self._rows, self._path, self._read = rows, path, read

    def __getitem__(self, row: str) -> Any:
        return _seen(self._rows[row], f"{self._path}.{row}", self._read)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def watched(params: Params) -> tuple[Params, set[str]]:
    """The parameters behind a view, and the set that collects the ids read through it."""
    read: set[str] = set()
    return cast(Params, Watched(params, "", read)), read


def plain(params: Params) -> Params:
    """The records behind a view; records that are no view are their own."""
    return cast(Params, params._record) if isinstance(params, Watched) else params


def seeing(params: Params, read: set[str]) -> Params:
    """Records behind a view that notes into a set."""
    return cast(Params, Watched(params, "", read))


def noted(params: Params) -> frozenset[str]:
    """What has been read through a view so far; nothing of records that are no view."""
    return frozenset(params._read) if isinstance(params, Watched) else frozenset()


def note(params: Params, ids: Iterable[str]) -> None:
    """Note ids as read through a view; nothing happens where the records are no view."""
    if isinstance(params, Watched):
        params._read.update(ids)


def noting(params: Params, other: Params) -> Params:
    """Other records behind a view that notes into the same set; as they are if there is none."""
    if not isinstance(params, Watched):
        return other
    return cast(Params, Watched(other, "", params._read))


def _seen(value: Any, path: str, read: set[str]) -> Any:
    if is_dataclass(value):
        return Watched(value, path, read)
    if isinstance(value, Mapping):
        return WatchedTable(value, path, read)
    read.add(path)
    return value
