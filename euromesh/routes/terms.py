"""On what terms places train one model together: written once for floats and for draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from euromesh import search
from euromesh import units as u
from euromesh.efficiency import (
    ModelSize,
    Protocol,
    at_least_up,
    exchange_bits,
    flop_penalty,
    fragment_ready,
    optimal_batch_tokens,
    planned,
    replica_bytes,
    round_jitter,
    sites_needed,
    straggler_factor,
    training_flop,
    up_share,
)
from euromesh.elementwise import everywhere, ratio
from euromesh.records.settings import Penalty, Training
from euromesh.units import Values


@dataclass(frozen=True, slots=True)
class Setting:
    """What a team trains, how, and at what penalty; without one it is the baseline itself."""

    model: ModelSize
    training: Training
    penalty: Penalty | None


def size_terms(
    model: ModelSize, n_replicas: Values, training: Training
) -> tuple[Values, Values, Values]:
    """N B of a number of places, the exchange of one fragment, and its latency.

    The step time falls with the running rate R, so that an exchange takes a multiple of R in
    steps: both are over R.
    """
    batch = optimal_batch_tokens(model.n_active, n_replicas, training.batch)
    param_tokens = model.n_active * batch
    if everywhere(n_replicas == 1):
        return param_tokens, 0.0, 0.0  # nothing to exchange
    bits = exchange_bits(model.n_params, training.bits_per_param, n_replicas, training.n_fragments)
    step = training_flop(model.n_active, batch)  # seconds times R
    latency = 2 * (n_replicas - 1) * training.wan_latency_seconds / step
    return param_tokens, ratio(bits, training.wan_gbit_per_s * u.GIGA * step), latency


def memory_terms(n_params: float, training: Training) -> dict[str, float]:
    """What a replica needs, bytes, as `search.needed` takes it: a line in the accelerators."""
    alone, doubled, beside = (
        cast(float, replica_bytes(n_params, training, count, training.model_parallel * copies))
        for count, copies in ((1, 1), (1, 2), (2, 1))
    )
    return {
        "alone_bytes": alone,
        "beside_bytes": beside,
        "bytes_per_copy": doubled - alone,
        "copied": training.model_parallel,
    }


def fragment_terms(protocol: Protocol) -> list[search.Fragment]:
    """The fragments of a protocol."""
    count, depth = protocol.n_fragments, protocol.n_layers
    ready = (fragment_ready(float(p), count, depth) for p in range(1, count + 1))
    return [
        search.Fragment(float(first), float(last), float(layers), count / depth)
        for first, last, layers in ready
    ]


def worth(setting: Setting, n_replicas: int, goodput: float) -> float:
    """quorum x stragglers / (kappa x FLOP factor) of places of one goodput.

    Without the quorum at goodput 0.
    """
    training = setting.training
    needed = sites_needed(n_replicas, training.quorum)
    others = n_replicas - 1
    up = 1.0
    if goodput and others:
        up = at_least_up((up_share(goodput, training.stepping_share),) * others, needed - 1)
    jitter = round_jitter(training.step_jitter, training.jitter_correlation, training.inner_steps)
    steady, kappa = straggler_factor(n_replicas, float(jitter)), 1.0
    if setting.penalty:
        active = setting.model.n_active
        kappa = float(flop_penalty(setting.penalty, active, n_replicas, training.inner_steps))
    return up * (steady / kappa / setting.model.flop_factor)


def draw(
    setting: Setting, sites: list[search.Site], trunks: list[float], horizon: float = u.NEVER
) -> search.Draw:
    """Sites and the trunks of their places, ready to be searched until a horizon."""
    model, training, count = setting.model, setting.training, len(trunks)
    goodput, several = _one_goodput(sites), count > 1
    run = search.Run(
        horizon=horizon,
        goodput=goodput,
        quorum=training.quorum,
        stepping=training.stepping_share,
        inner_steps=training.inner_steps,
        overlap_steps=training.overlap_steps if several else 0.0,
        wan_bits_per_s=training.wan_gbit_per_s * u.GIGA,
        **memory_terms(model.n_params, training),
    )
    most = min(max(1, count), int(training.most_replicas))
    roster = search.Roster(
        run=run,
        fragments=fragment_terms(planned(training)) if several else [],
        sizes=[
            search.Size(worth(setting, n, goodput), *map(float, size_terms(model, n, training)))
            for n in range(1, most + 1)
        ],
        places=[search.Place(rate) for rate in trunks],
        ranked=list(range(count)),
        kept=list(range(count)),
        kinds=[search.Kind() for _ in range(count + 1)],
    )
    return search.Draw(sites, roster)


def _one_goodput(sites: list[search.Site]) -> float:
    """The goodput that sites share, 1 where all of it is 0; 0 where they have their own."""
    found = {site.goodput for site in sites if site.flop_per_s > 0}
    if len(found) > 1:
        return 0.0
    return max(found, default=1.0) or 1.0
