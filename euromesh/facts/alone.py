"""What each assumption does by itself, at the ends of its range: on plan, and to the odds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from euromesh import routes
from euromesh import units as u
from euromesh.ensemble.marginals import Array
from euromesh.facts.chances import YEAR
from euromesh.facts.drivers import at_places, ends_on_plan
from euromesh.facts.finishes import FEDERATION
from euromesh.facts.naming import named
from euromesh.facts.tables import SHARE, TEXT, Run, table
from euromesh.facts.turns import moving
from euromesh.facts.uncertainty import sampled
from euromesh.records import Params
from euromesh.sensitivity.model import CAMPUS, OWNED

MOST: Final = 16  # inputs


@table(
    input=TEXT,
    name=TEXT,
    end=TEXT,
    at=TEXT,
    plan=TEXT,
    odds=SHARE.headed(f"odds by {YEAR}"),
    before=SHARE.headed("before the campus"),
)
def alone(run: Run) -> Iterator[tuple[str, str, str, str, str, float, float]]:
    """What the inputs that move the odds most do by themselves, at either end of their range.

    The day on plan, the odds of a year, and those of coming before the campus.
    """
    drawn = sampled(run)
    params, inputs = drawn.race.params, drawn.inputs
    read = moving(run)
    able = (n for n in drawn.movers(np.stack(_odds(drawn.finishes, params)), len(inputs)))
    for name in [name for name in able if {name, *inputs[name].ids} & read][:MOST]:
        plans = ends_on_plan(drawn.race, FEDERATION, inputs[name])
        known = {end.at: end.told for end in plans}
        for end, (at, finishes) in zip(("low", "high"), at_places(run, name), strict=False):
            by_year, before = (float(one.mean()) for one in _odds(finishes, params))
            yield name, named(name), end, at, known.get(at, ""), by_year, before


def _odds(finishes: Array, params: Params) -> tuple[Array, Array]:
    """Whether the public machines finish by the end of the year, and before the campus."""
    end = u.years_between(routes.decision_date(params), u.last_day(str(YEAR)))
    ours = finishes[OWNED]
    return (ours <= end).astype(float), (ours < finishes[CAMPUS]).astype(float)
