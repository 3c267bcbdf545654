"""Tables of the page on what distance costs: the exchange, published rates, penalty laws."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import fields, replace
from functools import cache
from itertools import repeat
from typing import Any, Final

import numpy as np

from euromesh import efficiency, ensemble, fits, routes
from euromesh import units as u
from euromesh.efficiency import LAWS, UNPRICED, Protocol, law_penalty
from euromesh.facts.draws import drawn, spread
from euromesh.facts.federation import EIGHT, LLAMA, NAME, WHOLE, llama_team, ring_seconds, shares
from euromesh.facts.tables import (
    CHOICE,
    FACTOR,
    TEXT,
    Column,
    Figure,
    Run,
    count,
    figures,
    number,
    table,
)
from euromesh.facts.watch import plain
from euromesh.fits import Bootstrap, FittedLaw
from euromesh.records import Params
from euromesh.records.settings import FittedRanges, Law
from euromesh.records.tables import LossRow

REFITTED: Final[tuple[Law, ...]] = ("gap", "joint_vs_one", "irreducible", "shrinking")
OF_PERCENT: Final[tuple[Law, ...]] = ("joint", "gap", "miri")
NO_ENDS: Final[tuple[float, ...] | tuple[None, None]] = (None, None)
LARGEST: Final = "n2400m"  # of the sizes with a loss for every number of replicas
CLOSE: Final = 0.3  # points of loss_M / loss_1
FITS: Final = tuple(field.name for field in fields(FittedRanges))
SIZES: Final = {"10B": (1e10, 2.0), "70B": (7e10, 1.0), "405B": (4.05e11, 1.0)}
"""Sizes that are drawn, and up to how many replicas anybody has published their loss."""
UNCOMPRESSED_BITS: Final = 16.0
RATES: Final = np.geomspace(1, 3000, 141)  # Gbit/s a site
RATIO: Final = Column("factor", ".4f")
OF_LAWS: Final[dict[str, Any]] = {f"of_{law}": RATIO.headed(law.replace("_", " ")) for law in LAWS}
RATE, KAPPA = Column("Gbit/s", ".0f"), Column("factor", ".2f", head="κ")
LEVELS: Final[dict[str, Any]] = {
    f"at_{100 * level:.0f}": Column("count", "d", head=f"{level:.0%}") for level in fits.LEVELS
}


def n_params_llama(p: Params) -> float:
    """Parameters of Llama 3.1 405B, at which the laws are compared."""
    return routes.target_params(p, p.targets[LLAMA])


def protocols(p: Params) -> dict[str, Protocol]:
    """The plan, and ways of exchanging more often, at once or with more bits."""
    plan = efficiency.planned(p.training)
    diloco = replace(plan, bits_per_param=UNCOMPRESSED_BITS, n_fragments=1, overlap_steps=0.0)
    return {
        "data_parallel": replace(diloco, inner_steps=1.0),
        "diloco": diloco,
        "streaming_16": replace(plan, bits_per_param=UNCOMPRESSED_BITS),
        "streaming_8": replace(plan, bits_per_param=UNCOMPRESSED_BITS / 2),
        "planned": plan,
    }


@table(method=CHOICE, gbit_per_s=RATE, utilization=Column("fraction", ".0%"))
def utilization(run: Run) -> Iterable[tuple[str, float, float]]:
    """U of several protocols on the sites that train Llama 3.1 405B, by the rate of a site."""
    team = llama_team(run)
    for method, protocol in protocols(run.params).items() if team.members else ():
        used = np.asarray(efficiency.compute_utilization(protocol, team.pace, RATES * u.GIGA))
        yield from zip(repeat(method), RATES.tolist(), used.tolist(), strict=False)


@table(label=NAME, gbit_per_s=RATE)
def known_rates(run: Run) -> Iterable[tuple[str, float]]:
    """Rates of a site that are measured or assumed, the slowest first."""
    plan = run.params.training
    rows = [("one transfer", plan.transfer_gbit_per_s), ("assumed", plan.wan_gbit_per_s)]
    rows += [(link.name, link.gbit_per_s) for link in run.params.links.values()]
    return sorted(rows, key=lambda row: row[1])


@figures
def protocol(run: Run) -> dict[str, Figure]:
    """What the planned protocol needs at Llama's size and eight replicas: batch and exchange."""
    n_params, training = n_params_llama(run.params), run.params.training
    batch = efficiency.optimal_batch_tokens(n_params, EIGHT, training.batch)
    wan = training.wan_gbit_per_s * u.GIGA, training.wan_latency_seconds
    seconds = efficiency.allreduce_seconds(n_params, training.bits_per_param, EIGHT, *wan)
    return {
        "efficiency.batch_tokens_405b_m8": number(float(batch) / 1e6, "million tokens", ".1f"),
        "efficiency.exchange_seconds_405b_m8": number(float(seconds), "seconds", ".0f"),
    }


@figures
def network(run: Run) -> dict[str, Figure]:
    """The rate that hides the exchange of the best subset, and how many transfers that takes.

    Beside it one exchange of the whole model over a flat ring, or a hierarchy by country.
    """
    team, one = llama_team(run), run.params.training.transfer_gbit_per_s
    needed = full = slow = tree = math.inf
    if team.members:
        ways, pace = protocols(run.params), team.pace
        needed, full = (
            efficiency.hiding_bits_per_s(ways[way], pace) / u.GIGA
            for way in ("planned", "streaming_16")
        )
        slow = float(efficiency.compute_utilization(ways["planned"], pace, one * u.GIGA))
        bits = team.model.n_params * run.params.training.bits_per_param
        tree = efficiency.hierarchical_seconds(bits, list(routes.by_country(team)))
    return {
        "efficiency.hiding_gbit_per_s_405b": number(needed, "Gbit/s", ".0f"),
        "efficiency.hiding_gbit_per_s_405b_16bit": number(full, "Gbit/s", ".0f"),
        "efficiency.transfers_to_hide_405b": number(needed / one, "transfers", ".1f"),
        "efficiency.utilization_405b_one_transfer": number(slow, "fraction", ".0%"),
        "efficiency.ring_seconds_405b": number(ring_seconds(run), "seconds", ".0f"),
        "efficiency.hierarchy_seconds_405b": number(tree, "seconds", ".0f"),
    }


@table(published_row=NAME, factor=FACTOR, **LEVELS)
def payload_steps(run: Run) -> Iterable[tuple[str | float, ...]]:
    """Steps of the papers' grid from each published rate to ours, by compute utilisation.

    `factor` is the one factor on the bits sent that is fitted to all of them.
    """
    fit = fits.payload_fit(run.params.bandwidth)
    for row, steps in fit.steps.items():
        yield run.params.bandwidth[row].name, fit.factor, *steps


@figures
def payload(run: Run) -> dict[str, Figure]:
    """How well the simulator reproduces the published bandwidth cells."""
    found = run["payload_steps"]
    steps = found[list(LEVELS)].to_numpy()
    within = float((abs(steps) <= 1).mean())
    return {
        "efficiency.bandwidth_payload_factor": number(found["factor"][0], "factor", ".2f"),
        "efficiency.bandwidth_cells": Figure(steps.size, "count", "d"),
        "efficiency.bandwidth_cells_within_one_step": number(within, "fraction", ".1%"),
    }


@table(
    lambda p: [name for name, row in p.bandwidth.items() if not row.in_fit],
    inner_steps=NAME,
    factor=Column("factor", ".2f", "efficiency.eager_payload_{inner_steps}"),
)
def eager_payloads(run: Run, row: str) -> tuple[str, float]:
    """The payload factors that the rows of the eager-updates paper imply."""
    return row.rpartition("_")[2], fits.implied_factor(run.params.bandwidth[row])


@table(
    lambda _: LAWS,
    billion_params=Column("billion", ".2f", head="largest model fitted, billion parameters"),
    n_replicas=Column("count", ",.0f", head="most sites fitted"),
    measured=Column("factor", ".2f", "efficiency.measured_2400m_m8_{row}", head="measured κ"),
    there=Column("factor", ".2f", "efficiency.penalty_2400m_m8_{row}", head="its own κ there"),
    kappa=Column("factor", ".2f", "efficiency.penalty_405b_m8_{row}", head="κ of Llama 3.1 405B"),
)
def penalty_laws(run: Run, row: Law) -> tuple[float | None, ...]:
    """What each law was fitted to, and kappa of eight replicas as measured and at Llama's size.

    The measured loss of the largest size is turned into FLOP by the law's own E and alpha. Both
    joint laws are one fit; the law without a penalty has none, and the sizes behind the tax are
    not stated. Other factors than the law are left out.
    """
    penalty, fit = run.params.penalty, "joint" if row == "joint_vs_one" else row
    largest = run.params.losses[LARGEST]
    measured = math.inf
    if largest.m8 and largest.m1:
        ratio = largest.m8 / (largest.data_parallel if row == "joint" else largest.m1)
        measured = fits.measured_penalty(row, penalty, largest.n_params, ratio)
    there, kappa = (
        float(law_penalty(row, penalty, n_params, EIGHT))
        for n_params in (largest.n_params, n_params_llama(run.params))
    )
    if fit not in FITS:
        return None, None, measured, there, kappa
    fitted = getattr(penalty.fitted, fit)
    return fitted.n_params and fitted.n_params / 1e9, fitted.n_replicas, measured, there, kappa


@table(
    lambda _: LAWS,
    rise=Column("fraction", ".2%", head="loss above its baseline"),
    line=Column("factor", ".2f", head="κ, by the law's own curve"),
    same_curve=Column("factor", ".2f", "efficiency.penalty_on_line_{row}", head="by that of miri"),
    tokens=Column(
        "factor", ",.2f", "efficiency.penalty_by_tokens_{row}", head="the same in tokens"
    ),
)
def penalty_spent(run: Run, row: Law) -> tuple[float, ...]:
    """What eight replicas lose at Llama's size, made up for on the optimal line or at fixed N.

    On the line by the law's own curve, as used, and by the curve of `miri`; at fixed N in tokens
    by the latter.
    """
    penalty, n_params = run.params.penalty, n_params_llama(run.params)
    loss = float(LAWS[row](penalty, n_params, EIGHT).ratio)
    own = float(law_penalty(row, penalty, n_params, EIGHT))
    same = fits.measured_penalty("miri", penalty, n_params, loss)
    return loss - 1, own, same, float(efficiency.tokens_factor(penalty.miri, n_params, loss))


@table(
    lambda _: LAWS,
    error=Column("points", ".2f", "efficiency.law_error.{row}", head="mean error, points"),
    worst=Column("points", ".2f", head="largest"),
    within=Column("count", "d", head=f"ratios within {CLOSE} points"),
    weight=Column("fraction", ".1%", "efficiency.law_weight.{row}", head="weight in draws"),
    kappa=KAPPA.headed("κ at 405B, eight sites"),
)
def law_errors(run: Run, row: Law) -> tuple[float, float, int, float, float]:
    """How far each law, fitted to the sizes before one, misses its loss_M / loss_1, and its weight.

    Of the sizes from the third on, at M = 2, 4 and 8; beside its kappa at Llama's size.
    """
    p = plain(run.params)
    run.note(ensemble.behind(ensemble.varied(p), {ensemble.LAW}))
    off = 100 * np.abs(_predicted(row, p) - fits.measured_ratios(p.losses)[1])
    weight = fits.law_weights(fits.law_errors(p.losses, p.penalty))[row]
    kappa = float(law_penalty(row, run.params.penalty, n_params_llama(run.params), EIGHT))
    return float(off.mean()), float(off.max()), int((off <= CLOSE).sum()), weight, kappa


@table(
    name=NAME,
    n_replicas=WHOLE,
    measured=RATIO,
    **OF_LAWS,
)
def law_predictions(run: Run) -> Iterable[tuple[Any, ...]]:
    """loss_M / loss_1 of each size as measured, and as each law predicts it from those before."""
    p = plain(run.params)
    run.note(ensemble.behind(ensemble.varied(p), {ensemble.LAW}))
    names = {row.n_params: row.name for row in p.losses.values()}
    sizes, measured = fits.measured_ratios(p.losses)
    told = {law: _predicted(law, p) for law in LAWS}
    for at, n_params in enumerate(sizes.tolist()):
        for column, n_replicas in enumerate((2, 4, 8)):
            predicted = (float(found[at, column]) for found in told.values())
            yield names[n_params], n_replicas, float(measured[at, column]), *predicted


@figures
def law_counts(run: Run) -> dict[str, Figure]:
    """How many ratios are predicted, how many the central law meets, and weights that are set."""
    within = run["law_errors"].set_index("row")["within"]
    return {
        "efficiency.law_ratios": count(len(run["law_predictions"])),
        "efficiency.law_close": number(CLOSE, "points", ".1f"),
        "efficiency.law_least_weight": number(fits.LEAST_WEIGHT, "fraction", ".0%"),
        "efficiency.law_ratios_within": count(int(within[run.params.penalty.law])),
        **{f"efficiency.law_weight.{law}": number(0.0, "fraction", ".0%") for law in UNPRICED},
    }


def _predicted(law: Law, p: Params) -> np.ndarray:
    return fits.predicted_ratios(law, p.losses, p.penalty)


@table(
    law=CHOICE,
    kappa=Column("factor", ".2f", head="κ as used"),
    low=Column("factor", ".2f", head="refitted: P10"),
    median=FACTOR,
    high=Column("factor", ".2f", head="P90"),
)
def penalty_refits(run: Run) -> Iterable[tuple[str | float, ...]]:
    """kappa at Llama's size and eight replicas: as used, and over resamples of a refit."""
    used = run["penalty_laws"].set_index("row")["kappa"]
    for law in REFITTED:
        yield law, float(used[law]), *_refitted(run.params, law, n_params_llama(run.params), EIGHT)


@table(size=NAME, law=CHOICE, n_replicas=WHOLE, kappa=KAPPA, low=KAPPA, high=KAPPA, measured=WHOLE)
def penalty_curves(run: Run) -> Iterable[tuple[str | float | None, ...]]:
    """kappa of every law by size and number of replicas.

    With the P10 and P90 of a refit of the central law, where it is one that is fitted. `measured`
    says up to how many replicas anybody has published a loss at that size.
    """
    central = run.params.penalty.law
    for size, (n_params, measured) in SIZES.items():
        for n in (1, 2, 4, 8, 16):
            for law in LAWS:
                kappa = float(law_penalty(law, run.params.penalty, n_params, n))
                fitted = law == central and law in REFITTED
                ends = _refitted(run.params, law, n_params, n) if fitted else NO_ENDS
                yield size, law, n, kappa, ends[0], ends[-1], measured


@table(name=NAME, n_params=WHOLE, n_replicas=WHOLE, kappa=KAPPA, against=CHOICE)
def measured_penalties(run: Run) -> Iterable[tuple[str | float | None, ...]]:
    """kappa of every published pair of losses, the smallest size first, and Epoch's factors."""
    p = run.params
    found = fits.measured_penalties(p.losses, p.penalty, p.cases.epoch_tax)
    return found.itertuples(index=False, name=None)


def _refitted(p: Params, law: Law, n_params: float, n_replicas: float) -> tuple[float, ...]:
    """P10, P50 and P90 of the kappa of a law that is fitted again to resampled losses."""
    found = _resampled(fits.FIT_OF[law], tuple(p.losses.items()))
    return fits.percentiles(fits.kappas(found, law, plain(p).penalty, n_params, n_replicas))


@cache
def _resampled(law: FittedLaw, rows: tuple[tuple[str, LossRow], ...]) -> Bootstrap:
    return fits.bootstrap(law, dict(rows), fits.SEED, fits.RESAMPLES)


@table(
    lambda p: p.loss_reports,
    name=NAME,
    billion_params=Column("billion", ".2f", head="billion parameters"),
    n_replicas=Column("count", ",.0f", head="replicas"),
    rise=Column("fraction", "+.1%", head="loss above its baseline"),
    says=TEXT.headed("what is reported"),
)
def loss_reports(run: Run, row: str) -> tuple[str, float | None, float | None, float | None, str]:
    """What others report of the loss of low-communication training, beside the laws."""
    told = run.params.loss_reports[row]
    rise = told.loss / told.baseline - 1 if told.loss and told.baseline else None
    return told.name, told.n_params and told.n_params / 1e9, told.n_replicas, rise, told.says


@figures
def reported(run: Run) -> dict[str, Figure]:
    """How many reports there are, with a number and without, and the greatest rise among them."""
    found = run["loss_reports"]
    return {
        "efficiency.loss_reports": count(len(found)),
        "efficiency.loss_reports_measured": count(found["rise"].count()),
        "efficiency.loss_rise_reported": number(float(found["rise"].max()), "fraction", ".1%"),
    }


@figures
def penalty_draws(run: Run) -> dict[str, Figure]:
    """kappa at Llama's size and eight replicas over draws of law, coefficients and factors."""
    n_params = n_params_llama(run.params)
    kappas = [
        float(efficiency.flop_penalty(p.penalty, n_params, EIGHT, p.training.inner_steps))
        for p in drawn(run)
    ]
    return spread("efficiency.penalty_405b_m8", kappas, "factor", ".2f")


@figures
def extrapolation(run: Run) -> dict[str, Figure]:
    """How far Llama's size lies beyond what the laws were fitted to, and to how many replicas."""
    fitted = [getattr(run.params.penalty.fitted, name) for name in FITS]
    beyond = n_params_llama(run.params) / max(law.n_params for law in fitted if law.n_params)
    return {
        "efficiency.penalty_extrapolation": number(beyond, "factor", ".0f"),
        "efficiency.penalty_fitted_replicas": count(min(law.n_replicas for law in fitted)),
    }


@figures
def loss_fit(run: Run) -> dict[str, Figure]:
    """The law with an irreducible loss, fitted again, and what its table says of eight sites."""
    rows = [row for row in run.params.losses.values() if row.m1]
    fit = fits.least_squares("irreducible", run.params.losses)
    rises = [row.m8 / row.m1 - 1 for row in rows if row.m1 and row.m8]
    behind = [row.m1 / row.data_parallel - 1 for row in rows if row.m1]
    parts = {
        "loss_rise_m8_smallest_model": max(rises),
        "loss_rise_m8_largest_model": min(rises),
        "loss_m1_against_data_parallel": math.fsum(behind) / len(behind),
    }
    return {
        "efficiency.refit_losses": Figure(4 * len(rises), "count", "d"),
        "efficiency.refit_resamples": count(fits.RESAMPLES),
        "efficiency.refit_irreducible_nats": number(fit["e"], "nats/token", ".2f"),
        **shares(parts, ".1%"),
    }


@figures
def loss_percent(run: Run) -> dict[str, Figure]:
    """FLOP of one per cent of loss at Llama's size, by the E and the alpha of three laws."""
    penalty, n_params = run.params.penalty, n_params_llama(run.params)
    more = {law: fits.measured_penalty(law, penalty, n_params, 1.01) - 1 for law in OF_PERCENT}
    return shares({f"flop_of_loss_percent_{law}": part for law, part in more.items()})
