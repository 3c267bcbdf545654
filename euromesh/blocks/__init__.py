"""Blocks of draws beyond one core: threads, processes, files of a job array, dask workers.

A tally holds whole numbers, so its digest is the same wherever its blocks were made and in
whatever order they were added.
"""

from euromesh.blocks.command import DRAWS, POINTS, Request, Workers, made, merged, request
from euromesh.blocks.identities import Identity, identity
from euromesh.blocks.merge import merge
from euromesh.blocks.pools import WorkersError, cores, tally_in_processes, tally_in_threads
from euromesh.blocks.printed import published
from euromesh.blocks.races import Race, races
from euromesh.blocks.scheduler import tally_on_scheduler
from euromesh.blocks.shards import Shard, read, read_tally, write

__all__ = [
    "DRAWS",
    "POINTS",
    "Identity",
    "Race",
    "Request",
    "Shard",
    "Workers",
    "WorkersError",
    "cores",
    "identity",
    "made",
    "merge",
    "merged",
    "published",
    "races",
    "read",
    "read_tally",
    "request",
    "tally_in_processes",
    "tally_in_threads",
    "tally_on_scheduler",
    "write",
]
