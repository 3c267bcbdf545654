"""Blocks of draws on threads and processes: one digest, whoever dies, and what the table says."""

from __future__ import annotations

import dataclasses
import math
import multiprocessing
import os
import sys
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh import blocks, params, runs
from euromesh.__main__ import main
from euromesh.blocks import workers
from euromesh.blocks.workers import Workers, tallied
from euromesh.ensemble import Plan, Tally, tally, tally_block
from euromesh.ensemble.tally import ONE, BlockSums
from euromesh.facts.draws import SEED
from euromesh.routes import ROUTES
from tests.test_cli import call

CENTRAL = params.load()
PLAN = Plan(CENTRAL, ("llama_405b",), n_blocks=8, n_points=8, seed=7)
BLOCKS = [tally_block(PLAN, index) for index in range(8)]
WHOLE = reduce(Tally.__add__, BLOCKS)
NAMES = list(ROUTES)


def test_the_chunk_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = dataclasses.replace(PLAN, targets=("llama_405b", "run_1e26"), n_points=512)
    once = tally_block(plan, 5).digest()
    monkeypatch.setattr(sys.modules["euromesh.ensemble.tally"], "CHUNK", 128)
    assert tally_block(plan, 5).digest() == once


@pytest.mark.parametrize("by", [Workers(), Workers(threads=1), Workers(processes=2)], ids=str)
def test_workers_change_no_bit(by: Workers) -> None:
    counted: list[int] = []
    assert tallied(PLAN, range(8), by, told=counted.append).digest() == WHOLE.digest()
    assert counted == list(range(1, 9))


@given(order=st.permutations(range(8)), cut=st.integers(1, 7))
def test_blocks_are_added_in_any_order(order: list[int], cut: int) -> None:
    parts = [BLOCKS[index] for index in order]
    halves = reduce(Tally.__add__, parts[:cut]), reduce(Tally.__add__, parts[cut:])
    assert (halves[1] + halves[0]).digest() == WHOLE.digest()


def test_a_process_that_is_killed_loses_no_block() -> None:
    plan = dataclasses.replace(PLAN, n_blocks=12, n_points=1024)
    killed: list[int | None] = []

    def told(done: int) -> None:
        if done == 2:
            victim = multiprocessing.active_children()[0]
            killed.append(victim.pid)
            victim.kill()

    found = tallied(plan, range(12), Workers(processes=2), told=told)
    assert killed and found.digest() == tally(plan, range(12)).digest()


class Deadly:
    """A plan that ends every process that reads it."""

    def __reduce__(self) -> tuple[object, ...]:
        return os._exit, (1,)


def test_processes_that_die_at_once_end_the_run() -> None:
    with pytest.raises(blocks.WorkersError, match="3 times one of 1 processes died .*fewer"):
        tallied(Deadly(), range(8), Workers(processes=1))  # type: ignore[arg-type]


def test_the_cores_are_those_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 7}, raising=False)
    assert blocks.cores() == 3


def test_an_installation_is_its_source_its_ranges_and_its_packages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    monkeypatch.setattr(workers, "digests", lambda *given: asked.append(given) or {"a": "b"})
    here, other = blocks.installation(), blocks.installation.__wrapped__()
    assert asked == [(runs.ROOT, "params", "euromesh")]
    assert workers.differences(here, other) == ["the files of euromesh/ or params/"]
    assert f"numpy {np.__version__}" in here["packages"]


def test_machines_that_round_differently_are_other_installations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exp, here = np.exp, blocks.installation()
    monkeypatch.setattr(np, "exp", lambda x: np.nextafter(exp(x), 0))
    (differing,) = workers.differences(here, blocks.installation.__wrapped__())
    assert differing.startswith("arithmetic: ")


def test_probabilities_and_their_errors_by_hand() -> None:
    """Half of the blocks at 1/4, half at 3/4: mean 1/2, s = sqrt(8/7) / 4, error s / sqrt(8)."""
    units = np.array([ONE // 4, 3 * ONE // 4] * 4) * PLAN.n_points
    first, before = np.zeros_like(WHOLE.sums.first), np.zeros_like(WHOLE.sums.before)
    own, campus = NAMES.index("owned"), NAMES.index("campus")
    first[:, 0, own] = units
    before[:, 0, own, campus] = ONE * PLAN.n_points
    found = list(
        blocks.odds_of_owned(PLAN, Tally(WHOLE.blocks, WHOLE.days, BlockSums(before, first)))
    )
    assert [name for _, name, _ in found] == ["every other", *NAMES[1:]]
    assert {target for target, *_ in found} == {"llama_405b"}
    odds = {name: (one.value, one.se) for _, name, one in found}
    assert odds.pop("every other") == (0.5, pytest.approx(math.sqrt(8 / 7) / 4 / math.sqrt(8)))
    assert odds.pop("campus") == (1.0, 0.0)
    assert set(odds.values()) == {(0.0, 0.0)}


SMALL = ("ensemble", "--draws", 16, "--blocks-of", 2)


def test_the_ensemble_prints_its_digest_and_a_line_a_probability() -> None:
    done = call(*SMALL, "--seed", 2)
    assert done.exit_code == 0, done.output
    plan = Plan(CENTRAL, tuple(CENTRAL.targets), 8, 2, 2)
    assert done.stdout.startswith(f"digest: {tally(plan, range(8)).digest()}\n16 draws, 8 blocks")
    assert len(done.stdout.splitlines()) == 3 + len(plan.targets) * len(NAMES)


def test_without_options_the_draws_are_those_of_the_book() -> None:
    plan, _ = blocks.published(CENTRAL, [CENTRAL.race.target], SEED)
    given = {option.name: option.default for option in main.commands["ensemble"].params}
    assert given["draws"] == plan.n_draws
    assert (given["points"], given["seed"]) == (plan.n_points, plan.seed)


def test_parameters_and_seed_reach_the_draws(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("owned.share: 0.2\n", encoding="utf-8")
    share, scenario = ("-p", "owned.share=0.3"), ("--scenario", "low")
    asked = ((), ("--params", file), share, ("--seed", 1), scenario)
    assert len({call(*SMALL, *more).stdout.partition("\n")[0] for more in asked}) == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--draws", 17), ["--draws", "multiple of --blocks-of, 2", "got 17", "use 16"]),
        (("--draws", 14), ["at least 8 blocks, got 7", "--draws must be at least 16", "got 14"]),
        (("--blocks-of", 3), ["--blocks-of", "power of two", "got 3", "use 4"]),
        (("--blocks-of", 0), ["--blocks-of", "power of two", "got 0", "use 2"]),
        (("--threads", 0), ["--threads", "0 is not in the range"]),
        (("--threads", 2, "--processes", 2), ["--threads and --processes exclude each other"]),
        (("--scheduler", "a", "--processes", 2), ["--processes and --scheduler exclude"]),
    ],
)
def test_bad_input_is_refused(arguments: tuple[str | int, ...], words: list[str]) -> None:
    result = call(*SMALL, *arguments)
    assert result.exit_code in (1, 2) and isinstance(result.exception, SystemExit)
    for word in words:
        assert word in result.stderr
