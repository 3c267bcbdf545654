"""The fastest team of some places at a moment: which of them should train together.

The choice is `search`'s; `efficiency.federate` gives the full record of the places that it chose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from euromesh import search
from euromesh import units as u
from euromesh.efficiency import IDLE, Federation, ModelSize, Replica, federate
from euromesh.fleet import Site
from euromesh.records import Params
from euromesh.records.settings import Penalty, Training
from euromesh.routes import terms
from euromesh.routes.places import replicas
from euromesh.routes.route import Route
from euromesh.routes.terms import Setting


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


def best_without(
    place: str,
    fleet: Sequence[Replica],
    model: ModelSize,
    training: Training,
    penalty: Penalty | None,
) -> Federation:
    """The fastest federation of all places but one."""
    rest = [r for r in fleet if r.place != place]
    return best_federation(rest, model, training, penalty)


def federation_of(
    sites: Iterable[Site], route: Route, model: ModelSize, params: Params
) -> Federation:
    """The best federation of the sites that are up; one building is its own baseline."""
    penalty = None if route.one_building else params.penalty
    return best_federation(replicas(sites, params), model, params.training, penalty)


def _chosen(
    fleet: Sequence[Replica], setting: Setting, found: Callable[[search.Draw], search.Team]
) -> Federation:
    """The federation of the places that a search chooses; of equal ones the first by name."""
    if not fleet:
        return IDLE
    fleet = sorted(fleet, key=lambda r: r.place)
    sites = [
        search.Site(
            place=number,
            start=0.0,
            end=u.NEVER,
            n_accel=r.n_accel,
            flop_per_s=r.flop_per_s,
            hbm_bytes=r.hbm_bytes,
            goodput=r.goodput,
            copies=1.0,
        )
        for number, r in enumerate(fleet)
    ]
    draw = terms.draw(setting, sites, [r.trunk.bits_per_s for r in fleet])
    team = found(draw)
    if not team.flop_per_s > 0:
        return IDLE
    members = [r for r, place in zip(fleet, draw.roster.places, strict=True) if place.member > 0]
    return federate(in_order(members, team.price), setting.model, setting.training, setting.penalty)


def in_order(members: Sequence[Replica], price: float) -> list[Replica]:
    """The members of a team, those first that give it most: r - p n at its own price."""
    return sorted(members, key=lambda r: (price * r.n_accel - r.flop_per_s, r.place))
