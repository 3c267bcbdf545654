"""The tables of uncertainty and their charts, in every kind of run, over few draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from euromesh import params
from euromesh.charts import uncertainty as charts
from euromesh.charts.render import identify
from euromesh.facts import Facts, drivers, naming
from euromesh.facts import uncertainty as facts
from euromesh.routes import ROUTES
from euromesh.sensitivity import Flip, Limit, Search

CENTRAL = params.load()
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


def drawings(run: Facts) -> list[Any]:
    return [
        charts.curves(run["odds_over_time"]),
        charts.tornado(run["tornado"]),
        charts.orders("orders", run["date_orders"], run["win_orders"]),
        charts.convergence(run["settling"]),
    ]


@pytest.mark.parametrize("run", [IDLE, Facts("low"), NO_CAMPUS], ids=["idle", "low", "no campus"])
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
    for chart in drawings(IDLE)[1:3]:
        assert charts.NOTHING in chart.to_json()
    row = NO_CAMPUS["boxes"].iloc[0]
    assert (row["limits"], row["coverage"], row["mass"]) == (naming.NOTHING, 0.0, 0.0)


BOTH = Search("owned.share", 0.1, (0.01, 0.6), (Flip(0.02, 0.1), Flip(0.11, 0.6)))
MOST, SPAN = Limit("owned.share", None, 0.05, 0.0), Limit("owned.grant_months", 9.0, 20.0, 0.0)
NOT_TAX = Limit("penalty.law = tax", None, False, 0.0)
NAMES = Search("penalty.law", "tax", ("none",), (Flip("none", None), Flip("joint", None)))


@pytest.mark.parametrize(
    ("say", "of", "words"),
    [
        (naming.named, ["owned.grant_months"], "time to a grant"),
        (naming.named, ["new_medium.n_sites"], "new medium sites: number of sites"),
        (naming.named, ["grid.common_delay"], "delay of the grid that all regions share"),
        (naming.named, ["machines.lumi_ai.slip_years"], "LUMI-AI: how late"),
        (naming.named, ["penalty.law = tax"], "law of what distance costs = tax"),
        (naming.written, ["owned.share", 0.025], "2.5 %"),
        (naming.written, ["owned.grant_months", 12.0], "12 months"),
        (naming.written, ["machines.lumi_ai.bf16_eflops", 22.8], "22.8 EFLOP/s"),
        (naming.written, ["race.decision_date", "2027-01-01"], "Jan 2027"),
        (naming.written, ["penalty.law", "joint_vs_one"], "joint law against one site"),
        (naming.written, ["owned.granted", False], "no"),
        (naming.written, ["owned.machine_set", "eurohpc"], "those of EuroHPC"),
        (naming.written, ["owned.left_out", "lumi_g"], "LUMI-G"),
        (naming.written, ["campus.region", "austria_switzerland"], "Austria and Switzerland"),
        (naming.written, ["campus.region", "mean"], "mean"),
        (naming.written, ["new_medium.n_sites", 25.0], "25"),
        (naming.written, ["grid.common_delay", None], "–"),
        (naming.range_of, [CENTRAL, "owned.share"], "2.5 to 25 %"),
        (naming.range_of, [CENTRAL, "owned.granted"], "yes or no"),
        (naming.range_of, [CENTRAL, "penalty.law"], "a choice"),
        (naming.range_of, [CENTRAL, "grid.common_delay"], "P10 to P90"),
        (naming.range_of, [CENTRAL, "race.decision_date"], "Jul 2026 to Jan 2029"),
        (naming.range_of, [IDLE.params, "owned.share"], "2.5 to 25 %"),  # which is held
        (naming.flipped, [BOTH], "11 %"),  # the nearest to the centre
        (naming.flipped, [NAMES], "no penalty or joint law"),
        (naming.flipped, [Search("owned.share", 0.1, (), ())], "never"),
        (naming.limited, [MOST], "share of the public machines up to 5 %"),
        (naming.limited, [SPAN], "time to a grant from 9 months up to 20 months"),
        (naming.limited, [Limit("campus.built", True, None, 0.0)], "gigawatt campus: built: yes"),
        (
            naming.limited,
            [Limit("penalty.law = tax", None, False, 0.0)],
            "law of what distance costs = tax: no",
        ),
    ],
)
def test_inputs_values_ranges_flips_and_limits_in_words(
    say: Callable[..., str], of: list[Any], words: str
) -> None:
    assert say(*of) == words


# --- what moves a number most --------------------------------------------------------------------


def driven(run: Facts, number: str) -> dict[str, tuple[str, str]]:
    """A number with each of its drivers at either end, the widest first."""
    rows = run["drivers"].query(f"number == {number!r}")
    return {row.input: (row.low, row.high) for row in rows.itertuples()}


def width(low: str, high: str) -> float:
    """Days between two dates; never is later than all others."""
    first, last = (
        9e9 if day == "never" else date.fromisoformat(day).toordinal() for day in (low, high)
    )
    return abs(last - first)


def test_the_drivers_of_a_day_on_plan_are_the_changes_that_other_tables_make() -> None:
    run = Facts()
    found, changed = driven(run, "owned.finish_date"), run["owned_if"].set_index("row")["date"]
    ends = tuple(changed[f"institutional_{end}"] for end in ("low", "high"))
    assert found["owned.grant_months"] == ends
    assert found["owned.granted"] == (run["chances"]["planned"].iloc[0], "never")
    assert len(found) == drivers.MOST
    least = min(width(*both) for both in found.values())
    others = ("share", "goodput", "wan", "life", "quorum", "batch")
    moved = (tuple(changed[f"{name}_{end}"] for end in ("low", "high")) for name in others)
    assert all(width(*both) <= least for both in moved)


def test_the_drivers_of_odds_are_the_bars_of_the_tornado_and_nothing_moves_what_never_comes() -> (
    None
):
    run = Facts()
    bars = run["tornado"].query("outcome == 'before the campus'").set_index("input")
    found = driven(run, f"race.p_owned_before_campus.{run.params.race.target}")
    shared = found.keys() & set(bars.index)
    assert shared and all(
        sorted(map(float, found[name])) == sorted(bars.loc[name, ["low", "high"]])
        for name in shared
    )
    assert not driven(IDLE, "owned.finish_date") and not driven(IDLE, "owned.never_share")
    assert driven(IDLE, "campus.finish_date")
