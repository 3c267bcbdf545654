"""The public machines in every draw, as arrays: see `routes.owned`."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np

from euromesh import routes
from euromesh import units as u
from euromesh.ensemble.columns import Columns
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race.hardware import Hardware, column, hardware, table
from euromesh.ensemble.race.sites import Sites, days_after, made
from euromesh.records import Params

PORTING = {"cuda": "cuda_months", "rocm": "rocm_months", "oneapi": "oneapi_months"}


def owned_sites(columns: Columns) -> Sites:
    """The granted share of every machine whose size is known, by city."""
    params = columns.of.params
    keys = sized(params)
    rows = [params.machines[key] for key in keys]
    names = sorted({str(row.accelerator) for row in rows})
    found = hardware(columns, names).of([names.index(str(row.accelerator)) for row in rows])
    start, end = _service(columns, keys)
    first_hour = np.concatenate(
        [np.broadcast_to(_first_hour(columns, s), (len(columns), 1)) for s in PORTING], axis=1
    )
    stacks = [list(PORTING).index(params.accelerators[str(r.accelerator)].stack) for r in rows]
    cities = [row.city for row in rows]
    firsts = [cities.index(city) for city, _ in groupby(cities)]
    links = {link.city: link.gbit_per_s for link in params.links.values()}
    return Sites(
        **made(
            found,
            column(columns.number("owned.share")) * _counts(columns, keys, found),
            np.maximum(start, first_hour[:, stacks]),
            end,
            columns.number("owned.goodput"),
        ),
        places=np.array(firsts),
        link_gbit_per_s=np.array([links.get(cities[first], np.inf) for first in firsts]),
    )


def sized(params: Params) -> list[str]:
    """The machines that join and whose size is published or estimated, by city."""
    joined = routes.owned_machines(params)
    known = [
        key
        for key, row in joined.items()
        if row.accelerator is not None and (row.n_accel is not None or row.bf16_eflops is not None)
    ]
    return sorted(known, key=lambda key: joined[key].city)


def _counts(columns: Columns, keys: list[str], found: Hardware) -> Array:
    """Accelerators of every machine: published, else its estimated peak over that of one."""
    published = table(columns, [f"machines.{key}.n_accel" for key in keys])
    peak = table(columns, [f"machines.{key}.bf16_eflops" for key in keys]) * u.EXA
    return np.where(np.isnan(published), peak / found.peak_flop_per_s, published)


def _service(columns: Columns, keys: list[str]) -> tuple[Array, Array]:
    """Model times at which machines start and retire: see `fleet.service_span`."""
    rows = [columns.of.params.machines[key] for key in keys]
    opened = np.array([u.last_day(row.operational_on).toordinal() for row in rows], dtype=float)
    start = days_after(columns, opened[None])
    slip = table(columns, [f"machines.{key}.slip_years" for key in keys])
    operating = np.array([row.status == "operating" for row in rows])
    start = start + np.where(operating, 0.0, slip)
    stated = np.array(
        [np.nan if r.retires_on is None else u.last_day(r.retires_on).toordinal() for r in rows]
    )
    life = start + column(columns.number("owned.service_life_years"))
    return start, np.where(np.isnan(stated), life, days_after(columns, stated[None]))


def _first_hour(columns: Columns, stack: str) -> Any:
    """Model time of the first useful hour, the grant and the port, as a column."""
    grant = column(np.asarray(columns.number("owned.grant_months")).reshape(-1))
    porting = column(np.asarray(columns.number(f"owned.porting.{PORTING[stack]}")).reshape(-1))
    beside = columns.of.params.owned.porting.beside
    months = np.maximum(grant, porting) if beside else grant + porting
    return months / u.MONTHS_PER_YEAR
