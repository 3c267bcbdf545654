"""What the pages of the sources show: results with the inputs they read, parameters, sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from euromesh.book.values import Value
from euromesh.params import Library


@dataclass(frozen=True, slots=True)
class Evidence:
    """A run seen from its sources."""

    results: Mapping[str, Mapping[str, Any]]
    resolved: Mapping[str, Any]
    library: Library

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
            target = f"value-{key.rpartition('.')[0] if self.split(key) else key}"
            ends = {"low": parameter.low, "high": parameter.high, "as_of": parameter.as_of}
            shown = {key: self.value(key)} | {f"{key}.{end}": at for end, at in ends.items()}
            for name, value in shown.items():
                values[name] = asdict(Value(value, parameter.unit or "", "", target))
        return values | {key: asdict(self.result(key)) for key in self.results}
