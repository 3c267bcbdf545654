"""How numbers are stored: a line each in `results.json`, and what they read in `lineage.json`.

Many numbers read the same inputs, so a number holds the digest of its set and the lineage each set
once: single ids, and for every table rows x columns.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from itertools import chain, product
from pathlib import Path
from typing import Any, Final

from euromesh import params
from euromesh.facts.tables import Number

RESULTS: Final = "results.json"
LINEAGE: Final = "lineage.json"
SIGNIFICANT_DIGITS: Final = 10
LENGTH: Final = 6  # characters of a digest, of six bits each


def results_text(found: Mapping[str, Number]) -> str:
    """The exact text of `results.json`: a line a number, keys sorted, ten significant digits."""
    rows = {}
    for key, number in found.items():
        row = asdict(number) | {"inputs": digest(number.inputs)}
        if isinstance(number.value, float):
            row["value"] = float(f"{number.value:.{SIGNIFICANT_DIGITS}g}")
        rows[key] = {name: one for name, one in row.items() if one is not None}
    return _lines("numbers", rows)


def lineage_text(found: Mapping[str, Number]) -> str:
    """The exact text of `lineage.json`: a line a set of inputs, by its digest."""
    sets = {digest(number.inputs): _grouped(number.inputs) for number in found.values()}
    return _lines("sets", sets)


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """The numbers of a run with the ids that each read, by key."""
    results, lineage = (
        json.loads((folder / name).read_text(encoding="utf-8")) for name in (RESULTS, LINEAGE)
    )
    sets = {}
    for name, told in lineage["sets"].items():
        cells = (
            map(".".join, product([table], rows, columns)) for table, rows, columns in told["cells"]
        )
        sets[name] = sorted([*told["ids"], *chain(*cells)])
    return {key: row | {"inputs": sets[row["inputs"]]} for key, row in results["numbers"].items()}


def digest(inputs: Iterable[str]) -> str:
    """The digest of a set of ids."""
    found = hashlib.sha256("\n".join(sorted(inputs)).encode()).digest()
    return urlsafe_b64encode(found).decode()[:LENGTH]


def _lines(name: str, rows: Mapping[str, Any]) -> str:
    told = (f"{json.dumps(key)}:{_tight(row)}" for key, row in sorted(rows.items()))
    return f'{{"{name}": {{\n' + ",\n".join(told) + "\n}}\n"


def _tight(row: Any) -> str:
    return json.dumps(row, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def _grouped(inputs: Iterable[str]) -> dict[str, Any]:
    """Single ids, and by table the groups of rows that share their columns."""
    singles: list[str] = []
    columns: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key in sorted(inputs):
        table, _, rest = key.partition(".")
        if table in params.library().tables:
            row, _, column = rest.rpartition(".")
            columns[table, row].append(column)
        else:
            singles.append(key)
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (table, row), names in columns.items():
        groups[table, tuple(names)].append(row)
    return {"ids": singles, "cells": [[t, rows, list(c)] for (t, c), rows in groups.items()]}
