"""When the compute of every draw reaches a run: exact, from one change of the sites to the next."""

from __future__ import annotations

from typing import Any

import numpy as np

from euromesh import units as u
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race import kernel, rows
from euromesh.ensemble.race.sites import Sites
from euromesh.ensemble.race.terms import Terms


def finish_years(sites: Sites, terms: Terms, flop: Any, horizon: Array, fragments: Any) -> Array:
    """t*(C) of every draw, model time; infinite where the horizon comes first."""
    runs = filled(
        np.empty(len(horizon), rows.RUN),
        flop_years=flop / u.SECONDS_PER_YEAR,
        horizon=horizon,
        **terms.run,
    )
    place = np.zeros(sites.n_accel.shape[1])
    place[sites.places[1:]] = 1
    there = filled(
        np.empty((len(horizon), len(place)), rows.SITE),
        place=place.cumsum(),
        start=sites.start_years,
        end=sites.end_years,
        n_accel=sites.n_accel,
        flop_per_s=sites.flop_per_s,
        hbm_bytes=sites.hbm_bytes,
        copies=1.0 if sites.copies is None else sites.copies,
    )
    sizes = filled(np.empty(terms.shape, rows.SIZE), **terms.sizes, bound=0.0, running=0.0)
    links = sites.link_gbit_per_s * u.GIGA
    found: Array = kernel.finish_years(there, links, sizes, runs, fragments)
    return found


def filled(rows: Any, **columns: Any) -> Any:
    """Rows with these numbers in their fields, every field given."""
    for name in rows.dtype.names:
        rows[name] = columns[name]
    return rows
