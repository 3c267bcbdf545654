"""Headline numbers with a spread: layer 1 over draws, and its share of the date's variance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from euromesh import efficiency, ensemble, routes
from euromesh import units as u
from euromesh.records import Params
from euromesh.report import frontier
from euromesh.report.figure import Figure, day, number
from euromesh.report.layer1 import EIGHT, LLAMA
from euromesh.report.race import FEDERATION, RIVALS
from euromesh.report.watch import noted, noting, plain, watched
from euromesh.routes import ROUTES

Array: TypeAlias = NDArray[np.float64]
DRAWS: Final = 1024
DATE_DRAWS: Final = 2048  # pairs; with fewer the share of the variance is mostly noise
SEED: Final = 2026
NOTED: Final = 64  # draws of the date through the view: enough to meet every law
LAYER: Final = "layer 1"
P: Final = {"p10": 10, "p50": 50, "p90": 90}
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
    return [_worth(routes.replicas(team.sites, p), team.n_params, p) for p in _draws(params, DRAWS)]


def _worth(replicas: list[efficiency.Replica], n_params: float, params: Params) -> float:
    """Net rate of the best federation of some replicas over the gross rate of all of them."""
    setting = (n_params, params.training, params.penalty)
    whole = efficiency.federate(replicas, *setting)
    gross = math.fsum(r.flop_per_s for r in replicas) * whole.saturation
    return efficiency.best_federation(replicas, *setting).flop_per_s / gross


def share_of_date_variance(params: Params) -> Mapping[str, Figure]:
    """First-order share of layer 1 in the variance of the ranks of the owned finish date.

    A date that never varies, as where nothing is granted, has no variance to share: 0.
    """
    seen = {date_years(drawn) for drawn in _draws(params, NOTED)}
    share = ensemble.Share(0.0, 0.0)
    if len(seen) > 1:
        share = ensemble.first_order_share(date_years, plain(params), LAYER, DATE_DRAWS, SEED)
    return {
        "efficiency.share_of_date_variance": number(share.value, "fraction", ".0%"),
        "efficiency.share_of_date_variance_se": number(share.se, "fraction", ".0%"),
    }


def date_years(params: Params) -> float:
    """The owned finish date as a count of years, from the same day whatever the decision date."""
    target = params.targets[params.race.target]
    decided = routes.decision_date(params).toordinal() / u.DAYS_PER_YEAR
    return decided + routes.finish_date_years(routes.owned(params), target, params)


def finishes(params: Params) -> Mapping[str, Figure]:
    """Quantiles of every route's finish of the target, how often it never comes, and its lag.

    The same draws serve every route; a route that is not built in a draw never finishes there.
    The first draws are read through a view a route, which is what its numbers say they read.
    """
    central = plain(params)
    reads: dict[str, set[str]] = {name: set() for name in ROUTES}
    years = finish_years(central, reads)
    found: dict[str, Figure] = {}
    for name, kind_years in years.items():
        view, read = watched(central)
        figures = _finish_figures(name, kind_years, view)
        inputs = frozenset(reads[name] | read)
        found |= {key: replace(figure, inputs=inputs) for key, figure in figures.items()}
    every = frozenset().union(*reads.values())
    return found | {key: replace(won, inputs=every) for key, won in _wins(years).items()}


def finish_years(params: Params, reads: Mapping[str, set[str]] | None = None) -> dict[str, Array]:
    """Finish of the target by route in every draw, years from the central decision date."""
    target, origin = params.race.target, routes.decision_date(params)
    found: dict[str, list[float]] = {name: [] for name in ROUTES}
    for index, drawn in enumerate(ensemble.sample(params, DRAWS, SEED)):
        decided = u.years_between(origin, routes.decision_date(drawn))
        for name, make in ROUTES.items():
            seen = drawn
            if reads is not None and index < NOTED:
                seen = noted(drawn, reads[name])
            done = routes.finish_date_years(make(seen), seen.targets[target], seen)
            found[name].append(decided + done)
    return {name: np.asarray(done) for name, done in found.items()}


def _finish_figures(name: str, years: Array, params: Params) -> dict[str, Figure]:
    """The numbers of one route; P50 is the date at which half of the draws have finished."""
    origin = routes.decision_date(params)
    ends = {end: float(np.quantile(years, p / 100, method="inverted_cdf")) for end, p in P.items()}
    flop = params.targets[params.race.target].training_flop
    return {
        **{f"{name}.finish_{end}": day(origin, found) for end, found in ends.items()},
        f"{name}.finish_if_ever_p50": day(origin, _median_of_finite(years)),
        f"{name}.never_share": number(float(np.isinf(years).mean()), "fraction", ".0%"),
        f"frontier.lag_months.{name}": frontier.lag_months(ends["p50"], flop, params),
    }


def _median_of_finite(years: Array) -> float:
    """The median over the draws in which a route finishes; never where it does in none."""
    done = years[np.isfinite(years)]
    return float(np.median(done)) if len(done) else u.NEVER


def _wins(years: Mapping[str, Array]) -> dict[str, Figure]:
    """How often the public machines finish before each rival, and before all of them."""
    ours = years[FEDERATION]
    found = {
        f"race.draws_{FEDERATION}_before_{rival}": float((ours < years[rival]).mean())
        for rival in RIVALS
    }
    found |= {f"race.draws_{name}_first": _first(name, years) for name in years}
    return {key: number(share, "fraction", ".0%") for key, share in found.items()}


def _first(name: str, years: Mapping[str, Array]) -> float:
    """The share of draws in which a route finishes before every other."""
    others = np.min([done for other, done in years.items() if other != name], axis=0)
    return float((years[name] < others).mean())


def _draws(params: Params, n: int) -> Iterator[Params]:
    """The first draws around the parameters; what is read of them is noted like theirs.

    The sampler reads the weights of the laws behind the view, so they are read here.
    """
    for law in efficiency.LAWS:
        getattr(params.penalty.weights, law)
    return (noting(params, p) for p in ensemble.sample(plain(params), n, SEED))


def _percentiles(stem: str, values: Sequence[float], unit: str, format_: str) -> dict[str, Figure]:
    ends = np.percentile(values, list(ENDS.values()))
    return {
        f"{stem}_{end}": number(float(value), unit, format_)
        for end, value in zip(ENDS, ends, strict=True)
    }
