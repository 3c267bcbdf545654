"""The command line says what is wrong and what would work, and never shows a traceback."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from euromesh import book, runs
from euromesh.__main__ import main
from euromesh.digests import DIGESTS, outputs


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("owned.shares=0.2", ["owned.shares", "owned.share"]),
        ("owned.share=abc", ["abc", "0", "1"]),
        ("owned.share=-1", ["-1", "0", "1"]),
        ("owned.share=nan", ["nan", "0", "1"]),
        ("owned.share=3.0", ["3.0", "0", "1"]),
        ("owned.share", ["owned.share", "id=value"]),
    ],
)
def test_a_bad_override_is_refused_with_the_value_as_typed(
    tmp_path: Path, pair: str, words: list[str]
) -> None:
    result = call("run", "-p", pair, "--build-dir", tmp_path / "build")
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    for word in words:
        assert re.search(rf"(?<!\w){re.escape(word)}(?!\w)", result.stderr)
    assert not (tmp_path / "build").exists()


def test_a_refused_run_shows_no_traceback() -> None:
    command = [sys.executable, "-m", "euromesh", "run", "-p", "owned.share=abc"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=runs.ROOT)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ") and "Traceback" not in done.stderr


def test_an_unknown_scenario_is_refused(tmp_path: Path) -> None:
    result = call("run", "--scenario", "centrel", "--build-dir", tmp_path / "build")
    assert result.exit_code == 1
    assert "central" in result.stderr
    assert not (tmp_path / "build").exists()


def test_a_file_of_overrides_is_read_and_p_wins_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("owned.share: 0.2\n", encoding="utf-8")
    monkeypatch.setattr(runs, "make", lambda plan: plan.values["owned.share"])
    assert call("run", "--params", file).stdout == "run: 0.2\n"
    assert call("run", "--params", file, "-p", "owned.share=0.3").stdout == "run: 0.3\n"


def test_a_file_of_overrides_that_is_absent_is_refused(tmp_path: Path) -> None:
    result = call("run", "--params", tmp_path / "absent.yaml", "--build-dir", tmp_path / "build")
    assert result.exit_code != 0
    assert "absent.yaml" in result.stderr


def test_an_unknown_run_has_no_book(tmp_path: Path) -> None:
    result = call("book", "centre", "--build-dir", tmp_path)
    assert result.exit_code == 1
    assert "there is no run 'centre'" in result.stderr


@pytest.fixture
def run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that has a manifest and nothing else, in the folder one works in."""
    monkeypatch.chdir(tmp_path)
    run = tmp_path / "mine/runs/central"
    run.mkdir(parents=True)
    (run / "manifest.json").write_text("{}", encoding="utf-8")
    (run / DIGESTS).write_text(json.dumps(outputs(run)), encoding="utf-8")
    return run


def test_a_book_prints_where_it_is(run_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = book.Built(site=Path("/x/index.html"), pdf=Path("/x/euromesh.pdf"))
    seen = []
    monkeypatch.setattr(book, "build", lambda *asked: seen.append(asked) or built)
    result = call("book", "central", "--build-dir", "mine")
    assert result.stdout == f"site: {built.site}\npdf: {built.pdf}\n"
    assert seen == [(run_folder, run_folder.parents[1])]


def test_a_book_that_fails_shows_why(run_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise book.BookError("the html build failed: no such page")

    monkeypatch.setattr(book, "build", fail)
    result = call("book", "central", "--build-dir", "mine")
    assert result.exit_code == 1
    assert result.stderr == "Error: the html build failed: no such page\n"


def test_a_baseline_lists_what_it_wrote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "baseline", lambda: [runs.GOLDEN])
    assert call("baseline").stdout.replace("\\", "/") == "written: tests/results.json\n"


def test_every_command_explains_itself() -> None:
    for command in ("run", "book", "baseline"):
        result = call(command, "--help")
        assert result.exit_code == 0
        assert str(main.commands[command].help) in " ".join(result.stdout.split())
