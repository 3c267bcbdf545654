"""Pyodide, the Python that runs the model in a page: fetched by npm as `book/_web` pins it."""

from __future__ import annotations

import gzip
import shutil
import sys
from pathlib import Path
from typing import Final

from euromesh.folders import ROOT

FOLDER: Final = ROOT / "book" / "_web" / "node_modules" / "pyodide"
FILES: Final = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
)
ABSENT: Final = (
    "book: no Pyodide in book/_web, so the explorer keeps its table computed beforehand; "
    "with npm: npm ci --prefix book/_web"
)


def copy(to: Path, folder: Path = FOLDER) -> bool:
    """Copy what the page loads into a folder of the site; say where there is nothing to copy."""
    if not all((folder / name).is_file() for name in FILES):
        print(ABSENT, file=sys.stderr, flush=True)
        return False
    to.mkdir(parents=True)
    for name in FILES:
        shutil.copyfile(folder / name, to / name)
    return True


def megabytes(*folders: Path) -> float:
    """What a reader downloads, as a server that compresses sends it."""
    files = (path for folder in folders for path in folder.iterdir() if path.is_file())
    return sum(len(gzip.compress(path.read_bytes(), 6, mtime=0)) for path in files) / 1e6
