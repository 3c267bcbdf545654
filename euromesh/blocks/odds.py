"""What a tally says of the owned route: how often it is first, with the error of the draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from euromesh.ensemble import Estimate, Plan, Tally, estimate
from euromesh.routes import ROUTES

OWNED: Final = "owned"


@dataclass(frozen=True, slots=True)
class Ahead:
    """How probable it is that the owned route finishes before another, or before every other."""

    target: str
    of: str  # a route, or `every other`
    probability: Estimate


def odds_of_owned(plan: Plan, tally: Tally) -> list[Ahead]:
    """For every target, P(owned first) and P(owned before each rival)."""
    names = list(ROUTES)
    own = names.index(OWNED)
    found = []
    for row, target in enumerate(plan.targets):
        first = estimate(tally.sums.first[:, row, own], plan.n_points)
        found.append(Ahead(target, "every other", first))
        for place, name in enumerate(names):
            before = tally.sums.before[:, row, own, place]
            if name != OWNED:
                found.append(Ahead(target, name, estimate(before, plan.n_points)))
    return found


def text(plan: Plan, tally: Tally) -> str:
    """The digest of a tally, and the odds of the owned route as a table."""
    rows = [("target", "owned before", "probability", "standard error")]
    for one in odds_of_owned(plan, tally):
        shown = f"{one.probability.value:.4f}", f"{one.probability.se:.4f}"
        rows.append((one.target, one.of, *shown))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head = f"{plan.n_draws} draws, {plan.n_blocks} blocks of {plan.n_points}, seed {plan.seed}"
    return "\n".join([f"digest: {tally.digest()}", head, *(_line(row, widths) for row in rows)])


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    """Two words to the left, two numbers to the right."""
    left, right = zip(row[:2], widths[:2], strict=True), zip(row[2:], widths[2:], strict=True)
    return "  ".join([*(cell.ljust(n) for cell, n in left), *(cell.rjust(n) for cell, n in right)])
