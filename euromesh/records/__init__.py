"""The parameters as frozen records: one dataclass a topic, the unit named in each type.

`Params` is the tree that every calculation takes. A field's path is the parameter's id
(`owned.share`); a table is a mapping from row id to record (`machines.lumi_g.n_accel`). Records
hold plain values; ranges and provenance stay in `euromesh.params`.
"""

from __future__ import annotations

from euromesh.records.base import InputError, record
from euromesh.records.cases import (
    Cases,
    Original,
)
from euromesh.records.race import (
    Campus,
    Gigafactory,
    Grid,
    Leased,
    NewMedium,
    NewSites,
    OnSite,
    Owned,
    Programme,
    Race,
    Signed,
    Slip,
)
from euromesh.records.settings import (
    Carbon,
    Costs,
    Evidence,
    Frontier,
    Goalposts,
    Operation,
    Penalty,
    Training,
)
from euromesh.records.tables import (
    Accelerator,
    Access,
    BandwidthRow,
    Claim,
    Country,
    LeadTime,
    Link,
    LossRow,
    Machine,
    MfuRun,
    Milestone,
    Model,
    Project,
    ScalingPoint,
    Target,
)


@record
class Params:
    """Every parameter of the analysis."""

    machines: dict[str, Machine]
    accelerators: dict[str, Accelerator]
    claims: dict[str, Claim]
    access: dict[str, Access]
    mfu_runs: dict[str, MfuRun]
    grid_lead_times: dict[str, LeadTime]
    projects: dict[str, Project]
    milestones: dict[str, Milestone]
    countries: dict[str, Country]
    targets: dict[str, Target]
    bandwidth: dict[str, BandwidthRow]
    losses: dict[str, LossRow]
    links: dict[str, Link]
    scaling: dict[str, ScalingPoint]
    models: dict[str, Model]
    race: Race
    slip: Slip
    grid: Grid
    owned: Owned
    new_sites: NewSites
    new_medium: NewMedium
    campus: Campus
    signed: Signed
    gigafactory: Gigafactory
    leased: Leased
    on_site: OnSite
    programme: Programme
    training: Training
    operation: Operation
    penalty: Penalty
    costs: Costs
    carbon: Carbon
    goalposts: Goalposts
    frontier: Frontier
    cases: Cases
    original: Original
    evidence: Evidence
    held: tuple[str, ...] = ()  # ids that a scenario or an override has set: no draw moves them
