"""The original study's dates, and published cases with our distance from them."""

from __future__ import annotations

from collections.abc import Mapping

from euromesh import efficiency, fleet, original, scorecard
from euromesh import units as u
from euromesh.records import Params
from euromesh.report.figure import Figure, number

SCENARIOS = ("optimistic", "baseline", "pessimistic")


def study(params: Params) -> Mapping[str, Figure]:
    """The six published dates of the original, and the gaps between them."""
    found: dict[str, Figure] = {}
    for scenario in SCENARIOS:
        mesh = mesh_month(params, getattr(params.original.mesh_lead, f"{scenario}_years"), 1)
        lead = getattr(params.original.campus_lead, f"{scenario}_years")
        single = campus_month(params, lead)
        found[f"original.{scenario}_mesh"] = _month(params, mesh)
        found[f"original.{scenario}_campus"] = _month(params, single)
        found[f"original.{scenario}_gap_months"] = Figure(single - mesh, "months", "d")
    return found


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


def cases(params: Params) -> Mapping[str, Figure]:
    """Published cases: our value, and how far it is from the published one."""
    found: dict[str, Figure] = {}
    for name, ours, published, unit, format_ in _cases(params):
        found[f"checks.{name}"] = number(ours, unit, format_)
        found[f"checks.{name}_off"] = number(ours / published - 1, "fraction", "+.1%")
    return found


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


def _cases(params: Params) -> list[tuple[str, float, float, str, str]]:
    """(name, ours, published, unit, format) of every published case."""
    known = params.cases
    found: list[tuple[str, float, float, str, str]] = []
    for name, run in (("intellect_1", known.intellect_1), ("covenant_72b", known.covenant_72b)):
        used = efficiency.measured_utilization(run.compute_minutes * 60, run.exchange_seconds)
        found.append((name, float(used), run.published, "fraction", ".1%"))
    llama = known.llama_405b
    tonnes = scorecard.training_tonnes(
        llama.accel_hours, llama.accel_kw, llama.pue, llama.g_per_kwh
    )
    found.append(("llama_405b", float(tonnes), llama.published_tonnes, "tCO2e", ",.0f"))
    alps = known.apertus_70b
    gwh = alps.n_accel * alps.days * 24 * alps.accel_kw / 1e6
    found.append(("apertus_70b", gwh, alps.published_gwh, "GWh", ".2f"))
    for name, point in (("jupiter_few", known.jupiter_few), ("lumi_few", known.lumi_few)):
        found.append(
            (name, _mfu_at(params, point.run, point.n_accel), point.published, "fraction", ".1%")
        )
    tax = known.epoch_tax
    for name, nodes, factor in (
        ("epoch_tax_few", tax.few_nodes, tax.few_factor),
        ("epoch_tax_many", tax.many_nodes, tax.many_factor),
    ):
        ours = nodes**params.penalty.tax_exponent
        found.append((name, ours, factor, "factor", ".2f"))
    return found


def _mfu_at(params: Params, run_name: str, n_accel: float) -> float:
    """MFU of a published run at another number of accelerators, by its saturation law."""
    run = params.mfu_runs[run_name]
    n_half = fleet.half_mfu_accel(run.saturation, run.n_params, run.batch_tokens)
    return float(fleet.mfu_at(fleet.run_mfu_one(run), n_accel, n_half))
