"""The data frames of the page on the public machines: where, how large, when, on whose terms."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

import pandas as pd

from euromesh import fleet, ledger, routes
from euromesh import units as u
from euromesh.params import library
from euromesh.records import Params
from euromesh.records.tables import Accelerator, Access, Claim, Machine, Stack, Status

Standing = Literal["operating", "under contract", "planned"]
Arithmetic = Literal["dense BF16", "dense FP8", "sparse FP8", "sparse FP4"]

STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)
ARITHMETICS: Final[tuple[Arithmetic, ...]] = get_args(Arithmetic)
STANDING: Final[Mapping[Status, Standing]] = {
    "operating": "operating",
    "installing": "under contract",
    "contracted": "under contract",
    "planned": "planned",
}
STACK_NAMES: Final[Mapping[Stack, str]] = {"cuda": "CUDA", "rocm": "ROCm", "oneapi": "oneAPI"}
NOT_KNOWN: Final = "not known"
YEARS: Final = range(2018, 2031)
HOURS_PER_DAY: Final = 24.0
MILLION: Final = 1e6


@dataclass(frozen=True, slots=True)
class Span:
    """A value between the ends of its range."""

    low: float
    value: float
    high: float


# --- sizes ---------------------------------------------------------------------------------------


def standing(params: Params, *wanted: Standing) -> dict[str, Machine]:
    """The machines of a civil BF16 total that operate, are under contract or are planned."""
    every = params.machines.items()
    return {key: m for key, m in every if m.in_total and STANDING[m.status] in wanted}


def exaflops(params: Params, machine: Machine) -> float:
    """Dense BF16 exaflops of a machine; nothing where its size is not published."""
    return (fleet.machine_peak(machine, params.accelerators) or 0.0) / u.EXA


def exaflops_by(
    params: Params, machines: Iterable[Machine], column: Literal["city", "country"]
) -> dict[str, float]:
    """Dense BF16 exaflops of each place or country; machines in one city are one place."""
    found: dict[str, float] = defaultdict(float)
    for machine in machines:
        found[getattr(machine, column)] += exaflops(params, machine)
    return dict(found)


def sites(params: Params) -> pd.DataFrame:
    """Every machine of the table; blank where its size is not published.

    Columns: name, city, stack, status, eflops, latitude, longitude.
    """
    rows = [
        (m.name, m.city, _stack(params, m), STANDING[m.status],
         exaflops(params, m) or None, m.latitude, m.longitude)
        for m in params.machines.values()
    ]  # fmt: skip
    heads = ["name", "city", "stack", "status", "eflops", "latitude", "longitude"]
    return pd.DataFrame(rows, columns=heads)


def hosts(params: Params, n: int) -> pd.DataFrame:
    """The n largest places, operating and under contract.

    Columns: city, status, low, eflops, high.
    """
    rows = []
    for status in STANDINGS[:2]:
        for key, machine in standing(params, status).items():
            span = size_span(params, key, machine)
            rows.append((machine.city, status, span.low, span.value, span.high))
    data = pd.DataFrame(rows, columns=["city", "status", "low", "eflops", "high"])
    data = data.groupby(["city", "status"], as_index=False).sum()
    largest = data.groupby("city")["eflops"].sum().nlargest(n).index
    return data[data["city"].isin(largest)]


def _stack(params: Params, machine: Machine) -> str:
    if machine.accelerator is None:
        return NOT_KNOWN
    return STACK_NAMES[params.accelerators[machine.accelerator].stack]


# --- growth --------------------------------------------------------------------------------------


def growth(params: Params) -> pd.DataFrame:
    """Dense BF16 exaflops in service at the end of each year, with the ends of their ranges.

    Columns: year_end, status (the last that counts), low, eflops, high.
    """
    rows = []
    for year in YEARS:
        for n, status in enumerate(STANDINGS, start=1):
            span = in_service(params, date(year, 12, 31), STANDINGS[:n])
            rows.append((f"{year}-12-31", status, span.low, span.value, span.high))
    return pd.DataFrame(rows, columns=["year_end", "status", "low", "eflops", "high"])


def in_service(params: Params, day: date, wanted: Sequence[Standing]) -> Span:
    """Dense BF16 exaflops in service on a day; dates still to come carry the slip of the run."""
    origin = routes.decision_date(params)
    now = u.years_between(origin, day)
    spans = []
    for key, machine in standing(params, *wanted).items():
        slip = routes.slip_years(machine.slip_years, params)
        life = params.owned.service_life_years
        start, end = fleet.service_span(machine, params.race.decision_date, slip, life)
        if start <= now < end:
            spans.append(size_span(params, key, machine))
    return Span(*(math.fsum(getattr(s, end) for s in spans) for end in ("low", "value", "high")))


def size_span(params: Params, key: str, machine: Machine) -> Span:
    """Dense BF16 exaflops of a machine, with the range of count and peak, or of the estimate."""
    if machine.bf16_eflops is not None:
        return span_of(f"machines.{key}.bf16_eflops", machine.bf16_eflops)
    if machine.n_accel is None or machine.accelerator is None:
        return Span(0.0, 0.0, 0.0)
    count = span_of(f"machines.{key}.n_accel", machine.n_accel)
    tera = params.accelerators[machine.accelerator].bf16_tflop_per_s
    peak = span_of(f"accelerators.{machine.accelerator}.bf16_tflop_per_s", tera)
    low, value, high = (
        getattr(count, end) * getattr(peak, end) * u.TERA / u.EXA
        for end in ("low", "value", "high")
    )
    return Span(low, value, high)


def span_of(key: str, value: float) -> Span:
    """A parameter with its range; a value that a scenario or an override has set has none."""
    known = library().parameters[key]
    if value != known.value or known.low is None or known.high is None:
        return Span(value, value, value)
    return Span(float(known.low), value, float(known.high))


# --- arithmetic ----------------------------------------------------------------------------------


def chip_peak(chip: Accelerator, arithmetic: Arithmetic) -> float:
    """TFLOP/s of a chip; one without the format counts in the next wider one that it has."""
    rates = (
        chip.bf16_tflop_per_s,
        chip.fp8_tflop_per_s,
        chip.fp8_sparse_tflop_per_s,
        chip.fp4_sparse_tflop_per_s,
    )
    asked = rates[: ARITHMETICS.index(arithmetic) + 1]
    return next(rate for rate in reversed(asked) if rate is not None)


def exaflops_in(params: Params, machine: Machine, arithmetic: Arithmetic) -> float:
    """Exaflops of a machine in another arithmetic than dense BF16."""
    if machine.accelerator is None:
        return exaflops(params, machine)
    chip = params.accelerators[machine.accelerator]
    return exaflops(params, machine) * chip_peak(chip, arithmetic) / chip.bf16_tflop_per_s


def fleet_exaflops(params: Params, arithmetic: Arithmetic, *wanted: Standing) -> float:
    """Exaflops of the machines that operate, are under contract or are planned."""
    machines = standing(params, *wanted).values()
    return math.fsum(exaflops_in(params, machine, arithmetic) for machine in machines)


def arithmetics(params: Params) -> pd.DataFrame:
    """The same machines counted in every arithmetic."""
    rows = [
        (kind, fleet_exaflops(params, kind, "operating"),
         fleet_exaflops(params, kind, "operating", "under contract"))
        for kind in ARITHMETICS
    ]  # fmt: skip
    heads = ["counted in", "operating, EFLOP/s", "with contracts, EFLOP/s"]
    return pd.DataFrame(rows, columns=heads)


def claim_factor(params: Params, claim: Claim) -> float:
    """Exaflops as announced over the machine's dense BF16."""
    return claim.eflops / exaflops(params, params.machines[claim.machine])


def claims(params: Params) -> pd.DataFrame:
    """Announced exaflops beside dense BF16, the largest factor first."""
    rows = []
    for claim in params.claims.values():
        machine = params.machines[claim.machine]
        counted = f"{'sparse' if claim.sparse else 'dense'} {claim.arithmetic}"
        told = "named" if claim.named else "by arithmetic"
        rows.append((machine.name, claim.eflops, counted, told, exaflops(params, machine)))
    heads = ["machine", "announced", "counted in", "format is", "dense BF16"]
    data = pd.DataFrame(rows, columns=heads)
    data["factor"] = data["announced"] / data["dense BF16"]
    return data.sort_values(["factor", "announced"], ascending=False)


# --- access --------------------------------------------------------------------------------------


def accel_hours(params: Params, access: Access) -> float:
    """Accelerator-hours that a rule or an award gives."""
    if access.accel_hours is not None:
        return access.accel_hours
    if access.node_hours is not None:
        return access.node_hours * params.costs.accel_per_node
    held = (access.time_share or 0.0) * (access.days or 0.0) * HOURS_PER_DAY
    return held * math.fsum(
        fleet.accelerator_count(machine, params.accelerators) or 0.0
        for machine in _granting(params, access)
    )


def access(params: Params) -> pd.DataFrame:
    """Who may use what share of the machines, for how long, and what that is of the run.

    The smallest grant comes first.
    """
    needed = run_accel_hours(params)
    rows = []
    for row in params.access.values():
        hours = accel_hours(params, row)
        part = f"{hours / needed:.1%}" if math.isfinite(needed) else "nobody trains"
        granted = (_granted(params, row), _lasting(row.days), row.terms)
        rows.append((row.name, *granted, hours / MILLION, part))
    heads = ["route", "granted", "for", "terms", "million accelerator-hours", "of the run"]
    return pd.DataFrame(rows, columns=heads).sort_values("million accelerator-hours")


def run_accel_hours(params: Params) -> float:
    """Accelerator-hours that the run on the public machines needs; infinite if it never ends."""
    target, route = params.targets[params.race.target], routes.owned(params)
    done = routes.finish(route, target, params)
    return ledger.owned_bill(params, route, target, done).accel_hours


def _granting(params: Params, access: Access) -> Iterable[Machine]:
    if access.machine is not None:
        return [params.machines[access.machine]]
    return fleet.members(standing(params, "operating").values(), "eurohpc")


def _granted(params: Params, access: Access) -> str:
    if access.time_share is not None:
        whose = params.machines[access.machine].name if access.machine else "EuroHPC"
        return f"{access.time_share * 100:.3g}% of {whose}"
    if access.node_hours is not None:
        return f"{access.node_hours:,.0f} node-hours"
    return f"{access.accel_hours:,.0f} accelerator-hours"


def _lasting(days: float | None) -> str:
    if days is None:
        return "not stated"
    if days < 1:
        return f"{days * HOURS_PER_DAY:.0f} hours"
    return "a year" if days >= u.DAYS_PER_YEAR else f"{days:.0f} days"


# --- chips ---------------------------------------------------------------------------------------


def chips(params: Params) -> pd.DataFrame:
    """Every kind of accelerator with its peak, its memory and the MFU used for it."""
    known = library().parameters
    rows = [
        (chip.name, chip.bf16_tflop_per_s, chip.hbm_gb, known[f"mfu_runs.{chip.mfu_run}.mfu"].how,
         run.mfu, fleet.run_mfu_one(run))
        for chip in params.accelerators.values()
        for run in [params.mfu_runs[chip.mfu_run]]
    ]  # fmt: skip
    heads = ["accelerator", "TFLOP/s", "memory, GB", "MFU is", "MFU used", "MFU alone"]
    return pd.DataFrame(rows, columns=heads)
