"""Hypothesis strategies of plausible size, and parameters with some values changed."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from euromesh import units as u
from euromesh.availability import FinishTime, Segment, finish_years
from euromesh.efficiency import Replica, Trunk
from euromesh.facts import Facts
from euromesh.fleet import Site
from euromesh.records import Params

PLACES = tuple("abcdefgh")
ONE_GOODPUT, ONE_TRUNK = st.just(0.87), st.just(40.0)
few = settings(max_examples=30, derandomize=True, database=None)


def positive(least: float, most: float) -> st.SearchStrategy[float]:
    """A finite float in [least, most]."""
    return st.floats(least, most, allow_nan=False, allow_infinity=False)


@st.composite
def sites(draw: st.DrawFn, place: str | None = None) -> Site:
    """A site that starts within five years and may retire within ten."""
    start = draw(positive(0, 5))
    return hand_site(
        place or draw(st.sampled_from(PLACES)),
        start,
        draw(st.one_of(st.just(math.inf), positive(start, 10))),
        n_accel=draw(positive(500, 5000)),
        peak_flop_per_s=draw(positive(3e14, 4e15)),
        mfu=draw(positive(0.1, 0.6)),
        saturation=draw(positive(7e-15, 3e-14)),
        goodput=0.87,
        hbm_bytes=96e9,
        it_kw=draw(positive(0.4, 2.5)),
        pue=1.1,
    )


@st.composite
def replicas(
    draw: st.DrawFn,
    least: int = 1,
    most: int = 6,
    goodput: st.SearchStrategy[float] = ONE_GOODPUT,
    trunk: st.SearchStrategy[float] = ONE_TRUNK,
) -> list[Replica]:
    """Replicas at distinct places whose memory may fall short; trunks in Gbit/s."""
    count = draw(st.integers(least, most))
    return [
        Replica(
            place=PLACES[index],
            n_accel=(n := draw(positive(50, 5000))),
            load=n / draw(positive(7e-15, 3e-14)),
            flop_per_s=n * draw(positive(1e14, 1e15)),
            goodput=draw(goodput),
            hbm_bytes=n * 96e9,
            trunk=Trunk(draw(trunk) * 1e9, 0.035),
        )
        for index in range(count)
    ]


@st.composite
def curves(draw: st.DrawFn) -> FinishTime:
    """t*(C) of a route whose rate changes up to three times before its last compute."""
    start = draw(positive(0, 6))
    accrued = []
    for _ in range(draw(st.integers(1, 4))):
        end = start + draw(positive(0.3, 4))
        accrued.append(Segment(start, end, 10 ** draw(positive(17, 20))))
        start = end
    return lambda flop: finish_years(accrued, flop)


def curve(*accrued: tuple[float, float, float]) -> FinishTime:
    """t*(C) of a route that computes from one year to another, at a rate in FLOP a year."""
    parts = [Segment(start, end, rate / u.SECONDS_PER_YEAR) for start, end, rate in accrued]
    return lambda flop: finish_years(parts, flop)


def hand_site(place: str, start: float, end: float = math.inf, **other: Any) -> Site:
    """A thousand accelerators of a kilowatt and of 1e15 FLOP/s, for cases worked by hand."""
    made = Site(
        place=place, city=place, country="de", start_years=start, end_years=end, n_accel=1000.0,
        peak_flop_per_s=1e15, mfu=0.4, saturation=1.1e-14, goodput=0.9, hbm_bytes=1e12,
        it_kw=1.0, pue=1.0, basis="new",
    )  # fmt: skip
    return dataclasses.replace(made, **other)


# --- parameters ----------------------------------------------------------------------------------


def changed(params: Params, topic: str, **values: Any) -> Params:
    """The parameters with some values of one topic replaced."""
    record = dataclasses.replace(getattr(params, topic), **values)
    return dataclasses.replace(params, **{topic: record})


def with_value(tree: Any, key: str, value: Any) -> Any:
    """A tree of records and tables with one value replaced, by its id."""
    name, _, rest = key.partition(".")
    inside = tree[name] if isinstance(tree, dict) else getattr(tree, name)
    new = {name: with_value(inside, rest, value) if rest else value}
    return {**tree, **new} if isinstance(tree, dict) else dataclasses.replace(tree, **new)


def one_chip(params: Params) -> Params:
    """The parameters with every chip always on sale: a later site is no better equipped."""
    chips = {k: dataclasses.replace(a, on_sale="2000") for k, a in params.accelerators.items()}
    return dataclasses.replace(params, accelerators=chips)


# --- facts ---------------------------------------------------------------------------------------


def facts_of(params: Params) -> Facts:
    """The tables of facts of some parameters, whatever scenario they are from."""
    found = Facts()
    found.params = params
    return found


def values(facts: Facts, *tables: str) -> dict[str, Any]:
    """The headline numbers of some tables, by key."""
    return {key: number.value for name in tables for key, number in facts.made(name).numbers()}
