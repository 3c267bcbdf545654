"""What is refused is refused in a line before the work; folders are whole after any kill."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from click.testing import CliRunner, Result

from euromesh import book, facts, folders, runs
from euromesh.__main__ import main
from euromesh.digests import DIGESTS, outputs
from tests import stating


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def run_of(build: Path) -> Path:
    """A run that is nothing but whole."""
    run = build / "runs/central"
    run.mkdir(parents=True)
    (run / "results.json").write_text("old", encoding="utf-8")
    (run / DIGESTS).write_text(json.dumps(outputs(run)), encoding="utf-8")
    return run


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["-p", "owned.shares=0.2"], ["owned.shares", "owned.share"]),
        (["-p", "owned.share=abc"], ["abc", "0", "1"]),
        (["--scenario", "centrel"], ["centrel", "central"]),
        (["--params", "absent.yaml"], ["absent.yaml"]),
        (["--name", "A/B"], ["'A/B'"]),
    ],
)
def test_what_cannot_be_run_is_refused_as_typed_and_creates_nothing(
    tmp_path: Path, asked: list[str], words: list[str]
) -> None:
    result = call("run", *asked, "--build-dir", tmp_path / "build")
    assert result.exit_code != 0
    assert isinstance(result.exception, SystemExit)
    for word in words:
        assert re.search(rf"(?<!\w){re.escape(word)}(?!\w)", result.stderr)
    assert not any(tmp_path.iterdir())


def test_a_file_of_overrides_is_read_and_p_wins_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("owned.share: 0.2\n", encoding="utf-8")
    monkeypatch.setattr(runs, "make", lambda plan: plan.values["owned.share"])
    assert call("run", "--params", file).stdout == "run: 0.2\n"
    assert call("run", "--params", file, "-p", "owned.share=0.3").stdout == "run: 0.3\n"


def test_a_book_prints_where_it_is_or_why_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = run_of(tmp_path / "mine")
    built = book.Built(site=Path("/x/index.html"), pdf=Path("/x/euromesh.pdf"))
    error = book.BookError("the html build failed: no such page")
    build = Mock(side_effect=[built, error])
    monkeypatch.setattr(book, "build", build)
    result = call("book", "central", "--build-dir", "mine")
    assert result.stdout == f"site: {built.site}\npdf: {built.pdf}\n"
    build.assert_called_once_with(run, tmp_path / "mine")
    result = call("book", "central", "--build-dir", "mine")
    assert (result.exit_code, result.stderr) == (1, f"Error: {error}\n")
    assert "there is no run 'centre'" in call("book", "centre", "--build-dir", "mine").stderr


def test_a_baseline_lists_what_it_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "baseline", lambda: [runs.GOLDEN])
    assert call("baseline").stdout.replace("\\", "/") == "written: tests/results.json\n"


SMALL_DISK = SimpleNamespace(free=5_000_000)


def refused(result: Result, words: str) -> None:
    """One line that says why, exit code 1."""
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
    *_, last = result.stderr.splitlines()
    assert last.startswith("Error: ") and "Traceback" not in result.stderr
    assert re.search(words, last)


@pytest.mark.parametrize(
    ("name", "state", "words"),
    [
        ("shutil.disk_usage", lambda _: SMALL_DISK, "has 5 MB free and .*needed; free some space"),
        ("os.access", lambda _, mode: not mode & os.W_OK, "cannot be written; choose another --"),
        ("resource.getrlimit", lambda _: (999, 999), "no file .* 999 bytes.*ulimit -f unlimited"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, state: object, words: str
) -> None:
    run = run_of(tmp_path)
    monkeypatch.setattr(runs, "make", lambda _: pytest.fail("the run was begun"))
    monkeypatch.setattr(book, "_build_in", lambda *_: pytest.fail("the book was begun"))
    for asked in (("run",), ("book", "central")):
        with monkeypatch.context() as patch:
            patch.setattr(name, state)
            result = call(*asked, "--build-dir", tmp_path)
        refused(result, words)
    assert list(tmp_path.iterdir()) == [run.parent]


@pytest.mark.parametrize("name", ["a" * 256, "é" * 128, "/".join(["b" * 200] * 20)])
def test_a_path_that_the_system_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    refused(call("run", "--build-dir", tmp_path / name), "is too long; choose a shorter --")
    assert call("book", "central", "--build-dir", tmp_path / name).exit_code == 1
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("number", "help_"),
    [
        (errno.ENOSPC, "No space left on device; free some space"),
        (errno.EROFS, "Read-only file system; choose another folder"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_an_error_of_the_system_is_one_line_with_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, help_: str
) -> None:
    fail = Mock(side_effect=OSError(number, os.strerror(number)))
    monkeypatch.setattr(runs, "execute", lambda *_, **__: {})
    monkeypatch.setenv(facts.FOLDER, "")  # given back at the end
    stating.nothing_computed(monkeypatch)
    monkeypatch.setattr(Path, "write_text", fail)
    result = call("run", "--build-dir", tmp_path / "build")
    refused(result, f"params.yaml.*{help_}")
    assert not any(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("asked", [("--help",), ("ensemble", "--draws", "16", "--blocks-of", "2")])
def test_an_output_that_is_full_is_one_line(asked: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "euromesh", *asked],
            cwd=runs.ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("Error: No space left on device") and "Traceback" not in done.stderr


@pytest.mark.parametrize("control", ["\x1b[2J", "\x07", "\x9b31m", "\u202e", "\r"])
def test_a_terminal_obeys_nothing_that_a_value_says(control: str) -> None:
    for pair in (f"owned.share=a{control}bc", f"own{control}ed.share=1", f"x{control}.name=y"):
        result = call("run", "-p", pair)
        assert result.exit_code == 1 and result.stderr.startswith("Error: ")
        assert control not in result.stderr


KILLED = """
import os, signal, sys
from pathlib import Path
from euromesh import folders
build, moment = Path(sys.argv[1]), int(sys.argv[2])
EVENTS = {"os.mkdir", "os.rename", "os.remove", "os.rmdir"}
left = iter(range(moment))

def hook(event, arguments):
    if event in EVENTS and next(left, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
with folders.building(build) as work:
    folders.write(work / "new" / "results.json", "new")
    folders.place(work / "new", build, "runs/central")
"""


def killed(build: Path, moment: int) -> bool:
    """Replace a run in a process that is killed before so many changes of the disk are made."""
    command = [sys.executable, "-c", KILLED, str(build), str(moment)]
    return subprocess.run(command, cwd=runs.ROOT, check=False).returncode == -signal.SIGKILL


def held(build: Path) -> str:
    return (build / "runs/central/results.json").read_text(encoding="utf-8")


def test_a_kill_at_any_moment_hides_no_run_and_its_rests_are_removed(tmp_path: Path) -> None:
    moment, seen = 0, []
    while True:
        build = tmp_path / str(moment)
        run_of(build)
        if not killed(build, moment):
            break
        with folders.building(build):
            seen.append(held(build))
        assert not any((build / "tmp").iterdir())
        moment += 1
    assert held(build) == "new"
    assert seen == sorted(seen, reverse=True) and set(seen) == {"old", "new"}
    assert len(seen) > 6


def test_what_a_kill_moved_away_returns_before_it_is_sought_or_another_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of(tmp_path)
    away = tmp_path / "tmp/old"
    (away / "runs").mkdir(parents=True)
    run.rename(away / "runs/central")
    assert runs.find("central", tmp_path) == run and not any((tmp_path / "tmp").iterdir())
    (away / "book/central/euromesh.pdf").mkdir(parents=True)
    monkeypatch.setattr(book, "_build_in", Mock(side_effect=book.BookError))
    with pytest.raises(book.BookError):
        book.build(run, tmp_path)
    with folders.building(tmp_path) as work, pytest.raises(FileNotFoundError):
        folders.place(work / "absent", tmp_path, "runs/central")  # it cannot take its place
    assert held(tmp_path) == "old"
    assert (tmp_path / "book/central/euromesh.pdf").exists()


@pytest.mark.parametrize("can_lock", [True, False])
def test_the_work_of_a_command_that_runs_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_lock: bool
) -> None:
    if not can_lock:
        monkeypatch.setattr("fcntl.flock", Mock(side_effect=OSError(errno.EOPNOTSUPP, "not here")))
    with folders.building(tmp_path) as one:
        with folders.building(tmp_path) as other:
            assert one.is_dir() and other.is_dir() and one != other
        with pytest.raises(ZeroDivisionError), folders.building(tmp_path):
            raise ZeroDivisionError
        assert one.is_dir()
