"""Published cases: what our equations give for each, and how far that is from what was said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from euromesh import fleet, scorecard
from euromesh.facts.tables import Figure, Run, figures_of, number
from euromesh.records import Params
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


def _scaling_point(name: str, params: Params) -> Case:
    """MFU of a published run at another number of accelerators, by its saturation law."""
    point = getattr(params.cases, name)
    run = params.mfu_runs[point.run]
    n_half = fleet.half_mfu_accel(run.saturation, run.n_params, run.batch_tokens)
    mfu = fleet.mfu_at(fleet.run_mfu_one(run), point.n_accel, n_half)
    return mfu, point.published, "fraction", ".1%"


def _tax(end: str, params: Params) -> Case:
    known = params.cases.epoch_tax
    nodes, factor = getattr(known, f"{end}_nodes"), getattr(known, f"{end}_factor")
    return nodes**params.penalty.tax_exponent, factor, "factor", ".2f"


def _gigawatt(params: Params) -> Case:
    """The yearly cost of Epoch's gigawatt at our real cost of capital."""
    case, wacc = params.cases.gigawatt, params.costs.real_wacc
    it = (case.capital_bn - case.facility_bn) * scorecard.capital_recovery(wacc, case.it_life_years)
    facility = case.facility_bn * scorecard.capital_recovery(wacc, case.facility_life_years)
    return it + facility + case.operation_bn, case.yearly_bn, "bn USD", ".2f"


CASES: Final[Mapping[str, Callable[[Params], Case]]] = {
    "intellect_1": partial(_utilization, "intellect_1"),
    "covenant_72b": partial(_utilization, "covenant_72b"),
    "llama_405b": _llama_carbon,
    "apertus_70b": _apertus_energy,
    "jupiter_few": partial(_scaling_point, "jupiter_few"),
    "lumi_few": partial(_scaling_point, "lumi_few"),
    "epoch_tax_few": partial(_tax, "few"),
    "epoch_tax_many": partial(_tax, "many"),
    "gigawatt_yearly": _gigawatt,
}
