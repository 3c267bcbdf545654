"""Tables of parameters: one record a row."""

from __future__ import annotations

from typing import Literal

from euromesh import units as u
from euromesh.records.base import Record

Stack = Literal["cuda", "rocm", "oneapi"]
Status = Literal["operating", "installing", "contracted", "planned"]
ClusterStatus = Literal["running", "dated"]
Programme = Literal["eurohpc", "ai_factory", "partner", "national"]
Stage = Literal["energised", "building", "signed", "announced"]
Precision = Literal["bf16", "fp8", "nvfp4"]  # of the matrix products
Measured = Literal["short", "campaign"]  # a benchmark, or steps of long runs
Kind = Literal["short", "campaign", "planned"]  # or a value of ours, of a campaign


class Machine(Record):
    """A public machine, or the accelerated part of one."""

    name: u.Text
    country: u.Text  # ISO 3166 alpha-2, lower case
    city: u.Text  # `owned.replica_of` says which of its machines train as one
    operator: u.Text
    programme: Programme
    status: Status
    operational_on: u.Date
    slip_years: u.Years | None  # of a date still to come; blank: the median of the slip law
    retires_on: u.Date | None  # as stated; blank: the service life applies
    accelerator: u.Text | None  # a row of `accelerators`; blank: not known
    n_accel: u.Count | None  # blank: not published
    bf16_eflops: u.Eflops | None  # estimate of the dense peak where no count is published
    in_total: u.Flag  # false for machines outside a civil BF16 total
    latitude: u.Degrees
    longitude: u.Degrees
    union_share: u.Fraction | None  # of its time that EuroHPC grants; blank: none


class Accelerator(Record):
    """One accelerator as the operating system counts it; a dual-die module is one."""

    name: u.Text
    stack: Stack
    bf16_tflop_per_s: u.TflopPerS  # dense, catalogue
    fp8_tflop_per_s: u.TflopPerS | None  # dense; blank: the chip has no FP8, or it was not read
    fp8_sparse_tflop_per_s: u.TflopPerS | None
    fp4_sparse_tflop_per_s: u.TflopPerS | None
    hbm_gb: u.GB
    it_kw: u.KW  # mean IT draw with its share of host, network and storage
    on_sale: u.Date
    mfu_run: u.Text  # the row of `mfu_runs` that speaks for it in BF16
    mfu_run_fp8: u.Text | None  # blank: it trains in BF16
    mfu_run_nvfp4: u.Text | None  # blank: it trains in FP8 if it can


class MfuRun(Record):
    """The MFU of steps of one chip at one precision, and how it falls: published, or ours."""

    name: u.Text
    mfu: u.Mfu  # dense and catalogue, whatever the precision
    n_accel: u.Count
    n_params: u.Count
    batch_tokens: u.Tokens
    saturation: u.Saturation  # h: accelerators at half MFU per (parameter x token), n_h = h N B
    precision: Precision
    kind: Kind


class LeadTime(Record):
    """Years from application to energisation for a region and a load."""

    region: u.Text
    load_mw: u.MW
    lead_years: u.Years  # the median
    drawn_years: u.Years | None  # what chance makes of it; blank: the median
    of_original_seven: u.Flag


class Project(Record):
    """A step of a named European site, with a dated promise of power."""

    name: u.Text
    site: u.Text  # the steps of one site share it
    country: u.Text
    owner: u.Text | None  # blank, here and below: not known
    owner_seat: u.Text | None  # the country of its head office, in words
    operator: u.Text | None
    chips: u.Text | None  # how many of which, as announced
    mw: u.MW  # of this step and those before it at the same site
    announced_on: u.Date
    power_on: u.Date
    stage: Stage
    raced: u.Flag  # whether the route `signed` counts on it
    slip_years: u.Years | None  # blank: the median of the slip law
    built: u.Flag


class Cluster(Record):
    """A private cluster of accelerators that runs or has a date."""

    name: u.Text
    country: u.Text  # ISO 3166 alpha-2, lower case
    city: u.Text  # clusters in one city are one site
    owner: u.Text
    owner_seat: u.Text  # the country of its head office, in words
    operator: u.Text | None  # of the building or the machines; blank: not known
    tenant: u.Text | None  # who has taken all of it; blank: nobody named
    accelerator: u.Text | None  # a row of `accelerators`; blank: not known
    n_accel: u.Count | None  # blank: not published
    mw: u.MW | None  # as published, of the chips or of the whole site; blank: not published
    operational_on: u.Date
    status: ClusterStatus
    open_to_rent: u.Flag  # whether others than the owner train there
    raced: u.Flag  # whether the route `private` counts on it
    slip_years: u.Years | None  # of a date still to come; blank: the median of the slip law


class Milestone(Record):
    """A step of the AI gigafactory programme: its plan, its day, and what was said of it."""

    name: u.Text
    planned_from: u.Date | None  # first and last day that the plan allows; blank: no plan seen
    planned_on: u.Date | None
    happened_on: u.Date | None  # blank: not yet
    n_bids: u.Count | None  # groups that had come forward
    n_sites: u.Count | None  # at most
    public_eur: u.Eur | None  # for all sites, at most
    private_eur: u.Eur | None  # for all sites, at least
    union_share: u.Fraction | None  # of the capital cost, at most, to buy compute time
    union_eur: u.Eur | None  # of the Union, for all sites, at most
    union_years: u.Years | None  # that it owns what it funds, at least
    site_mw: u.MW | None  # of one site, as said


class Event(Record):
    """A date that others than the run have set."""

    name: u.Text
    decider: u.Text
    happens_on: u.Date
    money_eur: u.Eur | None  # that goes with it; blank: none, or not stated


class Lot(Record):
    """A kind of AI gigafactory in the call: what its two phases hold, and the Union's money."""

    name: u.Text
    n_sites: u.Count  # at most
    first_h100: u.Count  # H100 equivalents of the first phase, at least
    second_h100: u.Count  # of both phases, at least
    first_it_mw_least: u.MW
    first_it_mw_most: u.MW
    second_it_mw_least: u.MW  # of both phases
    union_first_eur: u.Eur  # for a site, at most
    union_second_eur: u.Eur  # beside it


class FrontierRun(Record):
    """A known training run of the frontier."""

    name: u.Text
    flop: u.Flop
    released_on: u.Date
    weight: u.Number  # how often a draw takes it for the largest known run; only ratios matter
    n_accel: u.Count | None  # of its training; blank: not published


class Country(Record):
    """What a country offers a site."""

    name: u.Text
    region: u.Text | None  # as in `grid_lead_times`; blank: none published
    wholesale_eur_per_mwh: u.EurPerMwh
    latest_eur_per_mwh: u.EurPerMwh | None  # wholesale, of the latest month seen; blank: none
    industrial_eur_per_mwh: u.EurPerMwh
    generation_g_per_kwh: u.GPerKwh
    consumption_g_per_kwh: u.GPerKwh
    pue: u.Pue
    electricity_twh: u.TWh  # national consumption a year
    construction_usd_per_w: u.UsdPerW  # shell, power and cooling, without IT


class Target(Record):
    """A training run to be finished."""

    name: u.Text
    training_flop: u.Flop
    n_params: u.Count | None  # all of them; blank: compute-optimal
    n_active: u.Count | None  # that compute a token; blank: all of them


class BandwidthRow(Record):
    """A published row: Gbit/s that reach a compute utilisation."""

    name: u.Text
    n_params: u.Count
    n_layers: u.Count
    step_seconds: u.Seconds
    inner_steps: u.Count
    n_fragments: u.Count
    overlap_steps: u.Count
    bits_per_param: u.Bits
    cu50_gbit_per_s: u.GbitPerS
    cu80_gbit_per_s: u.GbitPerS
    cu90_gbit_per_s: u.GbitPerS
    cu95_gbit_per_s: u.GbitPerS
    cu99_gbit_per_s: u.GbitPerS
    in_fit: u.Flag  # false: shown beside the fit


class LossRow(Record):
    """Published evaluation loss at one model size, tuned, 20 tokens a parameter, H = 30."""

    name: u.Text
    n_params: u.Count
    data_parallel: u.Nats
    m1: u.Nats | None  # blank: not published
    m2: u.Nats
    m4: u.Nats | None
    m8: u.Nats | None


class LossReport(Record):
    """What others report of the loss of low-communication training; beside the laws, not fitted."""

    name: u.Text
    n_params: u.Count | None
    n_replicas: u.Count | None
    loss: u.Nats | None
    baseline: u.Nats | None
    says: u.Text


class Link(Record):
    """What is known of the wide-area link of a place."""

    name: u.Text
    city: u.Text  # as in `machines`
    gbit_per_s: u.GbitPerS


class ScalingPoint(Record):
    """A published rate of training, and the run that is to give it."""

    name: u.Text
    run: u.Text  # a row of `mfu_runs`
    n_accel: u.Count
    n_params: u.Count  # that compute a token
    batch_tokens: u.Tokens | None  # blank: not read
    precision: Precision
    kind: Measured
    tflop_per_s: u.TflopPerS  # of one accelerator, 6 N a token
    peak_tflop_per_s: u.TflopPerS  # its dense BF16 peak
    in_fit: u.Flag  # whether the run is fitted to it; false: predicted


class Model(Record):
    """A model whose replica a site would have to hold."""

    name: u.Text
    n_params: u.Count  # all of them stand in memory
    n_active: u.Count  # that compute a token


class Claim(Record):
    """Exaflops that an announcement gives a machine."""

    machine: u.Text  # a row of `machines`
    arithmetic: u.Text  # the number format that the claim counts
    sparse: u.Flag  # whether it counts the zeros that the chip skips; by arithmetic
    named: u.Flag  # whether the announcement names the format; false: by arithmetic
    eflops: u.Eflops


class Standing(Record):
    """Where a machine stands on a list of supercomputers, by a benchmark in FP64."""

    machine: u.Text  # a row of `machines`
    listed_on: u.Date
    rank: u.Count
    rank_next: u.Count | None  # on the list half a year later; blank: not seen
    hpl_eflops: u.Eflops
    fp64_eflops: u.Eflops | None  # peak; blank: not seen


class Access(Record):
    """A rule or an award that gives time on public machines."""

    name: u.Text
    terms: u.Text  # who decides, and for whom
    machine: u.Text | None  # a row of `machines` that it is a share of; blank: EuroHPC's together
    time_share: u.Fraction | None  # blank: hours are stated
    accel_hours: u.Hours | None
    node_hours: u.Hours | None
    days: u.Days | None  # for how long; blank: not stated
