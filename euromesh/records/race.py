"""The race and its routes: what is granted, filed, signed, let and built."""

from __future__ import annotations

from typing import Literal

from euromesh import units as u
from euromesh.records.base import Record
from euromesh.records.tables import Stack

MachineSet = Literal["europe", "eu27", "eurohpc"]
Stacks = Literal["all", "cuda", "rocm"]
ReplicaOf = Literal["stack", "city", "machine"]


class Race(Record):
    """What is raced, from when, until when."""

    decision_date: u.Date
    horizon: u.Date
    target: u.Text  # a row of `targets`


class Porting(Record):
    """Months to bring the training code to a software stack, after the first granted hour."""

    cuda_months: u.Months
    rocm_months: u.Months
    oneapi_months: u.Months
    beside: u.Flag  # porting runs during the grant; false: after the first granted hour


class Owned(Record):
    """The public machines and the terms on which they are granted."""

    share: u.Fraction
    grant_months: u.Months  # from the decision to the first granted hour
    porting: Porting
    goodput: u.Fraction  # of the granted node-hours
    machine_set: MachineSet
    stacks: Stacks  # which machines join, by software stack
    replica_of: ReplicaOf  # what trains as one in a city: a stack, the whole city, a machine
    contracted: u.Flag  # whether machines under contract join when they start
    left_out: u.Text | None  # a row of `machines` that does not join; blank: none
    country_left_out: u.Text | None  # a row of `countries` whose machines do not join; blank: none
    leased_sites: u.Count  # buildings of the route `leased` that join the public machines
    never_granted: u.Fraction
    granted: u.Flag
    service_life_years: u.Years
    renewal: u.Flag  # whether a machine that retires is followed by a new one at its place


class Slip(Record):
    """How late a dated plan comes: Bernoulli(probability) times a lognormal."""

    probability: u.Fraction
    median_years: u.Years
    sigma: u.Number


class Grid(Record):
    """What the lead times of all regions have in common."""

    correlation: u.Fraction  # rho: the part of the spread that every region shares
    wait_factor: u.Factor  # that stretches every wait for a connection


class NewSites(Record):
    """What every newly built site has in common."""

    commissioning_months: u.Months
    build_years: u.Years  # of a filed site, beside the wait for the grid
    hardware_lead_years: u.Years
    stack: Stack  # of the accelerators that a new site buys
    goodput: u.Fraction


class NewMedium(Record):
    """The original's mesh: medium sites filed on the decision date."""

    n_sites: u.Count
    site_mw: u.MW
    never_built: u.Fraction  # of a filing
    lost_sites: u.Count  # filings that are never built
    lost_phase: u.Fraction  # which of them, when they are spread evenly over the filings


class Campus(Record):
    """One campus filed on the decision date."""

    grid_mw: u.MW
    region: u.Text  # `mean` or `best` of the seven, or a region of `grid_lead_times`
    tranches: u.Flag  # power arrives in steps; false: all at once
    first_tranche_mw: u.MW
    on_site_gas: u.Flag  # whether a tranche may run on its own generation until the grid comes
    never_built: u.Fraction
    built: u.Flag


class Signed(Record):
    """Capacity let by the developers of signed projects, the rows of `projects` that are raced."""

    procurement_months: u.Months  # from the decision to a contract, beside the wait for power
    project_never_built: u.Fraction  # of a project
    never_built: u.Fraction  # for this run: no developer lets to it
    built: u.Flag


class Gigafactory(Record):
    """One AI Gigafactory of the call of July 2026."""

    selected_on: u.Date
    contract_months: u.Months  # from selection to the contract
    build_months: u.Months  # from the contract to operation of the first phase
    second_build_months: u.Months  # from the contract to operation of the second
    slip_years: u.Years | None  # blank: the median of the slip law
    lot: u.Text  # a row of `gigafactory_lots`
    counted_in: u.Text  # a row of `accelerators`: what the call counts equivalents of
    share: u.Fraction  # of its accelerators that the run may use
    country: u.Text  # a row of `countries`
    never_built: u.Fraction
    built: u.Flag


class Private(Record):
    """Private clusters, the rows of `clusters` that are raced, and the terms of a contract."""

    share: u.Fraction  # of each cluster
    contract_months: u.Months  # from the decision to the first contracted hour
    never_built: u.Fraction  # no owner lets a share to this run
    built: u.Flag


class Leased(Record):
    """Buildings that have power and are let to the run."""

    n_sites: u.Count
    site_mw: u.MW
    procurement_months: u.Months
    country: u.Text  # a row of `countries`
    never_built: u.Fraction  # no building is found
    built: u.Flag


class OnSite(Record):
    """A campus on its own generation, outside the queue."""

    grid_mw: u.MW
    first_tranche_mw: u.MW
    first_build_years: u.Years  # to the first tranche
    full_build_years: u.Years
    country: u.Text  # a row of `countries`
    g_per_kwh: u.GPerKwh
    eur_per_mwh: u.EurPerMwh
    never_built: u.Fraction
    built: u.Flag


class Programme(Record):
    """A programme that keeps training: one model after the other."""

    n_generations: u.Count
    training_months: u.Months  # of each generation after the first
    renewal_gap_months: u.Months  # a place without a machine, between two of them
    mean_draw: u.Fraction  # mean power of a machine over that of its full racks
