"""Blocks of draws on threads, processes and dask workers: one digest, whoever dies."""

from __future__ import annotations

import dataclasses
import math
import multiprocessing
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
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
from euromesh.records import InputError
from euromesh.routes import ROUTES
from tests.test_cli import call

CENTRAL = params.load()
PLAN = Plan(CENTRAL, ("llama_405b",), n_blocks=8, n_points=8, seed=7)
BLOCKS = [tally_block(PLAN, index) for index in range(8)]
WHOLE = reduce(Tally.__add__, BLOCKS)
NAMES = list(ROUTES)
SMALL = ("ensemble", "--draws", 16, "--blocks-of", 2)
LOOPBACK = "127.0.0.1"
MANY = dataclasses.replace(PLAN, n_blocks=16, n_points=4096)  # slow enough to be interrupted


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


def test_what_a_process_sends_fits_a_pipe_at_once() -> None:
    """Cut off in the middle of a message it would leave the pool waiting for the rest."""
    with workers.filing(Workers(processes=2)) as make:
        made = make(PLAN, 0, blocks.installation())
        assert len(pickle.dumps(made)) < 512  # the least that POSIX asks of a pipe
        assert workers.taken(made).digest() == BLOCKS[0].digest()


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
    tally = Tally(WHOLE.blocks, WHOLE.days, BlockSums(before, first))
    found = list(blocks.odds_of_owned(PLAN, tally))
    assert [row[:2] for row in found] == [
        ("llama_405b", name) for name in ("every other", *NAMES[1:])
    ]
    odds = {name: (one.value, one.se) for _, name, one in found}
    assert odds.pop("every other") == (0.5, pytest.approx(math.sqrt(8 / 7) / 4 / math.sqrt(8)))
    assert odds.pop("campus") == (1.0, 0.0)
    assert set(odds.values()) == {(0.0, 0.0)}


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


class Cluster:
    """A scheduler on loopback and its workers, all of which are killed in the end."""

    def __init__(self, allowed_failures: int = 3) -> None:
        with socket.socket() as free:
            free.bind((LOOPBACK, 0))
            port = free.getsockname()[1]
        failures = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(allowed_failures)}
        self.address, self.env = f"tcp://{LOOPBACK}:{port}", {**os.environ, **failures}
        self.started = list[subprocess.Popen[bytes]]()
        self.start("scheduler", "--port", str(port))

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *words, "--host", LOOPBACK, "--no-dashboard"]
        nowhere = subprocess.DEVNULL
        self.started.append(
            subprocess.Popen(command, cwd=runs.ROOT, env=self.env, stdout=nowhere, stderr=nowhere)
        )
        return self.started[-1]

    def worker(self) -> subprocess.Popen[bytes]:
        one_thread = ("--nthreads", "1", "--no-nanny", "--memory-limit", "0")
        return self.start("worker", self.address, *one_thread)

    def close(self) -> None:
        for process in self.started:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with closing(Cluster()) as found:
        yield found


def test_a_scheduler_without_workers_is_told(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "WORKER_SECONDS", 0.2)
    with pytest.raises(blocks.WorkersError, match=f"start one .*: dask worker {cluster.address}"):
        tallied(PLAN, range(8), Workers(scheduler=cluster.address))


def test_a_worker_killed_in_the_middle_changes_no_bit(cluster: Cluster) -> None:
    victim, other = cluster.worker(), None

    def told(done: int) -> None:
        nonlocal other
        if done == 3:
            victim.kill()
            other = cluster.worker()

    found = tallied(MANY, range(16), Workers(scheduler=cluster.address), told=told)
    assert victim.wait() == -signal.SIGKILL and other
    assert found.digest() == tallied(MANY, range(16)).digest()


def test_the_command_line_finds_the_workers_by_their_address(cluster: Cluster) -> None:
    there = call(*SMALL, "--scheduler", cluster.address)
    assert there.exit_code == 0, there.output
    assert there.stdout == call(*SMALL).stdout


def test_a_block_that_kills_its_workers_or_a_lost_scheduler_ends_the_run() -> None:
    with closing(Cluster(allowed_failures=0)) as one:
        scheduler, by = one.started[0], Workers(scheduler=one.address)
        for victim, words in (
            (one.worker(), "perhaps for want of memory; nothing was"),
            (scheduler, "the scheduler at .* was lost"),
        ):
            with pytest.raises(blocks.WorkersError, match=words):
                tallied(MANY, range(16), by, told=lambda _, of=victim: of.kill())
            one.worker()


def test_a_worker_with_another_installation_refuses() -> None:
    wanted = {**blocks.installation(), "packages": "numpy 1.0"}
    with pytest.raises(InputError, match=r"differs in packages \(numpy 1.0 there, python"):
        workers.worker_block(PLAN, 0, wanted)


def test_an_address_without_a_scheduler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 0.5)
    for address in (f"tcp://{LOOPBACK}:9", "no:such:place"):
        result = call(*SMALL, "--scheduler", address)
        assert result.exit_code == 1
        assert f"there is no dask scheduler at {address}" in result.stderr
        assert "tcp://HOST:PORT" in result.stderr


def test_without_dask_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = call(*SMALL, "--scheduler", f"tcp://{LOOPBACK}:9")
    assert result.exit_code == 1
    assert "pip install 'euromesh[cluster]'" in result.stderr
