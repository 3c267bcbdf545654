"""Draws of the parameters and what they make of the race.

`inputs` says what draws vary, `draws_at` and `sample` give whole parameter trees, `outcomes` the
finish of every route as arrays, `tally` sums over blocks of draws, and `estimate` what they say.
"""

from euromesh.ensemble.chance import COMMON_DELAY
from euromesh.ensemble.columns import Varied, behind, varied
from euromesh.ensemble.draws import Draws, draws_at, sample
from euromesh.ensemble.estimates import (
    Estimate,
    cumulative_share,
    estimate,
    if_ever,
    never_share,
    odds_by,
    quantile_years,
)
from euromesh.ensemble.inputs import GROUPS, LAW, Input, group_of, inputs, n_coordinates
from euromesh.ensemble.outcomes import (
    Outcomes,
    chance_of,
    outcomes,
)
from euromesh.ensemble.points import sobol
from euromesh.ensemble.tally import Plan, Tally, tally, tally_block
