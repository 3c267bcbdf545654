"""Every fact of the book, a module a page: tables, and the headline numbers among their cells.

`of(scenario, overrides)` gives the tables of a run by name, `numbers` its headline numbers. A new
number is a cell of a table; what it read is recorded while the table is made.
"""

from __future__ import annotations

from euromesh.facts import access as access
from euromesh.facts import alone as alone
from euromesh.facts import chances as chances
from euromesh.facts import changes as changes
from euromesh.facts import clusters as clusters
from euromesh.facts import decisions as decisions
from euromesh.facts import distance as distance
from euromesh.facts import drivers as drivers
from euromesh.facts import easiest as easiest
from euromesh.facts import federation as federation
from euromesh.facts import finishes as finishes
from euromesh.facts import frontier as frontier
from euromesh.facts import grid as grid
from euromesh.facts import levels as levels
from euromesh.facts import machines as machines
from euromesh.facts import objections as objections
from euromesh.facts import published as published
from euromesh.facts import rates as rates
from euromesh.facts import scorecard as scorecard
from euromesh.facts import turns as turns
from euromesh.facts import uncertainty as uncertainty
from euromesh.facts.kept import FOLDER, of, prune
from euromesh.facts.stored import lineage_text, results_text
from euromesh.facts.tables import RECIPES, Column, Facts, Figure, Number, Run
