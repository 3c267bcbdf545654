"""What is kept of the compiled loops: renewed, renamed, read-only, and written twice at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from euromesh.ensemble import compiled
from euromesh.search import moments, teams

WORK = """
from typing import NamedTuple

class Pair(NamedTuple):
    one: float
    other: float

def total(pair):
    return pair.one + pair.other

def doubled(value):
    pair = Pair(value, value)
    return total(pair)
"""
ENTRY = """
import sys
import numpy as np
import work
from euromesh.ensemble import compiled

DOUBLED = compiled.parts(work)["doubled"]

@compiled.entry(work)
def all_doubled(values):
    found = values.copy()
    for row in range(len(values)):
        found[row] = DOUBLED(values[row])
    return found

print(all_doubled(np.array([1.0, 2.5])).tolist(), len(all_doubled.stats.cache_hits))
"""
FRESH, KEPT = "[2.0, 5.0] 0", "[2.0, 5.0] 1"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a module that is compiled, and the entry that is made of it."""
    (tmp_path / "work.py").write_text(WORK, encoding="utf-8")
    (tmp_path / "entry.py").write_text(ENTRY, encoding="utf-8")
    return tmp_path


def started(place: Path, **environment: str) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(place), *sys.path])
    inherited = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    return subprocess.Popen(
        [sys.executable, str(place / "entry.py")],
        env=inherited | {"PYTHONPATH": path} | environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def printed(process: subprocess.Popen[str]) -> str:
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return told.strip()


def change(place: Path, old: str, new: str) -> None:
    text = (place / "work.py").read_text(encoding="utf-8")
    assert old in text
    (place / "work.py").write_text(text.replace(old, new), encoding="utf-8")


def test_it_follows_the_text_of_what_it_is_made_of(place: Path) -> None:
    """And comes back with it: the entry stands in another file, which does not change."""
    assert printed(started(place)) == FRESH
    assert printed(started(place)) == KEPT
    change(place, "pair.one +", "10 * pair.one +")
    assert printed(started(place)) == "[11.0, 27.5] 0"
    change(place, "10 * pair.one +", "pair.one +")
    assert printed(started(place)) == KEPT


def test_a_class_may_be_renamed(place: Path) -> None:
    assert printed(started(place)) == FRESH
    change(place, "Pair", "Couple")
    assert printed(started(place)) == FRESH
    assert printed(started(place)) == KEPT


@pytest.mark.parametrize(
    ("in_the_way", "home", "second"),
    [(["__pycache__", "home"], "home", FRESH), (["__pycache__"], ".", KEPT)],
)
def test_where_it_cannot_be_kept_beside_the_module_the_user_keeps_it(
    place: Path, in_the_way: list[str], home: str, second: str
) -> None:
    """Or it is compiled each time, where the user's folder cannot be written either."""
    for name in in_the_way:
        (place / name).write_text("", encoding="utf-8")
    user = {"HOME": str(place / home), "XDG_CACHE_HOME": str(place / home / "cache")}
    found = [printed(started(place, PYTHONDONTWRITEBYTECODE="1", **user)) for _ in range(2)]
    assert found == [FRESH, second]


def test_two_processes_may_begin_at_once(place: Path) -> None:
    both = [started(place), started(place)]
    assert {printed(one) for one in both} <= {FRESH, KEPT}
    assert printed(started(place)) == KEPT


def test_the_compiled_names_are_those_of_the_modules_and_call_each_other() -> None:
    made = compiled.parts(moments, teams)
    assert {"finish", "gather", "fastest", "together"} <= made.keys()
    assert made["finish"].py_func.__globals__["fastest"] is made["fastest"]
    assert moments.finish is not made["finish"]
