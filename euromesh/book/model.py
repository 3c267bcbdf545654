"""What the pages of the sources show: results with the inputs they read, parameters, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from euromesh.book.values import Value, as_text
from euromesh.params import Library, Parameter, Source, Table


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
    tables: Mapping[str, Table]
    sources: Mapping[str, Source]

    @classmethod
    def of(
        cls, results: Mapping[str, Any], resolved: Mapping[str, Any], library: Library
    ) -> Evidence:
        """Bring a run and the library of parameters together."""
        return cls(results, resolved, library.parameters, library.tables, library.sources)

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
        return as_text(self.value(key))

    def singles(self) -> list[str]:
        """The parameters that stand in no table."""
        return [key for key in self.parameters if self.split(key) is None]

    def as_values(self) -> dict[str, dict[str, Any]]:
        """What the `val` role prints: results, and parameters with range (`.low`) and `.as_of`."""
        values = {}
        for key, parameter in self.parameters.items():
            ends = {"low": parameter.low, "high": parameter.high, "as_of": parameter.as_of}
            values[key] = self._printable(key, self.value(key))
            values |= {f"{key}.{end}": self._printable(key, found) for end, found in ends.items()}
        values |= {key: asdict(self.result(key)) for key in self.results}
        return values

    def result(self, key: str) -> Value:
        """A result as a page sees it."""
        entry = self.results[key]
        bound = entry.get("bound", "")
        return Value(entry["value"], entry["unit"], entry["format"], f"value-{key}", bound)

    def _printable(self, key: str, value: Any) -> dict[str, Any]:
        """A parameter, an end of its range or its date: all lead to the parameter's entry."""
        unit = self.parameters[key].unit or ""
        return asdict(Value(value, unit, "", self.target(key)))

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
