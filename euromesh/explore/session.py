"""A run that answers: dates on plan, odds over its first draws, and C*, with other values."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any, Final, TypeVar

from euromesh import routes
from euromesh import units as u
from euromesh.availability import CStar, FinishTime
from euromesh.explore import draws
from euromesh.explore.odds import MOMENT, Odds, lag_months
from euromesh.explore.settings import Settings, params_of, with_settings
from euromesh.records import InputError, Params
from euromesh.records.tree import value_of
from euromesh.routes import ROUTES

FEDERATION: Final = "owned"
CAMPUS: Final = "campus"
Found = TypeVar("Found")


class Session:
    """The parameters of a run, its draws, and which routes read what."""

    def __init__(self, model: Mapping[str, Any], data: bytes) -> None:
        self.model = model
        self.base = params_of(model["values"], model["held"])
        self.drawn = draws.read(model, data)
        self.years = self._plan(self.base)
        self.running: Iterator[dict[str, Any]] = iter(())  # what was asked last

    def params(self, settings: Settings) -> Params:
        """The parameters with what is set; an `InputError` for what cannot be."""
        return with_settings(self.base, settings, self.model["names"])

    def moved(self, settings: Settings) -> list[str]:
        """The routes whose finish reads what is set."""
        reads = self.model["reads"]
        bits = 0
        for key in settings:
            bits |= reads.get(key, 0)
        return [name for at, name in enumerate(ROUTES) if bits >> at & 1]

    def _plan(self, params: Params) -> dict[str, float]:
        """When every route finishes on plan, years after the decision."""
        target = params.targets[params.race.target]
        return {
            name: routes.finish_date_years(ROUTES[name](params), target, params) for name in ROUTES
        }

    def dates(self, settings: Settings) -> dict[str, Any]:
        """The day on which every route finishes on plan, against the run's own, and the lag."""
        params = self.params(settings)
        now, then = routes.decision_date(params), routes.decision_date(self.base)
        found = self._plan(params)
        return {
            "routes": {n: self._day(now, found[n], then, self.years[n]) for n in ROUTES},
            "frontier_months": lag_months(params, found[FEDERATION]),
            "moved_most": self.moved_most(settings),
        }

    @staticmethod
    def _day(now: date, years: float, then: date, before: float) -> dict[str, Any]:
        """A finish as a day, and months after that of the run; None where one never comes."""
        known = math.isfinite(years) and math.isfinite(before)
        later = years + u.years_between(then, now) - before if known else None
        return {
            "date": u.date_text(now, years),
            "months_later": None if later is None else later * u.MONTHS_PER_YEAR,
        }

    def moved_most(self, settings: Settings) -> str | None:
        """The setting without which the public machines would finish most otherwise."""
        if len(settings) < 2:
            return next(iter(settings), None)
        whole = self._finish(settings)
        without = {
            key: abs(whole - self._finish({k: v for k, v in settings.items() if k != key}))
            for key in settings
        }
        return max(without, key=lambda key: without[key])

    def _finish(self, settings: Settings) -> float:
        """Finish of the public machines from the decision of the run, the horizon at most."""
        try:
            params = self.params(settings)
            target = params.targets[params.race.target]
            years = routes.finish_date_years(ROUTES[FEDERATION](params), target, params)
        except InputError:
            return 0.0
        decided = u.years_between(routes.decision_date(self.base), routes.decision_date(params))
        return min(years, routes.horizon_years(params)) + decided

    def odds(self, settings: Settings) -> Odds:
        """The odds over draws, each with what is set: nothing is raced yet."""
        if fixed := sorted(settings.keys() & set(self.model["fixed"])):
            raise InputError(f"the draws in this page cannot follow {', '.join(fixed)}")
        held = {  # what is set to nothing, and was nothing before, is left to chance
            key: value
            for key, value in settings.items()
            if value is not None or value_of(self.base, key) is not None
        }
        return Odds(self.params(settings), held, self.drawn, self.model, self.moved(settings))

    def c_star(self, settings: Settings) -> Iterator[CStar | None]:
        """The largest run that the public machines finish before the campus, after slices of work.

        None while it is not known.
        """
        params = self.params(settings)
        pair = (routes.finish_curve(ROUTES[n](params), params) for n in (FEDERATION, CAMPUS))
        return sliced(routes.curves_c_star, *pair)


def sliced(search: Callable[..., Found], *curves: FinishTime) -> Iterator[Found | None]:
    """What a search of curves finds, after slices of work of a moment each: None until then.

    A slice that is over stops the search where it is. The next goes through it again, over sizes
    whose finish is known, and comes at least one size further.
    """
    memory = _Memory()
    while True:
        memory.begin()
        try:
            found = search(*(partial(memory.ask, curve) for curve in curves))
        except TimeoutError:
            yield None
        else:
            yield found
            return


class _Memory:
    """The finishes that are known, and the time that is left to find others."""

    def __init__(self) -> None:
        self.known: dict[tuple[FinishTime, float], float] = {}

    def begin(self) -> None:
        """Begin a slice."""
        self.before, self.until = len(self.known), time.perf_counter() + MOMENT

    def ask(self, curve: FinishTime, flop: float) -> float:
        """The finish of a size; a `TimeoutError` for one that there is no time for."""
        if (curve, flop) not in self.known:
            if len(self.known) > self.before and time.perf_counter() > self.until:
                raise TimeoutError
            self.known[curve, flop] = curve(flop)
        return self.known[curve, flop]
