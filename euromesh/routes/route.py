"""What every route is: a table of sites on one clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final, Literal, TypeAlias

from euromesh.fleet import Site
from euromesh.records import InputError, Params
from euromesh.records.settings import Penalty

# of a route in every chart; `euromesh.charts.style` says what each of them is
Colour = Literal["navy", "mustard", "violet", "sea", "green", "forest", "rust", "pink"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A way to the compute: its sites, and what comes before the first of them can start."""

    sites: tuple[Site, ...]  # none for a route that is never built
    institutional_years: float = 0.0  # decisions, grants, tenders before anything is built
    grid_years: float = 0.0  # until the first site has power from the grid
    one_building: bool = False

    def penalty(self, params: Params) -> Penalty | None:
        """The penalty of its training; one building is the baseline itself and has none."""
        return None if self.one_building else params.penalty


Make: TypeAlias = Callable[[Params], Route]


@dataclass(frozen=True, slots=True)
class Kind:
    """A route as the pages name and colour it, and the function that makes its table of sites."""

    label: str
    colour: Colour
    make: Make
    plural: bool

    def __call__(self, params: Params) -> Route:
        """The route under some parameters."""
        return self.make(params)


KINDS: Final[dict[str, Kind]] = {}  # what `raced` has entered


def raced(label: str, colour: Colour, *, plural: bool = False) -> Callable[[Make], Make]:
    """Enter the function below among the routes, under its name: that of a record of `Params`."""

    def enter(make: Make) -> Make:
        name = make.__name__
        if name not in (field.name for field in fields(Params)):
            raise InputError(f"the route {name} must have a record of its name in `Params`")
        KINDS[name] = Kind(label, colour, make, plural)
        return make

    return enter
