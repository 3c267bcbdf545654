"""What the command line asks of an ensemble, checked before anything is computed, and the book."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import click
from tqdm import tqdm

from euromesh.blocks.workers import Told, Workers, tallied
from euromesh.ensemble import Estimate, Plan, Tally, estimate
from euromesh.ensemble.estimates import LEAST_BLOCKS
from euromesh.ensemble.points import check_power_of_two
from euromesh.records import InputError, Params
from euromesh.routes import ROUTES

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
    """Make the blocks: the digest of their tally, and the odds of the owned route as a table."""
    with _progress(plan.n_blocks) as told:
        tally = tallied(plan, range(plan.n_blocks), workers, told=told)
    rows = [("target", "owned before", "probability", "standard error")]
    for target, rival, odds in odds_of_owned(plan, tally):
        rows.append((target, rival, f"{odds.value:.4f}", f"{odds.se:.4f}"))
    left, middle = (max(len(row[column]) for row in rows) for column in (0, 1))
    return "\n".join(
        [
            f"digest: {tally.digest()}",
            f"{plan.n_draws} draws, {plan.n_blocks} blocks of {plan.n_points}, seed {plan.seed}",
            *(f"{a:<{left}}  {b:<{middle}}  {odds:>11}  {se:>14}" for a, b, odds, se in rows),
        ]
    )


def odds_of_owned(plan: Plan, tally: Tally) -> Iterator[tuple[str, str, Estimate]]:
    """For every target, P(owned before every other route) and P(owned before each of them)."""
    own = list(ROUTES).index("owned")
    for row, target in enumerate(plan.targets):
        yield target, "every other", estimate(tally.sums.first[:, row, own], plan.n_points)
        for place, name in enumerate(ROUTES):
            if place != own:
                before = tally.sums.before[:, row, own, place]
                yield target, name, estimate(before, plan.n_points)


@contextmanager
def _progress(total: int) -> Iterator[Told]:
    """Count blocks on standard error: a bar on a terminal, plain lines elsewhere."""
    terminal = sys.stderr.isatty()
    with tqdm(total=total, desc="blocks", unit="", disable=not terminal) as bar:

        def told(done: int) -> None:
            bar.update(1)
            if not terminal and done * LINES // total > (done - 1) * LINES // total:
                click.echo(f"blocks: {done} of {total}", err=True)

        yield told
