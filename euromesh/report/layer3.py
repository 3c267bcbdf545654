"""Headline numbers of layer 3: every country's card, and the bill of the owned machines."""

from __future__ import annotations

from collections.abc import Mapping

from euromesh import ledger, routes, scorecard
from euromesh.records import Params
from euromesh.report.figure import Figure, count, number


def country(name: str, params: Params) -> Mapping[str, Figure]:
    """Cost and carbon of the target on a reference site in a country."""
    card = ledger.card(params, name, params.targets[params.race.target])
    return {
        f"scorecard.{name}.cost_meur": number(card.cost_meur, "million EUR", ",.1f"),
        f"scorecard.{name}.eur_per_accel_hour": number(card.eur_per_accel_hour, "EUR/h", ".2f"),
        f"scorecard.{name}.generation_tonnes": number(card.generation_tonnes, "tCO2e", ",.0f"),
        f"scorecard.{name}.consumption_tonnes": number(card.consumption_tonnes, "tCO2e", ",.0f"),
        f"scorecard.{name}.grid_share": number(card.grid_share, "fraction", ".1%"),
    }


def scores(params: Params) -> Mapping[str, Figure]:
    """Score and rank of every country with a lead time."""
    cards = ledger.cards(params, params.targets[params.race.target])
    found = ledger.scores(params, cards)
    places = scorecard.ranks(found)
    marks = ledger.marks(params, cards)
    others = scorecard.ranks({name: routes.mean(four) for name, four in marks.items()})
    moves = [abs(places[name] - others[name]) for name in places]
    return {
        "scorecard.scored_countries": count(len(places)),
        "scorecard.rank_changes": count(sum(move > 0 for move in moves)),
        "scorecard.largest_rank_change": count(max(moves)),
    } | {
        key: figure
        for name in found
        for key, figure in (
            (f"scorecard.{name}.score", number(found[name], "score", ".2f")),
            (f"scorecard.{name}.rank", count(places[name])),
        )
    }


def carbon_spread(params: Params) -> Mapping[str, Figure]:
    """Carbon of the run in the dirtiest country over that in the cleanest, as generated."""
    cards = ledger.cards(params, params.targets[params.race.target])
    tonnes = [card.generation_tonnes for card in cards.values()]
    return {"scorecard.carbon_spread": number(max(tonnes) / min(tonnes), "factor", ".0f")}


def owned_bill(params: Params) -> Mapping[str, Figure]:
    """What the run on the public machines costs on three bases, and what it emits."""
    target = params.targets[params.race.target]
    route = routes.owned(params)
    bill = ledger.owned_bill(params, route, target, routes.finish(route, target, params))
    per_1e25 = 1e25 / target.training_flop
    return {
        "owned.million_accel_hours": number(bill.accel_hours / 1e6, "million hours", ".0f"),
        "owned.energy_gwh": number(bill.energy_gwh, "GWh", ".0f"),
        "owned.full_meur": number(bill.full_meur, "million EUR", ".0f"),
        "owned.avoidable_meur": number(bill.avoidable_meur, "million EUR", ".0f"),
        "owned.market_meur": number(bill.market_meur, "million EUR", ".0f"),
        "owned.full_meur_per_1e25_flop": number(bill.full_meur * per_1e25, "million EUR", ".0f"),
        "owned.tonnes": number(bill.tonnes, "tCO2e", ",.0f"),
    }


def run_bill(name: str, params: Params) -> Mapping[str, Figure]:
    """Money and carbon of the target on a route, each site by its own cost basis."""
    target = params.targets[params.race.target]
    route = routes.ROUTES[name](params)
    bill = ledger.run_bill(params, route, target, routes.finish(route, target, params))
    return {
        f"{name}.run_meur": number(bill.meur, "million EUR", ".0f"),
        f"{name}.run_tonnes": number(bill.tonnes, "tCO2e", ",.0f"),
        f"{name}.run_gwh": number(bill.energy_gwh, "GWh", ".0f"),
    }
