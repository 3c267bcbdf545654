"""Blocks of draws on dask workers: loopback only, and a worker killed in the middle."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from euromesh import blocks, runs
from euromesh.blocks import workers
from euromesh.blocks.workers import Workers, tallied
from euromesh.records import InputError
from tests.test_blocks import PLAN, SMALL
from tests.test_cli import call

LOOPBACK = "127.0.0.1"
MANY = dataclasses.replace(PLAN, n_blocks=16, n_points=4096)  # slow enough to be interrupted
ONE_THREAD = ("--nthreads", "1", "--no-nanny", "--memory-limit", "0")


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@dataclasses.dataclass
class Cluster:
    """A scheduler on loopback and its workers, all of which are killed in the end."""

    folder: Path
    allowed_failures: int = 3
    address: str = ""
    started: list[subprocess.Popen[bytes]] = dataclasses.field(default_factory=list)

    def __enter__(self) -> Cluster:
        file = self.folder / "scheduler.json"
        self.start("scheduler", "--port", "0", "--scheduler-file", file)
        until(lambda: file.exists() and bool(file.read_text(encoding="utf-8")))
        self.address = str(json.loads(file.read_text(encoding="utf-8"))["address"])
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.started:
            process.kill()
            process.wait()

    def start(self, *words: str | Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *map(str, words), "--host", LOOPBACK]
        failures = str(self.allowed_failures)
        env = {**os.environ, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": failures}
        nowhere = subprocess.DEVNULL
        self.started.append(
            subprocess.Popen(
                [*command, "--no-dashboard"], cwd=runs.ROOT, env=env, stdout=nowhere, stderr=nowhere
            )
        )
        return self.started[-1]

    def worker(self) -> subprocess.Popen[bytes]:
        return self.start("worker", self.address, "--local-directory", self.folder, *ONE_THREAD)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("dask")) as found:
        yield found


def test_a_scheduler_without_workers_is_told(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "WORKER_SECONDS", 0.2)
    with pytest.raises(blocks.WorkersError) as refused:
        tallied(PLAN, range(8), Workers(scheduler=cluster.address))
    assert f"start one with: dask worker {cluster.address}" in str(refused.value)


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


def test_a_block_that_kills_its_workers_or_a_lost_scheduler_ends_the_run(tmp_path: Path) -> None:
    with Cluster(tmp_path, allowed_failures=0) as one:
        victim = one.worker()
        with pytest.raises(blocks.WorkersError, match=r"perhaps for want of memory; nothing was"):
            tallied(MANY, range(16), Workers(scheduler=one.address), told=lambda _: victim.kill())
        one.worker()
        with pytest.raises(blocks.WorkersError, match="the scheduler at .* was lost"):
            tallied(
                MANY,
                range(16),
                Workers(scheduler=one.address),
                told=lambda _: one.started[0].kill(),
            )


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
