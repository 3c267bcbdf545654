"""Headline numbers on what drives the spread, and what would be worth knowing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Final

import numpy as np

from euromesh import ensemble, routes, sensitivity
from euromesh.ensemble.inputs import coordinates
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.months import months_late
from euromesh.records import InputError, Params
from euromesh.report.figure import Figure, number
from euromesh.report.reads import Reads, of_target
from euromesh.report.spread import SEED
from euromesh.sensitivity import Facts, Gain, Indices, RaceModel
from euromesh.sensitivity.model import CAMPUS, OWNED
from euromesh.sensitivity.points import SAMPLE

OF_THE_RACE: Final[tuple[str, ...]] = (  # groups of inputs that a finish can read
    "race",
    "terms",
    "compute",
    "layer 1",
    "never built",
    "slip",
    "grid",
    "common delay",
    "new sites",
)
BASE_POINTS: Final = 2048  # of the indices, twice and once more for every group
STEPPED: Final = 64  # draws on a month grid
MOST_WORTH: Final = 5  # facts that are named
FINISH, WIN = "owned finish", "owned first"
NORMAL_95: Final = 1.959963984540054  # standard errors on either side of a 95 % interval


class Drivers:
    """The analyses of one race, and what their numbers read."""

    def __init__(self, params: Params, read: Reads) -> None:
        self.params, self.target = params, params.race.target
        self.race = RaceModel(params, self.target)
        self.ours, self.every = read["owned"][self.target], of_target(read, self.target)

    def figures(self) -> dict[str, Figure]:
        """Every number."""
        parts = (self._orders(), self._worth(), self._box(), self._month_grid())
        found = {key: figure for part in parts for key, figure in part}
        return {k: v if v.inputs else replace(v, inputs=self.every) for k, v in found.items()}

    # --- whose spread ----------------------------------------------------------------------------

    def _orders(self) -> Iterator[tuple[str, Figure]]:
        """First and total order of every group, and what layer 1 explains of the date alone."""
        finish, win = self._indices()
        for key, orders, read in (
            ("first_order", finish.first, self.ours),
            ("total_order", finish.total, self.ours),
            ("win_total_order", win.total, self.every),
        ):
            for group in OF_THE_RACE:
                one = orders.get(group, NONE)
                yield from _interval(f"sensitivity.{key}.{_word(group)}", one, read)
        layer = finish.first.get("layer 1", NONE)
        se = (layer.high - layer.low) / (2 * NORMAL_95)
        for key, share in (("", max(0.0, layer.value)), ("_se", se)):
            figure = Figure(share, "fraction", ".0%", inputs=self.ours)
            yield f"efficiency.share_of_date_variance{key}", figure

    def _indices(self) -> tuple[Indices, Indices]:
        """Those of the finish, as ranks, and of being first; empty where it never varies."""
        known = sensitivity.groups(self.params)
        sets = {name: known[name] for name in OF_THE_RACE if name in known}
        made = sensitivity.evaluate(self.race.outcomes, sets, sensitivity.design(BASE_POINTS, SEED))
        asked = [sensitivity.OUTCOMES.index(name) for name in (FINISH, WIN)]
        found = []
        for row in asked:
            one = replace(made, f_a=made.f_a[[row]], f_b=made.f_b[[row]], f_ab=made.f_ab[:, [row]])
            varies = len(np.unique(np.concatenate([one.f_a, one.f_b]))) > 1
            ranks = sensitivity.ranked(one)
            found.append(sensitivity.indices(ranks, SEED)[0] if varies else Indices({}, {}))
        return found[0], found[1]

    # --- what to know ----------------------------------------------------------------------------

    @cached_property
    def _drawn(self) -> tuple[Facts, Array]:
        """The facts of some draws, and the finishes of the routes."""
        at = sensitivity.points(sensitivity.design(SAMPLE, SEED))
        return sensitivity.facts(self.params, at), self.race.finishes(at)

    def _worth(self) -> Iterator[tuple[str, Figure]]:
        """Months that knowing a fact before the choice of a route saves, the largest."""
        known, finishes = self._drawn
        worth = sensitivity.utilities(finishes, routes.horizon_years(self.params))
        gains = {
            name: sensitivity.partial_information(known.of([name]), worth)
            for name in known.names
            if self.every & {name, *coordinates()[name]} or name == ensemble.COMMON_DELAY
        }
        best = sorted(gains, key=lambda name: (-gains[name].value, name))[:MOST_WORTH]
        for name in best:
            yield from _months(f"voi.{name}", gains[name])
        yield from _months("voi.perfect", sensitivity.perfect_information(worth))

    def _box(self) -> Iterator[tuple[str, Figure]]:
        """How well a box of inputs says when the campus comes before the public machines."""
        known, finishes = self._drawn
        try:
            found = sensitivity.discover(
                sensitivity.flagged(known, self.params), finishes[CAMPUS] < finishes[OWNED]
            )
        except InputError:  # it always happens, or never
            found = None
        for key in BOX:
            share = getattr(found.fit, key) if found else 0.0
            yield f"sensitivity.box_{key}", number(share, "fraction", ".0%")

    def _month_grid(self) -> Iterator[tuple[str, Figure]]:
        """How much later dates are when they are stepped by months, over all routes."""
        at = sensitivity.points(sensitivity.design(sensitivity.LEAST, SEED))[:STEPPED]
        late = months_late(self.params, at, self.target)
        mean = float(np.nanmean(late)) if np.isfinite(late).any() else 0.0
        yield "sensitivity.month_grid_months_late", number(mean, "months", ".1f")


BOX: Final = ("coverage", "density", "mass")
NONE: Final = sensitivity.Estimate(0.0, 0.0, 0.0)  # of what no draw varies


def drivers(params: Params, read: Reads) -> Mapping[str, Figure]:
    """Sobol indices by group, the value of information, and the scenario of a campus first."""
    return Drivers(params, read).figures()


def _word(group: str) -> str:
    return group.replace(" ", "_")


def _interval(
    key: str, one: sensitivity.Estimate, read: frozenset[str]
) -> Iterator[tuple[str, Figure]]:
    for end, value in (("", one.value), ("_low", one.low), ("_high", one.high)):
        yield f"{key}{end}", Figure(value, "fraction", ".0%", inputs=read)


def _months(key: str, gain: Gain) -> Iterator[tuple[str, Figure]]:
    yield key, number(gain.value, "months", ".1f")
    yield f"{key}_se", number(gain.se, "months", ".1f")
