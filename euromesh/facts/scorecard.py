"""Cost, carbon and place: the card of every country, and the bill of every route."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, fields
from typing import Any, Final

from euromesh import ledger, routes, scorecard
from euromesh import params as parameters
from euromesh.facts.changes import Change, both_ends
from euromesh.facts.finishes import main, raced
from euromesh.facts.tables import COUNT, NAME, Column, Figure, Run, count, figures, number, table
from euromesh.records.tables import Target

CARD: Final = [field.name for field in fields(ledger.Card)]
CARBON: Final[dict[str, Change]] = both_ends(
    idle="carbon.idle_and_development", embodied="carbon.embodied_kg_per_accel"
)
PRICE: Final = Column("EUR/MWh", ".0f")
TONNES: Final = Column("tCO2e", ",.0f")


@table(
    lambda params: params.countries,
    country=NAME,
    lead_years=Column("years", ".1f"),
    eur_per_accel_hour=Column("EUR/h", ".2f", "scorecard.{row}.eur_per_accel_hour"),
    cost_meur=Column("million EUR", ",.1f", "scorecard.{row}.cost_meur"),
    generation_tonnes=TONNES.keyed("scorecard.{row}.generation_tonnes"),
    consumption_tonnes=TONNES.keyed("scorecard.{row}.consumption_tonnes"),
    grid_share=Column("fraction", ".1%", "scorecard.{row}.grid_share"),
    carbon_g_per_kwh=Column("gCO2e/kWh", ",.0f"),
)
def cards(run: Run, row: str) -> tuple[Any, ...]:
    """Cost and carbon of the target on a reference site in a country, and what it waits for.

    No lead time where none is known.
    """
    params = run.params
    found = ledger.card(params, row, main(params))
    return params.countries[row].name, *astuple(found)


@table(
    lambda p: [row for row, country in p.countries.items() if country.latest_eur_per_mwh],
    country=NAME,
    wholesale=PRICE.headed("wholesale price of the year"),
    latest=PRICE.headed("of the latest month"),
    cost_meur=Column("million EUR", ",.1f").headed("run, million EUR"),
    latest_meur=Column("million EUR", ",.1f", "scorecard.{row}.cost_meur_latest").headed("run"),
)
def latest_prices(run: Run, row: str) -> tuple[Any, ...]:
    """Power of the year that is counted and of the latest month seen, and what the target costs."""
    country = run.params.countries[row]
    newer = run.changed({f"countries.{row}.wholesale_eur_per_mwh": country.latest_eur_per_mwh})
    costs = [ledger.card(p, row, main(p)).cost_meur for p in (run.params, newer)]
    return country.name, country.wholesale_eur_per_mwh, country.latest_eur_per_mwh, *costs


@figures
def latest_price(run: Run) -> dict[str, Figure]:
    """By how much the power of the latest month moves what the target costs, at most."""
    rows = run["latest_prices"]
    moved = (rows["latest_meur"] / rows["cost_meur"] - 1).abs().max()
    return {"scorecard.latest_price_moves": number(float(moved), "fraction", ".1%")}


@table(
    row=NAME,
    country=NAME,
    score=Column("score", ".2f", "scorecard.{row}.score"),
    rank=COUNT.keyed("scorecard.{row}.rank"),
    arithmetic_rank=COUNT,
)
def scores(run: Run) -> Iterator[tuple[str, str, float, int, int]]:
    """Score and rank of every country with a lead time, and its rank by arithmetic means."""
    cells = run["cards"].set_index("row")[CARD].astype(object)
    known: dict[Any, Any] = cells.where(cells.notna(), None).to_dict("index")  # or no lead time
    found = {row: ledger.Card(**card) for row, card in known.items()}
    every, marks = ledger.scores(run.params, found), ledger.marks(run.params, found)
    means = {name: routes.mean(four) for name, four in marks.items()}
    places, others = scorecard.ranks(every), scorecard.ranks(means)
    for row, score in every.items():
        yield row, run.params.countries[row].name, score, places[row], others[row]


@figures
def carbon_spread(run: Run) -> dict[str, Figure]:
    """Carbon of the run in the dirtiest country over that in the cleanest, as generated."""
    tonnes = run["cards"]["generation_tonnes"]
    return {"scorecard.carbon_spread": number(tonnes.max() / tonnes.min(), "factor", ".0f")}


@figures
def rank_changes(run: Run) -> dict[str, Figure]:
    """How many countries change their rank with arithmetic means, and the largest move."""
    every = run["scores"]
    moves = (every["rank"] - every["arithmetic_rank"]).abs()
    return {
        "scorecard.scored_countries": count(len(moves)),
        "scorecard.rank_changes": count((moves > 0).sum()),
        "scorecard.largest_rank_change": count(moves.max()),
    }


@table(
    lambda _: routes.ROUTES,
    meur=Column("million EUR", ".0f", "{row}.run_meur", "run, million EUR"),
    tonnes=TONNES.keyed("{row}.run_tonnes", "run, tCO2e"),
    energy_gwh=Column("GWh", ".0f", "{row}.run_gwh", "energy of the run, GWh"),
)
def run_bills(run: Run, row: str) -> tuple[Any, ...]:
    """Money and carbon of the target on a route, each site by its own cost basis."""
    target, route, done = finished(run, row)
    return astuple(ledger.run_bill(run.params, route, target, done))


@table(
    lambda _: routes.ROUTES,
    committed_meur=Column("million EUR", ",.0f", "{row}.commitment_meur", "committed, million EUR"),
)
def commitments(run: Run, row: str) -> tuple[float]:
    """What must be committed to have the run on a route: capital, or a lease to its end."""
    target, route, done = finished(run, row)
    return (ledger.commitment_meur(run.params, route, target, done),)


@figures
def owned_bill(run: Run) -> dict[str, Figure]:
    """What the run on the public machines costs on three bases, and what it emits."""
    target, route, done = finished(run, "owned")
    bill = ledger.owned_bill(run.params, route, target, done)
    per_1e25 = 1e25 / target.training_flop
    return {
        "owned.million_accel_hours": number(bill.accel_hours / 1e6, "million hours", ".0f"),
        "owned.energy_gwh": number(bill.energy_gwh, "GWh", ".0f"),
        "owned.full_meur": number(bill.meur, "million EUR", ".0f"),
        "owned.avoidable_meur": number(bill.avoidable_meur, "million EUR", ".0f"),
        "owned.market_meur": number(bill.market_meur, "million EUR", ".0f"),
        "owned.full_meur_per_1e25_flop": number(bill.meur * per_1e25, "million EUR", ".0f"),
        "owned.tonnes": number(bill.tonnes, "tCO2e", ",.0f"),
    }


@table(lambda _: CARBON, tonnes=TONNES.keyed("owned.tonnes_if.{row}"))
def tonnes_if(run: Run, row: str) -> tuple[float]:
    """What the run on the public machines emits at an end of what is beside its electricity."""
    changed = run.changed(parameters.ends(CARBON[row]))
    target, route, done = finished(run, "owned")
    return (ledger.owned_bill(changed, route, target, done).tonnes,)


def finished(run: Run, name: str) -> tuple[Target, routes.Route, routes.Finish]:
    """The target of a run, a route, and how the route finishes it."""
    params = run.params
    return main(params), routes.ROUTES[name](params), raced(run, name, params.race.target)
