"""What a run costs and emits: the bill of a route, and the card of every country."""

from euromesh.ledger.bill import (
    OwnedBill,
    RunBill,
    commitment_meur,
    committed_eur,
    held_hours,
    owned_bill,
    run_bill,
)
from euromesh.ledger.countries import (
    Card,
    accel_hour_eur,
    card,
    marks,
    power_eur_hour,
    reference_site,
    scores,
    site_rate,
)
from euromesh.ledger.equal import TERMS, budget, equal_date_years
