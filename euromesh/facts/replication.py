"""The original study: its dates by its own logic, and what they rest on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from euromesh import original
from euromesh import units as u
from euromesh.facts.tables import Column, Figure, Run, figures, number, table
from euromesh.records.cases import Original

CASES: Final[Mapping[str, Callable[[Original], tuple[float, float, float]]]] = {
    "one_site": lambda study: (study.mesh_lead.baseline_years, study.mesh_site_mw, 1),
    "every_site": lambda study: (
        study.mesh_lead.baseline_years,
        study.mesh_site_mw,
        study.mesh_sites,
    ),
    "campus_at_advertised_lead": lambda study: (study.advertised_lead_years, study.campus_mw, 1),
}
"""The wait in years, the megawatts of a site, and the number of sites."""


@table(
    lambda _: ("optimistic", "baseline", "pessimistic"),
    row=Column("name", head="scenario"),
    mesh=Column("month", "%B %Y", "original.{row}_mesh", "new medium sites"),
    campus=Column("month", "%B %Y", "original.{row}_campus", "gigawatt campus"),
    gap=Column("months", "d", "original.{row}_gap_months"),
)
def original_dates(run: Run, row: str) -> tuple[str, str, int]:
    """The two dates of one of the study's scenarios, and the gap between them."""
    study = run.params.original
    mesh = _delivery(study, getattr(study.mesh_lead, f"{row}_years"), study.mesh_site_mw, 1)
    campus = _delivery(study, getattr(study.campus_lead, f"{row}_years"), study.campus_mw, 1)
    return original.month(study.start, mesh), original.month(study.start, campus), campus - mesh


@table(lambda _: CASES, delivers=Column("month", "%B %Y", "original.{row}"))
def original_cases(run: Run, row: str) -> tuple[str]:
    """When the mesh delivers with one site and with all, and the campus at the advertised wait."""
    study = run.params.original
    return (original.month(study.start, _delivery(study, *CASES[row](study))),)


@figures
def one_site(run: Run) -> dict[str, Figure]:
    """Days in which one site of the mesh computes the run."""
    days = _days(run.params.original, run.params.original.mesh_site_mw, 1)
    return {"original.one_site_days": number(days, "days", ".0f")}


def _delivery(study: Original, lead_years: float, site_mw: float, n_sites: float) -> int:
    """The month after the start of the study in which sites deliver."""
    days = _days(study, site_mw, n_sites)
    return original.delivery_month(lead_years, days, study.month_days)


def _days(study: Original, site_mw: float, n_sites: float) -> float:
    """Days of compute on sites of so many megawatts."""
    count = round(n_sites) * original.accelerators(site_mw, study.accel_kw)
    peak = study.accel_tflop_per_s * u.TERA
    return original.compute_days(study.training_flop, count, peak, study.mfu)
