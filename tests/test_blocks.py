"""Blocks of draws on threads, processes, files and dask workers: one digest, nothing half done."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import pickle
import platform
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from euromesh import blocks, folders, params, runs
from euromesh.__main__ import main
from euromesh.blocks import identities, shards
from euromesh.blocks.pools import SPARE
from euromesh.ensemble import Plan, Tally, tally, tally_block
from euromesh.ensemble.tally import ONE, BlockSums
from euromesh.facts.draws import SEED
from euromesh.records import InputError

CENTRAL = params.load()
PLAN = Plan(CENTRAL, ("llama_405b",), n_blocks=8, n_points=8, seed=7)
IDENTITY = blocks.identity(PLAN)
BLOCKS = [tally_block(PLAN, index) for index in range(8)]
FIRST = reduce(Tally.__add__, BLOCKS[:3])
SECOND = reduce(Tally.__add__, BLOCKS[3:])
WHOLE = FIRST + SECOND


def call(*arguments: str | Path | int) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


# --- one machine ---------------------------------------------------------------------------------


def test_the_chunk_changes_no_bit() -> None:
    plan = dataclasses.replace(PLAN, n_points=4096)
    assert len({tally_block(plan, 5, chunk).digest() for chunk in (256, 512, 4096)}) == 1


@pytest.mark.parametrize("threads", [None, 1, 2])
def test_threads_change_no_bit(threads: int | None) -> None:
    assert blocks.tally_in_threads(PLAN, range(8), threads).digest() == WHOLE.digest()


@pytest.mark.parametrize("processes", [1, 2])
def test_processes_change_no_bit(processes: int) -> None:
    assert blocks.tally_in_processes(PLAN, range(8), processes).digest() == WHOLE.digest()


@pytest.mark.parametrize("make", [blocks.tally_in_threads, blocks.tally_in_processes])
def test_no_workers_are_refused(make: Callable[[Plan, range, int], Tally]) -> None:
    with pytest.raises(InputError, match=r"must be at least 1, got 0; this process has \d"):
        make(PLAN, range(8), 0)


def test_few_blocks_are_in_memory_at_once() -> None:
    """The same few in a longer run: what is handed out waits until something has been added."""
    plan = dataclasses.replace(PLAN, n_blocks=24, n_points=2)
    handed, added, most = 0, 0, 0

    def numbers() -> Iterator[int]:
        nonlocal handed, most
        for index in range(plan.n_blocks):
            handed += 1
            most = max(most, handed - added)
            yield index

    def told(done: int) -> None:
        nonlocal added
        added = done

    blocks.tally_in_threads(plan, numbers(), 2, told=told)
    assert added == plan.n_blocks
    assert 2 <= most <= 2 + SPARE + 1


def test_the_cores_are_those_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 7}, raising=False)
    assert blocks.cores() == 3


# --- identity ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"seed": 8}, "seed (7 there, 8 here)"),
        ({"n_points": 16}, "n_points (8 there, 16 here)"),
        ({"n_blocks": 16}, "n_blocks (8 there, 16 here)"),
        ({"targets": ("run_1e26",)}, "targets ('llama_405b',)"),
        ({"params": params.load("central", {"owned.share": 0.2})}, "parameters"),
    ],
)
def test_another_run_has_another_identity(changed: dict[str, object], what: str) -> None:
    other = blocks.identity(dataclasses.replace(PLAN, **changed))  # type: ignore[arg-type]
    assert other.digest() != IDENTITY.digest()
    found = identities.differences(IDENTITY, other)
    assert len(found) == 1 and found[0].replace(" (('", " ('").startswith(what)


def test_the_identity_holds_every_field_of_the_plan() -> None:
    """A field that a plan gains changes what is drawn, so two of its values must not be added."""
    named = {field.name for field in dataclasses.fields(Plan)}
    assert named == {"params", "targets", "n_blocks", "n_points", "seed"}


def test_the_identity_follows_the_source_the_ranges_and_the_packages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    monkeypatch.setattr(identities, "digests", lambda *given: asked.append(given) or {"a": "b"})
    identities._source.cache_clear()
    other = blocks.identity(PLAN)
    identities._source.cache_clear()
    assert asked == [(runs.ROOT, "params", "euromesh")]
    assert identities.differences(IDENTITY, other) == ["the files of euromesh/ or params/"]
    assert f"numpy {np.__version__}" in IDENTITY.packages


ON_ANOTHER_PROCESSOR = """
import pickle, sys
import numpy as np
from euromesh import blocks
plan = pickle.load(sys.stdin.buffer)
sys.stdout.buffer.write(pickle.dumps((blocks.identity(plan), np.exp(np.linspace(-9, 9, 9999)))))
"""


def test_machines_that_round_differently_have_another_identity() -> None:
    """Without AVX-512 numpy takes other routines; where there is none, nothing changes."""
    env = {**os.environ, "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR"}
    command, sent = [sys.executable, "-c", ON_ANOTHER_PROCESSOR], pickle.dumps(PLAN)
    done = subprocess.run(
        command, cwd=runs.ROOT, env=env, input=sent, capture_output=True, check=True
    )
    there, made = pickle.loads(done.stdout)
    same = np.array_equal(made, np.exp(np.linspace(-9, 9, 9999)))
    assert same or identities.differences(IDENTITY, there)[0].startswith("arithmetic")
    assert dataclasses.replace(there, arithmetic=IDENTITY.arithmetic) == IDENTITY


def test_a_plan_travels() -> None:
    there = pickle.loads(pickle.dumps(PLAN))
    assert blocks.identity(there) == IDENTITY
    assert tally_block(there, 2).digest() == tally_block(PLAN, 2).digest()


# --- files ---------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The run in two files."""
    for part in (SECOND, FIRST):
        blocks.write(tmp_path / "run", IDENTITY, part)
    return tmp_path / "run"


def test_merged_files_are_the_run(folder: Path) -> None:
    assert len(list(folder.iterdir())) == 2
    of, found = blocks.merge(folder)
    assert of == IDENTITY
    assert found.digest() == WHOLE.digest()


@given(order=st.permutations(range(8)), cut=st.integers(1, 7))
def test_blocks_are_added_in_any_order(order: list[int], cut: int) -> None:
    parts = [BLOCKS[index] for index in order]
    halves = reduce(Tally.__add__, parts[:cut]), reduce(Tally.__add__, parts[cut:])
    assert (halves[1] + halves[0]).digest() == WHOLE.digest()


def test_a_missing_block_is_named_with_the_command_that_makes_it(folder: Path) -> None:
    next(folder.glob("blocks-0-3-*")).unlink()
    with pytest.raises(InputError) as refused:
        blocks.merge(folder)
    for words in (str(folder), "blocks 0:3 of 0:8", f"ensemble --blocks 0:3 --out {folder}"):
        assert words in str(refused.value)


def test_a_block_that_is_there_twice_is_refused(folder: Path) -> None:
    twice = blocks.write(folder, IDENTITY, tally(PLAN, range(2, 5)))
    with pytest.raises(InputError) as refused:
        blocks.merge(folder)
    text = str(refused.value)
    assert twice.name in text and "blocks 2:3 are in blocks-0-3-" in text and "delete one" in text


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(IDENTITY)])
def test_a_file_of_another_run_is_refused(folder: Path, field: str) -> None:
    """Whatever the other run differs in."""
    next(folder.glob("blocks-3-8-*")).unlink()
    blocks.write(folder, IDENTITY, tally(PLAN, range(3, 5)))
    value = getattr(IDENTITY, field)
    other = (*value, "x") if isinstance(value, tuple) else value + type(value)(1)
    foreign = blocks.write(
        folder, dataclasses.replace(IDENTITY, **{field: other}), tally(PLAN, range(5, 8))
    )
    with pytest.raises(InputError) as refused:
        blocks.merge(folder)
    shown = identities.HASHES.get(field, field)
    for words in (foreign.name, "blocks 5:8 are of another run", shown, "a folder of its own"):
        assert words in str(refused.value)


def test_two_runs_never_share_a_file(tmp_path: Path) -> None:
    other = dataclasses.replace(IDENTITY, seed=8)
    written = {blocks.write(tmp_path, of, FIRST) for of in (IDENTITY, other, IDENTITY)}
    assert len(written) == len(list(tmp_path.iterdir())) == 2


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file of blocks in .*--blocks A:B"):
        blocks.merge(tmp_path)


@pytest.mark.parametrize("kept", [0, 1, 100, 0.5, -1])
def test_a_file_cut_short_is_named_with_its_blocks(folder: Path, kept: float) -> None:
    path = next(folder.glob("blocks-0-3-*"))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole)) if kept == 0.5 else int(kept)])
    with pytest.raises(InputError) as refused:
        blocks.merge(folder)
    for words in (str(path), "blocks 0:3", "delete it", "ensemble --blocks 0:3"):
        assert words in str(refused.value)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(min_value=0), flip=st.integers(1, 255))
def test_a_changed_byte_is_refused_or_without_effect(tmp_path: Path, place: int, flip: int) -> None:
    path = blocks.write(tmp_path, IDENTITY, FIRST)
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= flip
    path.write_bytes(data)
    try:
        shard = blocks.read(path)
        found = blocks.read_tally(shard)
    except InputError as error:
        named = path.name in str(error)
    else:
        named = (shard.about.identity, found.digest()) == (IDENTITY, FIRST.digest())
    assert named


@pytest.mark.parametrize(("place", "value"), [(8, 1), (8, 32), (10, 99), (6, 99)])
def test_an_archive_that_cannot_be_opened_is_refused(folder: Path, place: int, value: int) -> None:
    """One that says it is encrypted, patched, packed in an unknown way, or of a later version."""
    path = next(folder.glob("blocks-0-3-*"))
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + place] = value
    path.write_bytes(data)
    with pytest.raises(InputError, match=re.escape(path.name)):
        blocks.merge(folder)


def rewritten(path: Path, **changed: np.ndarray) -> None:
    """The file with some of its arrays replaced, and everything else as it was."""
    with np.load(path) as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    np.savez(path, **(kept | changed))


def about(path: Path, **changed: object) -> np.ndarray:
    with np.load(path) as arrays:
        text = json.loads(arrays["about"].tobytes())
    return np.frombuffer(json.dumps(text | changed).encode(), dtype=np.uint8)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"days": FIRST.days[:, :, 1:]}, "days is int64"),
        ({"days": FIRST.days.astype(float)}, "days is float64"),
        ({"days": np.roll(FIRST.days, 1, axis=1) + 0}, "numbers are not what was written"),
        ({"days": FIRST.days + 1}, "days do not add up"),
        ({"first": FIRST.sums.first + 1}, "numbers are not what was written"),
        ({"blocks": FIRST.blocks + 1}, "holds blocks 1:4"),
        ({"before": FIRST.sums.before[0]}, "before is int64"),
        ({"about": np.zeros(3, dtype=np.uint8)}, "`about` has 1 faults"),
        ({"days": np.array([{}], dtype=object)}, "Object arrays cannot be loaded"),
    ],
)
def test_arrays_that_are_not_those_of_the_run_are_refused(
    folder: Path, changed: dict[str, np.ndarray], words: str
) -> None:
    path = next(folder.glob("blocks-0-3-*"))
    rewritten(path, **changed)
    with pytest.raises(InputError) as refused:
        blocks.merge(folder)
    assert path.name in str(refused.value) and words in str(refused.value)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"end": 9}, "blocks 0:9 of 8"),
        ({"first": 3}, "blocks 3:3 of 8"),
        ({"format": 2}, "`about` has 1 faults"),
        ({"more": 2}, "`about` has 1 faults"),
        ({"identity_digest": "0"}, "`about` is not what was written"),
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused(
    folder: Path, changed: dict[str, object], words: str
) -> None:
    path = next(folder.glob("blocks-0-3-*"))
    rewritten(path, about=about(path, **changed))
    with pytest.raises(InputError) as refused:
        blocks.merge(folder)
    assert path.name in str(refused.value) and words in str(refused.value)


def test_a_file_without_an_array_is_refused(folder: Path) -> None:
    path = next(folder.glob("blocks-0-3-*"))
    with zipfile.ZipFile(path, "w") as empty:
        empty.writestr("a", "b")
    with pytest.raises(InputError, match="about is not a file in the archive"):
        blocks.merge(folder)


@pytest.mark.parametrize("content", [b"something else", b"\x93NUMPY"])
def test_a_stranger_among_the_files_is_named(folder: Path, content: bytes) -> None:
    (folder / "results.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"results\.npz: .*move it elsewhere"):
        blocks.merge(folder)


def test_an_array_that_is_no_archive_is_refused(folder: Path) -> None:
    path = next(folder.glob("blocks-0-3-*"))
    with path.open("wb") as file:
        np.save(file, FIRST.days)
    with pytest.raises(InputError, match=r"no \.npz file.*delete it"):
        blocks.merge(folder)


def test_a_file_gets_its_name_once_it_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    sync, rename = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        seen.append(("sync", [path.name for path in tmp_path.glob("*.npz")]))
        sync(handle)

    def replace(self: Path, target: Path) -> Path:
        seen.append(("rename", [path.name for path in tmp_path.glob("*.npz")]))
        assert self.parent.parent == target.parent
        shards.read_tally(dataclasses.replace(shards.read(self), path=self))
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    blocks.write(tmp_path, IDENTITY, FIRST)
    assert seen[:2] == [("sync", []), ("rename", [])]
    assert [path.suffix for path in tmp_path.iterdir()] == [".npz"]


@pytest.mark.parametrize("fault", [OSError("no space left"), KeyboardInterrupt()])
def test_a_file_that_is_interrupted_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    def fsync(_: int) -> None:
        raise fault

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(type(fault)):
        blocks.write(tmp_path, IDENTITY, FIRST)
    assert list(tmp_path.iterdir()) == []


KILLED_WHILE_WRITING = """
import os, pickle, signal, sys
from pathlib import Path
from euromesh import blocks
os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
blocks.write(Path({out!r}), *pickle.load(sys.stdin.buffer))
"""


def test_a_killed_job_leaves_nothing_that_is_taken_for_a_result(tmp_path: Path) -> None:
    code = KILLED_WHILE_WRITING.format(out=str(tmp_path))
    command, sent = [sys.executable, "-c", code], pickle.dumps((IDENTITY, FIRST))
    done = subprocess.run(command, cwd=runs.ROOT, input=sent, check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    with pytest.raises(InputError, match="no file of blocks"):
        blocks.merge(tmp_path)
    written = blocks.write(tmp_path, IDENTITY, SECOND)
    assert not left.exists() and list(tmp_path.iterdir()) == [written]


def test_the_work_of_another_machine_or_a_job_that_runs_is_left_alone(tmp_path: Path) -> None:
    """Locks are not seen between machines: what is not of this one stays."""
    other = tmp_path / ".another-machine-abc"
    other.mkdir()
    with folders.workspace(tmp_path, f".{platform.node()}-") as work:
        blocks.write(tmp_path, IDENTITY, FIRST)
        assert work.is_dir() and other.is_dir()


# --- what a tally says ---------------------------------------------------------------------------


def test_probabilities_and_their_errors_by_hand() -> None:
    """Half of the blocks at 1/4, half at 3/4: mean 1/2, s = sqrt(8/7) / 4, error s / sqrt(8)."""
    units = np.array([ONE // 4, 3 * ONE // 4] * 4) * PLAN.n_points
    first, before = np.zeros_like(WHOLE.sums.first), np.zeros_like(WHOLE.sums.before)
    own, campus = IDENTITY.routes.index("owned"), IDENTITY.routes.index("campus")
    first[:, 0, own] = units
    before[:, 0, own, campus] = ONE * PLAN.n_points
    found = blocks.races(IDENTITY, Tally(WHOLE.blocks, WHOLE.days, BlockSums(before, first)))
    assert [race.against for race in found[:2]] == ["every other", "new_medium"]
    assert found[0].target == "llama_405b" and found[0].probability.value == 0.5
    assert found[0].probability.se == pytest.approx(math.sqrt(8 / 7) / 4 / math.sqrt(8))
    others = {race.against: (race.probability.value, race.probability.se) for race in found[1:]}
    assert others.pop("campus") == (1.0, 0.0)
    assert set(others.values()) == {(0.0, 0.0)}
    assert set(others) == set(IDENTITY.routes) - {"owned", "campus"}


def test_too_few_blocks_have_no_error() -> None:
    with pytest.raises(InputError, match="at least 8 blocks, got 5"):
        blocks.races(IDENTITY, SECOND)


# --- the command line ----------------------------------------------------------------------------

SMALL = ("--draws", 16, "--blocks-of", 2)


def test_the_ensemble_and_its_merged_files_print_the_same(tmp_path: Path) -> None:
    whole = call("ensemble", *SMALL)
    assert whole.exit_code == 0, whole.output
    plan = Plan(CENTRAL, tuple(CENTRAL.targets), 8, 2, 2026)
    assert whole.stdout.startswith(f"digest: {tally(plan, range(8)).digest()}\n")
    assert len(whole.stdout.splitlines()) == 3 + len(plan.targets) * len(IDENTITY.routes)
    for span in ("5:8", "0:5"):
        made = call("ensemble", *SMALL, "--blocks", span, "--out", tmp_path / "new/folder")
        assert made.exit_code == 0, made.output
        assert f"blocks {span} of 0:8: " in made.stdout
        assert Path(made.stdout.split(": ")[1].strip()).is_file()
    merged = call("merge", tmp_path / "new/folder")
    assert (merged.exit_code, merged.stdout) == (0, whole.stdout)


def test_without_options_the_draws_are_those_of_the_book() -> None:
    plan, _ = blocks.published(CENTRAL, [CENTRAL.race.target], SEED)
    given = {option.name: option.default for option in main.commands["ensemble"].params}
    assert given["draws"] == plan.n_draws
    assert (given["points"], given["seed"]) == (plan.n_points, plan.seed)


def test_parameters_and_seed_reach_the_draws(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("owned.share: 0.2\n", encoding="utf-8")
    one = ("--blocks", "0:1", "--out", tmp_path / "out")
    for more in ((), ("--params", file), ("-p", "owned.share=0.3"), ("--seed", 1)):
        assert call("ensemble", *SMALL, *one, *more).exit_code == 0
    assert call("ensemble", *SMALL, *one, "--scenario", "low").exit_code == 0
    found = [blocks.read(path).about for path in (tmp_path / "out").glob("*.npz")]
    assert len({of.identity.parameters for of in found}) == 4
    assert {of.identity.seed for of in found} == {2026, 1}
    assert len({of.tally_digest for of in found}) == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--blocks", "0:9"), ["--blocks", "0:8", "got 0:9"]),
        (("--blocks", "3:3"), ["--blocks", "A < B", "got 3:3"]),
        (("--blocks", "5:3"), ["--blocks", "A < B", "got 5:3"]),
        (("--blocks", "-1:3"), ["--blocks", "A:B", "got -1:3"]),
        (("--blocks", "3"), ["--blocks", "A:B", "got 3"]),
        (("--draws", 17), ["--draws", "multiple of --blocks-of, 2", "got 17", "use 16"]),
        (("--draws", 0), ["--draws", "got 0", "use 2"]),
        (("--draws", 14), ["at least 8 blocks, got 7", "--draws must be at least 16", "got 14"]),
        (("--blocks-of", 3), ["--blocks-of", "power of two", "got 3", "use 4"]),
        (("--blocks-of", 0), ["--blocks-of", "power of two", "got 0", "use 2"]),
        (("--threads", 0), ["--threads", "0 is not in the range"]),
        (("--seed", -1), ["--seed", "-1 is not in the range"]),
        (("--threads", 2, "--processes", 2), ["--threads and --processes exclude each other"]),
        (("--scheduler", "a", "--processes", 2), ["--processes and --scheduler exclude"]),
        (("-p", "owned.shares=1"), ["owned.share"]),
        (("--scenario", "centrel"), ["central"]),
    ],
)
def test_bad_input_is_refused_and_nothing_is_created(
    tmp_path: Path, arguments: tuple[str | int, ...], words: list[str]
) -> None:
    given = ("ensemble", *SMALL, "--blocks", "0:1", "--out", tmp_path / "out", *arguments)
    result = call(*given)
    assert result.exit_code in (1, 2) and isinstance(result.exception, SystemExit)
    for word in words:
        assert word in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_range_and_a_folder_belong_together(tmp_path: Path) -> None:
    for half in (("--blocks", "0:1"), ("--out", tmp_path / "out")):
        result = call("ensemble", *SMALL, *half)
        assert result.exit_code == 1 and "--blocks A:B and --out DIR" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for out in (file, file / "below"):
        result = call("ensemble", *SMALL, "--blocks", "0:1", "--out", out)
        assert result.exit_code == 1
        assert f"{file} is a file where a folder is needed; choose another --out" in result.stderr
    assert call("merge", file).exit_code == 2
    assert call("merge", tmp_path / "absent").exit_code == 2
    assert call("merge", tmp_path).exit_code == 1


def test_the_commands_explain_themselves() -> None:
    for command in ("ensemble", "merge"):
        result = call(command, "--help")
        assert result.exit_code == 0
        assert str(main.commands[command].help) in " ".join(result.stdout.split())
