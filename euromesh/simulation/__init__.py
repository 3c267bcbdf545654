"""A whole training run on unsteady sites, round by round and in closed form."""

from euromesh.simulation.draws import Draws, blocks
from euromesh.simulation.plan import JobChain, Jobs, RunPlan, plan_of
from euromesh.simulation.runs import (
    closed_days,
    first_week,
    mean_round_seconds,
    mean_round_work,
    round_ends,
    round_seconds,
    round_work,
    run_days,
    textbook_days,
)
