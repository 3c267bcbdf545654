"""Headline numbers with a spread: layer 1 over draws."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from euromesh import efficiency, ensemble, routes
from euromesh.records import Params
from euromesh.report.figure import Figure, number
from euromesh.report.layer1 import EIGHT, LLAMA
from euromesh.report.watch import note, noted, noting, plain

DRAWS: Final = 1024
SEED: Final = 2026
NOTED: Final = 64  # draws of the date through the view: enough to meet every law
ENDS: Final = {"low": 10, "median": 50, "high": 90}  # percentiles


def penalty(params: Params) -> Mapping[str, Figure]:
    """kappa at Llama 3.1 405B's size and eight replicas over draws of law and coefficients."""
    n_params = routes.target_params(params, params.targets[LLAMA])
    kappas = [
        float(efficiency.flop_penalty(p.penalty, n_params, EIGHT, p.training.inner_steps))
        for p in _draws(params, DRAWS)
    ]
    return _percentiles("efficiency.penalty_405b_m8", kappas, "factor", ".2f")


def product(params: Params) -> Mapping[str, Figure]:
    """U / kappa x quorum x stragglers of the places of the central best subset, over draws."""
    return _percentiles("efficiency.product", products(params), "fraction", ".0%")


def products(params: Params) -> list[float]:
    """The whole of layer 1 in every draw, on the accelerators of the central best subset.

    Net rate of the best use of these places over their rate in one building. Network, protocol,
    quorum, jitter and penalty are drawn; the accelerators stay, and a planner may leave some idle.
    """
    team = routes.owned_team(params.targets[LLAMA], params)
    if not team.members:
        return [0.0]
    return [_worth(routes.replicas(team.sites, p), team.model, p) for p in _draws(params, DRAWS)]


def _worth(
    replicas: list[efficiency.Replica], model: efficiency.ModelSize, params: Params
) -> float:
    """Net rate of the best federation of some replicas over the gross rate of all of them."""
    setting = (model, params.training, params.penalty)
    whole = efficiency.federate(replicas, *setting)
    gross = math.fsum(r.flop_per_s for r in replicas) * whole.saturation
    return routes.best_federation(replicas, *setting).flop_per_s / gross


def _draws(params: Params, n: int) -> Iterator[Params]:
    """The first draws around the parameters; what is read of them is noted like theirs.

    So is what the sampler read behind the view to draw it.
    """
    central = plain(params)
    for drawn in ensemble.sample(central, n, SEED):
        yield noting(params, drawn)
    note(params, ensemble.behind(central, noted(params)))


def _percentiles(stem: str, values: Sequence[float], unit: str, format_: str) -> dict[str, Figure]:
    ends = np.percentile(values, list(ENDS.values()))
    return {
        f"{stem}_{end}": number(float(value), unit, format_)
        for end, value in zip(ENDS, ends, strict=True)
    }
