"""The bill of a run on every cost basis, and the cards of the countries."""

import dataclasses
import math
from statistics import fmean

import pytest

from euromesh import charts, ledger, routes
from euromesh.ensemble import chance
from euromesh.facts import Facts, of
from euromesh.fleet import Site
from euromesh.ledger import OwnedBill, RunBill
from euromesh.records import Params
from tests.strategies import changed, values, with_value

NAMES = sorted(routes.ROUTES)
TARGET, LARGER = "llama_405b", "run_1e26"
USE_HOURS = 8760 * 0.85
EUR = 0.8845  # per USD


def crf(life: float) -> float:
    """Yearly share of capital at 7 %."""
    return 0.07 / (1 - 1.07**-life)


def billed(params: Params, name: str, **changes: float) -> RunBill:
    route = routes.ROUTES[name](params)
    target = dataclasses.replace(params.targets[TARGET], **changes)
    return ledger.run_bill(params, route, target, routes.finish(route, target, params))


def hours(params: Params, name: str) -> tuple[Site, float]:
    """The first site of a route, and its accelerator-hours if it trains alone until the finish."""
    route = routes.ROUTES[name](params)
    found = routes.finish(route, params.targets[TARGET], params)
    site = min(route.sites, key=lambda s: (s.start_years, -s.n_accel))
    assert found.federation.places == (site.place,)
    return site, site.n_accel * found.compute_days * 24


def new_eur_hour(site: Site, usd_per_w: float, power_eur: float) -> float:
    """Hardware over five years, the building over fourteen, operation, its fibre and its power."""
    watts = site.it_kw * 1000
    yearly = watts * EUR * (25.5 * crf(5) + usd_per_w * crf(14) + 0.3) + 30_700 / site.n_accel
    return yearly / USE_HOURS + power_eur


def grams_hour(params: Params, site: Site, pue: float, g_per_kwh: float, life: float = 5) -> float:
    """A quarter more for idle time and development, and the making of the accelerator."""
    made = params.carbon.embodied_kg_per_accel * 1000 / (USE_HOURS * life)
    return site.it_kw * pue * 1.25 * g_per_kwh + made


# --- by hand -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "pue", "usd_per_w", "eur_per_mwh", "g_per_kwh"),
    [
        ("leased", 1.17, 10.43, 63.2 + 0.75 * (94.2 - 63.2), 41.5),  # France
        ("signed", 1.101, 12.29, 40.2 + 0.75 * (52.6 - 40.2), 57.5),  # Lappeenranta
        ("gigafactory", 1.14, 11.54, 89.7 + 0.75 * (142.7 - 89.7), 329.6),  # Germany
        ("on_site", 1.085, 10.05, 120, 490),  # Irish, on its own gas
        ("campus", 1.17, 10.43, 120, 490),  # French, its first tranche on gas until the grid comes
    ],
)
def test_the_bill_of_a_site_that_trains_alone(
    central: Params, name: str, pue: float, usd_per_w: float, eur_per_mwh: float, g_per_kwh: float
) -> None:
    here = changed(central, "campus", on_site_gas=True, region="france")
    here = with_value(here, "grid_lead_times.france_250mw.lead_years", 4.5)
    site, held = hours(here, name)
    power = site.it_kw * pue * eur_per_mwh / 1000
    bill = billed(here, name)
    assert bill.meur == pytest.approx(held * new_eur_hour(site, usd_per_w, power) / 1e6)
    assert bill.tonnes == pytest.approx(held * grams_hour(central, site, pue, g_per_kwh) / 1e6)
    assert bill.energy_gwh == pytest.approx(held * site.it_kw * pue / 1e6)


LONE = [("fr",), ("de",), ("ie",), ("nl",), ("gb",)]


@pytest.mark.parametrize(
    ("region", "groups"),
    [("mean", [("no", "se", "fi"), ("es", "pt"), *LONE]), ("iberia", [("es", "pt")])],
)
def test_the_bill_of_a_campus_is_the_mean_of_its_regions(
    central: Params, region: str, groups: list[tuple[str, ...]]
) -> None:
    """Of seven regions Norway, Sweden and Finland count as one, so do Spain and Portugal."""
    here = changed(central, "campus", region=region)
    site, held = hours(here, "campus")

    def mean_grams(group: tuple[str, ...]) -> float:
        rows = [here.countries[name] for name in group]
        return fmean(grams_hour(here, site, c.pue, c.generation_g_per_kwh) for c in rows)

    bill = billed(here, "campus")
    assert bill.tonnes == pytest.approx(held * fmean(map(mean_grams, groups)) / 1e6)
    assert bill.energy_gwh == pytest.approx(held * site.it_kw * site.pue / 1e6)


# --- what must be committed ----------------------------------------------------------------------


def committed(params: Params, name: str, model: str = TARGET) -> float:
    route, target = routes.ROUTES[name](params), params.targets[model]
    done = routes.finish(route, target, params)
    return ledger.commitment_meur(params, route, target, done)


@pytest.mark.parametrize(
    ("name", "usd_per_w"), [("gigafactory", 11.54), ("on_site", 10.05), ("campus", 10.43)]
)
def test_a_new_site_commits_its_hardware_and_its_building(
    central: Params, name: str, usd_per_w: float
) -> None:
    here = changed(central, "campus", region="france", tranches=False)
    site, _ = hours(here, name)
    capital = site.n_accel * site.it_kw * 1000 * EUR * (25.5 + usd_per_w)
    assert committed(here, name) == pytest.approx(capital / 1e6)


@pytest.mark.parametrize("name", ["leased", "signed"])
def test_a_site_that_is_let_commits_its_lease_to_the_end(central: Params, name: str) -> None:
    """Five years of all hours, each of them used; no less than the run."""
    whole = changed(central, "costs", use=1.0)
    site, held = hours(whole, name)
    year = billed(whole, name).meur * site.n_accel * 8760 / held
    assert committed(central, name) == committed(whole, name) == pytest.approx(5 * year)
    short = changed(whole, "costs", lease_years=0.01)
    assert committed(short, name) == pytest.approx(billed(short, name).meur, rel=1e-3)


def test_equal_tranches_commit_one_by_one(central: Params) -> None:
    """Tranches that come on one day are equal in all but number."""
    at_once, nearly = (changed(central, "on_site", full_build_years=y) for y in (3.0, 3.001))
    assert committed(at_once, "on_site") == pytest.approx(committed(nearly, "on_site"), rel=1e-3)


def test_the_public_machines_commit_what_the_run_could_avoid_and_a_hall_among_them_its_lease(
    central: Params,
) -> None:
    assert committed(central, "owned") == pytest.approx(owned_bill(central).avoidable_meur)
    joined = changed(central, "owned", leased_sites=1.0)
    assert committed(joined, "owned", LARGER) > committed(central, "leased", LARGER)


def test_a_price_of_a_lease_is_near_the_one_contract_that_was_read(central: Params) -> None:
    """Narvik: 52,000 accelerators for five years, 6.2 billion USD."""
    site, _ = hours(central, "leased")
    contract = 6.2e9 * EUR / 52_000
    assert committed(central, "leased") * 1e6 / site.n_accel == pytest.approx(contract, rel=0.1)


# --- what holds of every bill --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("topic", "flag"),
    [tuple(flag.split(".")) for flag, _ in chance.flags().values()],
)
def test_what_is_never_built_or_granted_has_no_bill(central: Params, topic: str, flag: str) -> None:
    never = changed(central, topic, **{flag: False})
    assert dataclasses.astuple(billed(never, topic)) == (math.inf,) * 3
    assert committed(never, topic) == math.inf


def test_a_host_without_a_row_is_priced_as_the_stand_in(central: Params) -> None:
    without = {k: v for k, v in central.countries.items() if k != "de"}
    standing = changed(central, "costs", unlisted_country="se")
    swedish = {**central.countries, "de": central.countries["se"]}
    one, other = (
        owned_bill(dataclasses.replace(params, countries=rows))
        for params, rows in ((standing, without), (central, swedish))
    )
    assert one == other


def owned_bill(params: Params) -> OwnedBill:
    route, target = routes.owned(params), params.targets[TARGET]
    return ledger.owned_bill(params, route, target, routes.finish(route, target, params))


def test_a_run_that_never_finishes_has_no_bill() -> None:
    idle = values(of("central", {"owned.share": 0.0}), "owned_bill")
    assert len(idle) == 7 and set(idle.values()) == {"never"}


@pytest.mark.parametrize("terms", ledger.TERMS)
def test_half_of_what_a_hall_needs_buys_half_of_it(central: Params, terms: str) -> None:
    route, target = routes.leased(central), central.targets[TARGET]
    (site,) = route.sites
    smaller = dataclasses.replace(site, n_accel=site.n_accel / 2)
    half = dataclasses.replace(route, sites=(smaller,))
    done = routes.finish(half, target, central)
    power = site.it_kw * 1.17 * (63.2 + 0.75 * (94.2 - 63.2)) / 1000
    budgets = {
        "power": smaller.grid_mw,
        "money": smaller.n_accel * 8760 * new_eur_hour(site, 10.43, power) / 1e6,
        "bill": ledger.run_bill(central, half, target, done).meur,
    }
    found = ledger.equal_date_years(terms, route, target, budgets[terms], central)
    assert found == pytest.approx(done.finish_years, rel=1e-9)


def test_what_is_beside_the_electricity_moves_the_tonnes_as_by_hand() -> None:
    """Hours x kg over the hours of a life in use; 0.59 of the energy's part over none."""
    run = of()
    found = run["tonnes_if"].set_index("row")["tonnes"]
    bill = run["owned_bill"].set_index("key")["value"]
    hours = 1e6 * float(bill["owned.million_accel_hours"])
    made = hours * (284.25 - 127.6) / 1000 / (8760 * 0.85 * 6)
    assert found["embodied_high"] - found["embodied_low"] == pytest.approx(made)
    draw = (float(bill["owned.tonnes"]) - found["idle_low"]) / 0.25
    assert found["idle_high"] == pytest.approx(found["idle_low"] + 0.59 * draw)


def test_cheaper_power_of_the_latest_month_makes_a_run_cheaper() -> None:
    rows = of()["latest_prices"]
    assert ((rows["latest"] < rows["wholesale"]) == (rows["latest_meur"] < rows["cost_meur"])).all()
    assert len(rows) == 5


def test_bills_and_commitments_stand_side_by_side_in_a_row_a_route(facts: Facts) -> None:
    every = charts.joined(facts["run_bills"], facts["commitments"])
    assert list(every["row"]) == list(routes.ROUTES)
