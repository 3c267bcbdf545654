"""Measure the uncertainty engine: against a month loop, other libraries, and the machine's limits.

`make bench` runs this and writes `book/_data/bench.csv`, which the page `benchmark` shows. Other
libraries are no requirement of the project; those found in the environment that `--peers` names
are raced, the rest are printed as not installed:

    python3 -m venv /tmp/peers
    /tmp/peers/bin/pip install squigglepy SALib chaospy openturns
    make bench ARGS='--peers /tmp/peers'

Contenders must agree on the answer, or nothing is timed. They take turns in one process on one
core: every round times each of them once, and ratios are taken round by round, so a machine
whose speed drifts moves both sides. The memory that a contender adds is measured in a fresh
process for each: its peak after one call, less that of the process with our package imported.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import platform
import resource
import site
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import numpy as np
import scipy
from scipy.special import ndtri
from scipy.stats import bootstrap, qmc, t

from euromesh import blocks, ensemble, params, routes
from euromesh.ensemble import months
from euromesh.ensemble.marginals import Array
from euromesh.ensemble.tally import ONE
from euromesh.records import Params
from euromesh.sensitivity import Design, Indices, evaluate, indices
from euromesh.sensitivity.indices import RESAMPLES
from tests.bench_peers import (
    SEED,
    Z95,
    Answer,
    Contest,
    DisagreementError,
    check_agreement,
    contests,
)

ROOT: Final = Path(__file__).resolve().parent.parent
OUT: Final = ROOT / "book" / "_data" / "bench.csv"
TARGET: Final = "llama_405b"
OWNED, CAMPUS = (list(routes.ROUTES).index(name) for name in ("owned", "campus"))
HALF_WIDTH: Final = 0.001  # of the 95 % interval of a probability: 0.1 point
BLOCKS: Final = 16  # independent scramblings behind such an interval
LARGEST: Final = 100_000_000  # draws of a run whose memory is asked for
MIB: Final = 2**20
NOT_HERE: Final = "not in this version"
SIDES: Final = ("ours", "theirs")

Rows = list[Sequence[str]]  # the first one is the heads


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    rounds: int = 11
    least_s: float = 0.05  # of one timing; shorter calls are repeated
    draws: int = 2**14  # of the small models
    base: int = 1024  # points of the small Sobol design
    late_draws: int = 512
    large_draws: int = 2**20
    large_s: float = 40.0  # for the large tally; a slower engine makes fewer draws
    block: int = 8192  # draws of a block of the large tally
    win_s: float = 15.0  # for finding how many draws the half-width takes
    wide: int = 64  # inputs of the large Sobol design
    wide_base: int = 8192
    words: int = 2**23  # of the arrays by which bandwidth is measured


# --- timing --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Timing:
    """Seconds and minor page faults of one call, round by round."""

    seconds: Array
    faults: Array

    def per(self, units: float) -> Timing:
        """The same for one of the units that a call works off."""
        return Timing(self.seconds / units, self.faults / units)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A median of paired ratios and its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{digits(self.value, 3)} ({digits(self.low, 3)} to {digits(self.high, 3)})"


def in_turns(calls: Sequence[Callable[[], object]], sizes: Sizes) -> list[Timing]:
    """Every call timed once a round, in turns; the first call of each warms it up."""
    repeats = [_repeats(call, sizes.least_s) for call in calls]
    found = np.empty((2, len(calls), sizes.rounds))
    for turn in range(sizes.rounds):
        for k in np.roll(np.arange(len(calls)), turn).tolist():
            found[:, k, turn] = _timed(calls[k], repeats[k])
    return [Timing(found[0, k], found[1, k]) for k in range(len(calls))]


def _repeats(call: Callable[[], object], least_s: float) -> int:
    call()
    return max(1, math.ceil(least_s / _timed(call, 1)[0]))


def _timed(call: Callable[[], object], repeats: int) -> tuple[float, float]:
    faults, start = _minor_faults(), time.perf_counter()
    for _ in range(repeats):
        call()
    seconds = time.perf_counter() - start
    return seconds / repeats, (_minor_faults() - faults) / repeats


def _minor_faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def times_as_fast(ours: Timing, theirs: Timing) -> Ratio:
    """How many times as fast we are, round by round."""
    ratios = theirs.seconds / ours.seconds
    found = bootstrap(
        (ratios,), np.median, n_resamples=1999, method="percentile", rng=np.random.default_rng(SEED)
    ).confidence_interval
    return Ratio(float(np.median(ratios)), float(found.low), float(found.high))


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process on one core, where the system lets it choose."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def peak_mib() -> float:
    """The most memory this process has held: Linux counts it from the start of its program."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held / (MIB if sys.platform == "darwin" else 1024)


def in_fresh_process(*words: str, peers: str = "") -> list[float]:
    """The numbers that this script prints for some arguments, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench", *words]
    command += ["--peers", peers] if peers else []
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stderr}")
    return [float(word) for word in done.stdout.split()]


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
    return ensemble.finish_years(central(), at, TARGET)


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


def against_months(sizes: Sizes) -> tuple[Timing, Timing]:
    """The engine and the month loop, for one draw of all routes."""
    race = in_turns([partial(engine, points(MANY)), partial(month_loop, points(FEW))], sizes)
    return race[0].per(MANY), race[1].per(FEW)


def late_rows(late: Array) -> Rows:
    """How late the month grid is, by route."""
    rows: Rows = [("route", "months late in the mean", "least", "most", "draws that finish")]
    for kind, row in zip(routes.ROUTES.values(), late, strict=True):
        seen = row[np.isfinite(row)]
        if len(seen):
            numbers = (f"{seen.mean():.2f}", f"{seen.min():.1f}", f"{seen.max():.1f}")
            rows.append((kind.label, *map(minus, numbers), f"{len(seen):,}"))
    return rows


# --- against other libraries ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Raced:
    """A contest that was raced."""

    contest: Contest
    ours: Timing
    theirs: Timing
    errors: tuple[float, ...]  # the largest distance from the truth, ours and theirs
    added: tuple[float, ...]  # memory, MiB

    @property
    def ratio(self) -> Ratio:
        """How many times as fast we are."""
        return times_as_fast(self.ours, self.theirs)


def raced(place: int, contest: Contest, sizes: Sizes, peers: str) -> Raced:
    """Hold both answers against each other and the truth, then time them."""
    answers = contest.answers()
    check_agreement(contest.model, answers)
    away = [float(np.abs(a.values - contest.truth).max()) for a in answers.values()]
    ours, theirs = in_turns([contest.ours, contest.theirs], sizes)
    added = [in_fresh_process("--added", f"{place}", side, peers=peers)[0] for side in SIDES]
    return Raced(contest, ours, theirs, tuple(away[:2]), tuple(added))


def peer_rows(found: Sequence[Raced | Contest]) -> Rows:
    """One row a contest; a peer that is not installed says so."""
    heads = ("model", "peer", "peer's time", "our time", "times as fast (95 %)")
    return [heads, *(_peer_row(one) for one in found)]


def _peer_row(one: Raced | Contest) -> Sequence[str]:
    if isinstance(one, Contest):
        return one.model, one.peer, "not installed", "", ""
    times = (span(float(np.median(timing.seconds))) for timing in (one.theirs, one.ours))
    return one.contest.model, named(one.contest.peer), *times, str(one.ratio)


def cost_rows(found: Sequence[Raced | Contest]) -> Rows:
    """How near the truth both sides come, and what a call takes from the system."""
    heads = ("model", "contender", "error", "memory added, MiB", "page faults a call")
    rows: Rows = [heads]
    for one in found:
        if isinstance(one, Raced):
            names, timings = ("ours", one.contest.peer), (one.ours, one.theirs)
            for name, error, added, timing in zip(
                names, one.errors, one.added, timings, strict=True
            ):
                faults = f"{float(np.median(timing.faults)):,.0f}"
                rows.append((one.contest.model, name, f"{error:.0e}", f"{added:,.0f}", faults))
    return rows


# --- the targets ---------------------------------------------------------------------------------


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


def plan_of(n_blocks: int, n_points: int) -> ensemble.Plan:
    """A run of some blocks."""
    return ensemble.Plan(central(), (TARGET,), n_blocks, n_points, SEED)


def wins(plan: ensemble.Plan) -> Array:
    """P(owned before campus) in every block."""
    before = ensemble.tally(plan, range(plan.n_blocks)).sums.before[:, 0, OWNED, CAMPUS]
    return np.asarray(before / (ONE * plan.n_points))


def half_width(estimates: Array) -> float:
    """Half a 95 % interval of the mean of `BLOCKS` blocks, from the spread of some."""
    spread = float(estimates.std(ddof=1))
    return float(t.ppf(0.975, BLOCKS - 1)) * spread / math.sqrt(BLOCKS)


def win_goal(sizes: Sizes) -> Goal:
    """The time of a win probability to 0.1 point, by blocks of growing size.

    The half-width must hold for four times as many blocks too. Where the engine is too slow to
    get there in time, the time follows from the last spread, which falls at least with the root
    of the draws.
    """
    n_points, stop = 16, time.perf_counter() + sizes.win_s
    while True:
        seconds, width = _win(n_points)
        sure = width <= HALF_WIDTH and half_width(wins(plan_of(4 * BLOCKS, n_points))) <= HALF_WIDTH
        if sure or time.perf_counter() + 2 * seconds > stop:
            break
        n_points *= 2
    longer = 1.0 if sure else max(1.0, (width / HALF_WIDTH) ** 2)
    note = f"{BLOCKS * n_points:,} draws" if sure else f"projected from {BLOCKS * n_points:,} draws"
    asked = "P(public machines before the campus), 95 % half-width 0.1 point, one core"
    return Goal(asked, "0.5 s", f"{span(seconds * longer)} ({note})", seconds * longer < 0.5)


def _win(n_points: int) -> tuple[float, float]:
    """Seconds and half-width of one probability."""
    start = time.perf_counter()
    width = half_width(wins(plan_of(BLOCKS, n_points)))
    return time.perf_counter() - start, width


def integrated_goal() -> Goal:
    """The same with the lead time of the campus integrated in closed form."""
    asked = "the same, the campus's lead time integrated in closed form"
    return Goal(asked, "0.1 s", NOT_HERE, None)


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


def peer_goal(found: Sequence[Raced | Contest]) -> Goal:
    """The engine against the peer that comes nearest to it on its own small model."""
    asked = "small models of other libraries, times as fast as the nearest of them"
    done = [one for one in found if isinstance(one, Raced)]
    if not done:
        return Goal(asked, "1", "none installed", None)
    nearest = min(done, key=lambda one: one.ratio.value)
    told = f"{nearest.ratio}: {nearest.contest.peer}, {nearest.contest.model}"
    return Goal(asked, "1", told, nearest.ratio.value >= 1)


def month_goal(ratio: Ratio) -> Goal:
    """The engine against the month loop."""
    asked = "one draw of all routes, times as fast as the month loop"
    return Goal(asked, "300", str(ratio), ratio.value >= 300)


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


# --- the machine's limits ------------------------------------------------------------------------

PACK: Final = 512  # draws whose numbers stay in the cache


def limit_rows(seconds_a_draw: float, sizes: Sizes) -> Rows:
    """What the machine can do at most, and how far from it the engine is."""
    d = ensemble.n_coordinates()
    normal, inverse, sequence, ordered, copied = (
        float(np.median(one.seconds)) for one in in_turns(_limits(sizes, d), sizes)
    )
    one_draw = (sequence + inverse) / PACK
    return [
        ("limit of this machine, one core", "measured"),
        ("normal deviates of numpy, a second", scaled(PACK * d / normal)),
        ("inverse normal of scipy, values a second", scaled(PACK * d / inverse)),
        ("scrambled Sobol coordinates of scipy, a second", scaled(PACK * d / sequence)),
        (f"sorting {PACK} rows of 20 numbers", span(ordered)),
        ("memory bandwidth of a copy, GB a second", digits(2 * 8 * sizes.words / copied / 1e9, 3)),
        (f"{d} coordinates of a draw, made normal", span(one_draw)),
        ("the engine, a draw of all routes", span(seconds_a_draw)),
        ("the engine over the coordinates alone", digits(seconds_a_draw / one_draw, 2)),
    ]


def _limits(sizes: Sizes, d: int) -> list[Callable[[], object]]:
    rng = np.random.default_rng(SEED)
    cube, rows = rng.random((PACK, d)), rng.random((PACK, 20))
    words = rng.random(sizes.words)
    copy = np.empty_like(words)
    sequence = qmc.Sobol(d, rng=rng)
    return [
        partial(rng.standard_normal, (PACK, d)),
        partial(ndtri, cube),
        lambda: sequence.reset().random(PACK),
        partial(np.sort, rows),
        partial(np.copyto, copy, words),
    ]


# --- words ---------------------------------------------------------------------------------------


def digits(value: float, n: int) -> str:
    """A number to n digits, with separators and no power of ten."""
    if value == 0:
        return "0"
    places = max(0, n - 1 - math.floor(math.log10(abs(value))))
    return f"{round(value, n - 1 - math.floor(math.log10(abs(value)))):,.{places}f}"


def span(seconds: float) -> str:
    """A time to three digits in the unit that fits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{digits(seconds / size, 3)} {unit}"
    return f"{digits(seconds / 1e-9, 3)} ns"


def scaled(value: float) -> str:
    """A large number in millions."""
    return f"{digits(value / 1e6, 3)} million"


def minus(text: str) -> str:
    """A true minus."""
    return text.replace("-", "−")


def named(package: str) -> str:
    """A package with its version."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return package


def made_rows() -> Rows:
    """Where and when the measurement was made."""
    today = date.today()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return [
        ("measured on", "what"),
        ("date", f"{today.day} {today:%B %Y}"),
        ("machine", f"{platform.machine()}, {blocks.cores()} cores, {_processor()}"),
        ("system", platform.system()),
        ("Python", python),
        ("numpy", np.__version__),
        ("scipy", scipy.__version__),
    ]


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    found = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return found[0] if found else platform.processor()


def findings(ratio: Ratio, late: Array, goals: Sequence[Goal]) -> Rows:
    """What the tables say, in a sentence each."""
    measured = [goal for goal in goals if goal.met is not None]
    met = sum(bool(goal.met) for goal in measured)
    return [
        (
            f"On one core the engine races all routes of a draw {digits(ratio.value, 3)} times as "
            f"fast as a loop over months, with a 95 % interval from {digits(ratio.low, 3)} to "
            f"{digits(ratio.high, 3)}, and without its error: the loop finishes "
            f"{float(np.nanmean(late)):.2f} months late in the mean.",
        ),
        (f"Of the {len(measured)} targets measured, {met} are met.",),
    ]


# --- the whole -----------------------------------------------------------------------------------


def measure(sizes: Sizes, peers: str = "") -> dict[str, Rows]:
    """Every table by name."""
    told("the month loop's lateness")
    late = lateness(sizes.late_draws)
    with one_core():
        told("the engine and the month loop")
        ours, by_months = against_months(sizes)
        a_draw, ratio = float(np.median(ours.seconds)), times_as_fast(ours, by_months)
        found = list(against_peers(sizes, peers))
        told("the machine's limits")
        limits = limit_rows(a_draw, sizes)
        told("the targets")
        goals = [month_goal(ratio), win_goal(sizes), integrated_goal(), wide_goal(sizes)]
    goals += [*large_goals(a_draw, sizes), peer_goal(found)]
    return {
        "found": findings(ratio, late, goals),
        "targets": [("target", "limit", "measured", "verdict"), *(goal.row for goal in goals)],
        "peers": peer_rows(found),
        "costs": cost_rows(found),
        "months": late_rows(late),
        "limits": limits,
        "made": made_rows(),
    }


def against_peers(sizes: Sizes, peers: str) -> Iterator[Raced | Contest]:
    """Every contest, raced where the peer is installed."""
    for place, one in enumerate(contests(sizes.draws, sizes.base)):
        told(f"{one.peer}: {one.model}")
        yield one if one.absent else raced(place, one, sizes, peers)


def told(what: str) -> None:
    """Say what is being measured."""
    print(f"{what} ...", file=sys.stderr, flush=True)


def write(tables: dict[str, Rows], out: Path) -> None:
    """The tables as one file: the name of the table, then the cells of a row."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerows([name, *row] for name, rows in tables.items() for row in rows)


def shown(tables: dict[str, Rows]) -> str:
    """The tables as text."""
    parts = []
    for name, rows in tables.items():
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        parts.append("\n".join([f"[{name}]", *lines]))
    return "\n\n".join(parts)


def add_peers(environment: str) -> None:
    """Find the packages of another environment, after our own."""
    found = sorted(Path(environment).glob("lib/python*/site-packages"))
    if not found:
        raise SystemExit(f"{environment} is no virtual environment: it has no site-packages")
    site.addsitedir(str(found[0]))


def main(words: Sequence[str] | None = None) -> None:
    """Measure and write, or print what one contender holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", default="", help="environment that holds other libraries")
    parser.add_argument("--out", type=Path, default=OUT, help="where the tables are written")
    parser.add_argument("--added", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--tally", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args(words)
    if asked.peers:
        add_peers(asked.peers)
    if asked.added:
        print_added(int(asked.added[0]), asked.added[1])
    elif asked.tally:
        print_tally(asked.tally[0], int(asked.tally[1]), int(asked.tally[2]))
    else:
        tables = measure(Sizes(), asked.peers)
        write(tables, asked.out)
        print(shown(tables))


def print_added(place: int, side: str) -> None:
    """What one contender adds to the peak memory of this process, MiB."""
    contest = contests(Sizes().draws, Sizes().base)[place]
    before = peak_mib()
    (contest.ours if side == "ours" else contest.theirs)()
    print(peak_mib() - before)


def print_tally(by: str, n_blocks: int, n_points: int) -> None:
    """Seconds and peak memory, MiB, of a tally on two cores."""
    plan = plan_of(n_blocks, n_points)
    tallied = blocks.tally_in_threads if by == "threads" else blocks.tally_in_processes
    start = time.perf_counter()
    tallied(plan, range(n_blocks), 2)
    print(time.perf_counter() - start, peak_mib())


if __name__ == "__main__":
    main()
