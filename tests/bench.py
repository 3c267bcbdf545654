"""Measure the uncertainty engine: against a month loop, other libraries, and what was asked of it.

`make bench` runs this and writes `book/_data/bench.csv`, which the page `benchmark` shows. Other
libraries are no requirement of the project; those found in the environment that `--peers` names
are raced, the rest are printed as not installed:

    python3 -m venv ../peers && ../peers/bin/pip install squigglepy SALib openturns
    make bench ARGS='--peers ../peers'

Contenders must agree on the answer, or nothing is timed. They take turns in one process, and
ratios are taken round by round, so a machine whose speed drifts moves both sides.
"""

from __future__ import annotations

import argparse
import csv
import math
import platform
import resource
import site
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path
from timeit import timeit
from typing import Any, Final

import numpy as np
import scipy
from scipy.special import ndtri
from scipy.stats import bootstrap, t

from euromesh import blocks, ensemble, params, routes
from euromesh.ensemble import months
from euromesh.ensemble.marginals import Array
from euromesh.sensitivity import Design, evaluate, indices
from euromesh.sensitivity.indices import RESAMPLES

OUT: Final = Path(__file__).resolve().parent.parent / "book" / "_data" / "bench.csv"
SEED: Final = 20270101
MIB: Final = 2**20
MOST_ERRORS: Final = 4.0  # two answers agree when they lie within so many standard errors
Z95: Final = 1.959963984540054  # half a 95 % interval, in standard errors
TARGET: Final = "llama_405b"
OWNED, CAMPUS = (list(routes.ROUTES).index(name) for name in ("owned", "campus"))
HALF_WIDTH: Final = 0.001  # of the 95 % interval of a probability: 0.1 point
BLOCKS: Final = 16  # behind such an interval
LARGEST: Final = 100_000_000  # draws of a run whose memory is asked for
MANY, FEW = 8192, 4  # draws of one timing of the engine and of the month loop

Rows = list[Sequence[str]]  # the first one is the heads
Goal = tuple[str, str, str, bool | None]  # what was asked, its limit, what was found, is it met


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    rounds: int = 11
    least_s: float = 0.05  # of one timing; shorter calls are repeated
    draws: int = 2**14  # of the small models
    base: int = 1024  # points of the small Sobol design
    large_draws: int = 2**20
    block: int = 2**15  # draws of a block of the large tally
    win_s: float = 15.0  # for finding how many draws the half-width takes


# --- timing --------------------------------------------------------------------------------------


def in_turns(calls: Sequence[Callable[[], object]], sizes: Sizes) -> list[Array]:
    """Seconds of every call, once a round and in turns; the first of each warms it up."""
    first = [min(timeit(call, number=1) for _ in range(2)) for call in calls]
    repeats = [max(1, math.ceil(sizes.least_s / took)) for took in first]
    found = np.empty((len(calls), sizes.rounds))
    for turn in range(sizes.rounds):
        for k in np.roll(np.arange(len(calls)), turn).tolist():
            found[k, turn] = timeit(calls[k], number=repeats[k]) / repeats[k]
    return list(found)


def times_as_fast(ours: Array, theirs: Array) -> tuple[float, str]:
    """How many times as fast we are, round by round: the median, and it with its 95 % interval."""
    ratios = theirs / ours
    rng, middle = np.random.default_rng(SEED), float(np.median(ratios))
    ends = bootstrap((ratios,), np.median, method="percentile", rng=rng).confidence_interval
    return middle, f"{digits(middle)} ({digits(ends.low)} to {digits(ends.high)})"


def peak_mib() -> float:
    """The most memory this process has held: Linux counts it from the start of its program."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held / (MIB if sys.platform == "darwin" else 1024)


def digits(value: float) -> str:
    """A number to three digits, without a power of ten."""
    return np.format_float_positional(value, precision=3, fractional=False, trim="-")


def seconds(value: float) -> str:
    """A time in the unit that fits."""
    return f"{digits(value)} s" if value >= 1 else f"{digits(1000 * value)} ms"


# --- other libraries: a model of their own guide, and ours beside it -----------------------------

Answer = tuple[Array, Array]  # numbers and their standard errors


@dataclass(frozen=True, slots=True)
class Contest:
    """One model, ours and a peer's way to it."""

    model: str
    peer: str  # the package, imported when its model is called
    ours: Callable[[], Answer]
    theirs: Callable[[], Answer]
    truth: Sequence[float]

    def check(self, absent: bool) -> None:
        """Refuse answers that lie further apart than their standard errors allow."""
        exact = np.asarray(self.truth), np.zeros(len(self.truth))
        answers = [exact, self.ours(), *([] if absent else [self.theirs()])]
        for (a, error_a), (b, error_b) in combinations(answers, 2):
            if not (np.abs(a - b) <= MOST_ERRORS * np.hypot(error_a, error_b)).all():
                raise SystemExit(f"{self.model}, {self.peer}: {a} is not {b}")


def contests(n: int, base: int) -> list[Contest]:
    """Every model: n draws of a sample, and a Sobol design of `base` points."""
    tuners, product = partial(our_tuners, n), f"piano tuners of a city, {n:,} draws"
    shares = partial(our_ishigami, base), partial(salib_ishigami, base)
    sobols = f"Sobol indices of Ishigami's function, N = {base:,}, {RESAMPLES:,} resamples"
    return [
        Contest(product, "squigglepy", tuners, partial(squigglepy_tuners, n), TUNERS),
        Contest(product, "openturns", tuners, partial(openturns_tuners, n), TUNERS),
        Contest(sobols, "SALib", *shares, ISHIGAMI),
    ]


def moments(values: Array) -> Answer:
    """Mean and standard deviation, with the errors of independent draws: at most those of ours."""
    mean, n = values.mean(), len(values)
    squares = (values - mean) ** 2
    variance, fourth = squares.mean(), np.vdot(squares, squares) / n
    errors = np.sqrt([variance / n, (fourth / variance - variance) / (4 * n)])
    return np.array([mean, math.sqrt(variance)]), errors


# people, pianos a hundred of them, pianos a tuner: the middle 90 % of lognormals
RANGES: Final = ((8.1e6, 8.4e6), (0.2, 1.0), (2e3, 50e3))
LOGS: Final = [  # mean and deviation of each logarithm
    (math.log(a * b) / 2, math.log(b / a) / (2 * 1.6448536269514722)) for a, b in RANGES
]
TUNERS: Final = (  # of the logarithm of the number of tuners
    LOGS[0][0] + LOGS[1][0] + math.log(0.01) - LOGS[2][0],
    math.sqrt(math.fsum(sd**2 for _, sd in LOGS)),
)


def our_tuners(n: int) -> Answer:
    """By scipy's normal scores at points of a scrambled Sobol sequence."""
    mean, sd = np.transpose(LOGS)
    at = np.exp(mean + sd * ndtri(ensemble.sobol(range(3), n, SEED)))
    return moments(np.log(at[:, 0] * (at[:, 1] * 0.01) / at[:, 2]))


def squigglepy_tuners(n: int) -> Answer:
    """As the guide writes it."""
    import squigglepy as sq

    sq.set_seed(SEED)
    people, pianos, per_tuner = (sq.to(*ends) for ends in RANGES)
    return moments(np.log((people * (pianos * 0.01) * (1 / per_tuner)) @ n))


def openturns_tuners(n: int) -> Answer:
    """By a symbolic function on a sample of OpenTURNS."""
    import openturns as ot

    ot.RandomGenerator.SetSeed(SEED)
    laws = [ot.LogNormal(mean, sd, 0.0) for mean, sd in LOGS]
    tuners = ot.SymbolicFunction(["a", "b", "c"], ["a * 0.01 * b / c"])
    return moments(np.log(np.asarray(tuners(ot.JointDistribution(laws).getSample(n)))[:, 0]))


_PARTS = np.array([(1 + 0.1 * math.pi**4 / 5) ** 2 / 2, 49 / 8, 0.08 * math.pi**8 / 225])
_ONE, _TWO, _BOTH = _PARTS / _PARTS.sum()  # of the variance: x1, x2, x1 and x3 together
ISHIGAMI: Final = (_ONE, _TWO, 0.0, _ONE + _BOTH, _TWO, _BOTH)  # first order, then total


def ishigami(x: Any) -> Any:
    """sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1, x uniform in (-pi, pi)."""
    return np.sin(x[:, 0]) * (1 + 0.1 * x[:, 2] ** 4) + 7 * np.sin(x[:, 1]) ** 2


def our_ishigami(base: int) -> Answer:
    """By `euromesh.sensitivity`."""
    design = Design(dimensions=3, leading=3, n=base, seed=SEED)
    sets = {"x1": [0], "x2": [1], "x3": [2]}
    cube = evaluate(lambda at: ishigami(math.pi * (2 * at - 1))[np.newaxis], sets, design)
    (one,) = indices(cube, SEED)
    found = [*one.first.values(), *one.total.values()]
    errors = [(e.high - e.low) / (2 * Z95) for e in found]
    return np.array([e.value for e in found]), np.array(errors)


def salib_ishigami(base: int) -> Answer:
    """By SALib: its Sobol design without second-order indices, and its bootstrap."""
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as design

    problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[-math.pi, math.pi]] * 3}
    outcomes = ishigami(design.sample(problem, base, calc_second_order=False, seed=SEED))
    found = analysis.analyze(
        problem, outcomes, calc_second_order=False, num_resamples=RESAMPLES, seed=SEED
    )
    errors = np.concatenate([found["S1_conf"], found["ST_conf"]]) / Z95
    return np.concatenate([found["S1"], found["ST"]]), errors


def raced(sizes: Sizes) -> tuple[Rows, Goal]:
    """A row a contest, of which a peer that is not installed has none of its times; the nearest."""
    rows: Rows = [("model", "peer", "peer's time", "our time", "times as fast (95 %)")]
    ratios: list[tuple[float, str]] = []
    for one in contests(sizes.draws, sizes.base):
        absent = find_spec(one.peer) is None
        one.check(absent)
        if absent:
            rows.append((one.model, one.peer, "not installed", "", ""))
            continue
        ours, theirs = in_turns([one.ours, one.theirs], sizes)
        ratio, told = times_as_fast(ours, theirs)
        ratios.append((ratio, f"{told}: {one.peer}, {one.model}"))
        times = (seconds(float(np.median(found))) for found in (theirs, ours))
        rows.append((one.model, f"{one.peer} {version(one.peer)}", *times, told))
    least, told = min(ratios, default=(0.0, "none installed"))
    asked = "small models of other libraries, times as fast as the nearest of them"
    return rows, (asked, "1", told, least >= 1 if ratios else None)


# --- what was asked of the engine ----------------------------------------------------------------


def month_goal(sizes: Sizes) -> Goal:
    """One draw of all routes, from points to dates, by the engine and by months."""
    given = params.load()
    many, few = (ensemble.sobol(range(ensemble.n_coordinates()), n, SEED) for n in (MANY, FEW))
    engine, loop = in_turns(
        [
            partial(ensemble.outcomes, given, [TARGET], many),
            partial(months.finish_months, given, few, TARGET),
        ],
        sizes,
    )
    ratio, told = times_as_fast(engine / MANY, loop / FEW)
    return "one draw of all routes, times as fast as the month loop", "300", told, ratio >= 300


def plan_of(n_blocks: int, n_points: int) -> ensemble.Plan:
    return ensemble.Plan(params.load(), (TARGET,), n_blocks, n_points, SEED)


def half_width(n_points: int) -> float:
    """Half a 95 % interval of P(owned before campus), by the scatter of blocks of n points."""
    before = ensemble.tally(plan_of(BLOCKS, n_points), range(BLOCKS)).sums.before
    error = ensemble.estimate(before[:, 0, OWNED, CAMPUS], n_points).se
    return float(t.ppf(0.975, BLOCKS - 1) * error)


def win_goal(sizes: Sizes) -> Goal:
    """The time of a win probability to 0.1 point, by blocks of growing size."""
    n_points, stop = 16, time.perf_counter() + sizes.win_s
    width = math.inf
    while width > HALF_WIDTH and time.perf_counter() < stop:
        n_points *= 2
        start = time.perf_counter()
        width = half_width(n_points)
        took = time.perf_counter() - start
    told = f"{seconds(took)} ({BLOCKS * n_points:,} draws, half-width {100 * width:.2f} points)"
    asked = "P(public machines before the campus), 95 % half-width 0.1 point, one core"
    return asked, "0.5 s", told, width <= HALF_WIDTH and took < 0.5


def tallied(by: str, n_blocks: int, n_points: int) -> tuple[float, float]:
    """Seconds and peak memory, MiB, of a tally on two cores."""
    plan, workers = plan_of(n_blocks, n_points), blocks.Workers(**{by: 2})
    return timeit(lambda: blocks.tallied(plan, range(n_blocks), workers), number=1), peak_mib()


def large_goals(sizes: Sizes) -> Iterator[Goal]:
    """The large tally by threads and by processes, and its memory; each in a process of its own.

    What a tally keeps of a block comes on top: adding two holds the old, the joined, the ordered.
    """
    n, peaks = sizes.large_draws // sizes.block, {}
    for by in ("threads", "processes"):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
            took, peaks[by] = fresh.submit(tallied, by, n, sizes.block).result()
        asked = f"{sizes.large_draws:,} draws of all routes, two cores, {by}"
        yield asked, "10 s", seconds(took), took < 10
    one = ensemble.tally_block(plan_of(1, 2), 0)
    kept = one.blocks.nbytes + sum(part.nbytes for part in one.sums)
    most = peaks["threads"] + 3 * kept * (LARGEST / sizes.block) / MIB
    asked = f"memory of {LARGEST:,} draws, from the peak at {sizes.large_draws:,}"
    yield asked, "300 MB", f"{peaks['threads']:,.0f}, so {most:,.0f} MiB", most * MIB < 300e6


# --- the whole -----------------------------------------------------------------------------------


def measure(sizes: Sizes) -> dict[str, Rows]:
    """Every table by name; the last says where and when they were made."""
    peers, nearest = raced(sizes)
    goals = [month_goal(sizes), win_goal(sizes), *large_goals(sizes), nearest]
    verdicts = {True: "met", False: "missed", None: "not measured"}
    rows: Rows = [(*told, verdicts[met]) for *told, met in goals]
    measured = [met for *_, met in goals if met is not None]
    found = (
        f"On one core the engine races all routes of a draw {goals[0][2]} times as fast as a loop "
        f"over months; of {len(measured)} targets measured it meets {sum(measured)}."
    )
    return {
        "found": [(found,)],
        "targets": [("target", "limit", "measured", "verdict"), *rows],
        "peers": peers,
        "made": [
            ("measured on", "what"),
            ("date", f"{date.today():%d %B %Y}".lstrip("0")),
            ("machine", f"{platform.machine()}, {blocks.cores()} cores, {platform.system()}"),
            ("Python", f"{platform.python_implementation()} {platform.python_version()}"),
            ("numpy", np.__version__),
            ("scipy", scipy.__version__),
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peers", type=Path, help="environment that holds other libraries")
    asked = parser.parse_args()
    if asked.peers:
        (packages,) = asked.peers.glob("lib/python*/site-packages")
        site.addsitedir(str(packages))
    with OUT.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        for name, rows in measure(Sizes()).items():
            lines.writerows([name, *row] for row in rows)
    print(OUT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
