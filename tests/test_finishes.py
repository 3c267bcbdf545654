"""The tables and charts of the race, also where a route never finishes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from euromesh import ledger
from euromesh.charts import joined, parts, race
from euromesh.facts import Facts, changes, of
from euromesh.facts.finishes import FEDERATION, RIVALS
from euromesh.routes import ROUTES

LABELS = [kind.label for kind in ROUTES.values()]
CENTRAL = of()
NOTHING = of("central", {"owned.share": 0.0})
FEW = {"campus.built": False, "leased.built": False, "new_medium.lost_sites": 25.0}
RUNS = {
    "central": CENTRAL,
    "nothing granted": NOTHING,
    "hardly anything built": of("central", FEW),
    "low": of("low"),
}
each_run = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS.keys())
HORIZON = "2040-12-31"


def chances(run: Facts) -> pd.DataFrame:
    """What draws that never finish from the median on would make of every route."""
    drawn = {"p10": "2027-07-02", "p50": "never", "p90": "never", "never": 0.5}
    planned = run["finish"][["route", "date"]].rename(columns={"date": "planned"})
    return planned.assign(**drawn)


def dated(run: Facts) -> dict[str, Any]:
    """The charts that place a date, by name."""
    planned = run["finish"]["date"].iloc[0]
    return {
        "finish_spread": race.finish_spread(chances(run), HORIZON),
        "parts": parts.parts(run["parts"]),
        "equal_terms": parts.equal_terms(run["equal_terms"], HORIZON),
        "changes": race.changes(run["owned_if"], planned, HORIZON, most=12),
    }


# --- charts --------------------------------------------------------------------------------------


@each_run
def test_every_chart_of_the_race_is_drawn_in_every_run(run: Facts) -> None:
    """Routes that never finish stand at the horizon and say so; nothing is infinite."""
    others = [race.accrual(run["accrual"], run["enough"]), parts.c_stars(run["c_stars"])]
    for chart in (*dated(run).values(), *others):
        text = chart.to_json()
        assert not [word for word in ("NaN", "Infinity", "NaT") if word in text]


def told(spec: dict[str, Any]) -> Iterator[set[str]]:
    """The fields that the tooltip of each mark shows: all that it encodes if it names none."""
    for layer in spec.get("layer", []):
        yield from told(layer)
    mark = spec.get("mark")
    if mark and not (isinstance(mark, dict) and mark["type"] == "text"):
        tips = spec["encoding"].get("tooltip")
        shown = tips if isinstance(tips, list) else [tips] if tips else spec["encoding"].values()
        yield {one["field"] for one in shown if "field" in one}


def test_no_tooltip_gives_the_horizon_as_a_date() -> None:
    """What never comes stands at the horizon: its tooltip says never, in words."""
    dates = {"planned", "p10", "p50", "p90", "start", "end", "date"}
    for name, chart in dated(NOTHING).items():
        spec = chart.to_dict()
        assert name == "changes" or "never" in str(spec["datasets"]), name
        assert not dates & set.union(*told(spec)), name


@pytest.mark.parametrize(
    ("ends", "text"),
    [
        ({"p90": "2030-01-01", "never": 0.0}, "2027 to 2030"),
        ({"p90": "never", "never": 0.5}, "2027; never in 50%"),
        ({"p10": "never", "p90": "never", "never": 1.0}, "never in 100%"),
    ],
)
def test_a_route_that_never_finishes_in_many_draws_says_so(ends: dict[str, Any], text: str) -> None:
    assert text in race.finish_spread(chances(CENTRAL).assign(**ends), HORIZON).to_json()


def test_the_changes_that_are_drawn_have_the_largest_effects() -> None:
    data = pd.DataFrame(
        {"change": ["none", "less", "nothing"], "date": ["2028-07-25", "2028-09-01", "never"]}
    )
    text = race.changes(data, "2028-07-25", HORIZON, most=2).to_dict()["description"]
    assert text.endswith("After one change each: less in Sep 2028; nothing never.")


def test_every_change_is_called_by_words_of_its_own() -> None:
    assert changes.WORDS.keys() == changes.OWNED.keys()
    assert len({*changes.WORDS.values()}) == len(changes.WORDS)
    assert not any("_" in words for words in changes.WORDS.values())


# --- tables --------------------------------------------------------------------------------------


@each_run
def test_the_parts_of_a_date_follow_one_another_up_to_it(run: Facts) -> None:
    dates = run["finish"].set_index("route")["date"]
    for route, rows in run["parts"].groupby("route"):
        *ends, last = rows["end"]
        assert rows["start"].iloc[1:].tolist() == ends and "never" not in ends
        assert last == dates[route]


@each_run
def test_the_tables_have_a_row_a_route(run: Facts) -> None:
    bills = joined(run["flop_by_year"], run["run_bills"], run["sites"])
    for data in (run["finish"], run["sites"], run["by_horizon"], bills):
        assert data["route"].tolist() == LABELS
        assert not data.isna().any(axis=None)
    assert set(bills.attrs["columns"]) >= set(bills)


@each_run
def test_no_rival_is_earlier_on_equal_terms_and_the_public_machines_stay(run: Facts) -> None:
    found = run["equal_terms"]
    assert (found["date"] >= found["planned"]).all(), "never sorts after every date"
    ours = found[found["row"] == FEDERATION]
    assert ours["date"].tolist() == ours["planned"].tolist() and len(ours) == len(ledger.TERMS)


@each_run
def test_enough_counts_the_dates_of_every_target(run: Facts) -> None:
    dates = run["targets"].set_index(["target", "route"])["date"]
    for row in run["enough"].itertuples():
        ours = dates[row.row, FEDERATION]
        assert row.ours == ours
        earlier = sum(ours < dates[row.row, rival] for rival in RIVALS)
        assert earlier <= row.beaten <= sum(ours <= dates[row.row, rival] for rival in RIVALS)
        assert row.finishes == min(dates[row.row, name] for name in ROUTES)
        assert (row.first == "none") == (row.finishes == "never")


@each_run
def test_of_a_pair_the_one_that_leads_stands_first(run: Facts) -> None:
    found = run["c_stars"]
    assert len(found) == len(ROUTES) * (len(ROUTES) - 1) / 2
    for row in found.itertuples():
        labels = [ROUTES[name].label for name in (row.one, row.other)]
        assert sorted(labels) == sorted([row.first, row.second])
        if row.flop:
            assert (row.first, row.lead, row.lead_bound) == (labels[0], row.flop, row.bound)
        elif row.crossings != "none":
            assert row.first == labels[1]
            assert f"{row.lead:.1e}" == row.crossings.split()[0]


def test_scenarios_keep_what_a_run_has_set() -> None:
    assert "eu27_only" not in set(NOTHING["moved"]["scenario"])
