"""The data frames of what turns the order of two routes: one input at a time, and a box of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from euromesh import sensitivity
from euromesh.ensemble import Input
from euromesh.frames.naming import NOTHING, flipped, limited, named, not_done, range_of, written
from euromesh.frames.uncertainty import Drawn
from euromesh.records import InputError
from euromesh.sensitivity import RaceModel, Search
from euromesh.sensitivity.flips import OUTER
from euromesh.sensitivity.model import CAMPUS, OWNED
from euromesh.sensitivity.settings import HIGH, LOW

MIDDLE: Final = 0.5
FLIPS: Final = ("input", "central", "P10 to P90", "flips at", "percentile", "first place at")
BOXES: Final = ("draws", "limits", "coverage", "density")


def flips(drawn: Drawn, most: int) -> pd.DataFrame:
    """Where the order against the campus flips along the inputs that bring it nearest to that.

    They are those of the least lead at either end of a search, if that moves it at all; flips
    nearest to the centre come first. Columns, words throughout: input, central, P10 to P90,
    where the order against the campus flips, the percentile of that, and where the order against
    all routes does.
    """
    if not drawn.base:
        return not_done(FLIPS)
    race, params, known = drawn.race, drawn.race.params, drawn.inputs()
    central = race.lead_months(params)
    sign = 1 if race.is_before_campus(params) else -1
    leads = {name: list(_outer_leads(race, known[name])) for name in drawn.known.names}
    moving = {
        name: min(sign * x for x in found) for name, found in leads.items() if {*found} - {central}
    }
    nearest = sorted(moving, key=lambda name: moving[name])[:most]
    found = [sensitivity.flips(race.is_before_campus, params, name) for name in nearest]
    rows = [
        (
            named(one.name),
            written(one.name, one.central),
            range_of(params, known[one.name]),
            *flipped(one),
            flipped(sensitivity.flips(race.is_first, params, one.name))[0],
        )
        for one in sorted(found, key=_distance)
    ]
    return pd.DataFrame(rows, columns=list(FLIPS))


def _outer_leads(race: RaceModel, one: Input) -> Iterator[float]:
    """The lead over the campus, months, at the ends of a search that the model does not refuse."""
    quantiles = [place.quantile for place in sensitivity.places(one)]
    for quantile in [1 - OUTER, OUTER] if quantiles == [LOW, HIGH] else quantiles:
        values = sensitivity.values_at(race.params, one, quantile)
        with suppress(InputError):
            yield race.lead_months(sensitivity.with_values(race.params, values))


def _distance(found: Search) -> float:
    """How far a flip is from the centre, as a part of the draws; infinite where there is none."""
    if not found.flips:
        return math.inf
    return min(abs((MIDDLE if f.quantile is None else f.quantile) - MIDDLE) for f in found.flips)


def boxes(drawn: Drawn) -> pd.DataFrame:
    """In which box of inputs the campus comes before the public machines.

    Columns, words throughout: draws, limits of the box, coverage, density.
    """
    if not drawn.base:
        return not_done(BOXES)
    cases = {"as drawn": drawn.finishes, "both granted and built": drawn.found.years[0]}
    rows = [(name, *_box(drawn, years[CAMPUS] < years[OWNED])) for name, years in cases.items()]
    return pd.DataFrame(rows, columns=list(BOXES))


def _box(drawn: Drawn, happens: NDArray[np.bool_]) -> tuple[str, ...]:
    """The limits of the box in which something happens, its coverage and density."""
    if happens.all() or not happens.any():
        return NOTHING, NOTHING, NOTHING
    found = sensitivity.discover(sensitivity.flagged(drawn.known, drawn.race.params), happens)
    limits = "; ".join(limited(one) for one in found.limits) or "none"
    return limits, f"{found.fit.coverage:.0%}", f"{found.fit.density:.0%}"
