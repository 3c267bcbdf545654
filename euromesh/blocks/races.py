"""What a tally says of the owned route: how often it is first, with the error of the draws."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from euromesh.blocks.identities import Identity
from euromesh.ensemble import Tally
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.tally import ONE, Whole
from euromesh.records import InputError

OWNED: Final = "owned"
LEAST_BLOCKS: Final = 8  # fewer say too little of their own spread


@dataclass(frozen=True, slots=True)
class Race:
    """How probable it is that the owned route wins a race."""

    target: str
    against: str  # a route, or `every other`
    probability: float
    standard_error: float  # of the mean over blocks


def check_enough(n_blocks: int) -> None:
    """Refuse a run whose blocks are too few to give a standard error."""
    if n_blocks < LEAST_BLOCKS:
        raise InputError(
            f"a standard error needs at least {LEAST_BLOCKS} blocks, got {n_blocks}; "
            "take more draws or smaller blocks"
        )


def races(of: Identity, tally: Tally) -> list[Race]:
    """For every target, P(owned first) and P(owned before each rival)."""
    check_enough(len(tally.blocks))
    own = of.routes.index(OWNED)
    rivals = [(place, name) for place, name in enumerate(of.routes) if name != OWNED]
    found = []
    for row, target in enumerate(of.targets):
        first = _per_block(of, tally.sums.first[:, row, own])
        found.append(_race(target, "every other", first))
        for place, name in rivals:
            before = _per_block(of, tally.sums.before[:, row, own, place])
            found.append(_race(target, name, before))
    return found


def text(of: Identity, tally: Tally) -> str:
    """The digest of a tally, and its races as a table."""
    rows = [("target", "owned before", "probability", "standard error")]
    for race in races(of, tally):
        shown = f"{race.probability:.4f}", f"{race.standard_error:.4f}"
        rows.append((race.target, race.against, *shown))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head = f"{of.n_blocks * of.n_points} draws, {of.n_blocks} blocks of {of.n_points}"
    return "\n".join(
        [f"digest: {tally.digest()}", f"{head}, seed {of.seed}", *(_line(r, widths) for r in rows)]
    )


def _per_block(of: Identity, sums: Whole) -> Array:
    """Probability in each block: its sum, in units of 1 / `ONE`, over its draws."""
    found: Array = sums / (ONE * of.n_points)
    return found


def _race(target: str, against: str, estimates: Array) -> Race:
    """Mean over blocks, and s / sqrt(n) with s their standard deviation."""
    error = float(estimates.std(ddof=1)) / math.sqrt(len(estimates))
    return Race(target, against, float(estimates.mean()), error)


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    words = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
    return "  ".join([*words, *numbers])
