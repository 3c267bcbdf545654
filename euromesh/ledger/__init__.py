"""What a run costs and emits: the bill of a route, and the card of every country."""

from euromesh.ledger.bill import (
    Bill,
    RunBill,
    held_hours,
    owned_bill,
    run_bill,
    site_eur_hour,
    site_grams_hour,
)
from euromesh.ledger.countries import (
    MILLION,
    Card,
    accel_hour_eur,
    accel_hour_grams,
    card,
    cards,
    country_card,
    lead_time,
    marks,
    power_eur_hour,
    reference_site,
    scores,
    site_rate,
)
from euromesh.ledger.equal import TERMS, budget, equal_date_years, within_bill
