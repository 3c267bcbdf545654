"""The sites of a route over draws, as rows of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from euromesh import units as u
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.race.rows import Places
from euromesh.fleet import Site, site_flop_per_s
from euromesh.records import Params
from euromesh.routes import Route


@dataclass(frozen=True, slots=True, eq=False)
class SiteRows:
    """Sites of one route, those of one place side by side."""

    place: Places  # the place of every site
    links: Array  # of every place, bit/s; infinite where none is known
    fields: tuple[Array, ...]  # sites x draws, in the order of `search.Site` from `start` on
    goodput: Any  # of all sites: a number, or one of every draw; 0 where sites have their own
    most: int  # places in any draw, copies among them


def site_rows(route: Route, params: Params, n_draws: int) -> SiteRows:
    """The sites of a route over so many draws."""
    sites = sorted(route.sites, key=lambda site: site.place)
    names = sorted({site.place for site in sites})
    links = {link.city: link.gbit_per_s * u.GIGA for link in params.links.values()}
    copies = _stacked([site.copies for site in sites], n_draws)
    return SiteRows(
        place=np.array([names.index(site.place) for site in sites]),
        links=np.array([links.get(name, u.NEVER) for name in names]),
        fields=(
            _stacked([site.start_years for site in sites], n_draws),
            _stacked([site.end_years for site in sites], n_draws),
            _stacked([site.n_accel for site in sites], n_draws),
            _stacked([site_flop_per_s(site) for site in sites], n_draws),
            _stacked([site.n_accel * site.hbm_bytes for site in sites], n_draws),
            _stacked([site.goodput for site in sites], n_draws),
            copies,
        ),
        goodput=_common_goodput(sites),
        most=_most(sites, names, copies),
    )


def _most(sites: Sequence[Site], names: Sequence[str], copies: Array) -> int:
    """Places in any draw: as many as there are names, or where a draw has copies, their sum."""
    alike = any(isinstance(site.copies, np.ndarray) for site in sites)
    return int(copies.sum(axis=0).max()) if alike else len(names)


def _common_goodput(sites: Sequence[Site]) -> Any:
    """The goodput that all sites share, 1 where it is 0, which computes nothing; else 0."""
    first = sites[0].goodput
    if all(site.goodput is first for site in sites):
        return np.where(np.asarray(first) == 0, 1.0, first)
    return 0.0


def _stacked(values: Sequence[Any], n_draws: int) -> Array:
    """Numbers, or those of every draw, as one array: values x draws."""
    found = np.empty((len(values), n_draws))
    for row, value in zip(found, values, strict=True):
        row[:] = value
    return found
