"""Blocks of draws beyond one core: threads, processes, or the workers of a dask scheduler.

A tally holds whole numbers, so its digest is the same whoever made its blocks and in whatever
order they were added.
"""

from euromesh.blocks.command import DRAWS, POINTS, made, odds_of_owned, plan_of, published
from euromesh.blocks.workers import Workers, WorkersError, cores, installation, tallied
