"""A run becomes a website and its PDFs.

The run's notebooks, the pages of `book/` and the pages generated from `params/` are staged as one
tree; Jupyter Book builds that tree twice, as a site and as the single page the PDFs are made from.
Nothing is executed here: every number on a page was computed by the run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from euromesh import folders
from euromesh.book import package
from euromesh.book.stage import stage
from euromesh.folders import ROOT, RunError

PDF_NAME = "euromesh.pdf"
NEED = 200_000_000  # bytes that the build takes at most


class BookError(RunError):
    """A book that cannot be built: the message holds what the build tools said."""


@dataclass(frozen=True, slots=True)
class Built:
    """Where the finished book is; `site` is the page to open first, beside `pdf` lie the others."""

    site: Path
    pdf: Path


def build(run_dir: Path, build_dir: Path, root: Path = ROOT) -> Built:
    """Build website and PDFs of a run; a failure leaves an earlier book of that run as it was."""
    name = f"book/{run_dir.name}"
    for folder in (build_dir / name, build_dir / "tmp"):
        folders.check(folder, "--build-dir", NEED)
    with folders.building(build_dir) as work:
        _build_in(work, run_dir, root)
        target = folders.place(work / "new", build_dir, name)
    return Built(target / "site" / "index.html", target / PDF_NAME)


def _build_in(work: Path, run_dir: Path, root: Path) -> None:
    """Stage and build in a folder of its own; the finished book is `work/new`."""
    tree, new, terminal = work / "tree", work / "new", sys.stderr.isatty()
    steps: dict[str, Callable[[], None]] = {
        "stage": lambda: stage(run_dir, root, tree),
        "website": lambda: _jupyter_book("html", tree, work),
        "data": lambda: package.write(run_dir, tree, work / "_build" / "html"),
        "PDFs": lambda: _jupyter_book("singlehtml", tree, work),
    }
    for name, step in tqdm(steps.items(), desc="book", disable=not terminal):
        if not terminal:
            print(f"book: {name}", file=sys.stderr, flush=True)
        step()
    new.mkdir()
    (work / "_build" / "html").rename(new / "site")
    for pdf in (work / "_build" / "singlehtml").glob("*.pdf"):
        shutil.copyfile(pdf, new / "site" / pdf.name)  # every page of the site leads to them
        pdf.rename(new / pdf.name)
    tree.rename(new / "tree")


def _jupyter_book(builder: str, tree: Path, output: Path) -> None:
    """Run one builder of Jupyter Book; any warning is an error."""
    start = "from jupyter_book.cli.main import main; main()"  # it has no `python -m`
    command = [sys.executable, "-c", start, "build", str(tree), "--builder", builder]
    command += ["--path-output", str(output), "-W", "-n", "--keep-going", "-q"]
    env = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "NO_COLOR": "1"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BookError(f"the {builder} build failed:\n{_told(done.stderr or done.stdout, tree)}")


def _told(output: str, tree: Path) -> str:
    """What the build said, with places in the staged tree and without colours."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output).replace(f"{tree}{os.sep}", "")
    plain, _, _ = plain.partition('  File "')  # what follows is the trace of the build tool itself
    lines = [line for line in plain.splitlines() if line.strip()]
    system = [line for line in lines if "[Errno " in line]  # of a full disk one line says it all
    return "\n".join(system[:1] or lines)
