"""Published cases that the equations must reproduce, and the original study."""

from __future__ import annotations

from euromesh import units as u
from euromesh.records.base import Record


class UtilizationCase(Record):
    """A run over the internet: compute between exchanges and the exchange itself."""

    compute_minutes: u.Minutes
    exchange_seconds: u.Seconds
    published: u.Fraction


class CarbonCase(Record):
    """A published training footprint and its inputs."""

    accel_hours: u.Hours
    accel_kw: u.KW
    pue: u.Pue
    g_per_kwh: u.GPerKwh
    published_tonnes: u.Tonnes


class EnergyCase(Record):
    """A published training energy and its inputs."""

    n_accel: u.Count
    days: u.Days
    accel_kw: u.KW
    published_gwh: u.GWh


class CapitalCase(Record):
    """A published gigawatt: capital, yearly cost, and the lives behind it."""

    capital_bn: u.BnUsd
    facility_bn: u.BnUsd
    operation_bn: u.BnUsd
    yearly_bn: u.BnUsd
    it_life_years: u.Years
    facility_life_years: u.Years


class LossCase(Record):
    """A published penalty point: FLOP factor at a number of nodes."""

    few_nodes: u.Count
    few_factor: u.Factor
    many_nodes: u.Count
    many_factor: u.Factor


class AmplifiedCase(Record):
    """A published conversion of a loss of many replicas into FLOP."""

    n_params: u.Count
    n_replicas: u.Count
    inner_steps: u.Count
    lost: u.Fraction  # of the FLOP: 1 - 1 / kappa


class Cases(Record):
    """Published cases that the equations must reproduce."""

    intellect_1: UtilizationCase
    covenant_72b: UtilizationCase
    llama_405b: CarbonCase
    apertus_70b: EnergyCase
    gigawatt: CapitalCase
    epoch_tax: LossCase
    amplified: AmplifiedCase


class OriginalLeads(Record):
    """Lead times of the original's three scenarios."""

    optimistic_years: u.Years
    baseline_years: u.Years
    pessimistic_years: u.Years


class Original(Record):
    """EuroMesh-0: the inputs of the June 2026 study."""

    start: u.Date
    training_flop: u.Flop
    accel_tflop_per_s: u.TflopPerS
    accel_kw: u.KW
    mfu: u.Fraction
    campus_mw: u.MW
    mesh_site_mw: u.MW
    mesh_sites: u.Count
    month_days: u.Days
    campus_lead: OriginalLeads
    mesh_lead: OriginalLeads
    advertised_lead_years: u.Years
