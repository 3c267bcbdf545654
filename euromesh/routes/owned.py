"""The route of the public machines."""

from __future__ import annotations

from collections.abc import Iterator

from euromesh import units as u
from euromesh.fleet import Site, accelerator_count, belongs
from euromesh.records import Params
from euromesh.records.tables import Machine
from euromesh.routes.built import let_halls
from euromesh.routes.hardware import Hardware, hardware_of, market
from euromesh.routes.route import Route, raced
from euromesh.routes.sites import granted_site, renewals, starting


@raced("public machines", "federation", plural=True)
def owned(params: Params) -> Route:
    """The operating and contracted public machines, a granted share of each."""
    halls = let_halls(params, params.owned.leased_sites)
    joined = starting(halls, params.leased.built)
    return Route(
        sites=starting([*_machine_sites(params), *joined], params.owned.granted),
        institutional_years=params.owned.grant_months / u.MONTHS_PER_YEAR,
    )


def owned_machines(params: Params) -> dict[str, Machine]:
    """The public machines that the owned route counts on, those of unknown size included."""
    return {key: m for key, m in params.machines.items() if _joins(key, m, params)}


def _machine_sites(params: Params) -> Iterator[Site]:
    known = dict[str, Hardware]()
    buying = market(params) if params.owned.renewal else None
    for machine in owned_machines(params).values():
        count = accelerator_count(machine, params.accelerators)
        if count is None or (key := machine.accelerator) is None:
            continue
        known[key] = known.get(key) or hardware_of(params, key)
        site = granted_site(machine, count, known[key], params)
        yield site
        if buying and machine.retires_on is None:
            yield from renewals(site, buying)  # a stated end has its successor in the table


def _joins(key: str, machine: Machine, params: Params) -> bool:
    terms = params.owned
    if not (machine.in_total and belongs(machine, terms.machine_set)) or key == terms.left_out:
        return False
    under_contract = terms.contracted and machine.status in ("installing", "contracted")
    return (machine.status == "operating" or under_contract) and _of_stack(machine, params)


def _of_stack(machine: Machine, params: Params) -> bool:
    """Whether a machine runs a wanted software stack; one of unknown hardware gives no site."""
    if params.owned.stacks == "all" or machine.accelerator is None:
        return True
    return params.accelerators[machine.accelerator].stack == params.owned.stacks
