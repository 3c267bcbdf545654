"""The route of the public machines."""

from __future__ import annotations

from collections.abc import Iterator

from euromesh import units as u
from euromesh.fleet import Site, belongs
from euromesh.records import Params
from euromesh.records.tables import Machine
from euromesh.routes.built import halls
from euromesh.routes.route import Route
from euromesh.routes.sites import owned_site, renewals


def owned(params: Params) -> Route:
    """The operating and contracted public machines, a granted share of each."""
    return Route(
        sites=tuple(_sites(params)) if params.owned.granted else (),
        institutional_years=params.owned.grant_months / u.MONTHS_PER_YEAR,
    )


def owned_machines(params: Params) -> dict[str, Machine]:
    """The public machines that the owned route counts on, those of unknown size included."""
    return {key: m for key, m in params.machines.items() if _joins(key, m, params)}


def _sites(params: Params) -> Iterator[Site]:
    for machine in owned_machines(params).values():
        site = owned_site(machine, params)
        if site is None:
            continue
        yield site
        if params.owned.renewal and machine.retires_on is None:
            yield from renewals(site, params)  # a stated end has its successor in the table
    if params.leased.built:
        yield from halls(params, round(params.owned.leased_sites))


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
