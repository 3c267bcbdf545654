"""How the benchmark times its contenders, and how its tables print what it found."""

from __future__ import annotations

import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import numpy as np
from scipy.special import ndtri
from scipy.stats import bootstrap, qmc

from euromesh import ensemble
from euromesh.ensemble.marginals import Array
from tests.bench_peers import SEED

ROOT: Final = Path(__file__).resolve().parent.parent
MIB: Final = 2**20
NBSP: Final = "\N{NO-BREAK SPACE}"

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
    block: int = 2**15  # draws of a block of the large tally
    win_s: float = 15.0  # for finding how many draws the half-width takes
    wide: int = 64  # inputs of the large Sobol design
    wide_base: int = 8192
    words: int = 2**23  # of the arrays by which bandwidth is measured


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
            return f"{digits(seconds / size, 3)}{NBSP}{unit}"
    return f"{digits(seconds / 1e-9, 3)}{NBSP}ns"


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


# --- the machine's limits ------------------------------------------------------------------------

PACK: Final = 512  # draws whose numbers stay in the cache


def limit_rows(a_draw: Timing, sizes: Sizes) -> Rows:
    """What the machine can do at most, and how far from it the engine is."""
    d = ensemble.n_coordinates()
    normal, inverse, sequence, ordered, copied = (
        float(np.median(one.seconds)) for one in in_turns(_limits(sizes, d), sizes)
    )
    one_draw, seconds = (sequence + inverse) / PACK, float(np.median(a_draw.seconds))
    return [
        ("limit of this machine, one core", "measured"),
        ("normal deviates of numpy, a second", scaled(PACK * d / normal)),
        ("inverse normal of scipy, values a second", scaled(PACK * d / inverse)),
        ("scrambled Sobol coordinates of scipy, a second", scaled(PACK * d / sequence)),
        (f"sorting {PACK} rows of 20 numbers", span(ordered)),
        ("memory bandwidth of a copy, GB a second", digits(2 * 8 * sizes.words / copied / 1e9, 3)),
        (f"{d} coordinates of a draw, made normal", span(one_draw)),
        ("the engine, a draw of all routes", span(seconds)),
        ("the engine over the coordinates alone", digits(seconds / one_draw, 2)),
        ("minor page faults of the engine, a draw", digits(float(np.median(a_draw.faults)), 2)),
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
