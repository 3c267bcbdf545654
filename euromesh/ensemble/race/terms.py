"""On what terms places train one model together in every draw, for every number of places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np

from euromesh import units as u
from euromesh.efficiency import (
    exchange_bits,
    flop_penalty,
    optimal_batch_tokens,
    optimal_params,
    replica_bytes,
    round_jitter,
    training_flop,
)
from euromesh.ensemble.columns import Columns
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race.hardware import column
from euromesh.ensemble.race.presence import quorum_factors, straggler_factors
from euromesh.fleet import half_mfu_accel


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


def model_of(columns: Columns, target: str) -> tuple[Any, Any]:
    """N and active N of a target: its own, else compute-optimal for its FLOP in every draw."""
    own, active = (columns.number(f"targets.{target}.{name}") for name in ("n_params", "n_active"))
    if own is None:
        flop = columns.number(f"targets.{target}.training_flop")
        own = active = optimal_params(flop, columns.number("training.tokens_per_param"))
    return own, own if active is None else active


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The terms of every draw for 1, 2, ... places: the numbers of `rows.SIZE` and `rows.RUN`."""

    worth: Array  # of as many places as a route has: draws x sizes
    sizes: tuple[Array, ...]  # n_half, exchange and latency of as many as a team may have
    run: Mapping[str, Any]


def terms_for(columns: Columns, route: str, target: str, goodput: Any, most: int) -> Terms:
    """The terms on which up to `most` places of one goodput train a target."""
    up = columns.once(("up", route), lambda: _up(columns, goodput, most))
    steady = columns.once("steady", lambda: _steady(columns))
    alike = columns.once(("alike", target), lambda: steady / _kappa(columns, target))
    sizes, run = columns.once(("terms", target), lambda: _terms(columns, target))
    return Terms(up * alike[:, :most], sizes, run)


def terms_of_one(columns: Columns, target: str) -> Terms:
    """The terms on which one building trains a target: those of the baseline."""
    worth = np.ones((len(columns), 1))
    return Terms(worth, *columns.once(("terms", target), lambda: _terms(columns, target)))


def _terms(columns: Columns, target: str) -> tuple[tuple[Array, ...], Mapping[str, Any]]:
    """What the routes share of their terms.

    The step time falls with the running rate R, so an exchange takes a multiple of R in steps.
    """
    training = columns.once("training", lambda: columns.record("training"))
    across = picked(training, (slice(None), None))
    (n_params, n_active), size = model_of(columns, target), _all_sizes(columns)
    n_wide = column(n_active)
    batch = optimal_batch_tokens(n_wide, size, across.batch)
    bits = exchange_bits(column(n_params), across.bits_per_param, size, across.n_fragments)
    step = training_flop(n_wide, batch)  # seconds times R
    alone, doubled, beside = (
        replica_bytes(n_params, training, count, training.model_parallel * copies)
        for count, copies in ((1, 1), (1, 2), (2, 1))
    )
    sizes = (
        half_mfu_accel(across.saturation, n_wide, batch),
        bits / (across.wan_gbit_per_s * u.GIGA * step),
        2 * (size - 1) * across.wan_latency_seconds / step,
    )
    run = {
        "inner_steps": training.inner_steps,
        "overlap_steps": training.overlap_steps,
        "wan_bits_per_s": training.wan_gbit_per_s * u.GIGA,
        "alone_bytes": alone,
        "beside_bytes": beside,
        "bytes_per_copy": doubled - alone,
        "copied": training.model_parallel,
    }
    shape = (len(columns), size.shape[1])
    return tuple(np.ascontiguousarray(np.broadcast_to(one, shape)) for one in sizes), run


def _all_sizes(columns: Columns) -> Array:
    """Every number of places that a team may have, as a row."""
    return np.arange(1.0, columns.of.params.training.most_replicas + 1)[None]


def _up(columns: Columns, goodput: Any, most: int) -> Array:
    """What the quorum leaves of up to `most` places of one goodput."""
    quorum = _each(columns.number("training.quorum"), len(columns))
    return quorum_factors(_each(goodput, len(columns)), quorum, most)


def _steady(columns: Columns) -> Array:
    """What stragglers leave of every number of places."""
    steady = ("step_jitter", "jitter_correlation", "inner_steps")
    jitter = round_jitter(*(columns.number(f"training.{name}") for name in steady))
    return straggler_factors(_each(jitter, len(columns)), _all_sizes(columns).shape[1])


def _each(value: Any, rows: int) -> Array:
    return np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype=np.float64), rows))


def _kappa(columns: Columns, target: str) -> Array:
    """The FLOP penalty of every draw by the law it takes: draws x sizes."""
    (_, n_active), size = model_of(columns, target), _all_sizes(columns)
    names, law = columns.choice("penalty.law")
    penalty = columns.once("penalty", lambda: columns.record("penalty"))
    steps = columns.number("training.inner_steps")
    kappa = np.empty((len(columns), size.shape[1]))
    for place, name in enumerate(names):
        rows = np.flatnonzero(law == place)
        if not len(rows):
            continue
        at = (rows, None)
        wide = [x[at] if isinstance(x, np.ndarray) else x for x in (n_active, steps)]
        kappa[rows] = flop_penalty(replace(picked(penalty, at), law=name), wide[0], size, wide[1])
    return kappa
