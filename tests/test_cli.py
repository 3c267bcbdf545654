"""The command line says what is wrong and what would work, and never shows a traceback."""

import json
import re
from pathlib import Path
from unittest.mock import Mock

import pytest
from click.testing import CliRunner, Result

from euromesh import book, runs
from euromesh.__main__ import main
from euromesh.digests import DIGESTS, outputs


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
