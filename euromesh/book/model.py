"""What the pages of the sources show: results with the inputs they read, parameters, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from euromesh.book.titles import Titles, title_of, titles
from euromesh.book.values import Value
from euromesh.params import Library


@dataclass(frozen=True, slots=True)
class Driver:
    """An input that moves a number, and the number with it at either end."""

    input: str
    name: str
    ends: Sequence[tuple[str, str]]  # what the input is, and what the number is then


@dataclass(frozen=True, slots=True)
class Counts:
    """How many inputs a result reads: single values by topic, rows and columns by table."""

    inputs: int
    topics: Mapping[str, int]
    tables: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A run seen from its sources."""

    results: Mapping[str, Mapping[str, Any]]
    resolved: Mapping[str, Any]
    library: Library
    drivers: Mapping[str, Sequence[Driver]] = field(default_factory=dict)

    def split(self, key: str) -> tuple[str, str, str] | None:
        """Table, row and column of a cell's id; nothing for a single parameter."""
        table, _, rest = key.partition(".")
        if table not in self.library.tables:
            return None
        row, _, column = rest.rpartition(".")
        return table, row, column

    def value(self, key: str) -> Any:
        """The value of a parameter in this run."""
        return self.resolved.get(key, self.library.parameters[key].value)

    def singles(self) -> list[str]:
        """The parameters that stand in no table."""
        return [key for key in self.library.parameters if self.split(key) is None]

    def target(self, key: str) -> str:
        """The label of the entry of a parameter: a cell has that of its row."""
        return f"value-{key.rpartition('.')[0] if self.split(key) else key}"

    def titles(self) -> Titles:
        """The rules by which numbers are called."""
        return titles(self.library)

    def title(self, key: str, known: Titles) -> str:
        """What a result or a parameter is called."""
        return title_of(key, known, self.library)

    def counts(self, inputs: Sequence[str]) -> Counts:
        """The inputs of a result, counted."""
        topics: dict[str, int] = {}
        cells: dict[str, tuple[set[str], set[str]]] = {}
        for key in inputs:
            if cell := self.split(key):
                rows, columns = cells.setdefault(cell[0], (set(), set()))
                rows.add(cell[1])
                columns.add(cell[2])
            else:
                name = key.partition(".")[0]
                topics[name] = topics.get(name, 0) + 1
        tables = {name: (len(rows), len(columns)) for name, (rows, columns) in cells.items()}
        return Counts(len(inputs), topics, tables)

    def result(self, key: str) -> Value:
        """A result as a page sees it."""
        entry = self.results[key]
        bound = entry.get("bound", "")
        return Value(entry["value"], entry["unit"], entry["format"], f"value-{key}", bound)

    def as_values(self) -> dict[str, dict[str, Any]]:
        """What the `val` role prints: results, and parameters with range (`.low`) and `.as_of`.

        Each leads to the entry where its sources stand: a cell to that of its row.
        """
        values = {}
        for key, parameter in self.library.parameters.items():
            ends = {"low": parameter.low, "high": parameter.high, "as_of": parameter.as_of}
            shown = {key: self.value(key)} | {f"{key}.{end}": at for end, at in ends.items()}
            for name, value in shown.items():
                values[name] = asdict(Value(value, parameter.unit or "", "", self.target(key)))
        return values | {key: asdict(self.result(key)) for key in self.results}
