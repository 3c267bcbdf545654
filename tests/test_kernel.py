"""The compiled loops: no team is faster than theirs, dates by hand, draws that share nothing."""

from __future__ import annotations

import math
import pickle
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, combinations, pairwise
from typing import Any, Final, NamedTuple, TypeAlias

import numba
import numpy as np
import pytest

from euromesh import search
from euromesh.efficiency import (
    Pace,
    Protocol,
    compute_utilization,
    fragment_ready,
    quorum_factor,
    sites_needed,
)
from euromesh.ensemble.race import kernel, presence, rows
from euromesh.ensemble.race.rows import filled

Sites: TypeAlias = Sequence[Mapping[str, float]]
NEVER: Final = math.inf
FRAGMENTS, LAYERS = 4, 10
ALONE: Final = (1.0, 0.0)  # places are worth nothing together


class Draws(NamedTuple):
    """Draws x sites, draws x sizes, draws: rows of `SITE`, `SIZE` and `RUN`; FLOP-years."""

    sites: Any
    sizes: Any
    runs: Any
    flop_years: Any
    links: Any  # of every place

    def some(self, at: Any) -> Draws:
        return Draws(self.sites[at], self.sizes[at], self.runs[at], self.flop_years[at], self.links)


def given(draws: Draws) -> tuple[Any, ...]:
    place, *sites = (np.ascontiguousarray(draws.sites[name].T) for name in rows.SITE.names or ())
    sizes = [np.ascontiguousarray(draws.sizes[name]) for name in rows.SIZE.names or ()]
    first, last, n_layers = fragment_ready(np.arange(1.0, FRAGMENTS + 1), FRAGMENTS, LAYERS)
    made, share = np.empty(FRAGMENTS, rows.FRAGMENT), FRAGMENTS / LAYERS
    fragments = filled(made, first=first, last=last, n_layers=n_layers, layer_share=share)
    shared = place[:, 0].copy(), draws.links, tuple(sites), tuple(sizes[:4]), draws.runs, fragments
    return *shared, np.array([draws.flop_years, 2 * draws.flop_years])


def finish(draws: Draws) -> Any:
    found, twice = kernel.finish_each(*given(draws))
    assert (found <= twice).all()
    return found


class Up(NamedTuple):  # in a place
    number: int
    n_accel: float
    load: float
    flop_per_s: float
    hbm_bytes: float
    goodput: float
    link: float


def places(sites: Any, links: Any) -> Iterator[Up]:
    """Places that compute with all of these sites up, identical ones one by one."""
    for number in np.unique(sites["place"]):
        here = sites[sites["place"] == number]
        sums = [here[name].sum() for name in ("n_accel", "load", "flop_per_s", "hbm_bytes")]
        goodput = sums[2] / max(1e-300, (here["flop_per_s"] / here["goodput"]).sum())
        count = int(here["copies"][0] * (sums[2] > 0))
        yield from [Up(number, *sums, goodput, links[number])] * count


def holds(place: Up, run: Any, base: str) -> bool:
    further = max(1.0, place.n_accel / run["copied"]) - 1
    return bool(place.hbm_bytes >= run[base] + run["bytes_per_copy"] * further)


def net_rate(team: Sequence[Up], terms: Any, run: Any) -> float:
    """sum r x N B / (N B + sum L) x worth x U; one place exchanges nothing.

    A step takes one over sum r / g, and the quorum its part, where goodputs differ.
    """
    left = terms["param_tokens"] / (terms["param_tokens"] + math.fsum(one.load for one in team))
    rates, goodputs = [one.flop_per_s for one in team], [one.goodput for one in team]
    useful, wan, used = math.fsum(rates) * left, run["wan_bits_per_s"], 1.0
    running = useful / run["goodput"] if run["goodput"] else 0.0
    if not running:
        running = math.fsum(r / g for r, g in zip(rates, goodputs, strict=True)) * left
        ups = [min(1.0, goodput / run["stepping"]) for goodput in goodputs]
        useful *= quorum_factor(rates, ups, sites_needed(len(team), run["quorum"]))
    if len(team) > 1:
        protocol = Protocol(
            bits_per_param=FRAGMENTS, inner_steps=run["inner_steps"], n_fragments=FRAGMENTS,
            overlap_steps=run["overlap_steps"], n_layers=LAYERS,
        )  # fmt: skip
        pace = Pace(  # of two replicas, who send all of Z = b N / P and wait for two latencies
            n_params=terms["exchange_steps"] * wan, n_replicas=2, step_seconds=1 / running,
            latency_seconds=terms["latency_steps"] / 2,
        )  # fmt: skip
        used = compute_utilization(protocol, pace, min(wan, *(one.link for one in team)))
    return float(useful * terms["worth"] * used)


def best_of_all(up: Sequence[Up], sizes: Any, run: Any) -> float:
    """The rate of the fastest team that memory allows."""
    alone = ((one,) for one in up if holds(one, run, "alone_bytes"))
    beside = [one for one in up if holds(one, run, "beside_bytes")]
    teams = chain(alone, *(combinations(beside, size) for size in range(2, len(sizes) + 1)))
    return max((net_rate(team, sizes[len(team) - 1], run) for team in teams), default=0.0)


def every_team_tried(sites: Any, sizes: Any, run: Any, left: float, links: Any) -> float:
    """t*(C) of one draw, from every change of its sites to the next."""
    whole = places(sites[sites["start"] < NEVER], links)
    able = [one.number for one in whole if holds(one, run, "alone_bytes")]
    sites = sites[np.isin(sites["place"], able)]
    changes = {0.0, run["horizon"], *sites["start"], *sites["end"]}
    for start, end in pairwise(sorted(t for t in changes if 0 <= t <= run["horizon"])):
        up = sites[(sites["start"] <= start) & (start < sites["end"])]
        rate = best_of_all(list(places(up, links)), sizes, run)
        if rate > 0 and rate * (end - start) >= left:
            return float(start + left / rate)
        left -= rate * (end - start)
    return NEVER


def hard(rng: np.random.Generator, number: Sequence[int], most: int, n: int) -> Draws:
    """Places unlike or nearly alike, small batches, slow links, sizes that a quorum favours."""
    shape, wide, spread = (n, len(number)), (n, most), rng.choice([1e-7, 1, 1, 1], (n, 1))
    n_accel, size, alone = rng.lognormal(0, spread, shape), np.arange(most), rng.uniform(0, 0.5, n)
    sites = filled(
        np.empty(shape, rows.SITE), place=number, start=0.0, end=NEVER, n_accel=n_accel,
        load=n_accel * rng.lognormal(0, spread, shape),
        flop_per_s=n_accel * rng.lognormal(0, spread, shape) * (rng.random(shape) < 0.9),
        hbm_bytes=n_accel * rng.uniform(0.5, 2, shape), goodput=1.0, copies=1.0,
    )  # fmt: skip
    sizes = filled(
        np.empty(wide, rows.SIZE), bound=0.0, useful=0.0, chance=0.0,
        worth=rng.uniform(0.5, 1.5, wide), param_tokens=rng.lognormal(0, 1, wide) * (size + 1),
        exchange_steps=rng.lognormal(-1, 1.5, (n, 1)) * rng.uniform(0.5, 1, wide),
        latency_steps=rng.lognormal(-3, 1, (n, 1)) * size,
    )  # fmt: skip
    runs = filled(
        np.empty(n, rows.RUN), horizon=1e9, goodput=rng.uniform(0.3, 1, n),
        stepping=np.where(np.arange(n) % 2, 0.95, 1),
        quorum=rng.choice([0.1, 0.75, 1.0], n),
        inner_steps=rng.integers(FRAGMENTS, 30, n), overlap_steps=rng.integers(0, 4, n),
        wan_bits_per_s=rng.choice([0.5, 1.0], n), copied=rng.choice([0.5, 2.0], n),
        alone_bytes=alone, beside_bytes=alone * rng.uniform(1, 1.5, n),
        bytes_per_copy=rng.choice([0, 0.2, 0.7], n),
    )  # fmt: skip
    links = rng.choice([0.1, 0.4, 0.7, 1.0, NEVER], max(number) + 1)
    return Draws(sites, sizes, runs, np.ones(n), links)


def assert_best(draws: Draws, within: float = 1e-11) -> None:
    expected = [every_team_tried(*draw, draws.links) for draw in zip(*draws[:4], strict=True)]
    assert finish(draws) == pytest.approx(expected, rel=within)


@pytest.mark.parametrize("most", range(1, 9))
def test_no_team_is_faster_than_the_one_found(most: int) -> None:
    """Identical places are places one by one."""
    rng = np.random.default_rng(most)
    for _ in range(8):
        assert_best(hard(rng, range(7), most, 8))
        draws = hard(rng, range(5), most, 4)
        draws.sites["copies"] = rng.integers(1, 3, draws.sites.shape)
        assert_best(draws)


def test_the_best_changes_with_every_start_and_end() -> None:
    """Some at one moment, before today, never, or in the wrong order; some hold a place back."""
    rng = np.random.default_rng(1)
    for _ in range(60):
        draws = hard(rng, [0, 0, 1, 2, 2, 2, 3], 4, 8)
        draws.sites["start"] = rng.choice([-1, 0, 0, 0, 0.3, 1, NEVER], draws.sites.shape)
        draws.sites["end"] = rng.choice([*np.arange(0.1, 1.5, 0.1), NEVER], draws.sites.shape)
        draws.sites["flop_per_s"][:, ::2] *= rng.choice([0.1, 1], (8, 4))
        draws.flop_years[:], draws.runs["horizon"] = rng.lognormal(0, 1, 8), 2.5
        assert_best(draws)


@pytest.mark.parametrize("kinds", [2, 3])
@pytest.mark.parametrize(("exchange", "within"), [(0.0, 1e-11), (1.0, 1e-3)])
def test_no_team_is_faster_where_goodputs_differ(
    kinds: int, exchange: float, within: float
) -> None:
    """Exactly before the exchange; with it a team that waits less may be a trifle faster."""
    rng = np.random.default_rng(kinds)
    for numbers, most in ((range(6), 6), ([0, 0, 1, 2, 3, 4], 5)) * 6:
        draws = hard(rng, numbers, most, 8)
        draws.runs["goodput"] = 0.0
        draws.sizes["exchange_steps"] *= exchange
        draws.sizes["latency_steps"] *= exchange
        draws.sites["goodput"] = rng.choice(rng.uniform(0.3, 1, kinds), draws.sites.shape)
        draws.sites["copies"] = rng.integers(1, 3, (8, 1)) if most == 6 else 1
        assert_best(draws, within)


def date(sites: Sites, flop_years: float, worth: Any, **run: float) -> float:
    """t*(C) of sites of one FLOP/s and one byte; a replica takes a byte."""
    plain = {"place": 0, "start": 0, "end": NEVER, "n_accel": 0, "flop_per_s": 1, "hbm_bytes": 1}
    plain |= {"copies": 1, "goodput": 1}
    made = [
        filled(np.empty((1, 1), rows.SITE), **plain | {"load": site.get("n_accel", 0)} | site)
        for site in sites
    ]
    sizes, ones = np.zeros((1, len(worth)), rows.SIZE), dict.fromkeys(rows.RUN.names or (), 1.0)
    sizes["worth"], sizes["param_tokens"] = worth, 1.0
    terms = {"horizon": 10, "inner_steps": 4, "bytes_per_copy": 0}
    runs = filled(np.empty(1, rows.RUN), **ones | terms | run)
    drawn = np.concatenate(made, 1), sizes, runs, np.array([float(flop_years)])
    return float(finish(Draws(*drawn, np.full(4, NEVER)))[0])


COPIES: Final = {"bytes_per_copy": 0.1}
PAIR: Final = {"place": 1, "flop_per_s": 3, "copies": 2, "hbm_bytes": 1.1}


def slow(flop_per_s: float) -> Sites:
    ends = {"n_accel": 9, "flop_per_s": flop_per_s, "end": 1, "hbm_bytes": 0}
    return {"place": 2, "flop_per_s": 4}, {"place": 2, **ends}


@pytest.mark.parametrize(
    ("sites", "flop_years", "worth", "run", "years"),
    [
        ([{"start": -5, "flop_per_s": 2}], 4, ALONE, {}, 2),
        ([{}, {"start": 1, "flop_per_s": 3}], 3, ALONE, {}, 1.5),  # in one place
        ([{"place": 1, "end": 1, "flop_per_s": 3}, {"place": 2}], 5, ALONE, {}, 3),
        ([{"end": 2}, {"end": 1}], 3, ALONE, {}, 2),
        ([{"end": 2}, {"start": 5}], 2, ALONE, {}, 2),
        ([{}, {"start": 12}, {"start": -1, "end": 0}], 10, ALONE, {}, 10),
        ([{"copies": 2}], 20, (0.5, 1), {}, 10),
        ([{"end": 9}], 9.01, ALONE, {}, NEVER),
        # nothing to train, or nobody to train it: never there, or gone before it starts
        ([{"start": 5}], 0, ALONE, {}, 5),
        ([{"flop_per_s": 0}], 0, ALONE, {}, NEVER),
        ([{}, {"start": NEVER, "flop_per_s": 9}], 3, ALONE, {}, 3),
        ([{}, {"start": 2, "end": 1, "flop_per_s": 9}], 3, ALONE, {}, 3),
        # a place holds no replica, or none before all of it is up, or none once all of it is
        ([{"place": 1}, {"place": 2, "flop_per_s": 9, "hbm_bytes": 0.9}], 3, (1, 1), {}, 3),
        ([{"hbm_bytes": 0.4}, {"start": 1, "hbm_bytes": 0.6}], 2, ALONE, {}, 2),
        ([{"start": 9, "n_accel": 3, "hbm_bytes": 0}, {}], 1, ALONE, COPIES, NEVER),
        # what ends was slow, or without memory: its place was outside the team, and is the best
        ([*slow(5), {"place": 1}, {"place": 3, "flop_per_s": 0.1}], 5, (1,), {}, 2),
        ([*slow(18), {**PAIR, "flop_per_s": 0.5}], 11, (1, 3), {"beside_bytes": 1.1}, 3),
        ([*slow(38), PAIR, {"place": 3, "n_accel": 50}], 20, (0.001, 1, 0, 0), {}, 3),
        ([*slow(99), {"place": 2, "start": 9, "hbm_bytes": 0.9}], 4, ALONE, COPIES, 2),
    ],
)  # fmt: skip
def test_dates_by_hand(sites: Sites, flop_years: float, worth: Any, run: Any, years: float) -> None:
    assert date(sites, flop_years, worth, **run) == years


def test_places_outside_the_team_end_and_no_bit_changes() -> None:
    """One is the fastest alone, and holds no replica beside others; one would be a third."""
    pair, third = {"place": 1, "flop_per_s": 0.7, "copies": 2}, {"place": 2, "flop_per_s": 0.6}
    for a, b in ((0.1, 0.3), (0.2, 0.17), (0.6, NEVER), (NEVER, 0.37)):
        sites = [{"flop_per_s": 1.1, "hbm_bytes": 0.5, "end": a}, pair, {**third, "end": b}]
        assert date(sites, 1, (1, 1, 0.1), alone_bytes=0.5) == 1 / 1.4


@pytest.fixture(scope="module")
def many() -> Draws:
    """In every other draw places are alike but for their size; the more, the better."""
    draws = hard(np.random.default_rng(2), [0, 0, *range(1, 8)], 8, 400)
    draws.links[:] = NEVER
    draws.sites["start"][:, ::3], draws.sites["end"][:, 1::3] = 0.02, 0.03
    draws.sites["flop_per_s"][::2], draws.sizes["worth"][::2] = 1.0, 9.0 ** np.arange(8) - 1
    return draws


def test_threads_disturb_neither_each_other_nor_what_they_are_given(many: Draws) -> None:
    parts = [many.some(slice(start, start + 100)) for start in (0, 100, 200, 300)] * 4
    passed = [given(part) for part in parts]
    before = pickle.dumps(passed)
    with ThreadPoolExecutor(2) as threads:
        found = np.concatenate([*threads.map(lambda one: kernel.finish_each(*one)[0], passed)])
    assert (found == np.tile(finish(many), 4)).all() and pickle.dumps(passed) == before


def test_no_entry_takes_a_class_of_ours(many: Draws) -> None:
    """numba keeps the types of the arguments: it could not read those of a class renamed later."""
    row, table = np.ones(1), np.ones((1, 1))
    for entry, passed in (
        (kernel.finish_each, given(many)), (presence._tails, (row, row, table)),
        (presence._at_jitter, (row, table)),
    ):  # fmt: skip
        entry(*passed)
        kept = pickle.dumps(entry.signatures)  # type: ignore[attr-defined]
        assert b"numba" in kept and b"euromesh" not in kept
    assert b"euromesh" in pickle.dumps(numba.typeof(search.Team(0.0, 0.0, 0.0)))


def test_factors_of_the_quorum_are_probabilities() -> None:
    """0.28 of 25 places are seven, though their product is a bit more."""
    goodput, quorum = np.random.default_rng(4).random((2, 500)) ** 0.1
    found = presence.quorum_factors(goodput, quorum, 64)
    assert found.min() >= 0 and found.max() <= 1
    less, seven = presence.quorum_factors(np.full(2, 0.4), np.array([0.27, 0.28]), 25)[:, -1]
    assert seven == pytest.approx(less)
