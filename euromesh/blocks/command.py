"""What the command line asks of an ensemble, checked before anything is computed, and the book."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from tqdm import tqdm

from euromesh.blocks import odds
from euromesh.blocks.workers import Told, Workers, tallied
from euromesh.ensemble import Plan, Tally
from euromesh.ensemble.estimates import LEAST_BLOCKS
from euromesh.ensemble.points import check_power_of_two
from euromesh.records import InputError, Params

DRAWS: Final = 131_072  # half a 95 % interval of a probability is then a tenth of a point
POINTS: Final = 8_192
BLOCKS: Final = DRAWS // POINTS
LINES: Final = 10  # of progress, where standard error is not a terminal


def published(params: Params, targets: Sequence[str], seed: int) -> tuple[Plan, Tally]:
    """The draws behind every probability that is printed; the same whichever targets are asked."""
    plan = Plan(params, tuple(targets), BLOCKS, POINTS, seed)
    return plan, tallied(plan, range(BLOCKS))


def plan_of(params: Params, *, draws: int, points: int, seed: int) -> Plan:
    """What was asked for as a plan; an `InputError` names the option that cannot be."""
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
    return Plan(params, tuple(params.targets), draws // points, points, seed)


def made(plan: Plan, workers: Workers) -> str:
    """Make the blocks; the table of the run."""
    with _progress(plan.n_blocks) as told:
        return odds.text(plan, tallied(plan, range(plan.n_blocks), workers, told=told))


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
