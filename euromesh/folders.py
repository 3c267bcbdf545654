"""Folders that are whole or absent: checked first, written aside, moved into place when complete.

`tmp/` of a build folder holds the work of commands that run, each in a folder that it locks, and
in `old/` what is being replaced. The next command puts back what a killed one had moved away, and
removes what it left. Where the system cannot lock a folder, such work stays.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from euromesh.records import InputError

if sys.platform != "win32":
    import fcntl
    import resource

ROOT: Final = Path(__file__).resolve().parent.parent  # of the repository
LONGEST: Final = 200  # bytes of the longest path below a build folder, with some to spare
MEGABYTE: Final = 1_000_000
WORK: Final = "work-"  # the start of a name
ELSEWHERE: Final = "; choose another folder, with --build-dir or --out"
HELP: Final = {
    errno.ENOSPC: f"; free some space{ELSEWHERE.replace('; ', ' or ')}",
    errno.EDQUOT: f"; free some space{ELSEWHERE.replace('; ', ' or ')}",
    errno.EFBIG: "; raise the limit with: ulimit -f unlimited",
    errno.ENAMETOOLONG: ELSEWHERE.replace("another", "a shorter"),
    errno.EROFS: ELSEWHERE,
    errno.EACCES: ELSEWHERE,
    errno.EPERM: ELSEWHERE,
}


class RunError(Exception):
    """What a person asked for cannot be done; the text says why and what would work."""


def check(folder: Path, option: str, need: int) -> None:
    """Refuse a folder that cannot be made, written, or hold so many bytes."""
    nearest = next(path for path in (folder, *folder.parents) if os.path.lexists(path))
    if not nearest.is_dir():
        raise InputError(f"{nearest} is a file where a folder is needed; choose another {option}")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(f"{nearest} cannot be written; choose another {option}")
    free = shutil.disk_usage(nearest).free
    if free < need:
        raise InputError(
            f"{nearest} has {free // MEGABYTE} MB free and {need // MEGABYTE} MB are needed; "
            f"free some space or choose another {option}"
        )
    if sys.platform != "win32":
        _check_limits(folder, nearest, option, need)


def _check_limits(folder: Path, nearest: Path, option: str, need: int) -> None:
    """Refuse a path that the system cannot hold, with what will stand below it, or such a file."""
    part, whole = (os.pathconf(nearest, f"PC_{kind}_MAX") for kind in ("NAME", "PATH"))
    longest = max(len(os.fsencode(name)) for name in folder.parts)
    if longest > part or len(os.fsencode(folder)) + LONGEST > whole:
        raise InputError(f"the path {str(folder)[:80]}... is too long; choose a shorter {option}")
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if limit != resource.RLIM_INFINITY and limit < need:
        raise InputError(
            f"no file may be larger than {limit} bytes here and up to {need // MEGABYTE} MB are "
            "needed; raise the limit with: ulimit -f unlimited"
        )


def write(path: Path, text: str) -> None:
    """Write a text with LF line ends on every system, making its folder.

    An error names the path it is about: that of a full disk has none.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise OSError(error.errno, error.strerror, error.filename or str(path)) from error


def said(error: OSError) -> str:
    """An error of the system in a line, with the path and what helps."""
    where = f"{error.filename}: " if error.filename else ""
    help_ = HELP.get(error.errno or 0, "")
    return f"{where}{error.strerror or error}{help_}".replace("\n", " ")


@contextmanager
def building(build_dir: Path) -> Iterator[Path]:
    """A folder to work in below a build folder, gone afterwards.

    What killed commands left is put right first; a failure removes the folders made for it, too.
    """
    restore(build_dir)
    holder = build_dir / "tmp"
    absent = [path for path in (holder, *holder.parents) if not path.exists()]
    try:
        holder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            with locked(holder):
                for left in holder.glob(f"{WORK}*"):
                    with locked(left, wait=False) as held:
                        if held:  # by no command that runs
                            shutil.rmtree(left, ignore_errors=True)
                made = tempfile.TemporaryDirectory(
                    dir=holder, prefix=WORK, ignore_cleanup_errors=True
                )
                work = Path(stack.enter_context(made))
                stack.enter_context(locked(work))
            yield work
    except BaseException:  # an interrupt, too, leaves nothing behind
        for path in absent:
            with suppress(OSError):  # another command works in it
                path.rmdir()
        raise


def place(new: Path, build_dir: Path, name: str) -> Path:
    """Move a finished folder to its place; the old one goes first, and back if that fails."""
    folder, aside = build_dir / name, build_dir / "tmp" / "old" / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(build_dir / "tmp"):
        if folder.exists():
            aside.parent.mkdir(parents=True, exist_ok=True)
            folder.rename(aside)
        try:
            new.rename(folder)
        finally:
            _put_back(build_dir)
    return folder


def restore(build_dir: Path) -> None:
    """Put back what a command had moved away when it was killed."""
    if (build_dir / "tmp" / "old").is_dir():
        with locked(build_dir / "tmp"):
            _put_back(build_dir)


def _put_back(build_dir: Path) -> None:
    """Return each folder that was moved away to its place, unless a new one stands there."""
    old = build_dir / "tmp" / "old"
    for folder in list(old.glob("*/*")):
        target = build_dir / folder.relative_to(old)
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            folder.rename(target)
    gone = old.with_name(f"{WORK}{old.name}")
    if old.exists():
        shutil.rmtree(gone, ignore_errors=True)
        old.rename(gone)  # at once: half a folder must not be put back
        shutil.rmtree(gone, ignore_errors=True)


@contextmanager
def locked(folder: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold a folder, and say whether it is held: not where the system cannot lock it."""
    held = False
    if sys.platform == "win32":
        yield held
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        yield held
    finally:
        os.close(handle)
