"""What was asked of the engine and what it does: against a month loop, alone, at its largest."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

import numpy as np
from scipy.stats import t

from euromesh import ensemble, params, routes
from euromesh.ensemble import months
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.tally import ONE, points_of
from euromesh.records import Params
from euromesh.sensitivity import Design, Indices, evaluate, indices
from euromesh.sensitivity.indices import RESAMPLES
from tests.bench_peers import SEED, Z95, Answer, DisagreementError, check_agreement
from tests.bench_timing import (
    MIB,
    Ratio,
    Rows,
    Sizes,
    Timing,
    in_fresh_process,
    in_turns,
    minus,
    span,
    times_as_fast,
)

TARGET: Final = "llama_405b"
OWNED, CAMPUS = (list(routes.ROUTES).index(name) for name in ("owned", "campus"))
HALF_WIDTH: Final = 0.001  # of the 95 % interval of a probability: 0.1 point
BLOCKS: Final = 16  # independent scramblings behind such an interval
LARGEST: Final = 100_000_000  # draws of a run whose memory is asked for


@dataclass(frozen=True, slots=True)
class Goal:
    """What was asked of the engine, what it does, and whether that is met."""

    asked: str
    limit: str
    found: str
    met: bool | None

    @property
    def row(self) -> Sequence[str]:
        """A row of the table."""
        verdict = {True: "met", False: "missed", None: "not measured"}[self.met]
        return self.asked, self.limit, self.found, verdict


# --- against the month loop ----------------------------------------------------------------------


@cache
def central() -> Params:
    """The central parameters."""
    return params.load()


def points(n: int) -> Array:
    """Draws of every input."""
    return ensemble.sobol(ensemble.n_coordinates(), n, np.random.SeedSequence(SEED))


def engine(at: Array) -> Array:
    """Finish of every route at some points, years."""
    return ensemble.drawn_finishes(central(), at, TARGET)


def month_loop(at: Array) -> Array:
    """The same by months, draw by draw."""
    return months.finish_months(central(), at, TARGET)


def lateness(n: int) -> Array:
    """Months by which the grid is late, by route and draw; refuses a grid of another race."""
    late = months.months_late(central(), points(n), TARGET)
    mean = float(np.nanmean(late))
    if not 0.2 < mean < 0.8:
        raise DisagreementError(f"the month loop is {mean:.2f} months late, not about half of one")
    return late


MANY, FEW = 8192, 4  # draws of one timing of the engine and of the month loop


@dataclass(frozen=True, slots=True)
class MonthRace:
    """One draw of all routes."""

    engine: Timing
    loop: Timing  # from the same points to the same dates
    steps: Timing  # of the loop alone, over sites that are there already

    @property
    def ratio(self) -> Ratio:
        """How many times as fast as the loop the engine is."""
        return times_as_fast(self.engine, self.loop)


def against_months(sizes: Sizes) -> MonthRace:
    """The engine, the month loop, and its stepping."""
    few = points(FEW)
    calls: list[Callable[[], object]] = [
        partial(engine, points(MANY)),
        partial(month_loop, few),
        stepping(few),
    ]
    found = in_turns(calls, sizes)
    ours, loop, steps = (one.per(n) for one, n in zip(found, (MANY, FEW, FEW), strict=True))
    return MonthRace(ours, loop, steps)


def stepping(at: Array) -> Callable[[], object]:
    """The month loop over the sites of some draws."""
    ready = [
        (make(drawn), drawn.targets[TARGET], drawn)
        for drawn in ensemble.draws_at(central(), at)
        for make in routes.ROUTES.values()
    ]
    return lambda: [months.finish_month(*one) for one in ready]


def late_rows(late: Array) -> Rows:
    """How late the month grid is, by route."""
    rows: Rows = [("route", "months late in the mean", "least", "most", "draws that finish")]
    for kind, row in zip(routes.ROUTES.values(), late, strict=True):
        seen = row[np.isfinite(row)]
        if len(seen):
            numbers = (f"{seen.mean():.2f}", f"{seen.min():.1f}", f"{seen.max():.1f}")
            rows.append((kind.label, *map(minus, numbers), f"{len(seen):,}"))
    return rows


# --- the targets ---------------------------------------------------------------------------------


def plan_of(n_blocks: int, n_points: int) -> ensemble.Plan:
    """A run of some blocks."""
    return ensemble.Plan(central(), (TARGET,), n_blocks, n_points, SEED)


def wins(n_blocks: int, n_points: int) -> Array:
    """P(owned before campus) in every block."""
    plan = plan_of(n_blocks, n_points)
    before = ensemble.tally(plan, range(n_blocks)).sums.before[:, 0, OWNED, CAMPUS]
    return np.asarray(before / (ONE * n_points))


def integrated_wins(n_blocks: int, n_points: int) -> Array:
    """The same with the campus's lead time integrated."""
    race, plan = ensemble.drawn_race(central(), (TARGET,)), plan_of(n_blocks, n_points)
    made = (next(points_of(plan, block, n_points)) for block in range(n_blocks))
    return np.asarray([ensemble.owned_before_campus(race, at).mean() for at in made])


def half_width(estimates: Array) -> float:
    """Half a 95 % interval of the mean of `BLOCKS` blocks, from the spread of some."""
    spread = float(estimates.std(ddof=1))
    return float(t.ppf(0.975, BLOCKS - 1)) * spread / math.sqrt(BLOCKS)


def win_goal(asked: str, limit_s: float, made: Callable[[int, int], Array], sizes: Sizes) -> Goal:
    """The time of a win probability to 0.1 point, by blocks of growing size.

    The half-width must hold for four times as many blocks too. Where the engine is too slow to
    get there in time, the time follows from the last spread, which falls at least with the root
    of the draws.
    """
    n_points, stop = 16, time.perf_counter() + sizes.win_s
    while True:
        start = time.perf_counter()
        width = half_width(made(BLOCKS, n_points))
        seconds = time.perf_counter() - start
        sure = width <= HALF_WIDTH and half_width(made(4 * BLOCKS, n_points)) <= HALF_WIDTH
        if sure or time.perf_counter() + 2 * seconds > stop:
            break
        n_points *= 2
    longer = 1.0 if sure else max(1.0, (width / HALF_WIDTH) ** 2)
    note = f"{BLOCKS * n_points:,} draws" if sure else f"projected from {BLOCKS * n_points:,} draws"
    found = f"{span(seconds * longer)} ({note})"
    return Goal(asked, f"{limit_s} s", found, seconds * longer < limit_s)


def win_goals(sizes: Sizes) -> list[Goal]:
    """The win probability with the campus's lead time drawn, and integrated."""
    drawn = "P(public machines before the campus), 95 % half-width 0.1 point, one core"
    integrated = "the same, the campus's lead time integrated"
    return [
        win_goal(drawn, 0.5, wins, sizes),
        win_goal(integrated, 0.1, integrated_wins, sizes),
    ]


def large_goals(seconds_a_draw: float, sizes: Sizes) -> list[Goal]:
    """The large tally by threads and by processes, and its memory."""
    fits = 2 ** int(math.log2(2 * sizes.large_s / seconds_a_draw))
    n = max(8 * sizes.block, min(sizes.large_draws, fits))
    (_, few), (seconds, many) = (_tallied("threads", k, sizes) for k in (n // 8, n))
    return [
        _large_goal("threads", seconds, n, sizes),
        _large_goal("processes", _tallied("processes", n, sizes)[0], n, sizes),
        memory_goal((n // 8, n), (few, many), sizes),
    ]


def memory_goal(draws: tuple[int, int], peaks: tuple[float, float], sizes: Sizes) -> Goal:
    """Peak memory at two sizes, and at the largest run: what a tally keeps of a block comes on top.

    Adding two tallies holds the old one, the joined one and its ordered copy.
    """
    one = ensemble.tally_block(plan_of(1, 2), 0)
    kept = one.blocks.nbytes + sum(part.nbytes for part in one.sums)
    most = max(peaks) + 3 * kept * (LARGEST / sizes.block) / MIB
    asked = f"memory of {LARGEST:,} draws, from the peaks at {draws[0]:,} and {draws[1]:,}"
    found = f"{peaks[0]:,.0f} and {peaks[1]:,.0f} MiB, so {most:,.0f} MiB"
    return Goal(asked, "300 MB", found, most * MIB < 300e6)


def _large_goal(by: str, seconds: float, n: int, sizes: Sizes) -> Goal:
    whole = seconds * sizes.large_draws / n
    note = "" if n == sizes.large_draws else f" (projected from {n:,})"
    asked = f"{sizes.large_draws:,} draws of all routes, two cores, {by}"
    return Goal(asked, "10 s", f"{span(whole)}{note}", whole < 10)


def _tallied(by: str, n: int, sizes: Sizes) -> tuple[float, float]:
    seconds, peak = in_fresh_process("--tally", by, f"{n // sizes.block}", f"{sizes.block}")
    return seconds, peak


def month_goal(race: MonthRace) -> Goal:
    """The engine against the month loop."""
    asked = "one draw of all routes, times as fast as the month loop"
    steps = times_as_fast(race.engine, race.steps)
    return Goal(asked, "300", f"{race.ratio}; its stepping alone {steps}", race.ratio.value >= 300)


def wide_goal(sizes: Sizes) -> Goal:
    """Sobol indices of a function of many inputs: design, evaluations, resamples."""
    design = Design(dimensions=sizes.wide, leading=0, n=sizes.wide_base, seed=SEED)
    sets = {f"x{k}": [k] for k in range(sizes.wide)}
    start = time.perf_counter()
    found = evaluate(product_model, sets, design)
    evaluated = time.perf_counter()
    (one,) = indices(found, SEED)
    done = time.perf_counter()
    _check_product(one, sizes.wide)
    asked = (
        f"Sobol indices, {sizes.wide} inputs, N = {sizes.wide_base:,}, "
        f"{RESAMPLES:,} resamples, one core"
    )
    told = f"{span(done - start)}, of which evaluations {span(evaluated - start)}"
    return Goal(asked, "5 s", told, done - start < 5)


def product_model(at: Array) -> Array:
    """Sobol's g function: the product of (|4 x - 2| + a) / (1 + a), a growing with the input."""
    a = _product_terms(at.shape[1])
    value: Array = ((np.abs(4 * at - 2) + a) / (1 + a)).prod(axis=1)[np.newaxis]
    return value


def _product_terms(d: int) -> Array:
    return np.arange(d, dtype=np.float64) ** 2


def _check_product(found: Indices, d: int) -> None:
    """Refuse indices that are not those of the function: V_i = 1 / (3 (1 + a)^2)."""
    parts = 1 / (3 * (1 + _product_terms(d)) ** 2)
    truth = parts / (np.prod(1 + parts) - 1)
    values = np.array([one.value for one in found.first.values()])
    errors = np.array([(e.high - e.low) / (2 * Z95) for e in found.first.values()])
    exact = Answer(truth, np.zeros(d))
    answers = {"ours": Answer(values, errors + 1e-4), "the truth": exact}
    check_agreement("Sobol's g function", answers)
