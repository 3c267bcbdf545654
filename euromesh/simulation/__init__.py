"""A whole training run on unsteady sites, three ways that must agree."""

from euromesh.simulation.closed import (
    closed_days,
    mean_round_seconds,
    mean_round_work,
    textbook_days,
)
from euromesh.simulation.draws import Draws, blocks, first_rounds
from euromesh.simulation.events import simulated_ends
from euromesh.simulation.plan import JobChain, Jobs, RunPlan, job_chain, plan_of
from euromesh.simulation.recurrence import (
    counting,
    round_ends,
    round_seconds,
    round_work,
    run_days,
)
from euromesh.simulation.week import first_week
