"""The route of the public machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial

from euromesh import units as u
from euromesh.elementwise import anywhere, larger, where
from euromesh.fleet import STACKS, Site, accelerator_count, belongs, service_span
from euromesh.records import Params
from euromesh.records.tables import Accelerator, Machine
from euromesh.routes.built import let_halls
from euromesh.routes.hardware import Hardware, Market, hardware_of, market
from euromesh.routes.route import Route, raced
from euromesh.routes.sites import horizon_years, host_country, slip_years, starting


@raced("public machines", "navy", plural=True)
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
    hardware = cache(partial(hardware_of, params))
    buying = market(params) if params.owned.renewal else None
    for machine in owned_machines(params).values():
        count = accelerator_count(machine, params.accelerators)
        if count is None or machine.accelerator is None:
            continue
        site = granted_site(machine, count, hardware(machine.accelerator), params)
        yield site
        if buying and machine.retires_on is None:
            yield from renewals(site, buying)  # a stated end has its successor in the table


def _joins(key: str, machine: Machine, params: Params) -> bool:
    """Whether a machine of a wanted stack runs or is due; unknown hardware gives no site."""
    terms = params.owned
    left_out = key == terms.left_out or machine.country == terms.country_left_out
    if left_out or not (machine.in_total and belongs(machine, terms.machine_set)):
        return False
    under_contract = terms.contracted and machine.status in ("installing", "contracted")
    if not (machine.status == "operating" or under_contract):
        return False
    if terms.stacks == "all" or machine.accelerator is None:
        return True
    return params.accelerators[machine.accelerator].stack == terms.stacks


def replica_name(machine: Machine, params: Params) -> str:
    """The replica that a machine is part of: its city, and which part where there are several.

    Machines of one replica train in step, each with tokens in proportion to its speed.
    """
    here = {
        _part(other, params)
        for key, other in params.machines.items()
        if other.city == machine.city and _joins(key, other, params)
    }
    several = len(here - {""}) > 1
    return f"{machine.city} ({_part(machine, params)})" if several else machine.city


def _part(machine: Machine, params: Params) -> str:
    """What tells a machine's replica from others of its city; empty where nothing does."""
    if params.owned.replica_of == "machine":
        return machine.name
    if params.owned.replica_of == "city" or machine.accelerator is None:
        return ""
    return STACKS[params.accelerators[machine.accelerator].stack]


def owned_site(machine: Machine, params: Params) -> Site | None:
    """The granted share of a machine; None where its size is not published."""
    count = accelerator_count(machine, params.accelerators)
    if count is None or machine.accelerator is None:
        return None
    return granted_site(machine, count, hardware_of(params, machine.accelerator), params)


def granted_site(machine: Machine, count: float, hardware: Hardware, params: Params) -> Site:
    """The granted share of a machine of a known number of accelerators."""
    terms = params.owned
    ready = first_hour_years(params.accelerators[hardware.keys[0]], params)
    coming = machine.status != "operating"
    slip = slip_years(machine.slip_years, params) if coming else 0.0
    start, end = service_span(machine, params.race.decision_date, slip, terms.service_life_years)
    return Site(
        place=replica_name(machine, params),
        city=machine.city,
        country=machine.country,
        start_years=larger(start, ready),
        end_years=end,
        n_accel=terms.share * count,
        goodput=terms.goodput,
        pue=host_country(params, machine.country).pue,
        basis="owned",
        **hardware.fields,
    )


def first_hour_years(accelerator: Accelerator, params: Params) -> float:
    """Model time of the first useful hour on a granted machine: the grant, and the port.

    The port runs beside the grant, on development access, or after it.
    """
    porting, grant = params.owned.porting, params.owned.grant_months
    months = {
        "cuda": porting.cuda_months,
        "rocm": porting.rocm_months,
        "oneapi": porting.oneapi_months,
    }[accelerator.stack]
    whole = larger(grant, months) if porting.beside else grant + months
    return whole / u.MONTHS_PER_YEAR


def renewals(site: Site, market: Market) -> Iterator[Site]:
    """The machines that follow one another in the place of a site, each of its mean IT power.

    New accelerators are known by the draw of a full rack, which a machine's mean draw is a part
    of. Each starts `programme.renewal_gap_months` after the last has retired, with the fastest
    accelerator on sale when it was ordered, and serves as long.
    """
    params = market.params
    life, gap = params.owned.service_life_years, params.programme.renewal_gap_months
    while True:
        start = site.end_years + gap / u.MONTHS_PER_YEAR
        follows = (start < horizon_years(params)) & (life + gap > 0)
        if not anywhere(follows):
            return
        bought = market.bought(start)
        mean_kw = bought.it_kw * params.programme.mean_draw
        first_hour = bought.pick(lambda key: first_hour_years(params.accelerators[key], params))
        site = replace(
            site,
            start_years=where(follows, larger(start, first_hour), u.NEVER),
            end_years=start + life,
            n_accel=site.n_accel * site.it_kw / mean_kw,
            **bought.fields | {"it_kw": mean_kw},
        )
        yield site
