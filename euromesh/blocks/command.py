"""What the command line asks of an ensemble, checked before anything is computed or created."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tqdm import tqdm

from euromesh.blocks import pools, races, scheduler
from euromesh.blocks.identities import identity
from euromesh.blocks.merge import merge
from euromesh.blocks.pools import Told
from euromesh.blocks.shards import spans, write
from euromesh.ensemble import Plan, Tally
from euromesh.ensemble.draws import check_power_of_two
from euromesh.ensemble.estimates import LEAST_BLOCKS
from euromesh.folders import check
from euromesh.records import InputError, Params

DRAWS: Final = 131_072  # half a 95 % interval of a probability is then a tenth of a point
POINTS: Final = 8_192
SPAN: Final = re.compile(r"(\d+):(\d+)")
NEED: Final = 20_000_000  # bytes that a file of blocks takes at most
LINES: Final = 10  # of progress, where standard error is not a terminal


@dataclass(frozen=True, slots=True)
class Workers:
    """Who makes the blocks: threads, unless processes or a scheduler are named."""

    threads: int | None = None
    processes: int | None = None
    scheduler: str | None = None

    def __post_init__(self) -> None:
        named = [f"--{name}" for name in self.__slots__ if getattr(self, name) is not None]
        if len(named) > 1:
            raise InputError(f"{' and '.join(named)} exclude each other; give one of them")

    def tally(self, plan: Plan, blocks: range, told: Told) -> Tally:
        """The tally of some blocks."""
        if self.scheduler is not None:
            return scheduler.tally_on_scheduler(plan, blocks, self.scheduler, told=told)
        if self.processes is not None:
            return pools.tally_in_processes(plan, blocks, self.processes, told=told)
        return pools.tally_in_threads(plan, blocks, self.threads, told=told)


@dataclass(frozen=True, slots=True)
class Request:
    """A run, or some blocks of it and the folder for their file."""

    plan: Plan
    blocks: range
    out: Path | None


def request(
    params: Params, *, draws: int, points: int, seed: int, blocks: str | None, out: Path | None
) -> Request:
    """Check what was asked for; create nothing."""
    check_power_of_two("--blocks-of", points, least=2)
    if draws < points or draws % points:
        near = max(1, round(draws / points)) * points
        raise InputError(
            f"--draws must be a multiple of --blocks-of, {points}, got {draws}; use {near}"
        )
    if draws // points < LEAST_BLOCKS:
        raise InputError(
            f"a standard error needs at least {LEAST_BLOCKS} blocks, got {draws // points}: "
            f"--draws must be at least {LEAST_BLOCKS * points} in blocks of {points}, got {draws}"
        )
    if (blocks is None) != (out is None):
        raise InputError("--blocks A:B and --out DIR belong together: give both, or neither")
    plan = Plan(params, tuple(params.targets), draws // points, points, seed)
    if out is not None:
        check(out.absolute(), "--out", NEED)
    return Request(plan, _span(blocks, plan.n_blocks), out)


def made(asked: Request, workers: Workers) -> str:
    """Make the blocks; the table of the run, or the file that they were written to."""
    of = identity(asked.plan)
    with _progress(len(asked.blocks)) as told:
        tally = workers.tally(asked.plan, asked.blocks, told)
    if asked.out is None:
        return races.text(of, tally)
    path = write(asked.out, of, tally)
    return f"blocks {spans(asked.blocks)} of 0:{asked.plan.n_blocks}: {path}"


def merged(folder: Path) -> str:
    """The table of the run whose files a folder holds."""
    return races.text(*merge(folder))


def _span(text: str | None, n_blocks: int) -> range:
    """The blocks that a half-open range names; all of them without one."""
    if text is None:
        return range(n_blocks)
    found = SPAN.fullmatch(text)
    span = range(int(found[1]), int(found[2])) if found else range(0)
    if not span or span.stop > n_blocks:
        raise InputError(
            f"--blocks must be A:B with A < B, within the run's blocks 0:{n_blocks}, got {text}; "
            f"0:{n_blocks} is all of them"
        )
    return span


@contextmanager
def _progress(total: int) -> Iterator[Told]:
    """Count blocks on standard error: a bar on a terminal, plain lines elsewhere."""
    terminal = sys.stderr.isatty()
    with tqdm(total=total, desc="blocks", unit="", disable=not terminal) as bar:

        def told(done: int) -> None:
            bar.update(1)
            if not terminal and done * LINES // total > (done - 1) * LINES // total:
                print(f"blocks: {done} of {total}", file=sys.stderr, flush=True)

        yield told
