"""The tables of uncertainty and their charts, in every kind of run, over few draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from euromesh import ensemble, sensitivity
from euromesh.charts import uncertainty as charts
from euromesh.charts.render import identify
from euromesh.ensemble.inputs import coordinates
from euromesh.facts import Facts, naming
from euromesh.facts import uncertainty as facts
from euromesh.records import Params
from euromesh.routes import ROUTES
from euromesh.sensitivity import Flip, Limit, Search

SEED = 2026
CENTRAL = Facts()
IDLE = Facts("central", {"owned.share": 0.0})
NO_CAMPUS = Facts("central", {"campus.built": False})
FULL = ("odds_over_time", "tornado", "date_orders", "win_orders", "input_orders", "boxes")


@pytest.fixture(scope="module", autouse=True)
def few() -> Iterator[None]:
    """As few draws as there may be."""
    sizes = {"SAMPLE": 1024, "HELD_POINTS": 1024, "BASE_POINTS": 1024, "SCREENED": 3}
    with pytest.MonkeyPatch.context() as patch:
        for name, size in {**sizes, "SINGLES": 2, "GROWING": (2, 8)}.items():
            patch.setattr(facts, name, size)
        patch.setattr("euromesh.blocks.command.POINTS", 64)
        yield


@pytest.fixture(scope="module")
def drawn(central: Params) -> facts.Drawn:
    return facts.draw(central, 1024)


def drawings(run: Facts) -> list[Any]:
    return [
        charts.curves(run["odds_over_time"]),
        charts.tornado(run["tornado"]),
        charts.orders("orders", run["date_orders"], run["win_orders"]),
        charts.orders("inputs", run["input_orders"]),
        charts.convergence(run["settling"]),
    ]


@pytest.mark.parametrize(
    "run", [CENTRAL, IDLE, Facts("low"), NO_CAMPUS], ids=["central", "idle", "low", "no campus"]
)
def test_every_table_and_chart_is_there_in_every_run(run: Facts) -> None:
    for chart in drawings(run):
        assert "NaN" not in chart.to_json()
        assert identify(chart.to_dict())[1].endswith(".")
    for name in FULL:
        assert not run[name].isna().any(axis=None), name
    assert set(run["odds_over_time"]["row"]) == set(ROUTES)
    assert len(run["boxes"]) == 2 and run["information"]["input"].iloc[-1] == "perfect"


def test_where_nothing_varies_there_is_nothing_to_share_and_without_a_campus_no_box() -> None:
    assert IDLE["tornado"].empty and IDLE["input_orders"].empty and IDLE["nearest_flips"].empty
    assert IDLE["date_orders"]["total"].tolist() == [0.0] * len(naming.GROUPS)
    for chart in drawings(IDLE)[1:4]:
        assert charts.NOTHING in chart.to_json()
    row = NO_CAMPUS["boxes"].iloc[0]
    assert (row["limits"], row["coverage"], row["mass"]) == (naming.NOTHING, 0.0, 0.0)


def test_a_number_rests_on_what_its_finishes_read() -> None:
    ours, every = (frozenset().union(*CENTRAL.made(f"{n}_orders").inputs) for n in ("date", "win"))
    assert ours < every and "campus.built" in every - ours
    made = CENTRAL.made("flips")
    read = dict(zip((row[0] for row in made.rows), made.inputs, strict=True))
    assert {"owned.share", "campus.built"} <= read["owned.share"]
    assert read["leased.site_mw"] == {"race.target", *coordinates()["leased.site_mw"]}


def test_curves_rise_to_what_ever_finishes_and_pass_a_half_at_the_median() -> None:
    chances = CENTRAL["chances"].set_index("row")
    for name, rows in CENTRAL["odds_over_time"].groupby("row"):
        assert rows["date"].is_monotonic_increasing and rows["share"].is_monotonic_increasing
        assert set(rows["never"]) == {chances.loc[name, "never"]}
        assert rows["share"].iloc[-1] == pytest.approx(1 - rows["never"].iloc[-1])
        passed = pd.Timestamp(rows[rows["share"] >= 0.5]["date"].iloc[0])
        assert 0 <= (passed - pd.Timestamp(chances.loc[name, "p50"])).days <= 92


def test_runs_grow_and_the_error_of_independent_draws_falls_with_the_root() -> None:
    found = CENTRAL["settling"]
    ours = found[found["estimate"].notna()]
    assert ours["draws"].tolist() == [32, 128, 1024]
    published = CENTRAL["befores"].query("one == 'owned' and other == 'campus'")
    (last,) = published[published["target"] == "llama_405b"].to_dict("records")
    assert (ours["estimate"].iloc[-1], ours["error"].iloc[-1]) == (last["odds"], last["se"])
    counted = found[found["way"] == "independent, odds counted"]["error"].tolist()
    assert counted[0] / counted[1] == pytest.approx(2)
    for _, rows in found.groupby("draws"):
        tossed, less, own = rows["error"]
        assert less < tossed
        assert rows["times"].tolist() == pytest.approx([(tossed / own) ** 2, (less / own) ** 2, 1])


def test_the_tornado_holds_one_input_and_starts_with_the_widest() -> None:
    found = CENTRAL["tornado"]
    assert found["outcome"].tolist() == list(facts.VERDICTS) * 3
    assert found.groupby("input", sort=False)["swing"].max().is_monotonic_decreasing
    granted = found[found["input"] == "owned.granted"].iloc[0]
    assert (granted["high"], granted["swing"]) == (0.0, granted["low"])
    first = CENTRAL["firsts"].query("route == 'owned' and target == 'llama_405b'")["odds"].iloc[0]
    assert set(found[found["outcome"] == facts.FIRST]["mean"]) == {first}


def test_the_inputs_that_move_an_outcome_are_found_and_no_others(drawn: facts.Drawn) -> None:
    assert set(naming.GROUPS) <= set(ensemble.GROUPS.values())
    share = drawn.points[:, drawn.inputs()["owned.share"].column]
    assert drawn.movers(np.stack([share]), 1) == ["owned.share"]
    assert drawn.movers(np.zeros((1, len(share))), 3) == []


def test_indices_are_those_of_the_sets_asked_alone(drawn: facts.Drawn) -> None:
    found = CENTRAL["win_orders"].set_index("row")
    sets = {"terms": sensitivity.groups(drawn.race.params)["terms"]}
    alone = sensitivity.evaluate(drawn.race.verdicts, sets, sensitivity.design(1024, SEED))
    expected = sensitivity.indices(alone, SEED)[1].total["terms"].value
    assert found.loc["terms", "total"] == pytest.approx(expected)
    dates = CENTRAL["date_orders"].set_index("row")
    assert dates.loc["grid", ["first", "total"]].abs().max() < 1e-9
    for order in ("first", "total"):
        assert (dates[f"{order}_low"] <= dates[f"{order}_high"]).all()
    (share, _) = CENTRAL["layer_of_distance"]["value"]
    assert share == max(0.0, dates.loc["layer_1", "first"])


def test_the_nearest_flip_comes_first_with_its_value(drawn: facts.Drawn) -> None:
    found = CENTRAL["nearest_flips"].set_index("input")
    assert found.index[0] == "owned.granted"
    share = sensitivity.flips(drawn.race.is_before_campus, drawn.race.params, "owned.share")
    (flip,) = share.flips
    assert found.loc["owned.share", "flips_at"] == f"{100 * float(str(flip.value)):.3g} %"
    assert found.loc["owned.share", "quantile"] == pytest.approx(flip.quantile)
    assert CENTRAL["share_that_ties"]["value"].tolist() == [flip.value]
    far = (found["quantile"] - 0.5).abs().dropna()
    assert far.is_monotonic_increasing


def test_the_flips_that_are_counted_are_those_that_are_shown() -> None:
    counts = CENTRAL["flips_counted"].set_index("key")["value"]
    shown = len(CENTRAL["nearest_flips"])
    assert counts["sensitivity.flips_within_range"] + counts["sensitivity.flips_beyond"] == shown
    values = CENTRAL["flips"].set_index("row")["value"]
    assert values["owned.granted"] == "false" and values["owned.share"] == "never"


def test_the_box_of_the_draws_is_that_of_what_could_be_known(drawn: facts.Drawn) -> None:
    row = CENTRAL["boxes"].set_index("draws").loc["as drawn"]
    assert "public machines: granted: no" in row["limits"]
    box = sensitivity.discover(
        sensitivity.flagged(drawn.known, drawn.race.params), drawn.finishes[2] < drawn.finishes[0]
    )
    assert (row["density"], row["mass"]) == (box.fit.density, box.fit.mass)
    assert CENTRAL["box"]["value"].tolist() == row[["coverage", "density", "mass"]].tolist()


def test_information_is_sorted_and_tells_events_from_numbers() -> None:
    *found, perfect = CENTRAL["information"].to_dict("records")
    kinds = pd.Series([row["kind"] for row in found]).value_counts()
    assert (kinds <= facts.MOST_WORTH).all()
    months = [row["months"] for row in found]
    assert months == sorted(months, reverse=True) and min(months) > 0
    events = [row["input"] for row in found if row["kind"] == "event"]
    assert all(name.endswith((".built", ".granted")) for name in events)
    assert perfect["months"] > months[0]


BOTH = Search("owned.share", 0.1, (0.01, 0.6), (Flip(0.02, 0.1), Flip(0.11, 0.6)))
NAMES = Search("penalty.law", "tax", ("none",), (Flip("none", None), Flip("joint", None)))


@pytest.mark.parametrize(
    ("say", "of", "words"),
    [
        (naming.named, ["owned.grant_months"], "public machines: grant months"),
        (naming.named, ["new_medium.n_sites"], "new medium sites: sites"),
        (naming.named, ["grid.common_delay"], "grid: common delay"),
        (naming.named, ["machines.lumi_ai.slip_years"], "lumi ai: slip years"),
        (naming.named, ["penalty.law = tax"], "penalty: law = tax"),
        (naming.written, ["owned.share", 0.025], "2.5 %"),
        (naming.written, ["owned.grant_months", 12.0], "12"),
        (naming.written, ["machines.lumi_ai.bf16_eflops", 22.8], "22.8 EFLOP/s"),
        (naming.written, ["race.decision_date", "2027-01-01"], "Jan 2027"),
        (naming.written, ["penalty.law", "joint_vs_one"], "joint vs one"),
        (naming.written, ["owned.granted", False], "no"),
        (naming.written, ["new_medium.n_sites", 25.0], "25"),
        (naming.written, ["grid.common_delay", None], "–"),
        (naming.range_of, [CENTRAL.params, "owned.share"], "2.5 to 25 %"),
        (naming.range_of, [CENTRAL.params, "owned.granted"], "yes or no"),
        (naming.range_of, [CENTRAL.params, "penalty.law"], "a choice"),
        (naming.range_of, [CENTRAL.params, "grid.common_delay"], "P10 to P90"),
        (naming.range_of, [CENTRAL.params, "race.decision_date"], "Jul 2026 to Jan 2029"),
        (naming.range_of, [IDLE.params, "owned.share"], "2.5 to 25 %"),  # which is held
        (naming.flipped, [BOTH], "11 %"),  # the nearest to the centre
        (naming.flipped, [NAMES], "none or joint"),
        (naming.flipped, [Search("owned.share", 0.1, (), ())], "never"),
        (
            naming.limited,
            [Limit("owned.share", None, 0.05, 0.0)],
            "public machines: share up to 5 %",
        ),
        (
            naming.limited,
            [Limit("owned.grant_months", 9.0, 20.0, 0.0)],
            "public machines: grant months from 9 up to 20",
        ),
        (naming.limited, [Limit("campus.built", True, None, 0.0)], "gigawatt campus: built: yes"),
        (naming.limited, [Limit("penalty.law = tax", None, False, 0.0)], "penalty: law = tax: no"),
    ],
)
def test_inputs_values_ranges_flips_and_limits_in_words(
    say: Callable[..., str], of: list[Any], words: str
) -> None:
    assert say(*of) == words
