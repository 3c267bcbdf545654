"""Digests of the files that a run was made from, and of those that it wrote."""

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

DIGESTS = "digests.json"
HIDDEN = re.compile(rf"(.*/)?\..*|{DIGESTS}$")
SOURCES = {".py", ".yaml", ".csv", ".txt", ".md"}


def digests(root: Path, *folders: str) -> dict[str, str]:
    """SHA-256 of every source file in folders of the repository, by path."""
    paths = (path for folder in folders for path in (root / folder).rglob("*"))
    return _by_path(root, (path for path in paths if path.suffix in SOURCES))


def outputs(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a finished folder, by path; what systems hide there is not of it."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return _by_path(folder, (folder / name for name in names if not HIDDEN.match(name)))


def damage(folder: Path) -> dict[str, str]:
    """What is wrong with each file of a finished folder, in words; nothing if it is whole."""
    try:
        written = dict(json.loads((folder / DIGESTS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError):
        return {DIGESTS: f"{DIGESTS} is missing or cannot be read"}
    found = outputs(folder)
    wrong = {path: f"{path} is missing" for path in written if path not in found}
    wrong |= {path: f"{path} is not of the run" for path in found if path not in written}
    changed = (path for path in found if path in written and found[path] != written[path])
    return wrong | {path: f"{path} is not as the run wrote it" for path in changed}


def _by_path(root: Path, paths: Iterable[Path]) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(paths)
    }
