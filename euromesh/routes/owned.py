"""The route of the public machines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
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
    terms = params.owned
    halls = let_halls(params, terms.leased_sites)
    joined = starting(halls, params.leased.built)
    return Route(
        sites=starting([*_with_renewals(owned_sites(params), params), *joined], terms.granted),
        institutional_years=terms.grant_months / u.MONTHS_PER_YEAR,
    )


def owned_machines(params: Params) -> dict[str, Machine]:
    """The public machines that the owned route counts on, those of unknown size included."""
    return {key: m for key, m in params.machines.items() if _joins(key, m, params)}


def owned_sites(params: Params) -> dict[str, Site]:
    """The granted share of every machine whose size is published, by its row."""
    hardware, names = cache(partial(hardware_of, params)), replica_names(params)
    found = {}
    for key, machine in owned_machines(params).items():
        count = accelerator_count(machine, params.accelerators)
        if count is not None and machine.accelerator is not None:
            of = hardware(machine.accelerator)
            found[key] = granted_site(machine, names[key], count, of, params)
    return found


def _with_renewals(sites: Mapping[str, Site], params: Params) -> Iterator[Site]:
    """The sites, each followed by its renewals; a stated end has its successor in the table."""
    buying = market(params) if params.owned.renewal else None
    for key, site in sites.items():
        yield site
        if buying and params.machines[key].retires_on is None:
            yield from renewals(site, buying)


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


def replica_names(params: Params) -> dict[str, str]:
    """The replica that each machine is part of: its city, and which part where there are several.

    Machines of one replica train in step, each with tokens in proportion to its speed.
    """
    machines, parts = owned_machines(params), defaultdict[str, set[str]](set)
    told = {key: _part(machine, params) for key, machine in machines.items()}
    for key, part in told.items():
        parts[machines[key].city].add(part)
    several = {city for city, found in parts.items() if len(found - {""}) > 1}
    return {
        key: f"{machine.city} ({told[key]})" if machine.city in several else machine.city
        for key, machine in machines.items()
    }


def _part(machine: Machine, params: Params) -> str:
    """What tells a machine's replica from others of its city; empty where nothing does."""
    if params.owned.replica_of == "machine":
        return machine.name
    if params.owned.replica_of == "city" or machine.accelerator is None:
        return ""
    return STACKS[params.accelerators[machine.accelerator].stack]


def granted_site(
    machine: Machine, place: str, count: float, hardware: Hardware, params: Params
) -> Site:
    """The granted share of a machine of a known number of accelerators, part of a replica."""
    terms = params.owned
    ready = first_hour_years(params.accelerators[hardware.keys[0]], params)
    coming = machine.status != "operating"
    slip = slip_years(machine.slip_years, params) if coming else 0.0
    start, end = service_span(machine, params.race.decision_date, slip, terms.service_life_years)
    return Site(
        place=place,
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
