"""What a person may do without the command line: papermill on one notebook, jupytext on a pair."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from jupytext.cli import jupytext as jupytext_command

from euromesh import runs

PAGE = runs.ROOT / "book/how-to-rerun.md"
QUICK = "05_replication"  # the notebook that takes the least time
DOCUMENTED = re.compile(r"^\.venv/bin/(papermill .*)$", re.MULTILINE)


def papermill(folder: Path, *given: str) -> subprocess.CompletedProcess[str]:
    """The command of the page on the quickest notebook, with other arguments behind the files."""
    (line,) = DOCUMENTED.findall(PAGE.read_text(encoding="utf-8"))
    words = shlex.split(line)
    assert words[1].startswith("notebooks/") and words[2] == "mine.ipynb"
    notebook = jupytext.read(runs.NOTEBOOKS / f"{QUICK}.md")
    (folder / f"{QUICK}.ipynb").write_text(runs.notebook_text(notebook), encoding="utf-8")
    command = [sys.executable, "-m", "papermill", f"{QUICK}.ipynb", "mine.ipynb"]
    path = os.pathsep.join([str(runs.ROOT), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1", "PYTHONPATH": path}
    command += given or words[3:]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_command_that_the_page_shows_works(tmp_path: Path) -> None:
    done = papermill(tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    made = nbformat.read(tmp_path / "mine.ipynb", as_version=4)
    (injected,) = (c for c in made.cells if "injected-parameters" in c.metadata.get("tags", []))
    assert injected.source.splitlines()[-1] == 'overrides = {"owned.share": 0.2}'
    outputs = [out for cell in made.cells for out in cell.get("outputs", ())]
    assert outputs and not [out for out in outputs if out.output_type == "error"]


@pytest.mark.slow
def test_overrides_in_the_wrong_form_are_refused_with_what_works(tmp_path: Path) -> None:
    done = papermill(tmp_path, "-p", "overrides", '{"owned.share": 0.2}')
    assert done.returncode != 0
    last = [line for line in done.stderr.splitlines() if line.startswith("ParamsError: ")]
    assert last and "papermill -y 'overrides: {owned.share" in last[-1]


@pytest.mark.parametrize("newer", [".md", ".ipynb"])
def test_jupytext_finds_every_pair_in_step(tmp_path: Path, newer: str) -> None:
    for path in runs.NOTEBOOKS.glob("[0-9]*.*"):
        copy = Path(shutil.copyfile(path, tmp_path / path.name))
        moment = 2_000_000_000 if copy.suffix == newer else 1_000_000_000
        os.utime(copy, (moment, moment))
    before = {path: path.read_bytes() for path in sorted(tmp_path.iterdir())}
    jupytext_command(["--quiet", "--sync", *(str(p) for p in before if p.suffix == newer)])
    changed = [path.name for path, held in before.items() if path.read_bytes() != held]
    assert changed == [], "run: jupytext --sync notebooks/*.md && make baseline"
