"""Accelerators of every draw: peaks, MFU, memory, and which is on sale for a new building."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euromesh import units as u
from euromesh.ensemble.columns import Columns
from euromesh.ensemble.compiled import entry
from euromesh.ensemble.marginals import Array
from euromesh.fleet import run_mfu_one
from euromesh.records import Params
from euromesh.routes.sites import BYTES_PER_GB


@dataclass(frozen=True, slots=True, eq=False)
class Hardware:
    """Some accelerators: draws x accelerators, one row where no draw varies them."""

    peak_flop_per_s: Array  # dense BF16
    mfu: Array  # with tokens to spare: mu_1
    hbm_bytes: Array
    it_kw: Array

    def of(self, kind: Any) -> Hardware:
        """The accelerators in some places: of every site, or of every draw and site."""
        fields = (self.peak_flop_per_s, self.mfu, self.hbm_bytes, self.it_kw)
        if np.ndim(kind) == 1:
            return Hardware(*(one.take(kind, axis=1) for one in fields))
        first = np.arange(len(kind))[:, None] * self.mfu.shape[1]
        return Hardware(*(one.take(kind + first if len(one) > 1 else kind) for one in fields))


def table(columns: Columns, keys: Sequence[str]) -> Array:
    """Numbers of some ids: draws x ids, one row where no draw varies them; NaN for a blank."""
    fixed = [np.nan if columns.varies(key) else columns.number(key) for key in keys]
    row = np.array([np.nan if one is None else one for one in fixed], dtype=np.float64)
    if not any(columns.varies(key) for key in keys):
        return row[None]
    found = np.tile(row, (len(columns), 1))
    for place, key in enumerate(keys):
        if columns.varies(key):
            found[:, place] = columns.drawn(key)
    return found


def hardware(columns: Columns, names: Sequence[str]) -> Hardware:
    """Some rows of `accelerators`."""
    rows = columns.of.params.accelerators
    mfu = {name: np.asarray(_mfu_one(columns, rows[name].mfu_run)) for name in names}
    return Hardware(
        peak_flop_per_s=table(columns, [f"accelerators.{n}.bf16_tflop_per_s" for n in names])
        * u.TERA,
        mfu=np.stack(np.broadcast_arrays(*mfu.values(), np.empty(len(columns))), axis=1)[:, :-1],
        hbm_bytes=table(columns, [f"accelerators.{n}.hbm_gb" for n in names]) * BYTES_PER_GB,
        it_kw=table(columns, [f"accelerators.{n}.it_kw" for n in names]),
    )


def _mfu_one(columns: Columns, run: str) -> Any:
    return columns.once(("mfu", run), lambda: run_mfu_one(columns.record(f"mfu_runs.{run}")))


def new_hardware(columns: Columns, power_years: Array) -> Hardware:
    """The fastest accelerators on sale in time for power: draws x sites.

    See `routes.hardware_on_sale`: `new_sites.hardware_lead_years` before the power comes.
    """
    on_sale, names, since = columns.once("on sale", lambda: _on_sale(columns))
    ordered = power_years - column(columns.number("new_sites.hardware_lead_years"))
    kind = _fastest(
        ordered, since, on_sale.peak_flop_per_s, names.index(_oldest(columns.of.params))
    )
    bought: Hardware = on_sale.of(kind)
    return bought


def _on_sale(columns: Columns) -> tuple[Hardware, list[str], Array]:
    """What is worth buying, its names, and since when it is on sale, years: draws x names."""
    names = _worth_buying(columns)
    days = [np.atleast_1d(columns.day(f"accelerators.{name}.on_sale")) for name in names]
    since = column(np.broadcast_to(columns.decided(), len(columns)))
    years = (np.stack(np.broadcast_arrays(*days), axis=1) - since) / u.DAYS_PER_YEAR
    return hardware(columns, names), names, years


@entry
def _fastest(ordered: Array, since: Array, peaks: Array, oldest: int) -> NDArray[np.intp]:
    """The fastest accelerator on sale at every order, the first one ever where none is yet."""
    kind = np.full(ordered.shape, oldest)
    for row in range(ordered.shape[0]):
        peak = peaks[row if len(peaks) > 1 else 0]
        for site in range(ordered.shape[1]):
            best = 0.0
            for name in range(len(peak)):
                if since[row, name] <= ordered[row, site] and peak[name] >= best:
                    kind[row, site], best = name, peak[name]
    return kind


def _oldest(params: Params) -> str:
    """The first accelerator of the wanted stack that was ever on sale."""
    rows = {k: a for k, a in params.accelerators.items() if a.stack == params.new_sites.stack}
    return min(rows, key=lambda key: u.last_day(rows[key].on_sale))


def _worth_buying(columns: Columns) -> list[str]:
    """Accelerators of the wanted stack, slowest first, without those a faster one came before."""
    params = columns.of.params
    rows = {k: a for k, a in params.accelerators.items() if a.stack == params.new_sites.stack}
    order = sorted(rows, key=lambda key: (rows[key].bf16_tflop_per_s, rows[key].name))
    sure = [key for key in order if not columns.varies(f"accelerators.{key}.bf16_tflop_per_s")]
    sold = {key: u.last_day(rows[key].on_sale) for key in order}
    return [
        key
        for place, key in enumerate(order)
        if key == _oldest(params)
        or not any(
            other in sure and key in sure and sold[other] <= sold[key]
            for other in order[place + 1 :]
        )
    ]


def column(value: Any) -> Any:
    """A number of every draw as a column beside sites, one number as it is."""
    return value[:, None] if isinstance(value, np.ndarray) and value.ndim == 1 else value
