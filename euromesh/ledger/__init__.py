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

__all__ = [
    "MILLION",
    "TERMS",
    "Bill",
    "Card",
    "RunBill",
    "accel_hour_eur",
    "accel_hour_grams",
    "budget",
    "card",
    "cards",
    "country_card",
    "equal_date_years",
    "held_hours",
    "lead_time",
    "marks",
    "owned_bill",
    "power_eur_hour",
    "reference_site",
    "run_bill",
    "scores",
    "site_eur_hour",
    "site_grams_hour",
    "site_rate",
    "within_bill",
]
