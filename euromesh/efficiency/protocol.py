"""A training protocol on a set of sites: what it sends, when, and how busy the compute stays."""

from __future__ import annotations

from dataclasses import dataclass

from euromesh.efficiency.checks import need_whole
from euromesh.efficiency.exchange import (
    check_protocol,
    compute_utilization,
    exchange_bits,
    hiding_bits_per_s,
)
from euromesh.records.settings import Training
from euromesh.units import Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """How often sites exchange, in how many pieces, how late a piece may be, and how coded."""

    bits_per_param: float
    inner_steps: float  # H
    n_fragments: int  # P
    overlap_steps: float  # tau
    n_layers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What a set of sites brings to a protocol: its model, step and way round the ring."""

    n_params: float
    n_replicas: int
    step_seconds: float
    latency_seconds: float  # of one turn of the ring

    @property
    def ring_latency_seconds(self) -> float:
        """2 (M - 1) e: the latencies of one exchange."""
        return 2 * (self.n_replicas - 1) * self.latency_seconds


def planned(training: Training) -> Protocol:
    """The protocol that the parameters describe; counts must be whole, and fit together."""
    need_whole("training.inner_steps", training.inner_steps)
    need_whole("training.n_fragments", training.n_fragments)
    need_whole("training.n_layers", training.n_layers)
    layers = int(training.n_layers)
    check_protocol(training.inner_steps, int(training.n_fragments), training.overlap_steps, layers)
    return Protocol(
        bits_per_param=training.bits_per_param,
        inner_steps=training.inner_steps,
        n_fragments=int(training.n_fragments),
        overlap_steps=training.overlap_steps,
        n_layers=layers,
    )


def protocol_utilization(protocol: Protocol, pace: Pace, wan_bits_per_s: Values) -> Values:
    """U of a protocol on these sites at a trunk rate; a single site has nothing to exchange."""
    if pace.n_replicas == 1:
        return wan_bits_per_s**0.0
    return compute_utilization(
        step_seconds=pace.step_seconds,
        fragment_bits=_fragment_bits(protocol, pace),
        wan_bits_per_s=wan_bits_per_s,
        latency_seconds=pace.ring_latency_seconds,
        inner_steps=protocol.inner_steps,
        n_fragments=protocol.n_fragments,
        overlap_steps=protocol.overlap_steps,
        n_layers=protocol.n_layers,
    )


def protocol_hiding_bits_per_s(protocol: Protocol, pace: Pace) -> float:
    """The least trunk rate at which the protocol delays no step of these sites, bit/s."""
    if pace.n_replicas == 1:
        return 0.0
    return hiding_bits_per_s(
        step_seconds=pace.step_seconds,
        fragment_bits=float(_fragment_bits(protocol, pace)),
        latency_seconds=pace.ring_latency_seconds,
        inner_steps=protocol.inner_steps,
        n_fragments=protocol.n_fragments,
        overlap_steps=protocol.overlap_steps,
        n_layers=protocol.n_layers,
    )


def _fragment_bits(protocol: Protocol, pace: Pace) -> Values:
    return exchange_bits(
        pace.n_params, protocol.bits_per_param, pace.n_replicas, protocol.n_fragments
    )
