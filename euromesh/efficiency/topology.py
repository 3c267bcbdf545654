"""All-reduces over unequal links: one ring, or rings of regions under a ring of their leaders."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from euromesh.efficiency.checks import need_at_least, need_some
from euromesh.elementwise import ratio


@dataclass(frozen=True, slots=True)
class Trunk:
    """The wide-area link of a site."""

    bits_per_s: float
    latency_seconds: float  # of one turn of a ring; we charge a round trip

    def __post_init__(self) -> None:
        need_at_least("bits_per_s of a trunk", self.bits_per_s, 0)
        need_at_least("latency_seconds of a trunk", self.latency_seconds, 0)


def ring_seconds(model_bits: float, trunks: Sequence[Trunk]) -> float:
    """2 (M - 1) max_i (bN / (M W_i) + e_i): one ring all-reduce over unequal links, seconds.

    Each of the 2 (M - 1) turns moves one of M chunks over every link at once (reduce-scatter,
    then all-gather), and a site sends on only what it has received; so the slowest link sets the
    pace of every turn. Exact when all start together; with equal links it is `allreduce_seconds`
    and 2 (M - 1) latencies.
    """
    need_some("trunks", trunks)
    count = len(trunks)
    turn = max(float(ratio(model_bits / count, t.bits_per_s)) + t.latency_seconds for t in trunks)
    return 2 * (count - 1) * turn if count > 1 else 0.0


@dataclass(frozen=True, slots=True)
class Region:
    """Sites around a leader: its trunk to other leaders, and the links of the others to it."""

    leader: Trunk
    inside: tuple[Trunk, ...]


def hierarchical_seconds(model_bits: float, regions: Sequence[Region]) -> float:
    """Reduce to each region's leader, ring over the leaders, broadcast back; seconds.

    Inside a region the model goes along a chain to the leader in pieces small enough to overlap:
    bN / W of its slowest link and the latencies on the way. The broadcast takes the same.
    """
    need_some("regions", regions)
    inside = max(_chain_seconds(model_bits, region.inside) for region in regions)
    return 2 * inside + ring_seconds(model_bits, [region.leader for region in regions])


def _chain_seconds(model_bits: float, links: Sequence[Trunk]) -> float:
    if not links:
        return 0.0
    slowest = min(link.bits_per_s for link in links)
    return float(ratio(model_bits, slowest)) + math.fsum(link.latency_seconds for link in links)
