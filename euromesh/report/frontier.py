"""Headline numbers of the moving frontier: how far behind each route's model is."""

from __future__ import annotations

import math
from collections.abc import Mapping

from euromesh import frontier, routes
from euromesh import units as u
from euromesh.records import Params
from euromesh.report.figure import Figure, day, number
from euromesh.routes import ROUTES


def at_finish(name: str, params: Params) -> Mapping[str, Figure]:
    """The frontier on the day a route finishes the target: gap, definitions B and C."""
    target = params.targets[params.race.target]
    done = routes.finish_date_years(ROUTES[name](params), target, params)
    known = params.frontier
    origin = routes.decision_date(params)
    since_largest = done - u.years_between(origin, u.last_day(known.largest_on))
    since_reference = done - u.years_between(origin, u.last_day(known.reference_on))
    largest = frontier.frontier_flop(since_largest, known.largest_flop, known.growth_per_year)
    effective = frontier.effective_flop(
        target.training_flop, since_reference, known.algorithmic_progress_per_year
    )
    in_class = float(largest) / known.class_ratio
    return {
        f"frontier.central_lag_months.{name}": lag_months(done, target.training_flop, params),
        f"frontier.gap.{name}": number(float(largest) / target.training_flop, "factor", ",.0f"),
        f"frontier.largest_flop_at.{name}": number(float(largest), "FLOP", ".1e"),
        f"frontier.within_class_flop.{name}": number(in_class, "FLOP", ".1e"),
        f"frontier.effective_over_reference.{name}": number(
            float(effective) / known.reference_flop, "factor", ".0f"
        ),
        f"frontier.is_a.{name}": _yes(target.training_flop >= known.reference_flop, done),
        f"frontier.is_b.{name}": _yes(target.training_flop >= in_class, done),
        f"frontier.is_c.{name}": _yes(float(effective) >= known.reference_flop, done),
    }


def lag_months(done: float, flop: float, params: Params) -> Figure:
    """Months since the frontier passed a run that is finished at a model time."""
    if math.isinf(done) or not flop:
        return number(u.NEVER, "months", ".0f")
    known = params.frontier
    since = done - u.years_between(routes.decision_date(params), u.last_day(known.largest_on))
    lag = frontier.lag_years(flop, since, known.largest_flop, known.growth_per_year)
    return number(float(lag) * u.MONTHS_PER_YEAR, "months", ".0f")


def generations(name: str, params: Params) -> Mapping[str, Figure]:
    """Date, size and lag of each model of a programme that keeps training on a route."""
    target = params.targets[params.race.target]
    origin = routes.decision_date(params)
    found: dict[str, Figure] = {}
    made = routes.generations(ROUTES[name](params), target, params)
    for number_, one in enumerate(made, start=1):
        stem = f"frontier.generation_{number_}"
        found |= {
            f"{stem}_date.{name}": day(origin, one.finish_years),
            f"{stem}_flop.{name}": number(one.training_flop or u.NEVER, "FLOP", ".1e"),
            f"{stem}_lag_months.{name}": lag_months(one.finish_years, one.training_flop, params),
        }
    return found


def _yes(holds: bool, done: float) -> Figure:
    return Figure("never" if math.isinf(done) else "yes" if holds else "no", "text", "s")
