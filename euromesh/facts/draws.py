"""Draws of a run for its tables: their number, their seed, and what they read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from euromesh import ensemble
from euromesh.facts.tables import Figure, Run, number
from euromesh.facts.watch import plain
from euromesh.records import Params

DRAWS: Final = 1024
SEED: Final = 2026
NOTED: Final = 64  # draws of the date through the view: enough to meet every law
ENDS: Final = {"low": 10, "median": 50, "high": 90}  # percentiles


def drawn(run: Run, n: int = DRAWS) -> Iterator[Params]:
    """The first draws around the parameters of a run; what is read of them is noted.

    So is what the sampler read behind the view to draw it.
    """
    central = plain(run.params)
    for params in run.once(f"{n} draws", lambda _: [*ensemble.sample(central, n, SEED)]):
        yield run.noting(params)
    run.note(ensemble.behind(ensemble.varied(central), run.read))


def percentiles(values: Sequence[float] | np.ndarray) -> list[float]:
    """The tenth, fiftieth and ninetieth."""
    return [float(end) for end in np.percentile(values, list(ENDS.values()))]


def spread(stem: str, values: Sequence[float], unit: str, format_: str) -> dict[str, Figure]:
    """The percentiles as numbers whose keys end in what they are."""
    ends = zip(ENDS, percentiles(values), strict=True)
    return {f"{stem}_{end}": number(value, unit, format_) for end, value in ends}
