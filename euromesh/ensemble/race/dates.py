"""When a route finishes some targets, over draws: its sites, and the terms on which they train."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from threading import Lock
from typing import Any

import numpy as np

from euromesh import routes
from euromesh import units as u
from euromesh.efficiency import flop_penalty, planned, round_jitter, up_share
from euromesh.elementwise import Named
from euromesh.ensemble.columns import Columns
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race import kernel
from euromesh.ensemble.race.presence import quorum_factors, straggler_factors
from euromesh.ensemble.race.rows import FRAGMENT, RUN, SiteRows, filled, site_rows
from euromesh.records import Params
from euromesh.routes import ROUTES
from euromesh.routes.terms import fragment_terms, memory_terms, size_terms

ACROSS = (slice(None), None)  # draws beside sizes
TURN = Lock()  # numpy lets go of the interpreter at each step, and threads would pass it to and fro


def finishes(name: str, columns: Columns, targets: Sequence[str], flag: str = "") -> Array:
    """Finish of some targets, years from each draw's decision date: targets x draws.

    Where a flag is named, by its id, it is true in every draw. Infinite where the horizon is first.
    """
    params, n_draws = columns.params(flag), len(columns)
    found = np.full((len(targets), n_draws), u.NEVER)
    with TURN:
        route = ROUTES[name](params)
        one_building = route.one_building
        if not route.sites:
            return found
        sites = site_rows(route, params, n_draws)
        del route  # its arrays are as large as the rows
        fragments = columns.once("fragments", lambda: _fragments(params))
        models = columns.once(("models", *targets), lambda: _by_model(columns, targets))
        up = 1.0 if one_building else _up(columns, sites)
    for rows in models:
        target = targets[rows[0]]
        with TURN:
            sizes, runs = columns.once(("terms", target), partial(_terms, columns, target))
            worth = 1 / _flop_factor(columns, target)
            if not one_building:
                alike = columns.once(("alike", target), partial(_alike, columns, target))
                worth = np.ascontiguousarray(up * alike[:, : _most(columns, sites)])
            runs["goodput"] = sites.goodput
            flop = [params.targets[targets[row]].training_flop for row in rows]
            work = np.array([np.broadcast_to(c / u.SECONDS_PER_YEAR, n_draws) for c in flop])
        found[rows] = kernel.finish_each(
            sites.place, sites.links, sites.fields, (worth, *sizes), runs, fragments, work
        )
    return found


def _by_model(columns: Columns, targets: Sequence[str]) -> list[list[int]]:
    """The numbers of the targets, those of one model together."""
    params, found = columns.params(), defaultdict[bytes, list[int]](list)
    for row, target in enumerate(targets):
        model = routes.target_size(params, params.targets[target])
        key = b" ".join(np.asarray(n).tobytes() for n in (model.n_params, model.n_active))
        found[key].append(row)
    return list(found.values())


def _fragments(params: Params) -> Any:
    """The fragments of the protocol as rows."""
    made = fragment_terms(planned(params.training))
    names = FRAGMENT.names or ()
    return np.array([tuple(getattr(one, name) for name in names) for one in made], FRAGMENT)


# --- on what terms places train one model together, for every number of them ---------------------


def _all_sizes(columns: Columns) -> Array:
    """Every number of places that a team may have, as a row."""
    return np.arange(1.0, columns.of.params.training.most_replicas + 1)[None]


def _terms(columns: Columns, target: str) -> tuple[tuple[Array, ...], Any]:
    """What routes share of their terms: N B, exchange and latency; and of the runs."""
    params, across = columns.params(), columns.once("across", lambda: columns.some(ACROSS))
    size, training = _all_sizes(columns), params.training
    model = routes.target_size(across, across.targets[target])
    runs = filled(
        np.empty(len(columns), RUN),
        horizon=routes.horizon_years(params),
        goodput=0.0,
        quorum=training.quorum,
        stepping=training.stepping_share,
        inner_steps=training.inner_steps,
        overlap_steps=training.overlap_steps,
        wan_bits_per_s=training.wan_gbit_per_s * u.GIGA,
        **memory_terms(routes.target_size(params, params.targets[target]).n_params, training),
    )
    shape = (len(columns), size.shape[1])
    found = size_terms(model, size, across.training)
    return tuple(np.ascontiguousarray(np.broadcast_to(one, shape)) for one in found), runs


def _most(columns: Columns, sites: SiteRows) -> int:
    """The most places of a team."""
    return max(1, min(sites.most, int(columns.of.params.training.most_replicas)))


def _up(columns: Columns, sites: SiteRows) -> Array | float:
    """The quorum of as many places as a route has: draws x sizes; 1 where goodputs differ."""
    if not np.all(sites.goodput > 0):
        return 1.0
    up = up_share(sites.goodput, columns.number("training.stepping_share"))
    quorum = columns.number("training.quorum")
    return quorum_factors(_each(up, columns), _each(quorum, columns), _most(columns, sites))


def _alike(columns: Columns, target: str) -> Array:
    """stragglers / (kappa x FLOP factor), which routes share: draws x sizes."""
    steady = columns.once("steady", lambda: _steady(columns))
    return np.asarray(steady / _kappa(columns, target) / _flop_factor(columns, target))


def _flop_factor(columns: Columns, target: str) -> Array:
    """The FLOP factor of the precision, which routes share: draws x 1."""
    params = columns.params()
    made = partial(routes.target_model, params, params.targets[target])
    factor = columns.once(("flop factor", target), lambda: made().flop_factor)
    return _each(factor, columns)[:, None]


def _steady(columns: Columns) -> Array:
    """What stragglers leave of every number of places."""
    training = columns.params().training
    jitter = round_jitter(training.step_jitter, training.jitter_correlation, training.inner_steps)
    return straggler_factors(_each(jitter, columns), _all_sizes(columns).shape[1])


def _each(value: Any, columns: Columns) -> Array:
    return np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype=float), len(columns)))


def _kappa(columns: Columns, target: str) -> Array:
    """The FLOP penalty of every draw by the law it takes: draws x sizes."""
    size = _all_sizes(columns)
    kappa = np.empty((len(columns), size.shape[1]))
    for rows, some in columns.once("laws", lambda: list(_by_law(columns))):
        model = routes.target_size(some, some.targets[target])
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
