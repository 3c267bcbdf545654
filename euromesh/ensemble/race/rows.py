"""The objects of `search.draw` as rows of arrays; the sites of a route over draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    cities = {site.place: site.city for site in sites}
    names = list(cities)
    links = {link.city: link.gbit_per_s * u.GIGA for link in params.links.values()}
    goodput = _common_goodput(sites)
    own_goodput = bool(np.all(goodput == 0))

    def rows(value: Callable[[Site], Any], whole: bool = True) -> Array:
        """A number of every site: sites x draws, and some room at the end.

        One column where no site has an array of draws, unless the whole is wanted. Rows of a power
        of two would fall on the same lines of a processor's cache.
        """
        whole = whole or any(np.ndim(value(site)) for site in sites)
        found = np.empty((len(sites), n_draws + ROOM if whole else 1))
        for row, site in zip(found[:, :n_draws], sites, strict=True):
            row[:] = value(site)
        return found

    copies = rows(lambda site: site.copies, whole=False)
    return SiteRows(
        place=np.array([names.index(site.place) for site in sites]),
        links=np.array([links.get(city, u.NEVER) for city in cities.values()]),
        fields=(
            rows(lambda site: site.start_years),
            rows(lambda site: site.end_years, whole=False),
            rows(lambda site: site.n_accel),
            rows(lambda site: site.load),
            rows(site_flop_per_s),
            rows(lambda site: site.n_accel * site.hbm_bytes),
            rows(lambda site: site.goodput if own_goodput else 0.0, whole=False),
            copies,
        ),
        goodput=goodput,
        most=len(names) if copies.shape[1] == 1 else int(copies[:, :n_draws].sum(axis=0).max()),
    )


def _common_goodput(sites: Sequence[Site]) -> Any:
    """The goodput that all sites share, 1 where it is 0, which computes nothing; else 0."""
    first = sites[0].goodput
    if all(site.goodput is first for site in sites):
        return np.where(np.asarray(first) == 0, 1.0, first)
    return 0.0
