"""Who makes the blocks: threads, processes, or the workers of a dask scheduler.

Each is an executor of `concurrent.futures`, and the same lines hand out blocks to all of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from types import ModuleType
from typing import TYPE_CHECKING, Final

from euromesh.blocks.installations import differences, installation
from euromesh.ensemble import Plan, Tally, tally_block
from euromesh.ensemble.tally import CHUNK
from euromesh.records import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from distributed import Client

TRIES: Final = 3  # pools in a row that break before any block is made
CONNECT_SECONDS: Final = 10
WORKER_SECONDS: Final = 300  # a batch system starts workers when it likes

Told = Callable[[int], None]  # is told how many blocks have been added


class WorkersError(Exception):
    """Workers that were asked for cannot be had; the text says why and what would work."""


def cores() -> int:
    """Cores that this process may use, which under a batch system are those of its job."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Workers:
    """Threads, one for each core, unless their number, processes or a scheduler are named."""

    threads: int | None = None
    processes: int | None = None
    scheduler: str | None = None  # its address

    def __post_init__(self) -> None:
        given = {name: getattr(self, name) for name in self.__slots__}
        named = {name: value for name, value in given.items() if value is not None}
        if len(named) > 1:
            told = " and ".join(f"--{name}" for name in named)
            raise InputError(f"{told} exclude each other; give one of them")
        for name, value in named.items():
            if isinstance(value, int) and value < 1:
                raise InputError(
                    f"{name} must be at least 1, got {value}; this process has {cores()}"
                )

    @contextmanager
    def executor(self) -> Iterator[Executor]:
        """An executor that is gone, with all it has not begun, when the block of code ends."""
        if self.scheduler is not None:
            with _client(self.scheduler) as client:
                yield client.get_executor(pure=False)
            return
        pool = self._pool()
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)

    def _pool(self) -> Executor:
        if self.processes is not None:
            return ProcessPoolExecutor(self.processes, mp_context=get_context("spawn"))
        return ThreadPoolExecutor(self.threads or cores())


THREADS: Final = Workers()


def tallied(
    plan: Plan,
    blocks: Iterable[int],
    workers: Workers = THREADS,
    *,
    chunk: int = CHUNK,
    told: Told = lambda done: None,
) -> Tally:
    """The tally of some blocks, the same to the last bit whoever makes them.

    What a process held when it died is made again by others, until three pools in a row die before
    they have made a block. Dask does the same of itself: up to `allowed-failures` deaths a block.
    """
    total: Tally | None = None
    left, idle = set(blocks), 0
    n = len(left)
    while left and idle < TRIES:
        idle += 1
        for part in _made(plan, sorted(left), workers, chunk):
            total = part if total is None else total + part
            left -= set(part.blocks.tolist())
            idle = 0
            told(n - len(left))
    if left or total is None:
        raise WorkersError(
            f"{TRIES} times one of {workers.processes} processes died before a block was made, "
            "perhaps for want of memory; nothing was kept: run again with fewer --processes"
        )
    return total


def worker_block(plan: Plan, index: int, chunk: int, wanted: Mapping[str, str]) -> Tally:
    """A block on a worker, which refuses where its installation would make other numbers."""
    differing = differences(wanted, installation())
    if differing:
        raise InputError(
            f"the worker has another installation, which differs in {', '.join(differing)}; "
            "install the same EuroMesh and requirements.txt on both sides"
        )
    return tally_block(plan, index, chunk)


def _made(plan: Plan, blocks: Iterable[int], workers: Workers, chunk: int) -> Iterator[Tally]:
    """The tallies as they come; fewer where a process died, which takes its pool with it."""
    here = installation()
    with workers.executor() as pool:
        try:
            # no list of them is kept: each tally is let go once it is added
            for done in as_completed(
                {pool.submit(worker_block, plan, index, chunk, here) for index in blocks}
            ):
                yield done.result()
        except BrokenExecutor:
            return


@contextmanager
def _client(address: str) -> Iterator[Client]:
    """A client of the scheduler once it has a worker; what is lost is told."""
    distributed = _distributed()
    with _connected(distributed, address) as client:
        try:
            yield client
        except distributed.KilledWorker as error:
            raise WorkersError(
                f"{error}; perhaps for want of memory; nothing was kept: start workers with more "
                "memory or fewer threads"
            ) from error
        except (OSError, CancelledError) as error:
            raise WorkersError(
                f"the scheduler at {address} was lost; nothing was kept: start it and its "
                "workers, and run again"
            ) from error


@contextmanager
def _connected(distributed: ModuleType, address: str) -> Iterator[Client]:
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise WorkersError(
            f"there is no dask scheduler at {address} ({error}); "
            "give the address that it prints when it starts, as tcp://HOST:PORT"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=WORKER_SECONDS)
        except TimeoutError as error:
            raise WorkersError(
                f"the scheduler at {address} had no worker for {WORKER_SECONDS} s; "
                f"start one with: dask worker {address}"
            ) from error
        yield client


def _distributed() -> ModuleType:
    try:
        import distributed
    except ModuleNotFoundError as error:
        raise WorkersError(
            "--scheduler needs dask, which is not installed: pip install 'euromesh[cluster]'"
        ) from error
    return distributed
