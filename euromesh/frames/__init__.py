"""The data frames behind the charts and tables of the notebooks: model calls in, rows out.

Those of the first layer stand here by name; the others in a module a page.
"""

from euromesh.frames.layer1 import (
    REFITTED,
    gates,
    known_rates,
    laws,
    refits,
    run_days,
    scaling_curves,
    scaling_points,
    shown,
    utilization,
    verdicts,
    without,
)

__all__ = [
    "REFITTED",
    "gates",
    "known_rates",
    "laws",
    "refits",
    "run_days",
    "scaling_curves",
    "scaling_points",
    "shown",
    "utilization",
    "verdicts",
    "without",
]
