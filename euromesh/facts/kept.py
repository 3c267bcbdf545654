"""Tables of facts that are computed once and kept in a folder, by what they are made from.

The folder is named by a digest of the parameters of a run and of the code, so that what is kept
is never of another run or of an older model. A table is one file, which appears when complete.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from euromesh import params as parameters
from euromesh.digests import digests
from euromesh.facts.tables import RECIPES, Facts, Made
from euromesh.folders import ROOT

FOLDER: Final = "EUROMESH_FACTS"  # of the environment: where tables are kept
RUNS: Final = 12  # of which tables are kept


class KeptFacts(Facts):
    """The tables of a run, read where they are kept and kept where they are made."""

    def __init__(self, folder: Path, scenario: str, overrides: Mapping[str, object] | None) -> None:
        super().__init__(scenario, overrides)
        self.folder = folder / digest(scenario, self.overrides)

    def _make(self, name: str) -> Made:
        path = self.folder / f"{name}.json"
        if path.exists():
            told = json.loads(path.read_text(encoding="utf-8"))
            sets = [frozenset(one) for one in told["sets"]]
            inputs = tuple(sets[place] for place in told["inputs"])
            return Made(RECIPES[name], tuple(tuple(row) for row in told["rows"]), inputs)
        made = super()._make(name)
        sets = list(dict.fromkeys(made.inputs))  # each of them once
        told = {
            "rows": made.rows,
            "inputs": [sets.index(one) for one in made.inputs],
            "sets": [sorted(one) for one in sets],
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(told), encoding="utf-8")
        part.replace(path)
        return made


def of(scenario: str = "central", overrides: Mapping[str, object] | None = None) -> KeptFacts:
    """The tables of a run by name: those that are kept, and those that are made now."""
    folder = Path(os.environ.get(FOLDER) or ROOT / "_build" / "facts")
    return KeptFacts(folder, scenario, overrides)


def prune(folder: Path) -> None:
    """Leave the tables of the last few runs in a folder."""
    kept = sorted(folder.glob("*/"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[RUNS:]:
        shutil.rmtree(path, ignore_errors=True)  # another command may do the same


@cache
def _code() -> dict[str, str]:
    return digests(ROOT, "params", "euromesh")


def digest(scenario: str, overrides: Mapping[str, object]) -> str:
    """A digest of all that the tables of a run are made from."""
    values = parameters.resolve(scenario, overrides)
    told = [scenario, sorted(overrides), values, _code()]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16]
