"""The federation that finishes a target on the public machines, and whom it was chosen from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from euromesh import units as u
from euromesh.efficiency import (
    Federation,
    MemoryGate,
    ModelSize,
    Pace,
    Replica,
    Trunk,
    federate,
    replica_bytes,
)
from euromesh.fleet import Site, accelerator_count
from euromesh.records import Params
from euromesh.records.tables import Machine, Model, Target
from euromesh.routes.dates import Finish, finish, fleet, target_model
from euromesh.routes.owned import owned
from euromesh.routes.places import up_at

SEVERAL = 2  # replicas: any number above one takes the outer optimiser's memory


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
        return tuple(r for r in _fastest_first(self.able) if r.place in self.best.places)

    @property
    def pace(self) -> Pace:
        """What the members bring to a protocol; never called on an empty team."""
        return Pace(
            n_params=self.model.n_params,
            n_replicas=len(self.members),
            step_seconds=self.best.step_seconds,
            latency_seconds=max(r.trunk.latency_seconds for r in self.members),
        )


def _fastest_first(replicas: Sequence[Replica]) -> list[Replica]:
    return sorted(replicas, key=lambda r: (-r.flop_per_s, r.place))


def owned_team(target: Target, params: Params) -> Team:
    """The team of the public machines when a target is finished, or at their fastest moment."""
    model, route = target_model(params, target), owned(params)
    done = finish(route, target, params)
    joined = (s for s in up_at(route, done.at_years) if s.place in done.federation.places)
    return Team(model, done, tuple(fleet(route, done, model, params)), tuple(joined))


def by_country(team: Team) -> Iterator[list[Trunk]]:
    """The trunks of the members of each country, the fastest first."""
    countries = {site.place: site.country for site in team.sites}
    for country in sorted({countries[r.place] for r in team.members}):
        inside = [r.trunk for r in team.members if countries[r.place] == country]
        yield sorted(inside, key=lambda trunk: -trunk.bits_per_s)


# --- which machines and places pass the gates of a run, and the numbers that say why -------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a place joins, and the gate that keeps it out with its number."""

    place: str
    joins: bool
    reason: str


def machine_gate(machine: Machine, model: Model, params: Params) -> MemoryGate:
    """Granted memory of a machine against a replica among others, bytes.

    A machine of unpublished size or hardware holds nothing.
    """
    whole = accelerator_count(machine, params.accelerators)
    if whole is None or machine.accelerator is None:
        return MemoryGate(0.0, u.NEVER)
    n_accel = params.owned.share * whole
    granted = n_accel * params.accelerators[machine.accelerator].hbm_gb * u.GIGA
    return MemoryGate(granted, _needed(model.n_params, n_accel, params))


def verdicts(replicas: Sequence[Replica], team: Team, params: Params) -> Iterator[Verdict]:
    """For every place that is up: joins, lacks memory, or would slow the others down."""
    for replica in _fastest_first(replicas):
        joins = replica.place in team.best.places
        yield Verdict(replica.place, joins, "" if joins else _reason(replica, team, params))


def _reason(replica: Replica, team: Team, params: Params) -> str:
    needed = _needed(team.model.n_params, replica.n_accel, params)
    if replica.hbm_bytes < needed:
        return f"memory: {replica.hbm_bytes / u.TERA:.1f} of {needed / u.TERA:.1f} TB"
    larger = federate([*team.members, replica], team.model, params.training, params.penalty)
    change = larger.flop_per_s / team.best.flop_per_s - 1
    return f"would change the rate by {change:+.1%}".replace("-", "−")


def _needed(n_params: float, n_accel: float, params: Params) -> float:
    return float(replica_bytes(n_params, params.training, SEVERAL, n_accel))
