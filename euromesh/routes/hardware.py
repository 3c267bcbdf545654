"""Accelerators as sites know them, and which of them a new building buys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

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
        found: float = element(self.index, [value(key) for key in self.keys])
        return found


def hardware_of(params: Params, key: str) -> Hardware:
    """The hardware of one accelerator."""
    accelerator = params.accelerators[key]
    return Hardware(
        (key,),
        0,
        peak_flop_per_s(accelerator),
        cast(float, run_mfu_one(params.mfu_runs[accelerator.mfu_run])),
        accelerator.hbm_gb * BYTES_PER_GB,
        accelerator.it_kw,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """An accelerator that new sites may buy, and since when."""

    key: str
    peak_flop_per_s: float
    since: float  # years

    def stands_against(self, peak_flop_per_s: float, latest: float) -> bool:
        """Whether it is on sale by then in some draw, and not slower in all of them."""
        return least(self.since) <= latest and greatest(self.peak_flop_per_s) >= peak_flop_per_s


@dataclass(frozen=True, slots=True)
class Market:
    """The accelerators of `new_sites.stack`, by name: the catalogue ends with what is known."""

    params: Params
    offers: Sequence[Offer]
    known: dict[str, Hardware] = field(default_factory=dict)

    def bought(self, power_years: float) -> Hardware:
        """The fastest on sale `new_sites.hardware_lead_years` before the power comes."""
        return self.on_sale(power_years - self.params.new_sites.hardware_lead_years)

    def on_sale(self, years: float) -> Hardware:
        """The fastest on sale at a model time; before the first entry that one is bought."""
        oldest = min(self.offers, key=lambda offer: least(offer.since))
        offers = self._hopeful(years, oldest)
        index, best = offers.index(oldest) if oldest in offers else 0, 0.0
        for number, offer in enumerate(offers if len(offers) > 1 else ()):
            better = (offer.since <= years) & (offer.peak_flop_per_s >= best)
            index = where(better, number, index)
            best = where(better, offer.peak_flop_per_s, best)
        made = [self._hardware(offer.key) for offer in offers]
        found = ([getattr(one, name) for one in made] for name in OF_A_SITE)
        keys = [offer.key for offer in offers]
        return Hardware(keys, index, *(element(index, values) for values in found))

    def _hopeful(self, years: float, oldest: Offer) -> list[Offer]:
        """Those that are bought in some draw: none that a faster one came before in all."""
        first, last = least(years), greatest(years)
        sure = [least(o.peak_flop_per_s) for o in self.offers if greatest(o.since) <= first]
        fastest = max(sure, default=0.0)
        hopeful = [offer for offer in self.offers if offer.stands_against(fastest, last)]
        return hopeful if sure or oldest in hopeful else [oldest, *hopeful]

    def _hardware(self, key: str) -> Hardware:
        if key not in self.known:
            self.known[key] = hardware_of(self.params, key)
        return self.known[key]


def market(params: Params) -> Market:
    """What new sites may buy."""
    rows = {k: a for k, a in params.accelerators.items() if a.stack == params.new_sites.stack}
    order = sorted(rows, key=lambda key: rows[key].name)
    decided = params.race.decision_date
    offers = [
        Offer(key, peak_flop_per_s(rows[key]), u.years_after(decided, rows[key].on_sale))
        for key in order
    ]
    return Market(params, offers)


def hardware_on_sale(params: Params, years: float) -> Accelerator:
    """The fastest accelerator of `new_sites.stack` on sale at a model time."""
    found = market(params).on_sale(years)
    return params.accelerators[found.keys[found.index]]
