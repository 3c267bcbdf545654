"""The benchmark: contenders agree before they are timed, and its tables stand in the book."""

import csv
import platform
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from euromesh import routes, sensitivity
from euromesh.book import excerpts
from tests import bench, bench_goals, bench_peers, bench_timing
from tests.bench_peers import SEED, Answer, Contest, DisagreementError

TINY = bench_timing.Sizes(rounds=3, least_s=0.0, draws=2**10, late_draws=8, words=2**10)
Wins = Callable[[int, int], np.ndarray]
CONTESTS = bench_peers.contests(TINY.draws, TINY.base)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other library is installed."""
    monkeypatch.setattr(bench_peers, "find_spec", lambda _: None)


@pytest.mark.parametrize("contest", CONTESTS, ids=lambda one: f"{one.peer}: {one.model}")
def test_our_answer_and_those_of_installed_libraries_are_the_true_one(contest: Contest) -> None:
    bench_peers.check_agreement(contest.model, contest.answers())


def test_contenders_that_disagree_are_not_timed() -> None:
    wrong = replace(CONTESTS[0], truth=(1.0, 2.0))
    with pytest.raises(DisagreementError, match=r"piano tuners.*ours and the truth"):
        bench_peers.check_agreement(wrong.model, wrong.answers())
    lost = Answer(np.array([np.nan]), np.array([1.0]))
    with pytest.raises(DisagreementError):
        bench_peers.check_agreement("a model", {"one": lost, "other": lost})


@pytest.mark.usefixtures("alone")
def test_a_library_that_is_absent_is_named_and_not_timed() -> None:
    found = list(bench.against_peers(TINY, ""))
    heads, *rows = bench.peer_rows(found)
    assert [row[2] for row in rows] == ["not installed"] * len(CONTESTS)
    assert {row[1] for row in rows} == {"squigglepy", "SALib", "chaospy", "openturns"}
    assert {len(row) for row in rows} == {len(heads)}
    assert len(bench.cost_rows(found)) == 1
    assert bench.peer_goal(found).row[-1] == "not measured"


def test_contenders_take_turns_and_every_round_counts() -> None:
    order: list[str] = []
    calls: list[Callable[[], object]] = [lambda: order.append("a"), lambda: order.append("b")]
    timings = bench_timing.in_turns(calls, TINY)
    assert [len(one.seconds) for one in timings] == [TINY.rounds] * 2
    assert order[4:] == ["a", "b", "b", "a", "a", "b"]  # after the calls that warm up


def test_a_ratio_lies_in_its_interval() -> None:
    ours = bench_timing.Timing(np.array([1.0, 2.0, 1.5]), np.zeros(3))
    theirs = bench_timing.Timing(np.array([3.0, 8.0, 4.8]), np.zeros(3))
    found = bench_timing.times_as_fast(ours, theirs)
    assert found.value == pytest.approx(3.2)
    assert found.low <= found.value <= found.high
    assert str(found) == "3.20 (3.00 to 4.00)"


def test_the_month_loop_is_the_same_race() -> None:
    late = bench_goals.lateness(TINY.late_draws)
    heads, *rows = bench_goals.late_rows(late)
    assert {row[0] for row in rows} <= {kind.label for kind in routes.ROUTES.values()}
    assert {len(row) for row in rows} == {len(heads)}


def test_indices_take_two_evaluations_and_one_more_for_every_input() -> None:
    seen: list[int] = []

    def counted(points: np.ndarray) -> np.ndarray:
        seen.append(len(points))
        return bench_goals.product_model(points)

    design = sensitivity.Design(dimensions=5, leading=0, n=1024, seed=SEED)
    sensitivity.evaluate(counted, {f"x{k}": [k] for k in range(5)}, design)
    assert sum(seen) == 1024 * (5 + 2)


def test_the_goal_of_many_inputs_checks_the_indices() -> None:
    small = replace(TINY, wide=4, wide_base=1024)
    assert "4 inputs, N = 1,024, 1,000 resamples" in bench_goals.wide_goal(small).asked


@pytest.mark.parametrize("made", [bench_goals.wins, bench_goals.integrated_wins])
def test_a_probability_of_every_block_has_an_error(made: Wins) -> None:
    found = made(bench_goals.BLOCKS, 4)
    assert found.shape == (bench_goals.BLOCKS,) and (found >= 0).all() and (found <= 1).all()
    assert bench_goals.half_width(found) > bench_goals.HALF_WIDTH


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(12.34, "12.3 s"), (0.5, "500 ms"), (9.999e-4, "1,000 µs"), (2e-8, "20.0 ns"), (0, "0 ns")],
)
def test_times_are_printed_to_three_digits(seconds: float, text: str) -> None:
    assert bench_timing.span(seconds).replace(bench_timing.NBSP, " ") == text


def test_the_tables_go_through_the_file_to_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_draw = bench_timing.Timing(np.array([1e-4]), np.array([0.0]))
    tables: dict[str, bench_timing.Rows] = {
        "found": [("It is, of course, faster.",), ("So be it.",)],
        "limits": bench_timing.limit_rows(a_draw, TINY),
    }
    bench.write(tables, tmp_path / "data" / "bench.csv")
    monkeypatch.setattr(excerpts, "MEASURED", tmp_path / "data" / "bench.csv")
    assert excerpts.findings(None) == "It is, of course, faster. So be it.\n"  # type: ignore[arg-type]
    lines = excerpts.measured("limits", None).splitlines()  # type: ignore[arg-type]
    assert lines[0] == "| limit of this machine, one core | measured |"
    assert len(lines) == 1 + len(tables["limits"])
    assert "[limits]" in bench.shown(tables)


def test_the_stored_tables_are_whole_and_name_no_place_or_host() -> None:
    text = excerpts.MEASURED.read_text(encoding="utf-8")
    rows = list(csv.reader(text.splitlines()))
    assert {row[0] for row in rows} == {"found", *excerpts.BENCH}
    for name in excerpts.BENCH:
        widths = {len(row) for row in rows if row[0] == name}
        assert len(widths) == 1, f"{name} is no table; run: make bench"
    made = {row[1] for row in rows if row[0] == "made"}
    assert {"date", "machine", "Python", "numpy", "scipy"} <= made
    for word in (str(bench_timing.ROOT), str(Path.home()), platform.node(), "/tmp"):
        assert len(word) < 3 or word not in text
