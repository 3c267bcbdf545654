"""What must hold between values, in files, scenarios and overrides alike: each kind is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from euromesh import fleet, params, routes
from euromesh.params import rules, spec
from tests.refused import Edit, refusal

JUELICH = {"city": "Jülich", "country": "de"}


# --- countries and places ------------------------------------------------------------------------


def test_every_column_of_countries_is_checked() -> None:
    columns = {f"{table}.*.country" for table, found in spec.tables().items() if "country" in found}
    assert columns | {key for key in spec.singles() if key.endswith("country")} <= set(rules.LINKS)


def test_the_codes_are_those_of_the_map_and_of_the_union() -> None:
    drawn = {country.id for country in params.outlines().features}
    assert drawn - {"ax", "dz", "ma", "tn"} <= fleet.EUROPE
    assert len(fleet.EU27) == 27 and {"ch", "gb", "no"} <= fleet.EUROPE - fleet.EU27


@pytest.mark.parametrize("code", ["at", "ua"])
def test_a_project_in_a_country_without_a_row_is_priced_as_machines_are(code: str) -> None:
    stands_in = params.load().costs.unlisted_country
    there, here = (
        routes.ROUTES["signed"](params.load(overrides={"projects.luebbenau.country": one}))
        for one in (code, stands_in)
    )
    assert [site.pue for site in there.sites] == [site.pue for site in here.sites]


# --- counts, orders and doubles ------------------------------------------------------------------


CITY = "must be spelt alike and in one country, got "


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"machines.isambard_ai.country": "uk"}, "got 'uk'; did you mean gb?"),
        ({"machines.isambard_ai.country": "DE"}, "got 'DE'; did you mean de?"),
        ({"projects.narvik.country": "el"}, "got 'el'; did you mean gr?"),
        ({"new_medium.n_sites": "2.5"}, "new_medium.n_sites must be a whole number, got 2.5"),
        ({"training.inner_steps": 1e-1}, "training.inner_steps must be a whole number, got 0.1"),
        ({"links.kajaani.city": "kajaani"}, "machines.city, got 'kajaani'; did you mean Kajaani?"),
        ({"links.kajaani.city": "Turku"}, "links.kajaani.city must name a row of machines.city"),
        ({"machines.lumi_ai.city": "KAJAANI"}, f"{CITY}'KAJAANI' in 'fi' beside 'Kajaani' in 'fi'"),
        ({"machines.lumi_ai.country": "se"}, CITY),
        ({"projects.campus_ia_second.country": "be"}, CITY),
        ({"new_medium.lost_sites": 1000}, "new_medium.lost_sites must be <= n_sites, got 1000 and"),
        ({"new_medium.lost_sites": -1}, "must be in [0, inf), got -1"),
        ({"losses.n35m.m1": -1}, "must be in [0, inf), got -1"),
        ({"slip.sigma": -1}, "must be plausible, from 0"),
        ({"race.decision_date": "0001-01-01"}, "from 1990 to 2100, got 0001-01-01"),
        ({"race.horizon": "9999"}, "from 1990 to 2100, got 9999"),
        ({"race.decision_date": "2041-01"}, "race.decision_date must be < horizon"),
        ({"campus.first_tranche_mw": 1001}, "campus.first_tranche_mw must be <= grid_mw"),
        ({"on_site.full_build_years": 1}, "first_build_years must be <= full_build_years"),
        ({"goalposts.grid_share_high": 0.01}, "grid_share_low must be < grid_share_high"),
        ({"frontier.class_ratio": 0.5}, "frontier.class_ratio must be >= 1, got 0.5"),
        ({"training.n_fragments": 127}, "training.n_fragments must be <= n_layers"),
        ({"accelerators.h100_80gb.bf16_tflop_per_s": 1979}, "flop_per_s, got 1978.9 and 2968.5"),
        ({"accelerators.gb200.fp4_sparse_tflop_per_s": 9000}, ">= fp8_sparse_tflop_per_s"),
        ({"accelerators.h200.fp8_sparse_tflop_per_s": 1000}, "must be >= fp8_tflop_per_s"),
        ({"accelerators.mi210.bf16_tflop_per_s": 9.895e14}, "from 1 to 100000 (TFLOP/s), got"),
        ({"accelerators.mi210.it_kw": 700}, "must be plausible, from 0.01 to 100 (kW), got 700"),
        ({"models.deepseek_671b.n_active": 7e11}, "n_active must be <= n_params"),
        ({"targets.llama_405b.n_params": 405}, "training_flop must be <= 1000000 * n_params"),
        ({"targets.original.n_params": 4.05e14}, "training_flop must be >= 0.01 * n_params"),
        ({"machines.lumi_g.retires_on": "2021"}, "operational_on must be <= retires_on"),
        ({"milestones.call.planned_on": "2025-09"}, "planned_from must be <= planned_on"),
        ({"projects.narvik.power_on": "2025-06"}, "announced_on must be <= power_on"),
        ({"bandwidth.law_10b_h10.cu90_gbit_per_s": 9}, "cu80_gbit_per_s must be <= cu90_gbit"),
    ],
)
def test_values_that_do_not_go_together_are_refused(overrides: dict[str, Any], said: str) -> None:
    assert said in refusal(params.load, overrides=overrides)


def test_a_scenario_obeys_the_orders(edit: Edit, folder: Path) -> None:
    edit("scenarios.yaml", "owned.leased_sites: 1", "new_medium.lost_sites: 26")
    said = refusal(params.load, "one_leased_site", folder=folder)
    assert said == "new_medium.lost_sites must be <= n_sites, got 26 and 25"


def test_a_date_of_a_year_orders_by_its_days() -> None:
    same_year = {"machines.lumi_g.operational_on": "2027-06", "machines.lumi_g.retires_on": "2027"}
    assert params.load(overrides=same_year).machines["lumi_g"].retires_on == "2027"


def test_every_rule_speaks_of_what_the_records_have() -> None:
    cells = {f"{t}.*.{c}" for t, found in spec.tables().items() for c in found}
    known = cells | set(spec.singles())
    told = [
        (path, word)
        for path, chain in (rule.split(": ") for rule in rules.ORDERS)
        for word in chain.split(" ")
    ]
    assert {f"{path}.{word}" for path, word in told if word[0].isalpha()} <= known
    assert set(rules.LINKS) <= known
    assert {f"{t}.*.{column}" for t, columns in rules.ONCE.items() for column in columns} <= cells


@pytest.mark.parametrize(
    ("row", "twin", "columns"),
    [
        ("machines.lumi_ai", "lumi_g", {"name": "lumi g", "city": "Kajaani"}),
        ("machines.isambard_ai", "jupiter_booster", {"name": "Júpiter-BOOSTER", **JUELICH}),
        ("projects.narvik", "skien", {"name": "google skien"}),
        ("targets.original", "llama_405b", {"name": "LLAMA 3.1 405b"}),
        ("grid_lead_times.italy_40mw", "italy_250mw", {"load_mw": 250}),
        ("accelerators.h200", "h100_80gb", {"name": "H100 SXM5 80 GB"}),
    ],
)
def test_a_thing_stands_in_one_row(row: str, twin: str, columns: dict[str, object]) -> None:
    overrides = {f"{row}.{column}": value for column, value in columns.items()}
    said = refusal(params.load, overrides=overrides)
    assert "must not be that of" in said and "merge the two rows" in said
    assert row.partition(".")[2] in said and twin in said


def test_numbers_of_the_same_digits_tell_rows_apart() -> None:
    loads = {
        "grid_lead_times.italy_40mw.load_mw": 1.55,
        "grid_lead_times.italy_250mw.load_mw": 15.5,
    }
    assert params.load(overrides=loads).grid_lead_times["italy_40mw"].load_mw == 1.55
