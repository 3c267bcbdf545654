"""On what terms places train one model together in every draw, for every number of places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from euromesh import routes
from euromesh import units as u
from euromesh.efficiency import flop_penalty, round_jitter
from euromesh.elementwise import Named
from euromesh.ensemble.columns import Columns
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race.presence import quorum_factors, straggler_factors
from euromesh.ensemble.race.sites import SiteRows
from euromesh.records import Params
from euromesh.routes.terms import exchange_terms, half_accel, memory_terms

ACROSS = (slice(None), None)  # draws beside sizes


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The terms of every draw for 1, 2, ... places: the numbers of `rows.SIZE` and `rows.RUN`."""

    worth: Array  # of as many places as a route has: draws x sizes
    sizes: tuple[Array, ...]  # n_half, exchange and latency of as many as a team may have
    run: Mapping[str, Any]


def terms_for(
    columns: Columns, route: str, one_building: bool, sites: SiteRows, target: str
) -> Terms:
    """The terms on which the places of a route train a target: of one building the baseline's."""
    shared = columns.once(("terms", target), lambda: _terms(columns, target))
    if one_building:
        return Terms(np.ones((len(columns), 1)), *shared)
    most = max(1, min(sites.most, int(columns.of.params.training.most_replicas)))
    steady = columns.once("steady", lambda: _steady(columns))
    alike = columns.once(("alike", target), lambda: steady / _kappa(columns, target))
    worth = alike[:, :most]
    if np.all(sites.goodput > 0):
        up = columns.once(("up", route), lambda: _up(columns, sites.goodput, most))
        worth = up * worth
    return Terms(np.ascontiguousarray(worth), *shared)


def _terms(columns: Columns, target: str) -> tuple[tuple[Array, ...], Mapping[str, Any]]:
    """What the routes share of their terms."""
    params, across = columns.params(), columns.once("across", lambda: columns.some(ACROSS))
    size = _all_sizes(columns)
    model, training = routes.target_model(across, across.targets[target]), params.training
    n_half = half_accel(model, size, across.training)
    found = (n_half, *exchange_terms(model, size, across.training))
    run = {
        "quorum": training.quorum,
        "inner_steps": training.inner_steps,
        "overlap_steps": training.overlap_steps,
        "wan_bits_per_s": training.wan_gbit_per_s * u.GIGA,
        **memory_terms(routes.target_model(params, params.targets[target]).n_params, training),
    }
    shape = (len(columns), size.shape[1])
    return tuple(np.ascontiguousarray(np.broadcast_to(one, shape)) for one in found), run


def _all_sizes(columns: Columns) -> Array:
    """Every number of places that a team may have, as a row."""
    return np.arange(1.0, columns.of.params.training.most_replicas + 1)[None]


def _up(columns: Columns, goodput: Any, most: int) -> Array:
    """What the quorum leaves of up to `most` places of one goodput."""
    quorum = _each(columns.number("training.quorum"), len(columns))
    return quorum_factors(_each(goodput, len(columns)), quorum, most)


def _steady(columns: Columns) -> Array:
    """What stragglers leave of every number of places."""
    training = columns.params().training
    jitter = round_jitter(training.step_jitter, training.jitter_correlation, training.inner_steps)
    return straggler_factors(_each(jitter, len(columns)), _all_sizes(columns).shape[1])


def _each(value: Any, rows: int) -> Array:
    return np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype=np.float64), rows))


def _kappa(columns: Columns, target: str) -> Array:
    """The FLOP penalty of every draw by the law it takes: draws x sizes."""
    size = _all_sizes(columns)
    kappa = np.empty((len(columns), size.shape[1]))
    for rows, some in columns.once("laws", lambda: list(_by_law(columns))):
        model = routes.target_model(some, some.targets[target])
        kappa[rows] = flop_penalty(some.penalty, model.n_active, size, some.training.inner_steps)
    return kappa


def _by_law(columns: Columns) -> Iterator[tuple[Any, Params]]:
    """The draws of every law of the penalty, and their parameters beside sizes."""
    law = columns.params().penalty.law
    if not isinstance(law, Named):
        yield slice(None), columns.some(ACROSS)
        return
    for place, name in enumerate(law.names):
        rows = np.flatnonzero(law.index == place)
        if len(rows):
            yield rows, columns.some((rows, None), penalty__law=name)
