"""What others published: single cases by our equations, and the original study by its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from euromesh import efficiency, fleet, original, scorecard
from euromesh import units as u
from euromesh.facts.tables import Column, Figure, Run, figures, figures_of, number, table
from euromesh.records import Params
from euromesh.records.cases import Original
from euromesh.units import Values

Case: TypeAlias = tuple[Values, float, str, str]  # ours, published, unit, format


@figures_of(lambda _: CASES)
def checks(run: Run, row: str) -> dict[str, Figure]:
    """Our value of a published case, and how far it is from the published one."""
    ours, published, unit, format_ = CASES[row](run.params)
    return {
        f"checks.{row}": number(float(ours), unit, format_),
        f"checks.{row}_off": number(float(ours) / published - 1, "fraction", "+.1%"),
    }


def _utilization(name: str, params: Params) -> Case:
    """Utilisation of a run that waits for its exchange: t_comp / (t_comp + t_comm)."""
    run = getattr(params.cases, name)
    compute = run.compute_minutes * 60
    return compute / (compute + run.exchange_seconds), run.published, "fraction", ".1%"


def _llama_carbon(params: Params) -> Case:
    """h k PUE CI in tCO2e: the published way, without idle draw or embodied carbon."""
    run = params.cases.llama_405b
    tonnes = run.accel_hours * run.accel_kw * run.pue * run.g_per_kwh / 1e6
    return tonnes, run.published_tonnes, "tCO2e", ",.0f"


def _apertus_energy(params: Params) -> Case:
    run = params.cases.apertus_70b
    gwh = run.n_accel * run.days * 24 * run.accel_kw / 1e6
    return gwh, run.published_gwh, "GWh", ".2f"


def _rate(name: str, params: Params) -> Case:
    """MFU of a published rate by the curve of its run."""
    rate = params.scaling[name]
    ours = fleet.rate_mfu(rate, params.mfu_runs[rate.run], params.training.sustained)
    return ours, fleet.published_mfu(rate), "fraction", ".1%"


def _tax(end: str, params: Params) -> Case:
    known = params.cases.epoch_tax
    nodes, factor = getattr(known, f"{end}_nodes"), getattr(known, f"{end}_factor")
    return nodes**params.penalty.tax_exponent, factor, "factor", ".2f"


def _amplified(params: Params) -> Case:
    """1 - 1 / kappa: the share of the FLOP that the law `miri` takes from many replicas."""
    case, reference = params.cases.amplified, params.penalty.reference_inner_steps
    counted = efficiency.replicas_by_rhythm(case.n_replicas, case.inner_steps, reference)
    kappa = efficiency.law_penalty("miri", params.penalty, case.n_params, counted)
    return 1 - 1 / kappa, case.lost, "fraction", ".0%"


def _gigawatt(params: Params) -> Case:
    """The yearly cost of Epoch's gigawatt at our real cost of capital."""
    case, wacc = params.cases.gigawatt, params.costs.real_wacc
    it = (case.capital_bn - case.facility_bn) * scorecard.capital_recovery(wacc, case.it_life_years)
    facility = case.facility_bn * scorecard.capital_recovery(wacc, case.facility_life_years)
    return it + facility + case.operation_bn, case.yearly_bn, "bn USD", ".2f"


CASES: Final[Mapping[str, Callable[[Params], Case]]] = {
    **{name: partial(_utilization, name) for name in ("intellect_1", "covenant_72b")},
    "llama_405b": _llama_carbon,
    "apertus_70b": _apertus_energy,
    "jupiter_few": partial(_rate, "oellm_sustained_2048"),
    "lumi_few": partial(_rate, "lumi_256"),
    **{f"epoch_tax_{end}": partial(_tax, end) for end in ("few", "many")},
    "amplified": _amplified,
    "gigawatt_yearly": _gigawatt,
}

DELIVERIES: Final[Mapping[str, Callable[[Original], tuple[float, float, float]]]] = {
    "one_site": lambda study: (study.mesh_lead.baseline_years, study.mesh_site_mw, 1),
    "every_site": lambda study: (
        study.mesh_lead.baseline_years,
        study.mesh_site_mw,
        study.mesh_sites,
    ),
    "campus_at_advertised_lead": lambda study: (study.advertised_lead_years, study.campus_mw, 1),
}
"""Of the original study: the wait in years, the megawatts of a site, and the number of sites."""


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


@table(lambda _: DELIVERIES, delivers=Column("month", "%B %Y", "original.{row}"))
def original_cases(run: Run, row: str) -> tuple[str]:
    """When the mesh delivers with one site and with all, and the campus at the advertised wait."""
    study = run.params.original
    return (original.month(study.start, _delivery(study, *DELIVERIES[row](study))),)


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
