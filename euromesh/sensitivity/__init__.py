"""What drives the spread of the answer, where it flips, and what would be worth knowing.

Every analysis takes a model as a function, of points in the unit cube or of parameters;
`RaceModel` is that model of the race. `indices` shares the variance of an outcome among the
inputs, `held` moves one input at a time, `flips` finds the value at which a verdict turns,
`partial_information` says what knowing an input would save, `discover` in which box of inputs
something happens.
"""

from euromesh.sensitivity.flips import Flip, Search, flips, searchable
from euromesh.sensitivity.indices import Estimate, Evaluations, Indices, evaluate, indices, ranked
from euromesh.sensitivity.information import (
    Gain,
    Known,
    flagged,
    known,
    partial_information,
    perfect_information,
    utilities,
)
from euromesh.sensitivity.model import OUTCOMES, RaceModel, design, groups, outcomes_of
from euromesh.sensitivity.points import Design, base_points, points
from euromesh.sensitivity.scenario import Limit, discover
from euromesh.sensitivity.settings import Bar, bar, held, places, values_at
