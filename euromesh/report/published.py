"""The original study's dates, and published cases with our distance from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from euromesh import efficiency, fleet, original, scorecard
from euromesh import units as u
from euromesh.records import Params
from euromesh.report.figure import Figure, number

Case: TypeAlias = tuple[float, float, str, str]  # ours, published, unit, format
SCENARIOS = ("optimistic", "baseline", "pessimistic")


def study(scenario: str, params: Params) -> Mapping[str, Figure]:
    """The two dates of one of the original's scenarios, and the gap between them."""
    mesh = mesh_month(params, getattr(params.original.mesh_lead, f"{scenario}_years"), 1)
    campus = campus_month(params, getattr(params.original.campus_lead, f"{scenario}_years"))
    return {
        f"original.{scenario}_mesh": _month(params, mesh),
        f"original.{scenario}_campus": _month(params, campus),
        f"original.{scenario}_gap_months": Figure(campus - mesh, "months", "d"),
    }


def at_the_advertised_lead(params: Params) -> Mapping[str, Figure]:
    """The date that the original's own advertised mean would have given its campus."""
    months = campus_month(params, params.original.advertised_lead_years)
    return {"original.campus_at_advertised_lead": _month(params, months)}


def mesh_size(params: Params) -> Mapping[str, Figure]:
    """The mesh date with one site and with all of them, and one site's days of compute."""
    lead = params.original.mesh_lead.baseline_years
    many = round(params.original.mesh_sites)
    return {
        "original.one_site": _month(params, mesh_month(params, lead, 1)),
        "original.every_site": _month(params, mesh_month(params, lead, many)),
        "original.one_site_days": number(_mesh_days(params, 1), "days", ".0f"),
    }


def case(name: str, params: Params) -> Mapping[str, Figure]:
    """A published case: our value, and how far it is from the published one."""
    ours, published, unit, format_ = CASES[name](params)
    return {
        f"checks.{name}": number(ours, unit, format_),
        f"checks.{name}_off": number(ours / published - 1, "fraction", "+.1%"),
    }


def capital(params: Params) -> Mapping[str, Figure]:
    """The yearly cost of Epoch's gigawatt at our real cost of capital."""
    case = params.cases.gigawatt
    wacc = params.costs.real_wacc
    it = (case.capital_bn - case.facility_bn) * scorecard.capital_recovery(wacc, case.it_life_years)
    facility = case.facility_bn * scorecard.capital_recovery(wacc, case.facility_life_years)
    yearly = float(it + facility + case.operation_bn)
    return {
        "checks.gigawatt_yearly": number(yearly, "bn USD", ".2f"),
        "checks.gigawatt_yearly_off": number(yearly / case.yearly_bn - 1, "fraction", "+.1%"),
    }


def mesh_month(params: Params, lead_years: float, n_sites: int) -> int:
    """Month in which the original's mesh delivers, counted from its start."""
    days = _mesh_days(params, n_sites)
    return original.delivery_month(lead_years, days, params.original.month_days)


def campus_month(params: Params, lead_years: float) -> int:
    """Month in which the original's campus delivers, counted from its start."""
    study = params.original
    count = original.accelerators(study.campus_mw, study.accel_kw)
    days = original.compute_days(study.training_flop, count, _original_peak(params), study.mfu)
    return original.delivery_month(lead_years, days, study.month_days)


def _mesh_days(params: Params, n_sites: int) -> float:
    study = params.original
    count = n_sites * original.accelerators(study.mesh_site_mw, study.accel_kw)
    return original.compute_days(study.training_flop, count, _original_peak(params), study.mfu)


def _original_peak(params: Params) -> float:
    return params.original.accel_tflop_per_s * u.TERA


def _month(params: Params, months: int) -> Figure:
    return Figure(original.month(params.original.start, months), "month", "%B %Y")


def _utilization(name: str, params: Params) -> Case:
    run = getattr(params.cases, name)
    used = efficiency.measured_utilization(run.compute_minutes * 60, run.exchange_seconds)
    return float(used), run.published, "fraction", ".1%"


def _llama_carbon(params: Params) -> Case:
    run = params.cases.llama_405b
    tonnes = scorecard.training_tonnes(run.accel_hours, run.accel_kw, run.pue, run.g_per_kwh)
    return float(tonnes), run.published_tonnes, "tCO2e", ",.0f"


def _apertus_energy(params: Params) -> Case:
    run = params.cases.apertus_70b
    gwh = run.n_accel * run.days * 24 * run.accel_kw / 1e6
    return gwh, run.published_gwh, "GWh", ".2f"


def _scaling_point(name: str, params: Params) -> Case:
    point = getattr(params.cases, name)
    return _mfu_at(params, point.run, point.n_accel), point.published, "fraction", ".1%"


def _tax(end: str, params: Params) -> Case:
    known = params.cases.epoch_tax
    nodes, factor = getattr(known, f"{end}_nodes"), getattr(known, f"{end}_factor")
    return nodes**params.penalty.tax_exponent, factor, "factor", ".2f"


def _mfu_at(params: Params, run_name: str, n_accel: float) -> float:
    """MFU of a published run at another number of accelerators, by its saturation law."""
    run = params.mfu_runs[run_name]
    n_half = fleet.half_mfu_accel(run.saturation, run.n_params, run.batch_tokens)
    return float(fleet.mfu_at(fleet.run_mfu_one(run), n_accel, n_half))


CASES: Final[Mapping[str, Callable[[Params], Case]]] = {
    "intellect_1": partial(_utilization, "intellect_1"),
    "covenant_72b": partial(_utilization, "covenant_72b"),
    "llama_405b": _llama_carbon,
    "apertus_70b": _apertus_energy,
    "jupiter_few": partial(_scaling_point, "jupiter_few"),
    "lumi_few": partial(_scaling_point, "lumi_few"),
    "epoch_tax_few": partial(_tax, "few"),
    "epoch_tax_many": partial(_tax, "many"),
}
