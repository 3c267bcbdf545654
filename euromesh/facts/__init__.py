"""Every fact of the book, a module a page: tables, and the headline numbers among their cells.

`of(scenario, overrides)` gives the tables of a run by name, `numbers` its headline numbers. A new
number is a cell of a table; what it read is recorded while the table is made.
"""

from __future__ import annotations

from euromesh.facts import distance, federation  # noqa: F401
from euromesh.facts.kept import FOLDER, of, prune
from euromesh.facts.stored import lineage_text, results_text
from euromesh.facts.tables import RECIPES, Column, Facts, Figure, Number, Run

__all__ = [
    "FOLDER",
    "RECIPES",
    "Column",
    "Facts",
    "Figure",
    "Number",
    "Run",
    "lineage_text",
    "of",
    "prune",
    "results_text",
]
