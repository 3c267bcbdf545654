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

from euromesh import params, runs

PAGE = runs.ROOT / "book/how-to-rerun.md"
QUICK = "08_original"  # the notebook that takes the least time
DOCUMENTED = re.compile(r"^\.venv/bin/(papermill .*)$", re.MULTILINE)


@pytest.mark.slow
def test_the_command_that_the_page_shows_works_on_the_quickest_notebook(tmp_path: Path) -> None:
    (line,) = DOCUMENTED.findall(PAGE.read_text(encoding="utf-8"))
    words = shlex.split(line)
    assert words[1].startswith("notebooks/") and words[2] == "mine.ipynb"
    notebook = jupytext.read(runs.NOTEBOOKS / f"{QUICK}.md")
    (tmp_path / f"{QUICK}.ipynb").write_text(runs.notebook_text(notebook), encoding="utf-8")
    command = [sys.executable, "-m", "papermill", f"{QUICK}.ipynb", "mine.ipynb", *words[3:]]
    path = os.pathsep.join([str(runs.ROOT), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "JUPYTER_PREFER_ENV_PATH": "1", "PYTHONPATH": path}
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    made = nbformat.read(tmp_path / "mine.ipynb", as_version=4)
    (injected,) = (c for c in made.cells if "injected-parameters" in c.metadata.get("tags", []))
    assert injected.source.splitlines()[-1] == 'overrides = {"owned.share": 0.2}'
    outputs = [out for cell in made.cells for out in cell.get("outputs", ())]
    assert outputs and not [out for out in outputs if out.output_type == "error"]


def test_overrides_in_the_form_that_papermill_passes_as_text_are_refused_with_what_works() -> None:
    with pytest.raises(params.ParamsError, match=r"papermill -y 'overrides: \{owned\.share"):
        params.load("central", '{"owned.share": 0.2}')  # type: ignore[arg-type]


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
