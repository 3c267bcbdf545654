"""The draws behind every probability that is printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from euromesh.blocks.command import DRAWS, POINTS
from euromesh.blocks.pools import tally_in_threads
from euromesh.ensemble import Plan, Tally
from euromesh.records import Params

BLOCKS: Final = DRAWS // POINTS


def published(params: Params, targets: Sequence[str], seed: int) -> tuple[Plan, Tally]:
    """The published draws towards some targets; the same draws whichever are asked for."""
    plan = Plan(params, tuple(targets), BLOCKS, POINTS, seed)
    return plan, tally_in_threads(plan, range(BLOCKS))
