"""Which machines and places pass the gates of a run, and the numbers that say why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from euromesh import units as u
from euromesh.efficiency import MemoryGate, Replica, federate, replica_bytes
from euromesh.fleet import accelerator_count
from euromesh.records import Params
from euromesh.records.tables import Machine, Model
from euromesh.routes.team import Team

SEVERAL = 2  # replicas: any number above one takes the outer optimiser's memory


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
    needed = replica_bytes(model.n_params, params.training, SEVERAL, n_accel)
    return MemoryGate(granted, float(needed))


def verdicts(replicas: Sequence[Replica], team: Team, params: Params) -> Iterator[Verdict]:
    """For every place that is up: joins, lacks memory, or would slow the others down."""
    for replica in sorted(replicas, key=lambda r: (-r.flop_per_s, r.place)):
        joins = replica.place in team.best.places
        yield Verdict(replica.place, joins, "" if joins else _reason(replica, team, params))


def _reason(replica: Replica, team: Team, params: Params) -> str:
    training = params.training
    needed = float(replica_bytes(team.model.n_params, training, SEVERAL, replica.n_accel))
    if replica.hbm_bytes < needed:
        return f"memory: {replica.hbm_bytes / u.TERA:.1f} of {needed / u.TERA:.1f} TB"
    larger = federate([*team.members, replica], team.model, training, params.penalty)
    change = larger.flop_per_s / team.best.flop_per_s - 1
    return f"would change the rate by {change:+.1%}"
