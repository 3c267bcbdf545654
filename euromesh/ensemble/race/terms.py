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
    exchange_bits,
    flop_penalty,
    optimal_batch_tokens,
    optimal_params,
    replica_bytes,
    round_jitter,
    step_seconds,
    straggler_factor,
)
from euromesh.ensemble.columns import Columns
from euromesh.ensemble.marginals import Array
from euromesh.fleet import half_mfu_accel

MOST_JITTER: Final = 0.25  # of a round, up to which the straggler factor is interpolated
DEGREE: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The terms of draws (rows) for 1, 2, ... places (columns).

    The step time falls with the running rate R, so an exchange takes a multiple of R in steps.
    """

    worth: Array  # quorum x stragglers / kappa
    n_half: Array  # accelerators at which the MFU has fallen to half
    exchange_steps: Array  # of one fragment, over R in FLOP/s
    latency_steps: Array  # of one exchange, over R
    inner_steps: Array  # one of every draw, as all below
    overlap_steps: Array
    wan_bits_per_s: Array
    alone_bytes: Array  # that a place needs to train alone, to `copied` accelerators
    beside_bytes: Array  # that it needs to train with others
    bytes_per_copy: Array  # that more accelerators add, for each further `copied` of them
    copied: Array  # accelerators that hold one copy of what is not sharded

    def taken(self, rows: Any) -> Terms:
        """The terms of some draws."""
        return Terms(*(getattr(self, one.name)[rows] for one in fields(self)))

    def up_to(self, most: int) -> Terms:
        """The same for fewer places at most."""
        wide = {
            name: np.ascontiguousarray(getattr(self, name)[:, :most])
            for name in ("worth", "n_half", "exchange_steps", "latency_steps")
        }
        return replace(self, **wide)

    def at_trunk(self, bits_per_s: float) -> Terms:
        """The same at another rate of the trunks."""
        slower = self.exchange_steps * (self.wan_bits_per_s / bits_per_s)[:, None]
        return replace(self, exchange_steps=slower)

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


def terms_for(
    columns: Columns, route: str, target: str, goodput: Any, most: int, one_building: bool
) -> Terms:
    """The terms on which up to `most` places of one goodput train a target."""
    training = columns.once("training", lambda: columns.record("training"))
    n_params = n_params_of(columns, target)
    size = np.arange(1.0, most + 1)[None]
    across = columns.once("training across", lambda: picked(training, (slice(None), None)))
    n_wide = n_params[:, None] if isinstance(n_params, np.ndarray) else n_params
    batch = optimal_batch_tokens(n_wide, size, across.batch)
    worth = columns.once(("presence", route), lambda: presence(columns, goodput, most))
    if not one_building:
        worth = worth / _kappa(columns, n_params, size)
    step = step_seconds(n_wide, batch, 1.0)  # over R
    wan = across.wan_gbit_per_s * u.GIGA
    bits = exchange_bits(n_wide, across.bits_per_param, size, across.n_fragments)
    up = 1.0 / np.where(goodput == 0, 1.0, goodput)  # the running rate over the useful one
    alone, doubled, beside = (
        replica_bytes(n_params, training, count, training.model_parallel * copies)
        for count, copies in ((1, 1), (1, 2), (2, 1))
    )
    many = (
        worth,
        half_mfu_accel(across.saturation, n_wide, batch),
        bits / wan / step * _column(up),
        2 * (size - 1) * across.wan_latency_seconds / step * _column(up),
    )
    each = (
        training.inner_steps,
        training.overlap_steps,
        training.wan_gbit_per_s * u.GIGA,
        alone,
        beside,
        doubled - alone,
        training.model_parallel,
    )
    shape = (len(columns), most)
    return Terms(
        *(np.ascontiguousarray(np.broadcast_to(x, shape)) for x in many),
        *(_each(x, len(columns)) for x in each),
    )


def _column(value: Any) -> Any:
    return value[:, None] if np.ndim(value) == 1 else value


def _each(value: Any, rows: int) -> Array:
    return np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype=np.float64), rows))


def _kappa(columns: Columns, n_params: Any, size: Array) -> Array:
    """The FLOP penalty of every draw by the law it takes: draws x sizes."""
    names, law = columns.choice("penalty.law")
    penalty = columns.once("penalty", lambda: columns.record("penalty"))
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
    """What quorum and stragglers leave of up to `most` places: draws x sizes, all of one alone."""
    rows = len(columns)
    if most == 1:
        return np.ones((rows, 1))
    steady = ("step_jitter", "jitter_correlation", "inner_steps")
    jitter = round_jitter(*(columns.number(f"training.{name}") for name in steady))
    quorum = _each(columns.number("training.quorum"), rows)
    up = quorum_factors(_each(goodput, rows), quorum, most)
    return up * straggler_factors(_each(jitter, rows), most)


def quorum_factors(goodput: Array, quorum: Array, most: int) -> Array:
    """P(at least K - 1 of the other M - 1 places are up) for M = 1 ... most.

    With K = ceil(quorum M), `efficiency.sites_needed`. From M to M + 1 the tail P(B >= k) of
    Binomial(m, g) grows by g P(B = k - 1), and falls by P(B = k) of m + 1 trials where K grows.
    """
    others = np.arange(most)
    needed = np.maximum(1, np.ceil(quorum[:, None] * (others + 1) - 1e-9)).astype(np.intp) - 1
    before, after = needed[:, :-1], needed[:, 1:]
    powers = _powers(goodput, most), _powers(1 - goodput, most)
    grown = goodput[:, None] * _binomial(others[:-1], before - 1, *powers)
    lost = np.where(after > before, _binomial(others[1:], before, *powers), 0.0)
    one = np.ones((len(goodput), 1))
    tail: Array = np.cumsum(np.concatenate([one, grown - lost], axis=1), axis=1)
    return np.clip(tail, 0.0, 1.0)


def _powers(base: Array, most: int) -> Array:
    """base^0 ... base^most: draws x powers."""
    factors = np.concatenate([np.ones((len(base), 1)), np.tile(base[:, None], most)], axis=1)
    return np.cumprod(factors, axis=1).astype(np.float64, copy=False)


def _binomial(trials: NDArray[np.intp], up: NDArray[np.intp], hit: Array, miss: Array) -> Array:
    """P(exactly `up` of some trials), 0 where that is less than none: draws x sizes."""
    some = np.maximum(up, 0)
    ways = _ways(int(trials.max(initial=0)))[trials, some]
    hits = np.take_along_axis(hit, some, axis=1)
    misses = np.take_along_axis(miss, np.maximum(trials - some, 0), axis=1)
    return np.where(up < 0, 0.0, ways * hits * misses)


@cache
def _ways(most: int) -> Array:
    return np.asarray(comb(np.arange(most + 1)[:, None], np.arange(most + 2)[None]), np.float64)


def straggler_factors(jitter: Array, most: int) -> Array:
    """The straggler factor of M = 1 ... most places at each jitter: draws x sizes.

    Interpolated in the jitter by Chebyshev polynomials; an unusually large jitter is integrated.
    """
    at = jitter[:, None] * (2 / MOST_JITTER) - 1
    found = np.asarray(chebyshev.chebval(at, _polynomials(most)[:, None, :], tensor=False), float)
    for row in np.flatnonzero(jitter > MOST_JITTER):
        found[row] = [straggler_factor(size, float(jitter[row])) for size in range(1, most + 1)]
    return found


@cache
def _polynomials(most: int) -> Array:
    """Coefficients of the straggler factor in the jitter: degrees x sizes."""

    jitters = (chebyshev.chebpts1(DEGREE + 1) + 1) * MOST_JITTER / 2
    sizes = range(1, most + 1)
    factors = [[straggler_factor(size, float(x)) for size in sizes] for x in jitters]
    fitted = chebyshev.chebfit(chebyshev.chebpts1(DEGREE + 1), np.array(factors), DEGREE)
    return np.asarray(fitted, dtype=np.float64)
