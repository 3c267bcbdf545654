"""Headline numbers over draws: when every route finishes, and how likely each is to be first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from euromesh import ensemble, routes
from euromesh import units as u
from euromesh.blocks import published
from euromesh.ensemble import Plan, Tally
from euromesh.facts.frontier import lag
from euromesh.frontier import Run
from euromesh.records import Params
from euromesh.report.figure import Figure, count, day, number
from euromesh.report.reads import Reads, of_target
from euromesh.report.spread import SEED
from euromesh.report.watch import seeing
from euromesh.routes import ROUTES, YEARS

QUANTILES: Final = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


def finishes(params: Params, read: Reads) -> Mapping[str, Figure]:
    """Quantiles of every route's finish, how often it never comes, its lag, and who is first.

    The same draws serve every route.
    """
    plan, tally = published(params, tuple(params.targets), SEED)
    main = params.race.target
    found: dict[str, Figure] = {}
    for row, name in enumerate(ROUTES):
        inputs = read[name][main]
        days = tally.days[plan.targets.index(main), row]
        figures = _figures(name, days, seeing(params, set(inputs)))
        found |= {key: replace(one, inputs=inputs) for key, one in figures.items()}
    drawn = {"draws": plan.n_draws, "blocks": plan.n_blocks}
    every = of_target(read, main)
    counts = {
        f"ensemble.{word}": replace(count(n, word), inputs=every) for word, n in drawn.items()
    }
    granted = number(ensemble.chance_of("owned", params), "fraction", ".0%")
    counts["owned.granted_odds"] = replace(granted, inputs=read["owned"][main])
    return found | counts | dict(_wins(plan, tally, read))


def days(params: Params) -> dict[str, NDArray[np.int64]]:
    """The sums of the published draws by the day of the finish of the target, of every route."""
    _, tally = published(params, [params.race.target], SEED)
    return dict(zip(ROUTES, tally.days[0], strict=True))


def _figures(name: str, days: NDArray[np.int64], params: Params) -> dict[str, Figure]:
    """The numbers of one route; P50 is the date by which half of the draws have finished."""
    origin = routes.decision_date(params)
    ends = {end: ensemble.quantile_years(days, part) for end, part in QUANTILES.items()}
    if_ever = ensemble.quantile_years(ensemble.if_ever(days), QUANTILES["p50"])
    flop = params.targets[params.race.target].training_flop
    odds = {year: ensemble.odds_by(days, _year_end(origin, year)) for year in YEARS}
    return {
        **{f"{name}.finish_{end}": day(origin, found) for end, found in ends.items()},
        f"{name}.finish_if_ever_p50": day(origin, if_ever),
        **{f"{name}.odds_by_{year}": number(p, "fraction", ".0%") for year, p in odds.items()},
        f"{name}.never_share": number(ensemble.never_share(days), "fraction", ".0%"),
        f"frontier.lag_months.{name}": number(lag(Run(flop, ends["p50"]), params), "months", ".0f"),
    }


def _year_end(origin: date, year: int) -> float:
    """Model time of the last day of a year."""
    return u.years_between(origin, u.last_day(str(year)))


def _wins(plan: Plan, tally: Tally, reads: Reads) -> Iterator[tuple[str, Figure]]:
    """How likely a route is to finish before another, and before all others."""
    names = list(ROUTES)
    for row, target in enumerate(plan.targets):
        every = of_target(reads, target)
        for a, name in enumerate(names):
            sums = tally.sums.first[:, row, a]
            yield from _probability(f"race.p_{name}_first.{target}", sums, plan, every)
        ours, campus = names.index("owned"), names.index("campus")
        for a, b in (*combinations(range(len(names)), 2), (campus, ours)):
            one, other = names[a], names[b]
            read = reads[one][target] | reads[other][target]
            sums = tally.sums.before[:, row, a, b]
            key = f"race.p_{one}_before_{other}"
            yield from _probability(f"{key}.{target}", sums, plan, read)
            if (a, b) == (ours, campus) and (granted := ensemble.chance_of("owned", plan.params)):
                found = ensemble.estimate(sums, plan.n_points).value / granted
                yield f"{key}_if_granted.{target}", Figure(found, "fraction", ".0%", inputs=read)


def _probability(
    key: str, sums: NDArray[np.int64], plan: Plan, read: frozenset[str]
) -> Iterator[tuple[str, Figure]]:
    found = ensemble.estimate(sums, plan.n_points)
    yield key, Figure(found.value, "fraction", ".0%", inputs=read)
    yield f"{key}_se", Figure(found.se, "fraction", ".2%", inputs=read)
