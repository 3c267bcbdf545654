"""The data frames of the page on uncertainty, and its charts, in every kind of run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from euromesh import ensemble, params, sensitivity
from euromesh.charts import uncertainty as charts
from euromesh.charts.render import identify
from euromesh.frames import naming, turns
from euromesh.frames import uncertainty as frames
from euromesh.params import Value
from euromesh.records import Params
from euromesh.report.drivers import OF_THE_RACE
from euromesh.routes import ROUTES
from euromesh.sensitivity import Flip, Limit, Search

SEED = 2026
LABELS = [kind.label for kind in ROUTES.values()]
FEW = frames.Sizes((2, 8), 1024, 1024, 1024)
RUNS = {
    "central": params.load(),
    "nothing granted": params.load("central", {"owned.share": 0.0}),
    "low": params.load("low"),
    "no campus": params.load("central", {"campus.built": False}),
}
each_run = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS.keys())


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """As few draws as there may be."""
    monkeypatch.setattr(frames, "ARRAYS", FEW)
    monkeypatch.setattr(frames, "SCREENED", 3)
    monkeypatch.setattr("euromesh.blocks.printed.POINTS", 64)


@pytest.fixture(scope="module")
def drawn(central: Params) -> frames.Drawn:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "ARRAYS", FEW)
        return frames.draw(central, OF_THE_RACE, SEED)


def tables(run: Params) -> dict[str, pd.DataFrame]:
    found, runs = frames.draw(run, OF_THE_RACE, SEED), frames.tallies(run, SEED)
    return {
        "curves": frames.curves(*runs[-1]),
        "tornado": frames.tornado(found, runs[-1], 2),
        "orders": frames.orders(found, ("terms", "grid"), 1),
        "convergence": frames.convergence(runs, found),
        "flips": turns.flips(found, 2),
        "boxes": turns.boxes(found),
        "information": frames.information(found, 2),
    }


def drawings(found: dict[str, pd.DataFrame]) -> list[Any]:
    return [
        charts.curves(found["curves"]),
        charts.tornado(found["tornado"]),
        charts.orders(found["orders"], "orders"),
        charts.convergence(found["convergence"]),
    ]


@each_run
def test_every_table_and_chart_is_there_in_every_run(run: Params) -> None:
    found = tables(run)
    for chart in drawings(found):
        assert "NaN" not in chart.to_json()
        assert identify(chart.to_dict())[1].endswith(".")
    for name in ("curves", "tornado", "orders", "flips", "boxes", "information"):
        assert not found[name].isna().any(axis=None), name
    assert sorted(found["curves"]["route"].unique()) == sorted(LABELS)
    assert len(found["boxes"]) == 2


def test_where_nothing_varies_there_is_nothing_to_share() -> None:
    found = tables(RUNS["nothing granted"])
    assert found["tornado"].empty and found["orders"].empty
    assert set(found["flips"]["flips at"]) == {"never"}
    assert charts.NOTHING[0] in charts.tornado(found["tornado"]).to_json()


def test_where_the_campus_is_never_first_there_is_no_box() -> None:
    found = turns.boxes(frames.draw(RUNS["no campus"], OF_THE_RACE, SEED))
    assert found.loc[0, ["limits", "coverage"]].tolist() == [naming.NOTHING, naming.NOTHING]


# --- dates over time -----------------------------------------------------------------------------


def test_curves_rise_to_what_ever_finishes(central: Params) -> None:
    plan, tally = frames.tallies(central, SEED)[-1]
    for route, rows in frames.curves(plan, tally).groupby("route"):
        assert rows["date"].is_monotonic_increasing and rows["share"].is_monotonic_increasing
        days = tally.days[0, LABELS.index(str(route))]
        assert set(rows["never"]) == {ensemble.never_share(days)}
        assert rows["share"].iloc[-1] == pytest.approx(1 - rows["never"].iloc[-1])


def test_a_curve_passes_a_half_at_the_median(central: Params) -> None:
    plan, tally = frames.tallies(central, SEED)[-1]
    owned = frames.curves(plan, tally).query("route == 'public machines'")
    median = ensemble.quantile_years(tally.days[0, 0], 0.5)
    passed = owned[owned["share"] >= 0.5]["date"].iloc[0]
    years = (passed.toordinal() - owned["date"].iloc[0].toordinal()) / 365.25
    assert 0 <= years - median <= 0.25


def test_runs_grow_and_the_error_of_independent_draws_falls_with_the_root(
    drawn: frames.Drawn, central: Params
) -> None:
    runs = frames.tallies(central, SEED)
    found = frames.convergence(runs, drawn)
    ours = found[found["estimate"].notna()]
    assert ours["draws"].tolist() == [plan.n_draws for plan, _ in runs] == [32, 128, 1024]
    counted = found[found["way"] == "independent, odds counted"]["error"].tolist()
    assert counted[0] / counted[1] == pytest.approx(2)
    for _, rows in found.groupby("draws"):
        tossed, less, own = rows["error"]
        assert less < tossed
        assert rows["times"].tolist() == pytest.approx([(tossed / own) ** 2, (less / own) ** 2, 1])


# --- what drives the odds ------------------------------------------------------------------------


def test_the_tornado_holds_one_input_and_starts_with_the_widest(drawn: frames.Drawn) -> None:
    plan, tally = frames.tallies(drawn.race.params, SEED)[-1]
    found = frames.tornado(drawn, (plan, tally), 2)
    assert found["outcome"].tolist() == list(frames.VERDICTS) * 2
    widest = found.groupby("input", sort=False)["swing"].max()
    assert widest.is_monotonic_decreasing
    granted = found[found["input"] == "public machines: granted, yes or no"].iloc[0]
    assert (granted["high"], granted["swing"]) == (0.0, granted["low"])
    sums = tally.sums.before[:, 0, 0, 2], tally.sums.first[:, 0, 0]
    assert (
        found["mean"].tolist() == [ensemble.estimate(one, plan.n_points).value for one in sums] * 2
    )


def test_the_inputs_that_move_an_outcome_are_found_and_no_others(drawn: frames.Drawn) -> None:
    known = drawn.inputs()
    share = drawn.points[:, known["owned.share"].column]
    assert drawn.movers(np.stack([share]), 1) == ["owned.share"]
    assert drawn.movers(np.zeros((1, len(share))), 3) == []


def test_indices_are_those_of_the_sets_asked_alone(drawn: frames.Drawn) -> None:
    found = frames.orders(drawn, ("terms", "grid"), 1)
    assert set(found["kind"]) == {"group", "input"}
    row = found.query("outcome == 'first of all' and order == 'total' and kind == 'group'")
    sets = {"terms": sensitivity.groups(drawn.race.params)["terms"]}
    alone = sensitivity.evaluate(drawn.race.verdicts, sets, sensitivity.design(drawn.base, SEED))
    expected = sensitivity.indices(alone, SEED)[1].total["terms"].value
    assert row["value"].iloc[0] == pytest.approx(expected)
    date = found.query("outcome == 'date of the public machines' and kind == 'group'")
    assert date.set_index("name").loc[naming.GROUPS["grid"], "value"].abs().max() < 1e-9
    assert (found["low"] <= found["high"]).all()


def test_every_group_of_the_race_has_words() -> None:
    assert set(naming.GROUPS) == set(OF_THE_RACE)


# --- what turns the answer -----------------------------------------------------------------------


def test_the_nearest_flip_comes_first_with_its_value(drawn: frames.Drawn) -> None:
    found = turns.flips(drawn, 6).set_index("input")
    assert found.index[0] == "public machines: granted"
    share = sensitivity.flips(drawn.race.is_before_campus, drawn.race.params, "owned.share")
    row = found.loc["public machines: share"]
    assert row["flips at"] == f"{100 * float(str(share.flips[0].value)):.3g} %"
    assert row["percentile"] == f"{100 * (share.flips[0].quantile or 0):.1f}"
    never = [at == "never" for at in found["flips at"]]
    assert never == sorted(never)


def test_no_input_flips_that_the_table_leaves_out(drawn: frames.Drawn) -> None:
    """Where the last rows never flip, no other input does."""
    shown = set(turns.flips(drawn, 8)["input"])
    left = [name for name in drawn.known.names if naming.named(name) not in shown]
    for name in left[:: len(left) // 12]:
        assert sensitivity.flips(drawn.race.is_before_campus, drawn.race.params, name).flips == ()


def test_the_box_of_the_draws_is_that_of_the_facts(drawn: frames.Drawn) -> None:
    found = turns.boxes(drawn).set_index("draws")
    assert "public machines: granted: no" in found.loc["as drawn", "limits"]
    box = sensitivity.discover(
        sensitivity.flagged(drawn.known, drawn.race.params), drawn.finishes[2] < drawn.finishes[0]
    )
    assert found.loc["as drawn", "density"] == f"{box.fit.density:.0%}"


def test_information_is_sorted_and_tells_events_from_numbers(drawn: frames.Drawn) -> None:
    found = frames.information(drawn, 3)
    assert (found["what it is"].value_counts() <= 3).all()
    assert found["months saved"].is_monotonic_decreasing and (found["months saved"] > 0).all()
    events = found[found["what it is"] == "event"]["known first"]
    assert all(name.endswith((": built", ": granted")) for name in events)


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("owned.grant_months", "public machines: grant months"),
        ("new_medium.n_sites", "new medium sites: sites"),
        ("grid.common_delay", "grid: common delay"),
        ("machines.lumi_ai.slip_years", "lumi ai: slip years"),
        ("penalty.law = tax", "penalty: law = tax"),
    ],
)
def test_inputs_are_named_by_their_route_or_row(key: str, words: str) -> None:
    assert naming.named(key) == words


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("owned.share", 0.025, "2.5 %"),
        ("owned.grant_months", 12.0, "12"),
        ("machines.lumi_ai.bf16_eflops", 22.8, "22.8 EFLOP/s"),
        ("race.decision_date", "2027-01-01", "Jan 2027"),
        ("penalty.law", "joint_vs_one", "joint vs one"),
        ("owned.granted", False, "no"),
        ("new_medium.n_sites", 25.0, "25"),
        ("grid.common_delay", None, "–"),
    ],
)
def test_values_are_written_with_their_unit_once(key: str, value: Value, text: str) -> None:
    assert naming.written(key, value) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("owned.share", "2.5 to 25 %"),
        ("owned.granted", "yes or no"),
        ("penalty.law", "a choice"),
        ("grid.common_delay", "P10 to P90"),
        ("race.decision_date", "Jul 2026 to Jan 2029"),
    ],
)
def test_a_range_writes_its_unit_once(drawn: frames.Drawn, name: str, text: str) -> None:
    assert naming.range_of(drawn.race.params, drawn.inputs()[name]) == text


def test_the_flip_nearest_to_the_centre_is_told() -> None:
    both = Search("owned.share", 0.1, (0.01, 0.6), (Flip(0.02, 0.1), Flip(0.11, 0.6)))
    assert naming.flipped(both) == ("11 %", "60.0")
    names = Search("penalty.law", "tax", ("none",), (Flip("none", None), Flip("joint", None)))
    assert naming.flipped(names) == ("none or joint", naming.NOTHING)
    assert naming.flipped(Search("owned.share", 0.1, (), ())) == ("never", naming.NOTHING)


def test_limits_are_ranges_or_what_a_flag_is() -> None:
    assert (
        naming.limited(Limit("owned.share", None, 0.05, 0.0)) == "public machines: share up to 5 %"
    )
    both = naming.limited(Limit("owned.grant_months", 9.0, 20.0, 0.0))
    assert both == "public machines: grant months from 9 up to 20"
    assert naming.limited(Limit("campus.built", True, None, 0.0)) == "gigawatt campus: built: yes"
    assert naming.limited(Limit("penalty.law = tax", None, False, 0.0)) == "penalty: law = tax: no"
