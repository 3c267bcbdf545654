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
    step_seconds,
)
from euromesh.ensemble.columns import Columns
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race.hardware import column
from euromesh.ensemble.race.presence import presence
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


def n_params_of(columns: Columns, target: str) -> Any:
    """N of a target: its own, else compute-optimal for its FLOP in every draw."""
    own = columns.number(f"targets.{target}.n_params")
    if own is not None:
        return own
    flop = columns.number(f"targets.{target}.training_flop")
    return optimal_params(flop, columns.number("training.tokens_per_param"))


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The terms of every draw for 1, 2, ... places: the fields of `rows.SIZE` and of `rows.RUN`."""

    shape: tuple[int, int]  # draws x sizes
    sizes: Mapping[str, Any]
    run: Mapping[str, Any]


def terms_for(
    columns: Columns, route: str, target: str, goodput: Any, most: int, one_building: bool
) -> Terms:
    """The terms on which up to `most` places of one goodput train a target.

    The step time falls with the running rate R, so an exchange takes a multiple of R in steps.
    """
    training = columns.once("training", lambda: columns.record("training"))
    n_params = n_params_of(columns, target)
    size = np.arange(1.0, most + 1)[None]
    across = columns.once("training across", lambda: picked(training, (slice(None), None)))
    n_wide = n_params[:, None] if isinstance(n_params, np.ndarray) else n_params
    batch = optimal_batch_tokens(n_wide, size, across.batch)
    worth: Any = 1.0
    if not one_building:
        up = columns.once(("presence", route), lambda: _presence(columns, goodput, most))
        worth = up / _kappa(columns, n_params, size)
    step = step_seconds(n_wide, batch, 1.0)  # over R
    wan = across.wan_gbit_per_s * u.GIGA
    bits = exchange_bits(n_wide, across.bits_per_param, size, across.n_fragments)
    running = 1.0 / np.where(goodput == 0, 1.0, goodput)  # over the useful rate
    alone, doubled, beside = (
        replica_bytes(n_params, training, count, training.model_parallel * copies)
        for count, copies in ((1, 1), (1, 2), (2, 1))
    )
    sizes = {
        "worth": worth,
        "n_half": half_mfu_accel(across.saturation, n_wide, batch),
        "exchange_steps": bits / wan / step * column(running),
        "latency_steps": 2 * (size - 1) * across.wan_latency_seconds / step * column(running),
    }
    run = {
        "inner_steps": training.inner_steps,
        "overlap_steps": training.overlap_steps,
        "wan_bits_per_s": training.wan_gbit_per_s * u.GIGA,
        "alone_bytes": alone,
        "beside_bytes": beside,
        "bytes_per_copy": doubled - alone,
        "copied": training.model_parallel,
    }
    return Terms((len(columns), most), sizes, run)


def _presence(columns: Columns, goodput: Any, most: int) -> Array:
    """What quorum and stragglers leave of up to `most` places."""
    steady = ("step_jitter", "jitter_correlation", "inner_steps")
    jitter = round_jitter(*(columns.number(f"training.{name}") for name in steady))
    quorum = columns.number("training.quorum")
    return presence(*(_each(x, len(columns)) for x in (goodput, quorum, jitter)), most)


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
