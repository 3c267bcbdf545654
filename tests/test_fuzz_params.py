"""A sample of the mutations of parameter files, and that the search sees a reader that errs."""

import re
from collections import Counter

import pytest

from euromesh.params import statements, texts
from tests import fuzz_params


def test_no_mutation_ends_in_a_traceback_or_changes_a_value_in_silence() -> None:
    counts, failed = fuzz_params.fuzz(200, seed=1)
    assert not failed
    came = Counter[str]()
    for (_, outcome), count in counts.items():
        came[outcome] += count
    assert set(came) == {"refused", "as written", "nothing"} and min(came.values()) > 5
    kinds = {*fuzz_params.ANY, *fuzz_params.OF_YAML, *fuzz_params.OF_CSV}
    assert {asked for asked, _ in counts} == kinds


def test_a_number_that_is_read_otherwise_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "NUMBER", re.compile(r"[-+]?\d*[\d._]*\d(e[-+]?\d+)?"))
    found = (fuzz_params.fuzz(50, seed=4, first=50 * block)[1] for block in range(20))
    assert any("silent" in line for failures in found for line in failures)


def test_a_traceback_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "stated", lambda *_: {}["x"])
    assert any("traceback KeyError" in line for line in fuzz_params.fuzz(20, seed=7)[1])
