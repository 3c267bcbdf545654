"""Every route on one clock: its table of sites, and its race against a run."""

from euromesh.routes.built import gigafactory, leased, let_halls, new_medium, on_site, signed
from euromesh.routes.campus import campus, campus_region, campus_steps, generation_years
from euromesh.routes.compare import Weight, flop_by, largest_run, least_share, peak_weight, trimmed
from euromesh.routes.dates import (
    YEARS,
    Finish,
    Parts,
    accrual,
    curves_c_star,
    finish,
    finish_curve,
    finish_date_years,
    finish_time,
    fleet,
    parts,
    race_c_star,
    stages,
    target_model,
    target_params,
)
from euromesh.routes.gates import SEVERAL, Verdict, machine_gate, verdicts
from euromesh.routes.hardware import hardware_on_sale, market
from euromesh.routes.owned import owned, owned_machines
from euromesh.routes.places import able_sites, replicas, up_at
from euromesh.routes.programme import Generation, generations, run_between
from euromesh.routes.route import Family, Kind, Route
from euromesh.routes.sites import (
    Plot,
    decision_date,
    horizon_years,
    host_country,
    leads,
    mean,
    new_site,
    owned_site,
    region_pue,
    renewals,
    seven_leads,
    slip_years,
    wait_years,
)
from euromesh.routes.tables import ROUTES
from euromesh.routes.team import Team, by_country, owned_team
from euromesh.routes.teams import best_by_size, best_federation, best_without, federation_of
