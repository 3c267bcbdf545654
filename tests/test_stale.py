"""What is committed is what a fresh run gives; `make baseline` rewrites it."""

import json
import math

import pytest

from euromesh import facts, runs
from euromesh.facts import Number

pytestmark = pytest.mark.slow


def test_the_stored_notebooks_are_those_of_a_fresh_run() -> None:
    notebooks = runs.notebook_texts()
    assert notebooks
    stale = [path.name for path, text in notebooks.items() if path.read_text("utf-8") != text]
    assert not stale, "run: make baseline"


def test_the_golden_numbers_are_those_of_a_fresh_run(numbers: dict[str, Number]) -> None:
    stored = json.loads(runs.GOLDEN.read_text(encoding="utf-8"))["numbers"]
    now = json.loads(facts.results_text(numbers))["numbers"]
    assert stored.keys() == now.keys(), "run: make baseline"
    moved = [key for key in now if not same(stored[key], now[key])]
    assert not moved, "run: make baseline"


def same(a: object, b: object) -> bool:
    """Equal, with numbers to 1e-9: the last digits may differ between versions of a library."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, float) and isinstance(b, float | int):
        return math.isclose(a, b, rel_tol=1e-9)
    return a == b


def test_numbers_are_the_same_to_nine_digits_and_no_further() -> None:
    entry = {"value": 7.125, "unit": "years"}
    assert same(entry, entry | {"value": 7.125 * (1 + 1e-10)})
    assert not same(entry, entry | {"value": 7.125 * (1 + 1e-8)})
    assert not same(entry, entry | {"unit": "months"})
