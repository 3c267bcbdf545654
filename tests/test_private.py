"""The private clusters by hand: which are raced, from when, at what rent, and one of them alone."""

from __future__ import annotations

import dataclasses
import math
from datetime import date

import pytest

from euromesh import ledger, params, routes
from euromesh.charts import table
from euromesh.facts import Facts
from euromesh.params import ParamsError
from euromesh.records import InputError, Params
from euromesh.routes import Route
from euromesh.units import last_day
from tests.strategies import changed, facts_of, hand_site, with_value

QUARTER = {"Bruyères-le-Châtel": 3450, "Borlänge": 2190.5, "Munich": 2000, "northern Italy": 2500}
NEXT_YEAR = (date(2027, 12, 31) - date(2027, 1, 1)).days / 365.25
TARGET = "llama_405b"


def starts(given: Params) -> dict[str, float]:
    return {site.place: site.start_years for site in routes.private(given).sites}


def done(route: Route, given: Params) -> float:
    return routes.finish_date_years(route, given.targets[TARGET], given)


# --- what is raced, and from when ----------------------------------------------------------------


def test_a_quarter_of_each_raced_cluster_joins_after_the_contract(central: Params) -> None:
    """Nine months after the decision; at Borlänge from the end of 2027."""
    route = routes.private(central)
    assert {site.place: site.n_accel for site in route.sites} == pytest.approx(QUARTER)
    assert starts(central) == dict.fromkeys(QUARTER, 0.75) | {"Borlänge": NEXT_YEAR}
    assert route.institutional_years == 0.75 and not route.one_building


@pytest.mark.parametrize(("months", "borlange"), [(3.0, NEXT_YEAR), (18.0, 1.5)])
def test_whoever_is_ready_later_starts_the_cluster(
    central: Params, months: float, borlange: float
) -> None:
    found = starts(changed(central, "private", contract_months=months))
    assert found["Munich"] == months / 12 and found["Borlänge"] == pytest.approx(borlange)


def test_a_slip_delays_what_is_dated_and_nothing_that_runs(central: Params) -> None:
    late = dataclasses.replace(
        central,
        clusters={k: dataclasses.replace(c, slip_years=2.0) for k, c in central.clusters.items()},
    )
    found = starts(late)
    assert found["Bruyères-le-Châtel"] == found["Munich"] == 0.75
    assert found["Borlänge"] == pytest.approx(NEXT_YEAR + 2)
    assert found["northern Italy"] == pytest.approx(2 - 1 / 365.25), "due on the last day of 2026"


def test_a_cluster_is_raced_if_a_european_owner_runs_it_and_no_tenant_has_taken_it(
    central: Params,
) -> None:
    raced = [central.clusters[key] for key in routes.raced_clusters(central)]
    """projects: 'if its owner sits in Europe, its chips are known and no tenant has taken it'."""
    assert {one.owner for one in raced} == {"Mistral AI", "Deutsche Telekom", "Domyn"}
    assert {one.owner_seat for one in raced} == {"France", "Germany", "Italy"}
    others = [one for one in central.clusters.values() if not one.raced]
    places = {site.place for site in routes.private(central).sites}
    assert not places & {one.city for one in others}
    told = params.library().parameters
    for key, one in central.clusters.items():
        assert ("Not raced" in told[f"clusters.{key}.name"].note) != one.raced, key
        assert one.raced == (one.tenant is None and one.accelerator is not None), key


def test_a_raced_cluster_of_unknown_chips_is_refused_by_name(central: Params) -> None:
    given = with_value(central, "clusters.nebius_bethune.raced", True)
    with pytest.raises(InputError, match=r"clusters\.nebius_bethune\.raced must be false while"):
        routes.private(given)


@pytest.mark.parametrize("share", ["2", "-0.1"])
def test_more_than_a_whole_cluster_is_refused_by_name(share: str) -> None:
    with pytest.raises(ParamsError, match=rf"private\.share must be in \[0, 1\], got {share} "):
        params.load(overrides={"private.share": share})


@pytest.mark.parametrize("values", [{"built": False}, {"share": 0.0}])
def test_owners_who_refuse_finish_nothing(central: Params, values: dict[str, float]) -> None:
    given = changed(central, "private", **values)
    assert math.isinf(done(routes.private(given), given))
    found = facts_of(given)["clusters_alone"]
    assert set(found["date"]) == {"never"}


def test_the_clusters_federate_like_any_sites_or_the_fastest_trains_alone(central: Params) -> None:
    """Two of them are faster than one by the central law, and never slower by the dearest."""
    route, single = routes.private(central), changed(central, "training", most_replicas=1.0)
    assert done(route, central) < done(routes.private(single), single)
    dear = changed(central, "penalty", law="irreducible")
    assert done(routes.private(dear), dear) <= done(
        routes.private(dear), changed(dear, "training", most_replicas=1.0)
    )


# --- what it costs -------------------------------------------------------------------------------


def test_a_contract_pays_market_rent_for_every_hour_held(central: Params) -> None:
    """2.375 USD an hour of a dense BF16 PFLOP/s: 5.94 USD an hour of a GB300."""
    route = routes.alone(central, "mistral_bruyeres", 0.25)
    target = central.targets[TARGET]
    finish = routes.finish(route, target, central)
    hours = 3450 * finish.compute_days * 24
    usd = hours * 2.375 * 2.5
    bill = ledger.run_bill(central, route, target, finish)
    assert bill.meur == pytest.approx(usd * central.costs.eur_per_usd / 1e6)
    assert route.sites[0].basis == "rented"


# --- one cluster alone ---------------------------------------------------------------------------


def test_a_cluster_alone_is_one_building_of_its_own_chips(central: Params, facts: Facts) -> None:
    """Bruyères: 3,450 or all 13,800 GB300 of 2.5 PFLOP/s, from October 2027."""
    chip = central.accelerators["gb300"]
    mu_one, h = (getattr(routes.private(central).sites[0], name) for name in ("mfu", "saturation"))
    assert routes.alone(central, "mistral_bruyeres", 0.25).penalty(central) is None
    found = facts["clusters_alone"].set_index("row").loc["mistral_bruyeres"]
    for n, when, days in ((3450, "date", "days"), (13800, "whole_date", "whole_days")):
        site = hand_site(
            "Bruyères", 0.75, n_accel=n, peak_flop_per_s=2.5e15, mfu=mu_one,
            saturation=h, goodput=central.new_sites.goodput, hbm_bytes=chip.hbm_gb * 1e9,
        )  # fmt: skip
        by_hand = done(Route(sites=(site,), one_building=True), central)
        assert found[days] == pytest.approx((by_hand - 0.75) * 365.25)
        assert (last_day(found[when]) - date(2027, 1, 1)).days == math.floor(by_hand * 365.25)


def test_the_best_alone_is_the_earliest_of_the_table(facts: Facts) -> None:
    rows = facts["clusters_alone"].sort_values("date")
    best = facts["best_alone"].set_index("key")["value"]
    assert best["private.best_alone"] == rows["cluster"].iloc[0]
    assert best["private.best_alone_date"] == rows["date"].iloc[0]
    assert (rows["whole_days"] < rows["days"]).all()


def test_a_flag_of_a_table_is_printed_in_words(facts: Facts) -> None:
    shown = str(table(facts["clusters"][["row", "raced"]]))
    assert shown.splitlines()[1].split() == ["domyn_colosseum", "yes"]
    assert {line.split()[-1] for line in shown.splitlines()[1:]} == {"yes", "no"}


def test_private_compute_adds_up_beside_the_public(facts: Facts) -> None:
    """34.5 of Mistral, 18 of Munich; 25 of Domyn and 35 of Borlänge to come; the rest is let.

    compute: 'of that is let to Microsoft', 'Of these ... run today'.
    """
    assert set(facts["clusters"]["tenant"]) == {"none named", "Microsoft"}
    found = facts["private_compute"].set_index("key")["value"]
    running, raced, let, every = (
        found[f"substrate.private{name}_bf16_eflops"] for name in ("_running", "_raced", "_let", "")
    )
    assert running == pytest.approx(34.5 + 18)
    assert raced == pytest.approx(34.5 + 18 + 25 + 8762 * 4e-3)
    assert every == pytest.approx(raced + let)
    assert let == pytest.approx((52000 + 23000 + 12600) * 2.5e-3 + 96000 * 4e-3)
