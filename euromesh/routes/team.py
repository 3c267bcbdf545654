"""The federation that finishes a target on the public machines, and whom it was chosen from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from euromesh.efficiency import Federation, ModelSize, Pace, Replica, Trunk
from euromesh.fleet import Site
from euromesh.records import Params
from euromesh.records.tables import Target
from euromesh.routes.dates import Finish, finish, fleet, target_model
from euromesh.routes.owned import owned
from euromesh.routes.places import up_at


@dataclass(frozen=True, slots=True)
class Team:
    """The best subset of the fleet at the finish of a target."""

    model: ModelSize
    done: Finish
    able: tuple[Replica, ...]  # every place that could train alone
    sites: tuple[Site, ...]  # that the members consist of

    @property
    def best(self) -> Federation:
        """The places that join, and their rates."""
        return self.done.federation

    @property
    def members(self) -> tuple[Replica, ...]:
        """The places that join, the fastest first."""
        joined = (r for r in self.able if r.place in self.best.places)
        return tuple(sorted(joined, key=lambda r: (-r.flop_per_s, r.place)))

    @property
    def pace(self) -> Pace:
        """What the members bring to a protocol; never called on an empty team."""
        return Pace(
            n_params=self.model.n_params,
            n_replicas=len(self.members),
            step_seconds=self.best.step_seconds,
            latency_seconds=max(r.trunk.latency_seconds for r in self.members),
        )


def owned_team(target: Target, params: Params) -> Team:
    """The team of the public machines when a target is finished, or at their fastest moment."""
    model = target_model(params, target)
    route = owned(params)
    done = finish(route, target, params)
    up = up_at(route, done.at_years)
    joined = tuple(site for site in up if site.place in done.federation.places)
    return Team(model, done, tuple(fleet(route, done, model, params)), joined)


def by_country(team: Team) -> Iterator[list[Trunk]]:
    """The trunks of the members of each country, the fastest first."""
    countries = {site.place: site.country for site in team.sites}
    for country in sorted({countries[r.place] for r in team.members}):
        inside = [r.trunk for r in team.members if countries[r.place] == country]
        yield sorted(inside, key=lambda trunk: -trunk.bits_per_s)
