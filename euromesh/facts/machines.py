"""What Europe owns: where the public machines stand, how large they are, when they serve."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Any, Final, Literal, TypeAlias, get_args

import pandas as pd

from euromesh import fleet, routes
from euromesh import units as u
from euromesh.facts.tables import FLAG, NAME, Column, Figure, Run, count, figures, number, table
from euromesh.params import library
from euromesh.records import Params
from euromesh.records.tables import Accelerator, Status

Standing = Literal["operating", "under contract", "planned"]
Span: TypeAlias = tuple[float, float, float]  # a value between the ends of its range

STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)
SIGNED: Final = STANDINGS[:2]
STANDING: Final[Mapping[Status, Standing]] = {
    "operating": "operating",
    "installing": "under contract",
    "contracted": "under contract",
    "planned": "planned",
}
ARITHMETICS: Final = {
    "bf16": "dense BF16",
    "fp8": "dense FP8",
    "fp8_sparse": "sparse FP8",
    "fp4_sparse": "sparse FP4",
}
TOP: Final = 5
EFLOPS, DEGREES, WHEN = Column("EFLOP/s", ".1f"), Column("degrees", ".2f"), Column("years", ".1f")
ENDS: Final = ["low", "eflops", "high"]
SIZE: Final[dict[str, Any]] = dict.fromkeys(ENDS, EFLOPS)
PLACE: Final[dict[str, Any]] = dict.fromkeys(("city", "country", "status", "stack"), NAME)
SETS: Final[dict[str, Any]] = dict.fromkeys(("in_total", "eu27", "eurohpc"), FLAG)


@table(lambda params: params.machines, **PLACE, **SETS, n_accel=Column("count", ",.0f"), **SIZE)
def machines(run: Run, row: str) -> tuple[Any, ...]:
    """Every machine: its place, its standing, its accelerators and their dense BF16 peak.

    Blank where its size is not published; `in_total` where it counts in a civil BF16 total.
    """
    machine, chips = run.params.machines[row], run.params.accelerators
    sets = (fleet.belongs(machine, name) for name in ("eu27", "eurohpc"))
    stack = fleet.STACKS[chips[machine.accelerator].stack] if machine.accelerator else "not known"
    where = (machine.city, machine.country, STANDING[machine.status], stack, machine.in_total)
    size = size_span(run.params, row) or (None,) * len(ENDS)
    return (*where, *sets, fleet.accelerator_count(machine, chips), *size)


def size_span(params: Params, row: str) -> Span | None:
    """Dense BF16 exaflops of a machine, with the range of count and peak, or of the estimate."""
    machine = params.machines[row]
    if machine.bf16_eflops is not None:
        return span_of(f"machines.{row}.bf16_eflops", machine.bf16_eflops)
    if machine.n_accel is None or machine.accelerator is None:
        return None
    chips = span_of(f"machines.{row}.n_accel", machine.n_accel)
    tera = params.accelerators[machine.accelerator].bf16_tflop_per_s
    peak = span_of(f"accelerators.{machine.accelerator}.bf16_tflop_per_s", tera)
    low, value, high = (n * each * u.TERA / u.EXA for n, each in zip(chips, peak, strict=True))
    return low, value, high


def span_of(key: str, value: float) -> Span:
    """A parameter with its range; a value that a scenario or an override has set has none."""
    known = library().parameters[key]
    if value != known.value or known.low is None or known.high is None:
        return value, value, value
    return float(known.low), value, float(known.high)


def counted(run: Run, *wanted: Standing) -> pd.DataFrame:
    """The machines of a civil BF16 total that have one of these standings, by default any."""
    found = run["machines"]
    return found[found["in_total"] & found["status"].isin(wanted or STANDINGS)]


@table(city=NAME, status=NAME, **SIZE)
def hosts(run: Run) -> Iterable[tuple[Any, ...]]:
    """What operates and what is under contract at each place; a city is one place."""
    sums = counted(run, *SIGNED).groupby(["city", "status"])[ENDS].sum()
    return sums.reset_index().itertuples(index=False, name=None)


@figures
def substrate(run: Run) -> dict[str, Figure]:
    """Totals of the public machines, dense BF16."""
    every, found = counted(run), run["machines"]
    running, coming, plans = (every[every["status"] == standing] for standing in STANDINGS)
    outside = found[~found["in_total"]]
    return {
        "substrate.operating_systems": count(len(running)),
        "substrate.operating_places": count(running["city"].nunique()),
        "substrate.operating_countries": count(running["country"].nunique()),
        "substrate.operating_accelerators": count(running["n_accel"].sum()),
        "substrate.eu27_bf16_eflops": _eflops(_peak(running[running["eu27"]])),
        "substrate.eurohpc_bf16_eflops": _eflops(_peak(running[running["eurohpc"]])),
        "substrate.without_largest_bf16_eflops": _eflops(_peak(running) - running["eflops"].max()),
        "substrate.contracted_systems": count(len(coming)),
        "substrate.contracted_bf16_eflops": _eflops(_peak(coming)),
        "substrate.planned_systems": count(len(plans)),
        "substrate.planned_unsized_systems": count(plans["eflops"].isna().sum()),
        "substrate.planned_bf16_eflops": _eflops(_peak(plans)),
        "substrate.unsized_systems": count(every["eflops"].isna().sum()),
        "substrate.outside_systems": count(len(outside)),
        "substrate.outside_bf16_eflops": _eflops(_peak(outside)),
    }


@figures
def corrected(run: Run) -> dict[str, Figure]:
    """Sums of what operates as first published, before two corrections.

    The A100 of Alps were left out, and the chip of Leonardo counted as a stock A100.
    """
    running, chips = counted(run, "operating"), run.params.accelerators
    custom, stock = (chips[f"a100_{size}gb"].bf16_tflop_per_s for size in (64, 40))
    kinds = running["row"].map(lambda row: run.params.machines[row].accelerator)
    first = running["eflops"].mask(kinds == "a100_64gb", running["eflops"] * stock / custom)
    first = first[running["row"] != "alps_a100"]
    sums = {"operating": first, **{name: first[running[name]] for name in ("eu27", "eurohpc")}}
    return {
        f"substrate.first_{name}_bf16_eflops": _eflops(each.sum()) for name, each in sums.items()
    }


@figures
def union(run: Run) -> dict[str, Figure]:
    """Exaflops whose time EuroHPC grants, and those whose time the states grant."""
    found: dict[str, Figure] = {}
    for name, wanted in (("union", STANDINGS[:1]), ("union_signed", SIGNED)):
        fleet_ = counted(run, *wanted)
        shares = fleet_["row"].map(lambda row: run.params.machines[row].union_share or 0.0)
        managed, total = float((fleet_["eflops"] * shares).sum()), _peak(fleet_)
        found |= {
            f"substrate.{name}_managed_bf16_eflops": _eflops(managed),
            f"substrate.{name}_managed_share": _fraction(managed / total),
            f"substrate.{name}_left_to_states_bf16_eflops": _eflops(total - managed),
        }
    return found


@table(lambda params: params.machines, name=NAME, latitude=DEGREES, longitude=DEGREES)
def places(run: Run, row: str) -> tuple[str, float, float]:
    """Where every machine stands."""
    machine = run.params.machines[row]
    return machine.name, machine.latitude, machine.longitude


@figures
def concentration(run: Run) -> dict[str, Figure]:
    """How unevenly the machines are spread: those that operate, and with those under contract."""
    found, every = {"substrate.top_places": count(TOP)}, run["hosts"]
    for name, wanted in (("", STANDINGS[:1]), ("signed_", SIGNED)):
        sizes = every[every["status"].isin(wanted)].groupby("city")["eflops"].sum()
        found |= {
            f"substrate.{name}gini_places": number(gini(sizes), "fraction", ".2f"),
            f"substrate.{name}top_host_share": _fraction(sizes.max() / sizes.sum()),
            f"substrate.{name}top_five_share": _fraction(sizes.nlargest(TOP).sum() / sizes.sum()),
        }
    countries = counted(run, "operating").groupby("country")["eflops"].sum()
    return found | {
        "substrate.gini_countries": number(gini(countries), "fraction", ".2f"),
        "substrate.top_country_share": _fraction(countries.max() / countries.sum()),
    }


@figures
def distances(run: Run) -> dict[str, Figure]:
    """Kilometres between two operating places: the most, and the mean, by dense BF16."""
    running = counted(run, "operating").merge(run["places"], on="row").groupby("city")
    of_city = running.agg({"eflops": "sum", "latitude": "last", "longitude": "last"})
    pairs = [
        (distance_km(here, there), a * b)
        for (a, *here), (b, *there) in combinations(of_city.to_numpy().tolist(), 2)
    ]
    mean = math.fsum(km * weight for km, weight in pairs) / math.fsum(w for _, w in pairs)
    return {
        "substrate.widest_km": number(max(km for km, _ in pairs), "km", ",.0f"),
        "substrate.mean_km": number(mean, "km", ",.0f"),
    }


def gini(sizes: Iterable[float]) -> float:
    """G = sum_i (2 i - n - 1) x_i / (n sum x), sizes in rising order; 0 where all are alike."""
    ranked = sorted(sizes)
    n = len(ranked)
    weighted = math.fsum((2 * i - n - 1) * x for i, x in enumerate(ranked, start=1))
    return weighted / (n * math.fsum(ranked))


def distance_km(a: Sequence[float], b: Sequence[float]) -> float:
    """Great-circle distance of two places, latitude and longitude in degrees: the haversine.

    The radius of the Earth is 6371 km.
    """
    (south, west), (north, east) = (map(math.radians, place) for place in (a, b))
    both = math.cos(south) * math.cos(north)
    haversine = math.sin((north - south) / 2) ** 2 + both * math.sin((east - west) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(haversine))


@table(
    lambda p: (row for row, machine in p.machines.items() if machine.in_total), start=WHEN, end=WHEN
)
def service(run: Run, row: str) -> tuple[float, float]:
    """When every machine starts and retires, in years after the decision.

    Dates still to come carry the slip of the run.
    """
    p, machine = run.params, run.params.machines[row]
    slip = routes.slip_years(machine.slip_years, p)
    return fleet.service_span(machine, p.race.decision_date, slip, p.owned.service_life_years)


@table(year_end=Column("date", "%Y"), status=NAME, **SIZE)
def growth(run: Run) -> Iterator[tuple[Any, ...]]:
    """What is in service at the end of each year; `status` is the last standing that counts."""
    for year in range(2018, 2031):
        for n, status in enumerate(STANDINGS, start=1):
            yield f"{year}-12-31", status, *in_service(run, date(year, 12, 31), *STANDINGS[:n])


def in_service(run: Run, day: date, *wanted: Standing) -> Span:
    """Dense BF16 exaflops in service on a day."""
    fleet_ = counted(run, *wanted).merge(run["service"], on="row")
    now = u.years_between(routes.decision_date(run.params), day)
    serving = fleet_[(fleet_["start"] <= now) & (now < fleet_["end"])]
    low, value, high = serving[ENDS].sum()
    return low, value, high


@figures
def growth_ends(run: Run) -> dict[str, Figure]:
    """What is in service with the contracts at the best year's end, and at the last one shown."""
    lines = run["growth"]
    running, signed = (lines[lines["status"] == status] for status in SIGNED)
    best = signed.nlargest(1, "eflops").iloc[0]
    last, left = signed.iloc[-1], running.iloc[-1]
    return {
        "substrate.best_year_end": Figure(best["year_end"], "date", "%Y"),
        "substrate.best_bf16_eflops": _eflops(best["eflops"], ".0f"),
        "substrate.best_bf16_eflops_low": _eflops(best["low"], ".0f"),
        "substrate.best_bf16_eflops_high": _eflops(best["high"], ".0f"),
        "substrate.last_year_end": Figure(last["year_end"], "date", "%Y"),
        "substrate.last_bf16_eflops": _eflops(last["eflops"], ".0f"),
        "substrate.last_operating_bf16_eflops": _eflops(left["eflops"], ".0f"),
    }


@table(
    lambda _: ARITHMETICS,
    counted_in=NAME,
    operating=Column("EFLOP/s", ".1f", "substrate.operating_{row}_eflops"),
    signed=Column("EFLOP/s", ".1f", "substrate.signed_{row}_eflops", "with contracts, EFLOP/s"),
)
def arithmetics(run: Run, row: str) -> tuple[str, float, float]:
    """The same machines counted in an arithmetic: those that operate, and with the contracts.

    A machine whose chip is unknown counts with its dense BF16 peak.
    """
    fleet_, p = counted(run, *SIGNED), run.params
    chips = [p.machines[name].accelerator for name in fleet_["row"]]
    sizes = fleet_["eflops"] * [chip_factor(p.accelerators[c], row) if c else 1.0 for c in chips]
    running = sizes[fleet_["status"] == "operating"]
    return ARITHMETICS[row], float(running.sum()), float(sizes.sum())


def chip_factor(chip: Accelerator, arithmetic: str) -> float:
    """Peak over dense BF16; a chip without the format counts in the next wider one it has."""
    wider = list(ARITHMETICS)[: list(ARITHMETICS).index(arithmetic) + 1]
    rates = (getattr(chip, f"{name}_tflop_per_s") for name in reversed(wider))
    return float(next(rate for rate in rates if rate is not None)) / chip.bf16_tflop_per_s


@figures
def fp4(run: Run) -> dict[str, Figure]:
    """The most that sparse FP4 is of dense BF16, among the chips that know it."""
    chips = run.params.accelerators.values()
    know = [chip for chip in chips if chip.fp4_sparse_tflop_per_s is not None]
    most = max(chip_factor(chip, "fp4_sparse") for chip in know)
    return {"substrate.fp4_sparse_over_bf16": number(most, "factor", ".0f")}


@table(
    lambda params: params.claims,
    machine=NAME,
    announced=Column("EFLOP/s", ".1f", head="announced"),
    counted_in=NAME,
    format_is=NAME,
    dense_bf16=Column("EFLOP/s", ".1f", head="dense BF16"),
    factor=Column("factor", ".1f"),
)
def claims(run: Run, row: str) -> tuple[str, float, str, str, float, float]:
    """Announced exaflops of a machine, the format they are counted in, and its dense BF16."""
    claim = run.params.claims[row]
    machine = run.params.machines[claim.machine]
    dense = (fleet.machine_peak(machine, run.params.accelerators) or 0.0) / u.EXA
    counted_in = f"{'sparse' if claim.sparse else 'dense'} {claim.arithmetic}"
    told = "named" if claim.named else "by arithmetic"
    return machine.name, claim.eflops, counted_in, told, dense, claim.eflops / dense


@figures
def claimed(run: Run) -> dict[str, Figure]:
    """Announced exaflops against dense BF16: of each claim, and of the largest a machine."""
    every = run["claims"]
    largest = every.sort_values("announced").drop_duplicates("machine", keep="last")
    announced, held = largest["announced"].sum(), largest["dense_bf16"].sum()
    return {
        "substrate.claims": count(len(every)),
        "substrate.claims_sparse": count(every["counted_in"].str.startswith("sparse").sum()),
        "substrate.claims_named": count((every["format_is"] == "named").sum()),
        "substrate.claims_machines": count(len(largest)),
        "substrate.claimed_eflops": _eflops(announced, ".0f"),
        "substrate.claimed_bf16_eflops": _eflops(held, ".0f"),
        "substrate.claim_factor": number(announced / held, "factor", ".1f"),
        "substrate.claim_factor_least": number(every["factor"].min(), "factor", ".1f"),
        "substrate.claim_factor_most": number(every["factor"].max(), "factor", ".1f"),
    }


@table(
    lambda params: params.standings,
    machine=NAME,
    listed=Column("date", "%B %Y", head="list of"),
    rank=Column("count", ",.0f"),
    rank_next=Column("count", ",.0f", head="on the next"),
    hpl=Column("EFLOP/s", ".2f", head="HPL"),
    fp64=Column("EFLOP/s", ".2f", head="FP64 peak"),
    dense_bf16=Column("EFLOP/s", ".1f", head="dense BF16"),
    factor=Column("factor", ".0f", "substrate.bf16_over_hpl.{row}", "over HPL"),
)
def standings(run: Run, row: str) -> tuple[Any, ...]:
    """Machines on a list of supercomputers, which counts FP64, beside their dense BF16."""
    listed = run.params.standings[row]
    machine = run.params.machines[listed.machine]
    dense = (fleet.machine_peak(machine, run.params.accelerators) or 0.0) / u.EXA
    where = (machine.name, listed.listed_on, listed.rank, listed.rank_next)
    return (*where, listed.hpl_eflops, listed.fp64_eflops, dense, dense / listed.hpl_eflops)


@figures
def announced(run: Run) -> dict[str, Figure]:
    """The least and most of dense BF16 over HPL, and what EuroHPC announced around its machines."""
    factors, told = run["standings"]["factor"], run.params.eurohpc
    ends = u.last_day(told.platform_on), u.last_day(told.platform_complete_on)
    return {
        "substrate.bf16_over_hpl_least": number(factors.min(), "factor", ".0f"),
        "substrate.bf16_over_hpl_most": number(factors.max(), "factor", ".0f"),
        "substrate.platform_years": number(u.years_between(*ends), "years", ".1f"),
        "substrate.antenna_meur": _meur(told.antennas_eur / told.n_antennas),
        "substrate.antennas_meur": _meur(told.antennas_eur, ".0f"),
        "substrate.budget_meur": _meur(told.budget_eur, ",.0f"),
    }


def _meur(value: float, format_: str = ".1f") -> Figure:
    return number(value / 1e6, "million EUR", format_)


def _peak(machines_: pd.DataFrame) -> float:
    return float(machines_["eflops"].sum())


def _eflops(value: float, format_: str = ".1f") -> Figure:
    return number(float(value), "EFLOP/s", format_)


def _fraction(value: float) -> Figure:
    return number(float(value), "fraction", ".0%")
