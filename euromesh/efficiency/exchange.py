"""What an exchange over the wide-area network costs: bits, seconds and compute utilisation."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from euromesh.efficiency.checks import need_at_least, need_whole
from euromesh.elementwise import everywhere, larger, least, ratio, smaller
from euromesh.records.base import InputError
from euromesh.units import Values

Given = ParamSpec("Given")
Found = TypeVar("Found")


def checked(compute: Callable[Given, Found]) -> Callable[Given, Found]:
    """A function of the settings of an exchange that refuses those that mean nothing, by name."""

    @wraps(compute)
    def refusing(*args: Given.args, **kwargs: Given.kwargs) -> Found:
        _check_exchange(**kwargs)  # type: ignore[arg-type]
        return compute(*args, **kwargs)

    return refusing


def allreduce_seconds(
    n_params: Values,
    bits_per_param: Values,
    n_replicas: Values,
    wan_bits_per_s: Values,
    latency_seconds: Values,
) -> Values:
    """(2 b N / W)(1 - 1/R) + e: bandwidth-optimal lower bound of one all-reduce, seconds."""
    need_at_least("wan_bits_per_s", wan_bits_per_s, 0)
    bits = exchange_bits(n_params, bits_per_param, n_replicas, 1)
    return ratio(bits, wan_bits_per_s) + latency_seconds


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


@checked
def compute_utilization(
    *,
    step_seconds: Values,
    fragment_bits: Values,
    wan_bits_per_s: Values,
    latency_seconds: Values,
    inner_steps: Values,
    n_fragments: int,
    overlap_steps: Values,
    n_layers: int,
) -> Values:
    """U = H T / (H T + sum_p stall_p), the simulator of Streaming DiLoCo (arXiv 2501.18512).

    stall_p = max(0, w (d_p + e - (1 + tau) T), Z/W - (H/P) T): a fragment that misses its deadline
    holds the step, and the link must be free for the next one. e is the latency of the whole
    exchange, which the paper leaves out. w = min(1, (H/P) / (1 + tau)): where a fragment leaves
    before the one before it is due, one pause serves both, which the paper's settings never
    reach; without w a faster fleet could come out slower. Exact where H/P is whole; elsewhere the
    closest fragments queue, and U near its bend comes out too high. Data-parallel is H = P = 1
    and vanilla DiLoCo P = 1, both with tau = 0. U is 1 without bits and latency, and 0 without
    bandwidth.
    """
    latency = latency_seconds / step_seconds
    exchange = ratio(fragment_bits, wan_bits_per_s) / step_seconds  # in steps, as all below
    layer = exchange * n_fragments / n_layers
    gap = inner_steps / n_fragments
    stall: Values = 0.0
    for fragment in range(1, n_fragments + 1):
        done = fragment_done(1.0, layer, fragment, n_fragments, n_layers) + latency
        stall = stall + fragment_stall(done, exchange, gap, overlap_steps)
        if everywhere(stall == 0):  # the first fragment is the latest: it holds the last layer
            break
    return inner_steps / (inner_steps + stall)


@checked
def hiding_bits_per_s(
    *,
    step_seconds: float,
    fragment_bits: float,
    latency_seconds: float,
    inner_steps: float,
    n_fragments: int,
    overlap_steps: float,
    n_layers: int,
) -> float:
    """The least rate at which no step waits for an exchange, bit/s; infinite where none suffices.

    The last layer of every fragment must be there in time, d_p + e <= (1 + tau) T, and the link
    be free for the next, Z/W <= (H/P) T. Without overlap the last layer always sticks out.
    """
    least = fragment_bits / (inner_steps / n_fragments * step_seconds)
    layer_bits = fragment_bits * n_fragments / n_layers
    for fragment in range(1, n_fragments + 1):
        layers = range(fragment, n_layers + 1, n_fragments)
        for index, layer in enumerate(reversed(layers)):
            ready = step_seconds * (1 / 3 + (2 / 3) * (n_layers - layer + 1) / n_layers)
            left = (1 + overlap_steps) * step_seconds - latency_seconds - ready
            queued = layer_bits * (len(layers) - index)
            least = max(least, queued / left if left > 0 else math.inf)
    return least


def measured_utilization(compute_seconds: Values, exchange_seconds: Values) -> Values:
    """t_comp / (t_comp + t_comm): utilisation of a run that waits for its exchange."""
    return compute_seconds / (compute_seconds + exchange_seconds)


def _check_exchange(
    *,
    step_seconds: Values,
    fragment_bits: Values,
    latency_seconds: Values,
    inner_steps: Values,
    n_fragments: int,
    overlap_steps: Values,
    n_layers: int,
    wan_bits_per_s: Values = 0.0,
) -> None:
    need_at_least("wan_bits_per_s", wan_bits_per_s, 0)
    check_protocol(inner_steps, n_fragments, overlap_steps, n_layers)
    for name, value in (
        ("step_seconds", step_seconds),
        ("fragment_bits", fragment_bits),
        ("latency_seconds", latency_seconds),
    ):
        need_at_least(name, value, 0)


def check_protocol(
    inner_steps: Values, n_fragments: int, overlap_steps: Values, n_layers: int
) -> None:
    """Refuse fragments that do not fit into the layers or the inner steps."""
    need_at_least("inner_steps", inner_steps, 1)
    need_at_least("overlap_steps", overlap_steps, 0)
    need_whole("n_fragments", n_fragments)
    if n_fragments > n_layers:
        raise InputError(f"n_fragments must be at most n_layers = {n_layers}, got {n_fragments}")
    fewest = least(inner_steps)
    if fewest < n_fragments:
        raise InputError(f"n_fragments must be at most inner_steps = {fewest:g}, got {n_fragments}")
