"""The objects of `search.draw` as rows of arrays; the sites of a route over draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from euromesh import search
from euromesh import units as u
from euromesh.ensemble.marginals import Array
from euromesh.fleet import Site, site_flop_per_s
from euromesh.records import Params
from euromesh.routes import Route

Places: TypeAlias = NDArray[np.intp]  # by their numbers
ROOM: Final = 8  # numbers: a line of the cache


def rows_of(made: Any) -> np.dtype[Any]:
    """The fields of a class of `search` as those of a row."""
    kinds = {"int": np.intp, "float": np.float64}
    return np.dtype([(one.name, kinds[str(one.type)]) for one in fields(made)])


RUN, FRAGMENT, SITE = rows_of(search.Run), rows_of(search.Fragment), rows_of(search.Site)
SIZE, PLACE, KIND = rows_of(search.Size), rows_of(search.Place), rows_of(search.Kind)


def filled(rows: Any, **columns: Any) -> Any:
    """Rows with these numbers in their fields, every field given."""
    for name in rows.dtype.names:
        rows[name] = columns[name]
    return rows


@dataclass(frozen=True, slots=True, eq=False)
class SiteRows:
    """Sites of one route, those of one place side by side."""

    place: Places  # the place of every site
    links: Array  # of every place, bit/s; infinite where none is known
    fields: tuple[Array, ...]  # sites x draws, or one column for all, in the order of `search.Site`
    goodput: Any  # of all sites: a number, or one of every draw; 0 where sites have their own
    most: int  # places in any draw, copies among them


def site_rows(route: Route, params: Params, n_draws: int) -> SiteRows:
    """The sites of a route over so many draws."""
    sites = sorted(route.sites, key=lambda site: site.place)
    names = sorted({site.place for site in sites})
    links = {link.city: link.gbit_per_s * u.GIGA for link in params.links.values()}
    goodput = _common_goodput(sites)
    copies = _stacked([site.copies for site in sites], n_draws)
    own = [site.goodput if np.all(goodput == 0) else 0.0 for site in sites]
    return SiteRows(
        place=np.array([names.index(site.place) for site in sites]),
        links=np.array([links.get(name, u.NEVER) for name in names]),
        fields=(
            _full([site.start_years for site in sites], n_draws),
            _stacked([site.end_years for site in sites], n_draws),
            _full([site.n_accel for site in sites], n_draws),
            _full([site_flop_per_s(site) for site in sites], n_draws),
            _full([site.n_accel * site.hbm_bytes for site in sites], n_draws),
            _stacked(own, n_draws),
            copies,
        ),
        goodput=goodput,
        most=len(names) if copies.shape[1] == 1 else int(copies[:, :-ROOM].sum(axis=0).max()),
    )


def _common_goodput(sites: Sequence[Site]) -> Any:
    """The goodput that all sites share, 1 where it is 0, which computes nothing; else 0."""
    first = sites[0].goodput
    if all(site.goodput is first for site in sites):
        return np.where(np.asarray(first) == 0, 1.0, first)
    return 0.0


def _stacked(values: Sequence[Any], n_draws: int) -> Array:
    """Numbers as one column, or where one has an array of draws all of them: values x draws."""
    alike = all(np.ndim(value) == 0 for value in values)
    return np.array(values)[:, None] if alike else _full(values, n_draws)


def _full(values: Sequence[Any], n_draws: int) -> Array:
    """Numbers, or those of every draw, as one array: values x draws, and some room at the end.

    Rows of a power of two would fall on the same lines of a processor's cache.
    """
    found = np.empty((len(values), n_draws + ROOM))
    for row, value in zip(found[:, :n_draws], values, strict=True):
        row[:] = value
    return found
