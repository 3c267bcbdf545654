"""The data frames of the race say what the headlines say, also where a route never finishes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from euromesh import ledger, params, report, routes
from euromesh import units as u
from euromesh.charts import parts, race
from euromesh.ensemble.tally import BEFORE_DAYS
from euromesh.frames import availability as frames
from euromesh.records import Params
from euromesh.report import Group
from euromesh.report import race as raced
from euromesh.routes import ROUTES

LABELS = [kind.label for kind in ROUTES.values()]
RUNS = {
    "central": params.load(),
    "nothing granted": params.load("central", {"owned.share": 0.0}),
    "hardly anything built": params.load(
        "central", {"campus.built": False, "leased.built": False, "new_medium.lost_sites": 25.0}
    ),
    "low": params.load("low"),
}
each_run = pytest.mark.parametrize("run", RUNS.values(), ids=RUNS.keys())


def figures(group: Group, run: Params) -> dict[str, report.Number]:
    return report.evaluate(group, run)


def by_day(years: list[float]) -> np.ndarray:
    """The sums of some draws by the day of the finish."""
    days = np.zeros(BEFORE_DAYS + 10_000, dtype=np.int64)
    for year in years:
        days[-1 if math.isinf(year) else BEFORE_DAYS + math.floor(year * 365.25)] += 1
    return days


def drawn(run: Params) -> dict[str, np.ndarray]:
    """Draws that never finish from the median on, for every route."""
    return dict.fromkeys(ROUTES, by_day([0.5, 1.5, 2.5, 3.5, *[math.inf] * 4]))


@each_run
def test_the_parts_of_a_date_follow_one_another_up_to_it(run: Params) -> None:
    for name, kind in ROUTES.items():
        found = frames.parts(run)
        rows = found[found["route"] == kind.label]
        assert (rows["start"].iloc[1:].to_numpy() == rows["end"].iloc[:-1].to_numpy()).all()
        years = routes.finish_date_years(kind(run), run.targets[run.race.target], run)
        assert rows["label"].iloc[-1].endswith("never" if math.isinf(years) else "days"), name


@each_run
def test_every_chart_of_the_race_is_drawn_in_every_run(run: Params) -> None:
    """Routes that never finish stand at the horizon and say so; nothing is infinite."""
    tables = [
        frames.finish_dates(run, drawn(run)),
        frames.parts(run),
        frames.accrual(run),
        frames.equal_terms(run),
        frames.c_stars(run),
    ]
    charts = [race.finish_spread, parts.parts, parts.equal_terms, parts.c_stars]
    shown = [tables[0], tables[1], tables[3], tables[4]]
    for chart, data in zip(charts, shown, strict=True):
        assert "NaN" not in chart(data).to_json()
    assert race.accrual(tables[2], frames.targets(run)).to_dict()
    for data in tables:
        assert not data.isna().any(axis=None)
        assert not np.isinf(data.select_dtypes("number")).any(axis=None)


DATES = {"first", "median", "central", "last", "start", "end", "date"}


def told(spec: dict[str, Any]) -> Iterator[set[str]]:
    """The fields that the tooltip of each mark shows: all that it encodes if it names none."""
    for layer in spec.get("layer", [spec]):
        if "layer" in layer:
            yield from told(layer)
            continue
        encoding = layer["encoding"]
        tips = encoding.get("tooltip")
        shown = encoding.values() if tips is None else tips if isinstance(tips, list) else [tips]
        text = isinstance(layer["mark"], dict) and layer["mark"]["type"] == "text"
        yield set() if text else {one["field"] for one in shown if "field" in one}


def test_no_tooltip_gives_the_horizon_as_a_date(central: Params) -> None:
    """What never comes stands at the horizon: its tooltip says never, in words."""
    run = RUNS["nothing granted"]
    changed = {"nothing": run, "less": params.load("central", {"owned.share": 0.05})}
    charts = {
        "finish_spread": (race.finish_spread, frames.finish_dates(run, drawn(run))),
        "parts": (parts.parts, frames.parts(run)),
        "equal_terms": (parts.equal_terms, frames.equal_terms(run)),
        "changes": (race.changes, frames.changes(central, changed, most=2)),
    }
    for name, (draw, data) in charts.items():
        assert data.astype(str).map(lambda cell: "never" in cell).any(axis=None), name
        for fields in told(draw(data).to_dict()):
            assert not fields & DATES, name


@each_run
def test_the_tables_have_a_row_a_route(run: Params) -> None:
    for data in (frames.sites(run), frames.bills(run, routes.YEARS)):
        assert sorted(data["route"]) == sorted(LABELS)
        assert not data.isna().any(axis=None)


def test_a_route_that_never_finishes_in_most_draws_says_so(central: Params) -> None:
    found = frames.finish_dates(central, drawn(central)).set_index("route")
    assert (found["span_label"] == "2027; never in 50%").all()
    never = dict.fromkeys(ROUTES, by_day([math.inf] * 8))
    assert (frames.finish_dates(central, never)["span_label"] == "never in 100%").all()
    soon = dict.fromkeys(ROUTES, by_day([0.5, 1.5, 2.5, 3.5]))
    assert (frames.finish_dates(central, soon)["span_label"] == "2027 to 2030").all()


def test_the_median_is_a_draw_by_which_half_have_finished(central: Params) -> None:
    days = by_day([1.0, 2.0, 2.5, math.inf, math.inf])
    row = frames.finish_dates(central, dict.fromkeys(ROUTES, days)).iloc[0]
    origin, horizon = routes.decision_date(central), routes.horizon_years(central)
    assert row["median"] == u.date_after(origin, 2.5)
    assert row["first"] == u.date_after(origin, 1.0)
    assert row["last"] == u.date_after(origin, horizon)


@each_run
def test_equal_terms_are_those_of_the_headlines(run: Params) -> None:
    found = frames.equal_terms(run).set_index(["route", "terms"])
    for word in ledger.TERMS:
        headline = figures(partial(raced.equal_terms, word), run)
        for name, kind in ROUTES.items():
            row = found.loc[(kind.label, f"equal {word}")]
            said = headline[f"race.equal_{word}_date.{name}"].value
            assert said == ("never" if row["label"] == "never" else row["date"].isoformat())


def test_the_matrix_holds_every_pair_once_as_in_the_headlines(central: Params) -> None:
    headline = figures(raced.c_stars, central)
    found = {frozenset((row.row, row.column)): row for row in frames.c_stars(central).itertuples()}
    assert len(found) == headline["race.pairs"].value
    for one, other in combinations(ROUTES, 2):
        row = found[frozenset((ROUTES[one].label, ROUTES[other].label))]
        said = headline[f"race.c_star_flop.{one}_vs_{other}"]
        if said.value:
            assert row.row == ROUTES[one].label
            assert row.flop == pytest.approx(said.value)
            assert row.text.startswith("≥") == (said.bound == "at_least")
        else:
            assert row.row == ROUTES[other].label


@each_run
def test_enough_is_what_the_headlines_say(run: Params) -> None:
    found = frames.enough(run).set_index("run")
    for key, target in run.targets.items():
        headline = figures(lambda p, key=key: raced.enough(key, p), run)
        row = found.loc[target.name]
        assert row["first"] == headline[f"race.first_route.{key}"].value
        assert row["rivals beaten"] == headline[f"race.rivals_beaten.{key}"].value


def test_changes_are_sorted_out_by_their_effect(central: Params) -> None:
    changed = {
        "a_little_less": params.load("central", {"owned.share": 0.09}),
        "nothing": params.load("central", {"owned.share": 0.0}),
        "no_change": central,
    }
    found = frames.changes(central, changed, most=2)
    assert found["change"].tolist() == ["nothing", "a little less"]
    assert found["label"].iloc[0] == "never"


def test_scenarios_name_the_routes_that_they_move(central: Params) -> None:
    found = frames.scenarios({}).set_index("scenario")
    assert found.loc["gigafactory_late", "route"] == ROUTES["gigafactory"].label
    assert found.loc["on_site_gas", "route"] == ROUTES["campus"].label
    assert not set(found.index) & frames.RANGES
    unmoved = frames.scenarios({"owned.share": 0.0})
    assert "eu27_only" not in set(unmoved["scenario"])


def test_the_sites_of_a_route_are_what_its_docstring_says(central: Params) -> None:
    """A sentence on the pages needs no second copy, and no mark of code in it."""
    found: pd.DataFrame = frames.sites(central)
    for text in found["what it is"]:
        assert text[0].isupper() and "`" not in text and not text.endswith(".")
    assert found.set_index("route").loc[ROUTES["new_medium"].label, "sites"] == 25
