"""The route of the private clusters that run or have a date."""

from __future__ import annotations

from dataclasses import replace

from euromesh import units as u
from euromesh.elementwise import larger
from euromesh.fleet import Site
from euromesh.records import InputError, Params
from euromesh.records.tables import Cluster
from euromesh.routes.hardware import hardware_of, market
from euromesh.routes.route import Route, raced
from euromesh.routes.sites import Plot, host_country, ready_site, slip_years, starting


@raced("private clusters", "mustard", plural=True)
def private(params: Params) -> Route:
    """A rented share of every private cluster that runs or has a date."""
    share = params.private.share
    return _let([contracted_site(key, share, params) for key in raced_clusters(params)], params)


def alone(params: Params, key: str, share: float) -> Route:
    """A share of one cluster, as one building."""
    return replace(_let([contracted_site(key, share, params)], params), one_building=True)


def _let(sites: list[Site], params: Params) -> Route:
    terms = params.private
    return Route(
        sites=starting(sites, terms.built),
        institutional_years=terms.contract_months / u.MONTHS_PER_YEAR,
    )


def raced_clusters(params: Params) -> list[str]:
    """The clusters that the route counts on."""
    return [key for key, cluster in params.clusters.items() if cluster.raced]


def contracted_site(key: str, share: float, params: Params) -> Site:
    """A share a of a cluster, a n accelerators, from its contract on, or from its date."""
    cluster, contract = params.clusters[key], params.private.contract_months / u.MONTHS_PER_YEAR
    chip, n_accel = _size(key, cluster)
    start = larger(contract, running_years(cluster, params))
    pue = host_country(params, cluster.country).pue
    plot = Plot(cluster.city, cluster.country, pue, start, "rented")
    return ready_site(market(params), plot, start, share * n_accel, hardware_of(params, chip))


def running_years(cluster: Cluster, params: Params) -> float:
    """Model time from which a cluster runs: its stated date, and the slip of one to come."""
    stated = u.years_after(params.race.decision_date, cluster.operational_on)
    if cluster.status == "running":
        return stated
    return stated + slip_years(cluster.slip_years, params)


def _size(key: str, cluster: Cluster) -> tuple[str, float]:
    """The chip of a cluster and their number; an `InputError` where one is not known."""
    if cluster.accelerator is None or cluster.n_accel is None:
        raise InputError(
            f"clusters.{key}.raced must be false while its accelerator or n_accel is blank, "
            f"got true (params/clusters.csv: {key}): set both"
        )
    return cluster.accelerator, cluster.n_accel
