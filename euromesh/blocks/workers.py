"""Who makes the blocks: threads, processes, or the workers of a dask scheduler.

Each is an executor of `concurrent.futures`, and the same lines hand out blocks to all of them.
Two installations that would make other numbers may not share a run.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import pickle
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from importlib import metadata
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtr, ndtri

from euromesh import params
from euromesh.digests import digests
from euromesh.ensemble import Plan, Tally, tally_block
from euromesh.records import InputError

if TYPE_CHECKING:
    from distributed import Client

TRIES: Final = 3  # pools in a row that break before any block is made
CONNECT_SECONDS: Final = 10
WORKER_SECONDS: Final = 300  # a batch system starts workers when it likes
NUMERIC: Final = ("llvmlite", "numba", "numpy", "scipy")
PROBES: Final = 4096  # arguments at which functions are compared

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
        named = [f"--{name}" for name in self.__slots__ if getattr(self, name) is not None]
        if len(named) > 1:
            raise InputError(f"{' and '.join(named)} exclude each other; give one of them")

    @contextmanager
    def executor(self) -> Iterator[Executor]:
        """An executor that is gone, with all it has not begun, when the block of code ends."""
        if self.scheduler is not None:
            with _client(self.scheduler) as client:
                yield client.get_executor(pure=False)
            return
        pool: Executor
        if self.processes is not None:
            pool = ProcessPoolExecutor(self.processes, mp_context=get_context("spawn"))
        else:
            pool = ThreadPoolExecutor(self.threads or cores())
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


THREADS: Final = Workers()


def tallied(
    plan: Plan,
    blocks: Iterable[int],
    workers: Workers = THREADS,
    *,
    told: Told = lambda done: None,
) -> Tally:
    """The tally of some blocks, the same to the last bit whoever makes them.

    What a process held when it died is made again by others, until three pools in a row die before
    they have made a block. Dask does the same of itself: up to `allowed-failures` deaths a block.
    """
    total: Tally | None = None
    here, left, idle = installation(), set(blocks), 0
    n = len(left)
    while left and idle < TRIES:
        idle += 1
        with filing(workers) as make, workers.executor() as pool, suppress(BrokenExecutor):
            # no list of them is kept: each tally is let go once it is added
            for done in as_completed(
                {pool.submit(make, plan, index, here) for index in sorted(left)}
            ):
                part = taken(done.result())
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


@contextmanager
def filing(workers: Workers) -> Iterator[Callable[..., Tally | Path]]:
    """What makes a block: processes leave it in a file and send the file's name alone.

    A pipe takes a name whole or not at all. Of a tally it takes parts, and where the process dies
    between two of them the pool waits for ever for the rest.
    """
    if workers.processes is None:
        yield worker_block
        return
    with TemporaryDirectory(prefix="euromesh-") as folder:
        yield partial(filed, Path(folder))


def filed(folder: Path, plan: Plan, index: int, wanted: Mapping[str, str]) -> Path:
    """Make a block and leave it in a file of its own."""
    path = folder / f"{index}.pickle"
    path.write_bytes(pickle.dumps(worker_block(plan, index, wanted)))
    return path


def taken(made: Tally | Path) -> Tally:
    """The tally that a worker made, out of its file."""
    if not isinstance(made, Path):
        return made
    found: Tally = pickle.loads(made.read_bytes())
    made.unlink()
    return found


def worker_block(plan: Plan, index: int, wanted: Mapping[str, str]) -> Tally:
    """A block on a worker, which refuses where its installation would make other numbers."""
    differing = differences(wanted, installation())
    if differing:
        raise InputError(
            f"the worker has another installation, which differs in {', '.join(differing)}; "
            "install the same EuroMesh and requirements.txt on both sides"
        )
    return tally_block(plan, index)


@cache
def installation() -> Mapping[str, str]:
    """The source and the ranges, the packages, and the arithmetic of this machine.

    numpy takes other routines on processors with AVX-512 than on those without, and the routines
    of `math` are those of the C library: functions whose last bit is the machine's own are
    compared at fixed arguments.
    """
    source = json.dumps(digests(params.FOLDER.parent, "params", "euromesh"), sort_keys=True)
    python = ".".join(platform.python_version_tuple()[:2])
    x = (np.arange(PROBES) + 0.5) / PROBES
    scalar = [f(a) for f in (math.exp, math.log, math.sqrt) for a in x.tolist()]
    powers = [a**0.3 for a in x.tolist()]
    made = np.concatenate([np.exp(x), np.log(x), x**0.3, ndtr(x), ndtri(x), scalar, powers])
    return {
        "the files of euromesh/ or params/": hashlib.sha256(source.encode()).hexdigest(),
        "packages": ", ".join(
            [f"python {python}", *(f"{name} {metadata.version(name)}" for name in NUMERIC)]
        ),
        "arithmetic: kinds of processor or C libraries round differently": hashlib.sha256(
            made.astype("<f8").tobytes()
        ).hexdigest(),
    }


def differences(wanted: Mapping[str, str], here: Mapping[str, str]) -> list[str]:
    """What two installations differ in, as words."""
    return [
        f"packages ({wanted[what]} there, {here[what]} here)" if what == "packages" else what
        for what in wanted
        if wanted[what] != here[what]
    ]


@contextmanager
def _client(address: str) -> Iterator[Client]:
    """A client of the scheduler once it has a worker; what is lost is told."""
    try:
        import distributed
    except ModuleNotFoundError as error:
        raise WorkersError(
            "--scheduler needs dask, which is not installed: pip install 'euromesh[cluster]'"
        ) from error
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
