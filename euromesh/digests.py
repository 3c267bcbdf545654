"""Digests of the files that a run was made from."""

import hashlib
from pathlib import Path

SOURCES = {".py", ".yaml", ".csv", ".md"}


def digests(root: Path, *folders: str) -> dict[str, str]:
    """SHA-256 of every source file in folders of the repository, by path."""
    paths = sorted(path for folder in folders for path in (root / folder).rglob("*"))
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.suffix in SOURCES
    }
