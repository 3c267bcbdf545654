"""Blocks of draws beyond one core: threads, processes, or the workers of a dask scheduler.

A tally holds whole numbers, so its digest is the same whoever made its blocks and in whatever
order they were added.
"""

from euromesh.blocks.command import DRAWS, POINTS, made, plan_of, published
from euromesh.blocks.installations import installation
from euromesh.blocks.odds import Ahead, odds_of_owned
from euromesh.blocks.workers import Workers, WorkersError, cores, tallied
