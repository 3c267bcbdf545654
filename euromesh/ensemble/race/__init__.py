"""The race over draws: the sites of `routes` as rows of arrays, and the compiled search of them.

The builders of `routes` make the sites of many draws at once from parameters that are arrays; the
fastest team and the accrual are loops over draws, which `kernel` compiles.
"""

from euromesh.ensemble.race.dates import finishes
