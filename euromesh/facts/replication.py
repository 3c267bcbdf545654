"""The original study: its dates by its own logic, and what they rest on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from euromesh import original
from euromesh import units as u
from euromesh.facts.tables import Column, Figure, Run, figures, number, table
from euromesh.records import Params

SCENARIOS: Final = ("optimistic", "baseline", "pessimistic")
CASES: Final[Mapping[str, Callable[[Params], int]]] = {
    "one_site": lambda p: mesh_month(p, p.original.mesh_lead.baseline_years, 1),
    "every_site": lambda p: mesh_month(
        p, p.original.mesh_lead.baseline_years, round(p.original.mesh_sites)
    ),
    "campus_at_advertised_lead": lambda p: campus_month(p, p.original.advertised_lead_years),
}


@table(
    lambda _: SCENARIOS,
    row=Column("name", head="scenario"),
    mesh=Column("month", "%B %Y", "original.{row}_mesh", "new medium sites"),
    campus=Column("month", "%B %Y", "original.{row}_campus", "gigawatt campus"),
    gap=Column("months", "d", "original.{row}_gap_months"),
)
def original_dates(run: Run, row: str) -> tuple[str, str, int]:
    """The two dates of one of the study's scenarios, and the gap between them."""
    study = run.params.original
    mesh = mesh_month(run.params, getattr(study.mesh_lead, f"{row}_years"), 1)
    campus = campus_month(run.params, getattr(study.campus_lead, f"{row}_years"))
    return original.month(study.start, mesh), original.month(study.start, campus), campus - mesh


@table(lambda _: CASES, delivers=Column("month", "%B %Y", "original.{row}"))
def original_cases(run: Run, row: str) -> tuple[str]:
    """When the mesh delivers with one site and with all, and the campus at the advertised wait."""
    return (original.month(run.params.original.start, CASES[row](run.params)),)


@figures
def one_site(run: Run) -> dict[str, Figure]:
    """Days in which one site of the mesh computes the run."""
    days = _days(run.params, run.params.original.mesh_site_mw, 1)
    return {"original.one_site_days": number(days, "days", ".0f")}


def mesh_month(params: Params, lead_years: float, n_sites: int) -> int:
    """Month in which the mesh delivers, counted from the start of the study."""
    days = _days(params, params.original.mesh_site_mw, n_sites)
    return original.delivery_month(lead_years, days, params.original.month_days)


def campus_month(params: Params, lead_years: float) -> int:
    """Month in which the campus delivers, counted from the start of the study."""
    days = _days(params, params.original.campus_mw, 1)
    return original.delivery_month(lead_years, days, params.original.month_days)


def _days(params: Params, site_mw: float, n_sites: int) -> float:
    """Days of compute on sites of so many megawatts."""
    study = params.original
    count = n_sites * original.accelerators(site_mw, study.accel_kw)
    peak = study.accel_tflop_per_s * u.TERA
    return original.compute_days(study.training_flop, count, peak, study.mfu)
