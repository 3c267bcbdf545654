"""A file of blocks: part of a run, made anywhere, complete or not there.

An `.npz` without pickles: the arrays of a tally, and `about`, a JSON text that says which blocks
of which run they are.
"""

from __future__ import annotations

import json
import os
import platform
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from tokenize import TokenError
from typing import BinaryIO, Final, Literal

import numpy as np
from numpy.lib.npyio import NpzFile
from pydantic import TypeAdapter, ValidationError

from euromesh.blocks.identities import Identity
from euromesh.ensemble import Tally
from euromesh.ensemble.tally import ONE, BlockSums, Whole
from euromesh.folders import named, workspace
from euromesh.records import InputError, record

NAME: Final = re.compile(r"blocks-(\d+)-(\d+)-[0-9a-f]+")
UNREADABLE: Final = (  # what damaged bytes raise in zipfile and numpy
    OSError,
    EOFError,
    KeyError,
    RuntimeError,
    ValueError,
    TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


@record
class About:
    """What a file says of itself."""

    format: Literal[1]
    identity: Identity
    identity_digest: str
    first: int
    end: int  # the block after the last
    tally_digest: str


@dataclass(frozen=True, slots=True)
class Shard:
    """A file of blocks and what it says of itself."""

    path: Path
    about: About

    @property
    def blocks(self) -> range:
        """The blocks that it holds."""
        return range(self.about.first, self.about.end)


_ABOUT: Final = TypeAdapter(About)


def write(folder: Path, of: Identity, tally: Tally) -> Path:
    """Write the blocks of a tally, which follow each other, into a folder; return the file."""
    first, end = int(tally.blocks[0]), int(tally.blocks[-1]) + 1
    about = About(
        format=1,
        identity=of,
        identity_digest=of.digest(),
        first=first,
        end=end,
        tally_digest=tally.digest(),
    )
    width = len(str(of.n_blocks))
    name = f"blocks-{first:0{width}}-{end:0{width}}-{about.identity_digest[:12]}.npz"
    header = np.frombuffer(json.dumps(asdict(about)).encode(), dtype=np.uint8)
    arrays = {"blocks": tally.blocks, "days": tally.days, **tally.sums._asdict()}

    def fill(file: BinaryIO) -> None:
        np.savez_compressed(file, allow_pickle=False, about=header, **arrays)

    _write_aside(folder / name, fill)
    return folder / name


def read(path: Path) -> Shard:
    """What a file of blocks says of itself, checked; its arrays are not read yet."""
    with _opened(path) as arrays:
        about = _about(arrays)
        _check_about(about)
    return Shard(path, about)


def read_tally(shard: Shard) -> Tally:
    """The tally in a file, refused unless it is whole and of the shape that its run has."""
    with _opened(shard.path) as arrays:
        shapes = _shapes(shard)
        found = {name: _array(arrays, name, shape) for name, shape in shapes.items()}
        sums = BlockSums(before=found["before"], first=found["first"])
        tally = Tally(found["blocks"], found["days"], sums)
        _check_tally(shard, tally)
    return tally


def spans(indices: Iterable[int]) -> str:
    """Blocks as half-open ranges: 0:4, 6:8."""
    numbered = enumerate(sorted(set(indices)))
    runs = [[index for _, index in run] for _, run in groupby(numbered, lambda i: i[1] - i[0])]
    return ", ".join(f"{run[0]}:{run[-1] + 1}" for run in runs)


def again(blocks: str, folder: Path) -> str:
    """How blocks that are not there are made."""
    return (
        f"compute them with: python -m euromesh ensemble --blocks {blocks} --out {folder}, "
        "and the other options of the run"
    )


def _write_aside(path: Path, fill: Callable[[BinaryIO], None]) -> None:
    """Fill a file elsewhere, bring it to the disk, and only then give it its name."""
    own = f".{platform.node()}-"  # machines that share the folder cannot see each other's locks
    with workspace(path.parent, own) as work:
        aside = work / path.name
        with named(path), aside.open("xb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Bring a new name to the disk, where the system lets a folder be opened."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _opened(path: Path) -> Iterator[NpzFile]:
    """The arrays of a file; whatever is wrong with them names the file, its blocks and the fix."""
    try:
        if not zipfile.is_zipfile(path):
            raise ValueError("it is cut short or no .npz file")
        with np.load(path, allow_pickle=False) as arrays:
            yield arrays
    except UNREADABLE as error:
        named = NAME.match(path.name)
        span = f"{int(named[1])}:{int(named[2])}" if named else ""
        fix = f"delete it; if its blocks {span} are then missing, {again(span, path.parent)}"
        reason = " ".join(str(error).split())
        raise InputError(
            f"{path}: cannot be read as blocks {span} of a run ({reason}); "
            f"{fix if named else 'move it elsewhere'}"
        ) from error


def _about(arrays: NpzFile) -> About:
    text = np.asarray(arrays["about"], dtype=np.uint8).tobytes()
    try:
        return _ABOUT.validate_json(text, strict=True)
    except ValidationError as error:
        raise ValueError(f"its `about` has {error.error_count()} faults") from error


def _check_about(about: About) -> None:
    if about.identity.digest() != about.identity_digest:
        raise ValueError("its `about` is not what was written")
    if not 0 <= about.first < about.end <= about.identity.n_blocks:
        raise ValueError(f"blocks {about.first}:{about.end} of {about.identity.n_blocks}")


def _shapes(shard: Shard) -> dict[str, tuple[int, ...]]:
    of = shard.about.identity
    blocks, targets, routes = len(shard.blocks), len(of.targets), len(of.routes)
    return {
        "blocks": (blocks,),
        "days": (targets, routes, of.n_bins),
        "before": (blocks, targets, routes, routes),
        "first": (blocks, targets, routes),
    }


def _array(arrays: NpzFile, name: str, shape: tuple[int, ...]) -> Whole:
    found = arrays[name]
    if found.shape != shape or found.dtype != np.int64:
        raise ValueError(f"{name} is {found.dtype} {found.shape}, must be int64 {shape}")
    made: Whole = found
    return made


def _check_tally(shard: Shard, tally: Tally) -> None:
    if tally.blocks.tolist() != list(shard.blocks):
        raise ValueError(f"it holds blocks {spans(tally.blocks.tolist())}")
    if (tally.days.sum(axis=-1) != len(shard.blocks) * shard.about.identity.n_points * ONE).any():
        raise ValueError("its days do not add up to its draws")
    if tally.digest() != shard.about.tally_digest:
        raise ValueError("its numbers are not what was written")
