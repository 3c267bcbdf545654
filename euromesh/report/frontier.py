"""Headline numbers of the moving frontier: how far behind each route's model is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from euromesh import frontier, routes
from euromesh import units as u
from euromesh.efficiency import optimal_params
from euromesh.frames import frontier as scan
from euromesh.frames.frontier import FEDERATION
from euromesh.frontier import Run
from euromesh.records import Params
from euromesh.report.figure import Figure, day, never, number
from euromesh.report.watch import noting, plain, watched
from euromesh.routes import ROUTES

LONG: Final = 30  # models, more than fit before the horizon
RouteGroup: TypeAlias = Callable[[str, Params], Mapping[str, Figure]]


def at_finish(name: str, params: Params) -> Mapping[str, Figure]:
    """A route against the frontier: at the target, at its nearest, and at C* of the race with it.

    The trend itself, which is of no route, comes with the public machines.
    """
    others = [_trend] if name == FEDERATION else [_at_c_star]
    found: dict[str, Figure] = {}
    for group in (_standing, _nearest, *others):
        found |= _alone(group, name, params)
    return found


def _alone(group: RouteGroup, name: str, params: Params) -> dict[str, Figure]:
    """The numbers of a group, each with what this group alone has read."""
    view, read = watched(plain(params))
    figures = group(name, view)
    return {key: replace(figure, inputs=frozenset(read)) for key, figure in figures.items()}


def _standing(name: str, params: Params) -> dict[str, Figure]:
    """The target on the day a route finishes it: lag, gap, and the definitions that it meets."""
    target, known = params.targets[params.race.target], params.frontier
    done = routes.finish_date_years(ROUTES[name](params), target, params)
    run = Run(target.training_flop, done)
    found = frontier.standing(run, params)
    largest = found.frontier_flop
    stopped = known.largest_flop / target.training_flop
    low, high = (_gap(run, growth, params) for growth in scan.growth_ends())
    return {
        f"frontier.central_lag_months.{name}": lag_months(done, target.training_flop, params),
        f"frontier.gap.{name}": number(found.gap, "factor", ",.0f"),
        f"frontier.gap_low.{name}": number(low, "factor", ",.0f"),
        f"frontier.gap_high.{name}": number(high, "factor", ",.0f"),
        f"frontier.gap_if_stopped.{name}": number(
            stopped if math.isfinite(done) else u.NEVER, "factor", ".0f"
        ),
        f"frontier.largest_flop_at.{name}": number(largest, "FLOP", ".1e"),
        f"frontier.within_class_flop.{name}": number(largest / known.class_ratio, "FLOP", ".1e"),
        f"frontier.effective_over_reference.{name}": number(
            found.effective_over_reference, "factor", ".0f"
        ),
        f"frontier.is_a.{name}": _yes(found.is_a, done),
        f"frontier.is_b.{name}": _yes(found.is_b, done),
        f"frontier.is_c.{name}": _yes(found.is_c, done),
    }


def _nearest(name: str, params: Params) -> dict[str, Figure]:
    """The run that comes nearest to the frontier, and the growth at which one is in its class."""
    runs = scan.finished_runs(routes.finish_curve(ROUTES[name](params), params))
    stem = "frontier.nearest"
    if not runs:
        ends = ("_flop", "_date", "_lag_months")
        missing = never(stem, *(f"{end}.{name}" for end in ends))
        return missing | never("frontier.class_growth", f".{name}")
    best = frontier.nearest(runs, params)
    return {
        f"{stem}_flop.{name}": number(best.flop, "FLOP", ".1e"),
        f"{stem}_date.{name}": day(routes.decision_date(params), best.years),
        f"{stem}_lag_months.{name}": lag_months(best.years, best.flop, params),
        f"frontier.class_growth.{name}": number(
            frontier.fastest_in_class(runs, params), "factor", ".1f"
        ),
    }


def _at_c_star(rival: str, params: Params) -> dict[str, Figure]:
    """How far behind the public machines are with C* of their race against a rival."""
    ours, other = (
        routes.finish_curve(ROUTES[name](params), params) for name in (FEDERATION, rival)
    )
    flop = scan.coarse_c_star(ours, other).flop
    lag = lag_months(ours(flop) if flop else u.NEVER, flop, params)
    return {f"frontier.c_star_lag_months.{rival}": lag}


def _trend(_: str, params: Params) -> dict[str, Figure]:
    """The trend where it can be checked: on the day of the decision, and at a known ceiling."""
    known, origin = params.frontier, routes.decision_date(params)
    growth = known.growth_per_year
    decided = frontier.since(known.largest_on, 0.0, params)
    by = u.years_between(u.last_day(known.largest_on), u.last_day(known.feasible_by))
    passed = frontier.passing_years(known.feasible_flop, known.largest_flop, growth)
    ratio = known.feasible_flop / known.largest_flop
    return {
        "frontier.trend_at_decision": number(growth**decided, "factor", ".0f"),
        "frontier.trend_passes_feasible_date": day(origin, float(passed) - decided),
        "frontier.growth_to_feasible": number(ratio ** (1 / by), "factor", ".1f"),
        "frontier.doubling_months": _factor_months(2.0, growth),
        "frontier.class_lag_months": _factor_months(known.class_ratio, growth),
    }


def _gap(run: Run, growth: float, params: Params) -> float:
    """How many times larger the frontier's run is at a growth."""
    after = frontier.since(params.frontier.largest_on, run.years, params)
    largest = frontier.frontier_flop(after, params.frontier.largest_flop, growth)
    return float(frontier.gap(run.flop, largest))


def _factor_months(factor: float, growth: float) -> Figure:
    """Months in which the frontier grows by a factor."""
    years = float(frontier.passing_years(factor, 1.0, growth))
    return number(years * u.MONTHS_PER_YEAR, "months", ".1f")


def lag_months(done: float, flop: float, params: Params) -> Figure:
    """Months since the frontier passed a run that is finished at a model time."""
    if math.isinf(done) or not flop:
        return number(u.NEVER, "months", ".0f")
    months = frontier.lag_months(Run(flop, done), params, params.frontier.growth_per_year)
    return number(months, "months", ".0f")


# --- programme -----------------------------------------------------------------------------------


def generations(name: str, params: Params) -> Mapping[str, Figure]:
    """Date, size and lag of each model of a programme on a route; and what renewal is worth."""
    origin = routes.decision_date(params)
    found: dict[str, Figure] = {}
    for number_, one in enumerate(_models(name, params), start=1):
        stem = f"frontier.generation_{number_}"
        found |= {
            f"{stem}_date.{name}": day(origin, one.finish_years),
            f"{stem}_flop.{name}": number(one.training_flop or u.NEVER, "FLOP", ".1e"),
            f"{stem}_lag_months.{name}": lag_months(one.finish_years, one.training_flop, params),
        }
    return found | (_alone(_renewal, name, params) if name == FEDERATION else {})


def _models(name: str, params: Params) -> list[routes.Generation]:
    """The models of a programme, from plain records: a search through a view takes too long.

    What they read is read once through the view.
    """
    kept, target = plain(params), params.race.target
    made = list(routes.generations(ROUTES[name](kept), kept.targets[target], kept))
    _read(name, params)
    return made


def _read(name: str, params: Params) -> None:
    """Read through a view what a programme on a route depends on."""
    target = params.targets[params.race.target]
    routes.accrual(ROUTES[name](params), routes.target_model(params, target), params)
    optimal_params(target.training_flop, params.training.tokens_per_param)
    _ = params.programme.training_months, params.programme.n_generations


def _renewal(name: str, params: Params) -> dict[str, Figure]:
    """The last model of a programme whose machines are not renewed, and one with renewal then."""
    renewed, bare = (_renewing(flag, params) for flag in (True, False))
    done = [one for one in _models(name, noting(params, bare)) if math.isfinite(one.finish_years)]
    stem = "frontier.last_unrenewed"
    if not done:
        return never(stem, f"_date.{name}", f"_flop.{name}", f"_renewed_flop.{name}")
    end = done[-1].finish_years
    start = end - params.programme.training_months / u.MONTHS_PER_YEAR
    flop = routes.run_between(ROUTES[name](renewed), start, end, renewed)
    _read(name, noting(params, renewed))
    return {
        f"{stem}_date.{name}": day(routes.decision_date(params), end),
        f"{stem}_flop.{name}": number(done[-1].training_flop, "FLOP", ".1e"),
        f"{stem}_renewed_flop.{name}": number(flop, "FLOP", ".1e"),
    }


def _renewing(renewal: bool, params: Params) -> Params:
    """Plain records of a long programme, with or without renewal of the public machines."""
    kept = plain(params)
    return replace(
        kept,
        owned=replace(kept.owned, renewal=renewal),
        programme=replace(kept.programme, n_generations=LONG),
    )


def _yes(holds: bool, done: float) -> Figure:
    return Figure("never" if math.isinf(done) else "yes" if holds else "no", "text", "s")
