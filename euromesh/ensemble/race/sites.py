"""The sites of every route in every draw, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from euromesh import units as u
from euromesh.ensemble.columns import Columns
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race.hardware import Hardware, column, new_hardware
from euromesh.fleet import KW_PER_MW, useful_flop_per_s


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """Sites of one route: draws x sites, those of one place side by side.

    A site that a draw does not have starts never. `copies` are identical places.
    """

    start_years: Array
    end_years: Array
    n_accel: Array
    flop_per_s: Array  # useful, before the batch gate
    hbm_bytes: Array  # of all of them
    goodput: Any  # of every site: one number, or one of every draw
    places: NDArray[np.intp]  # the first site of every place
    link_gbit_per_s: Array  # of every place; infinite where none is known
    copies: Array | None = None  # draws x sites


def made(
    hardware: Hardware, n_accel: Array, start_years: Array, end_years: Array, goodput: Any
) -> dict[str, Any]:
    """What sites with some accelerators have, all as draws x sites."""
    rate = useful_flop_per_s(n_accel, hardware.peak_flop_per_s, hardware.mfu, column(goodput))
    start, end, count, rate, memory = np.broadcast_arrays(
        start_years, end_years, n_accel, rate, n_accel * hardware.hbm_bytes
    )
    return {
        "start_years": start,
        "end_years": end,
        "n_accel": count,
        "flop_per_s": rate,
        "hbm_bytes": memory,
        "goodput": goodput,
    }


def new_buildings(columns: Columns, power_years: Array, site_mw: Any, pue: Any) -> dict[str, Any]:
    """New buildings of some power: see `routes.new_site`."""
    bought = new_hardware(columns, power_years)
    commissioning = column(columns.number("new_sites.commissioning_months")) / u.MONTHS_PER_YEAR
    return made(
        bought,
        site_mw * KW_PER_MW / pue / bought.it_kw,
        power_years + commissioning,
        np.full((1, 1), u.NEVER),
        columns.number("new_sites.goodput"),
    )


def apart(count: int) -> dict[str, Any]:
    """Every site at a place of its own, on links of unknown speed."""
    return {"places": np.arange(count), "link_gbit_per_s": np.full(count, np.inf)}


def together() -> dict[str, Any]:
    """All sites at one place."""
    return {"places": np.zeros(1, dtype=np.intp), "link_gbit_per_s": np.full(1, np.inf)}


def never_where(missing: Any, years: Array) -> Array:
    """The years, infinite where a draw misses the site."""
    return np.where(missing, u.NEVER, years)


def days_after(columns: Columns, day: Any) -> Any:
    """Model time of a day: years after each draw's own decision date, as draws x sites."""
    return (column(day) - column(columns.decided())) / u.DAYS_PER_YEAR
