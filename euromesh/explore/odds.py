"""Odds over draws, sharper draw by draw; and what is set solved for the odds that are wanted.

A route finishes if it is built, and that weighs by its probability in the draw, as in the ensemble:
refusals move no date.
"""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Mapping, Sequence
from typing import Any, Final

from euromesh import frontier, routes
from euromesh import units as u
from euromesh.explore.draws import Drawn
from euromesh.explore.settings import Settings
from euromesh.records import Params
from euromesh.records.tree import nested, rebuilt, value_of
from euromesh.routes import ROUTES, YEARS

NAMES: Final = tuple(ROUTES)
TIE: Final = 1e-6  # years: finishes so near are one, for those of the ensemble have four bytes
MOMENT: Final = 0.025  # seconds of work before another request is heard
LEAD, DRAWN = ".lead_years", ".drawn_years"
Each = Mapping[str, Sequence[float]]  # a number a draw, by route
Estimate = tuple[float, float]  # a mean, and its standard error as of independent draws


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of some draws, and sqrt(variance / n)."""
    n = len(values)
    mean = math.fsum(values) / n
    variance = math.fsum((one - mean) ** 2 for one in values) / n
    return mean, math.sqrt(variance / n)


class Odds:
    """What is known after so many draws; `step` races more of them."""

    def __init__(
        self,
        params: Params,
        settings: Settings,
        drawn: Drawn,
        model: Mapping[str, Any],
        moved: Sequence[str],
    ) -> None:
        self.params, self.settings, self.drawn = params, settings, drawn
        self.flags: Mapping[str, Sequence[str]] = model["flags"]
        self.moved, self.n = moved, 0 if moved else drawn.n
        known = drawn.finishes[params.race.target]
        self.years = {name: array("d", known[name]) for name in NAMES}
        free = (
            key for key in drawn.columns if key not in settings and not _is_given(key, settings)
        )
        self.ids = [*free, *(flag for flag, _ in self.flags.values())]
        self.tree = nested({key: at for at, key in enumerate(self.ids)})

    @property
    def done(self) -> bool:
        """Whether every draw has been raced."""
        return self.n == self.drawn.n

    def step(self, count: int) -> None:
        """Race some more draws."""
        end = min(self.n + count, self.drawn.n)
        for at in range(self.n, end):
            self._race(at)
        self.n = end

    def go_on(self, to: int) -> None:
        """Race draws for a moment, up to so many of them."""
        until = time.perf_counter() + MOMENT
        self.step(1)
        while self.n < min(to, self.drawn.n) and time.perf_counter() < until:
            self.step(1)

    def _race(self, at: int) -> None:
        """When the routes that read what is set finish in a draw, if they are built."""
        row = self.drawn.row(at, self.params, self.settings)
        built = {flag: True for flag, _ in self.flags.values()}
        if self.params.owned.leased_sites:  # another route reads whether a hall is found
            built["leased.built"] = bool(row.get("leased.built", self.params.leased.built))
        values = row | built
        draw = rebuilt(self.params, self.tree, [values[key] for key in self.ids])
        target = draw.targets[draw.race.target]
        decided = u.years_after(self.params.race.decision_date, draw.race.decision_date)
        for name in self.moved:
            years = routes.finish_date_years(ROUTES[name](draw), target, draw)
            self.years[name][at] = years + decided

    def chance(self, name: str, at: int) -> float:
        """The probability that a route is built in a draw."""
        if name not in self.flags:
            return 1.0
        flag, never = self.flags[name]
        if flag in self.settings or flag not in self.drawn.columns:
            return float(value_of(self.params, flag))
        if name == "leased" and self.params.owned.leased_sites:
            return float(self.drawn.row(at, self.params, self.settings)[flag])
        if never in self.settings or never not in self.drawn.columns:
            return 1 - float(value_of(self.params, never))
        return 1 - self.drawn.columns[never].numbers[at]

    def pair(self, n: int) -> Estimate:
        """How likely the public machines finish before the campus, over the first draws."""
        weights = {name: [self.chance(name, at) for at in range(n)] for name in ("owned", "campus")}
        return estimate(wins({name: self.years[name][:n] for name in weights}, weights))

    def result(self) -> dict[str, Any]:
        """Odds by year, the likely day, and which route is first, over the draws so far."""
        weights = {n: [self.chance(n, at) for at in range(self.n)] for n in NAMES}
        ours = {n: self.years[n][: self.n] for n in NAMES}
        granted = math.fsum(weights["owned"]) / self.n
        likely = likely_years(ours["owned"], weights["owned"])
        return {
            "n": self.n,
            "routes": {name: self._route(name, weights, ours) for name in NAMES},
            "before_campus": estimate(wins(ours, weights)),
            "granted": granted,
            "if_granted": estimate(wins(ours, weights | {"owned": [1.0] * self.n})),
            "frontier_months": lag_months(self.params, likely),
        }

    def _route(self, name: str, weights: Mapping[str, list[float]], years: Any) -> dict[str, Any]:
        decided = routes.decision_date(self.params)
        mine, own = years[name], weights[name]
        by = {}
        for year in YEARS:
            end = u.years_between(decided, u.last_day(str(year)))
            by[str(year)] = estimate([w * (t <= end) for w, t in zip(own, mine, strict=True)])
        never = estimate([1 - w * (t < math.inf) for w, t in zip(own, mine, strict=True)])
        return {
            "likely": u.date_text(decided, likely_years(mine, own)),
            "by": by,
            "never": never,
            "first": estimate([_first(name, at, weights, years) for at in range(self.n)]),
        }


def _is_given(key: str, settings: Settings) -> bool:
    """Whether a lead time has its median set, and is so held at it."""
    return key.endswith(DRAWN) and key.removesuffix(DRAWN) + LEAD in settings


def wins(years: Each, weights: Each) -> list[float]:
    """P(the public machines finish before the campus) in every draw: p_a (1 - p_b [t_b <= t_a])."""
    both = zip(years["owned"], years["campus"], weights["owned"], weights["campus"], strict=True)
    return [a * (t < math.inf) * (1 - b * (s <= t + TIE)) for t, s, a, b in both]


def _first(name: str, at: int, weights: Mapping[str, list[float]], years: Any) -> float:
    """P(a route finishes before every other) in a draw."""
    mine: float = years[name][at]
    alone: float = weights[name][at] * (mine < math.inf)
    for other in NAMES:
        if other != name and years[other][at] <= mine + TIE:
            alone *= 1 - weights[other][at]
    return alone


def likely_years(years: Sequence[float], weights: Sequence[float]) -> float:
    """The first moment by which half of the draws have finished; infinite where none is."""
    reached, half = 0.0, len(years) / 2
    for moment, weight in sorted(zip(years, weights, strict=True)):
        reached += weight
        if reached >= half:
            return moment
    return math.inf


def lag_months(params: Params, years: float) -> float | None:
    """Months since the frontier passed a run of the target's size; None where it never finishes."""
    if math.isinf(years):
        return None
    flop = params.targets[params.race.target].training_flop
    growth = params.frontier.growth_per_year
    found = frontier.lag_months(frontier.Run(flop, years), params, growth)
    return found if math.isfinite(found) else None
