"""The first draws of a run's ensemble as numbers: what the finishes read, and the finishes.

A column is what the draws make of a parameter, or the coordinate of one whose law reads others: the
law is then done here, so that what it reads can be moved.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from euromesh.availability import slip_quantile_years
from euromesh.records import Params
from euromesh.records.tree import value_of


def slip_years(u: float, probability: float, median_years: float, sigma: float) -> float:
    """The quantile of the slip at u, years."""
    return slip_quantile_years(probability, median_years, sigma, u)


def happens(u: float, never: float) -> bool:
    """True with probability 1 - never."""
    return u < 1 - never


def lost_sites(u: float, n_sites: float, never_built: float) -> float:
    """The quantile at u of Binomial(n, p)."""
    count, n = 0.0, round(n_sites)
    for k in range(n + 1):
        count += math.comb(n, k) * never_built**k * (1 - never_built) ** (n - k)
        if count >= u:
            return float(k)
    return float(n)


LAWS: Final[Mapping[str, Callable[..., Any]]] = {
    "slip_years": slip_years,
    "happens": happens,
    "lost_sites": lost_sites,
}
CODES: Final[Mapping[str, Callable[[float], Any]]] = {
    "number": float,
    "date": lambda day: date.fromordinal(int(day)).isoformat(),
    "flag": bool,
}


@dataclass(frozen=True, slots=True)
class Column:
    """What the draws make of one parameter, or its coordinate where a law reads others."""

    id: str
    numbers: array[float]
    kind: str  # of `CODES`, or `choice`
    names: list[str]  # of a choice
    law: str  # of `LAWS`, or none
    others: list[str]  # that the law reads

    def value(self, at: int, others: list[Any]) -> Any:
        """The value in a draw, given what the same draw makes of the others."""
        number = self.numbers[at]
        if self.law:
            return LAWS[self.law](number, *others)
        return self.names[int(number)] if self.kind == "choice" else CODES[self.kind](number)


@dataclass(frozen=True, slots=True)
class Drawn:
    """The columns of n draws by id, and the finish of every target on every route if built."""

    n: int
    columns: Mapping[str, Column]
    finishes: Mapping[str, Mapping[str, array[float]]]  # years after the decision of the run

    def row(self, at: int, params: Params, settings: Mapping[str, Any]) -> dict[str, Any]:
        """What a draw makes of every parameter that nobody has set, by id."""
        found: dict[str, Any] = {}

        def value(key: str) -> Any:
            if key in settings or key not in self.columns:
                return value_of(params, key)
            if key not in found:
                column = self.columns[key]
                found[key] = column.value(at, [value(other) for other in column.others])
            return found[key]

        for key in self.columns:
            if key not in settings:
                value(key)
        return found


def read(model: Mapping[str, Any], data: bytes) -> Drawn:
    """The draws as a run wrote them, four bytes a number: columns, then finishes by target."""
    numbers = array("f")
    numbers.frombytes(data)
    n, at = model["n"], 0

    def following() -> array[float]:
        nonlocal at
        at += n
        return numbers[at - n : at]

    columns = {one["id"]: Column(numbers=following(), **one) for one in model["columns"]}
    finishes = {
        target: {route: following() for route in model["routes"]} for target in model["targets"]
    }
    return Drawn(n, columns, finishes)
