"""Waiting: lead times as distributions, late plans, named projects, and the gigafactories."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from itertools import accumulate
from statistics import fmean, median
from typing import Any, Final

from euromesh import availability, routes
from euromesh import units as u
from euromesh.availability import ESTIMATORS, Lognormal, Wait, first_of_cdf, mixture_cdf, sigma_of
from euromesh.facts.naming import region_named
from euromesh.facts.tables import (
    NAME,
    TEXT,
    Column,
    Figure,
    Run,
    count,
    day,
    figures,
    keyed,
    number,
    table,
)
from euromesh.fleet import KW_PER_MW
from euromesh.ledger.countries import MILLION
from euromesh.params import library
from euromesh.records import Params
from euromesh.records.race import Gigafactory
from euromesh.records.tables import Milestone

LOADS: Final = {"40mw": 40.0, "250mw": 250.0, "1gw": 1000.0}
GIGAWATT, QUARTER = LOADS["1gw"], LOADS["250mw"]
QUANTILES: Final = {"p05": 0.05, "p10": 0.10, "p50": 0.50, "p90": 0.90, "p95": 0.95}
WAIT, MW = Column("years", ".1f"), Column("MW", ",.0f")
ENDS: Final[dict[str, Any]] = dict.fromkeys(QUANTILES, WAIT)


def _lead(*names: str) -> dict[str, Any]:
    """Columns of lead times at the load of a row, by the ends of their keys."""
    return {
        name.removesuffix("_years"): Column("years", ".1f", f"grid.lead_{{row}}_{name}")
        for name in names
    }


def waits(params: Params, load_mw: float) -> dict[str, Wait]:
    """The original's seven regions at a load, by name.

    Sigma comes from the P10 and P90 of the table. Where a scenario or an override has moved a
    row, its value is the median and the ends move with it, in proportion.
    """
    found = {}
    for key, row in params.grid_lead_times.items():
        if row.of_original_seven and row.load_mw == load_mw:
            known = library().parameters[f"grid_lead_times.{key}.lead_years"]
            low, value, high = (float(end or 0) for end in (known.low, known.value, known.high))
            found[row.region] = Wait(
                law=Lognormal(row.lead_years, sigma_of(low, high)),
                low=low * row.lead_years / value,
                high=high * row.lead_years / value,
                weak=known.confidence == "low",
            )
    return found


def laws(params: Params, load_mw: float) -> list[Lognormal]:
    """The laws of the seven regions at a load."""
    return [wait.law for wait in waits(params, load_mw).values()]


@table(region=TEXT, load=NAME, **ENDS, weak=Column("flag"))
def lead_times(run: Run) -> Iterator[tuple[Any, ...]]:
    """Quantiles of the lead time of every region at every load; weak rows have weak evidence."""
    for load, load_mw in LOADS.items():
        for region, wait in waits(run.params, load_mw).items():
            ends = (wait.law.quantile(p) for p in QUANTILES.values())
            yield region_named(region), load, *ends, wait.weak


@table(lambda _: LOADS, **_lead("mean_years", "best_years", "worst_years"))
def leads_of_seven(run: Run, row: str) -> tuple[float, float, float]:
    """Mean, best and worst lead time of the original's seven regions at a load."""
    leads = [one.lead_years for one in routes.seven_leads(run.params, LOADS[row])]
    return routes.mean(leads), min(leads), max(leads)


@table(lambda _: LOADS, mean=Column("years", ".1f", "grid.lead_{row}_mean_all_regions_years"))
def leads_of_all(run: Run, row: str) -> tuple[float]:
    """Mean lead time of every region of the table at a load."""
    rows = run.params.grid_lead_times.values()
    return (routes.mean([one.lead_years for one in rows if one.load_mw == LOADS[row]]),)


@figures
def regions(run: Run) -> dict[str, Figure]:
    """How many regions the lead-time table holds."""
    rows = run.params.grid_lead_times.values()
    return {"grid.regions": count(len({one.region for one in rows}))}


@table(
    lambda _: LOADS,
    **_lead("random_p10", "random_p50", "random_p90", "best_region_p50"),
    **_lead("first_of_seven_p50", "first_of_seven_p50_independent"),
)
def lead_choices(run: Run, row: str) -> tuple[float, ...]:
    """Lead times at a load: a region at random, the best region, the first of seven filings."""
    found = laws(run.params, LOADS[row])
    return (
        *(availability.mixture_quantile(found, p) for p in (0.1, 0.5, 0.9)),
        min(law.median for law in found),
        availability.first_of_quantile(found, run.params.grid.correlation, 0.5),
        availability.first_of_quantile(found, 0.0, 0.5),
    )


@table(years=Column("years"), choice=TEXT, probability=Column("fraction", ".0%"))
def power_by_year(run: Run) -> Iterator[tuple[float, str, float]]:
    """P(power) of a gigawatt within so many years of filing, by what is filed."""
    found, rho = laws(run.params, GIGAWATT), run.params.grid.correlation
    curves: dict[str, Callable[[float], float]] = {
        "region at random": partial(mixture_cdf, found),
        "best region": min(found, key=lambda law: law.median).cdf,
        f"first of seven, correlation {rho:g}": partial(first_of_cdf, found, rho),
        "first of seven, correlation 0": partial(first_of_cdf, found, 0.0),
    }
    for choice, cdf in curves.items():
        yield from ((quarter / 4, choice, cdf(quarter / 4)) for quarter in range(81))


@table(estimator=NAME, years=Column("years", ".1f", "grid.estimate_1gw.{estimator}_years"))
def estimates(run: Run) -> Iterator[tuple[str, float]]:
    """The mean wait of the seven regions for a gigawatt by every estimator.

    To those of one table of waits come two that weigh: regions by the electricity they use, and
    the megawatts of a campus by the year they arrive, from the first quarter in equal steps to
    the last.
    """
    found, first = waits(run.params, GIGAWATT), waits(run.params, QUARTER)
    for name, estimator in ESTIMATORS.items():
        yield name, estimator(list(found.values()))
    used: dict[str, float] = defaultdict(float)  # TWh a year
    for country in run.params.countries.values():
        if country.region is not None:
            used[country.region] += country.electricity_twh
    weighed = sum(used[name] * wait.law.median for name, wait in found.items())
    yield "mean_by_electricity", weighed / sum(used[name] for name in found)
    steps = [(first[name].law.median + wait.law.median) / 2 for name, wait in found.items()]
    yield "mean_over_tranches", fmean(steps)


@figures
def estimate_range(run: Run) -> dict[str, Figure]:
    """The least and the greatest of the estimates."""
    years = run["estimates"]["years"]
    return {
        "grid.estimate_1gw_lowest_years": _years(years.min()),
        "grid.estimate_1gw_highest_years": _years(years.max()),
    }


@figures
def late_plan(run: Run) -> dict[str, Figure]:
    """How late a dated plan comes: mean and P90 of the slip law."""
    law = run.params.slip
    mean = availability.expected_slip_years(law.probability, law.median_years, law.sigma)
    return {
        "grid.late_plan_mean_years": _years(float(mean)),
        "grid.late_plan_p90_years": _years(_slip_p90(run.params)),
    }


def _slip_p90(params: Params) -> float:
    law = params.slip
    return availability.slip_quantile_years(law.probability, law.median_years, law.sigma, 0.9)


@table(
    project=TEXT,
    site=TEXT,
    mw=MW,
    added_mw=MW,
    stage=TEXT,
    announced=Column("date", "%b %Y"),
    power=Column("date", "%b %Y"),
    years=WAIT,
    raced=Column("flag"),
)
def promises(run: Run) -> Iterator[tuple[Any, ...]]:
    """Dated promises of power, the smallest first, and what each adds to those before at its site.

    The clock starts at the announcement, the contract or the application.
    """
    before: dict[str, float] = defaultdict(float)
    for row in sorted(run.params.projects.values(), key=lambda step: step.mw):
        announced, power = u.last_day(row.announced_on), u.last_day(row.power_on)
        size = (row.mw, row.mw - before[row.site])
        before[row.site] = row.mw
        days = (announced.isoformat(), power.isoformat(), u.years_between(announced, power))
        yield row.name, row.site, *size, row.stage, *days, row.raced


@figures
def projects(run: Run) -> dict[str, Figure]:
    """What named sites promise: steps, sites, megawatts and years until power.

    The mean by megawatts is sum over steps of (MW added x years) / sum of MW added.
    """
    rows = run["promises"]
    years, added = rows["years"], rows["added_mw"]
    return {
        "grid.projects": count(len(rows)),
        "grid.projects_median_years": _years(median(years)),
        "grid.projects_shortest_years": _years(years.min()),
        "grid.projects_longest_years": _years(years.max()),
        "grid.projects_mean_by_mw_years": _years(float((added * years).sum() / added.sum())),
        "grid.projects_median_mw": number(median(rows["mw"]), "MW", ".0f"),
        "grid.project_sites": count(rows["site"].nunique()),
        "grid.projects_raced": count(rows["raced"].sum()),
        "grid.projects_energised": count((rows["stage"] == "energised").sum()),
    }


@figures
def campus_ia(run: Run) -> dict[str, Figure]:
    """When the first step of Campus IA computes: power and commissioning; never where not raced."""
    site = run.params.projects["campus_ia_first"].site
    starts = [one.start_years for one in routes.signed(run.params).sites if one.place == site]
    origin, first = routes.decision_date(run.params), min(starts, default=u.NEVER)
    return {"grid.campus_ia_compute_date": day(origin, first)}


@figures
def gigafactory_dates(run: Run) -> dict[str, Figure]:
    """Operation of a gigafactory: selection + contract + building + slip, at values and ends.

    All are of the first phase but one. The paper date leaves the contract and the slip out. The
    earliest takes the early ends without a slip, the latest the late ends and the P90 of the slip.
    """
    terms = run.params.gigafactory
    slip = routes.slip_years(terms.slip_years, run.params)
    late = _slip_p90(run.params) if terms.slip_years is None else terms.slip_years
    dates = {
        "": (terms.selected_on, terms.contract_months, terms.build_months, slip),
        "_on_paper": (terms.selected_on, 0.0, terms.build_months, 0.0),
        "_second": (terms.selected_on, terms.contract_months, terms.second_build_months, slip),
    }
    for ending, end, years in (("_earliest", "low", 0.0), ("_latest", "high", late)):
        steps = ("selected_on", "contract_months", "build_months")
        dates[ending] = (*(_end(end, name, terms) for name in steps), years)
    return {
        f"gigafactory.operation_date{ending}": day(
            u.last_day(selected), (contract + build) / u.MONTHS_PER_YEAR + years
        )
        for ending, (selected, contract, build, years) in dates.items()
    }


def _end(end: str, name: str, terms: Gigafactory) -> Any:
    """An end of a term's range; a value that a scenario or an override has set stays."""
    known, value = library().parameters[f"gigafactory.{name}"], getattr(terms, name)
    return getattr(known, end) if value == known.value else value


@table(
    lambda p: p.gigafactory_lots,
    lot=TEXT.headed("lot"),
    **keyed(
        "gigafactory.*.{row}",
        first_accel=Column("count", ",.0f"),
        first_it_mw=MW,
        second_accel=Column("count", ",.0f"),
        second_it_mw=MW,
        roomier=Column("factor", ".1f"),
        union_first_meur=Column("million EUR", ",.0f"),
        union_second_meur=Column("million EUR", ",.0f"),
    ),
    in_span=Column("flag"),
)
def gigafactory_lots(run: Run, row: str) -> tuple[object, ...]:
    """What the phases of a lot hold: accelerators on sale for them, and their IT power, n x kW, MW.

    The second phase holds the first; it is roomier, by its least power, than they need. Whether the
    power of the first is in the span of the call, and the Union's money for each phase.
    """
    whole = {"share": 1.0, "lot": row, "built": True}
    p = run.changed({f"gigafactory.{key}": value for key, value in whole.items()})
    lot, phases = p.gigafactory_lots[row], routes.gigafactory(p).sites
    n_accel = [*accumulate(one.n_accel for one in phases)]
    it_mw = [*accumulate(one.n_accel * one.it_kw / KW_PER_MW for one in phases)]
    return (
        lot.name,
        *(n_accel[0], it_mw[0], n_accel[-1], it_mw[-1]),
        lot.second_it_mw_least / it_mw[-1],
        *(lot.union_first_eur / MILLION, lot.union_second_eur / MILLION),
        lot.first_it_mw_least <= it_mw[0] <= lot.first_it_mw_most,
    )


@figures
def milestones(run: Run) -> dict[str, Figure]:
    """How late the call came, how many plans of the programme were missed, and what was said."""
    rows = run.params.milestones
    call, press = rows["call"], rows["press_report"]
    first, last = _late(call, "planned_from", u.first_day), _late(call)
    return {
        "gigafactory.call_slip_years": _years((first + last) / 2),
        "gigafactory.call_slip_years_least": _years(last),
        "gigafactory.call_slip_years_most": _years(first),
        "gigafactory.plans_missed": count(sum(0 < _late(row) < u.NEVER for row in rows.values())),
        "gigafactory.sites_most": _said(call.n_sites, "count", ",.0f"),
        "gigafactory.public_bn_eur": _said(call.public_eur, "bn EUR", ".0f", 1e9),
        "gigafactory.private_bn_eur": _said(call.private_eur, "bn EUR", ".0f", 1e9),
        "gigafactory.union_bn_eur": _said(call.union_eur, "bn EUR", ",.0f", 1e9),
        "gigafactory.union_years": _said(rows["regulation"].union_years, "years", ".0f"),
        "gigafactory.union_share": _said(rows["regulation"].union_share, "fraction", ".0%"),
        "gigafactory.expressions": _said(rows["interest"].n_bids, "count", ",.0f"),
        "gigafactory.bidders": _said(press.n_bids, "count", ",.0f"),
        "gigafactory.site_mw_in_press": _said(press.site_mw, "MW", ",.0f"),
    }


def _said(value: float | None, unit: str, format_: str, per: float = 1.0) -> Figure:
    """A number that somebody gave; one that nobody gave is not known."""
    return Figure("not known" if value is None else value / per, unit, format_)


def _years(value: float) -> Figure:
    return number(value, "years", ".1f")


def _late(
    row: Milestone, name: str = "planned_on", read: Callable[[str], date] = u.last_day
) -> float:
    """Years from a day of a plan to what happened."""
    planned = getattr(row, name)
    if planned is None or row.happened_on is None:
        return u.NEVER
    return u.years_between(read(planned), u.last_day(row.happened_on))
