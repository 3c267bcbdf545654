"""Sites by the place they stand in, each one replica, and which places should train together.

The choice is `search`'s; `efficiency.federate` gives the full record of the places that it chose.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from euromesh import search
from euromesh import units as u
from euromesh.efficiency import IDLE, Federation, ModelSize, Replica, Trunk, federate, memory_gate
from euromesh.fleet import Site, site_flop_per_s
from euromesh.records import Params
from euromesh.records.settings import Penalty, Training
from euromesh.routes import terms
from euromesh.routes.route import Route
from euromesh.routes.terms import Setting


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
    known, training = trunks(params), params.training
    plain = Trunk(training.wan_gbit_per_s * u.GIGA, training.wan_latency_seconds)
    return [
        Replica(
            place=place,
            n_accel=math.fsum(s.n_accel for s in group),
            load=math.fsum(s.load for s in group),
            flop_per_s=math.fsum(site_flop_per_s(s) for s in group),
            goodput=_common_goodput(group),
            hbm_bytes=math.fsum(s.n_accel * s.hbm_bytes for s in group),
            trunk=known.get(group[0].city, plain),
        )
        for place, group in sorted(by_place.items())
    ]


def trunks(params: Params) -> dict[str, Trunk]:
    """The trunks of the cities whose link is known: as a site achieves, where the link allows."""
    wan, latency = params.training.wan_gbit_per_s, params.training.wan_latency_seconds
    return {
        link.city: Trunk(min(wan, link.gbit_per_s) * u.GIGA, latency)
        for link in params.links.values()
    }


def _common_goodput(sites: Sequence[Site]) -> float:
    """Goodput of one place: its sites', weighted by their running rates where they differ."""
    if len({s.goodput for s in sites}) == 1:
        return sites[0].goodput
    useful = math.fsum(site_flop_per_s(s) for s in sites)
    running = math.fsum(site_flop_per_s(s) / s.goodput for s in sites if s.goodput)
    return useful / running if running else 0.0


# --- the fastest team ----------------------------------------------------------------------------


def best_federation(
    fleet: Sequence[Replica], model: ModelSize, training: Training, penalty: Penalty | None
) -> Federation:
    """The fastest federation over every number of members.

    No trunk is faster than `training.wan_gbit_per_s`, and all have its latency.
    """
    setting = Setting(model, training, penalty)
    return _chosen(fleet, setting, lambda draw: next(search.segments(draw, 0.0))[2])


def best_by_size(
    fleet: Sequence[Replica], model: ModelSize, training: Training, penalty: Penalty | None
) -> dict[int, Federation]:
    """The fastest federation of every number of members that memory allows."""
    setting = Setting(model, training, penalty)
    most = min(len(fleet), int(training.most_replicas))
    found = {
        size: _chosen(fleet, setting, partial(search.fastest_of, size=size))
        for size in range(1, most + 1)
    }
    return {size: team for size, team in found.items() if team.flop_per_s > 0}


def _chosen(
    fleet: Sequence[Replica], setting: Setting, found: Callable[[search.Draw], search.Team]
) -> Federation:
    """The federation of the places that a search chooses; of equal ones the first by name.

    Its members stand in the order of r - p L at the team's own price: those that give it most.
    """
    fleet = sorted(fleet, key=lambda r: r.place)
    sites = [
        search.Site(
            number, 0.0, u.NEVER, r.n_accel, r.load, r.flop_per_s, r.hbm_bytes, r.goodput, 1.0
        )
        for number, r in enumerate(fleet)
    ]
    draw = terms.draw(setting, sites, [r.trunk.bits_per_s for r in fleet])
    team = found(draw) if fleet else None
    if not team or not team.flop_per_s > 0:
        return IDLE
    members = [r for r, place in zip(fleet, draw.roster.places, strict=True) if place.member > 0]
    members.sort(key=lambda r: (team.price * r.load - r.flop_per_s, r.place))
    return federate(members, setting.model, setting.training, setting.penalty)
