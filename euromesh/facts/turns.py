"""What turns the order of the public machines and the campus: one input at a time, and a box."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Final

from euromesh import ensemble, sensitivity
from euromesh.ensemble import COMMON_DELAY
from euromesh.ensemble.inputs import coordinates
from euromesh.facts.chances import note, reads_of
from euromesh.facts.naming import NOTHING, flipped, limited, named, range_of, written
from euromesh.facts.tables import NEVER, SHARE, Column, Figure, Run, count, figures, number, table
from euromesh.facts.uncertainty import sampled
from euromesh.facts.watch import plain
from euromesh.params import library
from euromesh.records import Params
from euromesh.sensitivity import Flip, RaceModel, Search
from euromesh.sensitivity.model import CAMPUS, OWNED
from euromesh.sensitivity.settings import MIDDLE

RACED: Final = ("owned", "campus")


def searched(_: Params) -> list[str]:
    """What has a range: the coordinates of draws, and every parameter."""
    ranged = (key for key, one in library().parameters.items() if one.low != one.high)
    return sorted({*coordinates(), *ranged})


@cache
def _coordinate_of() -> dict[str, str]:
    """The coordinate that moves an id together with others, by the id."""
    return {key: name for name, ids in coordinates().items() for key in ids}


@table(
    searched,
    value=Column("{unit}", "{format}", "sensitivity.flip.{row}"),  # a row has its own
    unit=Column("name"),
    format=Column("name"),
)
def flips(run: Run, row: str) -> tuple[object, str, str]:
    """For each input, the value at which owned and campus change their order.

    Never within its evidence range, P10 to P90, where it does not, or flips it beyond.
    """
    found = _search(run, row)
    if found is None:
        run.note(coordinates().get(row) or (row,))
        return _told(row, None)
    note(run, run.params.race.target, *RACED)
    inside = [flip for flip in found.flips if flip.is_within_range or flip.quantile is None]
    return _told(row, _own(run, row, inside[0]) if inside else None)


def _own(run: Run, row: str, flip: Flip) -> Flip:
    """The flip of a coordinate in the values of one of the ids that it moves."""
    if row in coordinates() or flip.quantile is None:
        return flip
    (moved,) = ensemble.inputs(plain(run.params), row) or (None,)
    values = sensitivity.values_at(plain(run.params), moved, flip.quantile) if moved else {}
    return replace(flip, value=values.get(row, flip.value))


def _told(name: str, flip: Flip | None) -> tuple[float | str, str, str]:
    """The value of a flip with its unit and format; the quantile of an input that moves none."""
    if flip is None:
        return NEVER, "none", "s"
    if flip.value is None:
        return flip.quantile or 0.0, "fraction", ".0%"
    unit = library().parameters[name].unit
    if isinstance(flip.value, bool):
        return str(flip.value).lower(), "text", "s"
    if isinstance(flip.value, str):
        return (flip.value, "date", "%B %Y") if unit == "date" else (flip.value, "text", "s")
    return flip.value, unit, ".1%" if unit == "fraction" else ".3g"


@figures
def flips_counted(run: Run) -> dict[str, Figure]:
    """How many inputs flip the order, within their range and beyond it."""
    found = [*searches(run)]
    inside = sum(one.flips_within_range for one in found)
    return {
        "sensitivity.flips_searched": count(len(found)),
        "sensitivity.flips_within_range": count(inside),
        "sensitivity.flips_beyond": count(sum(bool(one.flips) for one in found) - inside),
    }


@figures
def share_that_ties(run: Run) -> dict[str, Figure]:
    """The share of the machines with which the public machines and the campus finish together."""
    note(run, run.params.race.target, *RACED)
    found = _search(run, "owned.share")
    told = _told("owned.share", found.nearest if found and found.flips else None)
    return {"owned.share_that_ties": Figure(*told)}


@table(
    input=Column("name"),
    name=Column("text", head="input"),
    central=Column("text"),
    range=Column("text", head="P10 to P90"),
    flips_at=Column("text"),
    quantile=Column("fraction", ".1%"),
    first_at=Column("text", head="first place at"),
)
def nearest_flips(run: Run) -> Iterator[tuple[object, ...]]:
    """The inputs that flip the order against the campus, those nearest to the centre first.

    The value that flips it and its quantile, and where the first place of all routes changes.
    """
    race = RaceModel(plain(run.params), run.params.race.target)
    turning = [one for one in searches(run) if one.flips]
    for one in sorted(turning, key=lambda one: abs((one.nearest.quantile or MIDDLE) - MIDDLE)):
        words = named(one.name), written(one.name, one.central), range_of(race.params, one.name)
        at = math.nan if one.nearest.quantile is None else one.nearest.quantile
        first = flipped(sensitivity.flips(race.is_first, race.params, one.name))
        yield one.name, *words, flipped(one), at, first


def moving(run: Run) -> set[str]:
    """The ids that the finish of either route reads, and what decides whether it is built."""
    target = plain(run.params).race.target
    read = [reads_of(run)[route][target] for route in RACED]
    return set().union(*read) | {COMMON_DELAY}


def searches(run: Run) -> Iterator[Search]:
    """Every search of the run; what the two routes read is noted."""
    note(run, run.params.race.target, *RACED)
    names = dict.fromkeys(_coordinate_of().get(name, name) for name in searched(run.params))
    yield from filter(None, (_search(run, name) for name in names))


def _search(run: Run, key: str) -> Search | None:
    """Where the order flips along an input, searched once; none where neither route reads it.

    A route that does not read what the input moves keeps its date. The median behind a lead time
    is drawn; the common delay moves every wait for the grid.
    """
    race = RaceModel(plain(run.params), run.params.race.target)
    name = _coordinate_of().get(key, key)
    ids = {name, name.replace("lead_years", "drawn_years"), *coordinates().get(name, ())}
    if name == COMMON_DELAY:
        ids = {key for key in library().parameters if key.startswith("grid_lead_times.")}
    moved = [route for route in RACED if ids & reads_of(run)[route][race.target]]
    known = run.once("searchable", lambda params: {*sensitivity.searchable(plain(params))})
    if not moved or name not in known:
        return None

    plan = run.once(
        "dates of the pair", lambda _: {one: race.finish(one, race.params) for one in RACED}
    )

    def before(changed: Params) -> bool:
        now = plan | {route: race.finish(route, changed) for route in moved}
        return now["owned"] < now["campus"]

    return run.once(f"flips of {name}", lambda _: sensitivity.flips(before, race.params, name))


@table(draws=Column("text"), limits=Column("text"), coverage=SHARE, density=SHARE, mass=SHARE)
def boxes(run: Run) -> Iterator[tuple[str, str, float, float, float]]:
    """In which box of inputs the campus comes before the public machines, and how well it says so.

    As drawn, and where both are granted and built. Nothing where it always happens or never.
    """
    drawn = sampled(run)
    cases = {"as drawn": drawn.finishes, "both granted and built": drawn.found.years[0]}
    for name, years in cases.items():
        happens = years[CAMPUS] < years[OWNED]
        if happens.all() or not happens.any():
            yield name, NOTHING, 0.0, 0.0, 0.0
            continue
        found = sensitivity.discover(sensitivity.flagged(drawn.known, drawn.race.params), happens)
        limits = "; ".join(limited(one) for one in found.limits) or "none"
        yield name, limits, found.fit.coverage, found.fit.density, found.fit.mass


@figures
def box(run: Run) -> dict[str, Figure]:
    """How well a box of inputs says when the campus comes first, of the draws as they are."""
    found = run["boxes"].iloc[0]
    parts = ("coverage", "density", "mass")
    return {f"sensitivity.box_{key}": number(found[key], "fraction", ".0%") for key in parts}


@figures
def box_draws(run: Run) -> dict[str, Figure]:
    """How likely the campus comes first in the draws of the boxes, with the error of so many.

    They are fewer than those of the published odds; independent draws would err as much at most.
    """
    years = sampled(run).finishes
    odds = float((years[CAMPUS] < years[OWNED]).mean())
    error = math.sqrt(odds * (1 - odds) / years.shape[1])
    return {
        "sensitivity.box_draws_odds": number(odds, "fraction", ".1%"),
        "sensitivity.box_draws_odds_se": number(error, "fraction", ".1%"),
    }
