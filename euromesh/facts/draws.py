"""Draws of a run for its tables: their seed, and how many are enough to note what they read."""

from typing import Final

SEED: Final = 2026
NOTED: Final = 64  # draws of the date through the view: enough to meet every law
