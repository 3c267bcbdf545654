"""What objections ask and no other page computes: alternatives, waits that may pass, bounds."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Final, TypeAlias

from euromesh import ledger, routes
from euromesh import units as u
from euromesh.facts import tables as t
from euromesh.facts.changes import Change, finished
from euromesh.facts.finishes import FEDERATION, RIVALS, date_of, main, raced, years
from euromesh.facts.tables import Figure, Run, count, figures, number, table
from euromesh.params import ends, library
from euromesh.records import Params
from euromesh.records.tables import Target
from euromesh.routes import ROUTES

Alternative: TypeAlias = tuple[str, Callable[[Params], Change]]  # a route, and what is changed

NO_WAIT: Final = 0.01  # years, of a grid that connects at once
TRIALS: Final = 12  # halvings of the span up to the horizon, to about a day
TO_READ: Final = 2.0  # FLOP for each parameter and token, without the pass backwards
BILLION: Final = 1e9
POWER: Final = ("wholesale_eur_per_mwh", "industrial_eur_per_mwh")


def _no_wait(_: Params) -> Change:
    rows = library().tables["grid_lead_times"].rows
    return {f"grid_lead_times.{row}.lead_years": NO_WAIT for row in rows}


def _running_alone(params: Params) -> Change:
    dated = (row for row, one in params.clusters.items() if one.status == "dated")
    return {f"clusters.{row}.raced": False for row in dated}


def _without_mistral(params: Params) -> Change:
    theirs = (row for row, one in params.clusters.items() if one.owner == "Mistral AI")
    return {f"clusters.{row}.raced": False for row in theirs}


def _after_platform(params: Params) -> Change:
    complete = u.last_day(params.eurohpc.platform_complete_on)
    wait = u.years_between(routes.decision_date(params), complete) * u.MONTHS_PER_YEAR
    return {"owned.grant_months": max(params.owned.grant_months, wait)}


ALTERNATIVES: Final[Mapping[str, Alternative]] = {
    "campus_without_wait": ("campus", _no_wait),
    "one_new_site": ("new_medium", lambda _: {"new_medium.n_sites": 1}),
    "running_clusters": ("private", _running_alone),
    "without_mistral": ("private", _without_mistral),
    "after_platform": (FEDERATION, _after_platform),
    "without_rubin": (FEDERATION, lambda _: {"owned.left_out": "blue_lion"}),
}


@table(lambda _: ALTERNATIVES, date=t.DAY.keyed("objections.{row}_date"))
def objected(run: Run, row: str) -> tuple[str]:
    """When a route finishes the target in an alternative that an objection asks for."""
    route, change = ALTERNATIVES[row]
    return (finished(run.changed(ends(change(run.params))), route),)


# --- how long the public machines may wait -------------------------------------------------------


@table(lambda _: RIVALS, months=t.MONTHS.keyed("objections.grant_months_to_tie.{row}"))
def waits_to_tie(run: Run, row: str) -> tuple[float]:
    """Months to the grant up to which the public machines finish before a rival, 0 if none."""
    rival = years(run, row)

    def leads(months: float) -> bool:
        params = run.changed({"owned.grant_months": months})
        return routes.finish_date_years(ROUTES[FEDERATION](params), main(params), params) < rival

    low, high = 0.0, routes.horizon_years(run.params) * u.MONTHS_PER_YEAR
    for _ in range(TRIALS):
        middle = (low + high) / 2
        low, high = (middle, high) if leads(middle) else (low, middle)
    return (low,)


@figures
def of_waiting(run: Run) -> dict[str, Figure]:
    """When the campus had to be filed to finish as early as the public machines."""
    ours, theirs = years(run, FEDERATION), years(run, "campus")
    known = math.isfinite(ours) and math.isfinite(theirs)
    filed = ours - theirs if known else u.NEVER
    return {"objections.campus_filed_on": t.day(routes.decision_date(run.params), filed)}


# --- who takes part ------------------------------------------------------------------------------


@figures
def of_hosts(run: Run) -> dict[str, Figure]:
    """The countries whose machines train at the finish, and the date without the largest host."""
    params, route = run.params, ROUTES[FEDERATION](run.params)
    done = raced(run, FEDERATION, params.race.target)
    joined = [s for s in routes.up_at(route, done.at_years) if s.place in done.federation.places]
    peaks: dict[str, float] = defaultdict(float)
    for site in joined:
        peaks[site.country] += site.n_accel * site.peak_flop_per_s
    host = max(peaks, key=lambda name: peaks[name], default="")
    others = tuple(site for site in route.sites if site.country != host)
    without = routes.finish_date_years(replace(route, sites=others), main(params), params)
    share = peaks[host] / math.fsum(peaks.values()) if peaks else 0.0
    name = params.countries[host].name if host in params.countries else host or "nobody"
    return {
        "objections.countries_at_finish": count(len(peaks)),
        "objections.largest_country": Figure(name, "text", "s"),
        "objections.largest_country_share": number(share, "fraction", ".0%"),
        "objections.without_largest_country_date": t.day(routes.decision_date(params), without),
    }


@table(
    lambda _: ("campus", "new_medium", "leased", "signed"),
    date=t.DAY.keyed("objections.equal_chips_date.{row}"),
)
def equal_chips(run: Run, row: str) -> tuple[str]:
    """When a rival finishes with as many accelerators as the public machines at their finish."""
    params = run.params
    most = raced(run, FEDERATION, params.race.target).federation.n_accel
    route = routes.trimmed(ROUTES[row](params), attrgetter("n_accel"), most)
    return (date_of(params, routes.finish_date_years(route, main(params), params)),)


# --- sizes, tokens, money ------------------------------------------------------------------------


@figures
def of_tokens(run: Run) -> dict[str, Figure]:
    """What the run reads, what its machines could read afterwards, and a smaller model's date."""
    params, done = run.params, raced(run, FEDERATION, run.params.race.target)
    n_params = routes.target_params(params, main(params))
    tokens = main(params).training_flop / (u.FLOP_PER_PARAM_TOKEN * n_params)
    daily = done.federation.flop_per_s / (TO_READ * n_params) * u.SECONDS_PER_DAY
    small = params.models["apertus_70b"]
    flop = u.FLOP_PER_PARAM_TOKEN * small.n_params**2 * params.training.tokens_per_param
    target = Target(name=small.name, training_flop=flop, n_params=small.n_params, n_active=None)
    when = routes.finish_date_years(ROUTES[FEDERATION](params), target, params)
    return {
        "objections.run_tokens": number(tokens / BILLION, "bn tokens", ",.0f"),
        "objections.tokens_per_param": number(tokens / n_params, "tokens", ".0f"),
        "objections.tokens_read_a_day": number(daily / BILLION, "bn tokens", ",.0f"),
        "objections.small_model_date": Figure(date_of(params, when), "date", "%B %Y"),
    }


@figures
def of_power_price(run: Run) -> dict[str, Figure]:
    """What the run costs in a leased hall if its power were free: a bound of what prices can do."""
    rows = library().tables["countries"].rows
    free = run.changed({f"countries.{row}.{name}": 0.0 for row in rows for name in POWER})
    hall, target = ROUTES["leased"](free), main(free)
    bill = ledger.run_bill(free, hall, target, routes.finish(hall, target, free))
    return {"objections.leased_free_power_meur": number(bill.meur, "million EUR", ".0f")}
