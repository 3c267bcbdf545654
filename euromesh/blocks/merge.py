"""The files of a run added up: all of its blocks, each once, and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import reduce
from pathlib import Path

from euromesh.blocks.identities import Identity, differences
from euromesh.blocks.shards import Shard, again, read, read_tally, spans
from euromesh.ensemble import Tally
from euromesh.records import InputError


def merge(folder: Path) -> tuple[Identity, Tally]:
    """The run whose files a folder holds; refused unless every block is there exactly once."""
    found = [read(path) for path in sorted(folder.glob("*.npz"))]
    if not found:
        raise InputError(f"there is no file of blocks in {folder}: {again('A:B', folder)}")
    _check_one_run(found)
    _check_once(found)
    _check_all(found, folder)
    return found[0].about.identity, reduce(Tally.__add__, map(read_tally, found))


def _check_one_run(found: Sequence[Shard]) -> None:
    """Refuse a file of another run than that of most."""
    ((most, _),) = Counter(shard.about.identity for shard in found).most_common(1)
    usual = next(shard for shard in found if shard.about.identity == most)
    for shard in found:
        if shard.about.identity != most:
            what = ", ".join(differences(most, shard.about.identity))
            raise InputError(
                f"{shard.path}: its blocks {spans(shard.blocks)} are of another run than "
                f"{usual.path.name}: they differ in {what}; keep each run in a folder of its own"
            )


def _check_once(found: Sequence[Shard]) -> None:
    """Refuse a block that is in two files."""
    seen: dict[int, Shard] = {}
    for shard in found:
        twice = [index for index in shard.blocks if index in seen]
        if twice:
            other = seen[twice[0]].path.name
            raise InputError(
                f"{shard.path}: blocks {spans(twice)} are in {other}, too; delete one of the two"
            )
        seen |= dict.fromkeys(shard.blocks, shard)


def _check_all(found: Sequence[Shard], folder: Path) -> None:
    """Refuse a run of which blocks are not there."""
    n_blocks = found[0].about.identity.n_blocks
    missing = set(range(n_blocks)).difference(*(shard.blocks for shard in found))
    if missing:
        raise InputError(
            f"{folder}: blocks {spans(missing)} of 0:{n_blocks} are missing; "
            f"{again(spans(missing).partition(',')[0], folder)}"
        )
