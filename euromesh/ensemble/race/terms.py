"""On what terms places train one model together in every draw, for every number of places."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy.special import comb

from euromesh import units as u
from euromesh.efficiency import (
    flop_penalty,
    optimal_batch_tokens,
    optimal_params,
    replica_bytes,
    round_jitter,
    straggler_factor,
)
from euromesh.ensemble.columns import Columns
from euromesh.ensemble.marginals import Array
from euromesh.fleet import half_mfu_accel

MOST_JITTER: Final = 0.25  # of a round, up to which the straggler factor is interpolated
DEGREE: Final = 18  # of the polynomials in the jitter; the error is below 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Protocol:
    """What draws make of the exchange: a number or one of every draw."""

    n_params: Any
    bits_per_param: Any
    inner_steps: Any
    overlap_steps: Any
    latency_seconds: Any
    wan_bits_per_s: Any


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The terms of draws (rows) for 1, 2, ... places (columns)."""

    worth: Array  # quorum x stragglers / kappa
    n_half: Array  # accelerators at which the MFU has fallen to half
    batch_tokens: Array
    protocol: Protocol
    goodput: Array  # one of every draw, as all below
    alone_bytes: Array  # that a place needs to train alone, to `copied` accelerators
    beside_bytes: Array  # that it needs to train with others
    bytes_per_copy: Array  # that more accelerators add, for each further `copied` of them
    copied: Array  # accelerators that hold one copy of what is not sharded

    def taken(self, rows: Any) -> Terms:
        """The terms of some draws."""
        kept = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "protocol"}
        arrays = {name: value[rows] for name, value in kept.items()}
        return Terms(**arrays, protocol=picked(self.protocol, rows))

    def up_to(self, most: int) -> Terms:
        """The same for fewer places at most."""
        wide = {
            name: np.ascontiguousarray(getattr(self, name)[:, :most])
            for name in ("worth", "n_half", "batch_tokens")
        }
        return replace(self, **wide)

    def at_trunk(self, bits_per_s: Array) -> Terms:
        """The same at another rate of the trunks, one of every draw."""
        return replace(self, protocol=replace(self.protocol, wan_bits_per_s=bits_per_s))

    def needed(self, n_accel: Array, many: bool) -> Array:
        """Bytes that a replica needs on some accelerators, draws x places."""
        base = self.beside_bytes if many else self.alone_bytes
        if not self.bytes_per_copy.any():
            return base[:, None]
        copies = np.maximum(1.0, n_accel / self.copied[:, None])
        found: Array = base[:, None] + self.bytes_per_copy[:, None] * (copies - 1)
        return found


def picked(record: Any, rows: Any) -> Any:
    """A record with some draws of every field that is an array, records inside it too."""
    new = {}
    for one in fields(record):
        value = getattr(record, one.name)
        if isinstance(value, np.ndarray):
            new[one.name] = value[rows]
        elif is_dataclass(value):
            new[one.name] = picked(value, rows)
    return replace(record, **new) if new else record


def n_params_of(columns: Columns, target: str) -> Any:
    """N of a target: its own, else compute-optimal for its FLOP in every draw."""
    own = columns.number(f"targets.{target}.n_params")
    if own is not None:
        return own
    flop = columns.number(f"targets.{target}.training_flop")
    return optimal_params(flop, columns.number("training.tokens_per_param"))


def terms(columns: Columns, target: str, goodput: Any, most: int, one_building: bool) -> Terms:
    """The terms on which up to `most` places of one goodput train a target."""
    training, rows = columns.record("training"), len(columns)
    n_params = n_params_of(columns, target)
    size = np.arange(1.0, most + 1)[None]
    across = picked(training, (slice(None), None))
    n_wide = n_params[:, None] if isinstance(n_params, np.ndarray) else n_params
    batch = optimal_batch_tokens(n_wide, size, across.batch)
    n_half = half_mfu_accel(across.saturation, n_wide, batch)
    worth = presence(columns, goodput, most)
    if not one_building:
        worth = worth / _kappa(columns, n_params, size)
    shape = (rows, most)
    alone, doubled, beside = (
        replica_bytes(n_params, training, count, training.model_parallel * copies)
        for count, copies in ((1, 1), (1, 2), (2, 1))
    )
    return Terms(
        worth=np.ascontiguousarray(np.broadcast_to(worth, shape)),
        n_half=np.ascontiguousarray(np.broadcast_to(n_half, shape)),
        batch_tokens=np.ascontiguousarray(np.broadcast_to(batch, shape)),
        protocol=Protocol(
            n_params=n_params,
            bits_per_param=training.bits_per_param,
            inner_steps=training.inner_steps,
            overlap_steps=training.overlap_steps,
            latency_seconds=training.wan_latency_seconds,
            wan_bits_per_s=training.wan_gbit_per_s * u.GIGA,
        ),
        goodput=_each(goodput, rows),
        alone_bytes=_each(alone, rows),
        beside_bytes=_each(beside, rows),
        bytes_per_copy=_each(doubled - alone, rows),
        copied=_each(training.model_parallel, rows),
    )


def _each(value: Any, rows: int) -> Array:
    return np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype=np.float64), rows))


def _kappa(columns: Columns, n_params: Any, size: Array) -> Array:
    """The FLOP penalty of every draw by the law it takes: draws x sizes."""
    names, law = columns.choice("penalty.law")
    penalty = columns.record("penalty")
    steps = columns.number("training.inner_steps")
    kappa = np.empty((len(columns), size.shape[1]))
    for place, name in enumerate(names):
        rows = np.flatnonzero(law == place)
        if not len(rows):
            continue
        at = (rows, None)
        wide = [x[at] if isinstance(x, np.ndarray) else x for x in (n_params, steps)]
        kappa[rows] = flop_penalty(replace(picked(penalty, at), law=name), wide[0], size, wide[1])
    return kappa


# --- quorum and stragglers -----------------------------------------------------------------------


def presence(columns: Columns, goodput: Any, most: int) -> Array:
    """What quorum and stragglers leave of up to `most` places: draws x sizes."""
    rows = len(columns)
    jitter = round_jitter(
        *(
            _each(columns.number(f"training.{name}"), rows)
            for name in ("step_jitter", "jitter_correlation", "inner_steps")
        )
    )
    quorum = _each(columns.number("training.quorum"), rows)
    return quorum_factors(_each(goodput, rows), quorum, most) * straggler_factors(jitter, most)


def quorum_factors(goodput: Array, quorum: Array, most: int) -> Array:
    """P(at least K - 1 of the other M - 1 places are up) for M = 1 ... most.

    With K = ceil(quorum M), `efficiency.sites_needed`. From M to M + 1 the tail P(B >= k) of
    Binomial(m, g) grows by g P(B = k - 1), and falls by P(B = k) of m + 1 trials where K grows.
    """
    others = np.arange(most)
    needed = np.maximum(1, np.ceil(quorum[:, None] * (others + 1) - 1e-9)).astype(np.intp) - 1
    before, after = needed[:, :-1], needed[:, 1:]
    up = goodput[:, None]
    grown = up * _binomial(others[:-1], before - 1, up)
    lost = np.where(after > before, _binomial(others[1:], before, up), 0.0)
    tail = np.cumsum(np.concatenate([np.ones_like(up), grown - lost], axis=1), axis=1)
    return np.clip(tail, 0.0, 1.0)


def _binomial(trials: NDArray[np.intp], up: NDArray[np.intp], chance: Array) -> Array:
    """P(exactly `up` of some trials), 0 where that is less than none: draws x sizes."""
    ways = _ways(int(trials.max(initial=0)))[trials, np.maximum(up, 0)]
    found: Array = ways * chance ** np.maximum(up, 0) * (1 - chance) ** (trials - up)
    return np.where(up < 0, 0.0, found)


@cache
def _ways(most: int) -> Array:
    found: Array = comb(np.arange(most + 1)[:, None], np.arange(most + 2)[None])
    return found


def straggler_factors(jitter: Array, most: int) -> Array:
    """The straggler factor of M = 1 ... most places at each jitter: draws x sizes.

    Interpolated in the jitter by Chebyshev polynomials; an unusually large jitter is integrated.
    """
    at = jitter[:, None] * (2 / MOST_JITTER) - 1
    found: Array = chebyshev.chebval(at, _polynomials(most)[:, None, :], tensor=False)
    for row in np.flatnonzero(jitter > MOST_JITTER):
        found[row] = [straggler_factor(size, float(jitter[row])) for size in range(1, most + 1)]
    return found


@cache
def _polynomials(most: int) -> Array:
    """Coefficients of the straggler factor in the jitter: degrees x sizes."""

    def at(place: Array, size: int) -> Array:
        return np.array([straggler_factor(size, float(x)) for x in (place + 1) * MOST_JITTER / 2])

    columns = [chebyshev.chebinterpolate(at, DEGREE, (size,)) for size in range(1, most + 1)]
    return np.stack(columns, axis=1)
