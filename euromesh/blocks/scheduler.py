"""Blocks on the workers of a dask scheduler; its address is all that it takes.

A worker has the same EuroMesh installed and nothing else in common with this machine: the plan
travels to it with every block, and the tally travels back.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Final

from euromesh.blocks.identities import Identity, differences, identity
from euromesh.blocks.pools import Told, WorkersError, added, silent
from euromesh.ensemble import Plan, Tally, tally_block
from euromesh.ensemble.tally import CHUNK
from euromesh.records import InputError

if TYPE_CHECKING:
    from distributed import Client, Future

RETRIES: Final = 3  # of a block on which dask has given up
CONNECT_SECONDS: Final = 10
WORKER_SECONDS: Final = 300  # a batch system starts workers when it likes
PER_THREAD: Final = 2  # blocks handed out for each thread, so that none waits for the next


def tally_on_scheduler(
    plan: Plan,
    blocks: Iterable[int],
    address: str,
    *,
    retries: int = RETRIES,
    chunk: int = CHUNK,
    told: Told = silent,
) -> Tally:
    """The tally of some blocks, made by the workers of the scheduler at an address.

    What a worker held when it died is made again by the others. Dask gives up on a block whose
    workers died more than `allowed-failures` times; it is then submitted afresh, up to `retries`
    times.
    """
    wanted = identity(plan)
    with _client(address) as client:

        def submit(index: int) -> Future[Tally]:
            return client.submit(worker_block, plan, index, chunk, wanted, pure=False)

        return added(_as_they_come(client, submit, deque(blocks), retries), told)


def worker_block(plan: Plan, index: int, chunk: int, wanted: Identity) -> Tally:
    """A block on a worker, which refuses where its installation would make other numbers."""
    differing = differences(wanted, identity(plan))
    if differing:
        raise InputError(
            f"the worker has another installation, which differs in {', '.join(differing)}; "
            "install the same EuroMesh and requirements.txt on both sides"
        )
    return tally_block(plan, index, chunk)


def _as_they_come(
    client: Client, submit: Callable[[int], Future[Tally]], left: deque[int], retries: int
) -> Iterator[Tally]:
    """The tallies of the blocks that are left; one that dask gave up on is left once more."""
    distributed = _distributed()
    given_up: Counter[int] = Counter()
    waiting: dict[Future[Tally], int] = {}
    done = distributed.as_completed(loop=client.loop)
    while left or waiting:
        for index in _some_of(left, _at_once(client) - len(waiting)):
            future = submit(index)
            waiting[future] = index
            done.add(future)
        future = next(done)
        index = waiting.pop(future)
        try:
            yield _result(future, index)
        except distributed.KilledWorker as error:
            given_up[index] += 1
            _check_retries(index, given_up[index], retries, error)
            left.append(index)


def _some_of(left: deque[int], n: int) -> list[int]:
    """Take so many from the front, as far as there are."""
    return [left.popleft() for _ in range(min(n, len(left)))]


def _at_once(client: Client) -> int:
    """How many blocks are handed out and not yet added, at most."""
    threads: dict[str, int] = client.nthreads()
    return PER_THREAD * max(1, sum(threads.values()))


def _result(future: Future[Tally], index: int) -> Tally:
    """What a worker made; its own errors are told with the block, a killed worker apart."""
    distributed = _distributed()
    try:
        return future.result()
    except (distributed.KilledWorker, distributed.CancelledError):
        raise
    except Exception as error:
        raise WorkersError(f"block {index} failed on a worker: {error}") from error


def _check_retries(index: int, times: int, retries: int, error: Exception) -> None:
    if times > retries:
        raise WorkersError(
            f"the workers of block {index} died at attempt {times} of {times}, perhaps for want of "
            "memory; nothing was kept: start workers with more memory or fewer threads"
        ) from error


@contextmanager
def _client(address: str) -> Iterator[Client]:
    """A client of the scheduler once it has a worker; a connection that is lost is told."""
    distributed = _distributed()
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise WorkersError(
            f"there is no dask scheduler at {address} ({error}); "
            "give the address that it prints when it starts, as tcp://HOST:PORT"
        ) from error
    with client:
        _await_worker(client, address)
        try:
            yield client
        except (OSError, distributed.CancelledError) as error:
            raise WorkersError(
                f"the scheduler at {address} was lost ({error}); nothing was kept: start it and "
                "its workers, and run again"
            ) from error


def _await_worker(client: Client, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except TimeoutError as error:
        raise WorkersError(
            f"the scheduler at {address} had no worker for {WORKER_SECONDS} s; "
            f"start one with: dask worker {address}"
        ) from error


def _distributed() -> ModuleType:
    try:
        import distributed
    except ModuleNotFoundError as error:
        raise WorkersError(
            "--scheduler needs dask, which is not installed: pip install 'euromesh[cluster]'"
        ) from error
    return distributed
