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
    number = np.zeros(sites.n_accel.shape[1], dtype=np.intp)
    number[sites.places[1:]] = 1
    shape = (len(horizon), len(number))
    there = (
        sites.start_years,
        sites.end_years,
        sites.n_accel,
        sites.flop_per_s,
        sites.hbm_bytes,
        1.0 if sites.copies is None else sites.copies,
    )
    runs = filled(
        np.empty(len(horizon), rows.RUN),
        flop_years=flop / u.SECONDS_PER_YEAR,
        horizon=horizon,
        goodput=np.where(sites.goodput == 0, 1.0, sites.goodput),
        **terms.run,
    )
    found: Array = kernel.finish_years(
        number.cumsum(),
        sites.link_gbit_per_s * u.GIGA,
        tuple(np.ascontiguousarray(np.broadcast_to(one, shape)) for one in there),
        (terms.worth, *terms.sizes),
        runs,
        fragments,
    )
    return found


def filled(rows: Any, **columns: Any) -> Any:
    """Rows with these numbers in their fields, every field given."""
    for name in rows.dtype.names:
        rows[name] = columns[name]
    return rows
