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
from contextlib import contextmanager
from pathlib import Path

import pytest
from distributed import Client

from euromesh import blocks, runs
from euromesh.blocks import scheduler as schedulers
from euromesh.records import InputError
from tests.test_blocks import IDENTITY, PLAN, SMALL, call

LOOPBACK = "127.0.0.1"
MANY = dataclasses.replace(PLAN, n_blocks=16, n_points=4096)  # slow enough to be interrupted


@dataclasses.dataclass(frozen=True)
class Cluster:
    """A scheduler on loopback, a client that watches it, and its workers by name."""

    address: str
    client: Client
    folder: Path
    workers: dict[str, subprocess.Popen[bytes]] = dataclasses.field(default_factory=dict)

    def need(self, *names: str) -> None:
        """Start those of the workers that do not run, and await them."""
        for name in names:
            if name not in self.workers or self.workers[name].poll() is not None:
                options = ("--name", name, "--local-directory", self.folder, *ONE_THREAD)
                self.workers[name] = start("worker", self.address, *options)
        until(lambda: set(names) <= set(self.working()))

    def working(self) -> dict[str, int]:
        """Blocks that every worker has been given and has not finished, by its name."""
        workers = self.client.scheduler_info(n_workers=-1)["workers"]
        held = self.client.processing()
        return {worker["name"]: len(held.get(at, ())) for at, worker in workers.items()}

    def handed_out(self) -> int:
        """Blocks that the scheduler knows of: waiting, being made, or made and not let go."""
        known = self.client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks))
        return int(known)


ONE_THREAD = ("--nthreads", "1", "--no-nanny", "--memory-limit", "0")


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def start(*words: str | Path, **env: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dask", *map(str, words), "--host", LOOPBACK, "--no-dashboard"]
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(
        command, cwd=runs.ROOT, env={**os.environ, **env}, stdout=nowhere, stderr=nowhere
    )


@contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """A scheduler that gives up on a block at the first death of its worker."""
    file = folder / "scheduler.json"
    env = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    scheduler = start("scheduler", "--port", "0", "--scheduler-file", file, **env)
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        until(lambda: file.exists() and bool(file.read_text(encoding="utf-8")))
        address = str(json.loads(file.read_text(encoding="utf-8"))["address"])
        with Client(address, set_as_default=False) as client:
            yield Cluster(address, client, folder, started)
    finally:
        for process in (*started.values(), scheduler):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running(tmp_path_factory.mktemp("dask")) as found:
        yield found


@dataclasses.dataclass
class Kill:
    """Kills the worker `victim` once some blocks are added and it holds others."""

    cluster: Cluster
    at: int = 0
    held: int = 0
    most: int = 0  # blocks handed out at once
    done: int = 0

    def told(self, done: int) -> None:
        self.done = done
        self.most = max(self.most, self.cluster.handed_out())
        if done >= 3 and not self.held:
            self.at = done
            self.kill_if_busy(self.cluster.workers["victim"])

    def kill_if_busy(self, victim: subprocess.Popen[bytes]) -> None:
        """Stop it first: what it has not finished by then, it never will."""
        victim.send_signal(signal.SIGSTOP)
        time.sleep(0.1)  # for what it said before
        self.held = self.cluster.working()["victim"]
        victim.send_signal(signal.SIGKILL if self.held else signal.SIGCONT)
        if self.held:
            victim.wait()


def test_a_scheduler_without_workers_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedulers, "WORKER_SECONDS", 0.2)
    with running(tmp_path) as empty, pytest.raises(blocks.WorkersError) as refused:
        blocks.tally_on_scheduler(PLAN, range(8), empty.address)
    assert f"start one with: dask worker {empty.address}" in str(refused.value)


def test_a_worker_killed_in_the_middle_changes_no_bit(cluster: Cluster) -> None:
    """Dask gives up on what the worker held, and it is submitted afresh."""
    cluster.need("victim", "other")
    kill, victim = Kill(cluster), cluster.workers["victim"]
    found = blocks.tally_on_scheduler(MANY, range(16), cluster.address, told=kill.told)
    assert kill.held and 3 <= kill.at < kill.done == 16
    assert victim.returncode == -signal.SIGKILL and not alive(victim.pid)
    assert set(cluster.working()) == {"other"}
    assert found.digest() == blocks.tally_in_threads(MANY, range(16)).digest()
    assert 2 <= kill.most <= 2 * schedulers.PER_THREAD + 1


def test_a_block_that_kills_its_workers_ends_the_run_in_the_end(cluster: Cluster) -> None:
    cluster.need("victim", "other")
    kill = Kill(cluster)
    with pytest.raises(blocks.WorkersError, match=r"block \d+ died at attempt 1 of 1, .*memory"):
        blocks.tally_on_scheduler(MANY, range(16), cluster.address, retries=0, told=kill.told)
    assert kill.held


def test_the_command_line_finds_the_workers_by_their_address(cluster: Cluster) -> None:
    cluster.need("other")
    there = call("ensemble", *SMALL, "--scheduler", cluster.address)
    assert there.exit_code == 0, there.output
    assert there.stdout == call("ensemble", *SMALL).stdout


def test_an_error_of_a_worker_is_told_with_its_block(cluster: Cluster) -> None:
    cluster.need("other")
    with pytest.raises(blocks.WorkersError, match="block 3 failed on a worker: "):
        blocks.tally_on_scheduler(PLAN, [3], cluster.address, chunk=0)


def test_a_worker_with_another_installation_refuses() -> None:
    wanted = dataclasses.replace(IDENTITY, packages="numpy 1.0")
    with pytest.raises(InputError, match=r"differs in packages \(numpy 1.0 there, python"):
        schedulers.worker_block(PLAN, 0, 8, wanted)


def test_an_address_without_a_scheduler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedulers, "CONNECT_SECONDS", 0.5)
    for address in (f"tcp://{LOOPBACK}:9", "no:such:place"):
        result = call("ensemble", *SMALL, "--scheduler", address)
        assert result.exit_code == 1
        assert f"there is no dask scheduler at {address}" in result.stderr
        assert "tcp://HOST:PORT" in result.stderr


def test_without_dask_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = call("ensemble", *SMALL, "--scheduler", f"tcp://{LOOPBACK}:9")
    assert result.exit_code == 1
    assert "pip install 'euromesh[cluster]'" in result.stderr


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
