"""What an exchange over the wide-area network costs: bits, seconds and compute utilisation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from euromesh.elementwise import everywhere, larger, least, ratio, smaller
from euromesh.records.base import InputError
from euromesh.records.settings import Training
from euromesh.records.tables import BandwidthRow
from euromesh.units import Values


def need_at_least(least: float, **values: Values) -> None:
    """Refuse any of some values, or of the elements of an array, that means nothing, by name."""
    for name, value in values.items():
        if not everywhere(value >= least):
            raise InputError(f"{name} must be at least {least:g}, got {value}")


def need_some(name: str, values: object) -> None:
    """Refuse a set of sites or links that is empty."""
    if not values:
        raise InputError(
            f"{name} must hold at least one entry, got none: grant a share of a machine"
        )


# --- a protocol on a set of sites ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How often sites exchange, in how many pieces, how late a piece may be, and how coded."""

    bits_per_param: float  # b
    inner_steps: float  # H
    n_fragments: int  # P
    overlap_steps: float  # tau
    n_layers: int

    def __post_init__(self) -> None:
        count, fewest = self.n_fragments, least(self.inner_steps)
        need_at_least(1, inner_steps=self.inner_steps, n_fragments=count)
        need_at_least(0, overlap_steps=self.overlap_steps)
        for name, most in (("n_layers", self.n_layers), ("inner_steps", fewest)):
            if count > most:
                raise InputError(f"n_fragments must be at most {name} = {most:g}, got {count}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What a set of sites brings to a protocol: its model, step and way round the ring."""

    n_params: float  # N
    n_replicas: int  # M
    step_seconds: float  # T
    latency_seconds: float  # of one turn of the ring

    def __post_init__(self) -> None:
        need_at_least(0, step_seconds=self.step_seconds, latency_seconds=self.latency_seconds)

    @property
    def ring_latency_seconds(self) -> float:
        """2 (M - 1) e: the latencies of one exchange."""
        return 2 * (self.n_replicas - 1) * self.latency_seconds


def planned(training: Training | BandwidthRow) -> Protocol:
    """The protocol of the plan or of a published row; an `InputError` where it does not fit."""
    return Protocol(
        bits_per_param=training.bits_per_param,
        inner_steps=training.inner_steps,
        n_fragments=int(training.n_fragments),
        overlap_steps=training.overlap_steps,
        n_layers=int(training.n_layers),
    )


# --- the exchange of a fragment ------------------------------------------------------------------


def exchange_bits(
    n_params: Values, bits_per_param: Values, n_replicas: Values, n_fragments: Values
) -> Values:
    """Z = 2 (1 - 1/M) b N / P: bits that each site sends in one fragment exchange."""
    return 2 * (1 - 1 / n_replicas) * bits_per_param * n_params / n_fragments


def fragment_done(
    step_seconds: Values, layer_seconds: Values, fragment: Values, n_fragments: int, n_layers: int
) -> Values:
    """d_p: seconds into the step at which the last layer of fragment p has been sent.

    The forward pass takes T/3. The backward pass visits layers L, ..., 1, and layer l is ready
    at T/3 + (2T/3)(L - l + 1)/L. Fragment p holds layers p, p + P, p + 2P, ... (strided), and a
    FIFO link sends each as it becomes ready. Gaps and services are equal, so either the link
    is free when the last layer is ready, or it has been busy since the first:
    d_p = max(last ready + s, first ready + k s) for k layers of service s.
    """
    first, last, count = fragment_ready(fragment, n_fragments, n_layers)
    first, last = step_seconds * first, step_seconds * last
    return larger(last + layer_seconds, first + count * layer_seconds)


def fragment_ready(
    fragment: Values, n_fragments: int, n_layers: int
) -> tuple[Values, Values, Values]:
    """When the first and the last of a fragment's layers are ready, in steps, and their number."""
    further = (n_layers - fragment) // n_fragments
    first, last = (
        1 / 3 + (2 / 3) * (n_layers - layer + 1) / n_layers
        for layer in (fragment + further * n_fragments, fragment)
    )
    return first, last, further + 1


def fragment_stall(done: Values, exchange: Values, gap: Values, overlap_steps: Values) -> Values:
    """stall_p = max(0, w (d_p + e - (1 + tau)), Z/W - gap), all in steps, d_p + e given as done.

    w = min(1, gap / (1 + tau)): what of a pause a fragment does not share with the next one.
    """
    own = smaller(1.0, gap / (1 + overlap_steps))
    return larger(0.0, larger(own * (done - (1 + overlap_steps)), exchange - gap))


def compute_utilization(protocol: Protocol, pace: Pace, wan_bits_per_s: Values) -> Values:
    """U = H T / (H T + sum_p stall_p), the simulator of Streaming DiLoCo (arXiv 2501.18512).

    stall_p = max(0, w (d_p + e - (1 + tau) T), Z/W - (H/P) T): a fragment that misses its deadline
    holds the step, and the link must be free for the next one. e is the latency of the whole
    exchange, which the paper leaves out. w = min(1, (H/P) / (1 + tau)): where a fragment leaves
    before the one before it is due, one pause serves both, which the paper's settings never
    reach; without w a faster fleet could come out slower. Exact where H/P is whole; elsewhere the
    closest fragments queue, and U near its bend comes out too high. Data-parallel is H = P = 1
    and vanilla DiLoCo P = 1, both with tau = 0. U is 1 without bits and latency, as for a single
    site, and 0 without bandwidth.
    """
    need_at_least(0, wan_bits_per_s=wan_bits_per_s)
    count, depth = protocol.n_fragments, protocol.n_layers
    bits = exchange_bits(pace.n_params, protocol.bits_per_param, pace.n_replicas, count)
    exchange = ratio(bits, wan_bits_per_s) / pace.step_seconds  # in steps, as all below
    latency = pace.ring_latency_seconds / pace.step_seconds
    gap = protocol.inner_steps / count
    stall: Values = 0.0
    for fragment in range(1, count + 1):
        done = fragment_done(1.0, exchange * count / depth, fragment, count, depth) + latency
        stall = stall + fragment_stall(done, exchange, gap, protocol.overlap_steps)
        if everywhere(stall == 0):  # the first fragment is the latest: it holds the last layer
            break
    return protocol.inner_steps / (protocol.inner_steps + stall)


def hiding_bits_per_s(protocol: Protocol, pace: Pace) -> float:
    """The least trunk rate at which the protocol delays no step of these sites, bit/s.

    The last layer of every fragment must be there in time, d_p + e <= (1 + tau) T, and the link
    be free for the next, Z/W <= (H/P) T. Without overlap the last layer always sticks out, and
    no rate suffices: it is infinite.
    """
    if pace.n_replicas == 1:
        return 0.0
    count, depth, step = protocol.n_fragments, protocol.n_layers, pace.step_seconds
    due = (1 + protocol.overlap_steps) * step - pace.ring_latency_seconds
    bits = float(exchange_bits(pace.n_params, protocol.bits_per_param, pace.n_replicas, count))
    rates = [bits / (protocol.inner_steps / count * step)]
    for fragment in range(1, count + 1):
        first, last, layers = map(float, fragment_ready(fragment, count, depth))
        for ready, queued in ((first, layers), (last, 1)):
            left = due - step * ready
            rates.append(bits * count / depth * queued / left if left > 0 else math.inf)
    return max(rates)


# --- the whole model over unequal links ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trunk:
    """The wide-area link of a site."""

    bits_per_s: float
    latency_seconds: float  # of one turn of a ring; we charge a round trip

    def __post_init__(self) -> None:
        need_at_least(0, bits_per_s=self.bits_per_s, latency_seconds=self.latency_seconds)


def allreduce_seconds(
    n_params: Values,
    bits_per_param: Values,
    n_replicas: Values,
    wan_bits_per_s: Values,
    latency_seconds: Values,
) -> Values:
    """(2 b N / W)(1 - 1/R) + e: bandwidth-optimal lower bound of one all-reduce, seconds."""
    need_at_least(0, wan_bits_per_s=wan_bits_per_s)
    bits = exchange_bits(n_params, bits_per_param, n_replicas, 1)
    return ratio(bits, wan_bits_per_s) + latency_seconds


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


def hierarchical_seconds(model_bits: float, regions: Sequence[Sequence[Trunk]]) -> float:
    """Reduce to each region's leader, ring over the leaders, broadcast back; seconds.

    A region is the trunk of its leader, then the links of the others to it. Inside it the model
    goes along a chain to the leader in pieces small enough to overlap: bN / W of its slowest link
    and the latencies on the way. The broadcast takes the same.
    """
    inside = [
        float(ratio(model_bits, min(link.bits_per_s for link in links)))
        + math.fsum(link.latency_seconds for link in links)
        for _, *links in regions
        if links
    ]
    return 2 * max(inside, default=0.0) + ring_seconds(model_bits, [r[0] for r in regions])
