"""Accelerators as sites know them, and which of them a new building buys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

from euromesh import units as u
from euromesh.elementwise import anywhere, element, greatest, least, pick, where
from euromesh.fleet import campaign_mfu_one, peak_flop_per_s, speaking_run
from euromesh.records import Params
from euromesh.records.tables import MfuRun

OF_A_SITE: Final = ("peak_flop_per_s", "mfu", "saturation", "hbm_bytes", "it_kw")


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a site takes from its accelerator."""

    keys: Sequence[str]  # rows of `accelerators`, of which
    index: int  # this one, in every draw
    peak_flop_per_s: float  # dense BF16
    mfu: float  # with tokens to spare: mu_1
    saturation: float  # h
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
    """The hardware of one accelerator: one rule of precision for every route."""
    accelerator, training = params.accelerators[key], params.training

    def of_run(value: Callable[[MfuRun], Any]) -> Any:
        """A value of the run that speaks for it in the precision of the training."""
        run = partial(speaking_run, accelerator)
        return pick(training.precision, lambda name: value(params.mfu_runs[run(name)]))

    return Hardware(
        (key,),
        0,
        peak_flop_per_s=peak_flop_per_s(accelerator),
        mfu=of_run(lambda run: campaign_mfu_one(run, training.sustained)),
        saturation=of_run(lambda run: run.saturation),
        hbm_bytes=accelerator.hbm_gb * u.GIGA,
        it_kw=accelerator.it_kw,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """An accelerator that new sites may buy, and since when; over draws, between which ends."""

    key: str
    name: str
    peak_flop_per_s: float
    since: float  # years
    slowest: float
    fastest: float
    first: float  # years: on sale in some draw
    sure: float  # years: on sale in every draw


@dataclass(frozen=True, slots=True)
class Market:
    """The accelerators of `new_sites.stack`, the slowest first, by name where they are as fast.

    The catalogue ends with what is known.
    """

    params: Params
    offers: Sequence[Offer]
    hardware: Callable[[str], Hardware]  # of one of them

    def bought(self, power_years: float) -> Hardware:
        """The fastest on sale `new_sites.hardware_lead_years` before the power comes."""
        return self.on_sale(power_years - self.params.new_sites.hardware_lead_years)

    def on_sale(self, years: float) -> Hardware:
        """The fastest on sale at a model time; before the first entry that one is bought."""
        known, offers = self._hopeful(years)
        index, best = 0, offers[0].peak_flop_per_s if known else 0.0
        taken = self.hardware(offers[0].key).fields
        for number, offer in enumerate(offers[1:], 1):
            better = (offer.since <= years) & (offer.peak_flop_per_s >= best)
            if not anywhere(better):
                continue
            best = where(better, offer.peak_flop_per_s, best)
            index = where(better, number, index)
            made = self.hardware(offer.key).fields
            taken = {name: where(better, made[name], value) for name, value in taken.items()}
        return Hardware([offer.key for offer in offers], index, **taken)

    def _hopeful(self, years: float) -> tuple[bool, list[Offer]]:
        """One that is on sale in every draw, if any is, and those that may be faster in some.

        Else the oldest of all, and those that are on sale in some draw.
        """
        soonest, last = least(years), greatest(years)
        known = [place for place, offer in enumerate(self.offers) if offer.sure <= soonest]
        if not known:
            oldest = min(self.offers, key=lambda offer: offer.first)
            return False, [oldest, *(offer for offer in self.offers if offer.first <= last)]
        best = self.offers[known[-1]]
        slower, faster = self.offers[: known[-1]], self.offers[known[-1] + 1 :]
        rivals = [*(offer for offer in slower if offer.fastest > best.slowest), *faster]
        return True, [best, *(offer for offer in rivals if offer.first <= last)]


def market(params: Params) -> Market:
    """What new sites may buy."""
    decided = params.race.decision_date
    offers = []
    for key, row in params.accelerators.items():
        if row.stack == params.new_sites.stack:
            peak, since = peak_flop_per_s(row), u.years_after(decided, row.on_sale)
            ends = least(peak), greatest(peak), least(since), greatest(since)
            offers.append(Offer(key, row.name, peak, since, *ends))
    offers.sort(key=lambda offer: (offer.slowest, offer.name))
    return Market(params, offers, cache(partial(hardware_of, params)))
