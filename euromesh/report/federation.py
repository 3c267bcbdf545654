"""Headline numbers of the federation that trains Llama 3.1 405B: members, network, gates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from euromesh import efficiency, fleet, routes
from euromesh import units as u
from euromesh.efficiency import IDLE, Federation
from euromesh.records import Params
from euromesh.report.figure import Figure, count, never, number
from euromesh.report.layer1 import EIGHT, LLAMA

UNCOMPRESSED_BITS: Final = 16.0
NOBODY: Final = "nobody"
NETWORK: Final = (
    "hiding_gbit_per_s_405b",
    "hiding_gbit_per_s_405b_16bit",
    "transfers_to_hide_405b",
    "utilization_405b_one_transfer",
)


def subset(params: Params) -> Mapping[str, Figure]:
    """The best subset and what its factors leave."""
    team = _team(params)
    best = team.best
    return {
        "efficiency.best_subset_size": count(len(best.places)),
        "efficiency.places_able_405b": count(len(team.able)),
        "efficiency.utilization_405b": number(best.utilization, "fraction", ".0%"),
        "efficiency.quorum_405b": number(best.quorum, "fraction", ".0%"),
        "efficiency.stragglers_405b": number(best.stragglers, "fraction", ".0%"),
        "efficiency.product_405b": number(best.efficiency, "fraction", ".0%"),
    }


def alternatives(params: Params) -> Mapping[str, Figure]:
    """What fewer members, or all but the largest host, would do of the best subset's rate."""
    team = _team(params)
    best, setting = team.best, (team.model, params.training, params.penalty)
    sizes = routes.best_by_size(team.able, *setting)
    host = team.members[0].place if team.members else NOBODY
    rest = routes.best_without(host, team.able, *setting)
    fewer = sizes.get(len(best.places) - 1, IDLE)
    return {
        "efficiency.best_subset_one_fewer": _part(fewer, best),
        "efficiency.best_subset_eight": _part(sizes.get(EIGHT, IDLE), best),
        "efficiency.best_subset_largest_alone": _part(sizes.get(1, IDLE), best),
        "efficiency.largest_host": Figure(host, "place", "s"),
        "efficiency.without_largest_host": _part(rest, best),
    }


def one_building(params: Params) -> Mapping[str, Figure]:
    """The product with the batch gate of both sides: a larger batch keeps more of the MFU."""
    team = _team(params)
    if not team.members:
        return never("efficiency.product_405b", "_with_batch")
    count = math.fsum(r.n_accel for r in team.members)
    batch = efficiency.optimal_batch_tokens(team.model.n_active, 1, params.training.batch)
    n_half = fleet.half_mfu_accel(params.training.saturation, team.model.n_active, batch)
    alone = float(fleet.mfu_at(1.0, count, n_half))
    worth = team.best.efficiency * team.best.saturation / alone
    return {"efficiency.product_405b_with_batch": number(worth, "fraction", ".0%")}


def equal_tokens(params: Params) -> Mapping[str, Figure]:
    """What is left of the compute if every site of the best subset gets equally many tokens."""
    members = _team(params).members
    share = efficiency.equal_tokens_share(members) if members else 0.0
    return {"efficiency.equal_tokens_405b": number(share, "fraction", ".0%")}


def network(params: Params) -> Mapping[str, Figure]:
    """The rate that hides the exchange of the best subset, and how many transfers that takes."""
    team = _team(params)
    if not team.members:
        return never("efficiency.", *NETWORK)
    plan = efficiency.planned(params.training)
    plain = replace(plan, bits_per_param=UNCOMPRESSED_BITS)
    needed, full = (
        efficiency.protocol_hiding_bits_per_s(way, team.pace) / u.GIGA for way in (plan, plain)
    )
    one = params.training.transfer_gbit_per_s
    slow = efficiency.protocol_utilization(plan, team.pace, one * u.GIGA)
    return {
        "efficiency.hiding_gbit_per_s_405b": number(needed, "Gbit/s", ".0f"),
        "efficiency.hiding_gbit_per_s_405b_16bit": number(full, "Gbit/s", ".0f"),
        "efficiency.transfers_to_hide_405b": number(needed / one, "transfers", ".1f"),
        "efficiency.utilization_405b_one_transfer": number(float(slow), "fraction", ".0%"),
    }


def topology(params: Params) -> Mapping[str, Figure]:
    """One exchange of the whole model over a flat ring, and over a hierarchy by country."""
    team = _team(params)
    if not team.members:
        return never("efficiency.", "ring_seconds_405b", "hierarchy_seconds_405b")
    bits = team.model.n_params * params.training.bits_per_param
    ring = efficiency.ring_seconds(bits, [r.trunk for r in team.members])
    tree = efficiency.hierarchical_seconds(bits, list(routes.by_country(team)))
    return {
        "efficiency.ring_seconds_405b": number(ring, "seconds", ".0f"),
        "efficiency.hierarchy_seconds_405b": number(tree, "seconds", ".0f"),
    }


def eligible(params: Params) -> Mapping[str, Figure]:
    """Machines of the fleet whose granted share holds a replica of each model."""
    machines = routes.owned_machines(params).values()
    gates = [
        {key: routes.machine_gate(m, model, params) for key, model in params.models.items()}
        for m in machines
    ]
    return {
        f"efficiency.eligible_machines_{key.rpartition('_')[2]}": count(
            sum(gate[key].passed for gate in gates)
        )
        for key in params.models
    }


def serving(params: Params) -> Mapping[str, Figure]:
    """Machines that hold a replica of Llama 3.1 405B and compute on the day it is finished."""
    at, model = _team(params).done.at_years, params.models[LLAMA]
    sites = {
        machine.name: routes.owned_site(machine, params)
        for machine in routes.owned_machines(params).values()
        if routes.machine_gate(machine, model, params).passed
    }
    up = sum(s is not None and s.start_years < at <= s.end_years for s in sites.values())
    return {"efficiency.serving_machines_405b": count(up)}


def mixture(params: Params) -> Mapping[str, Figure]:
    """A mixture of experts beside Llama 3.1 405B: compute of a token, and memory of a replica."""
    moe, dense = params.models["deepseek_671b"], params.models[LLAMA]
    memory = efficiency.replica_bytes(
        moe.n_params, params.training, routes.SEVERAL, params.training.model_parallel
    )
    return {
        "efficiency.mixture_token_share": number(moe.n_active / dense.n_active, "fraction", ".0%"),
        "efficiency.replica_memory_671b_tb": number(float(memory) / u.TERA, "TB", ".1f"),
    }


def steps(params: Params) -> Mapping[str, Figure]:
    """The accelerators at which half of the MFU is gone, and the step that nothing goes below."""
    saturation = params.training.saturation
    batch = _team(params).best.batch_tokens
    n_params = routes.target_params(params, params.targets[LLAMA])
    n_half = fleet.half_mfu_accel(saturation, n_params, batch)
    chip = params.accelerators["gh200"]
    mfu = fleet.run_mfu_one(params.mfu_runs[chip.mfu_run])
    least = efficiency.minimal_step_seconds(saturation, fleet.peak_flop_per_s(chip), mfu)
    return {
        "efficiency.half_mfu_accel_405b": count(float(n_half)),
        "efficiency.minimal_step_seconds_gh200": number(float(least), "seconds", ".1f"),
    }


def _team(params: Params) -> routes.Team:
    return routes.owned_team(params.targets[LLAMA], params)


def _part(other: Federation, best: Federation) -> Figure:
    part = other.flop_per_s / best.flop_per_s if best.flop_per_s else 0.0
    return number(part, "fraction", ".0%")
