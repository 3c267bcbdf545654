"""Quorum: what K of M sites are worth when each is up only part of the time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from euromesh.efficiency.checks import need_at_least
from euromesh.records.base import InputError


def sites_needed(n_replicas: int, quorum: float) -> int:
    """K = ceil(quorum x M), at least one: the sites that must be up for a round to count."""
    need_at_least("quorum", quorum, 0)
    if quorum > 1:
        raise InputError(f"quorum must be at most 1, all sites, got {quorum:g}")
    return max(1, math.ceil(quorum * n_replicas - 1e-9))


def up_distribution(goodputs: Sequence[float]) -> list[float]:
    """P(exactly k sites up) for k = 0 ... M, sites failing independently (Poisson-binomial)."""
    chances = [1.0]
    for up in goodputs:
        without, joined = [*chances, 0.0], [0.0, *chances]
        chances = [a * (1 - up) + b * up for a, b in zip(without, joined, strict=True)]
    return chances


def at_least_up(goodputs: Sequence[float], needed: int) -> float:
    """P(at least `needed` of the sites are up)."""
    if len(set(goodputs)) == 1:
        return _equal_at_least_up(goodputs[0], len(goodputs), needed)
    return min(1.0, math.fsum(up_distribution(goodputs)[max(0, needed) :]))


def quorum_factor(rates: Sequence[float], goodputs: Sequence[float], needed: int) -> float:
    """sum_i r_i P(at least K-1 of the others up) / sum_i r_i: what the quorum leaves of the rate.

    r_i already holds the site's own goodput g_i, so the tail is that of the other sites.
    """
    total = math.fsum(rates)
    if not total:
        return 1.0
    if len(set(goodputs)) == 1:
        return at_least_up(goodputs[1:], needed - 1)
    kept = (
        rate * at_least_up([*goodputs[:i], *goodputs[i + 1 :]], needed - 1)
        for i, rate in enumerate(rates)
    )
    return math.fsum(kept) / total


@lru_cache(maxsize=4096)
def _equal_at_least_up(goodput: float, count: int, needed: int) -> float:
    return min(1.0, math.fsum(up_distribution([goodput] * count)[max(0, needed) :]))
