"""Blocks of draws on dask workers: loopback only, and a worker killed in the middle."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from euromesh import blocks, runs
from euromesh.blocks import workers
from euromesh.blocks.workers import Workers, tallied
from euromesh.records import InputError
from tests.test_blocks import PLAN, SMALL
from tests.test_cli import call

LOOPBACK = "127.0.0.1"
MANY = dataclasses.replace(PLAN, n_blocks=16, n_points=4096)  # slow enough to be interrupted


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
