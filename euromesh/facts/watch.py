"""A view of the records that notes the first read of each field: what a table depends on."""

from __future__ import annotations

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


def watched(params: Params, read: set[str]) -> Params:
    """The parameters behind a view; the ids that are read through it are added to the set."""
    return cast(Params, Watched(params, "", read))


def plain(params: Params) -> Params:
    """The records behind a view; records that are no view are their own."""
    return cast(Params, params._record) if isinstance(params, Watched) else params
