"""Accelerators as sites know them, and which of them a new building buys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from euromesh import units as u
from euromesh.elementwise import element, greatest, least, where
from euromesh.fleet import peak_flop_per_s, run_mfu_one
from euromesh.records import Params
from euromesh.records.tables import Accelerator

BYTES_PER_GB: Final = 1e9
OF_A_SITE: Final = ("peak_flop_per_s", "mfu", "hbm_bytes", "it_kw")


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a site takes from its accelerator."""

    keys: Sequence[str]  # rows of `accelerators`, of which
    index: int  # this one, in every draw
    peak_flop_per_s: float  # dense BF16
    mfu: float  # with tokens to spare: mu_1
    hbm_bytes: float
    it_kw: float

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of a `Site`."""
        return {name: getattr(self, name) for name in OF_A_SITE}

    def pick(self, value: Callable[[str], float]) -> float:
        """A value of the accelerator by its key."""
        return element(self.index, [value(key) for key in self.keys])


def hardware_of(params: Params, key: str) -> Hardware:
    """The hardware of one accelerator."""
    accelerator = params.accelerators[key]
    return Hardware(
        (key,),
        0,
        peak_flop_per_s(accelerator),
        run_mfu_one(params.mfu_runs[accelerator.mfu_run]),
        accelerator.hbm_gb * BYTES_PER_GB,
        accelerator.it_kw,
    )


@dataclass(frozen=True, slots=True)
class Market:
    """The accelerators that new sites may buy, by name, and since when, years."""

    params: Params
    offers: Sequence[Hardware]
    since: Sequence[float]

    def bought(self, power_years: float) -> Hardware:
        """The fastest on sale `new_sites.hardware_lead_years` before the power comes."""
        return self.on_sale(power_years - self.params.new_sites.hardware_lead_years)

    def on_sale(self, years: float) -> Hardware:
        """The fastest on sale at a model time; before the first entry that one is bought."""
        index, best = min(range(len(self.since)), key=lambda k: least(self.since[k])), 0.0
        for number, (offer, since) in enumerate(zip(self.offers, self.since, strict=True)):
            better = (since <= years) & (offer.peak_flop_per_s >= best)
            index = where(better, number, index)
            best = where(better, offer.peak_flop_per_s, best)
        keys = [offer.keys[0] for offer in self.offers]
        found = ([getattr(offer, name) for offer in self.offers] for name in OF_A_SITE)
        return Hardware(keys, index, *(element(index, values) for values in found))


def market(params: Params) -> Market:
    """The market of `new_sites.stack`: the catalogue ends with what is known.

    What a faster one came before is never bought.
    """
    rows = {k: a for k, a in params.accelerators.items() if a.stack == params.new_sites.stack}
    fastest, kept = 0.0, []
    for key in sorted(rows, key=lambda key: u.last_day(rows[key].on_sale)):
        peak = peak_flop_per_s(rows[key])
        if greatest(peak) >= fastest:
            kept.append(key)
        fastest = max(fastest, least(peak))
    kept.sort(key=lambda key: rows[key].name)
    decided = params.race.decision_date
    return Market(
        params,
        [hardware_of(params, key) for key in kept],
        [u.years_after(decided, rows[key].on_sale) for key in kept],
    )


def hardware_on_sale(params: Params, years: float) -> Accelerator:
    """The fastest accelerator of `new_sites.stack` on sale at a model time."""
    found = market(params).on_sale(years)
    return params.accelerators[found.keys[found.index]]
