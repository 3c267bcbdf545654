"""Measure the uncertainty engine: against a month loop, other libraries, and the machine's limits.

`make bench` runs this and writes `book/_data/bench.csv`, which the page `benchmark` shows. Other
libraries are no requirement of the project; those found in the environment that `--peers` names
are raced, the rest are printed as not installed:

    python3 -m venv ../peers
    ../peers/bin/pip install squigglepy SALib chaospy openturns
    make bench ARGS='--peers ../peers'

Contenders must agree on the answer, or nothing is timed. They take turns in one process on one
core: every round times each of them once, and ratios are taken round by round, so a machine
whose speed drifts moves both sides. The memory that a contender adds is measured in a fresh
process for each: its peak after one call, less that of the process with our package imported.
"""

from __future__ import annotations

import argparse
import csv
import platform
import site
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import scipy

from euromesh import blocks
from euromesh.ensemble.marginals import Array
from tests.bench_goals import (
    Goal,
    against_months,
    large_goals,
    late_rows,
    lateness,
    month_goal,
    plan_of,
    wide_goal,
    win_goals,
)
from tests.bench_peers import Contest, check_agreement, contests
from tests.bench_timing import (
    ROOT,
    Ratio,
    Rows,
    Sizes,
    Timing,
    digits,
    in_fresh_process,
    in_turns,
    limit_rows,
    named,
    one_core,
    peak_mib,
    span,
    times_as_fast,
)

OUT: Final = ROOT / "book" / "_data" / "bench.csv"
SIDES: Final = ("ours", "theirs")


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
    """How near the truth each contender comes, and what a call takes from the system.

    Ours stands once for every model, whoever it was raced against.
    """
    rows: dict[tuple[str, str], Sequence[str]] = {}
    for one in found:
        if isinstance(one, Raced):
            sides = (("ours", one.ours), (one.contest.peer, one.theirs))
            for (name, timing), error, added in zip(sides, one.errors, one.added, strict=True):
                faults = f"{float(np.median(timing.faults)):,.0f}"
                cells = (digits(error, 1), f"{added:,.0f}", faults)
                rows.setdefault((one.contest.model, name), cells)
    heads = ("model", "contender", "error", "memory added, MiB", "page faults a call")
    return [heads, *((*key, *cells) for key, cells in rows.items())]


def peer_goal(found: Sequence[Raced | Contest]) -> Goal:
    """The engine against the peer that comes nearest to it on its own small model."""
    asked = "small models of other libraries, times as fast as the nearest of them"
    done = [one for one in found if isinstance(one, Raced)]
    if not done:
        return Goal(asked, "1", "none installed", None)
    nearest = min(done, key=lambda one: one.ratio.value)
    told = f"{nearest.ratio}: {nearest.contest.peer}, {nearest.contest.model}"
    return Goal(asked, "1", told, nearest.ratio.value >= 1)


# --- the whole -----------------------------------------------------------------------------------


def measure(sizes: Sizes, peers: str = "") -> dict[str, Rows]:
    """Every table by name."""
    told("the month loop's lateness")
    late = lateness(sizes.late_draws)
    with one_core():
        told("the engine and the month loop")
        race = against_months(sizes)
        found = list(against_peers(sizes, peers))
        told("the machine's limits")
        limits = limit_rows(race.engine, sizes)
        told("the targets")
        goals = [month_goal(race), *win_goals(sizes), wide_goal(sizes)]
    goals += [*large_goals(float(np.median(race.engine.seconds)), sizes), peer_goal(found)]
    return {
        "found": findings(race.ratio, late, goals),
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
    start = time.perf_counter()
    blocks.tallied(plan, range(n_blocks), blocks.Workers(**{by: 2}))
    print(time.perf_counter() - start, peak_mib())


if __name__ == "__main__":
    main()
