"""Stragglers: how long the slowest of several unsteady sites keeps the others waiting."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from euromesh.efficiency.checks import need_at_least
from euromesh.efficiency.quorum import at_least_up
from euromesh.units import Values

REACH: Final = 9  # standard deviations on either side of a site's median that the integral covers
NODES: Final = (  # Gauss-Legendre on [-1, 1], eight points: (place, weight)
    (0.1834346424956498, 0.3626837833783620),
    (0.5255324099163290, 0.3137066458778873),
    (0.7966664774136267, 0.2223810344533745),
    (0.9602898564975363, 0.1012285362903763),
)


def round_jitter(step_jitter: Values, correlation: Values, inner_steps: Values) -> Values:
    """c sqrt(rho + (1 - rho) / H): relative spread of a round of H steps of spread c.

    Steps with a common correlation rho average out only in part.
    """
    need_at_least("inner_steps", inner_steps, 1)
    need_at_least("step_jitter", step_jitter, 0)
    spread: Values = step_jitter * (correlation + (1 - correlation) / inner_steps) ** 0.5
    return spread


def done_share(seconds: float, mean_seconds: float, jitter: float) -> float:
    """P(a site is done by t): its time is lognormal with this mean and relative spread."""
    if seconds <= 0:
        return 0.0
    sigma = _sigma(jitter)
    if sigma == 0:  # no jitter, or less than a float can square
        return 1.0 if seconds >= mean_seconds else 0.0
    score = math.log(seconds / mean_seconds) / sigma + sigma / 2
    return 0.5 * math.erfc(-score / math.sqrt(2))


def expected_round_seconds(
    *,
    compute_seconds: Sequence[float],
    jitter: float,
    up: Sequence[float],
    needed: int,
    idle_seconds: float,
) -> float:
    """E[duration of a round]: one quadrature over the sites' distributions.

    Site i is up with probability up_i and then takes a lognormal time of mean compute_i. With at
    least `needed` sites up the round lasts as long as the slowest of them; with fewer it is lost
    and lasts `idle_seconds`. E = idle P(too few) + integral of P(enough up, not all done by t) dt,
    where P(all up sites done, at least K of them) is a tail of the product of (1 - up_i) +
    up_i F_i(t) z over the sites.
    """
    enough = at_least_up(up, needed)
    points = _break_points(compute_seconds, jitter)
    unfinished = (
        weight
        * (enough - _all_done(up, [done_share(t, m, jitter) for m in compute_seconds], needed))
        for t, weight in _nodes(points)
    )
    return idle_seconds * (1 - enough) + enough * points[0] + math.fsum(unfinished)


@lru_cache(maxsize=4096)
def straggler_factor(n_replicas: int, jitter: float) -> float:
    """E[round] / E[slowest of M equal rounds]: what waiting for the slowest leaves; 1 at M = 1.

    The slowest of M takes the integral of 1 - F(t)^M dt.
    """
    if n_replicas == 1 or _sigma(jitter) == 0:
        return 1.0
    start, nodes = _unit_round(jitter)
    return 1 / (start + math.fsum(w * (1 - done**n_replicas) for w, done in nodes))


@lru_cache(maxsize=256)
def _unit_round(jitter: float) -> tuple[float, tuple[tuple[float, float], ...]]:
    """Where a round of mean 1 may begin to end, then the weight and F(t) of every node."""
    points = _break_points([1.0], jitter)
    return points[0], tuple((w, done_share(t, 1.0, jitter)) for t, w in _nodes(points))


def _nodes(points: Sequence[float]) -> Iterator[tuple[float, float]]:
    """Gauss-Legendre nodes and weights on every interval between the points."""
    for start, end in pairwise(points):
        middle, half = (start + end) / 2, (end - start) / 2
        for place, weight in NODES:
            yield middle - half * place, half * weight
            yield middle + half * place, half * weight


def _all_done(up: Sequence[float], done: Sequence[float], needed: int) -> float:
    """P(every site that is up is done, and at least `needed` are up)."""
    chances = [1.0]
    for one_up, one_done in zip(up, done, strict=True):
        without, joined = [*chances, 0.0], [0.0, *chances]
        chances = [
            a * (1 - one_up) + b * one_up * one_done for a, b in zip(without, joined, strict=True)
        ]
    return math.fsum(chances[needed:])


def _break_points(means: Sequence[float], jitter: float) -> list[float]:
    """Times between which every site's distribution is smooth; nothing happens before the first."""
    sigma = _sigma(jitter)
    reach = range(-REACH, REACH + 1) if sigma else (0,)
    medians = {mean * math.exp(-(sigma**2) / 2) for mean in means}
    return sorted({median * math.exp(k * sigma) for median in medians for k in reach})


def _sigma(jitter: float) -> float:
    """Log standard deviation of a lognormal with this standard deviation over its mean."""
    return math.sqrt(math.log1p(jitter**2))
