"""What a tally says of the owned route: how often it is first, with the error of the draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from euromesh.blocks.identities import Identity
from euromesh.ensemble import Estimate, Tally, estimate

OWNED: Final = "owned"


@dataclass(frozen=True, slots=True)
class Race:
    """How probable it is that the owned route wins a race."""

    target: str
    against: str  # a route, or `every other`
    probability: Estimate


def races(of: Identity, tally: Tally) -> list[Race]:
    """For every target, P(owned first) and P(owned before each rival)."""
    own = of.routes.index(OWNED)
    rivals = [(place, name) for place, name in enumerate(of.routes) if name != OWNED]
    found = []
    for row, target in enumerate(of.targets):
        first = estimate(tally.sums.first[:, row, own], of.n_points)
        found.append(Race(target, "every other", first))
        for place, name in rivals:
            before = estimate(tally.sums.before[:, row, own, place], of.n_points)
            found.append(Race(target, name, before))
    return found


def text(of: Identity, tally: Tally) -> str:
    """The digest of a tally, and its races as a table."""
    rows = [("target", "owned before", "probability", "standard error")]
    for race in races(of, tally):
        shown = f"{race.probability.value:.4f}", f"{race.probability.se:.4f}"
        rows.append((race.target, race.against, *shown))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head = f"{of.n_blocks * of.n_points} draws, {of.n_blocks} blocks of {of.n_points}"
    return "\n".join(
        [f"digest: {tally.digest()}", f"{head}, seed {of.seed}", *(_line(r, widths) for r in rows)]
    )


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    words = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
    return "  ".join([*words, *numbers])
