"""What the pages of the sources show: results with the inputs they read, parameters, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from euromesh.book.values import Value, own_format, printed
from euromesh.params import Library, Parameter, Source


@dataclass(frozen=True, slots=True)
class Group:
    """Inputs of one table that share their columns: rows x columns is exactly these ids."""

    table: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A run seen from its sources."""

    results: Mapping[str, Mapping[str, Any]]
    resolved: Mapping[str, Any]
    parameters: Mapping[str, Parameter]
    tables: tuple[str, ...]
    sources: Mapping[str, Source]

    @classmethod
    def of(
        cls, results: Mapping[str, Any], resolved: Mapping[str, Any], library: Library
    ) -> Evidence:
        """Bring a run and the library of parameters together."""
        return cls(results, resolved, library.parameters, tuple(library.tables), library.sources)

    def split(self, key: str) -> tuple[str, str, str] | None:
        """Table, row and column of a cell's id; nothing for a single parameter."""
        table, _, rest = key.partition(".")
        if table not in self.tables:
            return None
        row, _, column = rest.rpartition(".")
        return table, row, column

    def target(self, key: str) -> str:
        """The label of the entry where a parameter's sources stand: a cell's is its row's."""
        cell = self.split(key)
        return f"value-{cell[0]}.{cell[1]}" if cell else f"value-{key}"

    def value(self, key: str) -> Any:
        """The value of a parameter in this run."""
        return self.resolved.get(key, self.parameters[key].value)

    def text(self, key: str) -> str:
        """The value of a parameter in this run, as printed."""
        value = self.value(key)
        return printed(value, own_format(value))

    def rows(self, table: str) -> list[str]:
        """The rows of a table, in the order of its file."""
        cells = (self.split(key) for key in self.parameters)
        return list(dict.fromkeys(cell[1] for cell in cells if cell and cell[0] == table))

    def columns(self, table: str) -> list[str]:
        """The columns of a table, in the order of its file."""
        cells = (self.split(key) for key in self.parameters)
        return list(dict.fromkeys(cell[2] for cell in cells if cell and cell[0] == table))

    def singles(self) -> list[str]:
        """The parameters that stand in no table."""
        return [key for key in self.parameters if self.split(key) is None]

    def as_values(self) -> dict[str, dict[str, Any]]:
        """What the `val` role may print: every result and every parameter."""
        values = {key: self._parameter_value(key) for key in self.parameters}
        values |= {key: _result_value(key, entry) for key, entry in self.results.items()}
        return values

    def _parameter_value(self, key: str) -> dict[str, Any]:
        unit = self.parameters[key].unit or ""
        return {"value": self.value(key), "unit": unit, "format": "", "target": self.target(key)}

    def grouped(self, keys: Sequence[str]) -> tuple[list[str], list[Group]]:
        """Inputs of a result: the single ones, and those of tables by rows that share columns."""
        singles = [key for key in keys if self.split(key) is None]
        columns: dict[tuple[str, str], list[str]] = {}
        for key in keys:
            cell = self.split(key)
            if cell:
                columns.setdefault(cell[:2], []).append(cell[2])
        rows: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for (table, row), names in columns.items():
            rows.setdefault((table, tuple(names)), []).append(row)
        groups = [Group(table, tuple(found), names) for (table, names), found in rows.items()]
        return singles, groups


def _result_value(key: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    shown = Value(
        entry["value"], entry["unit"], entry["format"], f"value-{key}", entry.get("bound", "")
    )
    return {name: getattr(shown, name) for name in Value.__slots__}
