"""What private owners run in Europe: how much, whose, and what one cluster could do alone."""

from __future__ import annotations

import math
from typing import Any, Final

from euromesh import fleet, routes
from euromesh import units as u
from euromesh.facts.finishes import date_of, main
from euromesh.facts.machines import ENDS, SIZE, Span, counted, span_of
from euromesh.facts.tables import (
    DAY,
    DAYS,
    FLAG,
    MONTH,
    TEXT,
    Column,
    Figure,
    Run,
    count,
    figures,
    number,
    once,
    table,
)
from euromesh.records import Params
from euromesh.records.tables import Cluster
from euromesh.routes import Finish

UNKNOWN: Final = "not known"
WHOLE: Final = 1.0
WHOSE: Final[dict[str, Any]] = {
    "cluster": TEXT,
    "owner": TEXT,
    "seat": TEXT.headed("seat of the owner"),
    "operator": TEXT,
    "chips": TEXT.headed("accelerators"),
}


def whose(cluster: Cluster, params: Params) -> tuple[str, ...]:
    """Name, owner, its seat, operator and chips of a cluster."""
    chip = cluster.accelerator
    chips = f"{cluster.n_accel:,.0f} {params.accelerators[chip].name.split(' ')[0]}" if chip else ""
    told = (cluster.owner, cluster.owner_seat, cluster.operator, chips)
    return cluster.name, *(word or UNKNOWN for word in told)


@table(
    lambda params: params.clusters,
    **WHOSE,
    tenant=TEXT,
    **SIZE | {"eflops": SIZE["eflops"].headed("peak, EFLOP/s")},
    mw=Column("MW", ",.0f", head="MW"),
    runs=MONTH.headed("runs from"),
    status=TEXT,
    open_to_rent=FLAG,
    raced=FLAG,
)
def clusters(run: Run, row: str) -> tuple[Any, ...]:
    """Every private cluster: whose it is, its dense BF16 peak, and from when it runs."""
    params, cluster = run.params, run.params.clusters[row]
    return (
        *whose(cluster, params),
        cluster.tenant or "none named",
        *(cluster_span(params, row) or (None,) * len(ENDS)),
        cluster.mw,
        date_of(params, routes.running_years(cluster, params)),
        *(cluster.status, cluster.open_to_rent, cluster.raced),
    )


def cluster_span(params: Params, row: str) -> Span | None:
    """Dense BF16 exaflops of a cluster, with the range of its count; None if not published."""
    cluster = params.clusters[row]
    if cluster.n_accel is None or cluster.accelerator is None:
        return None
    peak = fleet.peak_flop_per_s(params.accelerators[cluster.accelerator]) / u.EXA
    low, value, high = span_of(f"clusters.{row}.n_accel", cluster.n_accel)
    return low * peak, value * peak, high * peak


@figures
def private_compute(run: Run) -> dict[str, Figure]:
    """How much stands in private clusters, beside the public machines that operate."""
    every, public = run["clusters"], counted(run, "operating")["eflops"].sum()
    chosen = every[every["raced"]]
    running = chosen[chosen["status"] == "running"]
    let = every[every["tenant"] != "none named"]
    sums = {
        name: number(float(rows["eflops"].sum()), "EFLOP/s", ".1f")
        for name, rows in (("", every), ("_raced", chosen), ("_running", running), ("_let", let))
    }
    return {
        **{f"substrate.private{name}_bf16_eflops": one for name, one in sums.items()},
        "substrate.private_clusters": count(len(every)),
        "substrate.private_clusters_raced": count(len(chosen)),
        "substrate.private_clusters_unsized": count(every["eflops"].isna().sum()),
        "substrate.private_raced_over_public": number(
            float(chosen["eflops"].sum() / public), "factor", ".2f"
        ),
    }


# --- what one of them could do alone -------------------------------------------------------------


@once
def finished_alone(params: Params, row: str, share: float) -> Finish:
    """When a share of one raced cluster finishes the target, as one building."""
    return routes.finish(routes.alone(params, row, share), main(params), params)


@table(
    routes.raced_clusters,
    **WHOSE,
    eflops=Column("EFLOP/s", ".1f"),
    date=MONTH.headed("finish at the share"),
    days=DAYS.headed("days"),
    whole_date=MONTH.headed("finish with all of it"),
    whole_days=DAYS.headed("days with all of it"),
)
def clusters_alone(run: Run, row: str) -> tuple[Any, ...]:
    """When every raced cluster would finish the target alone: with the share, and with all."""
    params = run.params
    found = [finished_alone(run, row, share) for share in (params.private.share, WHOLE)]
    each = ((date_of(params, one.finish_years), one.compute_days) for one in found)
    peak = (cluster_span(params, row) or (math.nan,) * len(ENDS))[ENDS.index("eflops")]
    return *whose(params.clusters[row], params), peak, *(cell for pair in each for cell in pair)


@figures
def best_alone(run: Run) -> dict[str, Figure]:
    """The raced cluster that finishes the target first, alone and with its contracted share."""
    params = run.params
    share = params.private.share
    dates = {row: finished_alone(run, row, share) for row in routes.raced_clusters(params)}
    best = min(dates, key=lambda row: dates[row].finish_years)
    done, whole = dates[best], finished_alone(run, best, WHOLE)
    return {
        "private.best_alone": Figure(params.clusters[best].name, "text", "s"),
        "private.best_alone_owner": Figure(params.clusters[best].owner, "text", "s"),
        "private.best_alone_date": Figure(date_of(params, done.finish_years), *_DAY),
        "private.best_alone_days": number(done.compute_days, "days", ".0f"),
        "private.best_alone_whole_date": Figure(date_of(params, whole.finish_years), *_DAY),
        "private.best_alone_whole_days": number(whole.compute_days, "days", ".0f"),
    }


_DAY: Final = DAY.unit, DAY.format
