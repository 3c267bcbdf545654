"""All-reduces over unequal links: one ring, or rings of regions under a ring of their leaders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from euromesh.elementwise import ratio


@dataclass(frozen=True, slots=True)
class Trunk:
    """The wide-area link of a site."""

    bits_per_s: float
    latency_seconds: float


def ring_seconds(model_bits: float, trunks: Sequence[Trunk]) -> float:
    """2 (M - 1) max_i (bN / (M W_i) + e_i): one ring all-reduce over unequal links, seconds.

    Each of the 2 (M - 1) turns moves one of M chunks over every link at once (reduce-scatter,
    then all-gather), and a site sends on only what it has received; so the slowest link sets the
    pace of every turn. Exact when all start together; with equal links it is `allreduce_seconds`
    and 2 (M - 1) latencies.
    """
    count = len(trunks)
    turn = max(float(ratio(model_bits / count, t.bits_per_s)) + t.latency_seconds for t in trunks)
    return 2 * (count - 1) * turn if count > 1 else 0.0


def hierarchical_seconds(model_bits: float, regions: Sequence[Sequence[Trunk]]) -> float:
    """Reduce inside each region, ring over the regions' leaders, broadcast back; seconds.

    The fastest trunk of a region leads it. Inside, the model goes through a chain to the leader,
    in pieces small enough to overlap: bN / W of the slowest link and the latencies on the way;
    the broadcast takes the same.
    """
    leaders = [max(region, key=lambda trunk: trunk.bits_per_s) for region in regions]
    inside = max(_chain_seconds(model_bits, region) for region in regions)
    return 2 * inside + ring_seconds(model_bits, leaders)


def _chain_seconds(model_bits: float, region: Sequence[Trunk]) -> float:
    if len(region) == 1:
        return 0.0
    slowest = min(trunk.bits_per_s for trunk in region)
    latency = max(trunk.latency_seconds for trunk in region)
    return float(ratio(model_bits, slowest)) + (len(region) - 1) * latency
