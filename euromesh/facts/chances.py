"""Over draws of every input: when every route finishes, and how likely it is to be first.

The same draws serve every route. What a number says it rests on is what the finishes of its
routes read in some of the draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from itertools import combinations
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from euromesh import ensemble, frontier, routes
from euromesh import units as u
from euromesh.blocks import published
from euromesh.ensemble import Plan, Tally, Varied
from euromesh.facts import tables as t
from euromesh.facts.draws import NOTED, SEED
from euromesh.facts.finishes import FEDERATION, by_route, date_of, every_route, main, years
from euromesh.facts.frontier import lag
from euromesh.facts.tables import Column, Figure, Run, count, figures, keyed, number, once, table
from euromesh.facts.watch import plain, watched
from euromesh.records import Params
from euromesh.routes import ROUTES, YEARS

Days: TypeAlias = NDArray[np.int64]  # sums of draws by the day of the finish
Reads: TypeAlias = Mapping[str, Mapping[str, frozenset[str]]]  # ids, by route and target

QUANTILES: Final = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
ORDER: Final = list(ROUTES)
ERROR: Final = Column("fraction", ".2%")  # standard error of a probability
YEAR: Final = 2030  # by whose end odds are given where one year is enough
ALIKE: Final = 0.05  # routes whose odds differ by no more are about as likely
MEET_ALL: Final = 4  # draws that meet what only another target makes a route read


@once
def reads_of(params: Params) -> Reads:
    """The ids that the finish of every route reads over draws, by target.

    The first draws are raced one by one through a view of the parameters; all of them together
    read the same.
    """
    of = ensemble.varied(plain(params))
    drawn = list(ensemble.sample(of.params, NOTED, SEED))
    return {name: _of_route(name, of, drawn) for name in ROUTES}


def _of_route(name: str, of: Varied, drawn: Sequence[Params]) -> dict[str, frozenset[str]]:
    def seen(target: str, n: int) -> set[str]:
        read: set[str] = set()
        for index in range(n):
            view = watched(drawn[index], read)
            routes.finish_date_years(ROUTES[name](view), view.targets[target], view)
        return read

    main = of.params.race.target
    ours = seen(main, NOTED)
    shared = {key for key in ours if not key.startswith(f"targets.{main}.")}
    others = (target for target in of.params.targets if target != main)
    found = {main: ours, **{target: shared | seen(target, MEET_ALL) for target in others}}
    return {key: frozenset(read | ensemble.behind(of, read)) for key, read in found.items()}


def note(run: Run, target: str, *names: str) -> None:
    """Note what the finishes of some routes read over draws."""
    for name in names:
        run.note(reads_of(run)[name][target])


@once
def tallied(params: Params) -> tuple[Plan, Tally]:
    """The published draws towards every target, counted once for a run."""
    return published(plain(params), list(params.targets), SEED)


def days_of(run: Run, row: str) -> Days:
    """The draws by the day on which a route finishes the target of the race."""
    plan, tally = tallied(run)
    days: Days = tally.days[plan.targets.index(plain(run.params).race.target), ORDER.index(row)]
    return days


@by_route(
    planned=t.DAY,
    **keyed("{row}.finish_*", **dict.fromkeys([*QUANTILES], t.DAY)),
    if_ever=t.DAY.keyed("{row}.finish_if_ever_p50"),
    **{f"by_{y}": t.SHARE.keyed(f"{{row}}.odds_by_{y}", f"by {y}") for y in YEARS},
    never=t.SHARE.keyed("{row}.never_share"),
)
def chances(run: Run, row: str, _: str) -> tuple[Any, ...]:
    """When a route finishes the target: by plan, in the draws, and in those in which it does.

    P50 is the day by which half of the draws have finished.
    """
    params, days = run.params, days_of(run, row)
    note(run, params.race.target, row)
    origin = routes.decision_date(params)
    ends = (ensemble.quantile_years(days, part) for part in QUANTILES.values())
    if_ever = ensemble.quantile_years(ensemble.if_ever(days), QUANTILES["p50"])
    year_ends = (u.years_between(origin, u.last_day(str(year))) for year in YEARS)
    return (
        *(date_of(params, found) for found in (years(run, row), *ends, if_ever)),
        *(ensemble.odds_by(days, end) for end in year_ends),
        ensemble.never_share(days),
    )


@table(lambda _: map(str, YEARS), date=Column("date", "%Y", "race.year_end.{row}"))
def year_ends(run: Run, row: str) -> tuple[str]:
    """The days by whose end odds are given, the horizon at the latest."""
    return (min(u.last_day(row), u.last_day(run.params.race.horizon)).isoformat(),)


@table(every_route, months=t.MONTHS.keyed("frontier.lag_months.{row}"))
def likely_lags(run: Run, row: str) -> tuple[float]:
    """Months since the frontier passed a run of the target's size, on the likely day."""
    params = run.params
    note(run, params.race.target, row)
    likely = ensemble.quantile_years(days_of(run, row), QUANTILES["p50"])
    return (float(lag(frontier.Run(main(params).training_flop, likely), params)),)


@figures
def drawn(run: Run) -> dict[str, Figure]:
    """How many draws there are, in how many blocks."""
    plan, _ = tallied(run)
    note(run, run.params.race.target, *ROUTES)
    return {
        "ensemble.draws": count(plan.n_draws, "draws"),
        "ensemble.blocks": count(plan.n_blocks, "blocks"),
    }


@figures
def alike(run: Run) -> dict[str, Figure]:
    """By how much the odds of two routes differ at most that are about as likely."""
    note(run, run.params.race.target, *ROUTES)
    return {"race.alike_odds": number(ALIKE, "fraction", ".0%")}


@figures
def granted_odds(run: Run) -> dict[str, Figure]:
    """How likely the share of the public machines is granted."""
    note(run, run.params.race.target, FEDERATION)
    odds = ensemble.chance_of(FEDERATION, plain(run.params))
    return {"owned.granted_odds": number(odds, "fraction", ".0%")}


@table(
    each=lambda params: ((name, target) for target in params.targets for name in ROUTES),
    together=True,
    route=t.NAME,
    target=t.NAME,
    odds=t.SHARE.keyed("race.p_{route}_first.{target}"),
    se=ERROR.keyed("race.p_{route}_first.{target}_se"),
)
def firsts(run: Run, route: str, target: str) -> tuple[Any, ...]:
    """How likely a route is to finish a target before all others."""
    plan, tally = tallied(run)
    note(run, target, *ROUTES)
    sums = tally.sums.first[:, plan.targets.index(target), ORDER.index(route)]
    return astuple(ensemble.estimate(sums, plan.n_points))


@table(
    each=lambda params: (
        (*pair, target)
        for target in params.targets
        for pair in (*combinations(ORDER, 2), ("campus", FEDERATION))
    ),
    together=True,
    one=t.NAME,
    other=t.NAME,
    target=t.NAME,
    odds=t.SHARE.keyed("race.p_{one}_before_{other}.{target}"),
    se=ERROR.keyed("race.p_{one}_before_{other}.{target}_se"),
)
def befores(run: Run, one: str, other: str, target: str) -> tuple[Any, ...]:
    """How likely a route is to finish a target before another: each pair once, campus both ways."""
    note(run, target, one, other)
    return _before(run, one, other, target)


@table(
    lambda params: params.targets, odds=t.SHARE.keyed("race.p_owned_before_campus_if_granted.{row}")
)
def befores_if_granted(run: Run, row: str) -> tuple[float]:
    """How likely the public machines are to beat the campus where their share is granted.

    Where it never is, they beat nobody.
    """
    note(run, row, FEDERATION, "campus")
    odds, _ = _before(run, FEDERATION, "campus", row)
    granted = ensemble.chance_of(FEDERATION, plain(run.params))
    return (odds / granted if granted else 0.0,)


def _before(run: Run, one: str, other: str, target: str) -> tuple[Any, ...]:
    plan, tally = tallied(run)
    places = plan.targets.index(target), ORDER.index(one), ORDER.index(other)
    return astuple(ensemble.estimate(tally.sums.before[:, *places], plan.n_points))
