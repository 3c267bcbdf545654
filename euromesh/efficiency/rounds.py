"""A round of several sites: how many are up, and how long the slowest keeps the others waiting."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, cast

from euromesh.efficiency.exchange import need_at_least
from euromesh.elementwise import V, smaller
from euromesh.units import Values

REACH: Final = 9  # standard deviations on either side of a site's median that the integral covers
NODES: Final = (  # Gauss-Legendre on [-1, 1], eight points: (place, weight)
    (0.1834346424956498, 0.3626837833783620),
    (0.5255324099163290, 0.3137066458778873),
    (0.7966664774136267, 0.2223810344533745),
    (0.9602898564975363, 0.1012285362903763),
)


# --- quorum --------------------------------------------------------------------------------------


def sites_needed(n_replicas: int, quorum: float) -> int:
    """K = ceil(quorum x M), at least one: the sites that must be up for a round to count."""
    return max(1, math.ceil(quorum * n_replicas - 1e-9))


def up_share(goodput: V, stepping: Values) -> V:
    """u = min(1, g / w): the share of the time a site is up, of whose up time w goes into steps.

    The rest of it writes checkpoints and evaluates, which keeps no other site waiting.
    """
    return cast(V, smaller(1.0, goodput / stepping))


def up_distribution(ups: Sequence[float], done: Sequence[float]) -> list[float]:
    """P(exactly k sites up, and all of those done) for k = 0 ... M, sites independent.

    With every site done for certain it is the Poisson-binomial law.
    """
    chances = [1.0]
    for up, one_done in zip(ups, done, strict=True):
        without, joined = [*chances, 0.0], [0.0, *chances]
        chances = [a * (1 - up) + b * up * one_done for a, b in zip(without, joined, strict=True)]
    return chances


@lru_cache(maxsize=4096)
def at_least_up(ups: tuple[float, ...], needed: int) -> float:
    """P(at least `needed` of the sites are up)."""
    return min(1.0, math.fsum(up_distribution(ups, [1.0] * len(ups))[needed:]))


def quorum_factor(rates: Sequence[float], ups: Sequence[float], needed: int) -> float:
    """sum_i r_i P(at least K-1 of the others up) / sum_i r_i: what the quorum leaves of the rate.

    r_i already holds the site's own time up, so the tail is that of the other sites.
    """
    total = math.fsum(rates)
    if not total:
        return 1.0
    if len(set(ups)) == 1:
        return at_least_up(tuple(ups[1:]), needed - 1)
    kept = (
        rate * at_least_up((*ups[:i], *ups[i + 1 :]), needed - 1) for i, rate in enumerate(rates)
    )
    return math.fsum(kept) / total


# --- stragglers ----------------------------------------------------------------------------------


def round_jitter(step_jitter: Values, correlation: Values, inner_steps: Values) -> Values:
    """c sqrt(rho + (1 - rho) / H): relative spread of a round of H steps of spread c.

    Steps with a common correlation rho average out only in part.
    """
    need_at_least(1, inner_steps=inner_steps)
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
    enough = at_least_up(tuple(up), needed)
    start, nodes = _nodes(compute_seconds, jitter)
    unfinished = []
    for t, weight in nodes:
        done = [done_share(t, mean, jitter) for mean in compute_seconds]
        unfinished.append(weight * (enough - math.fsum(up_distribution(up, done)[needed:])))
    return idle_seconds * (1 - enough) + enough * start + math.fsum(unfinished)


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
    start, nodes = _nodes([1.0], jitter)
    return start, tuple((weight, done_share(t, 1.0, jitter)) for t, weight in nodes)


def _nodes(means: Sequence[float], jitter: float) -> tuple[float, list[tuple[float, float]]]:
    """Where the first site may be done, and times and weights of the integral from there.

    Gauss-Legendre on every interval in which the sites' distributions are smooth.
    """
    sigma = _sigma(jitter)
    reach = range(-REACH, REACH + 1) if sigma else (0,)
    medians = {mean * math.exp(-(sigma**2) / 2) for mean in means}
    points = sorted({median * math.exp(k * sigma) for median in medians for k in reach})
    nodes = [
        ((start + end) / 2 + side * place, (end - start) / 2 * weight)
        for start, end in pairwise(points)
        for place, weight in NODES
        for side in ((start - end) / 2, (end - start) / 2)
    ]
    return points[0], nodes


def _sigma(jitter: float) -> float:
    """Log standard deviation of a lognormal with this standard deviation over its mean."""
    return math.sqrt(math.log1p(jitter**2))
