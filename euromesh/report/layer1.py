"""Headline numbers of layer 1: penalty laws, bandwidth, published cases."""

from __future__ import annotations

import math
from collections.abc import Mapping

from euromesh import efficiency, fits, routes
from euromesh import units as u
from euromesh.records import Params
from euromesh.records.settings import Law
from euromesh.report.figure import Figure, count, never, number

LLAMA = "llama_405b"  # the model at which the laws are compared
EIGHT = 8  # replicas: the most that any public loss table holds


def penalty(law: Law, params: Params) -> Mapping[str, Figure]:
    """kappa of a law at Llama 3.1 405B's size and eight replicas, before other factors."""
    kappa = efficiency.LAWS[law](params.penalty, _n_params(params), EIGHT)
    return {f"efficiency.penalty_405b_m8_{law}": number(float(kappa), "factor", ".2f")}


def protocol(params: Params) -> Mapping[str, Figure]:
    """What the planned protocol needs of the network and of memory at eight replicas."""
    training = params.training
    n_params = _n_params(params)
    batch = efficiency.optimal_batch_tokens(n_params, EIGHT, training.batch)
    wan = training.wan_gbit_per_s * u.GIGA
    allreduce = efficiency.allreduce_seconds(
        n_params, training.bits_per_param, EIGHT, wan, training.wan_latency_seconds
    )
    memory = efficiency.replica_bytes(n_params, training, EIGHT, training.model_parallel)
    return {
        "efficiency.batch_tokens_405b_m8": number(float(batch) / 1e6, "million tokens", ".1f"),
        "efficiency.exchange_seconds_405b_m8": number(float(allreduce), "seconds", ".0f"),
        "efficiency.replica_memory_405b_tb": number(float(memory) / u.TERA, "TB", ".1f"),
    }


def bandwidth(params: Params) -> Mapping[str, Figure]:
    """How well the simulator reproduces the published bandwidth cells."""
    fit = fits.payload_fit(params.bandwidth)
    return {
        "efficiency.bandwidth_payload_factor": number(fit.factor, "factor", ".2f"),
        "efficiency.bandwidth_cells": Figure(fit.cells, "count", "d"),
        "efficiency.bandwidth_cells_within_one_step": number(
            fit.within_one_step, "fraction", ".1%"
        ),
    }


def eager(params: Params) -> Mapping[str, Figure]:
    """The payload factors that the two rows of the eager-updates paper imply."""
    return {
        f"efficiency.eager_payload_{name.rpartition('_')[2]}": number(
            fits.implied_factor(row), "factor", ".2f"
        )
        for name, row in params.bandwidth.items()
        if not row.in_fit
    }


def loss_percent(params: Params) -> Mapping[str, Figure]:
    """FLOP that a rise of one per cent in loss costs, by the exponent of the joint law."""
    cost = efficiency.penalty_from_losses(1.01, 1.0, params.penalty.joint.alpha, 0.0)
    return {"efficiency.flop_of_loss_percent": number(float(cost) - 1, "fraction", ".0%")}


def loss_fit(params: Params) -> Mapping[str, Figure]:
    """The law with an irreducible loss, fitted again from the published table."""
    fit = fits.irreducible_fit(params.losses)
    kappa = float(EIGHT ** (2 * fit.beta / abs(fit.alpha)))
    rises = [row.m8 / row.m1 for row in params.losses.values() if row.m1 and row.m8]
    worst, least = max(rises), min(rises)
    behind = [row.m1 / row.data_parallel for row in params.losses.values() if row.m1]
    return {
        "efficiency.refit_losses": Figure(4 * len(rises), "count", "d"),
        "efficiency.refit_resamples": Figure(fits.RESAMPLES, "count", ",d"),
        "efficiency.refit_irreducible_nats": number(fit.e, "nats/token", ".2f"),
        "efficiency.refit_penalty_m8": number(kappa, "factor", ".2f"),
        "efficiency.loss_rise_m8_smallest_model": number(worst - 1, "fraction", ".1%"),
        "efficiency.loss_rise_m8_largest_model": number(least - 1, "fraction", ".1%"),
        "efficiency.loss_m1_against_data_parallel": number(
            math.fsum(behind) / len(behind) - 1, "fraction", ".1%"
        ),
    }


def last_doubling(params: Params) -> Mapping[str, Figure]:
    """FLOP that going from four to eight sites costs, as measured at 550M and by the joint law."""
    row, law = params.losses["n550m"], params.penalty.joint
    if row.m4 is None or row.m8 is None:
        return never("efficiency.", "measured_last_doubling", "law_doubling")
    seen = efficiency.penalty_from_losses(row.m8, row.m4, law.alpha, 0.0)
    joint = 2 ** (2 * law.beta / abs(law.alpha))
    return {
        "efficiency.measured_last_doubling": number(float(seen), "factor", ".2f"),
        "efficiency.law_doubling": number(joint, "factor", ".2f"),
    }


def scaling_fit(params: Params) -> Mapping[str, Figure]:
    """The fall of the MFU through the published scaling points: its constant, and the misfit."""
    found = fits.saturation_fits(params.scaling, params.mfu_runs)
    off = [
        abs(ours / theirs - 1)
        for fit in found.values()
        for ours, theirs in zip(fit.fitted, fit.published, strict=True)
    ]
    jupiter, lumi = (found[run] for run in ("jupiter_32b_fp8", "lumi_175b"))
    return {
        "efficiency.scaling_h_jupiter": number(jupiter.saturation, "number", ".1e"),
        "efficiency.scaling_h_lumi": number(lumi.saturation, "number", ".1e"),
        "efficiency.scaling_left_jupiter": _left(jupiter),
        "efficiency.scaling_left_lumi": _left(lumi),
        "efficiency.scaling_points": Figure(len(off), "count", "d"),
        "efficiency.scaling_worst_error": number(max(off), "fraction", ".1%"),
    }


def _left(fit: fits.SaturationFit) -> Figure:
    """The last published MFU over the first."""
    return number(fit.published[-1] / fit.published[0], "fraction", ".0%")


def extrapolation(params: Params) -> Mapping[str, Figure]:
    """How far Llama's size lies beyond what the laws were fitted to, and to how many replicas."""
    ranges = params.penalty.fitted
    fitted = (ranges.joint, ranges.tax, ranges.irreducible, ranges.shrinking)
    largest = max(law.n_params for law in fitted if law.n_params is not None)
    return {
        "efficiency.penalty_extrapolation": number(_n_params(params) / largest, "factor", ".0f"),
        "efficiency.penalty_fitted_replicas": count(min(law.n_replicas for law in fitted)),
    }


def _n_params(params: Params) -> float:
    """Parameters of Llama 3.1 405B."""
    return routes.target_params(params, params.targets[LLAMA])
