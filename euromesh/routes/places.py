"""Sites by the place they stand in: what stands in one place trains as one replica."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from euromesh import units as u
from euromesh.efficiency import ModelSize, Replica, Trunk, memory_gate
from euromesh.fleet import Site, site_flop_per_s
from euromesh.records import Params
from euromesh.records.tables import Link
from euromesh.routes.route import Route


def up_at(route: Route, years: float) -> list[Site]:
    """The sites that compute in the moment before a model time."""
    return [s for s in route.sites if s.start_years < years <= s.end_years]


def able_sites(sites: Sequence[Site], model: ModelSize, params: Params) -> list[Site]:
    """The sites of places whose memory, all of it up, holds at least one replica."""
    able = {
        r.place
        for r in replicas(sites, params)
        if memory_gate(r, model.n_params, params.training, 1).passed
    }
    return [site for site in sites if site.place in able]


def replicas(sites: Iterable[Site], params: Params) -> list[Replica]:
    """Sites grouped by place: what stands in one place trains as one replica."""
    by_place: dict[str, list[Site]] = defaultdict(list)
    for site in sites:
        by_place[site.place].append(site)
    known = trunks(params)
    plain = Trunk(params.training.wan_gbit_per_s * u.GIGA, params.training.wan_latency_seconds)
    return [
        _replica(place, group, known.get(place, plain)) for place, group in sorted(by_place.items())
    ]


def trunks(params: Params) -> dict[str, Trunk]:
    """The trunks of the places whose link is known: as a site achieves, where the link allows."""
    return {link.city: _trunk(link, params) for link in params.links.values()}


def _trunk(link: Link, params: Params) -> Trunk:
    rate = min(params.training.wan_gbit_per_s, link.gbit_per_s) * u.GIGA
    return Trunk(rate, params.training.wan_latency_seconds)


def _replica(place: str, sites: Sequence[Site], trunk: Trunk) -> Replica:
    return Replica(
        place=place,
        n_accel=math.fsum(s.n_accel for s in sites),
        flop_per_s=math.fsum(site_flop_per_s(s) for s in sites),
        goodput=_common_goodput(sites),
        hbm_bytes=math.fsum(s.n_accel * s.hbm_bytes for s in sites),
        trunk=trunk,
    )


def _common_goodput(sites: Sequence[Site]) -> float:
    """Goodput of one place: its sites', weighted by their running rates where they differ."""
    if len({s.goodput for s in sites}) == 1:
        return sites[0].goodput
    useful = math.fsum(site_flop_per_s(s) for s in sites)
    running = math.fsum(site_flop_per_s(s) / s.goodput for s in sites if s.goodput)
    return useful / running if running else 0.0
