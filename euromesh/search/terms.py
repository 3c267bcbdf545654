"""On what terms places train together: memory, order by worth, and compute utilisation."""

from __future__ import annotations

import math
from typing import Any, Final

BETTER: Final = 1 + 1e-12


def needed(run: Any, base: float, n_accel: float) -> float:
    """Bytes that a replica needs on some accelerators."""
    copies = max(1.0, n_accel / run.copied) if run.bytes_per_copy > 0 else 1.0
    return float(base + run.bytes_per_copy * (copies - 1))


def rank(places: Any, ranked: Any, count: int, price: float) -> None:
    """Sort the first places by r - p n, the greatest first; they are nearly sorted as a rule.

    Of r only the part counts that the quorum leaves, where goodputs differ.
    """
    for at in range(count):
        place = places[ranked[at]]
        place.worth = place.part * place.flop_per_s - price * place.n_accel
    for at in range(1, count):
        number, to = ranked[at], at
        worth = places[number].worth
        while to > 0 and places[ranked[to - 1]].worth < worth:
            ranked[to] = ranked[to - 1]
            to -= 1
        ranked[to] = number


def utilization(run: Any, fragments: Any, terms: Any, running: float, floor: float) -> float:
    """U = H / (H + sum_p stall_p) of a size of team at a running rate, on trunks of a rate.

    See `efficiency.compute_utilization`.
    """
    count = len(fragments)
    due, gap = 1 + run.overlap_steps, run.inner_steps / count
    slower = 1.0
    if floor != run.wan_bits_per_s:
        slower = run.wan_bits_per_s / floor if floor > 0 else math.inf
    exchange = running * terms.exchange_steps * slower
    latency = running * terms.latency_steps
    own, stall = min(1.0, gap / due), 0.0
    for one in fragments:
        layer = exchange * one.layer_share
        done = max(one.last + layer, one.first + one.n_layers * layer) + latency
        held = max(own * (done - due), exchange - gap)
        if held <= 0:  # the first fragment is the latest: it holds the last layer
            break
        stall += held
    return float(run.inner_steps / (run.inner_steps + stall))
