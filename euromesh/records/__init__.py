"""The parameters as frozen records: one dataclass a topic, the unit named in each type.

`Params` is the tree that every calculation takes. A field's path is the parameter's id
(`owned.share`); a table is a mapping from row id to record (`machines.lumi_g.n_accel`). Records
hold plain values; ranges and provenance stay in `euromesh.params`.
"""

from __future__ import annotations

from euromesh.records import cases as published
from euromesh.records import race as raced
from euromesh.records import settings, tables
from euromesh.records.base import InputError, Record


class Params(Record):
    """Every parameter of the analysis."""

    machines: dict[str, tables.Machine]
    accelerators: dict[str, tables.Accelerator]
    claims: dict[str, tables.Claim]
    standings: dict[str, tables.Standing]
    access: dict[str, tables.Access]
    mfu_runs: dict[str, tables.MfuRun]
    grid_lead_times: dict[str, tables.LeadTime]
    projects: dict[str, tables.Project]
    clusters: dict[str, tables.Cluster]
    calendar: dict[str, tables.Event]
    milestones: dict[str, tables.Milestone]
    gigafactory_lots: dict[str, tables.Lot]
    frontier_runs: dict[str, tables.FrontierRun]
    countries: dict[str, tables.Country]
    targets: dict[str, tables.Target]
    bandwidth: dict[str, tables.BandwidthRow]
    losses: dict[str, tables.LossRow]
    loss_reports: dict[str, tables.LossReport]
    links: dict[str, tables.Link]
    scaling: dict[str, tables.ScalingPoint]
    models: dict[str, tables.Model]
    race: raced.Race
    slip: raced.Slip
    grid: raced.Grid
    owned: raced.Owned
    new_sites: raced.NewSites
    new_medium: raced.NewMedium
    campus: raced.Campus
    signed: raced.Signed
    gigafactory: raced.Gigafactory
    private: raced.Private
    leased: raced.Leased
    on_site: raced.OnSite
    programme: raced.Programme
    training: settings.Training
    operation: settings.Operation
    penalty: settings.Penalty
    costs: settings.Costs
    carbon: settings.Carbon
    goalposts: settings.Goalposts
    frontier: settings.Frontier
    cases: published.Cases
    original: published.Original
    eurohpc: settings.Eurohpc
    evidence: settings.Evidence
    held: tuple[str, ...] = ()  # ids that a scenario or an override has set: no draw moves them
