"""Blocks on the cores of one machine: threads, or processes of their own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures import ThreadPoolExecutor as ThreadPool
from concurrent.futures.process import BrokenProcessPool
from functools import reduce
from multiprocessing import get_context
from typing import Final

from euromesh.ensemble import Plan, Tally, tally_block
from euromesh.ensemble.tally import CHUNK
from euromesh.records import InputError

SPARE: Final = 2  # blocks handed out beyond one for each worker, so that none waits for work

Told = Callable[[int], None]  # is told how many blocks have been added


class WorkersError(Exception):
    """Workers that were asked for cannot be had; the text says why and what would work."""


def silent(_: int) -> None:
    """Say nothing of the blocks that have been added."""


def cores() -> int:
    """Cores that this process may use, which under a batch system are those of its job."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def tally_in_threads(
    plan: Plan,
    blocks: Iterable[int],
    threads: int | None = None,
    *,
    chunk: int = CHUNK,
    told: Told = silent,
) -> Tally:
    """The tally of some blocks, made by threads; without a number, one for each core."""
    n = _at_least_one("threads", threads)
    with ThreadPool(n) as pool:
        return added(_in_flight(pool, plan, blocks, n + SPARE, chunk), told)


def tally_in_processes(
    plan: Plan,
    blocks: Iterable[int],
    processes: int | None = None,
    *,
    chunk: int = CHUNK,
    told: Told = silent,
) -> Tally:
    """The tally of some blocks, made by fresh processes; without a number, one for each core."""
    n = _at_least_one("processes", processes)
    try:
        with ProcessPoolExecutor(n, mp_context=get_context("spawn")) as pool:
            return added(_in_flight(pool, plan, blocks, n + SPARE, chunk), told)
    except BrokenProcessPool as error:
        raise WorkersError(
            f"one of {n} processes died, perhaps for want of memory; nothing was kept: "
            "run again with fewer --processes"
        ) from error


def added(parts: Iterator[Tally], told: Told) -> Tally:
    """The sum of tallies, each let go once it is added."""

    def counted() -> Iterator[Tally]:
        for done, part in enumerate(parts, 1):
            told(done)
            yield part

    return reduce(Tally.__add__, counted())


def _at_least_one(name: str, asked: int | None) -> int:
    found = cores() if asked is None else asked
    if found < 1:
        raise InputError(f"{name} must be at least 1, got {found}; this process has {cores()}")
    return found


def _in_flight(
    pool: Executor, plan: Plan, blocks: Iterable[int], at_once: int, chunk: int
) -> Iterator[Tally]:
    """The tallies as they come; never more than `at_once` handed out and not yet added."""
    waiting: set[Future[Tally]] = set()
    try:
        for index in blocks:
            waiting.add(pool.submit(tally_block, plan, index, chunk))
            if len(waiting) == at_once:
                yield _next_of(waiting)
        while waiting:
            yield _next_of(waiting)
    finally:
        for future in waiting:
            future.cancel()


def _next_of(waiting: set[Future[Tally]]) -> Tally:
    """Take one that is done."""
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    found = done.pop()
    waiting.remove(found)
    return found.result()
