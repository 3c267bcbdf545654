"""Headline numbers of the public machines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from euromesh import fleet
from euromesh.frames.machines import exaflops, exaflops_by
from euromesh.records import Params
from euromesh.records.tables import Machine
from euromesh.report.figure import Figure, count, number


def substrate(params: Params) -> Mapping[str, Figure]:
    """Totals of the operating and contracted public machines, dense BF16."""
    every = list(fleet.counted(params.machines))
    running = [m for m in every if m.status == "operating"]
    coming = [m for m in every if m.status in ("installing", "contracted")]
    hosts = exaflops_by_city(params, running)
    total = math.fsum(hosts.values())
    top = max(hosts.values())
    return {
        "substrate.operating_bf16_eflops": number(total, "EFLOP/s", ".1f"),
        "substrate.operating_systems": count(len(running)),
        "substrate.operating_places": count(len(hosts)),
        "substrate.operating_accelerators": count(_accelerators(params, running)),
        "substrate.eu27_bf16_eflops": _total(params, fleet.members(running, "eu27")),
        "substrate.eurohpc_bf16_eflops": _total(params, fleet.members(running, "eurohpc")),
        "substrate.contracted_bf16_eflops": _total(params, coming),
        "substrate.contracted_systems": count(len(coming)),
        "substrate.top_host_share": number(top / total, "fraction", ".0%"),
    }


def unsized(params: Params) -> Mapping[str, Figure]:
    """Machines that no total holds because their size is not published."""
    every = fleet.counted(params.machines)
    unknown = [m for m in every if fleet.machine_peak(m, params.accelerators) is None]
    return {"substrate.unsized_systems": count(len(unknown))}


def set_aside(params: Params) -> Mapping[str, Figure]:
    """Machines that stand outside the civil BF16 total."""
    outside = [m for m in params.machines.values() if not m.in_total]
    return {
        "substrate.outside_systems": count(len(outside)),
        "substrate.outside_bf16_eflops": _total(params, outside),
    }


def exaflops_by_city(params: Params, machines: Iterable[Machine]) -> dict[str, float]:
    """Dense BF16 exaflops of each place; machines in one city are one place."""
    return exaflops_by(params, machines, "city")


def _total(params: Params, machines: Iterable[Machine]) -> Figure:
    total = math.fsum(exaflops(params, m) for m in machines)
    return number(total, "EFLOP/s", ".1f")


def _accelerators(params: Params, machines: Iterable[Machine]) -> float:
    counts = (fleet.accelerator_count(m, params.accelerators) for m in machines)
    return math.fsum(n for n in counts if n is not None)
