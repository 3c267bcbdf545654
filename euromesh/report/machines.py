"""Headline numbers of the public machines: how they are spread, counted, granted and missed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import combinations
from typing import Final

from euromesh import routes
from euromesh import units as u
from euromesh.frames import machines as frames
from euromesh.records import Params
from euromesh.records.tables import Machine
from euromesh.report.figure import Figure, Group, count, never, number

TOP: Final = 5
EARTH_RADIUS_KM: Final = 6371.0


def concentration(params: Params) -> Mapping[str, Figure]:
    """How unevenly the operating machines are spread, and what stands without the largest."""
    running = frames.standing(params, "operating").values()
    places = frames.exaflops_by(params, running, "city")
    countries = frames.exaflops_by(params, running, "country")
    total = math.fsum(places.values())
    largest = max(frames.exaflops(params, machine) for machine in running)
    return {
        "substrate.operating_countries": count(len(countries)),
        "substrate.gini_places": number(gini(places.values()), "fraction", ".2f"),
        "substrate.gini_countries": number(gini(countries.values()), "fraction", ".2f"),
        "substrate.top_places": count(TOP),
        "substrate.top_five_share": _fraction(_largest(places, TOP) / total),
        "substrate.top_country_share": _fraction(_largest(countries, 1) / total),
        "substrate.without_largest_bf16_eflops": _eflops(total - largest),
    }


def signed_concentration(params: Params) -> Mapping[str, Figure]:
    """The same once the machines under contract are in service beside the others."""
    signed = frames.standing(params, "operating", "under contract").values()
    places = frames.exaflops_by(params, signed, "city")
    total = math.fsum(places.values())
    return {
        "substrate.signed_bf16_eflops": _eflops(total),
        "substrate.signed_gini_places": number(gini(places.values()), "fraction", ".2f"),
        "substrate.signed_top_host_share": _fraction(_largest(places, 1) / total),
        "substrate.signed_top_five_share": _fraction(_largest(places, TOP) / total),
    }


def distances(params: Params) -> Mapping[str, Figure]:
    """Kilometres between two operating places: the most, and the mean, by dense BF16."""
    running = frames.standing(params, "operating").values()
    sizes = frames.exaflops_by(params, running, "city")
    where = {machine.city: machine for machine in running}
    pairs = [
        (distance_km(where[a], where[b]), sizes[a] * sizes[b]) for a, b in combinations(sizes, 2)
    ]
    weight = math.fsum(weight for _, weight in pairs)
    mean = math.fsum(km * weight for km, weight in pairs) / weight
    return {
        "substrate.widest_km": number(max(km for km, _ in pairs), "km", ",.0f"),
        "substrate.mean_km": number(mean, "km", ",.0f"),
    }


def arithmetics(params: Params) -> Mapping[str, Figure]:
    """One fleet in dense FP8, sparse FP8 and sparse FP4, beside its dense BF16."""
    found = {}
    for name, kind in zip(("fp8", "fp8_sparse", "fp4_sparse"), frames.ARITHMETICS[1:], strict=True):
        running = frames.fleet_exaflops(params, kind, "operating")
        signed = frames.fleet_exaflops(params, kind, "operating", "under contract")
        found[f"substrate.operating_{name}_eflops"] = _eflops(running)
        found[f"substrate.signed_{name}_eflops"] = _eflops(signed)
    chips = params.accelerators.values()
    with_fp4 = [chip for chip in chips if chip.fp4_sparse_tflop_per_s is not None]
    most = max(frames.chip_peak(chip, "sparse FP4") / chip.bf16_tflop_per_s for chip in with_fp4)
    return found | {"substrate.fp4_sparse_over_bf16": number(most, "factor", ".0f")}


def claims(params: Params) -> Mapping[str, Figure]:
    """Announced exaflops against dense BF16: of each claim, and of the largest a machine."""
    every = list(params.claims.values())
    factors = [frames.claim_factor(params, claim) for claim in every]
    largest = {c.machine: c.eflops for c in sorted(every, key=lambda claim: claim.eflops)}
    dense = [frames.exaflops(params, params.machines[name]) for name in largest]
    announced, held = math.fsum(largest.values()), math.fsum(dense)
    return {
        "substrate.claims": count(len(every)),
        "substrate.claims_sparse": count(sum(claim.sparse for claim in every)),
        "substrate.claims_named": count(sum(claim.named for claim in every)),
        "substrate.claims_machines": count(len(largest)),
        "substrate.claimed_eflops": number(announced, "EFLOP/s", ".0f"),
        "substrate.claimed_bf16_eflops": number(held, "EFLOP/s", ".0f"),
        "substrate.claim_factor": number(announced / held, "factor", ".1f"),
        "substrate.claim_factor_least": number(min(factors), "factor", ".1f"),
        "substrate.claim_factor_most": number(max(factors), "factor", ".1f"),
    }


def growth(params: Params) -> Mapping[str, Figure]:
    """What is in service with the contracts at the best year's end, and at the last one shown."""
    wanted = frames.STANDINGS[:2]
    ends = [date(year, 12, 31) for year in frames.YEARS]
    best = max(ends, key=lambda day: frames.in_service(params, day, wanted).value)
    most, last = (frames.in_service(params, day, wanted) for day in (best, ends[-1]))
    left = frames.in_service(params, ends[-1], wanted[:1])
    planned = frames.standing(params, "planned").values()
    sizes = [frames.exaflops(params, machine) for machine in planned]
    return {
        "substrate.best_year_end": Figure(best.isoformat(), "date", "%Y"),
        "substrate.best_bf16_eflops": _eflops(most.value, ".0f"),
        "substrate.best_bf16_eflops_low": _eflops(most.low, ".0f"),
        "substrate.best_bf16_eflops_high": _eflops(most.high, ".0f"),
        "substrate.last_year_end": Figure(ends[-1].isoformat(), "date", "%Y"),
        "substrate.last_bf16_eflops": _eflops(last.value, ".0f"),
        "substrate.last_operating_bf16_eflops": _eflops(left.value, ".0f"),
        "substrate.planned_systems": count(len(sizes)),
        "substrate.planned_unsized_systems": count(sum(size == 0 for size in sizes)),
        "substrate.planned_bf16_eflops": _eflops(math.fsum(sizes)),
    }


def union(params: Params) -> Mapping[str, Figure]:
    """Exaflops whose time EuroHPC grants, and those whose time the states grant."""
    found: dict[str, Figure] = {}
    for name, wanted in (("union", frames.STANDINGS[:1]), ("union_signed", frames.STANDINGS[:2])):
        machines = frames.standing(params, *wanted).values()
        sizes = [(frames.exaflops(params, m), m.union_share or 0.0) for m in machines]
        total = math.fsum(size for size, _ in sizes)
        managed = math.fsum(size * share for size, share in sizes)
        found |= {
            f"substrate.{name}_managed_bf16_eflops": _eflops(managed),
            f"substrate.{name}_managed_share": _fraction(managed / total),
            f"substrate.{name}_left_to_states_bf16_eflops": _eflops(total - managed),
        }
    return found


def access(params: Params) -> Mapping[str, Figure]:
    """What each rule or award gives, as a part of the accelerator-hours that the run needs."""
    needed = frames.run_accel_hours(params)
    if math.isinf(needed):
        return never("owned.access.", *params.access)
    return {
        f"owned.access.{name}": number(frames.accel_hours(params, row) / needed, "fraction", ".1%")
        for name, row in params.access.items()
    }


def displaced(params: Params) -> Mapping[str, Figure]:
    """What the granted share keeps from others in a year, in hours, projects and rent."""
    target, route = params.targets[params.race.target], routes.owned(params)
    done = routes.finish(route, target, params)
    if math.isinf(done.finish_years):
        return never(
            "owned.displaced_", "million_accel_hours_year", "projects_year", "projects_year_low",
            "projects_year_high", "projects_run", "meur_year",
        )  # fmt: skip
    costs = params.costs
    hours = done.federation.n_accel * u.HOURS_PER_YEAR
    peak_hours = routes.stages(route, done)["granted peak"] * u.HOURS_PER_YEAR / u.PETA
    rent = peak_hours * costs.market_usd_per_pflop_hour * costs.eur_per_usd
    node = frames.span_of("costs.accel_per_node", costs.accel_per_node)
    few, central, many = (
        hours / (costs.project_node_hours * n) for n in (node.high, node.value, node.low)
    )
    run = frames.run_accel_hours(params) / hours * central
    return {
        "owned.displaced_million_accel_hours_year": number(hours / 1e6, "million hours", ".0f"),
        "owned.displaced_projects_year": count(central),
        "owned.displaced_projects_year_low": count(few),
        "owned.displaced_projects_year_high": count(many),
        "owned.displaced_projects_run": count(run),
        "owned.displaced_meur_year": number(rent / 1e6, "million EUR", ".0f"),
    }


def gini(sizes: Iterable[float]) -> float:
    """G = sum_i (2 i - n - 1) x_i / (n sum x), sizes in rising order; 0 where all are alike."""
    ranked = sorted(sizes)
    n = len(ranked)
    weighted = math.fsum((2 * i - n - 1) * x for i, x in enumerate(ranked, start=1))
    return weighted / (n * math.fsum(ranked))


def distance_km(a: Machine, b: Machine) -> float:
    """Great-circle distance, by the haversine of both angles."""
    north, east = (math.radians(x) for x in (b.latitude - a.latitude, b.longitude - a.longitude))
    both = math.cos(math.radians(a.latitude)) * math.cos(math.radians(b.latitude))
    haversine = math.sin(north / 2) ** 2 + both * math.sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(haversine))


def _largest(sizes: Mapping[str, float], n: int) -> float:
    return math.fsum(sorted(sizes.values())[-n:])


def _eflops(value: float, format_: str = ".1f") -> Figure:
    return number(value, "EFLOP/s", format_)


def _fraction(value: float) -> Figure:
    return number(value, "fraction", ".0%")


GROUPS: Final[tuple[Group, ...]] = (
    concentration,
    signed_concentration,
    distances,
    arithmetics,
    claims,
    growth,
    union,
    access,
    displaced,
)
