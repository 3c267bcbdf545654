"""Every route on one clock: its table of sites, and its race against a run."""

from euromesh.routes.race import (
    Finish,
    able_sites,
    accrual,
    federation_of,
    finish,
    finish_time,
    race_c_star,
    replicas,
    stages,
    target_params,
    up_at,
)
from euromesh.routes.sites import (
    decision_date,
    hardware_on_sale,
    horizon_years,
    leads,
    mean,
    new_site,
    region_pue,
    seven_leads,
)
from euromesh.routes.tables import ROUTES, Route, campus, campus_steps, new_medium, owned

__all__ = [
    "ROUTES",
    "Finish",
    "Route",
    "able_sites",
    "accrual",
    "campus",
    "campus_steps",
    "decision_date",
    "federation_of",
    "finish",
    "finish_time",
    "hardware_on_sale",
    "horizon_years",
    "leads",
    "mean",
    "new_medium",
    "new_site",
    "owned",
    "race_c_star",
    "region_pue",
    "replicas",
    "seven_leads",
    "stages",
    "target_params",
    "up_at",
]
