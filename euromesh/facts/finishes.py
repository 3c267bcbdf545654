"""When every route finishes a model, with what, and which route is first.

What is raced is raced once for a run: its tables share the finish of every route and target, the
accrual of every route, and t*(C) of every route.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple
from itertools import combinations, product
from operator import attrgetter
from typing import Any

from euromesh import availability, efficiency, ledger, routes
from euromesh import units as u
from euromesh.availability import FinishTime, Segment
from euromesh.facts import tables as t
from euromesh.facts.tables import Column, Figure, Run, count, figures, number, once, table
from euromesh.facts.watch import plain
from euromesh.records import Params
from euromesh.records.tables import Target
from euromesh.routes import ROUTES, YEARS, Finish
from euromesh.routes.compare import SMALLEST_RUN

FEDERATION, *RIVALS = ROUTES

# --- raced once for a run ------------------------------------------------------------------------


@once
def raced(params: Params, route: str, target: str) -> Finish:
    """The finish of a target on a route."""
    return routes.finish(ROUTES[route](params), params.targets[target], params)


@once
def accrued(params: Params, route: str) -> tuple[Segment, ...]:
    """The segments of a route that trains the model of the race."""
    model = routes.target_model(params, main(params))
    return routes.accrual(ROUTES[route](params), model, params)


@once
def curve(params: Params, route: str) -> FinishTime:
    """t*(C) of a route, which remembers what it was asked."""
    return routes.finish_curve(ROUTES[route](params), params)


def years(run: Run, route: str) -> float:
    """When a route finishes the target of the race, model time."""
    return raced(run, route, run.params.race.target).finish_years


def main(params: Params) -> Target:
    """The target of the race."""
    return params.targets[params.race.target]


def date_of(params: Params, found: float) -> str:
    """The day of a model time, or never."""
    return u.date_text(routes.decision_date(params), found)


def every_route(_: Params) -> Sequence[str]:
    """The routes in their order."""
    return list(ROUTES)


def by_route(**columns: Any) -> Callable[[t.Make], t.Make]:
    """Register a table of the routes: a row begins with name and label, which its function gets."""
    labels = [(name, kind.label) for name, kind in ROUTES.items()]
    return table(each=lambda _: labels, row=t.NAME, route=t.TEXT, **columns)


# --- dates, and what they are made of ------------------------------------------------------------


@table(
    each=lambda params: product(ROUTES, params.targets),
    route=t.NAME,
    target=t.NAME,
    date=t.DAY.keyed("{route}.finish_{target}_date"),
)
def targets(run: Run, route: str, target: str) -> tuple[str]:
    """When every route finishes every target."""
    return (date_of(run.params, raced(run, route, target).finish_years),)


@by_route(
    date=t.DAY.keyed("{row}.finish_date", "finish"),
    **t.keyed(
        "{row}.*",
        **dict.fromkeys(["institutional_months", "grid_months", "set_up_months"], t.MONTHS),
        first_compute_date=t.DAY,
        compute_days=t.DAYS,
    ),
    **t.keyed(
        "{row}.*_at_finish",
        **dict.fromkeys(["replicas", "accelerators"], t.COUNT),
        utilization=t.SHARE,
        penalty=t.FACTOR,
        saturation=t.SHARE,
        step_seconds=Column("seconds", ".1f"),
        granted_eflops=Column("EFLOP/s", ".1f"),
        net_eflops=Column("EFLOP/s", ".2f"),
    ),
)
def finish(run: Run, row: str, _: str) -> tuple[Any, ...]:
    """When a route finishes the target of the race, the parts of that date, and what trains."""
    params, route = run.params, ROUTES[row](run.params)
    done = raced(run, row, params.race.target)
    team, split = done.federation, routes.parts(route, done)
    waits = (split.institutional_years, split.grid_years, split.set_up_years)
    return (
        date_of(params, done.finish_years),
        *(waited * u.MONTHS_PER_YEAR for waited in waits),
        date_of(params, done.first_compute_years),
        done.compute_days,
        len(team.places),
        *(team.n_accel, team.utilization, team.penalty, team.saturation, team.step_seconds),
        routes.stages(route, done)["granted peak"] / u.EXA,
        team.flop_per_s / u.EXA,
    )


@table(route=t.TEXT, part=t.TEXT, start=t.MONTH, end=t.MONTH, days=Column("days", ",.0f"))
def parts(run: Run) -> Iterator[tuple[str, str, str, str, float]]:
    """The parts of every finish date, one after another up to the first that never ends."""
    for name, kind in ROUTES.items():
        done = raced(run, name, run.params.race.target)
        split = routes.parts(kind(run.params), done)
        end = 0.0
        names = ("institutions", "grid", "set-up", "compute")
        for part, waited in zip(names, astuple(split), strict=True):
            if math.isfinite(end):
                start, end = end, end + waited
                first, last = (date_of(run.params, one) for one in (start, end))
                yield kind.label, part, first, last, waited * u.DAYS_PER_YEAR


@by_route(
    sites=t.COUNT,
    power_mw=Column("MW", ",.0f", "{row}.power_mw", "MW"),
    first_ready=t.DAY,
    last_ready=t.DAY.keyed("{row}.full_power_date"),
    basis=t.TEXT.headed("priced as"),
    what=t.TEXT.headed("what it is"),
)
def sites(run: Run, row: str, _: str) -> tuple[Any, ...]:
    """Every route as a table of sites: how many places, their power, and when they can compute.

    What it is stands in the first clause of its docstring.
    """
    route = ROUTES[row](run.params)
    starts = [site.start_years for site in route.sites]
    clause = (ROUTES[row].make.__doc__ or "").strip().split("\n")[0].split(";")[0]
    return (
        len({site.place for site in route.sites}),
        routes.peak_weight(route, attrgetter("grid_mw")),
        *(date_of(run.params, end(starts, default=u.NEVER)) for end in (min, max)),
        ", ".join(sorted({site.basis for site in route.sites})) or "none",
        clause.replace("`", "").rstrip("."),
    )


@figures
def all_up(run: Run) -> dict[str, Figure]:
    """How often every site of the federation is up at once, if they fail independently: u^M."""
    team = raced(run, FEDERATION, run.params.race.target).federation
    p = run.params
    up = efficiency.up_share(p.owned.goodput, p.training.stepping_share)
    return {"owned.all_up_share": number(up ** len(team.places), "fraction", ".0%")}


@table(route=t.TEXT, date=t.MONTH, flop=t.FLOP)
def accrual(run: Run) -> Iterator[tuple[str, str, float]]:
    """F(t; N) of every route on the target's model, at the days on which its rate changes."""
    for name, kind in ROUTES.items():
        found = accrued(run, name)
        for years in (found[0].start_years, *(segment.end_years for segment in found)):
            flop = availability.cumulative_flop(found, years)
            yield kind.label, date_of(run.params, years), flop


@by_route(done=t.SHARE.keyed("{row}.done_by_horizon"), last=t.DAY.keyed("{row}.last_compute_date"))
def by_horizon(run: Run, row: str, _: str) -> tuple[float, str]:
    """The part of the target that a route has computed by the horizon, and when it stops."""
    return done_by_horizon(run.params, accrued(run, row))


def done_by_horizon(params: Params, found: Sequence[Segment]) -> tuple[float, str]:
    """The part of the target that some segments compute, and the day of the last compute."""
    part = min(1.0, math.fsum(segment.flop for segment in found) / main(params).training_flop)
    last = max((s.end_years for s in found if s.flop_per_s > 0), default=u.NEVER)
    return part, date_of(params, last)


@by_route(
    **{f"by_{y}": t.FLOP.keyed(f"{{row}}.flop_by_{y}", f"FLOP, end of {y}") for y in YEARS},
)
def flop_by_year(run: Run, row: str, _: str) -> tuple[Any, ...]:
    """Useful FLOP that a route has computed by the ends of some years, on the target's model."""
    found, origin = accrued(run, row), routes.decision_date(run.params)
    ends = (u.years_between(origin, u.last_day(str(year))) for year in YEARS)
    return tuple(availability.cumulative_flop(found, end) for end in ends)


# --- which is first ------------------------------------------------------------------------------


@table(lambda _: RIVALS, months=t.MONTHS.keyed("race.owned_before_{row}_months"))
def leads(run: Run, row: str) -> tuple[float]:
    """Months between the finish of the public machines and that of a rival; negative when later."""
    ours, theirs = years(run, FEDERATION), years(run, row)
    return ((theirs - ours) * u.MONTHS_PER_YEAR if math.isfinite(ours) else u.NEVER,)


@figures
def verdict(run: Run) -> dict[str, Figure]:
    """Whether the public machines finish the target before the campus, the original's question."""
    before = years(run, FEDERATION) < years(run, "campus")
    return {"race.verdict": Figure("Yes" if before else "No", "text", "")}


@table(
    lambda params: sorted(params.targets, key=lambda name: params.targets[name].training_flop),
    run=t.TEXT,
    flop=Column("FLOP", ".2e", head="FLOP"),
    first=Column("text", "s", "race.first_route.{row}", "first on plan"),
    finishes=t.MONTH,
    ours=t.MONTH.headed(ROUTES[FEDERATION].label),
    beaten=t.COUNT.keyed("race.rivals_beaten.{row}", "rivals beaten"),
)
def enough(run: Run, row: str) -> tuple[Any, ...]:
    """For every target: the first route, and how many rivals the public machines beat."""
    target = run.params.targets[row]
    found = {name: raced(run, name, row).finish_years for name in ROUTES}
    ours = found[FEDERATION]
    return (
        target.name,
        target.training_flop,
        _first(found),
        *(date_of(run.params, one) for one in (min(found.values()), ours)),
        sum(ours < found[rival] for rival in RIVALS),
    )


def _first(found: dict[str, float]) -> str:
    """The route that finishes first, or none."""
    name = min(found, key=lambda name: found[name])
    return ROUTES[name].label if math.isfinite(found[name]) else "none"


@table(
    each=lambda _: combinations(ROUTES, 2),
    together=True,
    one=t.NAME,
    other=t.NAME,
    flop=t.FLOP.keyed("race.c_star_flop.{one}_vs_{other}", bound="bound"),
    bound=t.FLAG,
    crossings=Column("text", "s", "race.c_star_flop.{one}_vs_{other}_crossings"),
    again=t.FLAG,
    first=t.TEXT,
    second=t.TEXT,
    lead=t.FLOP,
    lead_bound=t.FLAG,
)
def c_stars(run: Run, one: str, other: str) -> tuple[Any, ...]:
    """C* of every pair, the one before the other, and larger runs at which they change places.

    `first` is the one of the two that leads over the smallest runs, `lead` its C* against the
    `second`; `again` says whether the lead changes once more beyond it.
    """
    ours, theirs = curve(run, one), curve(run, other)
    found = routes.curves_c_star(ours, theirs)
    behind = theirs(SMALLEST_RUN) < ours(SMALLEST_RUN)
    ahead = routes.curves_c_star(theirs, ours) if behind else found
    names = [ROUTES[name].label for name in ((other, one) if behind else (one, other))]
    crossings = " ".join(f"{flop:.1e}" for flop in found.further) or "none"
    return (
        *(found.flop, found.at_least, crossings, len(found.further) > (not found.flop)),
        *(*names, ahead.flop, ahead.at_least),
    )


@figures
def c_star_pairs(run: Run) -> dict[str, Figure]:
    """How many pairs of routes there are, and in how many the lead changes again."""
    found = run["c_stars"]["again"]
    return {"race.pairs": count(len(found)), "race.pairs_crossing_again": count(found.sum())}


@figures
def c_star(run: Run) -> dict[str, Figure]:
    """The largest run that the public machines finish before the campus."""
    found = routes.curves_c_star(curve(run, FEDERATION), curve(run, "campus"))
    largest = Target(name="C*", training_flop=found.flop, n_params=None, n_active=None)
    route = ROUTES[FEDERATION](run.params)
    days = routes.finish(route, largest, run.params).compute_days if found.flop else 0.0
    bound = t.AT_LEAST if found.at_least else None
    over = found.flop / main(run.params).training_flop
    return {
        "race.c_star_flop": Figure(found.flop, "FLOP", ".1e", bound),
        "race.c_star_compute_years": number(days / u.DAYS_PER_YEAR, "years", ".1f"),
        "race.c_star_over_target": Figure(over, "factor", ".0f", bound),
    }


@figures
def share_for_2028(run: Run) -> dict[str, Figure]:
    """The share of every machine that finishes the target by the end of 2028."""
    last = u.last_day("2028")
    end = u.years_between(routes.decision_date(run.params), last)
    make, target = ROUTES[FEDERATION], main(run.params)
    share = routes.least_share(make, target, end, plain(run.params), run.noting)
    return {
        "owned.share_for_2028": number(share, "fraction", ".1%"),
        "owned.share_deadline": Figure(last.isoformat(), "date", "%Y"),
    }


@once
def allowed(params: Params, terms: str) -> float:
    """What the public machines use of a term when they finish the target."""
    return ledger.budget(terms, ROUTES[FEDERATION](params), main(params), params)


@figures
def budgets(run: Run) -> dict[str, Figure]:
    """What the public machines use of every term that is made equal."""
    units = {"power_mw": "MW", "money_meur_year": "million EUR", "bill_meur": "million EUR"}
    return {
        f"race.equal_{term}": number(allowed(run, term.partition("_")[0]), unit, ".0f")
        for term, unit in units.items()
    }


@table(
    each=lambda _: product(ledger.TERMS, ROUTES),
    together=True,
    terms=t.NAME,
    row=t.NAME,
    route=t.TEXT,
    planned=t.MONTH,
    date=t.DAY.keyed("race.equal_{terms}_date.{row}"),
)
def equal_terms(run: Run, terms: str, row: str) -> tuple[str, str, str]:
    """When each route finishes the target with no more of a term than the public machines use."""
    params = run.params
    done = planned = years(run, row)
    most = allowed(run, terms)
    if row != FEDERATION:
        route = ROUTES[row](params)
        done = ledger.equal_date_years(terms, route, main(params), most, params)
    return ROUTES[row].label, date_of(params, planned), date_of(params, done)
