"""Single values, by topic."""

from __future__ import annotations

from typing import Literal

from euromesh import units as u
from euromesh.records.base import Record
from euromesh.records.tables import Precision

Law = Literal["joint", "joint_vs_one", "tax", "none", "irreducible", "shrinking", "gap", "miri"]
Sharding = Literal["zero_1", "zero_2", "zero_3"]


class Evidence(Record):
    """The state of the evidence."""

    gathered_on: u.Date


class Eurohpc(Record):
    """What EuroHPC announced around its machines."""

    platform_on: u.Date  # first release of its federation platform
    platform_complete_on: u.Date
    n_antennas: u.Count
    antennas_eur: u.Eur  # of the Union, for all antennas
    budget_eur: u.Eur  # of the Union and the states, for the current budget period


class Training(Record):
    """How a run is set up, and the gates it must pass."""

    tokens_per_param: u.Number
    wan_gbit_per_s: u.GbitPerS  # achieved by a site; less where `links` knows a slower link
    wan_latency_seconds: u.Seconds
    transfer_gbit_per_s: u.GbitPerS  # one transfer, whatever the fibre
    n_layers: u.Count
    n_fragments: u.Count
    inner_steps: u.Count
    overlap_steps: u.Count
    bits_per_param: u.Bits
    most_replicas: u.Count  # no federation is larger
    quorum: u.Fraction  # of the sites must be up for a round to count
    stepping_share: u.Fraction  # w: of the time that a site is up, what goes into steps
    step_jitter: u.Fraction  # standard deviation of a step over its mean
    jitter_correlation: u.Fraction  # between the steps of one round
    bytes_per_param: u.Bytes
    weight_bytes: u.Bytes
    gradient_bytes: u.Bytes  # the rest of bytes_per_param is the inner optimiser's
    replica_extra_memory: u.Fraction
    sharding: Sharding
    model_parallel: u.Count  # accelerators that hold one copy of what is not sharded
    precision: Precision
    precision_weights: PrecisionWeights
    fp8_loss_gap: u.Fraction  # of the loss, against BF16
    nvfp4_loss_gap: u.Fraction
    low_precision_kept: u.Factor  # of the goodput, after more loss spikes and restarts
    sustained: ByPrecision
    batch: BatchLaw


class PrecisionWeights(Record):
    """How often a draw trains in each precision; only the ratios matter."""

    bf16: u.Number
    fp8: u.Number
    nvfp4: u.Number


class ByPrecision(Record):
    """A factor for the arithmetic of each precision."""

    bf16: u.Factor
    fp8: u.Factor
    nvfp4: u.Factor


class Operation(Record):
    """Outages and job chains of a site, for the simulated run."""

    outage_hours: u.Hours  # mean length
    short_job_hours: u.Hours
    long_job_hours: u.Hours
    handover_minutes: u.Minutes  # between two jobs of a chain
    queue_probability: u.Fraction  # that the next job has to queue
    queue_hours: u.Hours


class BatchLaw(Record):
    """B = multiple x sequence_tokens x coefficient x N^n_exponent x M^m_exponent."""

    sequence_tokens: u.Tokens
    coefficient: u.Number
    multiple: u.Factor  # of the optimum
    n_exponent: u.Exponent
    m_exponent: u.Exponent


class JointLaw(Record):
    """loss_M = a N^alpha M^beta against the data-parallel a_0 N^alpha_0."""

    a: u.Number
    alpha: u.Exponent
    beta: u.Exponent
    baseline_a: u.Number
    baseline_alpha: u.Exponent


class IrreducibleLaw(Record):
    """loss_M = a N^alpha M^beta + e, against M = 1."""

    a: u.Number
    alpha: u.Exponent
    beta: u.Exponent
    e: u.Nats


class ShrinkingLaw(Record):
    """loss_M / loss_1 = M^beta with beta = beta_ref (N / n_ref)^decay."""

    beta_ref: u.Exponent
    n_ref: u.Count
    decay: u.Exponent


class GapLaw(Record):
    """loss_M - loss_1 = a (N / n_ref)^decay (M - 1)^m_exponent, loss_1 = one_a N^alpha + e."""

    one_a: u.Number
    alpha: u.Exponent
    e: u.Nats
    a: u.Nats
    n_ref: u.Count
    decay: u.Exponent
    m_exponent: u.Exponent


class MiriLaw(ShrinkingLaw):
    """loss_1 = e + a N^-alpha + b D^-beta beside the exponent that shrinks."""

    e: u.Nats
    a: u.Number
    alpha: u.Exponent
    b: u.Number
    beta: u.Exponent
    tokens_per_param: u.Number
    amplification: u.Factor  # of ln kappa, by the published exponents


class Fitted(Record):
    """What a law was fitted to: the largest model and the most replicas."""

    n_params: u.Count | None  # blank: not stated
    n_replicas: u.Count


class FittedRanges(Record):
    """The fitted range of every law with coefficients; both joint laws are one fit."""

    joint: Fitted
    tax: Fitted
    irreducible: Fitted
    shrinking: Fitted
    gap: Fitted
    miri: Fitted


class Penalty(Record):
    """The rival laws of the FLOP penalty and the factors beside them."""

    law: Law  # the one a run uses
    fitted: FittedRanges
    joint: JointLaw
    tax_exponent: u.Exponent
    irreducible: IrreducibleLaw
    shrinking: ShrinkingLaw
    gap: GapLaw
    miri: MiriLaw
    reference_inner_steps: u.Count
    inner_steps_exponent: u.Exponent
    compression_factor: u.Factor
    staleness_factor: u.Factor


class Costs(Record):
    """Capital, operation and money."""

    eur_per_usd: u.EurPerUsd
    it_usd_per_w: u.UsdPerW
    operation_usd_per_w_year: u.UsdPerW
    it_life_years: u.Years
    facility_life_years: u.Years
    lease_years: u.Years  # from the first hour of what is let to the end of its contract
    real_wacc: u.Fraction
    wan_eur_per_site_year: u.Eur
    use: u.Fraction  # share of the year in anyone's use
    levy_share: u.Factor
    site_mw: u.MW  # grid power of the reference site of the scorecard
    unlisted_country: u.Text  # a row of `countries`: stands in for a host without a row
    owned_eur_per_pflop_per_s: u.EurPerPflop  # life-cycle cost of a machine, operation included
    owned_life_years: u.Years
    market_usd_per_pflop_hour: u.UsdPerPflopHour
    displaced_science_share: u.Factor
    project_node_hours: u.Hours  # of an average EuroHPC project
    accel_per_node: u.Count  # where hours are counted by node


class Carbon(Record):
    """Carbon beside the electricity of the accelerators."""

    idle_and_development: u.Factor
    embodied_kg_per_accel: u.Kg


class Goalposts(Record):
    """Fixed ends of the scorecard's scales, and its floor."""

    time_years: u.Years
    cost_ratio: u.Factor
    carbon_g_per_kwh: u.GPerKwh
    grid_share_low: u.Fraction
    grid_share_high: u.Fraction
    floor: u.Fraction


class Frontier(Record):
    """The largest known training run and how fast the frontier moves."""

    reading: u.Text  # a row of `frontier_runs`: which one is the largest known
    growth_per_year: u.Factor
    algorithmic_progress_per_year: u.Factor
    reference_on: u.Date  # the day the reference model came out
    reference_flop: u.Flop
    class_ratio: u.Factor
    feasible_flop: u.Flop  # the largest run held feasible by a day
    feasible_by: u.Date
