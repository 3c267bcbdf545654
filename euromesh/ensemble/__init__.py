"""Draws of the parameters and what they make of the answer.

`sample` gives quasi-random draws of the whole parameter tree, `inputs` says what they vary, and
`first_order_share` how much of an outcome's variance a group of inputs explains alone.
"""

from euromesh.ensemble.chance import COMMON_DELAY
from euromesh.ensemble.draws import Draws, draws_at, sample, sobol
from euromesh.ensemble.estimates import (
    Estimate,
    cumulative_share,
    estimate,
    if_ever,
    never_share,
    quantile_years,
)
from euromesh.ensemble.inputs import GROUPS, Input, behind, group_of, inputs, n_coordinates
from euromesh.ensemble.outcomes import Outcomes, finish_years, outcomes
from euromesh.ensemble.race import raced_as_arrays
from euromesh.ensemble.shares import Share, first_order_share, share_of
from euromesh.ensemble.tally import Plan, Tally, tally, tally_block

__all__ = [
    "COMMON_DELAY",
    "GROUPS",
    "Draws",
    "Estimate",
    "Input",
    "Outcomes",
    "Plan",
    "Share",
    "Tally",
    "behind",
    "cumulative_share",
    "draws_at",
    "estimate",
    "finish_years",
    "first_order_share",
    "group_of",
    "if_ever",
    "inputs",
    "n_coordinates",
    "never_share",
    "outcomes",
    "quantile_years",
    "raced_as_arrays",
    "sample",
    "share_of",
    "sobol",
    "tally",
    "tally_block",
]
