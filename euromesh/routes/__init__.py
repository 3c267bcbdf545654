"""Every route on one clock: its table of sites, and its race against a run."""

from euromesh.routes.built import (
    campus,
    campus_region,
    campus_steps,
    gigafactory,
    leased,
    new_medium,
    on_site,
    signed,
)
from euromesh.routes.compare import (
    Generation,
    Weight,
    curves_c_star,
    generations,
    largest_run,
    least_share,
    peak_weight,
    race_c_star,
    run_between,
    trimmed,
)
from euromesh.routes.dates import (
    YEARS,
    Finish,
    accrual,
    effective_finish_years,
    finish,
    finish_curve,
    finish_date_years,
    parts,
    stages,
    target_model,
    target_params,
    target_size,
)
from euromesh.routes.hardware import market
from euromesh.routes.owned import granted_site, owned, owned_machines, owned_sites, replica_names
from euromesh.routes.places import (
    able_sites,
    best_by_size,
    best_federation,
    replicas,
    up_at,
)
from euromesh.routes.private import (
    alone,
    contracted_site,
    private,
    raced_clusters,
    running_years,
)
from euromesh.routes.route import Route
from euromesh.routes.sites import (
    Plot,
    decision_date,
    horizon_years,
    host_country,
    leads,
    mean,
    new_site,
    region_pue,
    seven_leads,
    slip_years,
)
from euromesh.routes.tables import ROUTES
from euromesh.routes.team import SEVERAL, Team, by_country, machine_gate, owned_team, verdicts
