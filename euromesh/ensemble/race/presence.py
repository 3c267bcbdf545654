"""What quorum and stragglers leave of 1, 2, ... places that train together, in every draw."""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.polynomial import chebyshev
from scipy.special import comb

from euromesh.efficiency import straggler_factor
from euromesh.ensemble.compiled import entry
from euromesh.ensemble.marginals import Array

MOST_JITTER: Final = 0.25  # of a round, up to which the straggler factor is interpolated
DEGREE: Final = 10


def quorum_factors(up: Array, quorum: Array, most: int) -> Array:
    """P(at least K - 1 of the other M - 1 places are up) for M = 1 ... most: draws x sizes.

    K = ceil(quorum M), `efficiency.sites_needed`.
    """
    return _tails(up, quorum, _ways(most))


@entry()
def _tails(ups: Array, quorum: Array, ways: Array) -> Array:
    """From m - 1 to m trials the tail P(B >= k) of Binomial(m, g) grows by g P(B = k - 1).

    It falls by P(B = k) of m trials where k grows.
    """
    most = len(ways)
    found = np.empty((len(ups), most))
    hit, miss = np.empty(most), np.empty(most)
    for row in range(len(ups)):
        up = ups[row]
        hit[0] = miss[0] = 1.0
        for power in range(1, most):
            hit[power] = hit[power - 1] * up
            miss[power] = miss[power - 1] * (1 - up)
        tail, k = 1.0, 0
        found[row, 0] = tail
        for m in range(1, most):
            if k > 0:
                tail += up * ways[m - 1, k - 1] * hit[k - 1] * miss[m - k]
            if np.ceil(quorum[row] * (m + 1) - 1e-9) - 1 > k:
                tail -= ways[m, k] * hit[k] * miss[m - k]
                k += 1
            found[row, m] = min(1.0, max(0.0, tail))
    return found


@cache
def _ways(most: int) -> Array:
    """Ways to choose k of m, m and k below the most."""
    number = np.arange(most)
    return np.asarray(comb(number[:, None], number[None]), dtype=np.float64)


def straggler_factors(jitter: Array, most: int) -> Array:
    """The straggler factor of M = 1 ... most places at each jitter: draws x sizes.

    Interpolated in the jitter by Chebyshev polynomials; an unusually large jitter is integrated.
    """
    found = _at_jitter(jitter * (2 / MOST_JITTER) - 1, _polynomials(most))
    for row in np.flatnonzero(jitter > MOST_JITTER):
        found[row] = [straggler_factor(size, float(jitter[row])) for size in range(1, most + 1)]
    return found


@entry()
def _at_jitter(x: Array, polynomials: Array) -> Array:
    """sum_k c_k T_k(x) by Clenshaw's recurrence, with the coefficients of every size."""
    degrees, most = polynomials.shape
    found = np.zeros((len(x), most))
    before = np.empty(most)
    for row in range(len(x)):
        before[:] = 0.0
        now = found[row]
        for degree in range(degrees - 1, 0, -1):
            for size in range(most):
                further = polynomials[degree, size] + 2 * x[row] * now[size] - before[size]
                before[size], now[size] = now[size], further
        for size in range(most):
            now[size] = polynomials[0, size] + x[row] * now[size] - before[size]
    return found


@cache
def _polynomials(most: int) -> Array:
    """Coefficients of the straggler factor in the jitter: degrees x sizes."""
    jitters = (chebyshev.chebpts1(DEGREE + 1) + 1) * MOST_JITTER / 2
    sizes = range(1, most + 1)
    factors = [[straggler_factor(size, float(x)) for size in sizes] for x in jitters]
    fitted = chebyshev.chebfit(chebyshev.chebpts1(DEGREE + 1), np.array(factors), DEGREE)
    return np.ascontiguousarray(fitted, dtype=np.float64)
