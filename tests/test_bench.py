"""The benchmark: contenders agree before they are timed, and its tables stand in the book."""

import csv
import platform
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from euromesh.book import excerpts
from tests import bench

TINY = bench.Sizes(rounds=3, least_s=0.0, draws=2**10)
CONTESTS = bench.contests(TINY.draws, TINY.base)


@pytest.mark.parametrize("contest", CONTESTS, ids=lambda one: f"{one.peer}: {one.model}")
def test_our_answer_is_the_true_one(contest: bench.Contest) -> None:
    contest.check(absent=True)


def test_contenders_that_disagree_are_not_timed() -> None:
    with pytest.raises(SystemExit, match="piano tuners.* is not "):
        replace(CONTESTS[0], truth=(1.0, 2.0)).check(absent=True)


def test_a_library_that_is_absent_is_named_and_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "find_spec", lambda _: None)
    (heads, *rows), goal = bench.raced(TINY)
    assert [row[2] for row in rows] == ["not installed"] * len(CONTESTS)
    assert {len(row) for row in rows} == {len(heads)}
    assert goal[-1] is None


def test_contenders_take_turns_and_every_round_counts() -> None:
    order: list[str] = []
    calls: list[Callable[[], object]] = [lambda: order.append("a"), lambda: order.append("b")]
    assert [len(one) for one in bench.in_turns(calls, TINY)] == [TINY.rounds] * 2
    assert order[4:] == ["a", "b", "b", "a", "a", "b"]  # after the calls that warm up


def test_a_ratio_lies_in_its_interval() -> None:
    found = bench.times_as_fast(np.array([1.0, 2.0, 1.5]), np.array([3.0, 8.0, 4.8]))
    assert found == (pytest.approx(3.2), "3.2 (3 to 4)")


def test_a_probability_of_few_draws_has_a_wide_interval() -> None:
    assert 0.5 > bench.half_width(8) > bench.HALF_WIDTH


@pytest.mark.parametrize(("value", "text"), [(12.34, "12.3 s"), (0.5, "500 ms"), (2e-5, "0.02 ms")])
def test_times_are_printed_to_three_digits(value: float, text: str) -> None:
    assert bench.seconds(value) == text


def test_the_stored_tables_are_whole_and_name_no_place_or_host() -> None:
    text = excerpts.MEASURED.read_text(encoding="utf-8")
    assert {row[0] for row in csv.reader(text.splitlines())} == {"found", *excerpts.BENCH}
    for name in excerpts.BENCH:
        widths = set(map(len, excerpts.stored(name)))
        assert len(widths) == 1, f"{name} is no table; run: make bench"
    assert {row[0] for row in excerpts.stored("made")} >= {"date", "machine", "Python", "scipy"}
    for word in (str(excerpts.ROOT), str(Path.home()), platform.node(), "/tmp"):
        assert len(word) < 3 or word not in text
    assert excerpts.findings(None).endswith(".\n")  # type: ignore[arg-type]
    heads = excerpts.measured("targets", None).splitlines()[0]  # type: ignore[arg-type]
    assert heads == "| target | limit | measured | verdict |"
