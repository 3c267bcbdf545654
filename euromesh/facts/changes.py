"""When routes finish after one change, in another scenario, and at the ends of their range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final, TypeAlias

from euromesh import availability, routes
from euromesh import params as parameters
from euromesh.facts.finishes import date_of, done_by_horizon, main
from euromesh.facts.tables import DAY, DAYS, MONTH, NAME, SHARE, TEXT, Figure, Run, figures, table
from euromesh.records import Params
from euromesh.routes import ROUTES

Change: TypeAlias = Mapping[str, object]  # parameter id -> value, or the word `low` or `high`

PRECISIONS: Final = ("bf16", "fp8")  # that draws train in
ENDS: Final = ("low", "high")  # scenarios that change a run at an end of its range


def both_ends(**ids: str) -> dict[str, Change]:
    """Two changes of each parameter, to the ends of its range, by its name here."""
    return {f"{name}_{end}": {key: end} for name, key in ids.items() for end in ENDS}


OWNED: Final[Mapping[str, Change]] = {
    **both_ends(share="owned.share", institutional="owned.grant_months"),
    "operating_only": {"owned.contracted": False},
    **both_ends(life="owned.service_life_years", goodput="owned.goodput"),
    **both_ends(wan="training.wan_gbit_per_s"),
    "law_worst": {"penalty.law": "miri"},
    "law_best": {"penalty.law": "shrinking"},
    **both_ends(batch="training.batch.multiple"),
    **{name: {"training.precision": name} for name in PRECISIONS},
    "eu27": {"owned.machine_set": "eu27"},
    "eurohpc": {"owned.machine_set": "eurohpc"},
    "nvidia_only": {"owned.stacks": "cuda"},
    "amd_only": {"owned.stacks": "rocm", "training.precision": "bf16"},  # its team has no FP8
    "by_city": {"owned.replica_of": "city"},
    "by_machine": {"owned.replica_of": "machine"},
    "one_site": {"training.most_replicas": 1.0},
    "two_sites": {"training.most_replicas": 2.0},
    "four_sites": {"training.most_replicas": 4.0},
    "eight_sites": {"training.most_replicas": 8.0},
    "uncompressed": {"training.bits_per_param": "high"},
    "no_overlap": {"training.overlap_steps": "low"},
    **both_ends(quorum="training.quorum"),
    "porting_after": {"owned.porting.beside": False},
    "award": {"owned.machine_set": "eurohpc", "owned.share": "low"},
}
WORDS: Final[Mapping[str, str]] = {  # what a change is called
    "share_low": "smallest share",
    "share_high": "largest share",
    "institutional_low": "shortest wait for the grant",
    "institutional_high": "longest wait for the grant",
    "operating_only": "without machines to come",
    "life_low": "machines retire sooner",
    "life_high": "machines retire later",
    "goodput_low": "lowest goodput",
    "goodput_high": "highest goodput",
    "wan_low": "slowest network",
    "wan_high": "fastest network",
    "law_worst": "dearer law of distance",
    "law_best": "cheaper law of distance",
    "batch_low": "smallest batch",
    "batch_high": "largest batch",
    "bf16": "training in BF16",
    "fp8": "training in FP8",
    "eu27": "machines in the Union only",
    "eurohpc": "machines of EuroHPC only",
    "nvidia_only": "NVIDIA's machines only",
    "amd_only": "AMD's machines only",
    "by_city": "a city trains as one",
    "by_machine": "each machine by itself",
    "one_site": "one site",
    "two_sites": "at most two sites",
    "four_sites": "at most four sites",
    "eight_sites": "at most eight sites",
    "uncompressed": "exchange not compressed",
    "no_overlap": "exchange without overlap",
    "quorum_low": "half of the sites must be up",
    "quorum_high": "all sites must be up",
    "porting_after": "porting after the grant",
    "award": "EuroHPC, smallest share",
}
CAMPUS: Final[Mapping[str, Change]] = {
    "best_region": {"campus.region": "best"},
    "at_once": {"campus.tranches": False},
}
SIGNED: Final[Mapping[str, Change]] = {  # sites whose date is that of their first capacity
    "without_first_capacity": {
        f"projects.{row}.raced": False for row in ("luebbenau", "lappeenranta")
    },
}


def finished(params: Params, route: str) -> str:
    """When a route finishes the target under other parameters."""
    return date_of(params, routes.finish_date_years(ROUTES[route](params), main(params), params))


@table(lambda _: OWNED, change=TEXT, date=DAY.keyed("owned.finish_if.{row}"))
def owned_if(run: Run, row: str) -> tuple[str, str]:
    """When the public machines finish after one change."""
    changed = run.changed(parameters.ends(OWNED[row]))
    return WORDS[row], finished(changed, "owned")


@figures
def effective(run: Run) -> dict[str, Figure]:
    """When the same teams finish if unequal sites count as their effective number."""
    params = run.params
    done = routes.effective_finish_years(ROUTES["owned"](params), main(params), params)
    day = Figure(date_of(params, done), "date", "%B %Y")
    return {"owned.finish_if.effective_replicas": day}


@table(lambda _: CAMPUS, date=DAY.keyed("campus.finish_if.{row}"))
def campus_if(run: Run, row: str) -> tuple[str]:
    """When the campus finishes after one change."""
    return (finished(run.changed(parameters.ends(CAMPUS[row])), "campus"),)


@table(lambda _: ROUTES, route=TEXT, bf16=MONTH.headed("in BF16"), fp8=MONTH.headed("in FP8"))
def by_precision(run: Run, row: str) -> tuple[str, ...]:
    """When every route finishes the target in either precision."""
    dates = (finished(run.changed(parameters.ends(OWNED[name])), row) for name in PRECISIONS)
    return ROUTES[row].label, *dates


@table(lambda _: SIGNED, date=DAY.keyed("signed.finish_if.{row}"))
def signed_if(run: Run, row: str) -> tuple[str]:
    """When the signed projects finish after one change."""
    return (finished(run.changed(parameters.ends(SIGNED[row])), "signed"),)


@table(lambda _: ["batch_low", "batch_high"], days=DAYS.keyed("campus.compute_days_if.{row}"))
def campus_days_if(run: Run, row: str) -> tuple[float]:
    """How long the campus computes after one change."""
    changed = run.changed(parameters.ends(OWNED[row]))
    return (routes.finish(ROUTES["campus"](changed), main(changed), changed).compute_days,)


@table(
    each=lambda _: product(ROUTES, ENDS),
    route=NAME,
    end=NAME,
    date=DAY.keyed("{route}.finish_date_{end}"),
    done=SHARE.keyed("{route}.done_by_horizon_{end}"),
    last=DAY.keyed("{route}.last_compute_date_{end}"),
)
def at_the_ends(run: Run, route: str, end: str) -> tuple[str, float, str]:
    """When a route finishes at an end of its range, and what it has done by the horizon."""
    params = run.under(end)
    made, target = ROUTES[route](params), main(params)
    found = routes.accrual(made, routes.target_model(params, target), params)
    done = availability.finish_years(found, target.training_flop)
    return date_of(params, done), *done_by_horizon(params, found)


@table(
    each=lambda _: product(named(), ROUTES),
    scenario=NAME,
    route=NAME,
    date=DAY.keyed("{route}.finish_in.{scenario}"),
)
def scenarios(run: Run, scenario: str, route: str) -> tuple[str]:
    """When every route finishes in the named scenarios."""
    return (finished(run.under(scenario), route),)


@table(
    scenario=NAME,
    why=TEXT.headed("what changes"),
    route=TEXT,
    central=MONTH.headed("central finish"),
    date=MONTH.headed("then"),
)
def moved(run: Run) -> Iterator[tuple[str, str, str, str, str]]:
    """The named scenarios: what each changes, and the routes whose date it moves."""
    before = {name: finished(run.under("central"), name) for name in ROUTES}
    for scenario, route, date in run["scenarios"].itertuples(index=False):
        if date != before[route]:
            why = parameters.library().scenarios[scenario].why
            yield scenario, why, ROUTES[route].label, before[route], date


def named() -> list[str]:
    """The scenarios that are a single change."""
    return sorted(parameters.library().scenarios.keys() - {"central", *ENDS})
