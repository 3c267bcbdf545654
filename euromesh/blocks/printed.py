"""The draws behind every probability that is printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from euromesh.blocks.command import DRAWS, POINTS
from euromesh.blocks.pools import tally_in_threads
from euromesh.ensemble import Plan, Tally, raced_as_arrays
from euromesh.records import Params
from euromesh.routes import ROUTES

BLOCKS: Final = DRAWS // POINTS
FEW_POINTS: Final = 8  # where the scalar core races a route, thousands of times slower


def published(params: Params, targets: Sequence[str], seed: int) -> tuple[Plan, Tally]:
    """The published draws towards some targets; the same draws whichever are asked for."""
    arrays = all(raced_as_arrays(name, params) for name in ROUTES)
    plan = Plan(params, tuple(targets), BLOCKS, POINTS if arrays else FEW_POINTS, seed)
    return plan, tally_in_threads(plan, range(BLOCKS))
